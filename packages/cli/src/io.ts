// Where do commands read from and write to?
import { readFileSync } from 'node:fs';
import { RootletError } from '@rootlet/bytes';
import pc from 'picocolors';

/** Exit status: accepted, rejected, usage or unreadable input. */
export const EXIT_OK = 0;
export const EXIT_REJECTED = 1;
export const EXIT_USAGE = 2;

/** Colours for people; plain text where colours are not wanted. */
export type Colors = ReturnType<typeof pc.createColors>;

/** What a command may touch of the world. Tests give it their own. */
export interface Io {
  /** Writes one line to standard output. */
  print(line: string): void;
  /** Writes text to standard output as it is. */
  write(text: string): void;
  /** Writes one line to standard error. */
  warn(line: string): void;
  /** Shows how far long work is, where a person watches; the next output overwrites it. */
  progress(text: string): void;
  /** Bytes of a file. @throws InputError */
  read(path: string): Uint8Array;
  /** Sets the exit status; the highest one asked for counts. */
  fail(status: number): void;
  readonly colors: Colors;
}

/** A file that cannot be read, or an argument that makes no sense. */
export class InputError extends RootletError {
  constructor(what: string, problem: string, cause?: unknown) {
    super('InputError', 'INPUT', what, `${what}: ${problem}`, { cause });
  }
}

/** The real world. */
export function createProcessIo(): Io {
  const watched = process.stderr.isTTY === true;
  let shown = 0;
  const clear = (): void => {
    if (shown > 0) process.stderr.write(`\r${' '.repeat(shown)}\r`);
    shown = 0;
  };
  // A reader that has seen enough (head) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_OK);
    throw error;
  });
  return {
    print(line) {
      clear();
      process.stdout.write(`${line}\n`);
    },
    write(text) {
      clear();
      process.stdout.write(text);
    },
    warn(line) {
      clear();
      process.stderr.write(`${line}\n`);
    },
    progress(text) {
      if (!watched) return;
      clear();
      shown = text.length;
      process.stderr.write(text);
    },
    read(path) {
      try {
        return readFileSync(path);
      } catch (error) {
        throw new InputError(path, readProblem(error), error);
      }
    },
    fail(status) {
      process.exitCode = Math.max(Number(process.exitCode ?? 0), status);
    },
    colors: pc.createColors(pc.isColorSupported && process.stdout.isTTY === true),
  };
}

function readProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EISDIR') return 'is a directory';
  if (code === 'EACCES') return 'permission denied';
  return `cannot be read (${code ?? String(error)})`;
}

// How do tests run the command without a process?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { InputError } from '../src/io.ts';
import type { Io } from '../src/io.ts';
import { createProgram, exitStatusOf } from '../src/program.ts';

export const ROOT: string = join(__dirname, '../../..');

/** Path of an example object, e.g. `linking/helpers.o`. */
export function example(path: string): string {
  return join(ROOT, 'docs/examples', path);
}

/** What a command printed and how it ended. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Runs `rootlet …args`. */
export async function rootlet(...args: string[]): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  let status = 0;
  const io: Io = {
    print: (line) => void (stdout += `${line}\n`),
    write: (text) => void (stdout += text),
    warn: (line) => void (stderr += `${line}\n`),
    progress: () => {},
    read: (path) => {
      try {
        return readFileSync(path);
      } catch (error) {
        throw new InputError(path, 'cannot be read', error);
      }
    },
    fail: (code) => void (status = Math.max(status, code)),
    colors: pc.createColors(false),
  };
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
  } catch (error) {
    io.fail(exitStatusOf(error, io));
  }
  return { stdout, stderr, status };
}

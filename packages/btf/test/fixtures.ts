// Which BTF blobs do the tests read?
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Btf } from '../src/index.ts';
import { parseBtf } from '../src/index.ts';

const DIR = join(__dirname, 'fixtures');

/** Bytes of a committed fixture, e.g. `kinds.el.btf`. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(DIR, name)));
}

/** Text of a committed fixture. */
export function fixtureText(name: string): string {
  return readFileSync(join(DIR, name), 'utf8');
}

/** A parsed fixture, e.g. `kinds` of little-endian order. */
export function fixtureBtf(name: string, order: 'el' | 'eb' = 'el'): Btf {
  return parseBtf(fixture(`${name}.${order}.btf`));
}

/** Names of all fixtures, e.g. `kinds`. */
export const FIXTURES: readonly string[] = readdirSync(DIR).filter((name) => name.endsWith('.el.btf')).map((name) => name.slice(0, -'.el.btf'.length));

/** BTF of the running kernel, or why there is none. */
export function vmlinuxBytes(): Uint8Array | undefined {
  const path = '/sys/kernel/btf/vmlinux';
  if (existsSync(path)) return new Uint8Array(readFileSync(path));
  console.warn(`skipped: ${path} does not exist on this system`);
  return undefined;
}

/** Id of a type that must be there. */
export function idOf(btf: Btf, name: string, kind: number): number {
  const id = btf.findByNameKind(name, kind);
  if (id === undefined) throw new Error(`no ${name} of kind ${kind} in the fixture`);
  return id;
}

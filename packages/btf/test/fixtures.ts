// Which BTF blobs do the tests read?
import { describe, it } from '@jest/globals';
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

/** What tests need that a machine may lack: with a reason, which is named when they are left out. */
export type Missing = string | undefined;

export const NO_VMLINUX = 'no /sys/kernel/btf/vmlinux here';

/** The first reason of several. */
export function firstMissing(...reasons: readonly (readonly [here: boolean, reason: string])[]): Missing {
  return reasons.find(([here]) => !here)?.[1];
}

/** `describe`, or where something is missing one that is left out and says why. */
export function describeWith(missing: Missing, name: string, body: () => void): void {
  if (missing === undefined) describe(name, body);
  else describe.skip(`${name} (left out: ${missing})`, body);
}

/** `it`, likewise. */
export function itWith(missing: Missing, name: string, body: () => void, timeout?: number): void {
  if (missing === undefined) it(name, body, timeout);
  else it.skip(`${name} (left out: ${missing})`, body);
}

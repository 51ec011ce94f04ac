// What is pinned beside a program, so that it works for others as it does here?
//
//   PATH          the program, or a link that attaches it
//   PATH-code     of a library function: what another process links it from
//   PATH-links/   of a program that calls others: the links that put those over its stubs. Linux has a link hold its target, not the
//                 reverse: without them the stubs would run when this process ends. And its program arrays, `0slots` and so on: the
//                 kernel empties one that only programs hold
import { DecodeError } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import { EINVAL, ENOENT } from '@rootlet/uapi';
import { existsSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import type { DynamicLinker } from './linker.ts';
import { decodeUnit, encodeUnit } from './saved-unit.ts';
import type { IdsOfFds } from './saved-unit.ts';
import { closureOf } from './unit.ts';
import type { Unit } from './unit.ts';

/** What pins need of the kernel. */
export interface PinKernel extends IdsOfFds {
  pin(fd: number, path: string): void;
  get(path: string): number;
  unlink(path: string): void;
  /** A map with this one value, which nobody can change any more. @returns its fd */
  createFrozen(name: string, value: Uint8Array): number;
  /** The one value of such a map. */
  readFrozen(fd: number): Uint8Array;
}

const codeOf = (path: string): string => `${path}-code`;
const linksOf = (path: string): string => `${path}-links`;

/** Pins programs with what they need, finds them, and keeps their pins as they are bound anew. */
export class Pins {
  readonly #kernel: PinKernel;
  readonly #linker: DynamicLinker;
  /** Units whose bindings are pinned, by path; where a link is pinned, its fd while that is open. */
  readonly #bound = new Map<string, { unit: Unit; linkFd: number | undefined; readonly isProgram: boolean }>();

  constructor(kernel: PinKernel, linker: DynamicLinker) {
    this.#kernel = kernel;
    this.#linker = linker;
  }

  /** @throws KernelError; then nothing is pinned */
  pin(fd: number, path: string): void {
    const kernel = this.#kernel;
    const program = this.#linker.find(fd);
    const unit = program ?? this.#linker.attachedBy(fd);
    kernel.pin(fd, path);
    if (unit === undefined) return;
    try {
      // Also where nothing is called yet: a pinned link may come to attach a program that calls others.
      if (program?.attr.library === true) this.#pinCode(program, path);
      else if (unit.externs.length > 0 || program === undefined) {
        this.#bound.set(path, { unit, linkFd: program === undefined ? fd : undefined, isProgram: program !== undefined });
        this.#pinLinks(unit, path);
      }
    } catch (error) {
      this.unpin(path);
      throw error;
    }
  }

  #pinCode(unit: Unit, path: string): void {
    const bytes = encodeUnit(unit, this.#kernel);
    if (bytes === undefined) return;
    const fd = this.#kernel.createFrozen('rootlet_code', bytes);
    try {
      this.#kernel.pin(fd, codeOf(path));
    } finally {
      this.#kernel.close(fd);
    }
  }

  #pinLinks(unit: Unit, path: string): void {
    for (const { name, linkFd } of unit.externs) if (linkFd !== undefined) this.#kernel.pin(linkFd, `${linksOf(path)}/${name.replaceAll('.', '_')}`);
    const arrays = closureOf(unit).flatMap(({ arrayFd }) => (arrayFd === undefined ? [] : [arrayFd]));
    for (const [idx, arrayFd] of arrays.entries()) this.#kernel.pin(arrayFd, `${linksOf(path)}/${idx}slots`);
  }

  /** A program was bound anew: what is pinned follows. */
  follow(unit: Unit): void {
    for (const [path, { unit: other, isProgram }] of this.#bound) {
      if (other !== unit) continue;
      if (isProgram && unit.fd >= 0) {
        // Linked anew it is another program; a name in a bpffs changes at once.
        this.#kernel.pin(unit.fd, `${path}-next`);
        renameSync(`${path}-next`, path);
      }
      this.#unpinLinks(path);
      this.#pinLinks(unit, path);
    }
  }

  /** A link attaches another program now. */
  reattached(linkFd: number): void {
    const unit = this.#linker.attachedBy(linkFd);
    for (const entry of this.#bound.values()) {
      if (entry.linkFd !== linkFd || unit === undefined || entry.unit === unit) continue;
      entry.unit = unit;
      this.follow(unit);
    }
  }

  /** An fd is closed: it will mean something else. */
  closed(fd: number): void {
    for (const entry of this.#bound.values()) if (entry.linkFd === fd) entry.linkFd = undefined;
  }

  /** An fd for what is pinned; a library function is known from then on as if it had been loaded here. */
  get(path: string): number {
    const fd = this.#kernel.get(path);
    if (!existsSync(codeOf(path))) return fd;
    try {
      const codeFd = this.#kernel.get(codeOf(path));
      try {
        this.#linker.adopt(fd, decodeUnit(this.#kernel.readFrozen(codeFd), this.#kernel));
      } finally {
        this.#kernel.close(codeFd);
      }
    } catch (error) {
      this.#kernel.close(fd);
      if (error instanceof DecodeError) throw new KernelError('obj get', EINVAL, `'${codeOf(path)}': ${error.message}`);
      throw error;
    }
    return fd;
  }

  /** Takes a pin away with what was pinned beside it. */
  unpin(path: string): void {
    this.#bound.delete(path);
    this.#kernel.unlink(path);
    if (existsSync(codeOf(path))) this.#kernel.unlink(codeOf(path));
    this.#unpinLinks(path);
  }

  #unpinLinks(path: string): void {
    const folder = linksOf(path);
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) this.#kernel.unlink(`${folder}/${name}`);
    rmdirSync(folder);
  }

  /** Names of what is pinned in a folder, without what stands beside. @throws KernelError `ENOENT` */
  list(folder: string): readonly string[] {
    if (!existsSync(folder)) throw new KernelError('obj list', ENOENT, `'${folder}'`);
    // Names with dots are the kernel's own.
    const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() && !entry.name.includes('.') ? [entry.name] : []));
    return names.filter((name) => !(name.endsWith('-code') && names.includes(name.slice(0, -'-code'.length)))).sort();
  }
}

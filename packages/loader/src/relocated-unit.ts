// What is a program once everything it refers to has its place in the kernel?
import { relocateProgram } from '@rootlet/reloc';
import type { RelocatedProgram } from '@rootlet/reloc';
import { createJumpTable } from './jump-tables.ts';
import type { Kernel } from './kernel.ts';
import type { LoadContext } from './loaded.ts';
import type { Resolver } from './resolve.ts';
import type { ObjectSpec, ProgramSpec } from './spec.ts';
import { UnitLinker } from './unit-linker.ts';

/** A program that only waits to be loaded. */
export interface RelocatedUnit {
  /** Says what its externs are bound to. */
  readonly linker: UnitLinker;
  readonly relocated: RelocatedProgram;
  /** Its jump tables, which it holds itself once it is loaded. */
  readonly tableFds: readonly number[];
}

/** A program as messages name it. */
export function programWhat(spec: ObjectSpec, program: ProgramSpec): string {
  return `object '${spec.name}': program '${program.name}'`;
}

/** Fills in a program's places. Its jump tables are to be closed with {@link closeTables}. @throws LoadError, RelocError */
export function relocateUnit(context: LoadContext, resolver: Resolver, program: ProgramSpec): RelocatedUnit {
  const { spec, kernel, tokenFd } = context;
  const tableFds: number[] = [];
  const linker = new UnitLinker(context, resolver, (table, targets) => {
    const fd = createJumpTable({ kernel, tokenFd, what: programWhat(spec, program) }, table, targets);
    tableFds.push(fd);
    return fd;
  });
  try {
    return { linker, relocated: relocateProgram(linker.model, program.funcIdx, linker), tableFds };
  } catch (error) {
    closeTables(kernel, { tableFds });
    throw error;
  }
}

export function closeTables(kernel: Kernel, { tableFds }: Pick<RelocatedUnit, 'tableFds'>): void {
  for (const fd of tableFds) kernel.close(fd);
}

/** The programs of one object that wait to be loaded. */
export class RelocatedUnits {
  readonly #kernel: Kernel;
  readonly #units = new Map<string, RelocatedUnit>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get(program: string): RelocatedUnit | undefined {
    return this.#units.get(program);
  }

  add(program: string, unit: RelocatedUnit): void {
    this.#units.set(program, unit);
  }

  /** Hands a program out, with its tables. */
  take(program: string): RelocatedUnit | undefined {
    const unit = this.#units.get(program);
    this.#units.delete(program);
    return unit;
  }

  /** Forgets all of them. */
  clear(): void {
    for (const unit of this.#units.values()) closeTables(this.#kernel, unit);
    this.#units.clear();
  }
}

// What is in a kernel, and which of its parts see it?
import type { Btf } from '@rootlet/btf';
import type { Vm } from '@rootlet/vm';
import type { FuncSlot } from '@rootlet/vm';
import type { Bpffs } from './bpffs.ts';
import { CallGraph } from './call-graph.ts';
import type { FdTable } from './fd-table.ts';
import { ObjectTable } from './kernel-object.ts';
import type { SimBtf, SimFunc, SimLink, SimMap, SimProg } from './objects.ts';
import type { SimKernelOptions } from './options.ts';

/** The state that the operations of a kernel share. */
export class KernelState {
  readonly options: SimKernelOptions;
  readonly vm: Vm;
  readonly fds: FdTable;
  readonly bpffs: Bpffs;
  readonly btfs: ObjectTable<SimBtf> = new ObjectTable<SimBtf>();
  readonly maps: ObjectTable<SimMap> = new ObjectTable<SimMap>();
  readonly progs: ObjectTable<SimProg> = new ObjectTable<SimProg>();
  readonly links: ObjectTable<SimLink> = new ObjectTable<SimLink>();
  readonly graph: CallGraph;
  /** Lines printed since the last run began. */
  printed: string[] = [];
  /** Attached programs by hook. */
  readonly hooks: Map<string, SimLink[]> = new Map();
  readonly #funcs = new WeakMap<FuncSlot, SimFunc>();
  #vmlinux: Btf | undefined;

  constructor(options: SimKernelOptions, vm: Vm, fds: FdTable, bpffs: Bpffs) {
    this.options = options;
    this.vm = vm;
    this.fds = fds;
    this.bpffs = bpffs;
    this.graph = new CallGraph(
      () => this.progs.values(),
      (slot) => this.#funcs.get(slot),
    );
  }

  /** Makes the functions of a program known by their slots. */
  register(prog: SimProg): void {
    for (const func of prog.functions.values()) this.#funcs.set(func.slot, func);
  }

  /** The function behind a slot. */
  funcOf(slot: FuncSlot): SimFunc | undefined {
    return this.#funcs.get(slot);
  }

  /** The kernel's own BTF. */
  vmlinux(): Btf | undefined {
    const { vmlinux } = this.options;
    this.#vmlinux ??= typeof vmlinux === 'function' ? vmlinux() : vmlinux;
    return this.#vmlinux;
  }
}

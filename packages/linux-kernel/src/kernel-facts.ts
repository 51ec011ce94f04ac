// What does a process know of the kernel that it runs on?
import type { Btf } from '@rootlet/btf';
import type { FdInfo, ModuleBtf } from '@rootlet/loader';
import { release } from 'node:os';
import { readKallsyms } from './kallsyms.ts';
import { readKernelConfig } from './kernel-config.ts';
import { findModules } from './module-btfs.ts';
import { readPossibleCpus } from './possible-cpus.ts';
import { findVmlinuxBtf } from './vmlinux-btf.ts';

/** Facts that are the same as long as the kernel runs. */
export abstract class KernelFacts {
  readonly release: string = release();
  readonly name: string = `linux ${this.release}`;
  #vmlinux: Btf | undefined;
  #possibleCpus: number | undefined;
  #modules: readonly ModuleBtf[] | undefined;

  abstract ids(kind: FdInfo['kind']): readonly number[];
  abstract info(fd: number): FdInfo;
  abstract btfFdById(id: number): number;
  abstract btfData(btfFd: number): Uint8Array;
  abstract close(fd: number): void;

  /** @libbpf btf__load_vmlinux_btf, libbpf_find_kernel_btf */
  vmlinuxBtf(): Btf | undefined {
    this.#vmlinux ??= findVmlinuxBtf(this.release);
    return this.#vmlinux;
  }

  /** @libbpf btf__load_module_btf */
  moduleBtfs(): readonly ModuleBtf[] {
    this.#modules ??= findModules(this);
    return this.#modules;
  }

  kallsyms(names: ReadonlySet<string>): ReadonlyMap<string, bigint> {
    return readKallsyms(names);
  }

  kconfig(): string | undefined {
    return readKernelConfig(this.release);
  }

  /** @libbpf libbpf_num_possible_cpus */
  possibleCpus(): number {
    this.#possibleCpus ??= readPossibleCpus();
    return this.#possibleCpus;
  }
}

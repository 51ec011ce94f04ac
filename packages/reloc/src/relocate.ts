// What does a program look like when everything it refers to has been found?
import { bug, UnsupportedError } from '@rootlet/bytes';
import type { BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import {
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_VALUE,
  BPF_PSEUDO_PROG_CALL,
  CALL,
  Insns,
} from '@rootlet/insn';
import { RelocError } from './errors.ts';
import type { JumpTable } from './jump-tables.ts';
import type { CodeFunc, CodeModel, CodeReloc, ExternBinding, MissingMap, RelocatedProgram, RelocResolver } from './types.ts';

/** What a guard sees as the address of a function that is there, or will be bound. Any non-zero constant would do. */
export const BOUND_FUNC_ADDRESS = 1n;

/**
 * A call of an absent weak extern becomes a call of helper `POISON_CALL_BASE` + {@link externRank}. No kernel has such a helper:
 * where the verifier reaches the call it says `invalid func unknown#2002000005`, where a guard keeps it away it is dead.
 *
 * @source libbpf: numbers that its users meet in verifier logs of unresolved weak kfuncs
 */
export const POISON_CALL_BASE = 2002000000;

/**
 * Place of an extern where libbpf lists them: those of `.kconfig` first, then the kernel's by name.
 *
 * @source libbpf: numbers of unresolved weak kfuncs in verifier logs
 */
export function externRank(model: CodeModel, externIdx: number): number {
  const { name } = model.externs[externIdx] ?? bug(`no extern ${externIdx}`);
  return model.externs.filter((other) => other.sectionName === '.kconfig' || other.name < name).length;
}

/** References to map N of an object that left it out become calls of helper `POISON_MAP_BASE + N`. @source libbpf: as above */
export const POISON_MAP_BASE = 2001000000;

/**
 * Makes a loadable program of one function: appends every function that it needs, directly or not, once each, and
 * patches calls and addresses. The model is not changed.
 *
 * Functions are appended as libbpf does: at the first reference to them, then what they refer to, before the next
 * reference of the referrer. Recursion is laid out like any call; the verifier refuses it.
 *
 * @param entryFuncIdx index in {@link CodeModel.funcs}
 * @param resolver what maps, data sections and externs became; asked for what the program refers to only, for an extern once
 * @throws `RELOC_BINDING` when an extern's binding does not fit the use; UnsupportedError for jump tables without `jumpTableFd`
 */
export function relocateProgram(model: CodeModel, entryFuncIdx: number, resolver: RelocResolver): RelocatedProgram {
  const entry = model.funcs[entryFuncIdx] ?? bug(`no function ${entryFuncIdx}`);
  const order = orderFuncs(model, entry);
  const startOf = new Map<CodeFunc, number>();
  let length = 0;
  for (const func of order) {
    startOf.set(func, length);
    length += func.insns.length;
  }
  const insns = Insns.concat(order.map((func) => func.insns));
  const bindings = new Map<number, ExternBinding>();
  const tableFds = new Map<JumpTable, number>();
  for (const func of order) {
    const start = startOf.get(func) as number;
    for (const reloc of func.relocs) {
      const at = start + reloc.insnIdx;
      const { target } = reloc;
      switch (target.kind) {
        case 'map':
          setMap(insns, at, BPF_PSEUDO_MAP_FD, resolver.mapFd(target.name, target.byteOff), 0);
          break;
        case 'data':
          setMap(insns, at, BPF_PSEUDO_MAP_VALUE, resolver.dataMapFd(target.sectionIdx), target.addend);
          break;
        case 'call':
          insns.set(at, { src: BPF_PSEUDO_CALL, imm: (startOf.get(funcAt(model, target.funcIdx)) as number) - at - 1 });
          break;
        case 'funcAddr':
          if (target.guard) setConstant(insns, at, BOUND_FUNC_ADDRESS);
          else setWide(insns, at, BPF_PSEUDO_FUNC, (startOf.get(funcAt(model, target.funcIdx)) as number) - at - 1, 0);
          break;
        case 'jumpTable': {
          const { table } = target;
          let fd = tableFds.get(table);
          if (fd === undefined) {
            if (resolver.jumpTableFd === undefined) throw new UnsupportedError(`jump table ${table.name} of function ${func.name}`, { byteOff: reloc.byteOff });
            fd = resolver.jumpTableFd(table, table.targets.map((slot) => start + slot));
            tableFds.set(table, fd);
          }
          setWide(insns, at, BPF_PSEUDO_MAP_VALUE, fd, 0);
          break;
        }
        case 'label':
          bug('label in code');
          break;
        case 'externCall':
        case 'externAddr': {
          const ext = model.externs[target.externIdx] ?? bug(`no extern ${target.externIdx}`);
          const binding = bindings.get(ext.index) ?? resolver.extern(ext);
          bindings.set(ext.index, binding);
          const patched =
            target.kind === 'externCall'
              ? patchCall(insns, at, binding, model, target.externIdx)
              : patchAddress(insns, at, binding, target.addend);
          if (!patched) throw wrongBinding(func, reloc, ext.name, binding);
          break;
        }
      }
    }
  }
  return { insns, ...collectInfo(order, startOf), externs: [...bindings.keys()].sort((a, b) => a - b) };
}

/** Entry first, then every function at the first reference to it, depth first. */
function orderFuncs(model: CodeModel, entry: CodeFunc): CodeFunc[] {
  const order = [entry];
  const seen = new Set([entry.index]);
  addNeeded(model, entry, order, seen);
  // What the kernel calls when the program throws comes last.
  const thrown = entry.exceptionCallback === undefined ? undefined : model.funcs.find(({ name, binding }) => name === entry.exceptionCallback && binding !== STB_LOCAL);
  if (thrown !== undefined && !seen.has(thrown.index)) {
    seen.add(thrown.index);
    order.push(thrown);
    addNeeded(model, thrown, order, seen);
  }
  return order;
}

const STB_LOCAL = 0;

/** Appends what a function refers to, directly or not. */
function addNeeded(model: CodeModel, from: CodeFunc, order: CodeFunc[], seen: Set<number>): void {
  const stack: { readonly relocs: readonly CodeReloc[]; next: number }[] = [{ relocs: from.relocs, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const reloc = top.relocs[top.next++];
    if (reloc === undefined) {
      stack.pop();
      continue;
    }
    const { target } = reloc;
    const needed = target.kind === 'call' || (target.kind === 'funcAddr' && !target.guard);
    if (!needed) continue;
    const func = funcAt(model, target.funcIdx);
    if (seen.has(func.index)) continue;
    seen.add(func.index);
    order.push(func);
    stack.push({ relocs: func.relocs, next: 0 });
  }
}

function funcAt(model: CodeModel, funcIdx: number): CodeFunc {
  return model.funcs[funcIdx] ?? bug(`no function ${funcIdx}`);
}

/** Both slots of a reference to a map that was left out become calls that no kernel knows. */
function setMap(insns: Insns, at: number, src: number, map: number | MissingMap, high: number): void {
  if (typeof map === 'number') {
    setWide(insns, at, src, map, high);
    return;
  }
  const poison = { code: CALL, dst: 0, src: 0, off: 0, imm: POISON_MAP_BASE + map.missingMap };
  insns.set(at, poison);
  insns.set(at + 1, poison);
}

function setWide(insns: Insns, at: number, src: number, low: number, high: number): void {
  insns.set(at, { src, imm: low });
  insns.set(at + 1, { imm: high });
}

function patchCall(insns: Insns, at: number, binding: ExternBinding, model: CodeModel, externIdx: number): boolean {
  switch (binding.kind) {
    case 'prog':
      insns.set(at, { src: BPF_PSEUDO_PROG_CALL, off: binding.fdIdx, imm: binding.btfId });
      return true;
    case 'pending':
      insns.set(at, { src: BPF_PSEUDO_PROG_CALL, off: -1, imm: binding.btfId });
      return true;
    case 'kfunc':
      insns.set(at, { src: BPF_PSEUDO_KFUNC_CALL, off: binding.fdIdx, imm: binding.btfId });
      return true;
    case 'null':
      insns.set(at, { src: 0, off: 0, imm: POISON_CALL_BASE + externRank(model, externIdx) });
      return true;
    default:
      return false;
  }
}

function patchAddress(insns: Insns, at: number, binding: ExternBinding, addend: number): boolean {
  switch (binding.kind) {
    case 'prog':
    case 'pending':
      setConstant(insns, at, BOUND_FUNC_ADDRESS);
      return true;
    case 'null':
      setConstant(insns, at, 0n);
      return true;
    case 'address':
      setConstant(insns, at, binding.address + BigInt(addend));
      return true;
    case 'mapValue':
      setWide(insns, at, BPF_PSEUDO_MAP_VALUE, binding.mapFd, binding.byteOff + addend);
      return true;
    case 'mapFd':
      setWide(insns, at, BPF_PSEUDO_MAP_FD, binding.mapFd, 0);
      return addend === 0;
    case 'kfunc':
    case 'btfVar':
      setWide(insns, at, BPF_PSEUDO_BTF_ID, binding.btfId, binding.btfFd);
      return addend === 0;
  }
}

function setConstant(insns: Insns, at: number, value: bigint): void {
  setWide(insns, at, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

function wrongBinding(func: CodeFunc, reloc: CodeReloc, name: string, binding: ExternBinding): RelocError {
  const what = `reloc: section ${func.sectionName}: function ${func.name}: extern ${name}`;
  const use = reloc.target.kind === 'externCall' ? 'call' : 'address';
  return new RelocError('RELOC_BINDING', what, `${use} cannot be bound`, {
    have: binding.kind,
    byteOff: reloc.byteOff,
    insnIdx: reloc.insnIdx,
  });
}

function collectInfo(
  order: readonly CodeFunc[],
  startOf: ReadonlyMap<CodeFunc, number>,
): Pick<RelocatedProgram, 'funcInfo' | 'lineInfo' | 'subprograms'> {
  const subprograms = order.map((func) => ({ func, insnIdx: startOf.get(func) as number }));
  const funcInfo: BtfFuncInfo[] = [];
  const lineInfo: BtfLineInfo[] = [];
  // The kernel wants a record for each function or none at all.
  if (order.every((func) => func.btfId !== undefined)) {
    for (const { func, insnIdx } of subprograms) {
      funcInfo.push({ insnIdx, typeId: func.btfId as number });
      for (const record of func.lineInfo) lineInfo.push({ ...record, insnIdx: record.insnIdx + insnIdx });
    }
  }
  return { subprograms, funcInfo, lineInfo };
}

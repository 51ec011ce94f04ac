// How does the log show an instruction and its source line?
import { BPF_PSEUDO_BTF_ID, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_PROG_CALL, disasmKernelLine } from '@rootlet/insn';
import type { Insns, KernelDisasmOptions } from '@rootlet/insn';
import { BPF_MAP_TYPE_ARENA, helperName } from '@rootlet/uapi';
import { knowsPrograms } from '../state/env.ts';
import type { Env } from '../state/env.ts';

/** Address that the log shows for the first map; the kernel shows where the map really is. */
const MAP_ADDRESS = 0xffff_8881_0000_0000n;

const KERNEL_ADDRESS = 0xffff_ffff_8100_0000n;

/** Text of the instruction, prefix included, without a newline. */
export function formatInsn(env: Env, insnIdx: number): string {
  const options: KernelDisasmOptions = {
    helperName: (id) => helperName(id),
    kfuncName: (btfId, off) => (off === 0 ? env.input.vmlinux?.name(btfId) : undefined),
    callTarget: (insns, idx) => (insns.src[idx] === BPF_PSEUDO_PROG_CALL && !knowsPrograms(env) ? `unknown#${insns.imm[idx]}` : undefined),
    imm64: (insns, idx) => mapAddress(env, insns, idx),
  };
  return disasmKernelLine(env.input.insns, insnIdx, options);
}

function mapAddress(env: Env, insns: Insns, insnIdx: number): string {
  const map = env.aux[insnIdx]?.map;
  // Where the kernel's function is, as if all were behind each other.
  if (insns.src[insnIdx] === BPF_PSEUDO_BTF_ID) return `0x${(KERNEL_ADDRESS + BigInt(insns.imm[insnIdx] ?? 0) * 16n).toString(16)}`;
  if (map === undefined) return `0x${insns.imm64(insnIdx).toString(16)}`;
  const high = BigInt((insns.imm[insnIdx + 1] ?? 0) >>> 0);
  if (map.type === BPF_MAP_TYPE_ARENA && map.extra !== undefined && insns.src[insnIdx] !== BPF_PSEUDO_MAP_FD) return `0x${(map.extra + high).toString(16)}`;
  return `0x${(MAP_ADDRESS + BigInt(env.usedMaps.indexOf(map)) * 0x10000n + high).toString(16)}`;
}

/** Characters that the kernel prints at a time. */
const MAX_PRINTED = 1023;

/** Prints the source line that begins at or before the instruction, unless it was the last one printed. */
export function printLine(env: Env, insnIdx: number, prefix: string): void {
  const { lineInfo, btf } = env.input;
  if (lineInfo === undefined || btf === undefined || lineInfo.length === 0) return;
  const at = findLine(env, insnIdx);
  const line = lineInfo[at];
  if (line === undefined) return;
  const prev = lineInfo[env.prevLine];
  if (prev !== undefined && prev.fileNameOff === line.fileNameOff && prev.line === line.line) return;
  env.prevLine = at;
  const text = btf.string(line.lineOff).replace(/^[ \t\n\v\f\r]+/, '');
  const file = btf.string(line.fileNameOff);
  env.log.verbose(`${prefix}${text.slice(0, MAX_PRINTED)} @ ${file.slice(file.lastIndexOf('/') + 1)}:${line.line}\n`);
}

/** Index of the last line record at or before the instruction. */
function findLine(env: Env, insnIdx: number): number {
  const lineInfo = env.input.lineInfo ?? [];
  let low = 0;
  let high = lineInfo.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if ((lineInfo[mid] as { insnIdx: number }).insnIdx <= insnIdx) low = mid;
    else high = mid - 1;
  }
  return low;
}

// How does a jump table come to be in a kernel?
import type { JumpTable } from '@rootlet/reloc';
import { EINVAL } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { KernelError } from './errors.ts';
import type { Kernel } from './kernel.ts';

/** Map of instructions. @source libbpf 1.7: what it creates; newer than the header that the other types are from */
export const BPF_MAP_TYPE_INSN_ARRAY = 34;
/** Name that all such maps get. */
const TABLE_NAME = '.jumptables';
const KEY_BYTES = 4;
/** Value: the slot as the program is loaded, two places that the kernel fills in, and padding. */
const VALUE_BYTES = 16;

/** Who has a table. */
interface TableOwner {
  readonly kernel: Kernel;
  /** The program, for errors. */
  readonly what: string;
  readonly tokenFd: number | undefined;
}

/**
 * Creates, fills and freezes the map of one table of one program, as libbpf 1.7 does.
 *
 * @param targets slots of the program
 * @throws LoadError `JUMP_TABLE` naming the table, and that the kernel has no such maps where it has none
 */
export function createJumpTable({ kernel, what, tokenFd }: TableOwner, { name }: JumpTable, targets: readonly number[]): number {
  let mapFd: number | undefined;
  try {
    mapFd = kernel.mapCreate({ name: TABLE_NAME, type: BPF_MAP_TYPE_INSN_ARRAY, keySize: KEY_BYTES, valueSize: VALUE_BYTES, maxEntries: targets.length, flags: 0, ...(tokenFd === undefined ? {} : { tokenFd }) });
    for (const [index, slot] of targets.entries()) kernel.mapUpdate(mapFd, words(KEY_BYTES, index), words(VALUE_BYTES, slot));
    kernel.mapFreeze(mapFd);
    return mapFd;
  } catch (error) {
    if (mapFd !== undefined) kernel.close(mapFd);
    if (!(error instanceof Error) || error.name !== 'KernelError') throw error;
    const { errno, message } = error as KernelError;
    // The attributes are right, so it is the type that is not known.
    const unknown = mapFd === undefined && errno === EINVAL;
    const problem = unknown ? `kernel ${kernel.name} has no maps of instructions (insn_array, Linux 6.19), which indirect jumps need` : message;
    throw new LoadError('JUMP_TABLE', `${what}: jump table ${name}`, problem, { errno, cause: error });
  }
}

/** A key or value: its first word, then zeros. Kernels that load are little-endian. */
function words(size: number, first: number): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, first, true);
  return bytes;
}

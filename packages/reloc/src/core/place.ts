// Where does a CO-RE relocation stand, for errors?
import { formatType } from '@rootlet/btf';
import type { Btf, BtfCoreRelo } from '@rootlet/btf';
import type { ErrorDetail } from '@rootlet/bytes';
import { INSN_BYTES } from '@rootlet/insn';
import { RelocError } from '../errors.ts';
import type { CodeFunc } from '../types.ts';
import { coreKindName } from './kinds.ts';

/** A relocation of a function. Its name is put together for errors only: there are many more relocations. */
export interface CorePlace {
  readonly func: CodeFunc;
  /** The object's BTF. */
  readonly local: Btf;
  readonly relo: BtfCoreRelo;
}

/** An error about a relocation: names section, function, what is asked, the place in the section, and the slot within the function. */
export function coreError(code: string, place: CorePlace, problem: string, detail: ErrorDetail = {}): RelocError {
  const { func, relo, local } = place;
  const byteOff = INSN_BYTES * (func.startIdx + relo.insnIdx);
  const what = `core: section ${func.sectionName}+0x${byteOff.toString(16)}: function ${func.name}: ${formatQuestion(local, relo)}`;
  return new RelocError(code, what, problem, { ...detail, insnIdx: relo.insnIdx });
}

/** `byte_off struct task_struct 0:3`. */
function formatQuestion(local: Btf, relo: BtfCoreRelo): string {
  return `${coreKindName(relo.kind)} ${formatType(local, relo.typeId)} ${local.string(relo.accessStrOff).slice(0, 64)}`;
}

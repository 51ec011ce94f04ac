// What does the row of a program type look like on an older kernel?
import { BPF_MODIFY_RETURN, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BPF_TRACE_FEXIT, BPF_TRACE_ITER } from '@rootlet/uapi';
import { OLDER_KERNELS } from './generated/older-kernels.ts';
import type { OlderKernel } from './generated/older-kernels.ts';
import type { ProgTypeRow } from './types.ts';

/**
 * @param version of the profile
 * @returns the row itself for the kernel that the tables were made on; a type that the version lacks can be attached to nothing
 */
export function rowOn(version: string, row: ProgTypeRow): ProgTypeRow {
  const older = OLDER_KERNELS[version];
  if (older === undefined) return row;
  const { id } = row;
  const attachTypes = older.unknown.includes(`${id}`) ? [] : row.attachTypes;
  const absent = older.unknown.filter((key) => key.startsWith(`${id}:`)).map((key) => Number(key.slice(key.indexOf(':') + 1)));
  const checks = (attachType: number): boolean => !older.anyReturn.includes(`${id}:${attachType}`) && !older.anyReturn.includes(`${id}`);
  return {
    ...row,
    attachTypes: attachTypes?.filter((attachType) => !absent.includes(attachType)),
    allowsHelper: (helper, attachType) =>
      (row.allowsHelper(helper, attachType) && !differs(older, 'less', id, attachType, helper)) || differs(older, 'more', id, attachType, helper),
    checksReturn: (attachType) => row.checksReturn(attachType) && checks(attachType),
    returnRange: (attachType) => (checks(attachType) ? row.returnRange(attachType) : undefined),
  };
}

/** Kernel functions that the older kernels have, and that no program of theirs was seen to be allowed. */
const WITHHELD: readonly string[] = ['bpf_key_put', 'bpf_lookup_system_key', 'bpf_lookup_user_key', 'bpf_verify_pkcs7_signature'];

/** Whether programs may not call a kernel function on the kernel of that version. */
export function isWithheld(version: string, kfunc: string): boolean {
  return OLDER_KERNELS[version] !== undefined && WITHHELD.includes(kfunc);
}

/** Programs at functions were not asked there; unlike those at tracepoints they have cookies, as iterators have. */
const AT_FUNCTIONS: readonly number[] = [BPF_TRACE_FENTRY, BPF_TRACE_FEXIT, BPF_MODIFY_RETURN];

function differs(older: OlderKernel, field: 'less' | 'more', id: number, given: number, helper: number): boolean {
  const attachType = id === BPF_PROG_TYPE_TRACING && AT_FUNCTIONS.includes(given) ? BPF_TRACE_ITER : given;
  return (older[field][`${id}:${attachType}`] ?? older[field][id])?.includes(helper) ?? false;
}

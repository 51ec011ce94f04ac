// What does the row of a program type look like on an older kernel?
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

function differs(older: OlderKernel, field: 'less' | 'more', id: number, attachType: number, helper: number): boolean {
  return (older[field][`${id}:${attachType}`] ?? older[field][id])?.includes(helper) ?? false;
}

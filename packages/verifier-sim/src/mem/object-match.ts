// Is this struct the one that is wanted, or does it begin with it?
import type { Btf } from '@rootlet/btf';
import { verbose } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { walkStruct } from './btf-walk.ts';

/**
 * Whether the struct `have` at `off` is, or begins with, struct `need`.
 *
 * @param strict only the struct itself will do
 */
export function structsMatch(env: Env, btf: Btf, have: number, off: number, needBtf: Btf, need: number, strict: boolean): boolean {
  if (strict) return off === 0 && isSame(btf, have, needBtf, need);
  let id = have;
  let at = off >>> 0;
  while (at !== 0 || !isSame(btf, id, needBtf, need)) {
    const found = walkStruct(btf, id, at, 1, { stop: true });
    if (found.is === 'nothing') verbose(env, found.message);
    if (found.is !== 'struct') return false;
    id = found.btfId;
    at = 0;
  }
  return true;
}

function isSame(btf: Btf, id: number, needBtf: Btf, need: number): boolean {
  return btf === needBtf && id === need;
}

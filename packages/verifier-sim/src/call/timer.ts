// Is this the timer of a map's value?
import { constValue, isConst } from '../domain/index.ts';
import { getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import { lockErrno } from './spin-lock.ts';
import type { CallMeta } from './meta.ts';

/** Checks the timer in register `regno`; it names the map. */
export function checkTimer(env: Env, regno: number, meta: CallMeta): Errno {
  const reg = getReg(env, regno);
  const { map } = reg;
  if (!isConst(reg.scalar)) {
    const text = `R${regno} doesn't have constant offset. bpf_timer has to be at the constant offset\n`;
    return reject(env, lockErrno(env), text);
  }
  if (map?.btf === undefined) {
    return reject(env, lockErrno(env), `map '${map?.name ?? ''}' has to have BTF in order to use bpf_timer\n`);
  }
  const field = specialFields(map).find(({ name }) => name === 'bpf_timer');
  if (field === undefined) return reject(env, lockErrno(env), `map '${map.name}' has no valid bpf_timer\n`);
  const off = Number(BigInt.asIntN(64, constValue(reg.scalar))) + reg.off;
  if (field.byteOff !== off) {
    return reject(env, lockErrno(env), `off ${off} doesn't point to 'struct bpf_timer' that is at ${field.byteOff}\n`);
  }
  meta.map = map;
  meta.mapUid = reg.mapUid;
  return 0;
}

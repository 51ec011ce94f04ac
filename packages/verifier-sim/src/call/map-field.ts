// Is this the timer, work or lock of a map's value?
import { formatMapName } from '../log/format-reg.ts';
import { constValue, isConst } from '../domain/index.ts';
import { getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { specialFields } from '../state/map-value.ts';
import { theField } from '../state/special-fields.ts';
import { lockErrno } from './spin-lock.ts';
import type { VerifierMap } from '../types.ts';

/** Checks the field `name` in register `regno`; it names the map. */
export function checkMapField(env: Env, regno: number, name: string, meta: { map: VerifierMap | undefined; mapUid: number }): Errno {
  const reg = getReg(env, regno);
  const { map } = reg;
  if (!isConst(reg.scalar)) {
    return reject(env, lockErrno(env), `R${regno} doesn't have constant offset. ${name} has to be at the constant offset\n`);
  }
  if (map?.btf === undefined) return reject(env, lockErrno(env), `map '${formatMapName(map)}' has to have BTF in order to use ${name}\n`);
  const field = theField(specialFields(map), name);
  if (field === undefined) return reject(env, lockErrno(env), `map '${formatMapName(map)}' has no valid ${name}\n`);
  const off = Number(BigInt.asIntN(64, constValue(reg.scalar))) + reg.off;
  if (field.byteOff !== off) {
    return reject(env, lockErrno(env), `off ${off} doesn't point to 'struct ${name}' that is at ${field.byteOff}\n`);
  }
  meta.map = map;
  meta.mapUid = reg.mapUid;
  return 0;
}

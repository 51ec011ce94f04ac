// Is this argument a string that cannot change, and a format that fits its arguments?
import { isConst } from '../domain/index.ts';
import { EACCES, EINVAL, getReg, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import type { Reg } from '../state/reg.ts';
import { checkMapAccess } from '../mem/map-value.ts';
import { BPF_F_RDONLY_PROG } from '../tables/map-rules.ts';

/** Bytes from where the argument points to the end of the map's value. @returns undefined when they may change */
function constBytes(reg: Reg): Uint8Array | undefined {
  return reg.map?.frozenValue?.subarray(reg.off + Number(reg.scalar.umin));
}

/** Checks a constant string in `regno`. */
export function checkConstString(env: Env, regno: number): Errno {
  const reg = getReg(env, regno);
  const { map } = reg;
  if (map === undefined) return EINVAL;
  if (map.frozenValue === undefined || (map.flags & BPF_F_RDONLY_PROG) === 0) return reject(env, EACCES, `R${regno} does not point to a readonly map'\n`);
  if (!isConst(reg.scalar)) return reject(env, EACCES, `R${regno} is not a constant address'\n`);
  const err = checkMapAccess(env, reg, regno, reg.off, map.valueSize - reg.off, false);
  if (err !== 0) return err;
  return constBytes(reg)?.includes(0) === true ? 0 : reject(env, EINVAL, 'string is not zero-terminated\n');
}

/** A string, or a bare pointer, ends before a space or a mark, Latin-1's included. */
const END = '(?=$|[\\t-\\r -/:-@[-`{-~\\xa0-\\xbf\\xd7\\xf7])';
const CONVERSION = new RegExp(`^%[-+ 0]*\\d*(?:p(?:[KxsSB]|[iI][46]|[ku]s${END}|${END})|s${END}|c|l{0,2}[diuxX])`);

/** Whether `text` is a format that the kernel prints, with at most `args` conversions. */
function isFormat(text: string, args: number): boolean {
  let used = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7f || (code < 0x20 && !(code >= 9 && code <= 13))) return false;
    if (text[i] !== '%') continue;
    if (text[i + 1] === '%') {
      i++;
      continue;
    }
    const match = CONVERSION.exec(text.slice(i));
    if (match === null || ++used > args) return false;
    i += match[0].length - 1;
  }
  return true;
}

/**
 * Checks `bpf_snprintf`'s format in R3 against the size of its arguments in R5.
 */
export function checkFormat(env: Env): Errno {
  const size = getReg(env, 5).scalar.tnum.value;
  if (size % 8n !== 0n) return reject(env, EINVAL, '');
  const bytes = constBytes(getReg(env, 3));
  if (bytes === undefined) return EINVAL;
  const text = String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  return isFormat(text, Number(size / 8n)) ? 0 : reject(env, EINVAL, 'Invalid format string\n');
}

// May this part of a socket be read?
import { formatRegType } from '../log/format-reg.ts';
import { EACCES, reject, setReg } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, REG_UNKNOWN } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import { findFieldAccess } from '../tables/context.ts';
import { SOCKET_FIELDS } from '../tables/generated/socket-fields.ts';
import type { ContextField } from '../tables/types.ts';
import { WRITE } from './types.ts';
import type { MemAccess } from './types.ts';

/** What may be read through a socket pointer of the kind. */
export function fieldsOf(type: number): readonly ContextField[] {
  switch (type) {
    case PTR_TO_SOCK_COMMON:
      return SOCKET_FIELDS.sock_common;
    case PTR_TO_SOCKET:
      return SOCKET_FIELDS.sock;
    case PTR_TO_TCP_SOCK:
      return SOCKET_FIELDS.tcp_sock;
    default:
      return SOCKET_FIELDS.xdp_sock;
  }
}

/** Judges an access through a socket pointer that is not null: fields may be read, never written. */
export function accessSocket(env: Env, reg: Reg, what: MemAccess, signExtended: boolean): Errno {
  const { regno, off, size, access, valueRegno } = what;
  const name = formatRegType(reg.type, reg.flags);
  if (access === WRITE) return reject(env, EACCES, `R${regno} cannot write into ${name}\n`);
  if (findFieldAccess(fieldsOf(reg.type), off, size, false, signExtended) === undefined) {
    return reject(env, EACCES, `R${regno} invalid ${name} access off=${off} size=${size}\n`);
  }
  if (valueRegno >= 0) setReg(env, valueRegno, REG_UNKNOWN);
  return 0;
}

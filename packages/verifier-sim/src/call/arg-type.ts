// Is this kind of register what the argument wants?
import { formatRegType } from '../log/format-reg.ts';
import { EACCES, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import {
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  DYNPTR_TYPE_MASK,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  MEM_RINGBUF,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  PTR_TRUSTED,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { ArgKind } from '../tables/helper-row.ts';
import type { CallMeta } from './meta.ts';

/** A register kind with its qualifiers. */
type Accepted = readonly [type: number, flags: number];

// In the order in which the kernel's message lists them.
const MEMORY: readonly Accepted[] = [
  [PTR_TO_STACK, 0],
  [PTR_TO_PACKET, 0],
  [PTR_TO_PACKET_META, 0],
  [PTR_TO_MAP_KEY, 0],
  [PTR_TO_MAP_VALUE, 0],
  [PTR_TO_MEM, 0],
  [PTR_TO_MEM, MEM_RINGBUF],
  [PTR_TO_BUF, 0],
  [PTR_TO_BTF_ID, PTR_TRUSTED],
];
/** Memory to kernels that do not hand objects to helpers. */
const PLAIN_MEMORY = MEMORY.slice(0, -1);
const NUMBER: readonly Accepted[] = [[SCALAR, 0]];
const CONTEXT: readonly Accepted[] = [[PTR_TO_CTX, 0]];
const MAP_VALUE: readonly Accepted[] = [[PTR_TO_MAP_VALUE, 0]];
const MAP_FIELD_OR_OBJECT: readonly Accepted[] = [
  [PTR_TO_MAP_VALUE, 0],
  [PTR_TO_BTF_ID, MEM_ALLOC],
];
const SOCK_COMMON: readonly Accepted[] = [
  [PTR_TO_SOCK_COMMON, 0],
  [PTR_TO_SOCKET, 0],
  [PTR_TO_TCP_SOCK, 0],
  [PTR_TO_XDP_SOCK, 0],
];
const BTF_SOCK_COMMON: readonly Accepted[] = [...SOCK_COMMON, [PTR_TO_BTF_ID, 0], [PTR_TO_BTF_ID, PTR_TRUSTED]];
const OBJECT: readonly Accepted[] = [
  [PTR_TO_BTF_ID, 0],
  [PTR_TO_BTF_ID, PTR_TRUSTED],
  [PTR_TO_BTF_ID, MEM_RCU],
];
const PERCPU: readonly Accepted[] = [
  [PTR_TO_BTF_ID, MEM_PERCPU],
  [PTR_TO_BTF_ID, MEM_PERCPU | MEM_RCU],
  [PTR_TO_BTF_ID, MEM_PERCPU | PTR_TRUSTED],
];
const DYNPTR: readonly Accepted[] = [
  [PTR_TO_STACK, 0],
  [CONST_PTR_TO_DYNPTR, 0],
];

function acceptedBy(kind: ArgKind): readonly Accepted[] {
  if (typeof kind === 'object') return MEMORY;
  switch (kind) {
    case 'any':
      return [];
    case 'ctx':
    case 'ctx_or_null':
      return CONTEXT;
    case 'map':
      return [[CONST_PTR_TO_MAP, 0]];
    case 'size':
    case 'size0':
    case 'alloc_size':
      return NUMBER;
    case 'spin_lock':
    case 'kptr':
      return MAP_FIELD_OR_OBJECT;
    case 'timer':
    case 'const_str':
      return MAP_VALUE;
    case 'sock_common':
      return SOCK_COMMON;
    case 'btf_sock_common':
    case 'btf_sock_common_or_null':
    case 'release_sock':
      return BTF_SOCK_COMMON;
    case 'socket_or_null':
      return [[PTR_TO_SOCKET, 0]];
    case 'ringbuf_mem':
      return [[PTR_TO_MEM, MEM_RINGBUF]];
    case 'func':
      return [[PTR_TO_FUNC, 0]];
    case 'stack_or_null':
      return [[PTR_TO_STACK, 0]];
    case 'btf':
    case 'btf_or_null':
    case 'kptr_new_or_null':
      return OBJECT;
    case 'percpu_btf':
      return PERCPU;
    case 'dynptr':
    case 'dynptr_uninit':
    case 'ringbuf_dynptr':
      return DYNPTR;
    default:
      return MEMORY;
  }
}

/** Whether null, or a pointer that may be null, is accepted. */
export function isNullable(kind: ArgKind): boolean {
  return typeof kind === 'string' && kind.endsWith('_or_null');
}

/** Whether the helper only reads the memory, so that read-only memory will do. */
function isReadOnly(kind: ArgKind): boolean {
  return kind === 'mem' || kind === 'mem_or_null' || typeof kind === 'object';
}

/** Whether the argument is given back to the kernel. */
export function isReleased(kind: ArgKind): boolean {
  return kind === 'release_sock' || kind === 'ringbuf_mem' || kind === 'kptr_new_or_null';
}

/** Compares the register's kind with what the argument wants. @returns 0 or an errno, with the kernel's message */
export function checkArgType(env: Env, reg: Reg, regno: number, kind: ArgKind, meta: CallMeta): Errno {
  let accepted = acceptedBy(kind);
  if (accepted === MEMORY && !env.profile.features.objectMemory) accepted = PLAIN_MEMORY;
  let flags = reg.flags & ~DYNPTR_TYPE_MASK;
  if (isReadOnly(kind)) flags &= ~MEM_RDONLY;
  if (isNullable(kind)) flags &= ~PTR_MAYBE_NULL;
  // Objects of the program's own are kept, too.
  if (kind === 'kptr_new_or_null' && (flags & MEM_ALLOC) !== 0) flags &= ~(MEM_ALLOC | MEM_PERCPU);
  if (!accepted.some(([type, wanted]) => type === reg.type && wanted === flags)) {
    const names = accepted.map(([type, wanted]) => formatRegType(type, wanted)).join(', ');
    return reject(env, EACCES, `R${regno} type=${formatRegType(reg.type, reg.flags)} expected=${names}\n`);
  }
  if (reg.type === PTR_TO_BTF_ID && accepted === MEMORY && !isReadOnly(kind)) {
    const text = `${meta.name}() may write into memory pointed by R${regno} type=${formatRegType(reg.type, reg.flags)}\n`;
    return reject(env, EACCES, text);
  }
  return 0;
}

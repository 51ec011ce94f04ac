// How does the kernel print a register?
import { constValue, formatScalarBounds, isConst } from '../domain/index.ts';
import {
  baseId,
  CONST_PTR_TO_DYNPTR,
  CONST_PTR_TO_MAP,
  DYNPTR_TYPE_LOCAL,
  DYNPTR_TYPE_RINGBUF,
  DYNPTR_TYPE_SKB,
  DYNPTR_TYPE_SKB_META,
  DYNPTR_TYPE_XDP,
  isPacketPointer,
  MEM_ALLOC,
  MEM_PERCPU,
  MEM_RCU,
  MEM_RDONLY,
  MEM_RINGBUF,
  MEM_USER,
  NON_OWN_REF,
  NOT_INIT,
  PTR_MAYBE_NULL,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_TP_BUFFER,
  PTR_TO_XDP_SOCK,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  SCALAR,
} from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { VerifierMap } from '../types.ts';

const NAMES: Readonly<Record<number, string>> = {
  [NOT_INIT]: '?',
  [SCALAR]: 'scalar',
  [PTR_TO_CTX]: 'ctx',
  [CONST_PTR_TO_MAP]: 'map_ptr',
  [PTR_TO_MAP_VALUE]: 'map_value',
  [PTR_TO_STACK]: 'fp',
  [PTR_TO_PACKET]: 'pkt',
  [PTR_TO_PACKET_META]: 'pkt_meta',
  [PTR_TO_PACKET_END]: 'pkt_end',
  [PTR_TO_FLOW_KEYS]: 'flow_keys',
  [PTR_TO_SOCKET]: 'sock',
  [PTR_TO_SOCK_COMMON]: 'sock_common',
  [PTR_TO_TCP_SOCK]: 'tcp_sock',
  [PTR_TO_TP_BUFFER]: 'tp_buffer',
  [PTR_TO_XDP_SOCK]: 'xdp_sock',
  [PTR_TO_BTF_ID]: 'ptr_',
  [PTR_TO_MEM]: 'mem',
  [PTR_TO_ARENA]: 'arena',
  [PTR_TO_BUF]: 'buf',
  [PTR_TO_FUNC]: 'func',
  [PTR_TO_MAP_KEY]: 'map_key',
  [CONST_PTR_TO_DYNPTR]: 'dynptr_ptr',
};

const PREFIXES: readonly (readonly [number, string])[] = [
  [MEM_RDONLY, 'rdonly_'],
  [MEM_RINGBUF, 'ringbuf_'],
  [MEM_USER, 'user_'],
  [MEM_PERCPU, 'percpu_'],
  [MEM_RCU, 'rcu_'],
  [PTR_UNTRUSTED, 'untrusted_'],
  [PTR_TRUSTED, 'trusted_'],
];

/**
 * Name of a register kind with its qualifiers, as messages and register lists show it: `map_value_or_null`.
 * A number is `scalar`.
 */
export function formatRegType(type: number, flags: number): string {
  let prefix = '';
  for (const [flag, text] of PREFIXES) if ((flags & flag) !== 0) prefix += text;
  const nullable = (flags & PTR_MAYBE_NULL) !== 0;
  const postfix = nullable ? (type === PTR_TO_BTF_ID ? 'or_null_' : '_or_null') : '';
  return `${prefix}${NAMES[type] ?? '?'}${postfix}`;
}

/** Characters of a map's name that Linux keeps. */
const MAP_NAME_CHARS = 15;

/** Name of a map as the log prints it. */
export function formatMapName(map: VerifierMap | undefined): string {
  return map?.name.slice(0, MAP_NAME_CHARS) ?? '';
}

/** A signed number as the log prints it: decimal when it fits 16 bits, else hexadecimal. */
export function formatSigned(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  return signed >= -32768n && signed <= 32767n ? signed.toString() : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** An unsigned number as the log prints it. */
export function formatUnsigned(value: bigint): string {
  const unsigned = BigInt.asUintN(64, value);
  return unsigned <= 65535n ? unsigned.toString() : `0x${unsigned.toString(16)}`;
}

/** Name of a dynptr's type. */
export function formatDynptrType(type: number): string {
  if (type === DYNPTR_TYPE_LOCAL) return 'local';
  if (type === DYNPTR_TYPE_RINGBUF) return 'ringbuf';
  if (type === DYNPTR_TYPE_SKB) return 'skb';
  if (type === DYNPTR_TYPE_XDP) return 'xdp';
  if (type === DYNPTR_TYPE_SKB_META) return 'skb_meta';
  return '<invalid>';
}

/**
 * A register as the log prints it after `R1=`.
 *
 * @param frameno the frame whose registers are printed: stack pointers into others name theirs
 */
export function formatReg(reg: Reg, frameno: number): string {
  const { type, flags } = reg;
  const precise = type === SCALAR && reg.precise ? 'P' : '';
  if (type === SCALAR && isConst(reg.scalar)) return precise + formatSigned(constValue(reg.scalar));
  let text = precise + formatRegType(type, flags);
  if (type === PTR_TO_ARENA) return text;
  if (type === PTR_TO_STACK) {
    if (reg.frameno !== frameno) text += `[${reg.frameno}]`;
    if (isConst(reg.scalar)) return text + formatSigned(constValue(reg.scalar) + BigInt(reg.off));
  }
  if (type === PTR_TO_BTF_ID && reg.btf !== undefined) text += reg.btf.name(reg.btfId);
  return `${text}(${formatParts(reg).join(',')})`;
}

function formatParts(reg: Reg): string[] {
  const parts: string[] = [];
  if (reg.id !== 0) parts.push(`id=${formatId(reg)}`);
  if (reg.refObjId !== 0) parts.push(`ref_obj_id=${reg.refObjId}`);
  if ((reg.flags & NON_OWN_REF) !== 0 && (reg.flags & MEM_ALLOC) !== 0) parts.push('non_own_ref');
  if (reg.map !== undefined && isMapKind(reg.type)) {
    if (reg.map.name !== '') parts.push(`map=${formatMapName(reg.map)}`);
    parts.push(`ks=${reg.map.keySize}`, `vs=${reg.map.valueSize}`);
  }
  if (reg.type !== SCALAR && reg.off !== 0) parts.push(`off=${formatSigned(BigInt(reg.off))}`);
  if (isPacketPointer(reg)) parts.push(`r=${formatUnsigned(BigInt(reg.range))}`);
  if (reg.type === PTR_TO_MEM) parts.push(`sz=${formatUnsigned(BigInt(reg.memSize))}`);
  if (reg.type === CONST_PTR_TO_DYNPTR) parts.push(`type=${formatDynptrType(reg.extra?.dynptrType ?? 0)}`);
  if (isConst(reg.scalar)) {
    const value = constValue(reg.scalar);
    if (value !== 0n) parts.push(`imm=${formatSigned(value)}`);
  } else {
    parts.push(...formatScalarBounds(reg.scalar));
  }
  return parts;
}

function formatId(reg: Reg): string {
  const base = baseId(reg.id);
  if (reg.id === base) return String(base);
  return `${base}${reg.off >= 0 ? '+' : ''}${reg.off}`;
}

function isMapKind(type: number): boolean {
  return type === CONST_PTR_TO_MAP || type === PTR_TO_MAP_VALUE || type === PTR_TO_MAP_KEY;
}

// Which structs of the kernel may programs implement, and what do they get?
import { BTF_KIND_PTR, BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { BPF_FUNC_getsockopt, BPF_FUNC_ktime_get_coarse_ns, BPF_FUNC_setsockopt, BPF_FUNC_sk_storage_delete, BPF_FUNC_sk_storage_get, BPF_FUNC_tcp_send_ack } from '@rootlet/uapi';
import { typeOf } from '../state/btf-types.ts';
import { ENOTSUPP } from '../state/env.ts';
import type { Errno } from '../state/env.ts';
import { PTR_MAYBE_NULL, PTR_TO_BTF_ID, PTR_TRUSTED } from '../state/reg.ts';
import type { TracedPointer } from '../state/traced.ts';

/** What is known of one struct. Measured on Linux 6.18. */
export interface StructOpsRow {
  /** Members that are functions and may not be implemented, with the errno. */
  readonly unsupported: Readonly<Record<string, Errno>>;
  /** Members whose programs may sleep; absent: all. */
  readonly sleepable?: readonly string[];
  /** Helpers that are offered beside those of all programs; absent: no helper is, not even those. */
  readonly helpers?: readonly number[];
  /** Helpers that programs for some members are not offered. */
  readonly withheld?: Readonly<Record<string, readonly number[]>>;
  /** Arguments that are not what BTF says. */
  pointers(member: string, args: readonly number[], btf: Btf): Readonly<Record<number, TracedPointer>>;
  /** Judges a store. @returns undefined when it may happen, else the message */
  checkWrite(btf: Btf, struct: string, off: number, size: number): string | undefined;
}

function pointeeName(btf: Btf, typeId: number): string {
  const id = btf.resolveType(typeId);
  if (id === 0 || btf.kind(id) !== BTF_KIND_PTR) return '';
  const pointee = btf.resolveType(btf.refType(id));
  return pointee === 0 ? '' : btf.name(pointee);
}

export const READ_ONLY = 'only read is supported\n';

/** Fields of TCP's sockets that congestion control may change: struct, member, and whether any of its bytes may come first. */
const TCP_FIELDS: readonly (readonly [struct: string, member: string, inside: boolean])[] = [
  ['sock', 'sk_pacing_rate', false],
  ['sock', 'sk_pacing_status', false],
  ['inet_connection_sock', 'icsk_ca_priv', true],
  ['tcp_sock', 'snd_cwnd', false],
  ['tcp_sock', 'snd_cwnd_cnt', false],
  ['tcp_sock', 'snd_cwnd_stamp', false],
  ['tcp_sock', 'snd_ssthresh', false],
  ['tcp_sock', 'ecn_flags', false],
  ['tcp_sock', 'app_limited', false],
];

/** First byte of `icsk_ack`, which counts pending acknowledgements. */
const TCP_PENDING: readonly [struct: string, member: string] = ['inet_connection_sock', 'icsk_ack'];

/** Where a member begins and ends. */
export function placeOf(btf: Btf, struct: string, member: string): readonly [start: number, end: number] {
  const id = btf.findByNameKind(struct, BTF_KIND_STRUCT);
  const type = id === undefined ? undefined : typeOf(btf, id);
  const found = type?.kind === BTF_KIND_STRUCT ? type.members.find(({ name }) => name === member) : undefined;
  if (found === undefined) return [-1, -1];
  const start = Math.floor(found.bitOff / 8);
  return [start, found.bitfieldSize === 0 ? start + btf.resolveSize(found.type) : Math.ceil((found.bitOff + found.bitfieldSize) / 8)];
}

function checkTcpWrite(btf: Btf, struct: string, off: number, size: number): string | undefined {
  if (struct !== 'tcp_sock') return READ_ONLY;
  const [pending] = placeOf(btf, ...TCP_PENDING);
  let end = off === pending ? off + 1 : -1;
  for (const [owner, member, inside] of TCP_FIELDS) {
    const [first, last] = placeOf(btf, owner, member);
    if (off === first || (inside && off > first && off < last)) end = last;
  }
  if (end < 0) return `no write support to tcp_sock at off ${off}\n`;
  if (off + size <= end) return undefined;
  return `write access at off ${off} with size ${size} beyond the member of tcp_sock ended at ${end}\n`;
}

/** By the struct's name. */
export const STRUCT_OPS: Readonly<Record<string, StructOpsRow>> = {
  tcp_congestion_ops: {
    unsupported: { get_info: ENOTSUPP },
    helpers: [
      BPF_FUNC_setsockopt,
      BPF_FUNC_getsockopt,
      BPF_FUNC_sk_storage_get,
      BPF_FUNC_sk_storage_delete,
      BPF_FUNC_tcp_send_ack,
      BPF_FUNC_ktime_get_coarse_ns,
    ],
    withheld: { release: [BPF_FUNC_setsockopt, BPF_FUNC_getsockopt] },
    // The sockets are TCP's.
    pointers: (_, args, btf) =>
      Object.fromEntries(
        args.flatMap((type, arg) =>
          pointeeName(btf, type) === 'sock'
            ? [[arg, { type: PTR_TO_BTF_ID, flags: PTR_TRUSTED, struct: 'tcp_sock', silent: false }]]
            : [],
        ),
      ),
    checkWrite: checkTcpWrite,
  },
  bpf_dummy_ops: {
    unsupported: {},
    sleepable: ['test_sleepable'],
    pointers: (member): Readonly<Record<number, TracedPointer>> =>
      member === 'test_1' ? { 0: { type: PTR_TO_BTF_ID, flags: PTR_TRUSTED | PTR_MAYBE_NULL, silent: true } } : {},
    checkWrite: (btf, struct, off, size) => {
      if (struct !== 'bpf_dummy_ops_state') return READ_ONLY;
      const id = btf.findByNameKind(struct, BTF_KIND_STRUCT) ?? 0;
      const fits = id !== 0 && off >= 0 && off + size <= btf.rawSize(id);
      return fits ? undefined : `write access at off ${off} with size ${size}\n`;
    },
  },
};

// Which member of a tracked connection may programs change?
import type { Btf } from '@rootlet/btf';
import { BPF_PROG_TYPE_SCHED_ACT, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP } from '@rootlet/uapi';
import { placeOf, READ_ONLY } from './struct-ops.ts';

const CHANGE_CONNECTIONS: readonly number[] = [BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_SCHED_ACT, BPF_PROG_TYPE_XDP];
/** The connection, and one that is not inserted yet. */
const CONNECTIONS: readonly string[] = ['nf_conn', 'nf_conn___init'];

/** Judges a store to an object of the kernel, where no implemented struct has a say. Measured on Linux 6.18. @returns undefined when it may happen, else the message */
export function checkObjectWrite(progType: number, btf: Btf, struct: string, off: number, size: number): string | undefined {
  if (!CHANGE_CONNECTIONS.includes(progType) || !CONNECTIONS.includes(struct)) return READ_ONLY;
  const [start, end] = placeOf(btf, 'nf_conn', 'mark');
  if (off !== start) return `no write support to nf_conn at off ${off}\n`;
  return off + size <= end ? undefined : `write access at off ${off} with size ${size} beyond the member of nf_conn ended at ${end}\n`;
}

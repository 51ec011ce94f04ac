import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { BTF_KIND_FUNC, parseBtf } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import { BPF_CGROUP_INET_INGRESS, BPF_FUNC_dynptr_read, BPF_FUNC_dynptr_write, BPF_FUNC_ringbuf_reserve_dynptr, BPF_FUNC_ringbuf_submit_dynptr, BPF_MAP_TYPE_RINGBUF, BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP, BPF_XDP } from '@rootlet/uapi';
import { SimKernel } from '../src/index.ts';
import { newKernel, onLinux } from './support.ts';

/** The part of Linux 6.18's BTF that the verifier's cases need. */
const VMLINUX = join(__dirname, '../../verifier-sim/test/data/vmlinux-6.18.btf.gz');

const TYPES = {
  xdp: { type: BPF_PROG_TYPE_XDP, expectedAttachType: BPF_XDP },
  tc: { type: BPF_PROG_TYPE_SCHED_CLS, expectedAttachType: 0 },
  cgroup: { type: BPF_PROG_TYPE_CGROUP_SKB, expectedAttachType: BPF_CGROUP_INET_INGRESS },
} as const;

/** 64 bytes: 0, 1, 2, … */
const PACKET = Uint8Array.from({ length: 64 }, (_, idx) => idx);

interface Outcome {
  readonly retval: number;
  readonly dataOut: Uint8Array;
}

/** Runs a program; undefined where the kernel has not all of its functions. */
function run(type: keyof typeof TYPES, source: string): Outcome | undefined {
  const btf = kernel.vmlinuxBtf();
  const missing: string[] = [];
  const kfuncId = (name: string): { btfId: number } | undefined => {
    const btfId = name.startsWith('bpf_') ? btf?.findByNameKind(name, BTF_KIND_FUNC) : undefined;
    if (btfId === undefined && name.startsWith('bpf_')) missing.push(name);
    return btfId === undefined ? undefined : { btfId };
  };
  let insns;
  try {
    insns = assemble(source, { kfuncId });
  } catch (error) {
    if (missing.length === 0) throw error;
    process.stdout.write(`kfuncs: this kernel has no ${missing.join(', ')}\n`);
    return undefined;
  }
  const { fd } = kernel.progLoad({ name: 'kfuncs', ...TYPES[type], insns, license: 'GPL', flags: 0 });
  const { retval, dataOut } = kernel.progTestRun(fd, { dataIn: PACKET });
  kernel.close(fd);
  return { retval, dataOut };
}

const kernel = onLinux ? newKernel() : new SimKernel({ vmlinux: parseBtf(gunzipSync(readFileSync(VMLINUX))) });

function expectRuns(type: keyof typeof TYPES, source: string, retval: number, changed: Readonly<Record<number, number>> = {}): void {
  const outcome = run(type, source);
  if (outcome === undefined) return;
  expect(outcome.retval | 0).toBe(retval | 0);
  // The kernel gives cgroups' packets back without their first header.
  if (type === 'cgroup') return;
  const expected = PACKET.slice();
  for (const [at, byte] of Object.entries(changed)) expected[Number(at)] = byte;
  expect([...outcome.dataOut]).toEqual([...expected]);
}

/** Makes a dynptr of the packet at r10 - 16; the context stays in r6. */
const FROM = { xdp: 'bpf_dynptr_from_xdp', tc: 'bpf_dynptr_from_skb', cgroup: 'bpf_dynptr_from_skb' };
const open = (type: keyof typeof TYPES, flags = 0): string => `r6 = r1\nr2 = ${flags}\nr3 = r10\nr3 += -16\ncall ${FROM[type]}\nr7 = r0\n`;
const at = (reg: string, off: number): string => `${reg} = r10\n${reg} += ${off}\n`;
const adjust = (start: number, end: number): string => `${at('r1', -16)}r2 = ${start}\nr3 = ${end}\ncall bpf_dynptr_adjust\nr8 = r0\n`;
const size = `${at('r1', -16)}call bpf_dynptr_size\n`;

describe('dynptrs of packets', () => {
  it.each(['xdp', 'tc', 'cgroup'] as const)('are as long as the packet of %s', (type) => {
    // The network layer is where those of cgroups begin.
    expectRuns(type, `${open(type)}${size}${type === 'cgroup' ? 'r0 &= 1\n' : ''}exit`, type === 'cgroup' ? 0 : 64);
  });

  it.each(['xdp', 'tc'] as const)('of %s take no flags, and are none then', (type) => {
    expectRuns(type, `${open(type, 1)}r0 = r7\nexit`, -22);
    expectRuns(type, `${open(type, 1)}${size}exit`, -22);
    expectRuns(type, `${open(type, 1)}${at('r1', -16)}call bpf_dynptr_is_null\nr0 &= 255\nexit`, 1);
    expectRuns(type, `${open(type)}${at('r1', -16)}call bpf_dynptr_is_null\nr0 &= 255\nexit`, 0);
  });

  it('are read only where packets are', () => {
    const asks = (type: keyof typeof TYPES): string => `${open(type)}${at('r1', -16)}call bpf_dynptr_is_rdonly\nr0 &= 1\nexit`;
    expectRuns('xdp', asks('xdp'), 0);
    expectRuns('tc', asks('tc'), 0);
    expectRuns('cgroup', asks('cgroup'), 1);
  });

  it('are adjusted to a part, which is a part of its own', () => {
    expectRuns('xdp', `${open('xdp')}${adjust(10, 30)}${size}exit`, 20);
    expectRuns('xdp', `${open('xdp')}${adjust(10, 30)}${adjust(5, 21)}r0 = r8\nexit`, -34);
    expectRuns('xdp', `${open('xdp')}${adjust(10, 30)}${adjust(5, 20)}${size}exit`, 15);
    expectRuns('tc', `${open('tc')}${adjust(30, 10)}r0 = r8\nexit`, -22);
    expectRuns('tc', `${open('tc')}${adjust(65, 65)}r0 = r8\nexit`, -34);
    expectRuns('tc', `${open('tc')}${adjust(64, 64)}r0 = r8\nexit`, 0);
    expectRuns('tc', `${open('tc', 1)}${adjust(0, 0)}r0 = r8\nexit`, -22);
  });

  it('are cloned, and adjusted apart', () => {
    const clone = `${at('r1', -16)}${at('r2', -32)}call bpf_dynptr_clone\nr9 = r0\n`;
    expectRuns('xdp', `${open('xdp')}${adjust(8, 40)}${clone}${adjust(1, 2)}${at('r1', -32)}call bpf_dynptr_size\nexit`, 32);
    expectRuns('xdp', `${open('xdp', 1)}${clone}r0 = r9\nexit`, -22);
    expectRuns('xdp', `${open('xdp', 1)}${clone}${at('r1', -32)}call bpf_dynptr_is_null\nr0 &= 255\nexit`, 1);
  });

  it.each(['xdp', 'tc'] as const)('of %s are sliced, and written through slices', (type) => {
    const slice = (off: number, length: number, write: boolean): string =>
      `*(u64 *)(r10 -48) = 0\n*(u64 *)(r10 -40) = 0\n${at('r1', -16)}r2 = ${off}\n${at('r3', -48)}r4 = ${length}\ncall bpf_dynptr_slice${write ? '_rdwr' : ''}\nif r0 == 0 goto none\n`;
    const end = 'exit\nnone:\nr0 = 255\nexit';
    expectRuns(type, `${open(type)}${adjust(10, 30)}${slice(4, 8, false)}r0 = *(u8 *)(r0 +1)\n${end}`, 15);
    expectRuns(type, `${open(type)}${adjust(10, 30)}${slice(13, 8, false)}r0 = *(u8 *)(r0 +1)\n${end}`, 255);
    expectRuns(type, `${open(type)}${adjust(10, 30)}${slice(12, 8, false)}r0 = *(u8 *)(r0 +7)\n${end}`, 29);
    expectRuns(type, `${open(type)}${adjust(10, 30)}${slice(4, 8, true)}*(u8 *)(r0 +1) = 99\nr0 = 1\n${end}`, 1, { 15: 99 });
    expectRuns(type, `${open(type, 1)}${slice(0, 8, false)}r0 = 1\n${end}`, 255);
  });

  it.each(['xdp', 'tc'] as const)('of %s are read and written by helpers', (type) => {
    const read = `*(u64 *)(r10 -48) = 0\n${at('r1', -48)}r2 = 8\n${at('r3', -16)}r4 = 4\nr5 = 0\ncall helper#${BPF_FUNC_dynptr_read}\nr9 = r0\n`;
    const write = (flags: number): string => `*(u64 *)(r10 -48) = 0\n${at('r1', -16)}r2 = 4\n${at('r3', -48)}r4 = 4\nr5 = ${flags}\ncall helper#${BPF_FUNC_dynptr_write}\nr9 = r0\n`;
    const zeros = { 14: 0, 15: 0, 16: 0, 17: 0 };
    expectRuns(type, `${open(type)}${adjust(10, 30)}${read}r0 = *(u8 *)(r10 -48)\nexit`, 14);
    expectRuns(type, `${open(type)}${adjust(10, 20)}${read}r0 = r9\nexit`, -7);
    expectRuns(type, `${open(type)}${adjust(10, 30)}${write(0)}r0 = r9\nexit`, 0, zeros);
    expectRuns(type, `${open(type)}${adjust(10, 30)}${write(2)}r0 = r9\nexit`, type === 'tc' ? 0 : -22, type === 'tc' ? zeros : {});
    expectRuns(type, `${open(type)}${adjust(10, 30)}${write(4)}r0 = r9\nexit`, -22);
    expectRuns(type, `${open(type)}${adjust(10, 15)}${write(0)}r0 = r9\nexit`, -7);
  });

  it.each(['xdp', 'tc'] as const)('of %s are copied and filled', (type) => {
    const copy = (to: number, from: number, length: number): string =>
      `${at('r1', -16)}${at('r2', -32)}call bpf_dynptr_clone\n${at('r1', -16)}r2 = ${to}\n${at('r3', -32)}r4 = ${from}\nr5 = ${length}\ncall bpf_dynptr_copy\nr9 = r0\n`;
    const fill = (off: number, length: number): string => `${at('r1', -16)}r2 = ${off}\nr3 = ${length}\nr4 = 7\ncall bpf_dynptr_memset\nr9 = r0\n`;
    expectRuns(type, `${open(type)}${copy(0, 32, 4)}r0 = r9\nexit`, 0, { 0: 32, 1: 33, 2: 34, 3: 35 });
    expectRuns(type, `${open(type)}${copy(32, 33, 4)}r0 = r9\nexit`, 0, { 32: 33, 33: 34, 34: 35, 35: 36 });
    expectRuns(type, `${open(type)}${copy(0, 61, 4)}r0 = r9\nexit`, -7);
    expectRuns(type, `${open(type)}${copy(61, 0, 4)}r0 = r9\nexit`, -7);
    expectRuns(type, `${open(type, 1)}${copy(0, 0, 1)}r0 = r9\nexit`, -7);
    expectRuns(type, `${open(type, 1)}${copy(0, 0, 0)}r0 = r9\nexit`, 0);
    expectRuns(type, `${open(type)}${fill(60, 4)}r0 = r9\nexit`, 0, { 60: 7, 61: 7, 62: 7, 63: 7 });
    expectRuns(type, `${open(type)}${fill(61, 4)}r0 = r9\nexit`, -7);
    expectRuns(type, `${open(type, 1)}${fill(0, 1)}r0 = r9\nexit`, -7);
    expectRuns(type, `${open(type, 1)}${fill(0, 0)}r0 = r9\nexit`, 0);
    // Of what cannot be written bit 1 of -EINVAL.
    const secondBit = 'r0 = r9\nr0 >>= 1\nr0 &= 1\nexit';
    for (const attempt of [copy(0, 1, 2), copy(0, 0, 0), copy(90, 0, 2), fill(0, 1), fill(90, 1)]) expectRuns('cgroup', `${open('cgroup')}${attempt}${secondBit}`, 1);
    expectRuns('cgroup', `${open('cgroup')}${copy(0, 90, 2)}${secondBit}`, 0);
  });
});

describe('iterators', () => {
  const sum = (start: number, end: number): string =>
    `r6 = 0\n${at('r1', -8)}r2 = ${start}\nr3 = ${end}\ncall bpf_iter_num_new\nr7 = r0\nloop:\n${at('r1', -8)}call bpf_iter_num_next\nif r0 == 0 goto done\nr1 = *(s32 *)(r0 +0)\nr6 += r1\nr6 &= 0xffff\ngoto loop\ndone:\n${at('r1', -8)}call bpf_iter_num_destroy\n`;

  it('over numbers', () => {
    expectRuns('xdp', `${sum(3, 8)}r0 = r6\nexit`, 25);
    expectRuns('xdp', `${sum(-3, 1)}r0 = r6\nexit`, 0xfffa);
    expectRuns('xdp', `${sum(5, 5)}r0 = r7\nexit`, 0);
    expectRuns('xdp', `${sum(5, 4)}r0 = r7\nexit`, -22);
    expectRuns('xdp', `${sum(0, 8_388_609)}r0 = r7\nexit`, -7);
    expectRuns('xdp', `${sum(5, 4)}r0 = r6\nexit`, 0);
  });

  const bits = (count: number): string =>
    `r6 = 0\nr1 = 0x8000000000000005 ll\n*(u64 *)(r10 -32) = r1\nr1 = 2\n*(u64 *)(r10 -24) = r1\n${at('r1', -16)}${at('r2', -32)}r3 = ${count}\ncall bpf_iter_bits_new\nr7 = r0\nloop:\n${at('r1', -16)}call bpf_iter_bits_next\nif r0 == 0 goto done\nr1 = *(u32 *)(r0 +0)\nr6 *= 3\nr6 += r1\nr6 &= 0xffff\ngoto loop\ndone:\n${at('r1', -16)}call bpf_iter_bits_destroy\n`;

  it('over bits', () => {
    expectRuns('xdp', `${bits(1)}r0 = r6\nexit`, (0 * 3 + 2) * 3 + 63);
    expectRuns('xdp', `${bits(2)}r0 = r6\nexit`, ((0 * 3 + 2) * 3 + 63) * 3 + 65);
    expectRuns('xdp', `${bits(0)}r0 = r7\nexit`, -22);
    expectRuns('xdp', `${bits(512)}r0 = r7\nexit`, -7);
  });
});

describe('strings', () => {
  /** Two strings on the stack, at r10 - 16 and r10 - 32, of up to 15 bytes. */
  const strings = (...texts: readonly string[]): string =>
    texts.map((text, no) => {
      const bytes = Buffer.alloc(16);
      bytes.write(text, 'latin1');
      return [0, 8].map((off) => `r1 = 0x${bytes.readBigUInt64LE(off).toString(16)} ll\n*(u64 *)(r10 ${off - 16 * (no + 1)}) = r1\n`).join('');
    }).join('');
  const [first, second] = [at('r1', -16), at('r2', -32)];

  it.each([
    ['strcmp', 'abc', 'abc', 0], ['strcmp', 'abc', 'abd', -1], ['strcmp', 'abc', 'ab', 1], ['strcmp', '', 'a', -1], ['strcmp', '\xe4', 'z', 1],
    ['strcasecmp', 'aBc', 'AbC', 0], ['strcasecmp', '[', '{', -1], ['strcasecmp', '\xe4', '\xc4', 0], ['strcasecmp', '\xd7', '\xf7', -1],
    ['strspn', 'abcabd', 'abc', 5], ['strspn', 'abc', '', 0], ['strspn', '', 'abc', 0],
    ['strcspn', 'abcabd', 'dc', 2], ['strcspn', 'abc', '', 3],
    ['strstr', 'aabab', 'aba', 1], ['strstr', 'abc', '', 0], ['strstr', '', '', 0], ['strstr', 'abc', 'cd', -2], ['strstr', 'ab', 'abc', -2],
  ])('bpf_%s of %j and %j', (name, text, other, expected) => {
    expectRuns('xdp', `${strings(text, other)}${first}${second}call bpf_${name}\nexit`, expected);
  });

  it.each([
    ['strlen', 'abc', '', 3], ['strlen', '', '', 0],
    ['strnlen', 'abc', 'r2 = 2\n', 2], ['strnlen', 'abc', 'r2 = 9\n', 3], ['strnlen', 'abc', 'r2 = -1\n', 3],
    ['strchr', 'abcb', 'r2 = 98\n', 1], ['strchr', 'abc', 'r2 = 120\n', -2], ['strchr', 'abc', 'r2 = 0\n', 3],
    ['strchrnul', 'abc', 'r2 = 120\n', 3], ['strchrnul', 'abc', 'r2 = 99\n', 2],
    ['strrchr', 'abcb', 'r2 = 98\n', 3], ['strrchr', 'abcb', 'r2 = 0\n', 4], ['strrchr', 'abc', 'r2 = 120\n', -2],
    ['strnchr', 'abc', 'r2 = 2\nr3 = 99\n', -2], ['strnchr', 'abc', 'r2 = 3\nr3 = 99\n', 2], ['strnchr', 'abc', 'r2 = 9\nr3 = 0\n', 3],
    ['strnstr', 'abcd', `${second}r3 = 3\n`, -2], ['strnstr', 'abcd', `${second}r3 = 4\n`, 2], ['strnstr', 'abcd', `${second}r3 = 0\n`, -2],
  ])('bpf_%s of %j and %j', (name, text, args, expected) => {
    expectRuns('xdp', `${strings(text, 'cd')}${first}${args}call bpf_${name}\nexit`, expected);
  });

  it.each([
    ['0', -34], ['64', -34], ['0x800000000000 ll', -34], ['-1', -14], ['0xffff800000000000 ll', -14],
  ])('at %s, where there is none', (address, expected) => {
    expectRuns('xdp', `r1 = ${address}\ncall bpf_strlen\nexit`, expected);
    expectRuns('xdp', `${strings('a')}r1 = ${address}\n${at('r2', -16)}call bpf_strcmp\nexit`, expected);
    expectRuns('xdp', `${strings('a')}${first}r2 = ${address}\ncall bpf_strstr\nexit`, expected);
  });
});

describe('guards', () => {
  it('of RCU and preemption change nothing', () => {
    expectRuns('xdp', 'call bpf_rcu_read_lock\ncall bpf_preempt_disable\ncall bpf_preempt_enable\ncall bpf_rcu_read_unlock\nr0 = 5\nexit', 5);
  });
});

describe('a record whose dynptr was adjusted', () => {
  it('is submitted whole', () => {
    const ring = kernel.mapCreate({ name: 'ring', type: BPF_MAP_TYPE_RINGBUF, keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 });
    const place = at('r4', -16);
    const reserve = `r1 = map[fd:${ring}]\nr2 = 16\nr3 = 0\n${place}call helper#${BPF_FUNC_ringbuf_reserve_dynptr}\n`;
    const submit = `${at('r1', -16)}r2 = 0\ncall helper#${BPF_FUNC_ringbuf_submit_dynptr}\n`;
    // Twice: a record that was not found would fill the ring, or end the run.
    expectRuns('tc', `${reserve}${adjust(4, 12)}r9 = r8\n${submit}${reserve}${submit}r0 = r9\nexit`, 0);
    kernel.close(ring);
  });
});

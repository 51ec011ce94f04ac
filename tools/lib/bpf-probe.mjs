// Does bpf(2) work here, for this user?
import { createRequire } from 'node:module';

const BPF_MAP_CREATE = 0;
const BPF_MAP_TYPE_ARRAY = 2;
const SYSCALL = { x64: 321, arm64: 280, riscv64: 280 };

/** Makes the smallest map there is, and closes it. @returns {{ works: boolean, reason: string }} */
export function probeBpf() {
  if (process.platform !== 'linux') return { works: false, reason: `bpf(2) is Linux's; this is ${process.platform}` };
  const number = SYSCALL[process.arch];
  if (number === undefined) return { works: false, reason: `the number of bpf(2) on ${process.arch} is not known here` };
  let koffi;
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch (error) {
    return { works: false, reason: `koffi does not load: ${error.message}` };
  }
  const libc = koffi.load(null);
  const syscall = libc.func('long syscall(long number, int cmd, void *attr, unsigned int size)');
  const attr = Buffer.alloc(72);
  [BPF_MAP_TYPE_ARRAY, 4, 4, 1].forEach((value, index) => attr.writeUInt32LE(value, index * 4));
  const fd = Number(syscall(number, BPF_MAP_CREATE, attr, attr.length));
  if (fd < 0) return { works: false, reason: `bpf(2) refuses to make a map (errno ${koffi.errno()}${process.getuid() === 0 ? '' : '; not root'})` };
  libc.func('int close(int fd)')(fd);
  return { works: true, reason: '' };
}

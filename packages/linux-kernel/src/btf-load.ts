// How does an object's BTF get into the kernel?
import { KernelError } from '@rootlet/loader';
import { BPF_ATTR_BTF_LOAD_LAYOUT, BPF_BTF_LOAD } from '@rootlet/uapi';
import { encodeAttr } from './attr.ts';
import { fitBtfToKernel } from './btf-older.ts';
import { sanitizeBtf } from './btf-sanitize.ts';
import type { Ffi } from './ffi.ts';
import { hintOf } from './hints.ts';
import type { KernelProbes } from './sys/probes.ts';

const LOG_BYTES = 1 << 16;

/** Loads BTF; what is refused is tried again without what the kernel does not know. @returns the fd @throws KernelError with the log */
export function loadBtf(ffi: Ffi, probes: KernelProbes, bytes: Uint8Array): number {
  const copy = sanitizeBtf(bytes);
  const first = load(ffi, copy);
  if (first >= 0) return first;
  const fitted = fitBtfToKernel(copy, (feature) => probes.feature(feature)) ?? copy;
  const log = new Uint8Array(LOG_BYTES);
  const again = load(ffi, fitted, log);
  if (again >= 0) return again;
  const end = log.indexOf(0);
  throw new KernelError('btf load', -first, `${bytes.length} bytes refused${hintOf(-first)}`, { log: new TextDecoder().decode(end < 0 ? log : log.subarray(0, end)) });
}

function load(ffi: Ffi, bytes: Uint8Array<ArrayBuffer>, log?: Uint8Array<ArrayBuffer>): number {
  const fields = { btf: ffi.address(bytes), btf_size: bytes.length };
  const logged = log === undefined ? fields : { ...fields, btf_log_buf: ffi.address(log), btf_log_size: log.length, btf_log_level: 1 };
  return ffi.bpf(BPF_BTF_LOAD, encodeAttr(BPF_ATTR_BTF_LOAD_LAYOUT, logged));
}

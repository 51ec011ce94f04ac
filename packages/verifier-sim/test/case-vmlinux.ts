// Which BTF of a kernel do cases mean?
//
// The part of Linux 6.18's that they need, ids kept; `node tools/kernel-tables.mjs --only vmlinux-6.18.btf.gz` writes it. While
// cases are recorded it is the running kernel's.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

const RUNNING = '/sys/kernel/btf/vmlinux';

/** The kernel's BTF. */
export function caseVmlinux(): Btf {
  if (process.env['BLESS'] === '1' && existsSync(RUNNING)) return parseBtf(readFileSync(RUNNING));
  return parseBtf(gunzipSync(readFileSync(join(__dirname, 'data/vmlinux-6.18.btf.gz'))));
}

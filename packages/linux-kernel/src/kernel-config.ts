// With which configuration was the running kernel built?
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Largest configuration that is read: real ones are below 400 KB. */
const MAX_CONFIG_BYTES = 16 << 20;

/**
 * Text of `/boot/config-<release>` or `/proc/config.gz`; undefined when the system has neither.
 *
 * @param release as `uname -r` says it
 * @libbpf bpf_object_open_opts.kconfig
 */
export function readKernelConfig(release: string, root = ''): string | undefined {
  const boot = `${root}/boot/config-${release}`;
  const proc = `${root}/proc/config.gz`;
  try {
    if (existsSync(boot)) return readFileSync(boot, 'latin1');
    if (existsSync(proc)) return gunzipSync(readFileSync(proc), { maxOutputLength: MAX_CONFIG_BYTES }).toString('latin1');
  } catch {
    // What cannot be read is as good as not there: the variable that needed it says so.
  }
  return undefined;
}

// What must this machine have to boot a guest?
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { kernelObstacle, KERNEL_VERSIONS } from '../kernels.mjs';

/** Debian's names of the packages that a guest needs, for messages and for .ci/run. */
export const GUEST_PACKAGES = ['qemu-system-x86', 'busybox-static', 'e2fsprogs', 'cpio', 'xz-utils', 'zstd', 'iproute2'];
const COMMANDS = ['qemu-system-x86_64', 'busybox', 'mke2fs', 'cpio', 'xz', 'ip'];

/** Why no guest can be booted here; undefined when one can. */
export function guestObstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `guests are booted on Linux on x64; this is ${process.platform} on ${process.arch}`;
  const missing = COMMANDS.filter((command) => spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } }).status !== 0);
  if (missing.length > 0) return `no ${missing.join(', ')} here (packages ${GUEST_PACKAGES.join(' ')})`;
  if (existsSync('/usr/bin/busybox') && spawnSync('ldd', ['/usr/bin/busybox']).status === 0) return 'busybox is not static (package busybox-static)';
  return KERNEL_VERSIONS.map((version) => kernelObstacle(version)).find((reason) => reason !== undefined);
}

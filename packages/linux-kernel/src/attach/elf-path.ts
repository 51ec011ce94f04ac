// Which file does the path of a user-space probe mean?
import { KernelError } from '@rootlet/loader';
import { ENOENT } from '@rootlet/uapi';
import { accessSync, constants } from 'node:fs';

/** Folder of libraries by Node's name of the architecture. */
const ARCH_LIBRARIES: Readonly<Record<string, string>> = {
  x64: '/lib/x86_64-linux-gnu',
  arm64: '/lib/aarch64-linux-gnu',
  riscv64: '/lib/riscv64-linux-gnu',
  s390x: '/lib/s390x-linux-gnu',
  loong64: '/lib/loongarch64-linux-gnu',
};

/**
 * The file that a path means. A name without `/` is looked for: a library (`.so` in its name) in `LD_LIBRARY_PATH` and where
 * libraries are, a program in `PATH`.
 *
 * @throws KernelError `ENOENT` naming where was looked
 * @source libbpf: uprobe's `binary_path`
 */
export function resolvePath(operation: string, path: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (path.includes('/')) {
    if (isThere(path, constants.F_OK)) return path;
    throw new KernelError(operation, ENOENT, `there is no file '${path}'`);
  }
  const library = /\.so(?:\.|$)/.test(path);
  const folders = library
    ? [env['LD_LIBRARY_PATH'], '/usr/lib64:/usr/lib', ARCH_LIBRARIES[process.arch]]
    : [env['PATH'], '/usr/bin:/usr/sbin'];
  const searched = folders.flatMap((list) => (list ?? '').split(':')).filter((folder) => folder !== '');
  const mode = library ? constants.R_OK : constants.R_OK | constants.X_OK;
  const found = searched.map((folder) => `${folder}/${path}`).find((candidate) => isThere(candidate, mode));
  if (found !== undefined) return found;
  throw new KernelError(operation, ENOENT, `'${path}' is in none of ${searched.join(', ')}`);
}

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

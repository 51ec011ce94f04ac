// Where may something be pinned?
import { KernelError } from '@rootlet/loader';
import { EINVAL } from '@rootlet/uapi';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** @source statfs(2): the type of a bpffs */
const BPF_FS_MAGIC = 0xcafe4a11;

/** Refuses what is in another file system than a bpffs: a path that is none of a pin may be that of a file. @throws KernelError `EINVAL` */
export function requireBpffs(operation: string, path: string): void {
  const folder = dirname(path);
  if (existsSync(folder) && statfsSync(folder).type !== BPF_FS_MAGIC) throw new KernelError(operation, EINVAL, `'${path}' is in no bpffs`);
}

/** Makes the folders of a path, when they would be in a bpffs. Elsewhere nothing is made, and pinning says why it fails. */
export function makeFolders(path: string): void {
  const folder = dirname(path);
  let there = folder;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  if (there === folder || statfsSync(there).type !== BPF_FS_MAGIC) return;
  // As libbpf makes them: nobody else may look.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

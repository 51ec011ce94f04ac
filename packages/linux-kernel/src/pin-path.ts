// Where may something be pinned?
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** @source statfs(2): the type of a bpffs */
const BPF_FS_MAGIC = 0xcafe4a11;

/** Makes the folders of a path, when they would be in a bpffs. Elsewhere nothing is made, and pinning says why it fails. */
export function makeFolders(path: string): void {
  const folder = dirname(path);
  let there = folder;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  if (there === folder || statfsSync(there).type !== BPF_FS_MAGIC) return;
  // As libbpf makes them: nobody else may look.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

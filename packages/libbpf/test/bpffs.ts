// Where do tests pin?
import { afterAll, beforeAll } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onLinux } from './support.ts';

/** A bpffs for the tests of a `describe`: the simulated kernel's, or on the running kernel one of their own. */
export function useBpffs(): { readonly folder: string } {
  const bpffs = { folder: '/sys/fs/bpf' };
  beforeAll(() => {
    if (!onLinux) return;
    bpffs.folder = mkdtempSync(join(tmpdir(), 'rootlet-bpffs-'));
    execFileSync('mount', ['-t', 'bpf', 'bpf', bpffs.folder]);
  });
  afterAll(() => {
    if (!onLinux) return;
    execFileSync('umount', [bpffs.folder]);
    rmdirSync(bpffs.folder);
  });
  return bpffs;
}

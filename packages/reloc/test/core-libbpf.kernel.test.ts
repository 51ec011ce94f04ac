// Does CO-RE come out as libbpf has it, on broken objects and targets too?
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

function findObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'libbpf prepares objects for root only';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'no /sys/kernel/btf/vmlinux';
  if (spawnSync('clang-19', ['--version']).status !== 0) return 'no clang-19';
  if (!existsSync(join(ROOT, '.cache/peers/root')) && !existsSync('/usr/bin/apt-get')) return 'no libbpf of Debian sid, and no apt to fetch it';
  return undefined;
}

const obstacle = findObstacle();
if (obstacle !== undefined && process.env['CI'] === undefined) console.warn(`skipped: ${obstacle}`);

(obstacle === undefined || process.env['CI'] !== undefined ? it : it.skip)(
  'instructions, refusals and log lines are equal (tools/core-diff.mjs)',
  () => {
    expect(obstacle).toBeUndefined();
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools/core-diff.mjs'), '--mutate', '60', '--seed', '12'], { encoding: 'utf8' });
    expect(stdout + stderr).toMatch(/^\d{4,} programs, .*: 0 differences$/m);
    expect(status).toBe(0);
  },
  120_000,
);

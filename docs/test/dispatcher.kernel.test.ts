// Does the dispatcher of the examples leave no packet unseen on a real kernel? In guests by EXT programs, where those are refused by linking.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { LinuxKernel } from '@rootlet/linux-kernel';

it('the dispatcher leaves no packet unseen while firewalls are added, ordered, replaced and removed', () => {
  const command = [process.execPath, 'tools/run-ts.mjs', 'docs/examples/dispatcher/demo.ts', '500'];
  const text = execFileSync('unshare', ['-n', ...command], { cwd: join(__dirname, '../..'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stdout.write(text);
  const strategy = new LinuxKernel().extObstacle() === undefined ? 'carrier-ext' : 'relink';
  expect(text).toContain(`slot1 fw_third (${strategy}), slot2 fw_odd (${strategy}), slot3 fw_last (${strategy})`);
  const sent = Number(/^sent (\d+); seen by audit (\d+),/m.exec(text)?.[1]);
  expect(sent).toBeGreaterThanOrEqual(3500);
  expect(text).toContain(`seen by audit ${sent}, `);
  expect(text).toContain('not one packet was unseen');
}, 180_000);

// How is libbpf asked what it sees in an object?
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getPeers } from '../lib/peers.mjs';
import { CACHE, ROOT } from '../lib/workspace.mjs';

/**
 * Builds the probe, unless it is there and newer than its source.
 *
 * @returns {{ command: string[], version: string }} command and first arguments, and the version of libbpf
 */
export function buildProbe() {
  const peers = getPeers();
  const source = join(ROOT, 'tools/open-diff/probe.c');
  const program = join(CACHE, 'open-diff/probe');
  mkdirSync(join(CACHE, 'open-diff'), { recursive: true });
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs) peers.compile(source, program);
  return { command: peers.command(program), version: peers.versions['libbpf1'] };
}

/** Runs the probe. @returns {any[]} its lines, parsed */
export function askProbe({ command: [command, ...first] }, args, { input, env = {} } = {}) {
  const { status, signal, stdout, stderr } = spawnSync(command, [...first, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`probe ${args[0]}: ${signal ?? `exit status ${status}`}: ${stderr}`);
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

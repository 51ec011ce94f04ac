// Where are the newest libbpf and bpftool that Debian has, to be compared with?
//
// A distribution's own may be years old. These are fetched from sid into .cache/peers, together with the C library they were built
// against, and run from there; nothing is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasApt, unpackDebs } from './debian.mjs';
import { CACHE } from './workspace.mjs';

const PACKAGES = ['libbpf1', 'libbpf-dev', 'bpftool', 'libc6', 'libelf1t64', 'zlib1g', 'libzstd1', 'libssl3t64', 'libcap2'];

/**
 * @typedef {object} Peers
 * @property {string[]} bpftool command and first arguments
 * @property {Record<string, string>} versions Debian's version by package
 * @property {(source: string, out: string) => void} compile builds a C program against this libbpf
 * @property {(program: string) => string[]} command command and first arguments that run such a program
 */

/** Why there are no peers here; undefined when there are, or can be fetched. */
export function peersObstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `the peers are fetched for Linux on x64; this is ${process.platform} on ${process.arch}`;
  if (existsSync(join(CACHE, 'peers/root'))) return undefined;
  return hasApt() ? undefined : 'no apt with Debian\'s keys here, to fetch libbpf and bpftool';
}

/** @returns {Peers} @throws when they are not there and cannot be fetched */
export function getPeers() {
  const obstacle = peersObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
  const { root, versions } = unpackDebs({ suite: 'sid', packages: PACKAGES, folder: join(CACHE, 'peers') });
  const libs = join(root, 'usr/lib/x86_64-linux-gnu');
  // Their C library is newer than the system's, so programs start through its own dynamic linker.
  const command = (program) => [join(libs, 'ld-linux-x86-64.so.2'), '--library-path', libs, program];
  const compile = (source, out) => {
    const flags = ['-O2', '-I', join(root, 'usr/include'), source, '-o', out, join(libs, 'libbpf.so.1'), '-Wl,--allow-shlib-undefined', `-Wl,-rpath-link,${libs}`];
    execFileSync('gcc', flags, { stdio: ['ignore', 'inherit', 'inherit'] });
  };
  return { bpftool: command(join(root, 'usr/sbin/bpftool')), versions, compile, command };
}

/** Runs bpftool of the peers. @returns {string} what it printed */
export function runBpftool(peers, args) {
  const [command, ...first] = peers.bpftool;
  const { status, stdout, stderr, error } = spawnSync(command, [...first, ...args], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`bpftool ${args.join(' ')}: exit status ${status}: ${stderr.trim()}`);
  return stdout;
}

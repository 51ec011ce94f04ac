// Do other tools read what was linked, without a complaint?
import { spawnSync } from 'node:child_process';

const READERS = [
  ['llvm-readelf-19', '-a'],
  ['readelf', '-aW'],
  ['llvm-objdump-19', '-dr'],
  ['bpftool', 'btf', 'dump', 'file'],
];

/** The tools that are here. */
export function findReaders() {
  return READERS.filter(([command]) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** @returns {string[]} what the tools complain of */
export function readWith(readers, path) {
  return readers.flatMap(([command, ...args]) => {
    const { status, stdout, stderr } = spawnSync(command, [...args, path], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const complaints = `${stderr}\n${stdout}`.split('\n').filter((line) => /(^|\W)(warning|error)\b:/i.test(line));
    if (status !== 0) complaints.push(`exit status ${status}`);
    return complaints.map((line) => `${command}: ${line.trim()}`);
  });
}

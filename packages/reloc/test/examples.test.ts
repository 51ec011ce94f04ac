// Does every example object go through, and do other tools read what was linked?
import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EM_BPF, parseElf } from '@rootlet/elf';
import { linkObjects, relocateProgram } from '../src/index.ts';
import { openObject, plainResolver, readObject } from './objects.ts';

const examples = join(import.meta.dirname, '../../../docs/examples');
const objects = ['linking', 'programs'].flatMap((dir) =>
  readdirSync(join(examples, dir))
    .filter((name) => name.endsWith('.o') && !name.includes('.x86.') && !name.includes('.compressed.'))
    .map((name) => join(dir, name)),
);

describe('example objects', () => {
  it('are many', () => expect(objects.length).toBeGreaterThan(200));

  it.each(objects)('%s: functions are laid out, and linking the object alone keeps it', (name) => {
    const bytes = new Uint8Array(readFileSync(join(examples, name)));
    expect(parseElf(bytes).machine).toBe(EM_BPF);
    const { model } = openObject(bytes);
    const once = linkObjects([{ name, bytes }]);
    expect(linkObjects([{ name, bytes: once }])).toEqual(once);
    const again = openObject(once).model;
    expect(again.externs.map((ext) => ext.name)).toEqual(model.externs.map((ext) => ext.name));
    for (const func of model.funcs) {
      const program = relocateProgram(model, func.index, plainResolver());
      const twin = again.funcs.find((other) => other.name === func.name && other.sectionName === func.sectionName);
      const linked = relocateProgram(again, twin?.index ?? -1, plainResolver());
      expect(linked.insns.code).toEqual(program.insns.code);
      expect(linked.subprograms.map((one) => one.func.name)).toEqual(program.subprograms.map((one) => one.func.name));
      expect(linked.lineInfo.map((record) => [record.insnIdx, record.line, record.column])).toEqual(
        program.lineInfo.map((record) => [record.insnIdx, record.line, record.column]),
      );
    }
  });
});

/** Whether a command is there. */
function has(command: string): boolean {
  return spawnSync(command, ['--version']).error === undefined;
}

const GROUPS = [
  ['helpers', 'main_prog'],
  ['unit_a', 'unit_b'],
  ['unit_b', 'unit_a'],
  ['weak_one', 'pick_user', 'strong_two'],
  ['guard', 'guard_def'],
  ['arena_b', 'arena_a'],
];

describe('tools read what was linked', () => {
  const withLinked = (group: readonly string[], use: (path: string, dir: string) => void): void => {
    const dir = mkdtempSync(join(tmpdir(), 'rootlet-reloc-'));
    try {
      const path = join(dir, 'linked.o');
      writeFileSync(path, linkObjects(group.map((name) => ({ name, bytes: readObject(name) }))));
      use(path, dir);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
  const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const bpftool = has('bpftool') ? it : it.skip;
  const llvm = has('llvm-readelf-19') && has('llvm-objdump-19') ? it : it.skip;

  bpftool.each(GROUPS.map((group) => [group]))('bpftool links and dumps %j (needs bpftool)', (group) => {
    withLinked(group, (path, dir) => {
      run('bpftool', 'gen', 'object', join(dir, 'again.o'), path);
      const names = (object: string): string[] => openObject(new Uint8Array(readFileSync(object))).model.funcs.map((func) => func.name);
      expect(names(join(dir, 'again.o'))).toEqual(names(path));
      expect(run('bpftool', 'btf', 'dump', 'file', path)).not.toContain('linkage=extern');
    });
  });

  llvm.each(GROUPS.map((group) => [group]))('LLVM reads and disassembles %j (needs llvm-19)', (group) => {
    withLinked(group, (path) => {
      const result = spawnSync('llvm-readelf-19', ['--all', path], { encoding: 'utf8' });
      expect([result.status, result.stderr]).toEqual([0, '']);
      expect(run('llvm-objdump-19', '-dr', path)).not.toContain('<unknown>');
    });
  });
});

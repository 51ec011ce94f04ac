// How do jump tables come to be in a kernel, and what is said where they cannot?
import { describe, expect, it } from '@jest/globals';
import { KernelError, loadObject, parseObject } from '../src/index.ts';
import type { Kernel } from '../src/index.ts';
import { BLIND, RecordingKernel, recordLoad } from './load-answers.ts';
import { exampleBytes } from './support.ts';

const OBJECT = 'objects/jump_tables.v4.o';

/** A kernel that says yes to everything, but for what is changed. */
function kernelWith(changes: Partial<Kernel>, closed: number[]): Kernel {
  return { ...new RecordingKernel().asKernel(BLIND), close: (fd) => void closed.push(fd), ...changes };
}

describe('jump tables', () => {
  it('are frozen maps of slots, one for each table of each program', () => {
    const { calls } = recordLoad('jumps', exampleBytes(OBJECT), BLIND, '');
    const maps = calls.filter(({ name, call }) => call === 'mapCreate' && name === '.jumptables');
    expect(maps.map(({ maxEntries, keySize, valueSize, type }) => [type, keySize, valueSize, maxEntries])).toEqual([7, 7, 7, 6, 7, 7].map((count) => [34, 4, 16, count]));
    expect(calls.filter(({ call, map }) => call === 'mapFreeze' && map === 'map .jumptables')).toHaveLength(6);
    expect(calls.filter(({ call, map }) => call === 'mapUpdate' && map === 'map .jumptables')).toHaveLength(41);
  });

  it('are closed when their program holds them', () => {
    const closed: number[] = [];
    const created: number[] = [];
    const recording = new RecordingKernel();
    const kernel = { ...recording.asKernel(BLIND), close: (fd: number) => void closed.push(fd) };
    const create = (attr: Parameters<Kernel['mapCreate']>[0]): number => {
      const fd = recording.mapCreate(attr);
      if (attr.name === '.jumptables') created.push(fd);
      return fd;
    };
    const object = loadObject(parseObject(exampleBytes(OBJECT)), { ...kernel, mapCreate: create });
    expect([...closed].sort()).toEqual(created);
    expect(object.relink()).toEqual([]);
    expect(created).toHaveLength(6);
  });

  it('are named where the kernel has no such maps', () => {
    const closed: number[] = [];
    const refuse = kernelWith({ name: 'linux 6.18', mapCreate: ({ type }) => { if (type === 34) throw new KernelError('map create', 22, 'invalid argument'); return 3; } }, closed);
    expect(() => loadObject(parseObject(exampleBytes(OBJECT), { name: 'jumps' }), refuse)).toThrow(
      expect.objectContaining({
        code: 'JUMP_TABLE',
        errno: 22,
        message: expect.stringMatching(/^object 'jumps': program 'one_table': jump table BPF\.JT\.\d\.0: kernel linux 6\.18 has no maps of instructions \(insn_array, Linux 6\.19\), which indirect jumps need$/),
      }),
    );
    // Programs without tables load.
    const plain = new Map(['one_table', 'two_tables', 'only_calls'].map((name) => [name, { autoload: false }]));
    expect(loadObject(parseObject(exampleBytes(OBJECT)), refuse, { programs: plain }).programs.size).toBe(1);
  });

  it('say what the kernel says when it does not take an entry', () => {
    const closed: number[] = [];
    const full = kernelWith({ mapUpdate: (_, key) => { if (key.length === 4 && key[0] === 2) throw new KernelError('map update', 7, 'no room'); } }, closed);
    expect(() => loadObject(parseObject(exampleBytes(OBJECT)), full)).toThrow(expect.objectContaining({ code: 'JUMP_TABLE', errno: 7, message: expect.stringContaining('no room') }));
    expect(closed.length).toBeGreaterThan(0);
  });
});

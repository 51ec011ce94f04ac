// Does a path lead where the compiler goes?
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BTF_KIND_INT, BTF_KIND_STRUCT, BtfBuilder, dumpC, findMember, findPath, formatType, iterateMembers, iterateTypes, parseBtf,
} from '../src/index.ts';
import { describeWith, firstMissing, fixtureBtf, idOf, NO_VMLINUX, vmlinuxBytes } from './fixtures.ts';

const kinds = fixtureBtf('kinds');

describe('findPath', () => {
  it.each([
    ['node', 0, 160, 'struct node'],
    ['struct node', 0, 160, 'struct node'],
    ['node.point.y', 32, 4, 'int'],
    ['node.word', 24, 4, 'u32'],
    ['node.bytes[3]', 27, 1, 'u8'],
    ['node.grid[1][2]', 100, 4, 'int'],
    [' node . grid [ 0x1 ]', 92, 12, 'int[3]'],
    ['node.tail[7]', 216, 8, 'u64'],
    ['packed.c.y', 13, 4, 'u32'],
    ['anonymous_t.x', 0, 4, 'int'],
  ])('%s', (path, byteOff, size, type) => {
    const found = findPath(kinds, path);
    expect(found).toMatchObject({ size, bitfieldSize: 0, hops: [] });
    expect(formatType(kinds, found?.typeId ?? 0)).toBe(type);
    expect(found?.byteOff).toBe(byteOff);
  });

  it('follows pointers, and counts anew behind them', () => {
    const node = idOf(kinds, 'node', BTF_KIND_STRUCT);
    expect(findPath(kinds, 'node.next->next->point.y')).toMatchObject({ hops: [{ byteOff: 0, typeId: node }, { byteOff: 0, typeId: node }], size: 4 });
    expect(findPath(kinds, 'node.next[2].word')).toMatchObject({ hops: [{ byteOff: 0, typeId: node }], byteOff: 2 * 160 + 24 });
  });

  it('knows bitfields', () => {
    expect(findPath(kinds, 'bits.b')).toMatchObject({ bitOff: 3, byteOff: 0, bitfieldSize: 5, size: 4 });
    expect(() => findPath(kinds, 'bits.b.x')).toThrow(expect.objectContaining({ code: 'BTF_PATH' }));
  });

  it('begins at a type', () => {
    const node = idOf(kinds, 'node', BTF_KIND_STRUCT);
    expect(findPath(kinds, '.word', node)?.byteOff).toBe(24);
    expect(findPath(kinds, '', node)).toMatchObject({ typeId: node, size: 160 });
  });

  it('finds nothing where nothing is', () => {
    for (const path of ['nothing', 'node.nothing', 'node.next->nothing']) expect(findPath(kinds, path)).toBeUndefined();
  });

  it.each(['', '.x', 'node..x', 'node.', 'node[1]', 'node.word.x', 'node->word', 'node.next.word', 'node.grid[2]', 'node.row->x', 'node.grid[-1]', 'node.next->next[x]'])(
    'refuses %j', (path) => {
      expect(() => findPath(kinds, path)).toThrow(expect.objectContaining({ code: 'BTF_PATH' }));
    },
  );

  it('ends on types that contain themselves', () => {
    const builder = new BtfBuilder();
    builder.addStruct('', 8);
    builder.addField('', 2, 0);
    builder.addField('', 2, 0);
    builder.addStruct('', 8);
    builder.addField('', 1, 0);
    builder.addStruct('s', 8);
    builder.addField('', 1, 0);
    const btf = builder.build();
    expect(findPath(btf, 's.x')).toBeUndefined();
    expect([...iterateMembers(btf, 3)]).toEqual([]);
  });
});

describe('findMember', () => {
  it('tells the way', () => {
    expect(findMember(kinds, idOf(kinds, 'node', BTF_KIND_STRUCT), 'bytes')?.memberIdx).toEqual([3, 1]);
    expect(() => findMember(kinds, idOf(kinds, 'u32', 8), 'x')).toThrow(expect.objectContaining({ code: 'BTF_KIND' }));
  });
});

describe('iteration', () => {
  it('gives every type once', () => {
    expect([...iterateTypes(kinds)].map((type) => type.id)).toEqual(Array.from({ length: kinds.typeCount - 1 }, (_, i) => i + 1));
    expect([...iterateTypes(kinds, BTF_KIND_INT)].every((type) => type.kind === BTF_KIND_INT)).toBe(true);
  });

  it('lifts members of anonymous structs and unions', () => {
    const names = [...iterateMembers(kinds, idOf(kinds, 'node', BTF_KIND_STRUCT))].map((member) => member.name);
    expect(names.slice(0, 7)).toEqual(['next', 'opaque', 'other', 'word', 'bytes', 'real', 'point']);
  });
});

const vmlinux = vmlinuxBytes();
const hasClang = spawnSync('clang-19', ['--version']).status === 0;
if (!hasClang) console.warn('skipped: comparing with clang-19, which is not installed');
describeWith(firstMissing([vmlinux !== undefined, NO_VMLINUX], [hasClang, 'no clang-19 here']), 'vmlinux of the running kernel', () => {
  it('is where clang finds it', () => {
    const btf = parseBtf(vmlinux ?? new Uint8Array());
    const paths = ['task_struct.thread_info.flags', 'sk_buff.cb[4]', 'sk_buff.len', 'net_device.name[3]', 'page.lru.prev', 'task_struct.se.vruntime', 'file.f_path.dentry'];
    const asserts = paths.map((path) => {
      const found = findPath(btf, path);
      const [root, ...rest] = path.split('.');
      return `_Static_assert(__builtin_offsetof(struct ${root!}, ${rest.join('.')}) == ${found!.byteOff}, "${path}");`;
    });
    const pgd = findPath(btf, 'task_struct.mm->pgd');
    asserts.push(`_Static_assert(__builtin_offsetof(struct task_struct, mm) == ${pgd!.hops[0]!.byteOff}, "mm");`);
    asserts.push(`_Static_assert(__builtin_offsetof(struct mm_struct, pgd) == ${pgd!.byteOff}, "pgd");`);
    const dir = mkdtempSync(join(tmpdir(), 'rootlet-btf-'));
    try {
      const roots = ['task_struct', 'sk_buff', 'net_device', 'page', 'file', 'mm_struct'].map((name) => idOf(btf, name, BTF_KIND_STRUCT));
      writeFileSync(join(dir, 'a.c'), `${[...dumpC(btf, { roots })].join('')}\n${asserts.join('\n')}\n`);
      const { stderr, status } = spawnSync('clang-19', ['-w', '-fsyntax-only', join(dir, 'a.c')], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
    // Every member of every struct, by path and by iteration.
    let compared = 0;
    for (const struct of iterateTypes(btf, BTF_KIND_STRUCT)) {
      if (struct.id % 17 !== 0 || struct.name === '' || btf.findByNameKind(struct.name, BTF_KIND_STRUCT) !== struct.id) continue;
      for (const member of iterateMembers(btf, struct.id)) {
        const found = findPath(btf, `${struct.name}.${member.name}`);
        expect([found?.typeId, found?.bitOff, found?.bitfieldSize]).toEqual([member.type, member.bitOff, member.bitfieldSize]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(1000);
  }, 60_000);
});

// Does C text of types read as C programmers write it?
import { describe, expect, it } from '@jest/globals';
import { BTF_KIND_FUNC, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_VAR, formatDeclaration, formatFuncProto, formatType } from '../src/index.ts';
import { fixtureBtf, idOf } from './fixtures.ts';

const kinds = fixtureBtf('kinds');
const helpers = fixtureBtf('helpers');

describe('formatFuncProto', () => {
  it.each([
    ['foo', 'int foo(struct xdp_md *ctx, int var)'],
    ['bar', 'int bar(int *array, bpf_size_t size)'],
  ])('prints %s with its parameters', (name, text) => {
    expect(formatFuncProto(helpers, idOf(helpers, name, BTF_KIND_FUNC))).toBe(text);
  });

  it('prints a prototype without name', () => {
    expect(formatFuncProto(helpers, helpers.refType(idOf(helpers, 'foo', BTF_KIND_FUNC)))).toBe('int (struct xdp_md *ctx, int var)');
  });

  it('refuses what is no function', () => {
    expect(() => formatFuncProto(helpers, idOf(helpers, 'xdp_md', BTF_KIND_STRUCT))).toThrow(expect.objectContaining({ code: 'BTF_KIND' }));
  });
});

describe('formatDeclaration', () => {
  const node = kinds.type(idOf(kinds, 'node', BTF_KIND_STRUCT));
  const members = node.kind === 4 ? node.members : [];
  // As bpftool prints them, in kinds.dump.h.
  it.each([
    ['next', 'struct node *next'],
    ['opaque', 'struct opaque *opaque'],
    ['other', 'union opaque_union *other'],
    ['name', 'volatile const char * const name'],
    ['compare', 'int (*compare)(const struct node *, const struct node *, ...)'],
    ['handlers', 'void (*handlers[2])(void *)'],
    ['nested', 'int (* (*nested)(int))(char)'],
    ['grid', 'int grid[2][3]'],
    ['row', 'int (*row)[3]'],
    ['big', 'long double big'],
    ['huge', '__int128 huge'],
    ['only', 'void * restrict only'],
    ['tagged', 'struct node __attribute__((btf_type_tag("rcu"))) *tagged'],
    ['tail', 'u64 tail[0]'],
    ['point', 'struct {...} point'],
  ])('declares %s', (name, text) => {
    const member = members.find((candidate) => candidate.name === name);
    expect(member && formatDeclaration(kinds, member.type, name)).toBe(text);
  });

  it('declares variables and functions under their own name', () => {
    expect(formatType(kinds, idOf(kinds, 'hidden', BTF_KIND_VAR))).toBe('volatile u32 hidden');
    expect(formatType(kinds, idOf(kinds, 'external', BTF_KIND_FUNC))).toBe('int external(struct node *, s64)');
  });
});

describe('formatType', () => {
  it('prints types alone', () => {
    const callback = kinds.type(idOf(kinds, 'callback_t', BTF_KIND_TYPEDEF));
    expect(callback.kind === 8 && formatType(kinds, callback.type)).toBe('int (*)(struct node *, u64)');
    const ref = kinds.type(idOf(kinds, 'node_ref', BTF_KIND_TYPEDEF));
    expect(ref.kind === 8 && formatType(kinds, ref.type)).toBe('const struct node *');
    expect(formatType(kinds, 0)).toBe('void');
  });

  it('is the same for both byte orders', () => {
    const other = fixtureBtf('kinds', 'eb');
    for (let id = 1; id < kinds.typeCount; id++) expect(formatType(other, id)).toBe(formatType(kinds, id));
  });
});

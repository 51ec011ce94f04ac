// Are unlike prototypes told apart, and like ones not?
import { describe, expect, it } from '@jest/globals';
import type { Btf } from '@rootlet/btf';
import { checkPrototype } from '../src/index.ts';
import type { FuncRef } from '../src/index.ts';
import { openObject, readObject } from './objects.ts';

function funcs(name: string, prefix: string): Map<string, FuncRef> {
  const { model, btf } = openObject(readObject(name));
  const all = [...model.funcs, ...model.externs].filter((one) => one.name.startsWith(prefix));
  return new Map(all.map((one) => [one.name, { btf: btf as Btf, id: one.btfId as number }]));
}

const use = funcs('proto_use', '');
const def = funcs('proto_def', '');
const get = (refs: Map<string, FuncRef>, name: string): FuncRef => refs.get(name) as FuncRef;

describe('checkPrototype', () => {
  it.each([...def.keys()].filter((name) => name.startsWith('p_')))('accepts %s', (name) => {
    expect(checkPrototype(get(use, name), get(def, name))).toBeUndefined();
    expect(checkPrototype(get(def, name), get(use, name))).toBeUndefined();
  });

  it.each([
    ['n_count', 'number of arguments', '1 against 2'],
    ['n_size', 'argument 2', "'int' has 4 bytes, 'long' has 8"],
    ['n_return', 'return type', "'int' has 4 bytes, 'long' has 8"],
    ['n_name', 'argument 1', "'struct point' against 'struct spot'"],
    ['n_layout', 'argument 1', "'struct padded' has 2 members against 3"],
    ['n_inner', 'argument 1', "'struct holder' has 8 bytes, 'struct holder' has 16"],
    ['n_kind', 'argument 1', "'void' against 'int'"],
    ['n_enum', 'argument 1', 'enumerator DARK is 1 against 2'],
    ['n_array', 'argument 1', '4 elements against 5'],
    ['n_func', 'argument 1', 'function takes 1 arguments against 2'],
    ['n_buffer', 'argument 2', "only the second is a bpf_size_t ('unsigned long', 'bpf_size_t')"],
    ['n_tagged', 'argument 1', "tags '' against 'arg:nonnull'"],
    ['n_deref', 'argument 1', "'int *' against 'int'"],
  ])('refuses %s', (name, where, reason) => {
    expect(checkPrototype(get(use, name), get(def, name))).toMatchObject({ where, reason: `${where}: ${reason}` });
    expect(checkPrototype(get(def, name), get(use, name))?.where).toBe(where);
  });

  it('prints both prototypes as C', () => {
    const mismatch = checkPrototype(get(use, 'n_size'), get(def, 'n_size'));
    expect(mismatch).toMatchObject({ argIdx: 1, declared: 'int n_size(int, int)', defined: 'int n_size(int a, long b)' });
    expect(mismatch?.message).toBe(
      "argument 2: 'int' has 4 bytes, 'long' has 8: 'int n_size(int, int)' against 'int n_size(int a, long b)'",
    );
  });

  it('reads either byte order', () => {
    const big = funcs('proto_def.be', '');
    for (const name of def.keys()) expect(checkPrototype(get(def, name), get(big, name))).toBeUndefined();
  });

  it('wants functions', () => {
    expect(() => checkPrototype({ btf: get(use, 'user').btf, id: 1 }, get(def, 'p_same'))).toThrow(
      expect.objectContaining({ code: 'RELOC_PROTOTYPE' }),
    );
  });
});

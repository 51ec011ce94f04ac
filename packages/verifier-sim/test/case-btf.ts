// What BTF do a case's `struct` and `func` lines stand for?
import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import type { Btf, BtfFuncInfo } from '@rootlet/btf';

/** BTF of a program, and which function begins where. */
export interface CaseBtf {
  readonly bytes: Uint8Array;
  readonly btf: Btf;
  readonly funcInfo: readonly BtfFuncInfo[];
}

/** A function: `int sub(struct pair *p __arg_nonnull, u64 n)`, perhaps with `static` before it. */
export interface CaseFunc {
  readonly insnIdx: number;
  readonly text: string;
}

const INTS: Readonly<Record<string, readonly [name: string, size: number, signed: boolean]>> = {
  int: ['int', 4, true],
  long: ['long', 8, true],
  char: ['char', 1, true],
  short: ['short', 2, true],
  u8: ['unsigned char', 1, false],
  u16: ['unsigned short', 2, false],
  u32: ['unsigned int', 4, false],
  u64: ['unsigned long', 8, false],
};

/**
 * @param structs `NAME BYTES`, each a struct of bytes
 * @throws Error for a prototype it cannot read
 */
export function buildCaseBtf(structs: readonly string[], funcs: readonly CaseFunc[]): CaseBtf {
  const builder = new BtfBuilder();
  const ids = new Map<string, number>();
  const once = (key: string, add: () => number): number => {
    const id = ids.get(key) ?? add();
    ids.set(key, id);
    return id;
  };
  const int = (key: string): number => {
    const [name, size, signed] = INTS[key] as readonly [string, number, boolean];
    return once(key, () => builder.addInt(name, size, signed ? BTF_INT_SIGNED : 0));
  };
  for (const text of structs) {
    const [name = '', size = '0'] = text.split(/\s+/);
    const bytes = once(`u8[${size}]`, () => builder.addArray(int('u8'), int('u32'), Number(size)));
    once(`struct ${name}`, () => builder.addStruct(name, Number(size)));
    builder.addField('bytes', bytes, 0);
  }
  const typeOf = (text: string): number => {
    const pointee = /^(.*?)\s*\*$/.exec(text)?.[1];
    if (pointee !== undefined) return once(text, () => builder.addPtr(typeOf(pointee.trim())));
    if (text === 'void') return 0;
    if (text in INTS) return int(text);
    const struct = /^(struct|union) (\w+)$/.exec(text);
    // A struct that no line declares is one that the program does not look into: a context.
    if (struct !== null) return once(text, () => builder.addFwd(struct[2] as string, struct[1] === 'union'));
    throw new Error(`case: what type is "${text}"?`);
  };
  const funcInfo = funcs.map(({ insnIdx, text }) => {
    const match = /^(static )?\s*(.*?)\s*(\w+)\s*\((.*)\)$/.exec(text);
    if (match === null) throw new Error(`case: what prototype is "${text}"?`);
    const [, isStatic, returns = '', name = '', list = ''] = match;
    const params = list === '' || list === 'void' ? [] : list.split(',').map((param) => readParam(param.trim(), typeOf));
    const proto = builder.addFuncProto(typeOf(returns), params);
    const typeId = builder.addFunc(name, proto, isStatic === undefined ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC);
    params.forEach(({ tags }, idx) => {
      for (const tag of tags) builder.addDeclTag(tag, typeId, idx);
    });
    return { insnIdx, typeId };
  });
  const bytes = builder.encode();
  return { bytes, btf: builder.build(), funcInfo };
}

function readParam(text: string, typeOf: (text: string) => number): { name: string; type: number; tags: string[] } {
  const tags = [...text.matchAll(/\b__arg_(\w+)/g)].map((match) => `arg:${match[1]}`);
  const bare = text.replace(/\s*\b__arg_\w+/g, '').trim();
  const match = /^(.*?[\s*])(\w+)$/.exec(bare);
  if (match === null) throw new Error(`case: what parameter is "${text}"?`);
  return { name: match[2] as string, type: typeOf((match[1] as string).trim()), tags };
}

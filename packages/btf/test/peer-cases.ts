// What is libbpf asked, and so are we?
//
// tools/btf-peers.mjs asks libbpf and keeps its answers in peer-answers.json; tests replay them without it.
import type { Btf } from '../src/index.ts';
import { BTF_KIND_DECL_TAG, BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_VAR, BtfBuilder } from '../src/index.ts';

export { BtfBuilder, distillBase, parseBtf, parseBtfElf, relocateBtf, withPointerSize } from '../src/index.ts';

type Add = (builder: BtfBuilder) => unknown;

/** A distilled base, what is split on it, and a new base. */
export interface RelocateCase {
  readonly name: string;
  readonly old: Btf;
  readonly split: Btf;
  readonly newBase: Btf;
}

/** A base and what is split on it. */
export interface DistillCase {
  readonly name: string;
  readonly split: Btf;
}

const INT: Add = (b) => b.addInt('x', 4, 1);
const int = (size: number, encoding = 1, bits = 8 * size): Add => (b) => b.addInt('x', size, encoding, bits);
const float = (size: number): Add => (b) => b.addFloat('x', size);
const fwd = (union = false): Add => (b) => b.addFwd('x', union);
const enumeration = (size: number, values = 1): Add => (b) => {
  b.addEnum('x', size);
  if (values > 0) b.addEnumValue('V', 1);
};
const enum64: Add = (b) => {
  b.addEnum64('x');
  b.addEnumValue('V', 1);
};
const composite = (size: number, union: boolean, bits = 0): Add => (b) => {
  if (union) b.addUnion('x', size);
  else b.addStruct('x', size);
  b.addField('m', 1, 0, bits);
};
const struct = (size: number, bits = 0): Add => composite(size, false, bits);
const union = (size: number, bits = 0): Add => composite(size, true, bits);
const empty = (size: number): Add => (b) => b.addStruct('x', size);
const emptyUnion = (size: number): Add => (b) => b.addUnion('x', size);

const pointer: Add = (b) => b.addPtr(2);
/** A struct with a member of type `id`. */
const embedding = (id: number, name = 'holder'): Add => (b) => {
  b.addStruct(name, 64);
  b.addField('e', id, 0);
};
const embed = embedding(2);
const embedArray: Add = (b) => {
  embedding(b.typeCount + 1)(b);
  b.addArray(2, 1, 2);
};
const embedTypedef: Add = (b) => {
  embedding(b.typeCount + 1)(b);
  b.addConst(b.typeCount + 1);
  b.addTypedef('x_t', 2);
};
const embedAnonymous: Add = (b) => {
  embedding(b.typeCount + 1)(b);
  embedding(2, '')(b);
};

/** Type 1 is `int` and 2 is `x` in the old base; the new one has types before. */
function relocateCase(name: string, old: Add, split: Add, ...found: Add[]): RelocateCase {
  const distilled = new BtfBuilder();
  distilled.addInt('int', 4, 1);
  old(distilled);
  const oldBase = distilled.build();
  const own = new BtfBuilder({ base: oldBase });
  split(own);
  const next = new BtfBuilder();
  next.addInt('int', 4, 1);
  next.addPtr(1);
  for (const add of found) add(next);
  return { name, old: oldBase, split: own.build(), newBase: next.build() };
}

/** What `btf__relocate` is asked. */
export function relocateCases(): RelocateCase[] {
  return [
    relocateCase('nothing has changed', empty(4), pointer, struct(4)),
    relocateCase('missing', empty(4), pointer),
    relocateCase('missing, though not referred to', empty(4), (b) => b.addPtr(1)),
    relocateCase('a struct grew behind a pointer', empty(4), pointer, struct(8)),
    relocateCase('a struct grew that is embedded', empty(4), embed, struct(8)),
    relocateCase('a union grew that is embedded', emptyUnion(4), embed, union(8)),
    relocateCase('a struct grew that is embedded as array', empty(4), embedArray, struct(8)),
    relocateCase('a struct grew that is embedded behind a typedef', empty(4), embedTypedef, struct(8)),
    relocateCase('a struct grew that is embedded in an anonymous struct', empty(4), embedAnonymous, struct(8)),
    relocateCase('a struct grew that is element of an array only', empty(4), (b) => b.addArray(2, 1, 2), struct(8)),
    relocateCase('two structs of the name, one of the size', empty(4), pointer, struct(8), struct(4)),
    relocateCase('two structs of the name and size', empty(4), pointer, struct(4), struct(4)),
    relocateCase('two structs of the name, none of the size', empty(4), pointer, struct(8), struct(12)),
    relocateCase('two embedded structs of the name, one of the size', empty(4), embed, struct(8), struct(4)),
    relocateCase('a struct and a union of the name and size', empty(4), pointer, union(4), struct(4)),
    relocateCase('a struct and a union of the name, another size', empty(4), pointer, union(8), struct(4)),
    relocateCase('a struct became a union', empty(4), pointer, union(8)),
    relocateCase('a struct became a declaration', empty(4), pointer, fwd()),
    relocateCase('a struct became a declaration, but is embedded', empty(4), embed, fwd()),
    relocateCase('a struct and a declaration', empty(4), pointer, fwd(), struct(4)),
    relocateCase('a struct became an int of its size', empty(4), pointer, INT),
    relocateCase('a struct became an int of another size', empty(4), pointer, int(8)),
    relocateCase('an embedded struct beside a float of its size', empty(8), embed, float(4), struct(8)),
    relocateCase('an embedded struct, then a declaration', empty(4), embed, struct(4), fwd()),
    relocateCase('a typedef of the name', empty(4), pointer, (b) => b.addTypedef('x', 1), struct(4)),
    relocateCase('a declaration stays', fwd(), pointer, fwd()),
    relocateCase('a declaration of a union stays', fwd(true), pointer, fwd(), fwd(true)),
    relocateCase('a declaration became a struct', fwd(), pointer, struct(4)),
    relocateCase('a declaration became a struct with bitfields', fwd(), pointer, struct(4, 3)),
    relocateCase('a declaration became a union', fwd(true), pointer, union(4)),
    relocateCase('a declaration became a union with bitfields', fwd(true), pointer, union(4, 3)),
    relocateCase('a declaration became two structs', fwd(), pointer, struct(4), struct(8)),
    relocateCase('a declaration and a struct', fwd(), pointer, struct(8), fwd()),
    relocateCase('a declaration and two structs', fwd(), pointer, struct(8), fwd(), struct(4)),
    relocateCase('an int stays', INT, pointer, INT),
    relocateCase('an int of another size', INT, pointer, int(8)),
    relocateCase('an int of another sign', INT, pointer, int(4, 0)),
    relocateCase('an int of fewer bits', INT, pointer, int(4, 1, 20)),
    relocateCase('an int twice', INT, pointer, INT, INT),
    relocateCase('an int beside a struct', INT, pointer, struct(4), INT),
    relocateCase('a float stays', float(8), pointer, float(8)),
    relocateCase('a float of another size', float(8), pointer, float(4)),
    relocateCase('an enum stays', enumeration(4, 0), pointer, enumeration(4)),
    relocateCase('an enum of another size', enumeration(4, 0), pointer, enumeration(8)),
    relocateCase('an enum became 64 bits wide', enumeration(8, 0), pointer, enum64),
    relocateCase('an enum twice', enumeration(4, 0), pointer, enumeration(4), enumeration(4)),
    relocateCase('an enum beside a declaration', enumeration(4, 0), pointer, fwd(), enumeration(4)),
    relocateCase('a base with a pointer is not distilled', (b) => b.addPtr(1), (b) => b.addPtr(1), struct(4)),
    relocateCase('a base with an anonymous struct is not distilled', (b) => b.addStruct('', 4), (b) => b.addPtr(1), struct(4)),
    relocateCase('a base with a 64-bit enum is not distilled', (b) => b.addEnum64('x'), pointer, enum64),
    relocateCase('a name that is also a type of the base', empty(4), (b) => b.addTypedef('x', 2), struct(4)),
    relocateCase('a name in the strings of the base that is no type', (b) => (empty(4)(b), b.addString('orphan')), (b) => b.addTypedef('orphan', 2), struct(4)),
    relocateCase('nothing at all', (b) => b.addInt('x', 4), () => 0, int(4, 0)),
  ];
}

/** Type 1 is `int` in the base. */
function distillCase(name: string, base: Add, split: Add, littleEndian = true): DistillCase {
  const bases = new BtfBuilder({ littleEndian });
  bases.addInt('int', 4, 1);
  base(bases);
  const own = new BtfBuilder({ base: bases.build() });
  split(own);
  return { name, split: own.build() };
}

const everything: Add = (b) => {
  b.addFloat('double', 8); // 2
  b.addInt('unused', 4, 1);
  b.addStruct('embedded', 8); // 4
  b.addField('a', 1, 0);
  b.addField('b', 1, 32, 3);
  b.addStruct('pointed', 4); // 5
  b.addPtr(5);
  b.addUnion('either', 4); // 7
  b.addField('a', 1, 0);
  b.addEnum('choice', 4, true); // 8
  b.addEnumValue('CHOICE_A', -1);
  b.addEnum64('wide', 8, true); // 9
  b.addEnumValue('WIDE_A', 1);
  b.addStruct('', 8); // 10
  b.addField('x', 1, 0);
  b.addField('inside', 5, 32);
  b.addEnum('', 4); // 11
  b.addEnumValue('ANONYMOUS', 1);
  b.addFwd('declared'); // 12
  b.addFwd('declared_union', true);
  b.addTypedef('embedded_t', 4); // 14
  b.addConst(14);
  b.addArray(1, 1, 3); // 16
  b.addFuncProto(1, [{ name: 'p', type: 6 }]);
  b.addFunc('unused_function', 17);
  b.addStruct('twice', 4); // 19
  b.addStruct('twice', 8);
  b.addDeclTag('unused_tag', 4);
  b.addTypeTag('user', 4); // 22
  b.addStruct('', 16); // 23: refers to itself
  b.addField('self', 24, 0);
  b.addPtr(23);
};

const usesEverything: Add = (b) => {
  b.addStruct('module', 64);
  [4, 6, 7, 8, 15, 10, 16].forEach((type, i) => b.addField(`m${i}`, type, 64 * i));
  for (const type of [19, 20, 12, 13, 9, 11, 2, 22, 24]) b.addPtr(type);
  b.addFunc('module_function', 17);
  b.addVar('module_variable', 9, 1);
  b.addDeclTag('module_tag', 4);
  b.addTypedef('int', 1);
};

/** What `btf__distill_base` is asked. */
export function distillCases(): DistillCase[] {
  return [
    distillCase('everything', everything, usesEverything),
    distillCase('everything, big-endian', everything, usesEverything, false),
    distillCase('nothing that is split', everything, () => 0),
    distillCase('nothing of the base', everything, (b) => b.addStruct('own', 4)),
    distillCase('an anonymous int', (b) => b.addInt('', 4), (b) => b.addPtr(2)),
    distillCase('a function of the base', (b) => b.addFunc('f', (b.addFuncProto(1), 2)), (b) => b.addDeclTag('t', 3)),
    distillCase('a variable of the base', (b) => b.addVar('v', 1, 1), (b) => b.addDatasec('.data', 4, [{ type: 2, byteOff: 0, size: 4 }])),
    distillCase('a section of the base', (b) => b.addDatasec('.data', 4), (b) => b.addDeclTag('t', 2)),
    distillCase('a tag of the base', (b) => b.addDeclTag('t', 1), (b) => b.addDeclTag('u', 2)),
  ];
}

/** Numbers below `limit`, one after the other, always the same for a seed. */
export function random(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Kinds that are no types of values. */
const DECLARATIONS: readonly number[] = [BTF_KIND_FUNC, BTF_KIND_VAR, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_FUNC_PROTO];

/** Adds a type of any kind that refers to earlier ones. @param values ids that may be referred to; the new one is added */
function addRandom(b: BtfBuilder, pick: (limit: number) => number, values: number[], own: boolean): void {
  const name = (): string => ['', 'x', 'y', 'z', 'int', 'foo'][pick(6)]!;
  const any = (): number => values[pick(values.length)]!;
  const id = b.typeCount;
  switch (pick(own ? 18 : 15)) {
    case 0: b.addInt(name(), [1, 4, 8][pick(3)]!, pick(3)); break;
    case 1: b.addFloat(name(), [4, 8][pick(2)]!); break;
    case 2: b.addEnum(name(), [1, 4, 8][pick(3)]!, pick(2) === 1); for (let i = pick(3); i > 0; i--) b.addEnumValue('A', i); break;
    case 3: b.addEnum64(name()); b.addEnumValue('B', pick(9)); break;
    case 4: b.addFwd(name(), pick(2) === 1); break;
    case 5: case 6: case 7: {
      const types = Array.from({ length: pick(4) }, any);
      if (pick(3) > 0) b.addStruct(name(), [4, 8][pick(2)]!);
      else b.addUnion(name(), 8);
      for (const type of types) b.addField(['a', 'x', ''][pick(3)]!, type, 0, pick(4) === 0 ? 3 : 0);
      break;
    }
    case 8: case 9: b.addPtr(any()); break;
    case 10: b.addTypedef(name() || 't', any()); break;
    case 11: b.addConst(any()); break;
    case 12: b.addArray(any(), any(), 3); break;
    case 13: b.addFuncProto(any(), [{ name: name(), type: any() }]); break;
    case 14: b.addTypeTag('tag', any(), pick(2) === 1); break;
    case 15: b.addVar(name() || 'v', any(), 1); return;
    case 16: b.addDeclTag('decl', any(), pick(2) - 1); return;
    default: b.addFunc('f', (b.addFuncProto(any()), id), 1); return;
  }
  values.push(id);
}

/** A base and a BTF split on it, always the same for a seed. At least one type of the base is referred to by name. */
export function randomSplit(seed: number): Btf {
  const pick = random(seed);
  const base = new BtfBuilder({ littleEndian: pick(8) > 0 });
  base.addInt('int', 4, 1);
  const values = [0, 1];
  for (let i = 1 + pick(20); i > 0; i--) addRandom(base, pick, values, false);
  const split = new BtfBuilder({ base: base.build() });
  split.addPtr(1);
  for (let i = pick(12); i > 0; i--) addRandom(split, pick, values, true);
  return split.build();
}

/** A base like that of {@link randomSplit}, but changed: types in another order, some gone, some twice, some of another size. */
export function randomBase(old: Btf, seed: number): Btf {
  const pick = random(seed);
  const builder = new BtfBuilder({ littleEndian: old.littleEndian });
  builder.addInt('filler', 1);
  builder.addInt('int', 4, 1);
  for (let id = 2; id < old.typeCount; id++) {
    const kind = old.kind(id);
    if (DECLARATIONS.includes(kind)) continue;
    for (let times = [0, 1, 1, 1, 1, 1, 1, 2][pick(8)]!; times > 0; times--) {
      const name = old.name(id);
      if ((kind === 4 || kind === 5) && pick(4) === 0) builder.addStruct(name, [4, 8, 16][pick(3)]!);
      else builder.addType(old, id, () => 0);
    }
  }
  return builder.build();
}

/** Steps of building, as the probe understands them and as ours, which must give the same bytes. */
export const BUILD_STEPS: readonly (readonly [string, (b: BtfBuilder) => unknown])[] = [
  ['add-int int 4 1', (b) => b.addInt('int', 4, 1)],
  ['add-int char 1 2', (b) => b.addInt('char', 1, 2)],
  ['add-float double 8', (b) => b.addFloat('double', 8)],
  ['add-ptr 1', (b) => b.addPtr(1)],
  ['add-array 1 2 7', (b) => b.addArray(2, 1, 7)],
  ['add-struct s 8', (b) => b.addStruct('s', 8)],
  ['add-field a 1 0 0', (b) => b.addField('a', 1, 0)],
  ['add-field b 1 32 5', (b) => b.addField('b', 1, 32, 5)],
  ['add-field - 1 37 3', (b) => b.addField('', 1, 37, 3)],
  ['add-union u 8', (b) => b.addUnion('u', 8)],
  ['add-field a 1 0 0', (b) => b.addField('a', 1, 0)],
  ['add-enum e 4', (b) => b.addEnum('e', 4)],
  ['add-enum-value POS 5', (b) => b.addEnumValue('POS', 5)],
  ['add-enum-value NEG -5', (b) => b.addEnumValue('NEG', -5)],
  ['add-enum plain 4', (b) => b.addEnum('plain', 4)],
  ['add-enum-value BIG 4294967295', (b) => b.addEnumValue('BIG', 4_294_967_295)],
  ['add-enum64 e64 8 0', (b) => b.addEnum64('e64')],
  ['add-enum64-value WIDE 18446744073709551615', (b) => b.addEnumValue('WIDE', 0xffff_ffff_ffff_ffffn)],
  ['add-enum64 s64 8 1', (b) => b.addEnum64('s64', 8, true)],
  ['add-enum64-value LOW -9223372036854775808', (b) => b.addEnumValue('LOW', -0x8000_0000_0000_0000n)],
  ['add-fwd fs 0', (b) => b.addFwd('fs', 0)],
  ['add-fwd fu 1', (b) => b.addFwd('fu', 1)],
  ['add-fwd fe 2', (b) => b.addFwd('fe', 2)],
  ['add-typedef t 6', (b) => b.addTypedef('t', 6)],
  ['add-const 6', (b) => b.addConst(6)],
  ['add-volatile 6', (b) => b.addVolatile(6)],
  ['add-restrict 4', (b) => b.addRestrict(4)],
  ['add-type-tag user 1', (b) => b.addTypeTag('user', 1)],
  ['add-type-attr address_space(1) 1', (b) => b.addTypeAttr('address_space(1)', 1)],
  ['add-func-proto 1', (b) => b.addFuncProto(1)],
  ['add-func-param p 4', (b) => b.addParam('p', 4)],
  ['add-func-param - 0', (b) => b.addParam('', 0)],
  ['add-func f 1 21', (b) => b.addFunc('f', 21, 1)],
  ['add-var v 1 1', (b) => b.addVar('v', 1, 1)],
  ['add-datasec .data 8', (b) => b.addDatasec('.data', 8)],
  ['add-datasec-var-info 23 4 4', (b) => b.addVarSecinfo(23, 4, 4)],
  ['add-decl-tag hello 6 1', (b) => b.addDeclTag('hello', 6, 1)],
  ['add-decl-attr noinline 22 -1', (b) => b.addDeclAttr('noinline', 22)],
  ['add-str unused', (b) => b.addString('unused')],
  ['find-str double', (b) => b.findString('double')],
  ['find-str nowhere', (b) => b.findString('nowhere')],
];

// Which declarations does a TypeScript file for some types need, and what are they called?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { bitsOfMember, dataType, isCharType, MAX_DATA_DEPTH } from './data-types.ts';
import { formatDeclarator, formatTypeName } from './declarator.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF, BTF_KIND_UNION, BTF_KIND_VAR,
} from './kinds.ts';
import { MAX_RESOLVE_DEPTH } from './resolve.ts';
import type { TsArray, TsMember, TsUse } from './ts-class.ts';
import { arrayText, preludeText, structText } from './ts-class.ts';
import type { TsBudget, TsField } from './ts-fields.ts';
import { fieldsOf, sizeOfFields, spendItem } from './ts-fields.ts';
import { TsIdentity } from './ts-identity.ts';
import { commentText, propertyName, toIdentifier, TsScope } from './ts-names.ts';
import type { BtfScalar, TsByteOrder, TsScalar } from './ts-scalar.ts';
import { toScalar } from './ts-scalar.ts';
import type { BtfArray, BtfComposite, BtfDatasec, BtfEnum, BtfType } from './types.ts';

/** Members that a class has of its own, those of all objects among them. */
const OWN_MEMBERS: readonly string[] = [
  'constructor', '__proto__', '$view', '$off', '$littleEndian', '$at', '$on', '$get', '$set',
  'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'toString', 'valueOf',
];
/** Elements without bytes that an array may have: nothing else bounds them. */
const MAX_EMPTY_ELEMS = 1024;

/** Types that are declared under a name of their own. */
function isNamed(type: BtfType): boolean {
  const { kind } = type;
  const isEnum = kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64;
  return kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION || kind === BTF_KIND_DATASEC || (isEnum && type.values.length > 0);
}

/** `.data.custom` is `data.custom`. */
function sectionName(name: string): string {
  return name.replace(/^\.+/, '');
}

/** Collects declarations: each type once, in the order in which they are first used. */
export class TsModule {
  readonly #btf: Btf;
  readonly #order: TsByteOrder;
  readonly #identity: TsIdentity;
  readonly #scope: TsScope = new TsScope();
  readonly #budget: TsBudget;
  readonly #parts: string[] = [];
  /** Names of declarations, by what they declare. */
  readonly #names: Map<string, string> = new Map();
  /** What is declared already, or is being declared. */
  readonly #declared: Set<string> = new Set();
  readonly #flexible: Map<number, boolean> = new Map();
  #usesText = false;
  #usesIndex = false;

  constructor(btf: Btf, order: TsByteOrder) {
    this.#btf = btf;
    this.#order = order;
    this.#identity = new TsIdentity(btf);
    this.#budget = { items: 200_000 + 2 * btf.words.length, chars: 16_000_000 + 64 * btf.words.length };
  }

  /** Keeps a type's own name for it, before others take it. */
  reserve(id: number): void {
    const { type, inner } = this.#target(id);
    if (type === undefined || !isNamed(type)) return;
    const own = type.kind === BTF_KIND_DATASEC ? sectionName(type.name) : type.name;
    this.#nameOf(this.#keyOf(type, true, inner), own === '' ? inner : own);
  }

  /** Declares a type that was asked for, under its own name. @throws `BTF_NO_SIZE` for what has no value */
  addRoot(id: number): void {
    const btf = this.#btf;
    const isAlias = btf.kind(id) === BTF_KIND_TYPEDEF;
    const at = btf.kind(id) === BTF_KIND_VAR ? btf.refType(id) : id;
    const use = this.#use(at, toIdentifier(btf.name(id)), true, 0);
    if (!isAlias) return;
    const wanted = toIdentifier(btf.name(id));
    const target = use.view === '' ? use.label : use.view;
    const key = `alias of ${target}: ${wanted}`;
    if (wanted === target || this.#declared.has(key)) return;
    this.#declared.add(key);
    // A class is a value and a type; an enumeration too.
    if (use.view !== '' || this.#declared.has(`enum ${target}`)) this.#push(`export { ${target} as ${this.#scope.take(wanted)} };`);
  }

  /** The whole file. */
  text(): string {
    const prelude = preludeText(this.#order, { checkIndex: this.#usesIndex, text: this.#usesText });
    return `// Generated from BTF by rootlet. Do not edit.\n\n${[prelude, ...this.#parts.filter((part) => part !== '')].join('\n\n')}\n`;
  }

  #push(text: string, at = this.#parts.length): void {
    this.#spendChars(text.length);
    this.#parts[at] = text;
  }

  #spendChars(count: number): void {
    this.#budget.chars -= count;
    if (this.#budget.chars < 0) throw new DecodeError('BTF_DEPTH', 'btf', 'too much text: types or names without end');
  }

  /** What stands behind modifiers and typedefs, and the names of the first and of the last typedef on the way. */
  #target(id: number): { readonly type: BtfType | undefined; readonly alias: string; readonly inner: string } {
    const btf = this.#btf;
    let at = btf.skipModifiers(id);
    let alias = '';
    let inner = '';
    for (let depth = 0; btf.kind(at) === BTF_KIND_TYPEDEF && depth <= MAX_RESOLVE_DEPTH; depth++) {
      inner = btf.name(at);
      if (alias === '') alias = inner;
      at = btf.skipModifiers(btf.refType(at));
    }
    return { type: at === 0 ? undefined : dataType(btf, at), alias, inner };
  }

  /** @param hint name for what has none; anonymous types of different places stay apart */
  #keyOf(type: BtfType, isLast: boolean, hint: string): string {
    return `${this.#identity.of(type.id)} ${type.name === '' ? hint : ''} ${isLast || !this.#endsFlexible(type.id, 0)}`;
  }

  #nameOf(key: string, wanted: string): string {
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, (name = this.#scope.take(toIdentifier(wanted))));
    return name;
  }

  /** How a type is written where it is used; declares what it needs. */
  #use(id: number, hint: string, isLast: boolean, depth: number, field?: TsField): TsUse {
    spendItem(this.#budget, id);
    if (depth > MAX_DATA_DEPTH) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'nested too deeply', { need: `at most ${MAX_DATA_DEPTH} levels` });
    const { type, alias, inner } = this.#target(id);
    switch (type?.kind) {
      case BTF_KIND_INT: {
        const narrow = bitsOfMember({ name: '', type: id, bitOff: 0, bitfieldSize: 0 }, type);
        return this.#useScalar(type, alias, field?.range ?? (narrow.bits === 0 ? undefined : narrow), type.name);
      }
      case BTF_KIND_PTR:
        return this.#useScalar(type, alias, undefined, 'ptr');
      case BTF_KIND_FLOAT:
        if (type.size === 4 || type.size === 8) return this.#useScalar(type, alias, undefined, type.name);
        return this.#useRawFloat(type.name, type.size);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return this.#useEnum(type, inner === '' ? hint : inner, field);
      case BTF_KIND_ARRAY:
        return this.#useArray(type, hint, isLast, depth);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
      case BTF_KIND_DATASEC:
        return this.#useStruct(type, inner === '' ? hint : inner, isLast, depth);
      default:
        throw new DecodeError('BTF_NO_SIZE', `btf: type ${id}`, type === undefined ? 'void has no size' : `kind ${type.kind} has no value`);
    }
  }

  #useScalar(type: BtfScalar, alias: string, range: TsField['range'], word: string): TsUse {
    const size = this.#btf.resolveSize(type.id);
    const scalar = toScalar(type, range, this.#order, size);
    const value = alias === '' ? scalar.type : this.#alias(alias, scalar.type);
    return { value, scalar, view: '', label: alias === '' ? toIdentifier(word) : value, size };
  }

  /** `export type u32 = number;` */
  #alias(name: string, target: TsScalar['type']): string {
    const key = `alias ${target} ${name}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const unique = this.#nameOf(key, name);
    this.#push(`export type ${unique} = ${target};`);
    return unique;
  }

  #useEnum(type: BtfEnum, hint: string, field: TsField | undefined): TsUse {
    const scalar = toScalar(type, field?.range, this.#order);
    if (type.values.length === 0) return { value: scalar.type, scalar, view: '', label: toIdentifier(type.name === '' ? hint : type.name), size: type.size };
    const key = this.#keyOf(type, true, hint);
    const name = this.#nameOf(key, type.name === '' ? hint : type.name);
    if (!this.#declared.has(key)) {
      this.#declared.add(key).add(`enum ${name}`);
      const scope = new TsScope(['__proto__']);
      const suffix = type.size > 4 ? 'n' : '';
      const lines = type.values.map((value) => {
        spendItem(this.#budget, type.id);
        this.#spendChars(value.name.length);
        return `  ${propertyName(scope.take(value.name))}: ${value.value}${suffix},`;
      });
      this.#push(
        `/** \`enum ${commentText(type.name)}\`, ${type.size} bytes. */\nexport const ${name} = {\n${lines.join('\n')}\n} as const;\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`,
      );
    }
    // Data may hold other values, flags together for example; the names still show in editors.
    return { value: `${name} | (${scalar.type} & {})`, scalar, view: '', label: name, size: type.size };
  }

  #useArray(type: BtfArray, hint: string, isLast: boolean, depth: number): TsUse {
    const btf = this.#btf;
    const elem = this.#use(type.type, hint, false, depth + 1);
    const count = type.nelems === 0 && isLast && elem.size > 0 ? undefined : type.nelems;
    if (elem.size === 0 && type.nelems > MAX_EMPTY_ELEMS) throw new DecodeError('BTF_DEPTH', `btf: type ${type.id}`, 'more values than the data can hold');
    const isInner = btf.kind(btf.resolveType(type.type)) === BTF_KIND_ARRAY;
    const elemType = dataType(btf, type.type);
    const dimension = count === undefined ? 'flex' : String(count);
    // Rows come last in C: `int grid[2][3]` is `int_2x3`.
    const rows = isInner ? /^(.*)_(\d+(?:x\d+)*)(?:___\d+)?$/.exec(elem.view) : null;
    const wanted = rows === null ? `${elem.label}_${dimension}` : `${rows[1]!}_${dimension}x${rows[2]!}`;
    const isText = isCharType(elemType);
    const array = { count, elem, isText, isRaw: false, doc: `Array of ${count ?? 'as many'} \`${elem.view === '' ? elem.label : elem.view}\`${count === undefined ? ' as there are' : ''}` };
    const name = this.#declareArray(`array ${elem.view === '' ? `${elem.value} ${this.#identity.of(elemType.id)}` : elem.view} ${dimension} ${isText}`, wanted, array);
    const inner = elem.value;
    const value = inner.includes('|') || inner.startsWith('readonly ') ? `readonly (${inner})[]` : `readonly ${inner}[]`;
    return { value, scalar: undefined, view: name, label: name, size: btf.resolveSize(type.id) };
  }

  /** A float that JavaScript has none of: its bytes. */
  #useRawFloat(word: string, size: number): TsUse {
    const elem: TsUse = { value: 'number', scalar: toScalar({ id: 0, name: '', kind: BTF_KIND_INT, size: 1, encoding: 0, bitOff: 0, bits: 8 }, undefined, this.#order), view: '', label: '', size: 1 };
    const name = this.#declareArray(`raw ${word} ${size}`, `${word}_bytes`, { count: size, elem, isText: false, isRaw: true, doc: `The bytes of a \`${commentText(word)}\`` });
    return { value: 'Uint8Array', scalar: undefined, view: name, label: name, size };
  }

  #declareArray(key: string, wanted: string, array: Omit<TsArray, 'name'>): string {
    const name = this.#nameOf(key, wanted);
    if (this.#declared.has(key)) return name;
    this.#declared.add(key);
    this.#usesIndex = true;
    if (array.isText) this.#usesText = true;
    this.#push(arrayText({ ...array, name }, this.#order, this.#btf.littleEndian));
    return name;
  }

  #useStruct(type: BtfComposite | BtfDatasec, hint: string, isLast: boolean, depth: number): TsUse {
    const btf = this.#btf;
    const size = sizeOfFields(btf, type);
    const own = type.kind === BTF_KIND_DATASEC ? sectionName(type.name) : type.name;
    const key = this.#keyOf(type, isLast, hint);
    const isSized = !isLast && this.#endsFlexible(type.id, 0);
    const name = this.#nameOf(key, `${own === '' ? hint : own}${isSized ? '_sized' : ''}`);
    const valueName = this.#nameOf(`value of ${key}`, `${name}_value`);
    if (!this.#declared.has(key)) {
      this.#declared.add(key);
      const place = this.#parts.push('') - 1;
      const members = this.#members(type, name, isLast, depth);
      const word = type.kind === BTF_KIND_DATASEC ? `section ${commentText(type.name)}` : commentText(formatTypeName(btf, type.id));
      this.#push(structText({ name, valueName, doc: `\`${word}\`, ${size} bytes`, size, members }, this.#order, btf.littleEndian), place);
    }
    return { value: valueName, scalar: undefined, view: name, label: name, size };
  }

  #members(type: BtfComposite | BtfDatasec, owner: string, isLast: boolean, depth: number): TsMember[] {
    const fields = fieldsOf(this.#btf, type, isLast, this.#budget);
    const last = new Map(fields.map((field, idx) => [field.name, idx]));
    const scope = new TsScope(OWN_MEMBERS);
    // Before they are written, each several times: hostile names are long.
    for (const { name } of fields) this.#spendChars(4 * name.length);
    return fields.map((field, idx) => ({
      name: field.name,
      accessor: scope.take(field.name),
      byteOff: field.byteOff,
      doc: this.#docOf(field),
      use: this.#use(field.type, `${owner}_${toIdentifier(field.name)}`, field.isLast, depth + 1, field),
      hidden: last.get(field.name) !== idx,
    }));
  }

  #docOf({ name, type, byteOff, range }: TsField): string {
    const text = formatDeclarator(this.#btf, type, name, (base) => formatTypeName(this.#btf, base), { left: 64, depth: 3 });
    if (range === undefined) return commentText(`${text}; at ${byteOff}`);
    return commentText(`${text}: ${range.bits}; at bit ${range.bitOff}`);
  }

  /** Whether a type takes what is left of the data when nothing follows it. To be asked of types that {@link TsIdentity} has found to end. */
  #endsFlexible(id: number, depth: number): boolean {
    const known = this.#flexible.get(id);
    if (known !== undefined) return known;
    if (depth > MAX_DATA_DEPTH) return false;
    const btf = this.#btf;
    const type = btf.type(id);
    let flexible = false;
    if (type.kind === BTF_KIND_ARRAY) flexible = type.nelems === 0;
    if (type.kind === BTF_KIND_STRUCT || type.kind === BTF_KIND_UNION) {
      const ends = type.kind === BTF_KIND_STRUCT ? type.members.slice(-1) : type.members;
      flexible = ends.some((member) => btf.resolveType(member.type) !== 0 && this.#endsFlexible(btf.resolveType(member.type), depth + 1));
    }
    this.#flexible.set(id, flexible);
    return flexible;
  }
}

// What does the class of a struct or of an array look like in TypeScript?
import { offsetText } from './ts-bits.ts';
import { propertyName, propertyOf } from './ts-names.ts';
import type { TsByteOrder, TsScalar } from './ts-scalar.ts';

/** How a type is written where it is used. */
export interface TsUse {
  /** Its plain value, e.g. `u32`, `point_value`, `readonly number[]`. */
  readonly value: string;
  /** For types without parts. */
  readonly scalar: TsScalar | undefined;
  /** Class for types that have parts; empty for others. */
  readonly view: string;
  /** Name in names of arrays, e.g. `u32`, `point`. */
  readonly label: string;
  /** Size in bytes. */
  readonly size: number;
}

/** A field with everything its accessor needs. */
export interface TsMember {
  /** Name in the plain value. */
  readonly name: string;
  /** Name of the accessor. */
  readonly accessor: string;
  readonly byteOff: number;
  /** C declaration and place, fit for a comment. */
  readonly doc: string;
  readonly use: TsUse;
  /** Whether a later field has the same name, and the place in the plain value. */
  readonly hidden: boolean;
}

/** Class and interface of a struct, union or section. */
export interface TsStruct {
  readonly name: string;
  readonly valueName: string;
  /** For comments, e.g. `struct point, 8 bytes`. */
  readonly doc: string;
  readonly size: number;
  readonly members: readonly TsMember[];
}

/** Class of an array. */
export interface TsArray {
  readonly name: string;
  readonly doc: string;
  /** Number of elements; undefined when it has as many as the data. */
  readonly count: number | undefined;
  readonly elem: TsUse;
  /** Whether elements are characters, so that it can be read as text. */
  readonly isText: boolean;
  /** Whether its value are bytes: floats that JavaScript has none of. */
  readonly isRaw: boolean;
}

/** Declarations that every generated file begins with. */
export function preludeText(order: TsByteOrder, needs: { readonly checkIndex: boolean; readonly text: boolean }): string {
  const chosen = order === 'constructor';
  const parts = [
    `/**
 * A place in data. Fields are read and written where they stand; nothing is copied, and reading a field allocates nothing.
 * A nested struct or array is one object that moves along with each access, so do not keep it while its owner moves.
 */
export abstract class BtfView {
  $view: DataView;
  /** Offset in {@link BtfView.$view}, bytes. */
  $off: number;${chosen ? '\n  readonly $littleEndian: boolean;' : ''}

  constructor(view: DataView, off: number${chosen ? ', littleEndian: boolean' : ''}) {
    this.$view = view;
    this.$off = off;${chosen ? '\n    this.$littleEndian = littleEndian;' : ''}
  }

  /** Moves to another offset of the same data. */
  $at(off: number): this {
    this.$off = off;
    return this;
  }

  /** Moves to other data. */
  $on(view: DataView, off: number): this {
    this.$view = view;
    this.$off = off;
    return this;
  }
}`,
    `function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}`,
  ];
  if (needs.checkIndex) {
    parts.push(`function checkIndex(i: number, length: number): number {
  if (i >>> 0 !== i || i >= length) throw new RangeError(\`index \${i} of \${length}\`);
  return i;
}`);
  }
  if (needs.text) parts.push('const decoder = new TextDecoder();\nconst encoder = new TextEncoder();');
  return parts.join('\n\n');
}

/** An expression without parentheses around all of it. */
function unwrap(text: string): string {
  if (!text.startsWith('(')) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i === text.length - 1 ? unwrap(text.slice(1, -1)) : text;
  }
  return text;
}

/** `static from`, and what a nested view is made with. */
function fromText(name: string, order: TsByteOrder, defaultLittle: boolean): string {
  if (order !== 'constructor') {
    return `  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): ${name} {
    return new ${name}(viewOf(bytes), off);
  }`;
  }
  return `  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0, littleEndian: boolean = ${defaultLittle}): ${name} {
    return new ${name}(viewOf(bytes), off, littleEndian);
  }`;
}

function newText(view: string, order: TsByteOrder): string {
  return `new ${view}(this.$view, 0${order === 'constructor' ? ', this.$littleEndian' : ''})`;
}

/** The interface and the class of a struct, union or section. */
export function structText(struct: TsStruct, order: TsByteOrder, defaultLittle: boolean): string {
  const { name, valueName, members } = struct;
  const plain = members.filter(({ hidden }) => !hidden);
  const lines = [`/** Plain value of ${struct.doc}. */`, `export interface ${valueName} {`];
  for (const member of plain) lines.push(`  readonly ${propertyName(member.name)}: ${member.use.value};`);
  lines.push('}', '', `/** ${struct.doc[0]!.toUpperCase()}${struct.doc.slice(1)}. */`, `export class ${name} extends BtfView {`);
  lines.push('  /** Size in bytes. */', `  static readonly SIZE = ${struct.size};`, '', fromText(name, order, defaultLittle));
  for (const [idx, member] of members.entries()) {
    const property = propertyName(member.accessor);
    const { use, byteOff } = member;
    lines.push('');
    if (use.scalar === undefined) {
      const slot = `#v${idx}`;
      lines.push(`  ${slot}: ${use.view} | undefined;`, `  /** \`${member.doc}\` */`, `  get ${property}(): ${use.view} {`);
      lines.push(`    return (this.${slot} ??= ${newText(use.view, order)}).$on(this.$view, ${offsetText('this.$off', byteOff)});`, '  }');
      continue;
    }
    lines.push(`  /** \`${member.doc}\` */`, `  get ${property}(): ${use.value} {`, `    return ${unwrap(use.scalar.read('this.$off', byteOff))};`, '  }');
    lines.push(`  set ${property}(value: ${use.value}) {`, ...use.scalar.write('this.$off', byteOff).map((line) => `    ${line}`), '  }');
  }
  lines.push('', '  /** The plain value: a copy. */', `  $get(): ${valueName} {`, '    return {');
  for (const { name: key, accessor, use } of plain) lines.push(`      ${propertyName(key)}: ${propertyOf('this', accessor)}${use.scalar === undefined ? '.$get()' : ''},`);
  lines.push('    };', '  }', '', '  /** Writes the fields that are given; of a union the last one counts. */');
  if (plain.length === 0) return [...lines, `  $set(_value: Partial<${valueName}>): this {`, '    return this;', '  }', '}'].join('\n');
  lines.push(`  $set(value: Partial<${valueName}>): this {`);
  for (const { name: key, accessor, use } of plain) {
    const given = propertyOf('value', key);
    const target = propertyOf('this', accessor);
    lines.push(`    if (${given} !== undefined) ${use.scalar === undefined ? `${target}.$set(${given})` : `${target} = ${given}`};`);
  }
  return [...lines, '    return this;', '  }', '}'].join('\n');
}

/** The class of an array. */
export function arrayText(array: TsArray, order: TsByteOrder, defaultLittle: boolean): string {
  const { name, elem, count } = array;
  const isBytes = elem.scalar !== undefined && elem.size === 1;
  const step = elem.size === 1 ? '' : ` * ${elem.size}`;
  const off = `this.$off + checkIndex(i, ${count ?? 'this.length'})${step}`;
  const value = elem.value.includes('|') ? `(${elem.value})` : elem.value;
  const elemValue = elem.value.startsWith('readonly ') ? `readonly (${elem.value})[]` : `readonly ${value}[]`;
  const length = count ?? `Math.max(0, Math.floor((this.$view.byteLength - this.$off) / ${elem.size}))`;
  const lines = [`/** ${array.doc}. */`, `export class ${name} extends BtfView {`, '  /** Size in bytes. */', `  static readonly SIZE = ${(count ?? 0) * elem.size};`];
  lines.push('', fromText(name, order, defaultLittle), '');
  lines.push(count === undefined ? '  /** Number of elements: what the data has from here on. */' : '  /** Number of elements. */', '  get length(): number {', `    return ${length};`, '  }', '');
  if (elem.scalar === undefined) {
    lines.push(`  #elem: ${elem.view} | undefined;`, '  /** The element at an index: one object that moves. @throws RangeError */', `  at(i: number): ${elem.view} {`);
    lines.push(`    return (this.#elem ??= ${newText(elem.view, order)}).$on(this.$view, ${off});`, '  }');
  } else {
    lines.push('  /** The element at an index. @throws RangeError */', `  at(i: number): ${elem.value} {`, `    const off = ${off};`, `    return ${unwrap(elem.scalar.read('off', 0))};`, '  }', '');
    lines.push('  /** Writes the element at an index. @throws RangeError */', `  set(i: number, value: ${elem.value}): void {`, `    const off = ${off};`);
    lines.push(...elem.scalar.write('off', 0).map((line) => `    ${line}`), '  }');
  }
  if (isBytes) {
    lines.push('', '  /** The bytes themselves, shared with the data. */', '  bytes(): Uint8Array {');
    lines.push('    return new Uint8Array(this.$view.buffer, this.$view.byteOffset + this.$off, this.length);', '  }');
  }
  if (array.isText) lines.push(...TEXT_ACCESSORS);
  if (array.isRaw) {
    lines.push('', '  /** The plain value: a copy. */', '  $get(): Uint8Array {', '    return this.bytes().slice();', '  }', '');
    return [...lines, '  $set(value: Uint8Array): this {', '    this.bytes().set(value);', '    return this;', '  }', '}'].join('\n');
  }
  const read = elem.scalar === undefined ? 'this.at(i).$get()' : 'this.at(i)';
  const write = elem.scalar === undefined ? 'this.at(i).$set(item)' : 'this.set(i, item)';
  lines.push('', '  /** The plain value: a copy. */', `  $get(): ${elemValue} {`, `    const out: ${elem.value.startsWith('readonly ') ? `(${elem.value})` : value}[] = [];`);
  lines.push('    for (let i = 0, { length } = this; i < length; i++) out.push(' + `${read});`, '    return out;', '  }', '');
  lines.push('  /** Writes elements from the first on. @throws RangeError when there are more than fit */', `  $set(values: ${elemValue}): this {`);
  return [...lines, '    values.forEach((item, i) => {', `      ${write};`, '    });', '    return this;', '  }', '}'].join('\n');
}

const TEXT_ACCESSORS: readonly string[] = `
  /** The characters before the first NUL, as UTF-8. Writing fills the rest with NUL. @throws RangeError when it is longer than the array */
  get text(): string {
    const { length } = this;
    let end = 0;
    while (end < length && this.$view.getUint8(this.$off + end) !== 0) end++;
    return decoder.decode(new Uint8Array(this.$view.buffer, this.$view.byteOffset + this.$off, end).slice());
  }
  set text(value: string) {
    const bytes = encoder.encode(value);
    if (bytes.length > this.length) throw new RangeError(\`text of \${bytes.length} bytes, room for \${this.length}\`);
    const target = this.bytes();
    target.fill(0);
    target.set(bytes);
  }`.split('\n');

// What does the definition of one struct, enumeration or typedef look like in C?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { paddingFields } from './c-padding.ts';
import { formatDeclarator, formatTypeName } from './declarator.ts';
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FWD, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION } from './kinds.ts';
import type { BtfComposite, BtfEnum } from './types.ts';

/** Deepest nesting of anonymous structs. */
const MAX_NESTING = 64;
/** Lines of a header beyond two for each word of its types: anonymous types may be written in many places, padding may be long. */
const MORE_LINES = 500_000;

/** Writes definitions, and keeps names apart that C would confuse. */
export class CDefinitions {
  readonly #btf: Btf;
  /** Name of a struct, union, enumeration or typedef in this header, by id. */
  readonly #names: Map<number, string> = new Map();
  /** How often a tag (of a struct, union or enumeration) was taken. */
  readonly #tags: Map<string, number> = new Map();
  /** How often an identifier (of a typedef or enumerator) was taken. */
  readonly #idents: Map<string, number> = new Map();
  #nesting = 0;
  #linesLeft: number;

  constructor(btf: Btf) {
    this.#btf = btf;
    this.#linesLeft = MORE_LINES + 2 * btf.words.length;
  }

  /** `struct name`, `union name` or `enum name`. */
  tagName(id: number): string {
    const kind = this.#btf.kind(id);
    const isUnion = kind === BTF_KIND_UNION || (kind === BTF_KIND_FWD && this.#btf.kindFlag(id));
    return `${kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64 ? 'enum' : isUnion ? 'union' : 'struct'} ${this.#nameOf(id, this.#tags)}`;
  }

  /** `typedef int name`, without semicolon. */
  typedef(id: number): string {
    const name = this.#nameOf(id, this.#idents);
    const type = this.#btf.refType(id);
    // Old GCC describes this one as void.
    if (name === '__gnuc_va_list' && type === 0) return 'typedef __builtin_va_list __gnuc_va_list';
    return `typedef ${this.#declare(type, name, 0)}`;
  }

  /** `int name(struct x *)`, without semicolon. */
  prototype(funcId: number): string {
    return this.#declare(this.#btf.refType(funcId), this.#btf.name(funcId), 0);
  }

  /** A struct or union with its members, without semicolon. @param level tabs that the closing brace gets */
  composite(id: number, level: number): string {
    const type = this.#btf.type(id) as BtfComposite;
    this.#spend(type.members.length + 1);
    const isStruct = type.kind === BTF_KIND_STRUCT;
    const packed = this.#isPacked(type);
    const indent = '\t'.repeat(level + 1);
    let text = `${isStruct ? 'struct' : 'union'}${type.name === '' ? '' : ` ${this.#nameOf(id, this.#tags)}`} {`;
    let bitOff = 0;
    let afterBitfield = false;
    for (const member of type.members) {
      const isBitfield = member.bitfieldSize !== 0;
      if (isStruct) text += this.#padding(bitOff, member.bitOff, packed ? 1 : this.#alignOf(member.type), afterBitfield && isBitfield, indent);
      text += `\n${indent}${this.#declare(member.type, member.name, level + 1)}${isBitfield ? `: ${member.bitfieldSize}` : ''};`;
      bitOff = member.bitOff + (isBitfield ? member.bitfieldSize : 8 * this.#sizeOf(member.type));
      afterBitfield = isBitfield;
    }
    if (isStruct) text += this.#padding(bitOff, 8 * type.size, packed ? 1 : this.#alignOf(id), false, indent);
    else text += this.#unionFiller(type, packed, indent);
    if (type.members.length > 0 || type.size > 0) text += `\n${'\t'.repeat(level)}`;
    return `${text}}${packed ? ' __attribute__((packed))' : ''}`;
  }

  /** An enumeration with its values, without semicolon. @param level tabs that the closing brace gets */
  enumeration(id: number, level: number): string {
    const type = this.#btf.type(id);
    if (type.kind !== BTF_KIND_ENUM && type.kind !== BTF_KIND_ENUM64) return this.tagName(id);
    const tag = type.name === '' ? 'enum' : this.tagName(id);
    if (type.values.length === 0) return tag;
    this.#spend(type.values.length + 1);
    const indent = '\t'.repeat(level + 1);
    const suffix = type.kind === BTF_KIND_ENUM ? '' : type.signed ? 'LL' : 'ULL';
    let text = `${tag} {`;
    for (const value of type.values) text += `\n${indent}${this.#unique(value.name, this.#idents)} = ${value.value}${suffix},`;
    return `${text}\n${'\t'.repeat(level)}}${enumMode(type)}`;
  }

  #declare(type: number, name: string, level: number): string {
    return formatDeclarator(this.#btf, type, name, (base) => this.#specifier(base, level), { left: 4096, depth: 16 });
  }

  /** A base type where it is used: anonymous ones are defined on the spot. */
  #specifier(id: number, level: number): string {
    const btf = this.#btf;
    const kind = btf.kind(id);
    const isAnonymous = id !== 0 && btf.name(id) === '';
    switch (kind) {
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION: {
        if (!isAnonymous) return this.tagName(id);
        if (++this.#nesting > MAX_NESTING) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'anonymous types nested too deeply');
        const text = this.composite(id, level);
        this.#nesting--;
        return text;
      }
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return isAnonymous ? this.enumeration(id, level) : this.tagName(id);
      case BTF_KIND_FWD:
        return this.tagName(id);
      case BTF_KIND_TYPEDEF:
        return this.#nameOf(id, this.#idents);
      default:
        return formatTypeName(btf, id);
    }
  }

  #nameOf(id: number, taken: Map<string, number>): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      const kind = this.#btf.kind(id);
      // What is only declared takes no name from what is defined.
      const isForward = kind === BTF_KIND_FWD || (kind === BTF_KIND_ENUM && this.#btf.vlen(id) === 0);
      name = isForward ? this.#btf.name(id) : this.#unique(this.#btf.name(id), taken);
      this.#names.set(id, name);
    }
    return name;
  }

  /** A name, or when it is taken `name___2` and so on. */
  #unique(name: string, taken: Map<string, number>): string {
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return count === 1 ? name : `${name}___${count}`;
  }

  /** What makes a union as large as it is, where members do not: one was aligned by hand. libbpf leaves this out. */
  #unionFiller(type: BtfComposite, packed: boolean, indent: string): string {
    const { members, size } = type;
    // pahole loses the members of a transparent union, but such a union is never a member.
    if (members.length === 0 || size > 8) return '';
    let max = 0;
    let align = 1;
    for (const member of members) {
      max = Math.max(max, member.bitfieldSize === 0 ? this.#sizeOf(member.type) : Math.ceil(member.bitfieldSize / 8));
      align = Math.max(align, this.#alignOf(member.type));
    }
    return Math.ceil(max / align) * align < size || (packed && max < size) ? `\n${indent}${size > 4 ? 'long' : 'int'}: ${8 * size};` : '';
  }

  #padding(from: number, to: number, align: number, inBitfield: boolean, indent: string): string {
    if (from >= to) return '';
    this.#spend(Math.ceil((to - from) / 64));
    let text = '';
    for (const [type, bits] of paddingFields(from, to, align, inBitfield)) {
      text += `\n${indent}${type}: ${bits};`;
    }
    return text;
  }

  /** Whether members stand, or the struct or union ends, where C would not put them by itself. libbpf forgets unions. */
  #isPacked(type: BtfComposite): boolean {
    let max = 1;
    for (const member of type.members) {
      const align = this.#alignOf(member.type);
      if (member.bitfieldSize === 0 && member.bitOff % (8 * align) !== 0) return true;
      if (align > max) max = align;
    }
    return type.size % max !== 0;
  }

  /** Alignment in bytes, 1 where there is none. */
  #alignOf(id: number): number {
    return orElse(() => this.#btf.alignOf(id), 1);
  }

  /** Size in bytes, 0 where there is none. */
  #sizeOf(id: number): number {
    return orElse(() => this.#btf.resolveSize(id), 0);
  }

  #spend(lines: number): void {
    this.#linesLeft -= lines;
    if (this.#linesLeft < 0) throw new DecodeError('BTF_DEPTH', 'btf', 'too much text: anonymous types or padding without end');
  }
}

/**
 * Clang and GCC make an enumeration narrower than int only when told so, and wider only when a value needs it.
 *
 * libbpf leaves this out for 2 bytes, and for 8 when a value is negative; such types get another size from its headers.
 */
function enumMode({ kind, size, values }: BtfEnum): string {
  if (size === 1) return ' __attribute__((mode(byte)))';
  if (size === 2) return ' __attribute__((mode(HI)))';
  if (size !== 8) return '';
  if (kind === BTF_KIND_ENUM) return ' __attribute__((mode(word)))';
  let min = 0n;
  let max = 0n;
  for (const value of values) {
    const wide = BigInt(value.value);
    if (wide < min) min = wide;
    if (wide > max) max = wide;
  }
  const fits32 = min >= -0x8000_0000n && max <= (min < 0n ? 0x7fff_ffffn : 0xffff_ffffn);
  return fits32 ? ' __attribute__((mode(word)))' : '';
}

function orElse(get: () => number, otherwise: number): number {
  try {
    return get();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return otherwise;
    throw error;
  }
}

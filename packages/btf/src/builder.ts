// How is a BTF put together?
import { UnsupportedError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import {
  BTF_FUNC_GLOBAL, BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT,
  BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF,
  BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { ELEM_WORDS, INFO_WORDS, infoKind, infoVlen, packInfo, RECORD_WORDS } from './layout.ts';
import { parseBtf } from './parse.ts';
import { encodeBlob, RecordList } from './records.ts';
import { recordLength, remapStrings, remapTypes } from './remap.ts';
import { StringTable } from './string-table.ts';
import type { BtfParam, BtfVarSecinfo } from './types.ts';

/** Most elements of one type. */
const MAX_VLEN = 0xff_ffff;

/** How to build. */
export interface BtfBuilderOptions {
  /** Makes a split BTF: ids and strings continue those of this one. */
  readonly base?: Btf | undefined;
}

/**
 * Builds a BTF type by type. Every `add…` method returns the new type's id; ids that are referred to may be added later.
 * Texts are stored once. Wrong use throws RangeError; references that point nowhere are found by {@link BtfBuilder.build}.
 *
 * @example
 * ```ts
 * import { BTF_INT_SIGNED, BtfBuilder, formatDeclaration } from '@rootlet/btf';
 *
 * const builder = new BtfBuilder();
 * const int = builder.addInt('int', 4, BTF_INT_SIGNED);
 * const point = builder.addStruct('point', 8);
 * builder.addField('x', int, 0);
 * builder.addField('y', int, 32);
 * const btf = builder.build();
 * console.log(formatDeclaration(btf, point, 'origin'), btf.resolveSize(point)); // struct point origin 8
 * ```
 */
export class BtfBuilder {
  /** First own id. */
  readonly startId: number;
  readonly #base: Btf | undefined;
  #strings: StringTable;
  readonly #records: RecordList;
  /** Per source of copies: 1 + new offset of each old string offset. */
  readonly #copied: WeakMap<Btf, Uint32Array> = new WeakMap();

  constructor(options: BtfBuilderOptions = {}) {
    this.#base = options.base;
    this.startId = options.base?.typeCount ?? 1;
    this.#strings = new StringTable(options.base);
    this.#records = new RecordList();
  }

  /** A builder that holds all of a BTF, with the same ids and string offsets: to patch and to add to. */
  static from(btf: Btf): BtfBuilder {
    const builder = new BtfBuilder({ base: btf.base });
    builder.#strings = new StringTable(btf.base, btf.strings);
    for (let id = btf.startId; id < btf.typeCount; id++) builder.#appendRecord(btf, id);
    return builder;
  }

  /** One more than the last id. */
  get typeCount(): number {
    return this.startId + this.#records.count;
  }

  /** Offset of a text in the string section; it is added when it is not there. @libbpf btf__add_str */
  addString(text: string): number {
    return this.#strings.add(text);
  }

  /**
   * @param size bytes
   * @param encoding `BTF_INT_SIGNED | BTF_INT_CHAR | BTF_INT_BOOL`
   * @param bits value bits, all when absent
   */
  addInt(name: string, size: number, encoding = 0, bits: number = 8 * size, bitOff = 0): number {
    return this.#add(BTF_KIND_INT, name, size, false, [((encoding & 0xf) << 24) | ((bitOff & 0xff) << 16) | (bits & 0xff)]);
  }

  addPtr(type: number): number {
    return this.#add(BTF_KIND_PTR, '', type);
  }

  addArray(type: number, indexType: number, nelems: number): number {
    return this.#add(BTF_KIND_ARRAY, '', 0, false, [type, indexType, nelems]);
  }

  /** A struct without members: follow with {@link BtfBuilder.addField}. @param size bytes */
  addStruct(name: string, size: number): number {
    return this.#add(BTF_KIND_STRUCT, name, size);
  }

  /** A union without members: follow with {@link BtfBuilder.addField}. @param size bytes */
  addUnion(name: string, size: number): number {
    return this.#add(BTF_KIND_UNION, name, size);
  }

  /**
   * Adds a member to the struct or union added last. The first bitfield turns the kind flag on.
   *
   * @param bitOff from the start of the struct, bits
   * @param bitfieldSize bits; 0 when it is no bitfield
   */
  addField(name: string, type: number, bitOff: number, bitfieldSize = 0): void {
    const at = this.#last([BTF_KIND_STRUCT, BTF_KIND_UNION], 'field');
    const { words } = this.#records;
    const first = at + RECORD_WORDS;
    let kindFlag = words[at + 1]! >>> 31 === 1;
    if (bitfieldSize !== 0 && !kindFlag) {
      for (let i = 0; i < infoVlen(words[at + 1]!); i++) {
        if (words[first + 3 * i + 2]! > 0xff_ffff) throw new RangeError('btf: no bitfields beside members at 2^24 bits and more');
      }
      words[at + 1] = (words[at + 1]! | 0x8000_0000) >>> 0;
      kindFlag = true;
    }
    if (kindFlag && (bitOff > 0xff_ffff || bitfieldSize > 0xff)) throw new RangeError(`btf: bit offset ${bitOff} or size ${bitfieldSize} too large`);
    this.#addElement(at, [this.#strings.add(name), type, kindFlag ? (bitfieldSize << 24) | bitOff : bitOff]);
  }

  /** An enumeration without values: follow with {@link BtfBuilder.addEnumValue}. @param size bytes, up to 4 */
  addEnum(name: string, size: number, signed = false): number {
    return this.#add(BTF_KIND_ENUM, name, size, signed);
  }

  /** An enumeration of 64-bit values: follow with {@link BtfBuilder.addEnumValue}. @param size bytes */
  addEnum64(name: string, size = 8, signed = false): number {
    return this.#add(BTF_KIND_ENUM64, name, size, signed);
  }

  /** Adds a value to the ENUM or ENUM64 added last. */
  addEnumValue(name: string, value: number | bigint): void {
    const at = this.#last([BTF_KIND_ENUM, BTF_KIND_ENUM64], 'enumerator');
    const str = this.#strings.add(name);
    const wide = BigInt.asUintN(64, BigInt(value));
    const low = Number(wide & 0xffff_ffffn);
    this.#addElement(at, infoKind(this.#records.words[at + 1]!) === BTF_KIND_ENUM ? [str, low] : [str, low, Number(wide >> 32n)]);
  }

  addFwd(name: string, union = false): number {
    return this.#add(BTF_KIND_FWD, name, 0, union);
  }

  addTypedef(name: string, type: number): number {
    return this.#add(BTF_KIND_TYPEDEF, name, type);
  }

  addConst(type: number): number {
    return this.#add(BTF_KIND_CONST, '', type);
  }

  addVolatile(type: number): number {
    return this.#add(BTF_KIND_VOLATILE, '', type);
  }

  addRestrict(type: number): number {
    return this.#add(BTF_KIND_RESTRICT, '', type);
  }

  /** @param kindFlag whether `value` is an attribute other than `btf_type_tag` */
  addTypeTag(value: string, type: number, kindFlag = false): number {
    return this.#add(BTF_KIND_TYPE_TAG, value, type, kindFlag);
  }

  /** @param linkage `BTF_FUNC_STATIC`, `BTF_FUNC_GLOBAL`, `BTF_FUNC_EXTERN` */
  addFunc(name: string, protoId: number, linkage: number = BTF_FUNC_GLOBAL): number {
    const id = this.#add(BTF_KIND_FUNC, name, protoId);
    this.setLinkage(id, linkage);
    return id;
  }

  /** A prototype; more parameters may follow with {@link BtfBuilder.addParam}. */
  addFuncProto(returnType: number, params: readonly BtfParam[] = []): number {
    const id = this.#add(BTF_KIND_FUNC_PROTO, '', returnType);
    for (const param of params) this.addParam(param.name, param.type);
    return id;
  }

  /** Adds a parameter to the FUNC_PROTO added last. Empty name and type 0: varargs. */
  addParam(name: string, type: number): void {
    this.#addElement(this.#last([BTF_KIND_FUNC_PROTO], 'parameter'), [this.#strings.add(name), type]);
  }

  /** @param linkage `BTF_VAR_STATIC`, `BTF_VAR_GLOBAL_ALLOCATED`, `BTF_VAR_GLOBAL_EXTERN` */
  addVar(name: string, type: number, linkage: number): number {
    return this.#add(BTF_KIND_VAR, name, type, false, [linkage]);
  }

  /** A data section; more variables may follow with {@link BtfBuilder.addVarSecinfo}. @param size bytes */
  addDatasec(name: string, size: number, vars: readonly BtfVarSecinfo[] = []): number {
    const id = this.#add(BTF_KIND_DATASEC, name, size);
    for (const info of vars) this.addVarSecinfo(info.type, info.byteOff, info.size);
    return id;
  }

  /** Adds a variable's place to the DATASEC added last. */
  addVarSecinfo(type: number, byteOff: number, size: number): void {
    this.#addElement(this.#last([BTF_KIND_DATASEC], 'variable'), [type, byteOff, size]);
  }

  addFloat(name: string, size: number): number {
    return this.#add(BTF_KIND_FLOAT, name, size);
  }

  /**
   * @param componentIdx member or parameter index; -1 for the declaration itself
   * @param kindFlag whether `value` is an attribute other than `btf_decl_tag`
   */
  addDeclTag(value: string, type: number, componentIdx = -1, kindFlag = false): number {
    return this.#add(BTF_KIND_DECL_TAG, value, type, kindFlag, [componentIdx]);
  }

  /**
   * Copies one type of another BTF.
   *
   * @param mapId new id for each id it refers to; the same when absent
   * @throws UNSUPPORTED for kinds that are not known
   * @libbpf btf__add_type
   */
  addType(src: Btf, id: number, mapId?: (id: number) => number): number {
    const at = this.#appendRecord(src, id);
    remapStrings(this.#records.words, at, this.stringMap(src));
    if (mapId !== undefined) remapTypes(this.#records.words, at, mapId);
    return this.typeCount - 1;
  }

  /**
   * Appends all own types of another BTF, which must stand alone or be split on the same base as this.
   *
   * @returns new id of each of its ids, base's ids (which stay) included
   * @libbpf btf__add_btf
   */
  addBtf(src: Btf): Uint32Array {
    if (src.base !== undefined && src.base !== this.#base) throw new RangeError('btf: cannot append a BTF that is split on another base');
    const delta = this.typeCount - src.startId;
    const ids = new Uint32Array(src.typeCount);
    for (let id = 0; id < src.typeCount; id++) ids[id] = id < src.startId ? id : id + delta;
    const mapString = this.stringMap(src);
    const mapId = (id: number): number => ids[id]!;
    for (let id = src.startId; id < src.typeCount; id++) {
      const at = this.#appendRecord(src, id);
      remapStrings(this.#records.words, at, mapString);
      remapTypes(this.#records.words, at, mapId);
    }
    return ids;
  }

  /** A function from string offsets of another BTF to offsets here; it adds each string when it is first asked for. */
  stringMap(src: Btf): (strOff: number) => number {
    let known = this.#copied.get(src);
    if (known === undefined) {
      known = new Uint32Array(src.strStart + src.strings.length);
      this.#copied.set(src, known);
    }
    const cache = known;
    const sameBase = src.base !== undefined && src.base === this.#base;
    return (strOff) => {
      if (strOff === 0 || (sameBase && strOff < src.strStart)) return strOff;
      const seen = cache[strOff]!;
      if (seen !== 0) return seen - 1;
      let owner = src;
      while (strOff < owner.strStart && owner.base !== undefined) owner = owner.base;
      const off = this.#strings.addBytes(owner.strings, strOff - owner.strStart);
      cache[strOff] = off + 1;
      return off;
    };
  }

  /** Changes the linkage of a FUNC or VAR. */
  setLinkage(id: number, linkage: number): void {
    const { words } = this.#records;
    const at = this.#own(id, [BTF_KIND_FUNC, BTF_KIND_VAR]);
    if (infoKind(words[at + 1]!) === BTF_KIND_FUNC) words[at + 1] = packInfo(BTF_KIND_FUNC, linkage, false);
    else words[at + RECORD_WORDS] = linkage;
  }

  /** Changes the name of a type; empty makes it anonymous. */
  setName(id: number, name: string): void {
    const str = this.#strings.add(name);
    this.#records.words[this.#own(id)] = str;
  }

  /** Changes the type that a PTR, TYPEDEF, modifier, FUNC, VAR or tag refers to, or a FUNC_PROTO returns. */
  setRefType(id: number, type: number): void {
    const at = this.#own(id, [
      BTF_KIND_PTR, BTF_KIND_TYPEDEF, BTF_KIND_VOLATILE, BTF_KIND_CONST, BTF_KIND_RESTRICT, BTF_KIND_TYPE_TAG, BTF_KIND_FUNC,
      BTF_KIND_FUNC_PROTO, BTF_KIND_VAR, BTF_KIND_DECL_TAG,
    ]);
    this.#records.words[at + 2] = type;
  }

  /** Changes name or type of one parameter of a FUNC_PROTO. */
  setParam(protoId: number, idx: number, param: Partial<BtfParam>): void {
    const str = param.name === undefined ? undefined : this.#strings.add(param.name);
    const { words } = this.#records;
    const at = this.#own(protoId, [BTF_KIND_FUNC_PROTO]);
    if (!(idx >= 0 && idx < infoVlen(words[at + 1]!))) throw new RangeError(`btf: type ${protoId} has no parameter ${idx}`);
    if (str !== undefined) words[at + RECORD_WORDS + 2 * idx] = str;
    if (param.type !== undefined) words[at + RECORD_WORDS + 2 * idx + 1] = param.type;
  }

  /** Changes size and, when given, all contents of a DATASEC. */
  setDatasec(id: number, size: number, vars?: readonly BtfVarSecinfo[]): void {
    let at = this.#own(id, [BTF_KIND_DATASEC]);
    if (vars !== undefined) {
      checkVlen(vars.length);
      const more = vars.length - infoVlen(this.#records.words[at + 1]!);
      if (more !== 0) at = this.#records.move(id - this.startId, 3 * more);
      const { words } = this.#records;
      words[at + 1] = packInfo(BTF_KIND_DATASEC, vars.length, false);
      vars.forEach((info, i) => words.set([info.type, info.byteOff, info.size], at + RECORD_WORDS + 3 * i));
    }
    this.#records.words[at + 2] = size;
  }

  /** The blob so far. A copy: building may go on. @param littleEndian default true */
  encode(littleEndian = true): Uint8Array<ArrayBuffer> {
    return encodeBlob(this.#records.finish(), this.#strings.ownBytes, littleEndian);
  }

  /** What was built, to be read. @throws `BTF_TYPE_ID` when a reference points nowhere */
  build(littleEndian = true): Btf {
    return parseBtf(this.encode(littleEndian), { base: this.#base });
  }

  #add(kind: number, name: string, word: number, kindFlag = false, extra: readonly number[] = []): number {
    const str = this.#strings.add(name);
    const at = this.#records.append(RECORD_WORDS + INFO_WORDS[kind]!);
    this.#records.words.set([str, packInfo(kind, 0, kindFlag), word, ...extra], at);
    return this.typeCount - 1;
  }

  #addElement(at: number, element: readonly number[]): void {
    const info = this.#records.words[at + 1]!;
    const vlen = infoVlen(info) + 1;
    checkVlen(vlen);
    const to = this.#records.extend(ELEM_WORDS[infoKind(info)]!);
    const { words } = this.#records;
    words.set(element, to);
    const now = this.#records.at(this.#records.count - 1);
    words[now + 1] = packInfo(infoKind(info), vlen, info >>> 31 === 1);
  }

  /** Word index of the last record, which must be of one of these kinds. */
  #last(kinds: readonly number[], what: string): number {
    const at = this.#records.count === 0 ? -1 : this.#records.at(this.#records.count - 1);
    if (at < 0 || !kinds.includes(infoKind(this.#records.words[at + 1]!))) throw new RangeError(`btf: the type added last takes no ${what}`);
    return at;
  }

  /** Word index of an own record, which must be of one of these kinds. */
  #own(id: number, kinds?: readonly number[]): number {
    if (!(id >= this.startId && id < this.typeCount)) throw new RangeError(`btf: type ${id} is not of this builder`);
    const at = this.#records.at(id - this.startId);
    if (kinds?.includes(infoKind(this.#records.words[at + 1]!)) === false) throw new RangeError(`btf: type ${id} is of another kind`);
    return at;
  }

  /** Copies a record as it is. @returns its word index */
  #appendRecord(src: Btf, id: number): number {
    const words = src.recordWords(id);
    const from = src.recordIdx(id);
    const length = recordLength(words, from);
    if (length === 0) throw new UnsupportedError(`btf: copying a type of kind ${infoKind(words[from + 1]!)}`);
    const at = this.#records.append(length);
    const own = this.#records.words;
    for (let i = 0; i < length; i++) own[at + i] = words[from + i]!;
    return at;
  }
}

function checkVlen(vlen: number): void {
  if (vlen > MAX_VLEN) throw new RangeError(`btf: ${vlen} elements are too many`);
}

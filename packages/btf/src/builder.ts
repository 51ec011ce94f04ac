// How is a BTF put together?
import { UnsupportedError } from '@rootlet/bytes';
import type { OwnLayout } from './blob.ts';
import { encodeBlob, layoutInOrder, layoutOf } from './blob.ts';
import type { Btf } from './btf.ts';
import { checkVlen } from './builder-core.ts';
import { TypeAdder } from './builder-add.ts';
import {
  BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_PTR, BTF_KIND_RESTRICT, BTF_KIND_TYPEDEF,
  BTF_KIND_TYPE_TAG, BTF_KIND_UNKN, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { encodeLayout, infoKind, infoVlen, packInfo, RECORD_WORDS } from './layout.ts';
import { parseBtf } from './parse.ts';
import { RecordList } from './records.ts';
import { copyRecord } from './copy-record.ts';
import { recordLength, remapStrings, remapTypes, visitTypes } from './remap.ts';
import { StringMap } from './string-map.ts';
import { StringTable } from './string-table.ts';
import type { BtfParam, BtfVarSecinfo } from './types.ts';

/** How to build. */
export interface BtfBuilderOptions {
  /** Makes a split BTF: ids and strings continue those of this one. @libbpf btf__new_empty_split */
  readonly base?: Btf | undefined;
  /** Byte order that is written when nothing else is said; the base's, or little-endian, when absent. */
  readonly littleEndian?: boolean | undefined;
}

/** How to write. */
export interface EncodeBtfOptions {
  /** The builder's when absent. */
  readonly littleEndian?: boolean | undefined;
  /**
   * Whether a kind layout section is written, and with it the 32-byte header: readers that know fewer kinds can then skip the others, but
   * kernels and libraries from before 2026 refuse the blob. When absent, only where the BTF that the builder holds has one.
   */
  readonly layout?: boolean | undefined;
}

/**
 * Builds a BTF type by type. Every `add…` method returns the new type's id; ids that are referred to may be added later.
 * Texts are stored once. Wrong use throws RangeError; references that point nowhere are found by {@link BtfBuilder.build}.
 *
 * @libbpf btf__new_empty
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
export class BtfBuilder extends TypeAdder {
  /** Per source of copies. */
  readonly #copied: WeakMap<Btf, StringMap> = new WeakMap();
  /** Per source of deep copies: new id of each copied type. */
  #deep: WeakMap<Btf, Map<number, number>> = new WeakMap();
  /** What this builder was made from, as long as none of it has changed, additions excepted. */
  #origin: Btf | undefined;
  /** Its kind layout, and its byte order. */
  #layout: (OwnLayout & { readonly littleEndian: boolean }) | undefined;
  /** Whether it has records that only its layout knows. */
  #hasUnknown = false;

  constructor(options: BtfBuilderOptions = {}) {
    super(options.base, options.littleEndian);
  }

  /**
   * A builder that holds all of a BTF, with the same ids, string offsets, byte order and kind layout: to patch and to add to.
   * What it then encodes is, as long as nothing was changed, the same bytes. Kinds that are not known stay as they are.
   */
  static from(btf: Btf): BtfBuilder {
    const builder = new BtfBuilder({ base: btf.base, littleEndian: btf.littleEndian });
    const own = layoutOf(btf);
    builder.strings = new StringTable(btf.base, btf.strings);
    builder.records = RecordList.from(btf, own?.layout);
    builder.#origin = btf;
    if (own !== undefined) builder.#layout = { ...own, littleEndian: btf.littleEndian };
    for (let id = btf.startId; id < btf.typeCount && !builder.#hasUnknown; id++) builder.#hasUnknown = btf.kind(id) === BTF_KIND_UNKN;
    return builder;
  }

  protected override touch(): void {
    this.#origin = undefined;
  }

  /** Offset of a text in the string section; it is added when it is not there. @libbpf btf__add_str */
  addString(text: string): number {
    return this.strings.add(text);
  }

  /** Offset of a text in the string section, a base's included; undefined when it is not there. @libbpf btf__find_str */
  findString(text: string): number | undefined {
    return this.strings.find(text);
  }

  /**
   * Copies one type of another BTF.
   *
   * @param mapId new id for each id it refers to; the same when absent
   * @throws UNSUPPORTED for kinds that are not known
   * @libbpf btf__add_type
   */
  addType(src: Btf, id: number, mapId?: (id: number) => number): number {
    checkKnown(src, id);
    this.#copyRecord(src, id, this.stringsOf(src), mapId);
    return this.typeCount - 1;
  }

  /**
   * Copies a type of another BTF and all that it needs: what it refers to, directly or not. What was copied from the same BTF before is
   * not copied again, and what stands in a base that both have stays there. Declaration tags refer to types, not the other way round, so
   * they are not copied.
   *
   * @returns new id of the type
   * @throws UNSUPPORTED for kinds that are not known; then nothing is copied
   */
  addTypeDeep(src: Btf, id: number): number {
    const known = this.#deep.get(src) ?? new Map<number, number>();
    const sharedEnd = src === this.base ? src.typeCount : src.base !== undefined && src.base === this.base ? src.startId : 1;
    const needed = new Set<number>();
    const pending: number[] = [];
    const need = (other: number): void => {
      if (other < sharedEnd || known.has(other) || needed.has(other)) return;
      checkKnown(src, other);
      needed.add(other);
      pending.push(other);
    };
    need(id);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) visitTypes(src.recordWords(next), src.recordIdx(next), need);
    const order = [...needed].sort((a, b) => a - b);
    order.forEach((old, i) => known.set(old, this.typeCount + i));
    this.#deep.set(src, known);
    const mapId = (old: number): number => known.get(old) ?? old;
    const strings = this.stringsOf(src);
    for (const old of order) this.#copyRecord(src, old, strings, mapId);
    return mapId(id);
  }

  /**
   * Appends all own types of another BTF, which must stand alone or be split on the same base as this.
   *
   * @returns new id of each of its ids, base's ids (which stay) included
   * @throws UNSUPPORTED for kinds that are not known; then nothing is appended
   * @libbpf btf__add_btf
   */
  addBtf(src: Btf): Uint32Array {
    if (src.base !== undefined && src.base !== this.base) throw new RangeError('btf: cannot append a BTF that is split on another base');
    for (let id = src.startId; id < src.typeCount; id++) checkKnown(src, id);
    const delta = this.typeCount - src.startId;
    const ids = new Uint32Array(src.typeCount);
    for (let id = 0; id < src.typeCount; id++) ids[id] = id < src.startId ? id : id + delta;
    this.copyTypes(src, undefined, ids);
    return ids;
  }

  /**
   * Copies many types of another BTF, in their order.
   *
   * @param chosen not 0 for each id that is copied; all own types when absent
   * @param ids new id for each old one
   * @throws UNSUPPORTED for kinds that are not known; then nothing is copied
   */
  copyTypes(src: Btf, chosen: ArrayLike<number> | undefined, ids: Uint32Array): void {
    const { startId, typeCount } = src;
    for (let id = startId; id < typeCount; id++) if (chosen === undefined || chosen[id] !== 0) checkKnown(src, id);
    const strings = this.stringsOf(src);
    const { records } = this;
    for (let id = startId; id < typeCount; id++) {
      if (chosen !== undefined && chosen[id] === 0) continue;
      const words = src.recordWords(id);
      const from = src.recordIdx(id);
      copyRecord(words, from, records, strings, ids);
    }
  }

  /** A function from string offsets of another BTF to offsets here; it adds each string when it is first asked for. */
  stringMap(src: Btf): (strOff: number) => number {
    const strings = this.stringsOf(src);
    return (strOff) => strings.map(strOff);
  }

  /** {@link BtfBuilder.stringMap} as an object, which is one for each source: for loops. */
  stringsOf(src: Btf): StringMap {
    let strings = this.#copied.get(src);
    if (strings === undefined) this.#copied.set(src, (strings = new StringMap(src, this.strings, this.base)));
    return strings;
  }

  /**
   * Gives types other ids; all references follow. Strings stay where they are.
   *
   * @param idMap new id of each old one, 0 (which stays 0) included; of a split BTF only those of its own types, from `startId` on
   * @returns new id of each old one, base's ids included: for `remapExt` and whoever else holds ids
   * @throws RangeError when this is no permutation; UNSUPPORTED for kinds that are not known
   * @libbpf btf__permute
   */
  permute(idMap: ArrayLike<number>): Uint32Array {
    const { startId, typeCount } = this;
    const skip = this.base === undefined ? 1 : 0;
    if (idMap.length !== typeCount - startId + skip) throw new RangeError(`btf: the map has ${idMap.length} ids, need ${typeCount - startId + skip}`);
    if (skip === 1 && idMap[0] !== 0) throw new RangeError('btf: void keeps id 0');
    if (this.#hasUnknown) throw new UnsupportedError('btf: permuting types of kinds that are not known');
    const ids = new Uint32Array(typeCount);
    const taken = new Uint8Array(typeCount);
    for (let id = 0; id < typeCount; id++) {
      const to = id < startId ? id : idMap[id - startId + skip]!;
      if (!(to >= Math.min(id, startId) && to < typeCount) || !Number.isInteger(to) || taken[to] !== 0) {
        throw new RangeError(`btf: the map gives type ${id} id ${to}, which is out of range or taken`);
      }
      taken[to] = 1;
      ids[id] = to;
    }
    this.touch();
    // Ids that point nowhere stay: build() names them.
    const mapId = (id: number): number => ids[id] ?? id;
    for (let idx = 0; idx < this.records.count; idx++) remapTypes(this.records.words, this.records.at(idx), mapId);
    this.records.reorder(ids.subarray(startId).map((id) => id - startId));
    this.#deep = new WeakMap();
    return ids;
  }

  /** Changes the linkage of a FUNC or VAR. */
  setLinkage(id: number, linkage: number): void {
    const { words } = this.records;
    const at = this.ownRecord(id, [BTF_KIND_FUNC, BTF_KIND_VAR]);
    if (infoKind(words[at + 1]!) === BTF_KIND_FUNC) words[at + 1] = packInfo(BTF_KIND_FUNC, linkage, false);
    else words[at + RECORD_WORDS] = linkage;
  }

  /** Changes the name of a type; empty makes it anonymous. */
  setName(id: number, name: string): void {
    const str = this.strings.add(name);
    this.records.words[this.ownRecord(id)] = str;
  }

  /** Changes the type that a PTR, TYPEDEF, modifier, FUNC, VAR or tag refers to, or a FUNC_PROTO returns. */
  setRefType(id: number, type: number): void {
    const at = this.ownRecord(id, [
      BTF_KIND_PTR, BTF_KIND_TYPEDEF, BTF_KIND_VOLATILE, BTF_KIND_CONST, BTF_KIND_RESTRICT, BTF_KIND_TYPE_TAG, BTF_KIND_FUNC,
      BTF_KIND_FUNC_PROTO, BTF_KIND_VAR, BTF_KIND_DECL_TAG,
    ]);
    this.records.words[at + 2] = type;
  }

  /** Changes name or type of one parameter of a FUNC_PROTO. */
  setParam(protoId: number, idx: number, param: Partial<BtfParam>): void {
    const str = param.name === undefined ? undefined : this.strings.add(param.name);
    const { words } = this.records;
    const at = this.ownRecord(protoId, [BTF_KIND_FUNC_PROTO]);
    if (!(idx >= 0 && idx < infoVlen(words[at + 1]!))) throw new RangeError(`btf: type ${protoId} has no parameter ${idx}`);
    if (str !== undefined) words[at + RECORD_WORDS + 2 * idx] = str;
    if (param.type !== undefined) words[at + RECORD_WORDS + 2 * idx + 1] = param.type;
  }

  /** Changes size and, when given, all contents of a DATASEC. */
  setDatasec(id: number, size: number, vars?: readonly BtfVarSecinfo[]): void {
    let at = this.ownRecord(id, [BTF_KIND_DATASEC]);
    if (vars !== undefined) {
      checkVlen(vars.length);
      const more = vars.length - infoVlen(this.records.words[at + 1]!);
      if (more !== 0) at = this.records.move(id - this.startId, 3 * more);
      const { words } = this.records;
      words[at + 1] = packInfo(BTF_KIND_DATASEC, vars.length, false);
      vars.forEach((info, i) => words.set([info.type, info.byteOff, info.size], at + RECORD_WORDS + 3 * i));
    }
    this.records.words[at + 2] = size;
  }

  /** The blob so far. A copy: building may go on. @param options or only whether it is little-endian @libbpf btf__raw_data */
  encode(options: boolean | EncodeBtfOptions = {}): Uint8Array<ArrayBuffer> {
    const wanted = typeof options === 'boolean' ? { littleEndian: options } : options;
    const littleEndian = wanted.littleEndian ?? this.littleEndian;
    if (this.#isOrigin(littleEndian, wanted.layout)) return new Uint8Array(this.#origin!.bytes);
    const own = this.#layout;
    if (wanted.layout === false && this.#hasUnknown) throw new RangeError('btf: kinds that are not known need a kind layout');
    const layout = (wanted.layout ?? own !== undefined) ? encodeLayout(own && layoutInOrder(own.bytes, own.littleEndian, littleEndian)) : undefined;
    return encodeBlob({ words: this.records.finish(), strings: this.strings.ownBytes, layout, littleEndian });
  }

  /** What was built, to be read. @throws `BTF_TYPE_ID` when a reference points nowhere */
  build(options: boolean | EncodeBtfOptions = {}): Btf {
    return parseBtf(this.encode(options), { base: this.base });
  }

  /** Whether what is to be written is the blob that this builder was made from. */
  #isOrigin(littleEndian: boolean, layout: boolean | undefined): boolean {
    const origin = this.#origin;
    return (
      origin !== undefined && origin.littleEndian === littleEndian && (layout ?? this.#layout !== undefined) === (this.#layout !== undefined) &&
      origin.typeCount === this.typeCount && origin.strings.length === this.strings.ownBytes.length
    );
  }

  /** Copies a record of a known kind. */
  #copyRecord(src: Btf, id: number, strings: StringMap, mapId?: (id: number) => number): void {
    const words = src.recordWords(id);
    const from = src.recordIdx(id);
    const length = recordLength(words, from);
    const at = this.records.append(length);
    const own = this.records.words;
    for (let i = 0; i < length; i++) own[at + i] = words[from + i]!;
    remapStrings(own, at, (strOff) => strings.map(strOff));
    if (mapId !== undefined) remapTypes(own, at, mapId);
  }
}

/** @throws UNSUPPORTED for kinds that are not known: who could tell which of its words are ids? */
function checkKnown(src: Btf, id: number): void {
  if (src.kind(id) !== BTF_KIND_UNKN) return;
  throw new UnsupportedError(id === 0 ? 'btf: copying void' : `btf: copying a type of kind ${infoKind(src.recordWords(id)[src.recordIdx(id) + 1]!)}`);
}

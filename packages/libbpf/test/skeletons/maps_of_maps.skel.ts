// Generated from the object 'maps_of_maps' by rootlet gen skeleton. Do not edit.
import * as libbpf from '@rootlet/libbpf';

/**
 * A place in data. Fields are read and written where they stand; nothing is copied, and reading a field allocates nothing.
 * A nested struct or array is one object that moves along with each access, so do not keep it while its owner moves.
 */
export abstract class BtfView {
  $view: DataView;
  /** Offset in {@link BtfView.$view}, bytes. */
  $off: number;

  constructor(view: DataView, off: number) {
    this.$view = view;
    this.$off = off;
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
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkIndex(i: number, length: number): number {
  if (i >>> 0 !== i || i >= length) throw new RangeError(`index ${i} of ${length}`);
  return i;
}

/** Plain value of `union maps_of_maps__layout`, 8 bytes. */
export interface maps_of_maps__layout_value {
  readonly "key of inner": __u32;
  readonly "value of inner": __u32;
  readonly "key of outer": __u32;
  readonly "value of outer": number;
  readonly "key of outer_hash": __u32;
  readonly "value of outer_hash": number;
  readonly "value of stack": __u32;
  readonly "value of queue": __u32;
  readonly "key of routes": prefix_value;
  readonly "value of routes": __u32;
}

/** `union maps_of_maps__layout`, 8 bytes. */
export class maps_of_maps__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): maps_of_maps__layout {
    return new maps_of_maps__layout(viewOf(bytes), off);
  }

  /** `__u32 key of inner; at 0` */
  get "key of inner"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of inner"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 value of inner; at 0` */
  get "value of inner"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of inner"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 key of outer; at 0` */
  get "key of outer"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of outer"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `unsigned int value of outer; at 0` */
  get "value of outer"(): number {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of outer"(value: number) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 key of outer_hash; at 0` */
  get "key of outer_hash"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of outer_hash"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `unsigned int value of outer_hash; at 0` */
  get "value of outer_hash"(): number {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of outer_hash"(value: number) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 value of stack; at 0` */
  get "value of stack"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of stack"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 value of queue; at 0` */
  get "value of queue"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of queue"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v8: prefix | undefined;
  /** `struct prefix key of routes; at 0` */
  get "key of routes"(): prefix {
    return (this.#v8 ??= new prefix(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `__u32 value of routes; at 0` */
  get "value of routes"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of routes"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** The plain value: a copy. */
  $get(): maps_of_maps__layout_value {
    return {
      "key of inner": this["key of inner"],
      "value of inner": this["value of inner"],
      "key of outer": this["key of outer"],
      "value of outer": this["value of outer"],
      "key of outer_hash": this["key of outer_hash"],
      "value of outer_hash": this["value of outer_hash"],
      "value of stack": this["value of stack"],
      "value of queue": this["value of queue"],
      "key of routes": this["key of routes"].$get(),
      "value of routes": this["value of routes"],
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<maps_of_maps__layout_value>): this {
    if (value["key of inner"] !== undefined) this["key of inner"] = value["key of inner"];
    if (value["value of inner"] !== undefined) this["value of inner"] = value["value of inner"];
    if (value["key of outer"] !== undefined) this["key of outer"] = value["key of outer"];
    if (value["value of outer"] !== undefined) this["value of outer"] = value["value of outer"];
    if (value["key of outer_hash"] !== undefined) this["key of outer_hash"] = value["key of outer_hash"];
    if (value["value of outer_hash"] !== undefined) this["value of outer_hash"] = value["value of outer_hash"];
    if (value["value of stack"] !== undefined) this["value of stack"] = value["value of stack"];
    if (value["value of queue"] !== undefined) this["value of queue"] = value["value of queue"];
    if (value["key of routes"] !== undefined) this["key of routes"].$set(value["key of routes"]);
    if (value["value of routes"] !== undefined) this["value of routes"] = value["value of routes"];
    return this;
  }
}

export type __u32 = number;

/** Plain value of `struct prefix`, 8 bytes. */
export interface prefix_value {
  readonly bits: __u32;
  readonly address: readonly __u8[];
}

/** `struct prefix`, 8 bytes. */
export class prefix extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): prefix {
    return new prefix(viewOf(bytes), off);
  }

  /** `__u32 bits; at 0` */
  get bits(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set bits(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v1: __u8_4 | undefined;
  /** `__u8 address[4]; at 4` */
  get address(): __u8_4 {
    return (this.#v1 ??= new __u8_4(this.$view, 0)).$on(this.$view, this.$off + 4);
  }

  /** The plain value: a copy. */
  $get(): prefix_value {
    return {
      bits: this.bits,
      address: this.address.$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<prefix_value>): this {
    if (value.bits !== undefined) this.bits = value.bits;
    if (value.address !== undefined) this.address.$set(value.address);
    return this;
  }
}

export type __u8 = number;

/** Array of 4 `__u8`. */
export class __u8_4 extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 4;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): __u8_4 {
    return new __u8_4(viewOf(bytes), off);
  }

  /** Number of elements. */
  get length(): number {
    return 4;
  }

  /** The element at an index. @throws RangeError */
  at(i: number): __u8 {
    const off = this.$off + checkIndex(i, 4);
    return this.$view.getUint8(off);
  }

  /** Writes the element at an index. @throws RangeError */
  set(i: number, value: __u8): void {
    const off = this.$off + checkIndex(i, 4);
    this.$view.setUint8(off, value);
  }

  /** The bytes themselves, shared with the data. */
  bytes(): Uint8Array {
    return new Uint8Array(this.$view.buffer, this.$view.byteOffset + this.$off, this.length);
  }

  /** The plain value: a copy. */
  $get(): readonly __u8[] {
    const out: __u8[] = [];
    for (let i = 0, { length } = this; i < length; i++) out.push(this.at(i));
    return out;
  }

  /** Writes elements from the first on. @throws RangeError when there are more than fit */
  $set(values: readonly __u8[]): this {
    values.forEach((item, i) => {
      this.set(i, item);
    });
    return this;
  }
}

/** The object maps_of_maps. */
export interface maps_of_maps extends libbpf.Skeleton {
  readonly maps: {
    /** array */
    readonly inner: libbpf.TypedMap<maps_of_maps__layout_value['key of inner'], maps_of_maps__layout_value['value of inner']>;
    /** array_of_maps, max_entries 2 */
    readonly outer: libbpf.TypedMap<maps_of_maps__layout_value['key of outer'], maps_of_maps__layout_value['value of outer']>;
    /** hash_of_maps, max_entries 8 */
    readonly outer_hash: libbpf.TypedMap<maps_of_maps__layout_value['key of outer_hash'], maps_of_maps__layout_value['value of outer_hash']>;
    /** stack, max_entries 4 */
    readonly stack: libbpf.TypedMap<undefined, maps_of_maps__layout_value['value of stack']>;
    /** queue, max_entries 4 */
    readonly queue: libbpf.TypedMap<undefined, maps_of_maps__layout_value['value of queue']>;
    /** lpm_trie, max_entries 16 */
    readonly routes: libbpf.TypedMap<maps_of_maps__layout_value['key of routes'], maps_of_maps__layout_value['value of routes']>;
  };
  readonly progs: {
    /** SEC("xdp") */
    readonly maps_of_maps: libbpf.BpfProgram;
  };
  readonly links: {
    maps_of_maps: libbpf.BpfLink | undefined;
  };
}

export const maps_of_maps: libbpf.SkeletonType<maps_of_maps, [options: libbpf.SkeletonOptions & { readonly object: libbpf.ObjectSource }]> = libbpf.defineSkeleton({
  name: 'maps_of_maps',
  layout: maps_of_maps__layout,
  maps: {
    inner: 'inner',
    outer: 'outer',
    outer_hash: 'outer_hash',
    stack: 'stack',
    queue: 'queue',
    routes: 'routes',
  },
  progs: [
    'maps_of_maps',
  ],
});

// Generated from the object 'odd_names' by rootlet gen skeleton. Do not edit.
import * as libbpf___2 from '@rootlet/libbpf';

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

/** Plain value of `union odd_names__layout`, 12 bytes. */
export interface odd_names__layout_value {
  readonly "arena.object": number;
  readonly "data.delete": number;
  readonly "data.toString": number;
  readonly "rodata___2.await": __u32;
  readonly "data_a_b.one": number;
  readonly "data_a_b___2.two": number;
  readonly "data_maps.in": libbpf | (number & {});
  readonly "data_destroy.links": odd_names_value;
  readonly "bss.function": __u64;
  readonly "key of rodata": __u32;
  readonly "value of rodata": __u64;
  readonly "key of constructor": libbpf | (number & {});
  readonly "value of constructor": odd_names_value;
  readonly "key of __proto__": number;
}

/** `union odd_names__layout`, 12 bytes. */
export class odd_names__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 12;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): odd_names__layout {
    return new odd_names__layout(viewOf(bytes), off);
  }

  /** `int arena.object; at 0` */
  get "arena.object"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "arena.object"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `int data.delete; at 0` */
  get "data.delete"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "data.delete"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `int data.toString; at 0` */
  get "data.toString"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "data.toString"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `volatile const __u32 rodata___2.await; at 0` */
  get "rodata___2.await"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "rodata___2.await"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `int data_a_b.one; at 0` */
  get "data_a_b.one"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "data_a_b.one"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `int data_a_b___2.two; at 0` */
  get "data_a_b___2.two"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "data_a_b___2.two"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `enum libbpf data_maps.in; at 0` */
  get "data_maps.in"(): libbpf | (number & {}) {
    return this.$view.getUint32(this.$off, true);
  }
  set "data_maps.in"(value: libbpf | (number & {})) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v7: odd_names | undefined;
  /** `struct odd_names data_destroy.links; at 0` */
  get "data_destroy.links"(): odd_names {
    return (this.#v7 ??= new odd_names(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `__u64 bss.function; at 0` */
  get "bss.function"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "bss.function"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `__u32 key of rodata; at 0` */
  get "key of rodata"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of rodata"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u64 value of rodata; at 0` */
  get "value of rodata"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "value of rodata"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `enum libbpf key of constructor; at 0` */
  get "key of constructor"(): libbpf | (number & {}) {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of constructor"(value: libbpf | (number & {})) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v12: odd_names | undefined;
  /** `struct odd_names value of constructor; at 0` */
  get "value of constructor"(): odd_names {
    return (this.#v12 ??= new odd_names(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `unsigned int key of __proto__; at 0` */
  get "key of __proto__"(): number {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of __proto__"(value: number) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** The plain value: a copy. */
  $get(): odd_names__layout_value {
    return {
      "arena.object": this["arena.object"],
      "data.delete": this["data.delete"],
      "data.toString": this["data.toString"],
      "rodata___2.await": this["rodata___2.await"],
      "data_a_b.one": this["data_a_b.one"],
      "data_a_b___2.two": this["data_a_b___2.two"],
      "data_maps.in": this["data_maps.in"],
      "data_destroy.links": this["data_destroy.links"].$get(),
      "bss.function": this["bss.function"],
      "key of rodata": this["key of rodata"],
      "value of rodata": this["value of rodata"],
      "key of constructor": this["key of constructor"],
      "value of constructor": this["value of constructor"].$get(),
      "key of __proto__": this["key of __proto__"],
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<odd_names__layout_value>): this {
    if (value["arena.object"] !== undefined) this["arena.object"] = value["arena.object"];
    if (value["data.delete"] !== undefined) this["data.delete"] = value["data.delete"];
    if (value["data.toString"] !== undefined) this["data.toString"] = value["data.toString"];
    if (value["rodata___2.await"] !== undefined) this["rodata___2.await"] = value["rodata___2.await"];
    if (value["data_a_b.one"] !== undefined) this["data_a_b.one"] = value["data_a_b.one"];
    if (value["data_a_b___2.two"] !== undefined) this["data_a_b___2.two"] = value["data_a_b___2.two"];
    if (value["data_maps.in"] !== undefined) this["data_maps.in"] = value["data_maps.in"];
    if (value["data_destroy.links"] !== undefined) this["data_destroy.links"].$set(value["data_destroy.links"]);
    if (value["bss.function"] !== undefined) this["bss.function"] = value["bss.function"];
    if (value["key of rodata"] !== undefined) this["key of rodata"] = value["key of rodata"];
    if (value["value of rodata"] !== undefined) this["value of rodata"] = value["value of rodata"];
    if (value["key of constructor"] !== undefined) this["key of constructor"] = value["key of constructor"];
    if (value["value of constructor"] !== undefined) this["value of constructor"].$set(value["value of constructor"]);
    if (value["key of __proto__"] !== undefined) this["key of __proto__"] = value["key of __proto__"];
    return this;
  }
}

export type __u32 = number;

/** `enum libbpf`, 4 bytes. */
export const libbpf = {
  BPF_MAP: 0,
  DataView: 5,
} as const;
export type libbpf = (typeof libbpf)[keyof typeof libbpf];

/** Plain value of `struct odd_names`, 12 bytes. */
export interface odd_names_value {
  readonly constructor: __u32;
  readonly class: __u32;
  readonly toString: readonly __u8[];
}

/** `struct odd_names`, 12 bytes. */
export class odd_names extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 12;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): odd_names {
    return new odd_names(viewOf(bytes), off);
  }

  /** `__u32 constructor; at 0` */
  get constructor___2(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set constructor___2(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 class; at 4` */
  get class(): __u32 {
    return this.$view.getUint32(this.$off + 4, true);
  }
  set class(value: __u32) {
    this.$view.setUint32(this.$off + 4, value, true);
  }

  #v2: __u8_4 | undefined;
  /** `__u8 toString[4]; at 8` */
  get toString___2(): __u8_4 {
    return (this.#v2 ??= new __u8_4(this.$view, 0)).$on(this.$view, this.$off + 8);
  }

  /** The plain value: a copy. */
  $get(): odd_names_value {
    return {
      constructor: this.constructor___2,
      class: this.class,
      toString: this.toString___2.$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<odd_names_value>): this {
    if (value.constructor !== undefined) this.constructor___2 = value.constructor;
    if (value.class !== undefined) this.class = value.class;
    if (value.toString !== undefined) this.toString___2.$set(value.toString);
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

export type __u64 = bigint;

/** The object odd_names. */
export interface odd_names_skel extends libbpf___2.Skeleton {
  readonly maps: {
    /** array */
    readonly rodata: libbpf___2.TypedMap<odd_names__layout_value['key of rodata'], odd_names__layout_value['value of rodata']>;
    /** hash, max_entries 8 */
    readonly constructor: libbpf___2.TypedMap<odd_names__layout_value['key of constructor'], odd_names__layout_value['value of constructor']>;
    /** array */
    readonly ['__proto__']: libbpf___2.TypedMap<odd_names__layout_value['key of __proto__'], Uint8Array>;
    /** arena, max_entries 4 */
    readonly load: libbpf___2.TypedMap<undefined, undefined>;
    /** variables of .data */
    readonly data: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .rodata */
    readonly rodata___2: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data.a.b */
    readonly data_a_b: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data.a_b */
    readonly data_a_b___2: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data.maps */
    readonly data_maps: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data.destroy */
    readonly data_destroy: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .bss */
    readonly bss: libbpf___2.TypedMap<Uint8Array, Uint8Array>;
  };
  readonly progs: {
    /** SEC("syscall") */
    readonly valueOf: libbpf___2.BpfProgram;
  };
  readonly links: {
    valueOf: libbpf___2.BpfLink | undefined;
  };
  readonly arena: {
    object: odd_names__layout['arena.object'];
  };
  readonly data: {
    delete: odd_names__layout['data.delete'];
    toString: odd_names__layout['data.toString'];
  };
  readonly rodata___2: {
    await: odd_names__layout['rodata___2.await'];
  };
  readonly data_a_b: {
    one: odd_names__layout['data_a_b.one'];
  };
  readonly data_a_b___2: {
    two: odd_names__layout['data_a_b___2.two'];
  };
  readonly data_maps: {
    in: odd_names__layout['data_maps.in'];
  };
  readonly data_destroy: {
    get links(): odd_names__layout['data_destroy.links'];
    set links(value: Partial<odd_names__layout_value['data_destroy.links']>);
  };
  readonly bss: {
    function: odd_names__layout['bss.function'];
  };
}

export const odd_names_skel: libbpf___2.SkeletonType<odd_names_skel, [options: libbpf___2.SkeletonOptions & { readonly object: libbpf___2.ObjectSource }]> = libbpf___2.defineSkeleton({
  name: 'odd_names',
  layout: odd_names__layout,
  maps: {
    rodata: 'rodata',
    constructor: 'constructor',
    ['__proto__']: '__proto__',
    load: 'load',
    data: '.data',
    rodata___2: '.rodata',
    data_a_b: '.data.a.b',
    data_a_b___2: '.data.a_b',
    data_maps: '.data.maps',
    data_destroy: '.data.destroy',
    bss: '.bss',
  },
  progs: [
    'valueOf',
  ],
  vars: {
    arena: ['object'],
    data: ['delete', 'toString'],
    rodata___2: ['await'],
    data_a_b: ['one'],
    data_a_b___2: ['two'],
    data_maps: ['in'],
    data_destroy: ['links'],
    bss: ['function'],
  },
});

// Generated from the object 'struct_ops_tcp' by rootlet gen skeleton. Do not edit.
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

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Plain value of `union struct_ops_tcp__layout`, 56 bytes. */
export interface struct_ops_tcp__layout_value {
  readonly "ops of first": first__tcp_congestion_ops___newer_value;
  readonly "ops of second": second__tcp_congestion_ops_value;
  readonly "ops of held_by_map": held_by_map__tcp_congestion_ops_value;
  readonly "ops of left_out": left_out__tcp_congestion_ops___newer_value;
}

/** `union struct_ops_tcp__layout`, 56 bytes. */
export class struct_ops_tcp__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 56;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): struct_ops_tcp__layout {
    return new struct_ops_tcp__layout(viewOf(bytes), off);
  }

  #v0: first__tcp_congestion_ops___newer | undefined;
  /** `struct first__tcp_congestion_ops___newer ops of first; at 0` */
  get "ops of first"(): first__tcp_congestion_ops___newer {
    return (this.#v0 ??= new first__tcp_congestion_ops___newer(this.$view, 0)).$on(this.$view, this.$off);
  }

  #v1: second__tcp_congestion_ops | undefined;
  /** `struct second__tcp_congestion_ops ops of second; at 0` */
  get "ops of second"(): second__tcp_congestion_ops {
    return (this.#v1 ??= new second__tcp_congestion_ops(this.$view, 0)).$on(this.$view, this.$off);
  }

  #v2: held_by_map__tcp_congestion_ops | undefined;
  /** `struct held_by_map__tcp_congestion_ops ops of held_by_map; at 0` */
  get "ops of held_by_map"(): held_by_map__tcp_congestion_ops {
    return (this.#v2 ??= new held_by_map__tcp_congestion_ops(this.$view, 0)).$on(this.$view, this.$off);
  }

  #v3: left_out__tcp_congestion_ops___newer | undefined;
  /** `struct left_out__tcp_congestion_ops___newer ops of left_out; at 0` */
  get "ops of left_out"(): left_out__tcp_congestion_ops___newer {
    return (this.#v3 ??= new left_out__tcp_congestion_ops___newer(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** The plain value: a copy. */
  $get(): struct_ops_tcp__layout_value {
    return {
      "ops of first": this["ops of first"].$get(),
      "ops of second": this["ops of second"].$get(),
      "ops of held_by_map": this["ops of held_by_map"].$get(),
      "ops of left_out": this["ops of left_out"].$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<struct_ops_tcp__layout_value>): this {
    if (value["ops of first"] !== undefined) this["ops of first"].$set(value["ops of first"]);
    if (value["ops of second"] !== undefined) this["ops of second"].$set(value["ops of second"]);
    if (value["ops of held_by_map"] !== undefined) this["ops of held_by_map"].$set(value["ops of held_by_map"]);
    if (value["ops of left_out"] !== undefined) this["ops of left_out"].$set(value["ops of left_out"]);
    return this;
  }
}

/** Plain value of `struct first__tcp_congestion_ops___newer`, 56 bytes. */
export interface first__tcp_congestion_ops___newer_value {
  readonly name: readonly number[];
  readonly not_there: __u64;
}

/** `struct first__tcp_congestion_ops___newer`, 56 bytes. */
export class first__tcp_congestion_ops___newer extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 56;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): first__tcp_congestion_ops___newer {
    return new first__tcp_congestion_ops___newer(viewOf(bytes), off);
  }

  #v0: char_16 | undefined;
  /** `char name[16]; at 0` */
  get name(): char_16 {
    return (this.#v0 ??= new char_16(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `__u64 not_there; at 16` */
  get not_there(): __u64 {
    return this.$view.getBigUint64(this.$off + 16, true);
  }
  set not_there(value: __u64) {
    this.$view.setBigUint64(this.$off + 16, value, true);
  }

  /** The plain value: a copy. */
  $get(): first__tcp_congestion_ops___newer_value {
    return {
      name: this.name.$get(),
      not_there: this.not_there,
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<first__tcp_congestion_ops___newer_value>): this {
    if (value.name !== undefined) this.name.$set(value.name);
    if (value.not_there !== undefined) this.not_there = value.not_there;
    return this;
  }
}

/** Array of 16 `char`. */
export class char_16 extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 16;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): char_16 {
    return new char_16(viewOf(bytes), off);
  }

  /** Number of elements. */
  get length(): number {
    return 16;
  }

  /** The element at an index. @throws RangeError */
  at(i: number): number {
    const off = this.$off + checkIndex(i, 16);
    return this.$view.getInt8(off);
  }

  /** Writes the element at an index. @throws RangeError */
  set(i: number, value: number): void {
    const off = this.$off + checkIndex(i, 16);
    this.$view.setInt8(off, value);
  }

  /** The bytes themselves, shared with the data. */
  bytes(): Uint8Array {
    return new Uint8Array(this.$view.buffer, this.$view.byteOffset + this.$off, this.length);
  }

  /** The characters before the first NUL, as UTF-8. Writing fills the rest with NUL. @throws RangeError when it is longer than the array */
  get text(): string {
    const { length } = this;
    let end = 0;
    while (end < length && this.$view.getUint8(this.$off + end) !== 0) end++;
    return decoder.decode(new Uint8Array(this.$view.buffer, this.$view.byteOffset + this.$off, end).slice());
  }
  set text(value: string) {
    const bytes = encoder.encode(value);
    if (bytes.length > this.length) throw new RangeError(`text of ${bytes.length} bytes, room for ${this.length}`);
    const target = this.bytes();
    target.fill(0);
    target.set(bytes);
  }

  /** The plain value: a copy. */
  $get(): readonly number[] {
    const out: number[] = [];
    for (let i = 0, { length } = this; i < length; i++) out.push(this.at(i));
    return out;
  }

  /** Writes elements from the first on. @throws RangeError when there are more than fit */
  $set(values: readonly number[]): this {
    values.forEach((item, i) => {
      this.set(i, item);
    });
    return this;
  }
}

export type __u64 = bigint;

/** Plain value of `struct second__tcp_congestion_ops`, 40 bytes. */
export interface second__tcp_congestion_ops_value {
  readonly name: readonly number[];
}

/** `struct second__tcp_congestion_ops`, 40 bytes. */
export class second__tcp_congestion_ops extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 40;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): second__tcp_congestion_ops {
    return new second__tcp_congestion_ops(viewOf(bytes), off);
  }

  #v0: char_16 | undefined;
  /** `char name[16]; at 24` */
  get name(): char_16 {
    return (this.#v0 ??= new char_16(this.$view, 0)).$on(this.$view, this.$off + 24);
  }

  /** The plain value: a copy. */
  $get(): second__tcp_congestion_ops_value {
    return {
      name: this.name.$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<second__tcp_congestion_ops_value>): this {
    if (value.name !== undefined) this.name.$set(value.name);
    return this;
  }
}

/** Plain value of `struct held_by_map__tcp_congestion_ops`, 40 bytes. */
export interface held_by_map__tcp_congestion_ops_value {
  readonly name: readonly number[];
}

/** `struct held_by_map__tcp_congestion_ops`, 40 bytes. */
export class held_by_map__tcp_congestion_ops extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 40;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): held_by_map__tcp_congestion_ops {
    return new held_by_map__tcp_congestion_ops(viewOf(bytes), off);
  }

  #v0: char_16 | undefined;
  /** `char name[16]; at 24` */
  get name(): char_16 {
    return (this.#v0 ??= new char_16(this.$view, 0)).$on(this.$view, this.$off + 24);
  }

  /** The plain value: a copy. */
  $get(): held_by_map__tcp_congestion_ops_value {
    return {
      name: this.name.$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<held_by_map__tcp_congestion_ops_value>): this {
    if (value.name !== undefined) this.name.$set(value.name);
    return this;
  }
}

/** Plain value of `struct left_out__tcp_congestion_ops___newer`, 56 bytes. */
export interface left_out__tcp_congestion_ops___newer_value {
  readonly name: readonly number[];
  readonly not_there: __u64;
}

/** `struct left_out__tcp_congestion_ops___newer`, 56 bytes. */
export class left_out__tcp_congestion_ops___newer extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 56;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): left_out__tcp_congestion_ops___newer {
    return new left_out__tcp_congestion_ops___newer(viewOf(bytes), off);
  }

  #v0: char_16 | undefined;
  /** `char name[16]; at 0` */
  get name(): char_16 {
    return (this.#v0 ??= new char_16(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `__u64 not_there; at 16` */
  get not_there(): __u64 {
    return this.$view.getBigUint64(this.$off + 16, true);
  }
  set not_there(value: __u64) {
    this.$view.setBigUint64(this.$off + 16, value, true);
  }

  /** The plain value: a copy. */
  $get(): left_out__tcp_congestion_ops___newer_value {
    return {
      name: this.name.$get(),
      not_there: this.not_there,
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<left_out__tcp_congestion_ops___newer_value>): this {
    if (value.name !== undefined) this.name.$set(value.name);
    if (value.not_there !== undefined) this.not_there = value.not_there;
    return this;
  }
}

/** The object struct_ops_tcp. */
export interface struct_ops_tcp extends libbpf.Skeleton {
  readonly maps: {
    /** struct_ops */
    readonly first: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** struct_ops */
    readonly second: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** struct_ops */
    readonly held_by_map: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** struct_ops */
    readonly left_out: libbpf.TypedMap<Uint8Array, Uint8Array>;
  };
  readonly progs: {
    /** SEC("struct_ops") */
    readonly own_ssthresh: libbpf.BpfProgram;
    /** SEC("struct_ops") */
    readonly own_cong_avoid: libbpf.BpfProgram;
    /** SEC("struct_ops") */
    readonly unwanted: libbpf.BpfProgram;
    /** SEC("struct_ops") */
    readonly own_undo_cwnd: libbpf.BpfProgram;
  };
  readonly links: {
    own_ssthresh: libbpf.BpfLink | undefined;
    own_cong_avoid: libbpf.BpfLink | undefined;
    unwanted: libbpf.BpfLink | undefined;
    own_undo_cwnd: libbpf.BpfLink | undefined;
    first: libbpf.BpfLink | undefined;
    second: libbpf.BpfLink | undefined;
    held_by_map: libbpf.BpfLink | undefined;
    left_out: libbpf.BpfLink | undefined;
  };
  readonly structOps: {
    /** struct tcp_congestion_ops___newer */
    readonly first: struct_ops_tcp__layout['ops of first'] & libbpf.StructOpsFunctions<'undo_cwnd' | 'not_there_either' | 'cong_avoid' | 'ssthresh'>;
    /** struct tcp_congestion_ops */
    readonly second: struct_ops_tcp__layout['ops of second'] & libbpf.StructOpsFunctions<'ssthresh' | 'cong_avoid' | 'undo_cwnd'>;
    /** struct tcp_congestion_ops */
    readonly held_by_map: struct_ops_tcp__layout['ops of held_by_map'] & libbpf.StructOpsFunctions<'ssthresh' | 'cong_avoid' | 'undo_cwnd'>;
    /** struct tcp_congestion_ops___newer */
    readonly left_out: struct_ops_tcp__layout['ops of left_out'] & libbpf.StructOpsFunctions<'undo_cwnd' | 'not_there_either' | 'cong_avoid' | 'ssthresh'>;
  };
}

export const struct_ops_tcp: libbpf.SkeletonType<struct_ops_tcp, [options: libbpf.SkeletonOptions & { readonly object: libbpf.ObjectSource }]> = libbpf.defineSkeleton({
  name: 'struct_ops_tcp',
  layout: struct_ops_tcp__layout,
  maps: {
    first: 'first',
    second: 'second',
    held_by_map: 'held_by_map',
    left_out: 'left_out',
  },
  progs: [
    'own_ssthresh',
    'own_cong_avoid',
    'unwanted',
    'own_undo_cwnd',
  ],
  structOps: {
    first: ['undo_cwnd', 'not_there_either', 'cong_avoid', 'ssthresh'],
    second: ['ssthresh', 'cong_avoid', 'undo_cwnd'],
    held_by_map: ['ssthresh', 'cong_avoid', 'undo_cwnd'],
    left_out: ['undo_cwnd', 'not_there_either', 'cong_avoid', 'ssthresh'],
  },
});

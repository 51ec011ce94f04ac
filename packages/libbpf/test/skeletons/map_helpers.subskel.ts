// Generated from the object 'map_helpers' by rootlet gen subskeleton. Do not edit.
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

/** Plain value of `union map_helpers__layout`, 8 bytes. */
export interface map_helpers__layout_value {
  readonly "bss.total": number;
  readonly "key of calls": __u32;
  readonly "value of calls": __u64;
}

/** `union map_helpers__layout`, 8 bytes. */
export class map_helpers__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): map_helpers__layout {
    return new map_helpers__layout(viewOf(bytes), off);
  }

  /** `int bss.total; at 0` */
  get "bss.total"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "bss.total"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `__u32 key of calls; at 0` */
  get "key of calls"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of calls"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u64 value of calls; at 0` */
  get "value of calls"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "value of calls"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** The plain value: a copy. */
  $get(): map_helpers__layout_value {
    return {
      "bss.total": this["bss.total"],
      "key of calls": this["key of calls"],
      "value of calls": this["value of calls"],
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<map_helpers__layout_value>): this {
    if (value["bss.total"] !== undefined) this["bss.total"] = value["bss.total"];
    if (value["key of calls"] !== undefined) this["key of calls"] = value["key of calls"];
    if (value["value of calls"] !== undefined) this["value of calls"] = value["value of calls"];
    return this;
  }
}

export type __u32 = number;

export type __u64 = bigint;

/** The object map_helpers, as a part of another one. */
export interface map_helpers extends libbpf.Subskeleton {
  readonly maps: {
    /** array, max_entries 4 */
    readonly calls: libbpf.TypedMap<map_helpers__layout_value['key of calls'], map_helpers__layout_value['value of calls']>;
    /** variables of .bss */
    readonly bss: libbpf.TypedMap<Uint8Array, Uint8Array>;
  };
  readonly bss: {
    total: map_helpers__layout['bss.total'];
  };
}

export const map_helpers: libbpf.SubskeletonType<map_helpers> = libbpf.defineSubskeleton({
  name: 'map_helpers',
  layout: map_helpers__layout,
  maps: {
    calls: 'calls',
    bss: '.bss',
  },
  vars: {
    bss: ['total'],
  },
});

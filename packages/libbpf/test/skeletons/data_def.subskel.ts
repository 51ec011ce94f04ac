// Generated from the object 'data_def' by rootlet gen subskeleton. Do not edit.
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

/** Plain value of `union data_def__layout`, 8 bytes. */
export interface data_def__layout_value {
  readonly "data.shared_counter": number;
  readonly "rodata.shared_step": number;
  readonly "key of shared_map": __u32;
  readonly "value of shared_map": __u64;
}

/** `union data_def__layout`, 8 bytes. */
export class data_def__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): data_def__layout {
    return new data_def__layout(viewOf(bytes), off);
  }

  /** `int data.shared_counter; at 0` */
  get "data.shared_counter"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "data.shared_counter"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `volatile const int rodata.shared_step; at 0` */
  get "rodata.shared_step"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "rodata.shared_step"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `__u32 key of shared_map; at 0` */
  get "key of shared_map"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of shared_map"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u64 value of shared_map; at 0` */
  get "value of shared_map"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "value of shared_map"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** The plain value: a copy. */
  $get(): data_def__layout_value {
    return {
      "data.shared_counter": this["data.shared_counter"],
      "rodata.shared_step": this["rodata.shared_step"],
      "key of shared_map": this["key of shared_map"],
      "value of shared_map": this["value of shared_map"],
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<data_def__layout_value>): this {
    if (value["data.shared_counter"] !== undefined) this["data.shared_counter"] = value["data.shared_counter"];
    if (value["rodata.shared_step"] !== undefined) this["rodata.shared_step"] = value["rodata.shared_step"];
    if (value["key of shared_map"] !== undefined) this["key of shared_map"] = value["key of shared_map"];
    if (value["value of shared_map"] !== undefined) this["value of shared_map"] = value["value of shared_map"];
    return this;
  }
}

export type __u32 = number;

export type __u64 = bigint;

/** The object data_def, as a part of another one. */
export interface data_def extends libbpf.Subskeleton {
  readonly maps: {
    /** hash, max_entries 16 */
    readonly shared_map: libbpf.TypedMap<data_def__layout_value['key of shared_map'], data_def__layout_value['value of shared_map']>;
    /** variables of .data */
    readonly data: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .rodata */
    readonly rodata: libbpf.TypedMap<Uint8Array, Uint8Array>;
  };
  readonly data: {
    shared_counter: data_def__layout['data.shared_counter'];
  };
  readonly rodata: {
    shared_step: data_def__layout['rodata.shared_step'];
  };
}

export const data_def: libbpf.SubskeletonType<data_def> = libbpf.defineSubskeleton({
  name: 'data_def',
  layout: data_def__layout,
  maps: {
    shared_map: 'shared_map',
    data: '.data',
    rodata: '.rodata',
  },
  vars: {
    data: ['shared_counter'],
    rodata: ['shared_step'],
  },
});

// Generated from the object 'xdp_percpu' by rootlet gen skeleton. Do not edit.
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

/** Plain value of `union xdp_percpu__layout`, 8 bytes. */
export interface xdp_percpu__layout_value {
  readonly "key of runs": __u32;
  readonly "value of runs": __u64;
  readonly "key of queues": __u32;
  readonly "value of queues": __u32;
}

/** `union xdp_percpu__layout`, 8 bytes. */
export class xdp_percpu__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): xdp_percpu__layout {
    return new xdp_percpu__layout(viewOf(bytes), off);
  }

  /** `__u32 key of runs; at 0` */
  get "key of runs"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of runs"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u64 value of runs; at 0` */
  get "value of runs"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "value of runs"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `__u32 key of queues; at 0` */
  get "key of queues"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of queues"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 value of queues; at 0` */
  get "value of queues"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "value of queues"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** The plain value: a copy. */
  $get(): xdp_percpu__layout_value {
    return {
      "key of runs": this["key of runs"],
      "value of runs": this["value of runs"],
      "key of queues": this["key of queues"],
      "value of queues": this["value of queues"],
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<xdp_percpu__layout_value>): this {
    if (value["key of runs"] !== undefined) this["key of runs"] = value["key of runs"];
    if (value["value of runs"] !== undefined) this["value of runs"] = value["value of runs"];
    if (value["key of queues"] !== undefined) this["key of queues"] = value["key of queues"];
    if (value["value of queues"] !== undefined) this["value of queues"] = value["value of queues"];
    return this;
  }
}

export type __u32 = number;

export type __u64 = bigint;

/** The object xdp_percpu. */
export interface xdp_percpu extends libbpf.Skeleton {
  readonly maps: {
    /** percpu_array, max_entries 2 */
    readonly runs: libbpf.TypedMap<xdp_percpu__layout_value['key of runs'], readonly (xdp_percpu__layout_value['value of runs'])[]>;
    /** percpu_hash, max_entries 64 */
    readonly queues: libbpf.TypedMap<xdp_percpu__layout_value['key of queues'], readonly (xdp_percpu__layout_value['value of queues'])[]>;
  };
  readonly progs: {
    /** SEC("xdp") */
    readonly xdp_percpu: libbpf.BpfProgram;
  };
  readonly links: {
    xdp_percpu: libbpf.BpfLink | undefined;
  };
}

export const xdp_percpu: libbpf.SkeletonType<xdp_percpu, [options: libbpf.SkeletonOptions & { readonly object: libbpf.ObjectSource }]> = libbpf.defineSkeleton({
  name: 'xdp_percpu',
  layout: xdp_percpu__layout,
  maps: {
    runs: 'runs',
    queues: 'queues',
  },
  progs: [
    'xdp_percpu',
  ],
});

// Generated from the object 'settings' by rootlet gen skeleton. Do not edit.
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

/** Plain value of `union settings__layout`, 32 bytes. */
export interface settings__layout_value {
  readonly "rodata.answer": __u32;
  readonly "rodata.limits": limits_value;
  readonly "rodata.verbose": boolean;
  readonly "data.offset": __s32;
  readonly "data.mode": mode | (number & {});
  readonly "data_table.table": readonly __u64[];
  readonly "data_plain.before_last": number;
  readonly "bss.calls": __u64;
  readonly "bss_small.small": readonly __u16[];
  readonly "key of shared": __u32;
  readonly "value of shared": __u64;
  readonly "key of optional": __u32;
  readonly "value of optional": __u64;
}

/** `union settings__layout`, 32 bytes. */
export class settings__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 32;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): settings__layout {
    return new settings__layout(viewOf(bytes), off);
  }

  /** `volatile const __u32 rodata.answer; at 0` */
  get "rodata.answer"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "rodata.answer"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v1: limits | undefined;
  /** `volatile const struct limits rodata.limits; at 0` */
  get "rodata.limits"(): limits {
    return (this.#v1 ??= new limits(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `volatile const _Bool rodata.verbose; at 0` */
  get "rodata.verbose"(): boolean {
    return this.$view.getUint8(this.$off) !== 0;
  }
  set "rodata.verbose"(value: boolean) {
    this.$view.setUint8(this.$off, value ? 1 : 0);
  }

  /** `__s32 data.offset; at 0` */
  get "data.offset"(): __s32 {
    return this.$view.getInt32(this.$off, true);
  }
  set "data.offset"(value: __s32) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `enum mode data.mode; at 0` */
  get "data.mode"(): mode | (number & {}) {
    return this.$view.getUint32(this.$off, true);
  }
  set "data.mode"(value: mode | (number & {})) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v5: __u64_4 | undefined;
  /** `__u64 data_table.table[4]; at 0` */
  get "data_table.table"(): __u64_4 {
    return (this.#v5 ??= new __u64_4(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `int data_plain.before_last; at 0` */
  get "data_plain.before_last"(): number {
    return this.$view.getInt32(this.$off, true);
  }
  set "data_plain.before_last"(value: number) {
    this.$view.setInt32(this.$off, value, true);
  }

  /** `__u64 bss.calls; at 0` */
  get "bss.calls"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "bss.calls"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  #v8: __u16_3 | undefined;
  /** `__u16 bss_small.small[3]; at 0` */
  get "bss_small.small"(): __u16_3 {
    return (this.#v8 ??= new __u16_3(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `__u32 key of shared; at 0` */
  get "key of shared"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of shared"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u64 value of shared; at 0` */
  get "value of shared"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "value of shared"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `__u32 key of optional; at 0` */
  get "key of optional"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "key of optional"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u64 value of optional; at 0` */
  get "value of optional"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "value of optional"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** The plain value: a copy. */
  $get(): settings__layout_value {
    return {
      "rodata.answer": this["rodata.answer"],
      "rodata.limits": this["rodata.limits"].$get(),
      "rodata.verbose": this["rodata.verbose"],
      "data.offset": this["data.offset"],
      "data.mode": this["data.mode"],
      "data_table.table": this["data_table.table"].$get(),
      "data_plain.before_last": this["data_plain.before_last"],
      "bss.calls": this["bss.calls"],
      "bss_small.small": this["bss_small.small"].$get(),
      "key of shared": this["key of shared"],
      "value of shared": this["value of shared"],
      "key of optional": this["key of optional"],
      "value of optional": this["value of optional"],
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<settings__layout_value>): this {
    if (value["rodata.answer"] !== undefined) this["rodata.answer"] = value["rodata.answer"];
    if (value["rodata.limits"] !== undefined) this["rodata.limits"].$set(value["rodata.limits"]);
    if (value["rodata.verbose"] !== undefined) this["rodata.verbose"] = value["rodata.verbose"];
    if (value["data.offset"] !== undefined) this["data.offset"] = value["data.offset"];
    if (value["data.mode"] !== undefined) this["data.mode"] = value["data.mode"];
    if (value["data_table.table"] !== undefined) this["data_table.table"].$set(value["data_table.table"]);
    if (value["data_plain.before_last"] !== undefined) this["data_plain.before_last"] = value["data_plain.before_last"];
    if (value["bss.calls"] !== undefined) this["bss.calls"] = value["bss.calls"];
    if (value["bss_small.small"] !== undefined) this["bss_small.small"].$set(value["bss_small.small"]);
    if (value["key of shared"] !== undefined) this["key of shared"] = value["key of shared"];
    if (value["value of shared"] !== undefined) this["value of shared"] = value["value of shared"];
    if (value["key of optional"] !== undefined) this["key of optional"] = value["key of optional"];
    if (value["value of optional"] !== undefined) this["value of optional"] = value["value of optional"];
    return this;
  }
}

export type __u32 = number;

/** Plain value of `struct limits`, 32 bytes. */
export interface limits_value {
  readonly low: __u32;
  readonly high: __s64;
  readonly mode: mode | (number & {});
  readonly flags: __u8;
  readonly name: readonly number[];
}

/** `struct limits`, 32 bytes. */
export class limits extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 32;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): limits {
    return new limits(viewOf(bytes), off);
  }

  /** `__u32 low; at 0` */
  get low(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set low(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__s64 high; at 8` */
  get high(): __s64 {
    return this.$view.getBigInt64(this.$off + 8, true);
  }
  set high(value: __s64) {
    this.$view.setBigInt64(this.$off + 8, value, true);
  }

  /** `enum mode mode; at 16` */
  get mode(): mode | (number & {}) {
    return this.$view.getUint32(this.$off + 16, true);
  }
  set mode(value: mode | (number & {})) {
    this.$view.setUint32(this.$off + 16, value, true);
  }

  /** `__u8 flags: 3; at bit 160` */
  get flags(): __u8 {
    return this.$view.getUint8(this.$off + 20) & 0x7;
  }
  set flags(value: __u8) {
    const low = value;
    this.$view.setUint8(this.$off + 20, (this.$view.getUint8(this.$off + 20) & 0xf8) | (low & 0x7));
  }

  #v4: char_8 | undefined;
  /** `char name[8]; at 21` */
  get name(): char_8 {
    return (this.#v4 ??= new char_8(this.$view, 0)).$on(this.$view, this.$off + 21);
  }

  /** The plain value: a copy. */
  $get(): limits_value {
    return {
      low: this.low,
      high: this.high,
      mode: this.mode,
      flags: this.flags,
      name: this.name.$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<limits_value>): this {
    if (value.low !== undefined) this.low = value.low;
    if (value.high !== undefined) this.high = value.high;
    if (value.mode !== undefined) this.mode = value.mode;
    if (value.flags !== undefined) this.flags = value.flags;
    if (value.name !== undefined) this.name.$set(value.name);
    return this;
  }
}

export type __s64 = bigint;

/** `enum mode`, 4 bytes. */
export const mode = {
  MODE_OFF: 0,
  MODE_ON: 7,
} as const;
export type mode = (typeof mode)[keyof typeof mode];

export type __u8 = number;

/** Array of 8 `char`. */
export class char_8 extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): char_8 {
    return new char_8(viewOf(bytes), off);
  }

  /** Number of elements. */
  get length(): number {
    return 8;
  }

  /** The element at an index. @throws RangeError */
  at(i: number): number {
    const off = this.$off + checkIndex(i, 8);
    return this.$view.getInt8(off);
  }

  /** Writes the element at an index. @throws RangeError */
  set(i: number, value: number): void {
    const off = this.$off + checkIndex(i, 8);
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

export type __s32 = number;

export type __u64 = bigint;

/** Array of 4 `__u64`. */
export class __u64_4 extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 32;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): __u64_4 {
    return new __u64_4(viewOf(bytes), off);
  }

  /** Number of elements. */
  get length(): number {
    return 4;
  }

  /** The element at an index. @throws RangeError */
  at(i: number): __u64 {
    const off = this.$off + checkIndex(i, 4) * 8;
    return this.$view.getBigUint64(off, true);
  }

  /** Writes the element at an index. @throws RangeError */
  set(i: number, value: __u64): void {
    const off = this.$off + checkIndex(i, 4) * 8;
    this.$view.setBigUint64(off, value, true);
  }

  /** The plain value: a copy. */
  $get(): readonly __u64[] {
    const out: __u64[] = [];
    for (let i = 0, { length } = this; i < length; i++) out.push(this.at(i));
    return out;
  }

  /** Writes elements from the first on. @throws RangeError when there are more than fit */
  $set(values: readonly __u64[]): this {
    values.forEach((item, i) => {
      this.set(i, item);
    });
    return this;
  }
}

export type __u16 = number;

/** Array of 3 `__u16`. */
export class __u16_3 extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 6;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): __u16_3 {
    return new __u16_3(viewOf(bytes), off);
  }

  /** Number of elements. */
  get length(): number {
    return 3;
  }

  /** The element at an index. @throws RangeError */
  at(i: number): __u16 {
    const off = this.$off + checkIndex(i, 3) * 2;
    return this.$view.getUint16(off, true);
  }

  /** Writes the element at an index. @throws RangeError */
  set(i: number, value: __u16): void {
    const off = this.$off + checkIndex(i, 3) * 2;
    this.$view.setUint16(off, value, true);
  }

  /** The plain value: a copy. */
  $get(): readonly __u16[] {
    const out: __u16[] = [];
    for (let i = 0, { length } = this; i < length; i++) out.push(this.at(i));
    return out;
  }

  /** Writes elements from the first on. @throws RangeError when there are more than fit */
  $set(values: readonly __u16[]): this {
    values.forEach((item, i) => {
      this.set(i, item);
    });
    return this;
  }
}

/** The object settings. */
export interface settings extends libbpf.Skeleton {
  readonly maps: {
    /** array, max_entries 2 */
    readonly shared: libbpf.TypedMap<settings__layout_value['key of shared'], settings__layout_value['value of shared']>;
    /** hash, max_entries 8 */
    readonly optional: libbpf.TypedMap<settings__layout_value['key of optional'], settings__layout_value['value of optional']>;
    /** variables of .rodata */
    readonly rodata: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data */
    readonly data: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data.table */
    readonly data_table: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .data.plain */
    readonly data_plain: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .bss */
    readonly bss: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .bss.small */
    readonly bss_small: libbpf.TypedMap<Uint8Array, Uint8Array>;
  };
  readonly progs: {
    /** SEC("xdp") */
    readonly settings: libbpf.BpfProgram;
  };
  readonly links: {
    settings: libbpf.BpfLink | undefined;
  };
  readonly rodata: {
    answer: settings__layout['rodata.answer'];
    get limits(): settings__layout['rodata.limits'];
    set limits(value: Partial<settings__layout_value['rodata.limits']>);
    verbose: settings__layout['rodata.verbose'];
  };
  readonly data: {
    offset: settings__layout['data.offset'];
    mode: settings__layout['data.mode'];
  };
  readonly data_table: {
    get table(): settings__layout['data_table.table'];
    set table(value: settings__layout_value['data_table.table']);
  };
  readonly data_plain: {
    before_last: settings__layout['data_plain.before_last'];
  };
  readonly bss: {
    calls: settings__layout['bss.calls'];
  };
  readonly bss_small: {
    get small(): settings__layout['bss_small.small'];
    set small(value: settings__layout_value['bss_small.small']);
  };
}

export const settings: libbpf.SkeletonType<settings> = libbpf.defineSkeleton({
  name: 'settings',
  layout: settings__layout,
  maps: {
    shared: 'shared',
    optional: 'optional',
    rodata: '.rodata',
    data: '.data',
    data_table: '.data.table',
    data_plain: '.data.plain',
    bss: '.bss',
    bss_small: '.bss.small',
  },
  progs: [
    'settings',
  ],
  vars: {
    rodata: ['answer', 'limits', 'verbose'],
    data: ['offset', 'mode'],
    data_table: ['table'],
    data_plain: ['before_last'],
    bss: ['calls'],
    bss_small: ['small'],
  },
  object: `
f0VMRgIBAQAAAAAAAAAAAAEA9wABAAAAAAAAAAAAAAAAAAAAAAAAAIAjAAAAAAAAAAAAAEAAAAAAAEAAIgABALQBAAAAAAAAYxr8/wAAAAC/ogAAAAAAAAcC
AAD8////GAEAAAAAAAAAAAAAAAAAAIUAAAABAAAAGAEAAAAAAAAAAAAAAAAAAHkSAAAAAAAABwIAAAEAAAB7IQAAAAAAABUAAwAAAAAAeQEAAAAAAAAHAQAA
AQAAAHsQAAAAAAAAGAEAAAAAAAAAAAAAAAAAAHERAAAAAAAAVgEIAAEAAAC/ogAAAAAAAAcCAAD8////GAEAAAAAAAAAAAAAAAAAABgDAAAAAAAAAAAAAAAA
AAC3BAAAAAAAAIUAAAACAAAAGAEAAAAAAAAAAAAAAAAAAGERAAAAAAAAGAIAAAAAAAAAAAAAAAAAAGEgAAAAAAAADBAAAAAAAAAYAQAAAAAAAAAAAAAAAAAA
YREAAAAAAAAMEAAAAAAAABgBAAAAAAAAAAAAAAAAAABhEgAAAAAAAAwgAAAAAAAAeREIAAAAAAAMEAAAAAAAABgBAAAAAAAAAAAAAAAAAAB5ERgAAAAAAAwQ
AAAAAAAAGAEAAAAAAAAAAAAAAAAAAGERAAAAAAAADBAAAAAAAAAYAQAAAAAAAAAAAAAAAAAAaRECAAAAAAAMEAAAAAAAAJUAAAAAAAAAKQAAAAAAAAABAAAA
AAAAAP7/////////AAAAAABmaXJzdAAAAAAAAAAAAAD7////BwAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAEAAAAAAAAAAYAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAR1BMAAAPBQATAAAABQAIAAEAAAAEAAAA
BDjgAQFQAAERASUlEwUDJXIXEBcbJREbEgZzF4wBFwAAAjQAAyVJEz8ZOgs7CwIYAAADJgBJEwAABDUASRMAAAUWAEkTAyU6CzsLAAAGJAADJT4LCwsAAAcT
AQMlCws6CzsLAAAIDQADJUkTOgs7CzgLAAAJDQADJUkTOgs7Cw0LawsAAAoEAUkTAyULCzoLOwsAAAsoAAMlHA8AAAwBAUkTAAANIQBJEzcLAAAOJAADJQsL
PgsAAA80AAMlSRM6CzsLAAAQDwBJEwAAERUBSRMnGQAAEgUASRMAABMPAAAAFCYAAAAVEwELCzoLOwsAABYEAUkTCws6CzsFAAAXLgERGxIGQBh6GQMlOgs7
CycZSRM/GQAAGAUAAyU6CzsLSRMAABk0AAIYAyU6CzsLSRMAABo0AAIiAyU6CzsLSRMAABs0AAMlOgs7C0kTAAAcEwEDJQsLOgs7BQAAHQ0AAyVJEzoLOwU4
CwAAABwDAAAFAAEIAAAAAAEAHQABCAAAAAAAAAACDdABAAAIAAAADAAAAAIDMgAAAAATAqEAAzcAAAAEPAAAAAVEAAAABQEbBgQHBAIGUwAAAAAVAqEBA1gA
AAAEXQAAAAcGIAALCAc8AAAAAAwACAiRAAAAAA0ICAudAAAAAA4QCQ6tAAAAAA8DoAgRuQAAAAAQFQAFmQAAAAoBHgYJBQgKRAAAAAsEAAYLDAALDQcABbUA
AAAQARUGDwgBDMUAAAANyQAAAAgABhIGAQ4TCAcCFNgAAAAAFgKhAgXgAAAAFgEaBhUFBAILnQAAAAAXAqEDAhf6AAAAABkCoQQMBgEAAA3JAAAABAAFDgEA
ABkBHwYYBwgCGuAAAAAAGgKhBQ8bJQEAAAIwAyoBAAAQLwEAABE/AQAAEj8BAAASQAEAAAATEEUBAAAUDxxOAQAAAjEDUwEAABBYAQAAEXIBAAASPwEAABJA
AQAAEkABAAASBgEAAAAGHQUIAh6BAQAAADsCoQYMxQAAAA3JAAAABAACHzwAAAAAPAKhBwIgowEAAAAUAqEIA6gBAAAErQEAAAYhAgECIgYBAAAAGAKhCQIj
xwEAAAAbAqEKDNMBAAANyQAAAAMABdsBAAAlARgGJAcCAibqAQAAACICoQsVIAAdCCcTAgAAAB4ACCgkAgAAAB8ICCk1AgAAACAQCCo6AgAAACEYABAYAgAA
DOAAAAANyQAAAAEAECkCAAAM4AAAAA3JAAAACAAQPAAAABAGAQAAAitKAgAAACoCoQwVKAAkCCd8AgAAACUACCh8AgAAACYICCk1AgAAACcQCCo6AgAAACgY
CCwTAgAAACkgABCBAgAADOAAAAANyQAAAAIAFkQAAAAEA8wECy0ACy4BCy8CCzAEABcN0AEAAAFaMQAt4AAAABgyAC3XAgAAGQKRBCkALzwAAAAaACoAMDoC
AAAbOgAxOgIAAAAQ3AIAABw5GAPUFx0zPAAAAAPVFwAdNDwAAAAD1hcEHTU8AAAAA9cXCB02PAAAAAPZFwwdNzwAAAAD2hcQHTg8AAAAA9wXFAAA8AAAAAUA
AAAAAAAAKAAAADsAAAA9AAAARAAAAFEAAABXAAAAXgAAAGIAAABnAAAAcQAAAHcAAAB8AAAAhQAAAI0AAACTAAAAoQAAAKYAAACrAAAAsAAAAMQAAADLAAAA
zwAAANUAAADbAAAA7gAAAPQAAAAAAQAAFAEAACgBAAAtAQAANgEAAD8BAABHAQAATQEAAFMBAABZAQAAaAEAAG4BAAB3AQAAfAEAAIgBAACMAQAAkgEAAJkB
AAChAQAAqQEAALUBAAC/AQAAygEAANMBAADXAQAA3AEAAOUBAADvAQAA/wEAAA4CAAAdAgAAJAIAAERlYmlhbiBjbGFuZyB2ZXJzaW9uIDE5LjEuNyAoM35k
ZWIxMnUxKQBvYmplY3RzL3NldHRpbmdzLmMALgBhbnN3ZXIAdW5zaWduZWQgaW50AF9fdTMyAGxpbWl0cwBsb3cAaGlnaABsb25nIGxvbmcAX19zNjQAbW9k
ZQBNT0RFX09GRgBNT0RFX09OAGZsYWdzAHVuc2lnbmVkIGNoYXIAX191OABuYW1lAGNoYXIAX19BUlJBWV9TSVpFX1RZUEVfXwBvZmZzZXQAaW50AF9fczMy
AHRhYmxlAHVuc2lnbmVkIGxvbmcgbG9uZwBfX3U2NABiZWZvcmVfbGFzdABicGZfbWFwX2xvb2t1cF9lbGVtAGJwZl9tYXBfdXBkYXRlX2VsZW0AbG9uZwBf
bGljZW5zZQBfdmVyc2lvbgB2ZXJib3NlAF9Cb29sAGNhbGxzAHNtYWxsAHVuc2lnbmVkIHNob3J0AF9fdTE2AG9wdGlvbmFsAHR5cGUAbWF4X2VudHJpZXMA
a2V5AHZhbHVlAHNoYXJlZABwaW5uaW5nAEJQRl9BTlkAQlBGX05PRVhJU1QAQlBGX0VYSVNUAEJQRl9GX0xPQ0sAc2V0dGluZ3MAY3R4AGRhdGEAZGF0YV9l
bmQAZGF0YV9tZXRhAGluZ3Jlc3NfaWZpbmRleAByeF9xdWV1ZV9pbmRleABlZ3Jlc3NfaWZpbmRleAB4ZHBfbWQAbGFzdAB0AAAABQAIAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAACf6wEAGAAAAAAAAABEBQAARAUAAC4DAAAAAAAAAAAAAgMAAAABAAAAAAAAAQQAAAAgAAABAAAAAAAAAAMAAAAAAgAAAAQAAAACAAAA
BQAAAAAAAAEEAAAAIAAAAAAAAAAAAAACBgAAABkAAAAAAAAIBwAAAB8AAAAAAAABBAAAACAAAAAAAAAAAAAAAgkAAAAsAAAAAAAACAoAAAAyAAAAAAAAAQgA
AABAAAAAAAAAAAAAAAIMAAAAAAAAAAAAAAMAAAAAAgAAAAQAAAABAAAAAAAAAAUAAAQoAAAARQAAAAEAAAAAAAAASgAAAAEAAABAAAAAVgAAAAUAAACAAAAA
WgAAAAgAAADAAAAAYAAAAAsAAAAAAQAAaAAAAAAAAA4NAAAAAQAAAAAAAAAAAAACEAAAAAAAAAAAAAADAAAAAAIAAAAEAAAACAAAAAAAAAAEAAAEIAAAAEUA
AAALAAAAAAAAAEoAAAAPAAAAQAAAAFYAAAAFAAAAgAAAAFoAAAAIAAAAwAAAAG8AAAAAAAAOEQAAAAEAAAAAAAAAAAAAAhQAAAB4AAAABgAABBgAAAB/AAAA
BgAAAAAAAACEAAAABgAAACAAAACNAAAABgAAAEAAAACXAAAABgAAAGAAAACnAAAABgAAAIAAAAC2AAAABgAAAKAAAAAAAAAAAQAADQIAAADFAAAAEwAAAMkA
AAABAAAMFQAAAAAAAAAAAAAKGAAAAAAAAAAAAAAJBgAAACICAAAAAAAOFwAAAAEAAAAAAAAAAAAAChsAAAAAAAAAAAAACRwAAAApAgAABQAAhCAAAAAwAgAA
BgAAAAAAAAA0AgAAHQAAAEAAAAA5AgAAHwAAAIAAAAA+AgAAIAAAAKAAAANEAgAAIwAAAKgAAABJAgAAAAAACB4AAABPAgAAAAAAAQgAAABAAAABOQIAAAIA
AAYEAAAAWQIAAAAAAABiAgAABwAAAGoCAAAAAAAIIQAAAG8CAAAAAAABAQAAAAgAAAB9AgAAAAAAAQEAAAAIAAABAAAAAAAAAAMAAAAAIgAAAAQAAAAIAAAA
KQIAAAAAAA4aAAAAAQAAAIICAAAAAAAIAgAAAIgCAAAAAAAOJQAAAAEAAAA5AgAAAAAADh8AAAABAAAAAAAAAAAAAAMAAAAACQAAAAQAAAAEAAAAjwIAAAAA
AA4oAAAAAQAAAJUCAAAAAAAOAgAAAAEAAAChAgAAAAAADgkAAAABAAAAAAAAAAAAAAotAAAAAAAAAAAAAAkuAAAApwIAAAAAAAEBAAAACAAABK0CAAAAAAAO
LAAAAAEAAAC1AgAAAAAACDEAAAC7AgAAAAAAAQIAAAAQAAAAAAAAAAAAAAMAAAAAMAAAAAQAAAADAAAAygIAAAAAAA4yAAAAAQAAAAAAAAAAAAADAAAAACIA
AAAEAAAABAAAANACAAAAAAAONAAAAAEAAADZAgAAAAAADgYAAAABAAAA4gIAAAEAAA8AAAAAKwAAAAAAAAAIAAAA5wIAAAEAAA8AAAAAMwAAAAAAAAAGAAAA
8gIAAAIAAA8AAAAAJgAAAAAAAAAEAAAAJwAAAAAAAAAEAAAA+AIAAAEAAA8AAAAAKgAAAAAAAAAEAAAABAMAAAEAAA8AAAAAKQAAAAAAAAAgAAAAEAMAAAIA
AA8AAAAADgAAAAAAAAAoAAAAEgAAAAAAAAAgAAAAFgMAAAMAAA8AAAAAGQAAAAAAAAAEAAAAJAAAAAAAAAAgAAAALwAAAAAAAAABAAAAHgMAAAEAAA8AAAAA
NQAAAAAAAAAEAAAAJgMAAAEAAA8AAAAANgAAAAAAAAAEAAAAAGludABfX0FSUkFZX1NJWkVfVFlQRV9fAF9fdTMyAHVuc2lnbmVkIGludABfX3U2NAB1bnNp
Z25lZCBsb25nIGxvbmcAdHlwZQBtYXhfZW50cmllcwBrZXkAdmFsdWUAcGlubmluZwBzaGFyZWQAb3B0aW9uYWwAeGRwX21kAGRhdGEAZGF0YV9lbmQAZGF0
YV9tZXRhAGluZ3Jlc3NfaWZpbmRleAByeF9xdWV1ZV9pbmRleABlZ3Jlc3NfaWZpbmRleABjdHgAc2V0dGluZ3MAeGRwAC4vb2JqZWN0cy9zZXR0aW5ncy5j
AGludCBzZXR0aW5ncyhzdHJ1Y3QgeGRwX21kICpjdHgpAAlfX3UzMiBrZXkgPSAwOwAJX191NjQgKnZhbHVlID0gYnBmX21hcF9sb29rdXBfZWxlbSgmc2hh
cmVkLCAma2V5KTsACWNhbGxzKys7AAlpZiAodmFsdWUpAAkJKnZhbHVlICs9IDE7AAlpZiAodmVyYm9zZSkACQlicGZfbWFwX3VwZGF0ZV9lbGVtKCZvcHRp
b25hbCwgJmtleSwgJmNhbGxzLCBCUEZfQU5ZKTsACXJldHVybiBhbnN3ZXIgKyBvZmZzZXQgKyBtb2RlICsgbGltaXRzLmxvdyArIChpbnQpbGltaXRzLmhp
Z2ggKyAoaW50KSpsYXN0ICsgYmVmb3JlX2xhc3QgKyBzbWFsbFsxXTsAYW5zd2VyAGxpbWl0cwBsb3cAaGlnaABtb2RlAGZsYWdzAG5hbWUAX19zNjQAbG9u
ZyBsb25nAE1PREVfT0ZGAE1PREVfT04AX191OAB1bnNpZ25lZCBjaGFyAGNoYXIAX19zMzIAb2Zmc2V0AHRhYmxlAGJlZm9yZV9sYXN0AGNhbGxzAF9Cb29s
AHZlcmJvc2UAX191MTYAdW5zaWduZWQgc2hvcnQAc21hbGwAX2xpY2Vuc2UAX3ZlcnNpb24ALmJzcwAuYnNzLnNtYWxsAC5kYXRhAC5kYXRhLnBsYWluAC5k
YXRhLnRhYmxlAC5tYXBzAC5yb2RhdGEAbGljZW5zZQB2ZXJzaW9uAAAAn+sBACAAAAAAAAAAFAAAABQAAACcAQAAsAEAAAAAAAAIAAAA0gAAAAEAAAAAAAAA
FgAAABAAAADSAAAAGQAAAAAAAADWAAAA6wAAAAC0AAAIAAAA1gAAAAwBAAAIvAAAIAAAANYAAAAcAQAAEcAAADgAAADWAAAAUAEAAAfMAABgAAAA1gAAAFoB
AAAG0AAAaAAAANYAAABmAQAACtQAAIAAAADWAAAAdQEAAAbYAACYAAAA1gAAAHUBAAAG2AAAsAAAANYAAACDAQAAA9wAAOAAAADWAAAAvAEAAAngAAD4AAAA
1gAAALwBAAAS4AAAEAEAANYAAAC8AQAAEOAAABgBAADWAAAAvAEAABvgAAAwAQAA1gAAALwBAAAZ4AAAOAEAANYAAAC8AQAAKeAAAFABAADWAAAAvAEAACDg
AABYAQAA1gAAALwBAAA74AAAYAEAANYAAAC8AQAALeAAAGgBAADWAAAAvAEAAEfgAACAAQAA1gAAALwBAABA4AAAiAEAANYAAAC8AQAAT+AAAKABAADWAAAA
vAEAAE3gAACoAQAA1gAAALwBAABd4AAAwAEAANYAAAC8AQAAW+AAAMgBAADWAAAAvAEAAALgAAAMAAAA/////wQACAAIfAsAFAAAAAAAAAAAAAAAAAAAANAB
AAAAAAAA7gAAAAUACACCAAAACAEB+w4NAAEBAQEAAAABAAABAQEfBAAAAAACAAAAGwAAACcAAAADAR8CDwUeBDoAAAAAKH+bCCZwcJ5TJdkQY7D9vk0AAAAB
uBDycHM+EGMZtn71EsYkblgAAAACADXaNnySbpuBTr1Lkp+4gmoAAAADire/GV0g4oUb8anltxJFygQAAAkCAAAAAAAAAAADLQEFCAohBRE9BQc/BQZZBQoh
BQY9BjwDSiAFAwYDNy4FCWcFEgY8BRA8BRsgBRk8BSkgBSA8BTsgBS0gBUcgBUA8BU8gBU08BV0gBVs8BQIgAgEAAQEuAC91c3IvaW5jbHVkZS9hc20tZ2Vu
ZXJpYwBpbmNsdWRlL2JwZgAvdXNyL2luY2x1ZGUvbGludXgAb2JqZWN0cy9zZXR0aW5ncy5jAGludC1sbDY0LmgAYnBmX2hlbHBlcl9kZWZzLmgAYnBmLmgA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASAEAAAQA8f8AAAAAAAAAAAAAAAAAAAAAAAAAAAMAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAMADgAAAAAA
AAAAAAAAAAAAAAAAAAAAAAMADwAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAEgAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMA
FQAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAGwAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAHQAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAHwAAAAAAAAAAAAAAAAAAAAAA
dAAAABIAAwAAAAAAAAAAANABAAAAAAAAQQEAABEACQAAAAAAAAAAACgAAAAAAAAAbgAAABEACgAAAAAAAAAAAAgAAAAAAAAA/gAAABEABQAoAAAAAAAAAAEA
AAAAAAAA5wAAABEACQAoAAAAAAAAACAAAAAAAAAAmAAAABEABQAAAAAAAAAAAAQAAAAAAAAALgAAABEABgAAAAAAAAAAAAQAAAAAAAAAPAEAABEABgAEAAAA
AAAAAAQAAAAAAAAARQAAABEABQAIAAAAAAAAACAAAAAAAAAANgEAABEABwAAAAAAAAAAACAAAAAAAAAAIgAAABEACAAAAAAAAAAAAAQAAAAAAAAA4QAAABEA
CwAAAAAAAAAAAAYAAAAAAAAABgEAABEADAAAAAAAAAAAAAQAAAAAAAAAxwAAABEADQAAAAAAAAAAAAQAAAAAAAAAIAAAAAAAAAABAAAADAAAADgAAAAAAAAA
AQAAAA0AAACAAAAAAAAAAAEAAAAOAAAAsAAAAAAAAAABAAAADwAAAMAAAAAAAAAAAQAAAA0AAADgAAAAAAAAAAEAAAAQAAAA+AAAAAAAAAABAAAAEQAAABgB
AAAAAAAAAQAAABIAAAA4AQAAAAAAAAEAAAATAAAAaAEAAAAAAAABAAAAFAAAAIgBAAAAAAAAAQAAABUAAACoAQAAAAAAAAEAAAAWAAAACAAAAAAAAAADAAAA
BAAAABEAAAAAAAAAAwAAAAUAAAAVAAAAAAAAAAMAAAAJAAAAHwAAAAAAAAADAAAABwAAACMAAAAAAAAAAwAAAAMAAAAIAAAAAAAAAAMAAAAGAAAADAAAAAAA
AAADAAAABgAAABAAAAAAAAAAAwAAAAYAAAAUAAAAAAAAAAMAAAAGAAAAGAAAAAAAAAADAAAABgAAABwAAAAAAAAAAwAAAAYAAAAgAAAAAAAAAAMAAAAGAAAA
JAAAAAAAAAADAAAABgAAACgAAAAAAAAAAwAAAAYAAAAsAAAAAAAAAAMAAAAGAAAAMAAAAAAAAAADAAAABgAAADQAAAAAAAAAAwAAAAYAAAA4AAAAAAAAAAMA
AAAGAAAAPAAAAAAAAAADAAAABgAAAEAAAAAAAAAAAwAAAAYAAABEAAAAAAAAAAMAAAAGAAAASAAAAAAAAAADAAAABgAAAEwAAAAAAAAAAwAAAAYAAABQAAAA
AAAAAAMAAAAGAAAAVAAAAAAAAAADAAAABgAAAFgAAAAAAAAAAwAAAAYAAABcAAAAAAAAAAMAAAAGAAAAYAAAAAAAAAADAAAABgAAAGQAAAAAAAAAAwAAAAYA
AABoAAAAAAAAAAMAAAAGAAAAbAAAAAAAAAADAAAABgAAAHAAAAAAAAAAAwAAAAYAAAB0AAAAAAAAAAMAAAAGAAAAeAAAAAAAAAADAAAABgAAAHwAAAAAAAAA
AwAAAAYAAACAAAAAAAAAAAMAAAAGAAAAhAAAAAAAAAADAAAABgAAAIgAAAAAAAAAAwAAAAYAAACMAAAAAAAAAAMAAAAGAAAAkAAAAAAAAAADAAAABgAAAJQA
AAAAAAAAAwAAAAYAAACYAAAAAAAAAAMAAAAGAAAAnAAAAAAAAAADAAAABgAAAKAAAAAAAAAAAwAAAAYAAACkAAAAAAAAAAMAAAAGAAAAqAAAAAAAAAADAAAA
BgAAAKwAAAAAAAAAAwAAAAYAAACwAAAAAAAAAAMAAAAGAAAAtAAAAAAAAAADAAAABgAAALgAAAAAAAAAAwAAAAYAAAC8AAAAAAAAAAMAAAAGAAAAwAAAAAAA
AAADAAAABgAAAMQAAAAAAAAAAwAAAAYAAADIAAAAAAAAAAMAAAAGAAAAzAAAAAAAAAADAAAABgAAANAAAAAAAAAAAwAAAAYAAADUAAAAAAAAAAMAAAAGAAAA
2AAAAAAAAAADAAAABgAAANwAAAAAAAAAAwAAAAYAAADgAAAAAAAAAAMAAAAGAAAA5AAAAAAAAAADAAAABgAAAOgAAAAAAAAAAwAAAAYAAADsAAAAAAAAAAMA
AAAGAAAA8AAAAAAAAAADAAAABgAAAAgAAAAAAAAAAgAAABAAAAAQAAAAAAAAAAIAAAATAAAAGAAAAAAAAAACAAAAEQAAACAAAAAAAAAAAgAAABIAAAAoAAAA
AAAAAAIAAAAUAAAAMAAAAAAAAAACAAAAFQAAADgAAAAAAAAAAgAAABcAAABAAAAAAAAAAAIAAAAYAAAASAAAAAAAAAACAAAADgAAAFAAAAAAAAAAAgAAAA0A
AABYAAAAAAAAAAIAAAAWAAAAYAAAAAAAAAACAAAADwAAAGgAAAAAAAAAAgAAAAwAAABwAAAAAAAAAAIAAAACAAAAZAQAAAAAAAAEAAAADQAAAHwEAAAAAAAA
BAAAABYAAACUBAAAAAAAAAQAAAARAAAAoAQAAAAAAAAEAAAAEgAAALgEAAAAAAAABAAAABUAAADQBAAAAAAAAAQAAAAUAAAA6AQAAAAAAAAEAAAADAAAAPQE
AAAAAAAABAAAAA8AAAAMBQAAAAAAAAMAAAAQAAAAGAUAAAAAAAADAAAAEwAAACQFAAAAAAAAAwAAAA4AAAA8BQAAAAAAAAQAAAAXAAAAVAUAAAAAAAAEAAAA
GAAAACwAAAAAAAAABAAAAAIAAABAAAAAAAAAAAQAAAACAAAAUAAAAAAAAAAEAAAAAgAAAGAAAAAAAAAABAAAAAIAAABwAAAAAAAAAAQAAAACAAAAgAAAAAAA
AAAEAAAAAgAAAJAAAAAAAAAABAAAAAIAAACgAAAAAAAAAAQAAAACAAAAsAAAAAAAAAAEAAAAAgAAAMAAAAAAAAAABAAAAAIAAADQAAAAAAAAAAQAAAACAAAA
4AAAAAAAAAAEAAAAAgAAAPAAAAAAAAAABAAAAAIAAAAAAQAAAAAAAAQAAAACAAAAEAEAAAAAAAAEAAAAAgAAACABAAAAAAAABAAAAAIAAAAwAQAAAAAAAAQA
AAACAAAAQAEAAAAAAAAEAAAAAgAAAFABAAAAAAAABAAAAAIAAABgAQAAAAAAAAQAAAACAAAAcAEAAAAAAAAEAAAAAgAAAIABAAAAAAAABAAAAAIAAACQAQAA
AAAAAAQAAAACAAAAoAEAAAAAAAAEAAAAAgAAALABAAAAAAAABAAAAAIAAADAAQAAAAAAAAQAAAACAAAAFAAAAAAAAAADAAAACAAAABgAAAAAAAAAAgAAAAIA
AAAiAAAAAAAAAAMAAAAKAAAAJgAAAAAAAAADAAAACgAAACoAAAAAAAAAAwAAAAoAAAAuAAAAAAAAAAMAAAAKAAAAOgAAAAAAAAADAAAACgAAAE8AAAAAAAAA
AwAAAAoAAABkAAAAAAAAAAMAAAAKAAAAeQAAAAAAAAADAAAACgAAAJMAAAAAAAAAAgAAAAIAAAALEBMUFQwNDg8WFxgALmRlYnVnX2FiYnJldgAudGV4dAAu
cmVsLkJURi5leHQAYmVmb3JlX2xhc3QAb2Zmc2V0AC5kZWJ1Z19sb2NsaXN0cwBsaW1pdHMALnJlbC5kZWJ1Z19zdHJfb2Zmc2V0cwAuYnNzAC5tYXBzAGNh
bGxzAHNldHRpbmdzAC5kZWJ1Z19zdHIALmRlYnVnX2xpbmVfc3RyAGFuc3dlcgAucmVsLmRlYnVnX2FkZHIALnJlbHhkcAAucmVsLmRlYnVnX2luZm8AX3Zl
cnNpb24ALmRhdGEucGxhaW4ALmJzcy5zbWFsbABvcHRpb25hbAAubGx2bV9hZGRyc2lnAHZlcmJvc2UAX2xpY2Vuc2UALnJlbC5kZWJ1Z19saW5lAC5yZWwu
ZGVidWdfZnJhbWUALmRhdGEudGFibGUAbW9kZQBzaGFyZWQAc2V0dGluZ3MuYwAuc3RydGFiAC5zeW10YWIALnJvZGF0YQAuZGF0YQAucmVsLkJURgAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABTAQAAAwAAAAAAAAAAAAAAAAAAAAAAAAAEIgAA
AAAAAHoBAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAADwAAAAEAAAAGAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAA
AAAAAAAAAAAAALMAAAABAAAABgAAAAAAAAAAAAAAAAAAAEAAAAAAAAAA0AEAAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAAAAAAACvAAAACQAAAEAAAAAAAAAA
AAAAAAAAAAA4GQAAAAAAAMAAAAAAAAAAIQAAAAMAAAAIAAAAAAAAABAAAAAAAAAAYwEAAAEAAAACAAAAAAAAAAAAAAAAAAAAEAIAAAAAAAApAAAAAAAAAAAA
AAAAAAAACAAAAAAAAAAAAAAAAAAAAGsBAAABAAAAAwAAAAAAAAAAAAAAAAAAADwCAAAAAAAACAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAwAQAA
AQAAAAMAAAAAAAAAAAAAAAAAAABIAgAAAAAAACAAAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAA0AAAAAEAAAADAAAAAAAAAAAAAAAAAAAAaAIAAAAA
AAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAGgAAAABAAAAAwAAAAAAAAAAAAAAAAAAAHACAAAAAAAASAAAAAAAAAAAAAAAAAAAAAgAAAAAAAAA
AAAAAAAAAABjAAAACAAAAAMAAAAAAAAAAAAAAAAAAAC4AgAAAAAAAAgAAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAA3AAAAAgAAAADAAAAAAAAAAAA
AAAAAAAAuAIAAAAAAAAGAAAAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAAAAAAAAcBAAABAAAAAwAAAAAAAAAAAAAAAAAAALgCAAAAAAAABAAAAAAAAAAAAAAA
AAAAAAEAAAAAAAAAAAAAAAAAAADIAAAAAQAAAAMAAAAAAAAAAAAAAAAAAAC8AgAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAANQAAAAEA
AAAAAAAAAAAAAAAAAAAAAAAAwAIAAAAAAAAXAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAAAAAAAAAAAAAANcCAAAAAAAA
ZQEAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAC7AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAA8BAAAAAAAACADAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAA
AAAAAAAAtwAAAAkAAABAAAAAAAAAAAAAAAAAAAAA+BkAAAAAAABQAAAAAAAAACEAAAAQAAAACAAAAAAAAAAQAAAAAAAAAFAAAAABAAAAAAAAAAAAAAAAAAAA
AAAAAFwHAAAAAAAA9AAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAABMAAAACQAAAEAAAAAAAAAAAAAAAAAAAABIGgAAAAAAALADAAAAAAAAIQAAABIA
AAAIAAAAAAAAABAAAAAAAAAAfQAAAAEAAAAwAAAAAAAAAAAAAAAAAAAAUAgAAAAAAAApAgAAAAAAAAAAAAAAAAAAAQAAAAAAAAABAAAAAAAAAKMAAAABAAAA
AAAAAAAAAAAAAAAAAAAAAHkKAAAAAAAAeAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAACfAAAACQAAAEAAAAAAAAAAAAAAAAAAAAD4HQAAAAAAAOAA
AAAAAAAAIQAAABUAAAAIAAAAAAAAABAAAAAAAAAAdQEAAAEAAAAAAAAAAAAAAAAAAAAAAAAA9AoAAAAAAACKCAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAA
AAAAAHEBAAAJAAAAQAAAAAAAAAAAAAAAAAAAANgeAAAAAAAA0AAAAAAAAAAhAAAAFwAAAAgAAAAAAAAAEAAAAAAAAAAZAAAAAQAAAAAAAAAAAAAAAAAAAAAA
AACAEwAAAAAAANABAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAFQAAAAkAAABAAAAAAAAAAAAAAAAAAAAAqB8AAAAAAACgAQAAAAAAACEAAAAZAAAA
CAAAAAAAAAAQAAAAAAAAACMBAAABAAAAAAAAAAAAAAAAAAAAAAAAAFAVAAAAAAAAKAAAAAAAAAAAAAAAAAAAAAgAAAAAAAAAAAAAAAAAAAAfAQAACQAAAEAA
AAAAAAAAAAAAAAAAAABIIQAAAAAAACAAAAAAAAAAIQAAABsAAAAIAAAAAAAAABAAAAAAAAAAEwEAAAEAAAAAAAAAAAAAAAAAAAAAAAAAeBUAAAAAAADyAAAA
AAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAA8BAAAJAAAAQAAAAAAAAAAAAAAAAAAAAGghAAAAAAAAkAAAAAAAAAAhAAAAHQAAAAgAAAAAAAAAEAAAAAAA
AACIAAAAAQAAADAAAAAAAAAAAAAAAAAAAABqFgAAAAAAAHAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAEAAAAAAAAA8AAAAANM/28AAACAAAAAAAAAAAAAAAAA
+CEAAAAAAAAMAAAAAAAAACEAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAFsBAAACAAAAAAAAAAAAAAAAAAAAAAAAAOAWAAAAAAAAWAIAAAAAAAABAAAACwAAAAgA
AAAAAAAAGAAAAAAAAAA=
`,
});

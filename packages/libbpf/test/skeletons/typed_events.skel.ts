// Generated from the object 'typed_events' by rootlet gen skeleton. Do not edit.
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

/** Plain value of `union typed_events__layout`, 24 bytes. */
export interface typed_events__layout_value {
  readonly "rodata.shortest": __u32;
  readonly "rodata.note": readonly number[];
  readonly "bss.count": __u64;
  readonly "bss.unused_event": bigint;
  readonly "record of events": event_value;
  readonly "key of shapes": shape_value;
  readonly "value of shapes": seen_value;
}

/** `union typed_events__layout`, 24 bytes. */
export class typed_events__layout extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 24;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): typed_events__layout {
    return new typed_events__layout(viewOf(bytes), off);
  }

  /** `volatile const __u32 rodata.shortest; at 0` */
  get "rodata.shortest"(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set "rodata.shortest"(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  #v1: char_8 | undefined;
  /** `volatile const char rodata.note[8]; at 0` */
  get "rodata.note"(): char_8 {
    return (this.#v1 ??= new char_8(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** `__u64 bss.count; at 0` */
  get "bss.count"(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "bss.count"(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `const struct event *bss.unused_event; at 0` */
  get "bss.unused_event"(): bigint {
    return this.$view.getBigUint64(this.$off, true);
  }
  set "bss.unused_event"(value: bigint) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  #v4: event | undefined;
  /** `struct event record of events; at 0` */
  get "record of events"(): event {
    return (this.#v4 ??= new event(this.$view, 0)).$on(this.$view, this.$off);
  }

  #v5: shape | undefined;
  /** `struct shape key of shapes; at 0` */
  get "key of shapes"(): shape {
    return (this.#v5 ??= new shape(this.$view, 0)).$on(this.$view, this.$off);
  }

  #v6: seen | undefined;
  /** `struct seen value of shapes; at 0` */
  get "value of shapes"(): seen {
    return (this.#v6 ??= new seen(this.$view, 0)).$on(this.$view, this.$off);
  }

  /** The plain value: a copy. */
  $get(): typed_events__layout_value {
    return {
      "rodata.shortest": this["rodata.shortest"],
      "rodata.note": this["rodata.note"].$get(),
      "bss.count": this["bss.count"],
      "bss.unused_event": this["bss.unused_event"],
      "record of events": this["record of events"].$get(),
      "key of shapes": this["key of shapes"].$get(),
      "value of shapes": this["value of shapes"].$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<typed_events__layout_value>): this {
    if (value["rodata.shortest"] !== undefined) this["rodata.shortest"] = value["rodata.shortest"];
    if (value["rodata.note"] !== undefined) this["rodata.note"].$set(value["rodata.note"]);
    if (value["bss.count"] !== undefined) this["bss.count"] = value["bss.count"];
    if (value["bss.unused_event"] !== undefined) this["bss.unused_event"] = value["bss.unused_event"];
    if (value["record of events"] !== undefined) this["record of events"].$set(value["record of events"]);
    if (value["key of shapes"] !== undefined) this["key of shapes"].$set(value["key of shapes"]);
    if (value["value of shapes"] !== undefined) this["value of shapes"].$set(value["value of shapes"]);
    return this;
  }
}

export type __u32 = number;

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

export type __u64 = bigint;

/** Plain value of `struct event`, 24 bytes. */
export interface event_value {
  readonly number: __u64;
  readonly verdict: verdict | (number & {});
  readonly length: __u32;
  readonly note: readonly number[];
}

/** `struct event`, 24 bytes. */
export class event extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 24;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): event {
    return new event(viewOf(bytes), off);
  }

  /** `__u64 number; at 0` */
  get number(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set number(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `enum verdict verdict; at 8` */
  get verdict(): verdict | (number & {}) {
    return this.$view.getUint32(this.$off + 8, true);
  }
  set verdict(value: verdict | (number & {})) {
    this.$view.setUint32(this.$off + 8, value, true);
  }

  /** `__u32 length; at 12` */
  get length(): __u32 {
    return this.$view.getUint32(this.$off + 12, true);
  }
  set length(value: __u32) {
    this.$view.setUint32(this.$off + 12, value, true);
  }

  #v3: char_8 | undefined;
  /** `char note[8]; at 16` */
  get note(): char_8 {
    return (this.#v3 ??= new char_8(this.$view, 0)).$on(this.$view, this.$off + 16);
  }

  /** The plain value: a copy. */
  $get(): event_value {
    return {
      number: this.number,
      verdict: this.verdict,
      length: this.length,
      note: this.note.$get(),
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<event_value>): this {
    if (value.number !== undefined) this.number = value.number;
    if (value.verdict !== undefined) this.verdict = value.verdict;
    if (value.length !== undefined) this.length = value.length;
    if (value.note !== undefined) this.note.$set(value.note);
    return this;
  }
}

/** `enum verdict`, 4 bytes. */
export const verdict = {
  TOO_SHORT: 0,
  SEEN: 1,
} as const;
export type verdict = (typeof verdict)[keyof typeof verdict];

/** Plain value of `struct shape`, 8 bytes. */
export interface shape_value {
  readonly length: __u32;
  readonly queue: __u32;
}

/** `struct shape`, 8 bytes. */
export class shape extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 8;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): shape {
    return new shape(viewOf(bytes), off);
  }

  /** `__u32 length; at 0` */
  get length(): __u32 {
    return this.$view.getUint32(this.$off, true);
  }
  set length(value: __u32) {
    this.$view.setUint32(this.$off, value, true);
  }

  /** `__u32 queue; at 4` */
  get queue(): __u32 {
    return this.$view.getUint32(this.$off + 4, true);
  }
  set queue(value: __u32) {
    this.$view.setUint32(this.$off + 4, value, true);
  }

  /** The plain value: a copy. */
  $get(): shape_value {
    return {
      length: this.length,
      queue: this.queue,
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<shape_value>): this {
    if (value.length !== undefined) this.length = value.length;
    if (value.queue !== undefined) this.queue = value.queue;
    return this;
  }
}

/** Plain value of `struct seen`, 16 bytes. */
export interface seen_value {
  readonly packets: __u64;
  readonly last: __s64;
}

/** `struct seen`, 16 bytes. */
export class seen extends BtfView {
  /** Size in bytes. */
  static readonly SIZE = 16;

  /** @param off where it begins, bytes */
  static from(bytes: Uint8Array, off: number = 0): seen {
    return new seen(viewOf(bytes), off);
  }

  /** `__u64 packets; at 0` */
  get packets(): __u64 {
    return this.$view.getBigUint64(this.$off, true);
  }
  set packets(value: __u64) {
    this.$view.setBigUint64(this.$off, value, true);
  }

  /** `__s64 last; at 8` */
  get last(): __s64 {
    return this.$view.getBigInt64(this.$off + 8, true);
  }
  set last(value: __s64) {
    this.$view.setBigInt64(this.$off + 8, value, true);
  }

  /** The plain value: a copy. */
  $get(): seen_value {
    return {
      packets: this.packets,
      last: this.last,
    };
  }

  /** Writes the fields that are given; of a union the last one counts. */
  $set(value: Partial<seen_value>): this {
    if (value.packets !== undefined) this.packets = value.packets;
    if (value.last !== undefined) this.last = value.last;
    return this;
  }
}

export type __s64 = bigint;

/** The object typed_events. */
export interface typed_events extends libbpf.Skeleton {
  readonly maps: {
    /** ringbuf, max_entries 4096 */
    readonly events: libbpf.TypedMap<undefined, undefined, typed_events__layout_value['record of events']>;
    /** hash, max_entries 16 */
    readonly shapes: libbpf.TypedMap<typed_events__layout_value['key of shapes'], typed_events__layout_value['value of shapes']>;
    /** variables of .rodata */
    readonly rodata: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .rodata.cst16 */
    readonly rodata_cst16: libbpf.TypedMap<Uint8Array, Uint8Array>;
    /** variables of .bss */
    readonly bss: libbpf.TypedMap<Uint8Array, Uint8Array>;
  };
  readonly progs: {
    /** SEC("xdp") */
    readonly typed_events: libbpf.BpfProgram;
  };
  readonly links: {
    typed_events: libbpf.BpfLink | undefined;
  };
  readonly rodata: {
    shortest: typed_events__layout['rodata.shortest'];
    get note(): typed_events__layout['rodata.note'];
    set note(value: typed_events__layout_value['rodata.note']);
  };
  readonly bss: {
    count: typed_events__layout['bss.count'];
    unused_event: typed_events__layout['bss.unused_event'];
  };
}

export const typed_events: libbpf.SkeletonType<typed_events> = libbpf.defineSkeleton({
  name: 'typed_events',
  layout: typed_events__layout,
  maps: {
    events: 'events',
    shapes: 'shapes',
    rodata: '.rodata',
    rodata_cst16: '.rodata.cst16',
    bss: '.bss',
  },
  progs: [
    'typed_events',
  ],
  records: {
    events: 24,
  },
  vars: {
    rodata: ['shortest', 'note'],
    bss: ['count', 'unused_event'],
  },
  object: `
f0VMRgIBAQAAAAAAAAAAAAEA9wABAAAAAAAAAAAAAAAAAAAAAAAAANAjAAAAAAAAAAAAAEAAAAAAAEAAHgABAGESAAAAAAAAYRYEAAAAAAAcJgAAAAAAAGNq
+P8AAAAAYREQAAAAAABjGvz/AAAAABgBAAAAAAAAAAAAAAAAAAC3AgAAGAAAALcDAAAAAAAAhQAAAIMAAAC3AQAA/////3sa8P8AAAAAtwEAAAEAAAB7Guj/
AAAAALQBAAD/////FQA8AAAAAAAYAQAAAAAAAAAAAAAAAAAAeRIAAAAAAAC/IwAAAAAAAAcDAAABAAAAezEAAAAAAAB7IAAAAAAAAGNgDAAAAAAAGAEAAAAA
AAAAAAAAAAAAAGESAAAAAAAAtAEAAAEAAAA+JgEAAAAAALQBAAAAAAAAYxAIAAAAAAAYAQAAAAAAAAAAAAAAAAAAcRIAAAAAAABzIBAAAAAAAHESAQAAAAAA
cyARAAAAAABxEgIAAAAAAHMgEgAAAAAAcRIDAAAAAABzIBMAAAAAAHESBAAAAAAAcyAUAAAAAABxEgUAAAAAAHMgFQAAAAAAcRIGAAAAAABzIBYAAAAAAHER
BwAAAAAAcxAXAAAAAAC/AQAAAAAAALcCAAAAAAAAhQAAAIQAAAC/ogAAAAAAAAcCAAD4////GAEAAAAAAAAAAAAAAAAAAIUAAAABAAAAVQAKAAAAAAC/ogAA
AAAAAAcCAAD4////v6MAAAAAAAAHAwAA6P///xgBAAAAAAAAAAAAAAAAAAC3BAAAAAAAAIUAAAACAAAAtAEAAAEAAAAFAAgAAAAAAHkBAAAAAAAABwEAAAEA
AAB7EAAAAAAAABgCAAAAAAAAAAAAAAAAAAB5IgAAAAAAAIcCAAAAAAAAeyAIAAAAAAC8EAAAAAAAAJUAAAAAAAAADgAAAHBhY2tldAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAA//////////9HUEwAhgAAAAUACAAEAAAAEAAAABYAAAAdAAAAbwAAAAQA
KAFRAARYqAMBUAAEgAKgAgMRAJ8EoAKwAgMRAZ8EsALAAgMRAp8EwALQAgMRA58E0ALgAgMRBJ8E4ALwAgMRBZ8E8AKAAwMRBp8EgAOQAwMRB58EkAPYAwMR
CJ8ABNADmAQBUASoBOgEAVAAAREBJSUTBQMlchcQFxslERsSBnMXjAEXAAACNAADJUkTPxk6CzsLAhgAAAMmAEkTAAAENQBJEwAABRYASRMDJToLOwsAAAYk
AAMlPgsLCwAABwEBSRMAAAghAEkTNwsAAAkkAAMlCws+CwAACjQAAyVJEzoLOwsAAAsPAEkTAAAMFQFJEycZAAANBQBJEwAADg8AAAAPFQEnGQAAECYAAAAR
EwEDJQsLOgs7CwAAEg0AAyVJEzoLOws4CwAAEwQBSRMDJQsLOgs7CwAAFCgAAyUcDwAAFRMBCws6CzsLAAAWIQBJEzcFAAAXBAFJEwsLOgs7BQAAGC4BERsS
BkAYehkDJToLOwsnGUkTPxkAABkFAAIiAyU6CzsLSRMAABo0AAIYAyU6CzsLSRMAABs0AAIiAyU6CzsLSRMAABwLAREbEgYAAB0TAQMlCws6CzsFAAAeDQAD
JUkTOgs7BTgLAAAALgMAAAUAAQgAAAAAAQAdAAEIAAAAAAAAAAIHeAIAAAgAAAAMAAAAAgMyAAAAACwCoQADNwAAAAQ8AAAABUQAAAAFARsGBAcEAgZTAAAA
AC0CoQEHXwAAAAhtAAAACAADZAAAAARpAAAABgcGAQkICAcKCXkAAAACsgN+AAAAC4MAAAAMmAAAAA2YAAAADZkAAAANmQAAAAAOBaEAAAALAR8GCgcICgyt
AAAAArMDsgAAAAu3AAAADw2YAAAADZkAAAAACg3LAAAAAjAD0AAAAAvVAAAADJgAAAANmAAAAA3lAAAAAAvqAAAAEAoO8wAAAAIxA/gAAAAL/QAAAAwXAQAA
DZgAAAAN5QAAAA3lAAAADZkAAAAABg8FCAIQJgEAAABJAqECB2kAAAAIbQAAAAQAAhE9AQAAAB4CoQMLQgEAAANHAQAAERcYAAwSEpkAAAAADQASE3EBAAAA
DggSFjwAAAAADwwSBoEBAAAAEBAAE0QAAAATBAAHFBQAFBUBAAdpAAAACG0AAAAIAAIYmAEAAAAjAqEEFRAAIBIZrwEAAAAhABIbxAEAAAAiCAALtAEAAAfA
AQAACG0AAAAbAAYaBQQLyQEAAAfAAQAAFm0AAAAAEAACHOEBAAAAKgKhBRUgACUSGQoCAAAAJgASGxsCAAAAJwgSHSwCAAAAKBASIEkCAAAAKRgACw8CAAAH
wAEAAAhtAAAAAQALIAIAAAfAAQAACG0AAAAQAAsxAgAAER8IABMSFjwAAAAAFAASHjwAAAAAFQQAC04CAAARJRAAGBIhmQAAAAAZABIiZgIAAAAaCAAFbgIA
ACQBHgYjBQgCJpkAAAAALgKhBhdEAAAABAPMBBQnABQoARQpAhQqBAAYB3gCAAABWisAMcABAAAZAC0AMeQCAAAaApEQHwAzMQIAABoCkQAsADVOAgAAGwEX
ADQsAwAAGwMlADVJAgAAHAiQAAAAGwI1ADzAAQAAAAAL6QIAAB00GAPUFx4uPAAAAAPVFwAeLzwAAAAD1hcEHjA8AAAAA9cXCB4xPAAAAAPZFwweMjwAAAAD
2hcQHjM8AAAAA9wXFAALRwEAAADcAAAABQAAAAAAAAAoAAAAQAAAAEIAAABLAAAAWAAAAF4AAABjAAAAaAAAAHwAAACQAAAAowAAAKkAAAC8AAAA0AAAAOQA
AADpAAAA8gAAAP8AAAAGAQAADgEAABgBAAAdAQAAJAEAACoBAAAxAQAANgEAADoBAABGAQAATQEAAFEBAABXAQAAXQEAAGMBAABrAQAAcAEAAHoBAACAAQAA
hQEAAIsBAACTAQAAnwEAAKkBAAC0AQAAwQEAAMcBAADLAQAA0AEAANkBAADjAQAA8wEAAAICAAARAgAAGAIAAERlYmlhbiBjbGFuZyB2ZXJzaW9uIDE5LjEu
NyAoM35kZWIxMnUxKQBwcm9ncmFtcy90eXBlZF9ldmVudHMuYwAuAHNob3J0ZXN0AHVuc2lnbmVkIGludABfX3UzMgBub3RlAGNoYXIAX19BUlJBWV9TSVpF
X1RZUEVfXwBicGZfcmluZ2J1Zl9yZXNlcnZlAHVuc2lnbmVkIGxvbmcgbG9uZwBfX3U2NABicGZfcmluZ2J1Zl9zdWJtaXQAYnBmX21hcF9sb29rdXBfZWxl
bQBicGZfbWFwX3VwZGF0ZV9lbGVtAGxvbmcAX2xpY2Vuc2UAdW51c2VkX2V2ZW50AG51bWJlcgB2ZXJkaWN0AFRPT19TSE9SVABTRUVOAGxlbmd0aABldmVu
dABldmVudHMAdHlwZQBpbnQAbWF4X2VudHJpZXMAc2hhcGVzAGtleQBxdWV1ZQBzaGFwZQB2YWx1ZQBwYWNrZXRzAGxhc3QAbG9uZyBsb25nAF9fczY0AHNl
ZW4AY291bnQAQlBGX0FOWQBCUEZfTk9FWElTVABCUEZfRVhJU1QAQlBGX0ZfTE9DSwB0eXBlZF9ldmVudHMAZmlyc3QAY3R4AGRhdGEAZGF0YV9lbmQAZGF0
YV9tZXRhAGluZ3Jlc3NfaWZpbmRleAByeF9xdWV1ZV9pbmRleABlZ3Jlc3NfaWZpbmRleAB4ZHBfbWQAaQBMAAAABQAIAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAJ/rAQAYAAAAAAAAADAEAAAwBAAA2QMAAAAAAAAAAAACAwAAAAEA
AAAAAAABBAAAACAAAAEAAAAAAAAAAwAAAAACAAAABAAAABsAAAAFAAAAAAAAAQQAAAAgAAAAAAAAAAAAAAIGAAAAAAAAAAAAAAMAAAAAAgAAAAQAAAAAEAAA
AAAAAAIAAAQQAAAAGQAAAAEAAAAAAAAAHgAAAAUAAABAAAAAKgAAAAAAAA4HAAAAAQAAAAAAAAAAAAACCgAAAAAAAAAAAAADAAAAAAIAAAAEAAAAAQAAAAAA
AAAAAAACDAAAAAAAAAAAAAADAAAAAAIAAAAEAAAAEAAAAAAAAAAAAAACDgAAADEAAAACAAAECAAAADcAAAAPAAAAAAAAAD4AAAAPAAAAIAAAAEQAAAAAAAAI
EAAAAEoAAAAAAAABBAAAACAAAAAAAAAAAAAAAhIAAABXAAAAAgAABBAAAABcAAAAEwAAAAAAAABkAAAAFQAAAEAAAABpAAAAAAAACBQAAABvAAAAAAAAAQgA
AABAAAAAggAAAAAAAAgWAAAAiAAAAAAAAAEIAAAAQAAAAQAAAAAEAAAEIAAAABkAAAAJAAAAAAAAAB4AAAALAAAAQAAAAJIAAAANAAAAgAAAAJYAAAARAAAA
wAAAAJwAAAAAAAAOFwAAAAEAAAAAAAAAAAAAAhoAAACjAAAABgAABBgAAACqAAAADwAAAAAAAACvAAAADwAAACAAAAC4AAAADwAAAEAAAADCAAAADwAAAGAA
AADSAAAADwAAAIAAAADhAAAADwAAAKAAAAAAAAAAAQAADQIAAADwAAAAGQAAAPQAAAABAAAMGwAAAAAAAAAAAAAKHgAAAAAAAAAAAAAJDwAAAGsDAAAAAAAO
HQAAAAEAAAAAAAAAAAAACiEAAAAAAAAAAAAACSIAAAB0AwAAAAAAAQEAAAAIAAABAAAAAAAAAAMAAAAAIAAAAAQAAAAIAAAAeQMAAAAAAA4jAAAAAQAAAH4D
AAAAAAAOEwAAAAEAAAAAAAAAAAAAAwAAAAAiAAAABAAAAAQAAACEAwAAAAAADiYAAAABAAAAAAAAAAAAAAIpAAAAAAAAAAAAAAoqAAAAjQMAAAQAAAQYAAAA
kwMAABMAAAAAAAAAmgMAACsAAABAAAAANwAAAA8AAABgAAAAeQMAACwAAACAAAAAmgMAAAIAAAYEAAAAogMAAAAAAACsAwAAAQAAAAAAAAAAAAADAAAAACIA
AAAEAAAACAAAALEDAAAAAAAOKAAAAAEAAAC+AwAAAgAADwAAAAAlAAAAAAAAAAgAAAAtAAAAAAAAAAgAAADDAwAAAgAADwAAAAAIAAAAAAAAABAAAAAYAAAA
AAAAACAAAADJAwAAAgAADwAAAAAfAAAAAAAAAAQAAAAkAAAAAAAAAAgAAADRAwAAAQAADwAAAAAnAAAAAAAAAAQAAAAAaW50AF9fQVJSQVlfU0laRV9UWVBF
X18AdHlwZQBtYXhfZW50cmllcwBldmVudHMAc2hhcGUAbGVuZ3RoAHF1ZXVlAF9fdTMyAHVuc2lnbmVkIGludABzZWVuAHBhY2tldHMAbGFzdABfX3U2NAB1
bnNpZ25lZCBsb25nIGxvbmcAX19zNjQAbG9uZyBsb25nAGtleQB2YWx1ZQBzaGFwZXMAeGRwX21kAGRhdGEAZGF0YV9lbmQAZGF0YV9tZXRhAGluZ3Jlc3Nf
aWZpbmRleAByeF9xdWV1ZV9pbmRleABlZ3Jlc3NfaWZpbmRleABjdHgAdHlwZWRfZXZlbnRzAHhkcAAuL3Byb2dyYW1zL3R5cGVkX2V2ZW50cy5jAAlzdHJ1
Y3Qgc2hhcGUgc2hhcGUgPSB7Lmxlbmd0aCA9IGN0eC0+ZGF0YV9lbmQgLSBjdHgtPmRhdGEsIC5xdWV1ZSA9IGN0eC0+cnhfcXVldWVfaW5kZXh9OwAJc3Ry
dWN0IGV2ZW50ICpldmVudCA9IGJwZl9yaW5nYnVmX3Jlc2VydmUoJmV2ZW50cywgc2l6ZW9mKCpldmVudCksIDApOwAJc3RydWN0IHNlZW4gKnNlZW4sIGZp
cnN0ID0gey5wYWNrZXRzID0gMSwgLmxhc3QgPSAtMX07AAlpZiAoIWV2ZW50KQAJZXZlbnQtPm51bWJlciA9IGNvdW50Kys7AAlldmVudC0+bGVuZ3RoID0g
c2hhcGUubGVuZ3RoOwAJZXZlbnQtPnZlcmRpY3QgPSBzaGFwZS5sZW5ndGggPCBzaG9ydGVzdCA/IFRPT19TSE9SVCA6IFNFRU47AAkJZXZlbnQtPm5vdGVb
aV0gPSBub3RlW2ldOwAJYnBmX3JpbmdidWZfc3VibWl0KGV2ZW50LCAwKTsACXNlZW4gPSBicGZfbWFwX2xvb2t1cF9lbGVtKCZzaGFwZXMsICZzaGFwZSk7
AAlpZiAoIXNlZW4pIHsACQlicGZfbWFwX3VwZGF0ZV9lbGVtKCZzaGFwZXMsICZzaGFwZSwgJmZpcnN0LCBCUEZfQU5ZKTsACQlyZXR1cm4gMTsACXNlZW4t
PnBhY2tldHMrKzsACXNlZW4tPmxhc3QgPSAtKF9fczY0KWNvdW50OwB9AHNob3J0ZXN0AGNoYXIAbm90ZQBjb3VudABfbGljZW5zZQBldmVudABudW1iZXIA
dmVyZGljdABUT09fU0hPUlQAU0VFTgB1bnVzZWRfZXZlbnQALmJzcwAubWFwcwAucm9kYXRhAGxpY2Vuc2UAAAAAn+sBACAAAAAAAAAAFAAAABQAAACcAgAA
sAIAAAAAAAAIAAAAAQEAAAEAAAAAAAAAHAAAABAAAAABAQAAKQAAAAAAAAAFAQAAHwEAADfMAAAIAAAABQEAAB8BAAAnzAAAEAAAAAUBAAAfAQAAMMwAABgA
AAAFAQAAHwEAABfMAAAgAAAABQEAAB8BAABLzAAAKAAAAAUBAAAfAQAAF8wAADAAAAAFAQAAegEAABjQAABgAAAABQEAAMIBAAAV1AAAgAAAAAUBAAD6AQAA
BtwAAIgAAAAFAQAABwIAABfkAAC4AAAABQEAAAcCAAAQ5AAAwAAAAAUBAAAhAgAAEOgAAMgAAAAFAQAAQAIAACLsAADoAAAABQEAAEACAAAg7AAA+AAAAAUB
AABAAgAAEewAAAABAAAFAQAAfgIAABT0AAAYAQAABQEAAH4CAAAS9AAAIAEAAAUBAAB+AgAAFPQAACgBAAAFAQAAfgIAABL0AAAwAQAABQEAAH4CAAAU9AAA
OAEAAAUBAAB+AgAAEvQAAEABAAAFAQAAfgIAABT0AABIAQAABQEAAH4CAAAS9AAAUAEAAAUBAAB+AgAAFPQAAFgBAAAFAQAAfgIAABL0AABgAQAABQEAAH4C
AAAU9AAAaAEAAAUBAAB+AgAAEvQAAHABAAAFAQAAfgIAABT0AAB4AQAABQEAAH4CAAAS9AAAgAEAAAUBAAB+AgAAFPQAAIgBAAAFAQAAfgIAABL0AACQAQAA
BQEAAJoCAAAC+AAAuAEAAAUBAAC5AgAACfwAANABAAAFAQAA5wIAAAYAAQD4AQAABQEAAPUCAAADBAEAIAIAAAUBAAAuAwAAAwgBACgCAAAFAQAAOgMAAA8Q
AQBAAgAABQEAAEwDAAAXFAEAWAIAAAUBAABMAwAADxQBAGACAAAFAQAATAMAAA0UAQBoAgAABQEAAGkDAAABHAEADAAAAP////8EAAgACHwLABQAAAAAAAAA
AAAAAAAAAAB4AgAAAAAAAEQBAAAFAAgAggAAAAgBAfsODQABAQEBAAAAAQAAAQEBHwQAAAAAAgAAABsAAAAnAAAAAwEfAg8FHgQ6AAAAAMU0kFOjrFprD77O
XwzQa3tSAAAAAbgQ8nBzPhBjGbZ+9RLGJG5dAAAAAgA12jZ8km6bgU69S5KfuIJvAAAAA4q3vxldIOKFG/Gp5bcSRcoEAAU3CgAJAgAAAAAAAAAAAzIBBScG
IAUwIAUXIAVLIAUXIAUYBiEGA0xYBRUGAzUgBQZMBRciBRAGZgYhBSIhBSAGSgNFIAURAzsgBRQGIgUSBjwFFCAFEiAFFCAFEiAFFCAFEiAFFCAFEiAFFCAF
EiAFFCAFEiAFFCAFEiAFAgYhBgNCPAUJBgM/LgUGPQYDQCAFAwYDwQBKBgO/f0oGA8IAIAUPIgUXPQUPBjwFDSAFAQYiAgIAAQEuAC91c3IvaW5jbHVkZS9h
c20tZ2VuZXJpYwBpbmNsdWRlL2JwZgAvdXNyL2luY2x1ZGUvbGludXgAcHJvZ3JhbXMvdHlwZWRfZXZlbnRzLmMAaW50LWxsNjQuaABicGZfaGVscGVyX2Rl
ZnMuaABicGYuaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAQAABADx/wAAAAAAAAAAAAAAAAAAAAAAAAAAAwADAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AwAKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwALAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAOAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAQAAAAAAAAAAAAAAAAAAAA
AAAAAAAAAwARAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAXAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAZAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAbAAAAAAAAAAAA
AAAAAAAAAABOAAAAEgADAAAAAAAAAAAAeAIAAAAAAABUAAAAEQAGAAAAAAAAAAAAEAAAAAAAAAArAAAAEQAIAAAAAAAAAAAACAAAAAAAAAAiAAAAEQAFAAAA
AAAAAAAABAAAAAAAAADVAAAAEQAFAAQAAAAAAAAACAAAAAAAAAB9AAAAEQAGABAAAAAAAAAAIAAAAAAAAADaAAAAEQAJAAAAAAAAAAAABAAAAAAAAAAxAAAA
EQAIAAgAAAAAAAAACAAAAAAAAAAwAAAAAAAAAAEAAAAMAAAAiAAAAAAAAAABAAAADQAAAMgAAAAAAAAAAQAAAA4AAAAAAQAAAAAAAAEAAAAPAAAAuAEAAAAA
AAABAAAAEAAAAPgBAAAAAAAAAQAAABAAAABAAgAAAAAAAAEAAAANAAAACAAAAAAAAAADAAAABAAAABEAAAAAAAAAAwAAAAUAAAAVAAAAAAAAAAMAAAAJAAAA
HwAAAAAAAAADAAAABwAAACMAAAAAAAAAAwAAAAMAAAAIAAAAAAAAAAMAAAAGAAAADAAAAAAAAAADAAAABgAAABAAAAAAAAAAAwAAAAYAAAAUAAAAAAAAAAMA
AAAGAAAAGAAAAAAAAAADAAAABgAAABwAAAAAAAAAAwAAAAYAAAAgAAAAAAAAAAMAAAAGAAAAJAAAAAAAAAADAAAABgAAACgAAAAAAAAAAwAAAAYAAAAsAAAA
AAAAAAMAAAAGAAAAMAAAAAAAAAADAAAABgAAADQAAAAAAAAAAwAAAAYAAAA4AAAAAAAAAAMAAAAGAAAAPAAAAAAAAAADAAAABgAAAEAAAAAAAAAAAwAAAAYA
AABEAAAAAAAAAAMAAAAGAAAASAAAAAAAAAADAAAABgAAAEwAAAAAAAAAAwAAAAYAAABQAAAAAAAAAAMAAAAGAAAAVAAAAAAAAAADAAAABgAAAFgAAAAAAAAA
AwAAAAYAAABcAAAAAAAAAAMAAAAGAAAAYAAAAAAAAAADAAAABgAAAGQAAAAAAAAAAwAAAAYAAABoAAAAAAAAAAMAAAAGAAAAbAAAAAAAAAADAAAABgAAAHAA
AAAAAAAAAwAAAAYAAAB0AAAAAAAAAAMAAAAGAAAAeAAAAAAAAAADAAAABgAAAHwAAAAAAAAAAwAAAAYAAACAAAAAAAAAAAMAAAAGAAAAhAAAAAAAAAADAAAA
BgAAAIgAAAAAAAAAAwAAAAYAAACMAAAAAAAAAAMAAAAGAAAAkAAAAAAAAAADAAAABgAAAJQAAAAAAAAAAwAAAAYAAACYAAAAAAAAAAMAAAAGAAAAnAAAAAAA
AAADAAAABgAAAKAAAAAAAAAAAwAAAAYAAACkAAAAAAAAAAMAAAAGAAAAqAAAAAAAAAADAAAABgAAAKwAAAAAAAAAAwAAAAYAAACwAAAAAAAAAAMAAAAGAAAA
tAAAAAAAAAADAAAABgAAALgAAAAAAAAAAwAAAAYAAAC8AAAAAAAAAAMAAAAGAAAAwAAAAAAAAAADAAAABgAAAMQAAAAAAAAAAwAAAAYAAADIAAAAAAAAAAMA
AAAGAAAAzAAAAAAAAAADAAAABgAAANAAAAAAAAAAAwAAAAYAAADUAAAAAAAAAAMAAAAGAAAA2AAAAAAAAAADAAAABgAAANwAAAAAAAAAAwAAAAYAAAAIAAAA
AAAAAAIAAAAOAAAAEAAAAAAAAAACAAAADwAAABgAAAAAAAAAAgAAABEAAAAgAAAAAAAAAAIAAAASAAAAKAAAAAAAAAACAAAADAAAADAAAAAAAAAAAgAAABAA
AAA4AAAAAAAAAAIAAAANAAAAQAAAAAAAAAACAAAAAgAAAEgAAAAAAAAAAgAAAAIAAADUAwAAAAAAAAQAAAANAAAA4AMAAAAAAAAEAAAAEgAAAPgDAAAAAAAA
BAAAAAwAAAAEBAAAAAAAAAQAAAAQAAAAHAQAAAAAAAADAAAADgAAACgEAAAAAAAAAwAAAA8AAABABAAAAAAAAAQAAAARAAAALAAAAAAAAAAEAAAAAgAAAEAA
AAAAAAAABAAAAAIAAABQAAAAAAAAAAQAAAACAAAAYAAAAAAAAAAEAAAAAgAAAHAAAAAAAAAABAAAAAIAAACAAAAAAAAAAAQAAAACAAAAkAAAAAAAAAAEAAAA
AgAAAKAAAAAAAAAABAAAAAIAAACwAAAAAAAAAAQAAAACAAAAwAAAAAAAAAAEAAAAAgAAANAAAAAAAAAABAAAAAIAAADgAAAAAAAAAAQAAAACAAAA8AAAAAAA
AAAEAAAAAgAAAAABAAAAAAAABAAAAAIAAAAQAQAAAAAAAAQAAAACAAAAIAEAAAAAAAAEAAAAAgAAADABAAAAAAAABAAAAAIAAABAAQAAAAAAAAQAAAACAAAA
UAEAAAAAAAAEAAAAAgAAAGABAAAAAAAABAAAAAIAAABwAQAAAAAAAAQAAAACAAAAgAEAAAAAAAAEAAAAAgAAAJABAAAAAAAABAAAAAIAAACgAQAAAAAAAAQA
AAACAAAAsAEAAAAAAAAEAAAAAgAAAMABAAAAAAAABAAAAAIAAADQAQAAAAAAAAQAAAACAAAA4AEAAAAAAAAEAAAAAgAAAPABAAAAAAAABAAAAAIAAAAAAgAA
AAAAAAQAAAACAAAAEAIAAAAAAAAEAAAAAgAAACACAAAAAAAABAAAAAIAAAAwAgAAAAAAAAQAAAACAAAAQAIAAAAAAAAEAAAAAgAAAFACAAAAAAAABAAAAAIA
AABgAgAAAAAAAAQAAAACAAAAcAIAAAAAAAAEAAAAAgAAAIACAAAAAAAABAAAAAIAAACQAgAAAAAAAAQAAAACAAAAoAIAAAAAAAAEAAAAAgAAALACAAAAAAAA
BAAAAAIAAADAAgAAAAAAAAQAAAACAAAAFAAAAAAAAAADAAAACAAAABgAAAAAAAAAAgAAAAIAAAAiAAAAAAAAAAMAAAAKAAAAJgAAAAAAAAADAAAACgAAACoA
AAAAAAAAAwAAAAoAAAAuAAAAAAAAAAMAAAAKAAAAOgAAAAAAAAADAAAACgAAAE8AAAAAAAAAAwAAAAoAAABkAAAAAAAAAAMAAAAKAAAAeQAAAAAAAAADAAAA
CgAAAJYAAAAAAAAAAgAAAAIAAAALDg8MEBEALmRlYnVnX2FiYnJldgAudGV4dAAucmVsLkJURi5leHQAc2hvcnRlc3QAY291bnQAdW51c2VkX2V2ZW50AC5k
ZWJ1Z19sb2NsaXN0cwB0eXBlZF9ldmVudHMALnJlbC5kZWJ1Z19zdHJfb2Zmc2V0cwAuYnNzAC5tYXBzAHNoYXBlcwAuZGVidWdfc3RyAC5kZWJ1Z19saW5l
X3N0cgAucmVsLmRlYnVnX2FkZHIALnJlbHhkcAAucmVsLmRlYnVnX2luZm8ALmxsdm1fYWRkcnNpZwBub3RlAF9saWNlbnNlAC5yZWwuZGVidWdfbGluZQAu
cmVsLmRlYnVnX2ZyYW1lAHR5cGVkX2V2ZW50cy5jAC5zdHJ0YWIALnN5bXRhYgAucm9kYXRhAC5yZWwuQlRGAC5yb2RhdGEuY3N0MTYAAAAAAAAAAAAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABMBAAADAAAAAAAAAAAAAAAAAAAAAAAAAI4iAAAAAAAAQgEAAAAA
AAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAPAAAAAQAAAAYAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAA
swAAAAEAAAAGAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAB4AgAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAK8AAAAJAAAAQAAAAAAAAAAAAAAAAAAAABga
AAAAAAAAcAAAAAAAAAAdAAAAAwAAAAgAAAAAAAAAEAAAAAAAAAAjAQAAAQAAAAIAAAAAAAAAAAAAAAAAAAC4AgAAAAAAAAwAAAAAAAAAAAAAAAAAAAAEAAAA
AAAAAAAAAAAAAAAAdwAAAAEAAAADAAAAAAAAAAAAAAAAAAAAyAIAAAAAAAAwAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAADQBAAABAAAAEgAAAAAA
AAAAAAAAAAAAAPgCAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAgAAAAAAAAAEAAAAAAAAAByAAAACAAAAAMAAAAAAAAAAAAAAAAAAAAIAwAAAAAAABAAAAAAAAAA
AAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAA2wAAAAEAAAADAAAAAAAAAAAAAAAAAAAACAMAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAD4A
AAABAAAAAAAAAAAAAAAAAAAAAAAAAAwDAAAAAAAAigAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAQAAAAAAAAAAAAAAAAAAAAAAAACWAwAA
AAAAAGIBAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAuwAAAAEAAAAAAAAAAAAAAAAAAAAAAAAA+AQAAAAAAAAyAwAAAAAAAAAAAAAAAAAAAQAAAAAA
AAAAAAAAAAAAALcAAAAJAAAAQAAAAAAAAAAAAAAAAAAAAIgaAAAAAAAAUAAAAAAAAAAdAAAADAAAAAgAAAAAAAAAEAAAAAAAAABfAAAAAQAAAAAAAAAAAAAA
AAAAAAAAAAAqCAAAAAAAAOAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAWwAAAAkAAABAAAAAAAAAAAAAAAAAAAAA2BoAAAAAAABgAwAAAAAAAB0A
AAAOAAAACAAAAAAAAAAQAAAAAAAAAIQAAAABAAAAMAAAAAAAAAAAAAAAAAAAAAoJAAAAAAAAGgIAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAACjAAAA
AQAAAAAAAAAAAAAAAAAAAAAAAAAkCwAAAAAAAFAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAnwAAAAkAAABAAAAAAAAAAAAAAAAAAAAAOB4AAAAA
AACQAAAAAAAAAB0AAAARAAAACAAAAAAAAAAQAAAAAAAAAC8BAAABAAAAAAAAAAAAAAAAAAAAAAAAAHQLAAAAAAAAIQgAAAAAAAAAAAAAAAAAAAQAAAAAAAAA
AAAAAAAAAAArAQAACQAAAEAAAAAAAAAAAAAAAAAAAADIHgAAAAAAAHAAAAAAAAAAHQAAABMAAAAIAAAAAAAAABAAAAAAAAAAGQAAAAEAAAAAAAAAAAAAAAAA
AAAAAAAAmBMAAAAAAADQAgAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAABUAAAAJAAAAQAAAAAAAAAAAAAAAAAAAADgfAAAAAAAAoAIAAAAAAAAdAAAA
FQAAAAgAAAAAAAAAEAAAAAAAAAD3AAAAAQAAAAAAAAAAAAAAAAAAAAAAAABoFgAAAAAAACgAAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAA8wAAAAkA
AABAAAAAAAAAAAAAAAAAAAAA2CEAAAAAAAAgAAAAAAAAAB0AAAAXAAAACAAAAAAAAAAQAAAAAAAAAOcAAAABAAAAAAAAAAAAAAAAAAAAAAAAAJAWAAAAAAAA
SAEAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAADjAAAACQAAAEAAAAAAAAAAAAAAAAAAAAD4IQAAAAAAAJAAAAAAAAAAHQAAABkAAAAIAAAAAAAAABAA
AAAAAAAAjwAAAAEAAAAwAAAAAAAAAAAAAAAAAAAA2BcAAAAAAAB1AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAABAAAAAAAAAMcAAAADTP9vAAAAgAAAAAAAAAAA
AAAAAIgiAAAAAAAABgAAAAAAAAAdAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAbAQAAAgAAAAAAAAAAAAAAAAAAAAAAAABQGAAAAAAAAMgBAAAAAAAAAQAAAAsA
AAAIAAAAAAAAABgAAAAAAAAA
`,
});

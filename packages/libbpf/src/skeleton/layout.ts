// How do generated types read and write bytes?
import type { BpfMap } from '../map.ts';
import type { MapData } from '../map-elements.ts';

/** A place in data, as `generateTypeScript()` of `@rootlet/btf` declares it. */
export interface LayoutView {
  $on(view: DataView, off: number): this;
}

/**
 * A class with an accessor for every variable, key, value and record of an object, each at its beginning: a union. They are called
 * `section.variable`, `key of map`, `value of map`, `record of map`, `ops of map`.
 */
export type LayoutClass = new (view: DataView, off: number) => LayoutView;

/** A nested struct or array. */
interface View {
  $get(): unknown;
  $set(value: unknown): unknown;
}

/** What the accessors of a {@link LayoutClass} are asked with. */
export class Layout {
  readonly #union: LayoutView & Record<string, unknown>;

  constructor(type: LayoutClass) {
    this.#union = new type(viewOf(new Uint8Array()), 0) as LayoutView & Record<string, unknown>;
  }

  /** A number, a bigint or a boolean; of a struct or array a view of the bytes themselves. */
  read(member: string, at: DataView, byteOff = 0): unknown {
    return this.#union.$on(at, byteOff)[member];
  }

  write(member: string, value: unknown, at: DataView, byteOff = 0): void {
    const view = this.read(member, at, byteOff);
    if (isView(view)) view.$set(value);
    else this.#union[member] = value;
  }

  /** The plain value of bytes; the bytes where there is no type. */
  decode(member: string, bytes: Uint8Array): unknown {
    if (!(member in this.#union)) return bytes;
    const value = this.read(member, viewOf(bytes));
    return isView(value) ? value.$get() : value;
  }

  /** The bytes of a value; the value where there is no type. @param byteLen how many */
  encode(member: string, value: unknown, byteLen: number): MapData {
    const bytes = new Uint8Array(byteLen);
    if (!(member in this.#union)) return (value ?? bytes) as MapData;
    this.write(member, value, viewOf(bytes));
    return bytes;
  }
}

function isView(value: unknown): value is View {
  return typeof value === 'object';
}

/** A view of all bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A view of a copy of a map's value that writes all of it back with each write. What the kernel refuses is thrown. */
export function copiedView(map: BpfMap, bytes: Uint8Array): DataView {
  const view = viewOf(bytes);
  const methods = DataView.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of Object.getOwnPropertyNames(methods).filter((method) => method.startsWith('set'))) {
    const write = (...args: unknown[]): void => {
      methods[name]?.apply(view, args);
      map.update(0, bytes);
    };
    Object.defineProperty(view, name, { value: write });
  }
  return view;
}

/** The text of a `char` array's plain value: the characters before the first NUL, as UTF-8. */
export function textOf(chars: readonly number[]): string {
  const end = chars.indexOf(0);
  return new TextDecoder().decode(Uint8Array.from(end < 0 ? chars : chars.slice(0, end)));
}

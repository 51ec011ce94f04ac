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
export interface LayoutClass {
  new (view: DataView, off: number): LayoutView;
  readonly prototype: object;
}

/** A nested struct or array. */
interface View {
  $get(): unknown;
  $set(value: unknown): unknown;
}

/** An accessor, as a property's descriptor has it. */
interface Accessor {
  readonly get?: (this: LayoutView) => unknown;
  /** Absent for structs and arrays. */
  readonly set?: (this: LayoutView, value: unknown) => void;
}

/** One accessor of a {@link LayoutClass}, found once: looking it up each time takes twice as long. Without type where the class has none. */
export class Member {
  readonly #union: LayoutView;
  readonly #accessor: Accessor;

  constructor(type: LayoutClass, name: string) {
    this.#union = new type(viewOf(new Uint8Array()), 0);
    this.#accessor = (Object.getOwnPropertyDescriptor(type.prototype, name) ?? {});
  }

  /** A number, a bigint or a boolean; of a struct or array a view of the bytes themselves; undefined without type. */
  read(at: DataView, byteOff = 0): unknown {
    return this.#accessor.get?.call(this.#union.$on(at, byteOff));
  }

  write(value: unknown, at: DataView, byteOff = 0): void {
    if (this.#accessor.set === undefined) (this.read(at, byteOff) as View).$set(value);
    else this.#accessor.set.call(this.#union.$on(at, byteOff), value);
  }

  /** The plain value of bytes; the bytes where there is no type. */
  decode(bytes: Uint8Array): unknown {
    const { get, set } = this.#accessor;
    if (get === undefined) return bytes;
    const value = this.read(viewOf(bytes));
    return set === undefined ? (value as View).$get() : value;
  }

  /** The bytes of a value; the value where there is no type. @param byteLen how many */
  encode(value: unknown, byteLen: number): MapData {
    const bytes = new Uint8Array(byteLen);
    if (this.#accessor.get === undefined) return (value ?? bytes) as MapData;
    this.write(value, viewOf(bytes));
    return bytes;
  }
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

// Which number stands in a place that is to be relocated?
import { R_BPF_64_32, R_BPF_64_64, R_BPF_64_ABS32, R_BPF_64_ABS64, R_BPF_64_NODYLD32 } from '@rootlet/elf';
import { INSN_BYTES } from '@rootlet/insn';

/** Bytes that a relocation of each type covers. */
const PLACE_BYTES: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [R_BPF_64_64, 2 * INSN_BYTES],
  [R_BPF_64_32, INSN_BYTES],
  [R_BPF_64_ABS64, 8],
  [R_BPF_64_ABS32, 4],
  [R_BPF_64_NODYLD32, 4],
]);

/** The addend of a relocation, which in relocatables for BPF stands in the place itself; in bytes whatever the place counts. */
export class Addend {
  readonly #data: DataView;
  readonly #at: number;
  readonly #type: number;
  readonly #littleEndian: boolean;

  private constructor(data: DataView, at: number, type: number, littleEndian: boolean) {
    this.#data = data;
    this.#at = at;
    this.#type = type;
    this.#littleEndian = littleEndian;
  }

  /**
   * @param data the section's bytes
   * @param at byte offset of the place
   * @returns undefined when a relocation of this type cannot stand there
   */
  static at(data: DataView, at: number, type: number, littleEndian: boolean, inCode: boolean): Addend | undefined {
    const size = PLACE_BYTES.get(type);
    if (size === undefined || at + size > data.byteLength) return undefined;
    const ofCode = type === R_BPF_64_64 || type === R_BPF_64_32;
    if (ofCode !== inCode) return undefined;
    return new Addend(data, at, type, littleEndian);
  }

  /** Offset from the symbol, bytes. */
  get bytes(): number {
    const [data, at, order] = [this.#data, this.#at, this.#littleEndian];
    switch (this.#type) {
      case R_BPF_64_64:
        return data.getInt32(at + 12, order) * 2 ** 32 + data.getUint32(at + 4, order);
      case R_BPF_64_32:
        // A call counts slots from the slot after itself, as if it stood in slot -1 of the symbol.
        return (data.getInt32(at + 4, order) + 1) * INSN_BYTES;
      case R_BPF_64_ABS64:
        return Number(data.getBigInt64(at, order));
      default:
        return data.getInt32(at, order);
    }
  }

  /** Writes another offset. */
  set(bytes: number): void {
    const [data, at, order] = [this.#data, this.#at, this.#littleEndian];
    switch (this.#type) {
      case R_BPF_64_64:
        data.setUint32(at + 4, bytes % 2 ** 32, order);
        data.setInt32(at + 12, Math.floor(bytes / 2 ** 32), order);
        break;
      case R_BPF_64_32:
        data.setInt32(at + 4, bytes / INSN_BYTES - 1, order);
        break;
      case R_BPF_64_ABS64:
        data.setBigInt64(at, BigInt(bytes), order);
        break;
      default:
        data.setInt32(at, bytes, order);
    }
  }

  /** Moves the offset. */
  add(bytes: number): void {
    this.set(this.bytes + bytes);
  }
}

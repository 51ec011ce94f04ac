// Which unnamed bitfields bring the next member to its place?

/** Types of padding, widest first. */
const UNITS = [['long', 64], ['int', 32], ['short', 16], ['char', 8]] as const;

/**
 * Unnamed bitfields that fill a gap, as libbpf chooses them: the compiler's own alignment does what it can.
 *
 * ```text
 * char c;        0 ‥ 8
 *                8 ‥ 64   the compiler aligns the next field
 * long: 64;     64 ‥ 128
 * int i;       128 ‥ 160
 * ```
 *
 * @param from bit offset behind the last member
 * @param to bit offset of the next member, or the struct's size in bits; greater than `from`
 * @param align alignment in bytes of what comes next
 * @param inBitfield whether the gap is between two bitfields, where the compiler aligns nothing
 * @returns type and width in bits; width 0 aligns
 */
export function paddingFields(from: number, to: number, align: number, inBitfield: boolean): [type: string, bits: number][] {
  const fields: [string, number][] = [];
  // The widest type with a boundary inside the gap.
  const [type, width] = UNITS.find(([, bits]) => roundUp(from, bits) <= to) ?? UNITS[3];
  let at = from;
  const boundary = roundUp(from, width);
  if (boundary > from && boundary <= to) {
    const nextAlignsItself = roundUp(from, 8 * align) === boundary;
    const restFitsBefore = to - boundary <= boundary - from;
    if (inBitfield) fields.push([type, boundary - from]);
    else if (boundary === to ? !nextAlignsItself : restFitsBefore) fields.push([type, 0]);
    at = boundary;
  }
  for (; to - at >= width; at += width) fields.push([type, width]);
  if (at < to) {
    const rest = to - at;
    const [small] = UNITS.findLast(([, bits]) => bits >= rest) ?? UNITS[0];
    fields.push([small, rest]);
  }
  return fields;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

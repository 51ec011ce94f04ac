// Which sections does the output have, and where does each input's part of them stand?
import { alignUp } from '@rootlet/bytes';
import { SHF_GROUP } from '@rootlet/elf';
import type { ElfSection } from '@rootlet/elf';
import { RelocError } from '../errors.ts';
import type { LinkUnit } from './units.ts';

/** Largest section of the output, bytes. */
const MAX_SECTION_BYTES = 2 ** 32 - 1;
/** Bytes of padding that are always allowed, and how many more for each byte of input. */
const MIN_PADDING = 2 ** 21;
const PADDING_RATIO = 8;

/** Bytes of an input section that are left out. */
export interface Cut {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Bytes that earlier cuts of the section take out. */
  readonly before: number;
}

/** One input section's place in the output. */
export interface SectionPart {
  readonly unit: LinkUnit;
  readonly section: ElfSection;
  readonly out: OutSection;
  /** Byte offset in the output section. */
  readonly base: number;
  /** Ascending, not overlapping. */
  readonly cuts: readonly Cut[];
  /** Same bytes as the first part, which stands for it: `license`, `version`. */
  readonly shared: boolean;
}

/** A section of the output. */
export interface OutSection {
  /** In {@link Layout.sections}. */
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly entSize: number;
  addrAlign: number;
  /** Bytes. */
  size: number;
  readonly parts: SectionPart[];
}

/** The output's sections, and where everything went. */
export interface Layout {
  readonly sections: readonly OutSection[];
  /** What an object's sections became, in file order. */
  partsOf(unit: LinkUnit): readonly SectionPart[];
  /** The part that an input section became; undefined when it was dropped. */
  findPart(unit: LinkUnit, sectionIdx: number): SectionPart | undefined;
}

/** Sections of which every object has the same one. */
export function isSharedSection(name: string): boolean {
  return name === 'license' || name === 'version';
}

/** The first section of each name. */
export class SectionPlan {
  readonly #first: Map<string, { readonly unit: LinkUnit; readonly section: ElfSection }> = new Map();

  /**
   * Adds an object's sections; when they cannot stand with those before, nothing is added.
   *
   * @throws `LINK_SECTION` when type, flags or entry size differ; `LINK_LICENSE` when `license` or `version` differ
   */
  add(unit: LinkUnit): void {
    try {
      for (const section of unit.linked) {
        const first = this.#first.get(section.name);
        if (first === undefined) {
          this.#first.set(section.name, { unit, section });
          continue;
        }
        requireAlike(first.unit, first.section, unit, section);
        if (isSharedSection(section.name)) requireSame(first.unit, first.section, unit, section);
      }
    } catch (error) {
      for (const { name } of unit.linked) if (this.#first.get(name)?.unit === unit) this.#first.delete(name);
      throw error;
    }
  }

  /**
   * Lays same-named sections one after the other, in order of the inputs, each part aligned.
   *
   * @param cutsOf bytes that are left out of an input section
   * @throws `LINK_SIZE` when a section outgrows 32 bits, or there is more padding than sense
   */
  layout(units: readonly LinkUnit[], cutsOf: (unit: LinkUnit, section: ElfSection) => readonly Cut[]): Layout {
    const byName = new Map<string, OutSection>();
    const parts: SectionPart[][] = [];
    for (const unit of units) {
      const ofUnit: SectionPart[] = [];
      parts.push(ofUnit);
      for (const section of unit.linked) {
        let out = byName.get(section.name);
        if (out === undefined) byName.set(section.name, (out = createOut(section, byName.size)));
        ofUnit.push(addPart(out, unit, section, cutsOf(unit, section)));
      }
    }
    const sections = [...byName.values()];
    requireBounded(sections, units);
    return {
      sections,
      partsOf: (unit) => parts[unit.index] ?? [],
      findPart: (unit, sectionIdx) => findByIndex(parts[unit.index] ?? [], sectionIdx),
    };
  }
}

/** The part of an input section, among parts in file order. */
function findByIndex(parts: readonly SectionPart[], sectionIdx: number): SectionPart | undefined {
  let low = 0;
  for (let high = parts.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((parts[middle] as SectionPart).section.index < sectionIdx) low = middle + 1;
    else high = middle;
  }
  const part = parts[low];
  return part?.section.index === sectionIdx ? part : undefined;
}

/** A loader counts bytes of a section in 32 bits. Alignment of the tiniest sections could ask for gigabytes of nothing. */
function requireBounded(sections: readonly OutSection[], units: readonly LinkUnit[]): void {
  let padding = 0;
  for (const { name, size, addrAlign, parts } of sections) {
    if (size > MAX_SECTION_BYTES) {
      throw new RelocError('LINK_SIZE', `link: section ${name}`, 'too large', { need: `at most ${MAX_SECTION_BYTES} bytes`, have: size });
    }
    padding += addrAlign + size;
    for (const part of parts) if (!part.shared) padding -= part.section.size - part.cuts.reduce((sum, cut) => sum + cut.end - cut.start, 0);
  }
  const allowed = MIN_PADDING + PADDING_RATIO * units.reduce((sum, unit) => sum + unit.bytes.length, 0);
  if (padding <= allowed) return;
  throw new RelocError('LINK_SIZE', 'link: sections', 'alignment asks for more padding than the objects are large', {
    need: `at most ${allowed} bytes`,
    have: padding,
  });
}

function createOut(section: ElfSection, index: number): OutSection {
  const { name, type, entSize } = section;
  return { index, name, type, flags: flagsOf(section), entSize, addrAlign: 1, size: 0, parts: [] };
}

/** Groups (COMDAT, of C++) are resolved here: their members are weak, one of them stays, and no group is written. */
function flagsOf(section: ElfSection): number {
  return (section.flags & SHF_GROUP) === 0 ? section.flags : section.flags - SHF_GROUP;
}

function addPart(out: OutSection, unit: LinkUnit, section: ElfSection, cuts: readonly Cut[]): SectionPart {
  const first = out.parts[0];
  out.addrAlign = Math.max(out.addrAlign, section.addrAlign);
  const shared = first !== undefined && isSharedSection(section.name);
  // To the strictest alignment so far, as bpftool does: the same layout.
  const base = shared ? first.base : alignUp(out.size, out.addrAlign);
  const part: SectionPart = { unit, section, out, base, cuts, shared };
  if (!shared) out.size = base + section.size - cuts.reduce((sum, cut) => sum + cut.end - cut.start, 0);
  out.parts.push(part);
  return part;
}

function requireAlike(first: LinkUnit, firstSection: ElfSection, unit: LinkUnit, section: ElfSection): void {
  if (firstSection.type === section.type && flagsOf(firstSection) === flagsOf(section) && firstSection.entSize === section.entSize) return;
  const fields = [
    ['type', firstSection.type, section.type],
    ['flags', flagsOf(firstSection), flagsOf(section)],
    ['entry size', firstSection.entSize, section.entSize],
  ] as const;
  for (const [field, need, have] of fields) {
    if (need === have) continue;
    throw new RelocError('LINK_SECTION', `link: object '${unit.name}': section ${section.name}`, `other ${field} than in '${first.name}'`, {
      need: `0x${need.toString(16)}`,
      have: `0x${have.toString(16)}`,
      byteOff: section.byteOff,
    });
  }
}

function requireSame(first: LinkUnit, firstSection: ElfSection, unit: LinkUnit, section: ElfSection): void {
  const a = firstSection.data.bytes;
  const b = section.data.bytes;
  if (a.length === b.length && a.every((byte, at) => byte === b[at])) return;
  const text = (bytes: Uint8Array): string => `'${String.fromCharCode(...bytes.subarray(0, 64)).replace(/\0.*$/s, '')}'`;
  throw new RelocError('LINK_LICENSE', `link: object '${unit.name}': section ${section.name}`, `differs from that of '${first.name}'`, {
    need: text(a),
    have: text(b),
  });
}

/**
 * Where a byte of an input section stands in the output section.
 *
 * @returns undefined when it was cut
 */
export function placeByte(part: SectionPart, byteOff: number): number | undefined {
  const { cuts } = part;
  let low = 0;
  for (let high = cuts.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((cuts[middle] as Cut).start <= byteOff) low = middle + 1;
    else high = middle;
  }
  const last = cuts[low - 1];
  if (last !== undefined && byteOff < last.end) return undefined;
  return part.base + byteOff - (last === undefined ? 0 : last.before + last.end - last.start);
}

// How do several objects become one?
import { RelocError } from '../errors.ts';
import { requireCompatible } from './compat.ts';
import { buildContents } from './content.ts';
import { findCuts } from './cuts.ts';
import { Mentions } from './globals.ts';
import { mergeBtf } from './merge-btf.ts';
import { SectionPlan } from './sections.ts';
import { openUnit, requireOneByteOrder } from './units.ts';
import type { LinkInput, LinkUnit } from './units.ts';
import { writeObject } from './write-object.ts';

/** How to link. */
export interface LinkOptions {
  /**
   * Marks functions that one object defines and another calls as `STV_PROTECTED`: such a function is bound within the
   * object and verified at each call ({@link isVerifiedPerCall}), as a static function is, and stays exported. For loading
   * what was linked; an object that is written to a file should say what its sources say.
   */
  readonly hideResolved?: boolean;
}

/**
 * Links objects statically, one after the other, as `bpftool gen object` does, into one relocatable.
 *
 * Same-named sections are concatenated; `license` and `version` must be the same everywhere and appear once; debug
 * information other than BTF is dropped. One strong definition beats weak ones in any order, among weak ones the first
 * wins, and the code of beaten functions is left out. What nothing defines stays extern. Types are merged, each global
 * has one FUNC or VAR with the definition's linkage and argument names. The same inputs give the same bytes, and linking
 * the result alone gives the result.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BpfLinker } from '@rootlet/reloc';
 *
 * const linker = new BpfLinker();
 * for (const name of ['main_prog', 'helpers']) linker.add({ name, bytes: readFileSync(`packages/reloc/test/fixtures/${name}.o`) });
 * const linked = linker.finalize();
 * ```
 *
 * @libbpf bpf_linker__new, bpf_linker__new_fd
 */
export class BpfLinker {
  readonly #options: LinkOptions;
  #units: LinkUnit[] = [];
  #mentions: Mentions = new Mentions();
  #sections: SectionPlan = new SectionPlan();

  constructor(options: LinkOptions = {}) {
    this.#options = options;
  }

  /** Objects added so far. */
  get count(): number {
    return this.#units.length;
  }

  /**
   * Adds an object. Order counts among weak definitions, and for the layout. The bytes are not copied, so they must not
   * change before {@link BpfLinker.finalize}. An object that is refused leaves the linker as it was.
   *
   * @param input of the same byte order as those before
   * @throws RelocError `LINK_INPUT`, `LINK_SECTION`, `LINK_LICENSE`, `LINK_SYMBOL`, `LINK_DUPLICATE`, `LINK_KIND`; DecodeError
   * @libbpf bpf_linker__add_file, bpf_linker__add_fd, bpf_linker__add_buf
   */
  add(input: LinkInput): this {
    const { unit, names } = openUnit(input, this.#units.length);
    if (this.#units[0] !== undefined) requireOneByteOrder(this.#units[0], unit);
    this.#mentions.add(unit, names);
    try {
      this.#sections.add(unit);
    } catch (error) {
      this.#mentions.remove(unit);
      throw error;
    }
    this.#units.push(unit);
    return this;
  }

  /**
   * The linked object. More may be added after, and the result asked for again.
   *
   * @throws RelocError `LINK_INPUT` when nothing was added; `LINK_PROTOTYPE`, `LINK_VARIABLE`, `LINK_MAP`,
   *   `LINK_EXTERN_SECTION` when mentions of a name do not fit together; `LINK_SIZE`, `LINK_RELOC`, `LINK_SYMBOL`
   * @libbpf bpf_linker__finalize
   */
  finalize(): Uint8Array<ArrayBuffer> {
    const units = this.#units;
    if (units.length === 0) throw new RelocError('LINK_INPUT', 'link', 'no objects given');
    const globals = this.#mentions.resolve(this.#options.hideResolved ?? false);
    const layout = this.#sections.layout(units, findCuts(globals));
    const types = mergeBtf(units, layout, globals);
    requireCompatible(globals.values(), types);
    const contents = buildContents(units, layout, globals);
    return writeObject(units, layout, globals, contents, types);
  }

  /** Lets go of all objects; the linker is as new. @libbpf bpf_linker__free */
  free(): void {
    this.#units = [];
    this.#mentions = new Mentions();
    this.#sections = new SectionPlan();
  }
}

/**
 * Links objects statically into one relocatable: {@link BpfLinker} in one call.
 *
 * @param inputs objects of one byte order, in order of precedence among weak definitions
 * @throws RelocError as `BpfLinker` does; DecodeError
 * @libbpf bpf_linker__add_file, bpf_linker__finalize
 */
export function linkObjects(inputs: readonly LinkInput[], options: LinkOptions = {}): Uint8Array<ArrayBuffer> {
  const linker = new BpfLinker(options);
  for (const input of inputs) linker.add(input);
  return linker.finalize();
}

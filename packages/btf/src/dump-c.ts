// How is a whole BTF written as a C header?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { CDefinitions } from './c-definitions.ts';
import { KFUNC_MACROS, kfuncDeclarations } from './c-kfuncs.ts';
import { orderTypes } from './c-order.ts';
import { sortTypes } from './c-sort.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_PTR, BTF_KIND_RESTRICT,
  BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { infoVlen, RECORD_WORDS } from './layout.ts';
import { arrayOf } from './resolve.ts';

/** How to write the header. */
export interface DumpCOptions {
  /** Only these types and what they need; all when absent. */
  readonly roots?: Iterable<number> | undefined;
  /** Name of an include guard, e.g. `__VMLINUX_H__`; none when absent. */
  readonly guard?: string | undefined;
  /** Puts clang's attribute for CO-RE relocations on every struct. */
  readonly preserveAccessIndex?: boolean | undefined;
  /**
   * `id` (when absent): as the types stand in the BTF, as `bpftool … format c unsorted` and bpftool before 7.5. `sorted`: by kind and name,
   * which changes little from one build of a kernel to the next. `bpftool`: sorted, without the type that sorts first, which bpftool
   * 7.8 leaves out unless another one needs it. Has no meaning with `roots`, which are taken as they come.
   */
  readonly order?: 'id' | 'sorted' | 'bpftool' | undefined;
  /** Declares the kernel's kfuncs after the types, as bpftool does since 7.5; with `roots` only the macros for such declarations. */
  readonly kfuncs?: boolean | undefined;
}

const CHUNK_CHARS = 32_768;
/** Deepest nesting of types that need each other. */
const MAX_DEPTH = 512;

/**
 * All types as a C header, in chunks: each definition after those it needs, forward declarations where a pointer suffices, types of the
 * same name told apart as `name___2`. With the guard `__VMLINUX_H__` and `preserveAccessIndex` it is what
 * `bpftool btf dump file FILE format c` of version 7.1 prints; with `kfuncs` and an `order` what 7.8 prints.
 *
 * Names are written as they are. Those from a compiler are C identifiers; whoever prints a hostile BTF must expect any text in the header.
 *
 * @throws `BTF_DEPTH` when types contain themselves or nest too deeply to be written as C
 * @libbpf btf_dump__dump_type, btf_dump__new, btf_dump__free
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { BTF_KIND_STRUCT, dumpC, parseBtf } from '@rootlet/btf';
 *
 * const btf = parseBtf(readFileSync('packages/btf/test/fixtures/core.el.btf'));
 * const inner = btf.findByNameKind('inner', BTF_KIND_STRUCT) ?? 0;
 * const [header = ''] = dumpC(btf, { roots: [inner] });
 * console.log(header.replace(/\s+/g, ' ').trim()); // struct inner { int before; unsigned int flags: 5; unsigned int rest: 27; };
 * ```
 */
export function* dumpC(btf: Btf, options: DumpCOptions = {}): Generator<string, void, undefined> {
  if (options.guard !== undefined) yield `#ifndef ${options.guard}\n#define ${options.guard}\n\n`;
  if (options.preserveAccessIndex === true) {
    yield '#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n#endif\n\n';
  }
  if (options.kfuncs === true) yield KFUNC_MACROS;
  const writer = new HeaderWriter(btf);
  for (const id of orderTypes(btf, options.roots ?? listed(btf, options.order))) {
    writer.define(id);
    if (writer.text.length >= CHUNK_CHARS) yield writer.take();
  }
  if (writer.text !== '') yield writer.take();
  if (options.kfuncs === true && options.roots === undefined) yield* kfuncDeclarations(btf, writer.definitions);
  if (options.preserveAccessIndex === true) yield '#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n';
  if (options.guard !== undefined) yield `#endif /* ${options.guard} */\n`;
}

/** Where to begin; undefined for all types by id. */
function listed(btf: Btf, order: DumpCOptions['order']): number[] | undefined {
  if (order === undefined || order === 'id') return undefined;
  return order === 'sorted' ? sortTypes(btf) : sortTypes(btf).slice(1);
}

/** What C knows of a type at a point of the header. */
const UNKNOWN = 0;
/** Its definition is being prepared. */
const PENDING = 1;
const DEFINED = 2;

/** Writes definitions, each with the declarations that it needs and that are not there yet. */
class HeaderWriter {
  text = '';
  readonly definitions: CDefinitions;
  readonly #btf: Btf;
  readonly #state: Uint8Array;
  /** Whether a struct, union or typedef may be used behind a pointer. */
  readonly #declared: Uint8Array;
  /** Types still to be visited: hostile function types refer to each other in exponentially many ways. */
  #stepsLeft: number;

  constructor(btf: Btf) {
    this.#btf = btf;
    this.definitions = new CDefinitions(btf);
    this.#state = new Uint8Array(btf.typeCount);
    this.#declared = new Uint8Array(btf.typeCount);
    this.#stepsLeft = 100_000 + 100 * btf.words.length;
  }

  /** The text so far; begins anew. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }

  /** Writes the definition of a type at top level. */
  define(id: number): void {
    this.#prepare(id, 0, MAX_DEPTH);
  }

  /**
   * Sees to it that a type can be used.
   *
   * @param user the type whose definition uses it; 0 writes the definition of `id` itself
   */
  #prepare(id: number, user: number, depth: number): void {
    if (id === 0 || this.#state[id] === DEFINED) return;
    if (depth === 0 || this.#stepsLeft-- === 0) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'nested too deeply to be written as C');
    const btf = this.#btf;
    const kind = btf.kind(id);
    if (this.#state[id] === PENDING) {
      if (id !== user) this.#declare(id, kind);
      return;
    }
    switch (kind) {
      case BTF_KIND_PTR:
      case BTF_KIND_CONST:
      case BTF_KIND_VOLATILE:
      case BTF_KIND_RESTRICT:
      case BTF_KIND_TYPE_TAG:
        this.#prepare(btf.refType(id), user, depth - 1);
        break;
      case BTF_KIND_ARRAY:
        this.#prepare(arrayOf(btf, id).type, user, depth - 1);
        break;
      case BTF_KIND_FUNC_PROTO:
        this.#prepare(btf.refType(id), user, depth - 1);
        this.#prepareElements(id, 2, user, depth);
        break;
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        if (user === 0) this.text += `${this.definitions.enumeration(id, 0)};\n\n`;
        this.#state[id] = DEFINED;
        break;
      case BTF_KIND_FWD:
        this.#declare(id, kind);
        this.#state[id] = DEFINED;
        break;
      case BTF_KIND_TYPEDEF:
        this.#state[id] = PENDING;
        this.#prepare(btf.refType(id), id, depth - 1);
        this.#declare(id, kind);
        this.#state[id] = DEFINED;
        break;
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        this.#prepareStruct(id, user, depth);
        break;
    }
  }

  #prepareStruct(id: number, user: number, depth: number): void {
    const isNamed = this.#btf.name(id) !== '';
    if (user !== 0 && isNamed) {
      if (id !== user) this.#declare(id, this.#btf.kind(id));
      return;
    }
    this.#state[id] = PENDING;
    this.#prepareElements(id, 3, isNamed ? id : user, depth);
    if (user === 0) this.text += `${this.definitions.composite(id, 0)};\n\n`;
    this.#state[id] = user === 0 ? DEFINED : UNKNOWN;
  }

  /** Members or parameters. */
  #prepareElements(id: number, step: number, user: number, depth: number): void {
    const words = this.#btf.recordWords(id);
    const at = this.#btf.recordIdx(id);
    let i = at + RECORD_WORDS + 1;
    for (let n = infoVlen(words[at + 1]!); n > 0; n--, i += step) this.#prepare(words[i]!, user, depth - 1);
  }

  /** `struct name;`, or a typedef, which is its own declaration. */
  #declare(id: number, kind: number): void {
    if (this.#declared[id] === 1) return;
    this.#declared[id] = 1;
    // Compilers have this one built in.
    if (kind === BTF_KIND_TYPEDEF && this.#btf.name(id) === '__builtin_va_list') return;
    this.text += `${kind === BTF_KIND_TYPEDEF ? this.definitions.typedef(id) : this.definitions.tagName(id)};\n\n`;
  }
}

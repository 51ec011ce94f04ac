// How does C write a type around a name?
import type { Btf } from './btf.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_PTR, BTF_KIND_RESTRICT,
  BTF_KIND_STRUCT, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_UNKN, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { infoVlen, RECORD_WORDS } from './layout.ts';
import { arrayOf, isModifier, MAX_RESOLVE_DEPTH } from './resolve.ts';

/** What writing one declaration may use up; shared by everything inside it. */
export interface FormatBudget {
  /** Types still to be written. */
  left: number;
  /** Function pointers inside one another. */
  depth: number;
  /** Leaves out const, volatile, restrict and type tags everywhere. */
  readonly stripModifiers?: boolean;
}

/** Text of a type that is neither pointer, array, function nor modifier, e.g. `struct node` or `u32`. */
export type FormatSpecifier = (id: number) => string;

const CUT_OFF = '/* too deep */';

/**
 * A declaration as C text, spaced as libbpf's C dump spaces it: `const char * const name`, `int (*row)[3]`, `void (*handlers[2])(void *)`.
 *
 * C writes a type from its base outwards to both sides of the name. The references from `id` to the base are collected first,
 * then walked back.
 *
 * @param name the declared name, or any declarator text, or empty
 * @param specifier writes the base type
 */
export function formatDeclarator(btf: Btf, id: number, name: string, specifier: FormatSpecifier, budget: FormatBudget): string {
  const chain: number[] = [];
  let base = id;
  for (;;) {
    const kind = btf.kind(base);
    const isFunc = kind === BTF_KIND_FUNC_PROTO;
    if (kind !== BTF_KIND_PTR && kind !== BTF_KIND_ARRAY && !isFunc && !isModifier(kind)) break;
    if (chain.length >= MAX_RESOLVE_DEPTH || budget.left <= 0) return `${CUT_OFF}${name === '' ? '' : ` ${name}`}`;
    budget.left--;
    if (budget.stripModifiers !== true || !isModifier(kind)) chain.push(base);
    else if (--budget.left <= 0) return CUT_OFF;
    base = kind === BTF_KIND_ARRAY ? arrayOf(btf, base).type : btf.refType(base);
  }

  // Modifiers of the base itself stand before it.
  let text = '';
  let idx = chain.length - 1;
  for (; idx >= 0; idx--) {
    const word = modifierWord(btf.kind(chain[idx]!));
    if (word === '') break;
    text += `${word} `;
  }
  text += specifier(base);

  // What closes later stands to the right of the name, in reverse order.
  const closing: string[] = [];
  let lastWasPtr = false;
  for (; idx >= 0; idx--) {
    const at = chain[idx]!;
    const kind = btf.kind(at);
    switch (kind) {
      case BTF_KIND_PTR:
        text += lastWasPtr ? '*' : ' *';
        lastWasPtr = true;
        break;
      case BTF_KIND_TYPE_TAG:
        text += ` ${formatTypeTag(btf, at)}`;
        lastWasPtr = false;
        break;
      case BTF_KIND_ARRAY: {
        // A modifier of an array is one of its elements; compilers repeat it there.
        while (idx > 0 && isModifier(btf.kind(chain[idx - 1]!))) idx--;
        const dimension = `[${arrayOf(btf, at).nelems}]`;
        if (idx === 0 || btf.kind(chain[idx - 1]!) === BTF_KIND_ARRAY) {
          closing.push(dimension);
        } else {
          // libbpf leaves out this space where there is no name.
          text += lastWasPtr || name === '' ? '(' : ' (';
          closing.push(`)${dimension}`);
          lastWasPtr = true;
        }
        break;
      }
      case BTF_KIND_FUNC_PROTO: {
        // C has no modifiers of functions: GCC describes `noreturn` so.
        while (idx > 0 && isModifier(btf.kind(chain[idx - 1]!))) idx--;
        const params = formatParams(btf, at, specifier, budget);
        if (idx === 0) {
          closing.push(`(${params})`);
          break;
        }
        text += ' (';
        closing.push(`)(${params})`);
        lastWasPtr = true;
        break;
      }
      default:
        text += ` ${modifierWord(kind)}`;
        lastWasPtr = false;
    }
  }
  if (name !== '') text += lastWasPtr ? name : ` ${name}`;
  for (let i = closing.length - 1; i >= 0; i--) text += closing[i]!;
  return text;
}

/** Parameters of a FUNC_PROTO as C text, without the parentheses. */
export function formatParams(btf: Btf, protoId: number, specifier: FormatSpecifier, budget: FormatBudget): string {
  const words = btf.recordWords(protoId);
  const at = btf.recordIdx(protoId);
  const vlen = infoVlen(words[at + 1]!);
  const first = at + RECORD_WORDS;
  if (vlen === 0 || (vlen === 1 && words[first + 1] === 0)) return 'void';
  if (budget.depth <= 0 || budget.left <= vlen) return CUT_OFF;
  budget.depth--;
  budget.left -= vlen;
  const params: string[] = [];
  for (let i = 0, param = first; i < vlen; i++, param += 2) {
    const type = words[param + 1]!;
    const isVararg = type === 0 && i === vlen - 1;
    params.push(isVararg ? '...' : formatDeclarator(btf, type, btf.string(words[param]!), specifier, budget));
  }
  budget.depth++;
  return params.join(', ');
}

/** `__attribute__((btf_type_tag("user")))`; with the kind flag the tag is any attribute. */
function formatTypeTag(btf: Btf, id: number): string {
  return btf.kindFlag(id) ? `__attribute__((${btf.name(id)}))` : `__attribute__((btf_type_tag("${btf.name(id)}")))`;
}

function modifierWord(kind: number): string {
  if (kind === BTF_KIND_CONST) return 'const';
  if (kind === BTF_KIND_VOLATILE) return 'volatile';
  return kind === BTF_KIND_RESTRICT ? 'restrict' : '';
}

/** Name of a base type as C refers to it; anonymous structs, unions and enums as `struct {...}`. */
export function formatTypeName(btf: Btf, id: number): string {
  if (id === 0) return 'void';
  const name = btf.name(id);
  switch (btf.kind(id)) {
    case BTF_KIND_STRUCT:
      return `struct ${name === '' ? '{...}' : name}`;
    case BTF_KIND_UNION:
      return `union ${name === '' ? '{...}' : name}`;
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return `enum ${name === '' ? '{...}' : name}`;
    case BTF_KIND_FWD:
      return `${btf.kindFlag(id) ? 'union' : 'struct'} ${name}`;
    case BTF_KIND_UNKN:
      return `/* type ${id} of unknown kind */`;
    default:
      return name;
  }
}

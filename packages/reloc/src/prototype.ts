// May a caller compiled against this prototype call that function?
import { BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_TYPEDEF, formatFuncProto, formatType } from '@rootlet/btf';
import type { Btf, BtfFuncProto } from '@rootlet/btf';
import { RelocError } from './errors.ts';
import { findTypeMismatch } from './type-compat.ts';
import type { ProvenPairs } from './type-compat.ts';

/** A FUNC in the BTF it belongs to. */
export interface FuncRef {
  readonly btf: Btf;
  /** FUNC type id. */
  readonly id: number;
}

/** How two prototypes of one name differ. */
export interface PrototypeMismatch {
  /** What differs: `return type`, `argument 2`, `number of arguments`. */
  readonly where: string;
  /** Index of the argument, from 0; undefined when no single argument differs. */
  readonly argIdx: number | undefined;
  /** What differs and how, lower case: `argument 2: 'int' has 4 bytes, 'long' has 8`. */
  readonly reason: string;
  /** The first prototype, e.g. the extern's, as C text. */
  readonly declared: string;
  /** The second prototype, e.g. the definition's, as C text. */
  readonly defined: string;
  /** All of it in one line. */
  readonly message: string;
}

/** The typedef that makes a pointer and the parameter after it a buffer: part of the contract, unlike other typedefs. */
const BUFFER_SIZE_TYPEDEF = 'bpf_size_t';

/**
 * Compares two prototypes of one function, e.g. an extern's and its definition's.
 *
 * Equal must be: number of arguments, kinds, sizes; structs, unions and enums by name and, where both sides define them,
 * size and layout; `arg:` declaration tags; and which arguments are a `bpf_size_t`, since that widens what the callee may
 * touch. Not compared: names of arguments, signedness, modifiers, other typedefs.
 *
 * @param proven types of these two BTFs that are known to fit: give the same set to all comparisons of the two
 * @returns undefined when a call is safe in both directions
 * @throws `RELOC_PROTOTYPE` when an id is no function
 */
export function checkPrototype(a: FuncRef, b: FuncRef, proven?: ProvenPairs): PrototypeMismatch | undefined {
  const protoA = getProto(a);
  const protoB = getProto(b);
  const mismatch = (where: string, argIdx: number | undefined, difference: string): PrototypeMismatch => {
    const reason = `${where}: ${difference}`;
    const declared = formatFuncProto(a.btf, a.id);
    const defined = formatFuncProto(b.btf, b.id);
    const message = `${reason}: '${declared}' against '${defined}'`;
    return { where, argIdx, reason, declared, defined, message };
  };
  if (protoA.params.length !== protoB.params.length) {
    return mismatch('number of arguments', undefined, `${protoA.params.length} against ${protoB.params.length}`);
  }
  const returned = findTypeMismatch(a.btf, protoA.returnType, b.btf, protoB.returnType, proven);
  if (returned !== undefined) return mismatch('return type', undefined, returned);
  const tagsA = argTags(a);
  const tagsB = argTags(b);
  for (const [argIdx, paramA] of protoA.params.entries()) {
    const paramB = protoB.params[argIdx] as { type: number };
    const where = `argument ${argIdx + 1}`;
    const types = findTypeMismatch(a.btf, paramA.type, b.btf, paramB.type, proven);
    if (types !== undefined) return mismatch(where, argIdx, types);
    const isSize = isBufferSize(a.btf, paramA.type);
    if (isSize !== isBufferSize(b.btf, paramB.type)) {
      const reason = `only ${isSize ? 'the first' : 'the second'} is a ${BUFFER_SIZE_TYPEDEF}`;
      return mismatch(where, argIdx, `${reason} ('${formatType(a.btf, paramA.type)}', '${formatType(b.btf, paramB.type)}')`);
    }
    const textA = tagsA.get(argIdx) ?? '';
    const textB = tagsB.get(argIdx) ?? '';
    if (textA !== textB) return mismatch(where, argIdx, `tags '${textA}' against '${textB}'`);
  }
  return undefined;
}

function getProto(func: FuncRef): BtfFuncProto {
  if (func.btf.kind(func.id) === BTF_KIND_FUNC) {
    const type = func.btf.refType(func.id);
    if (func.btf.kind(type) === BTF_KIND_FUNC_PROTO) return func.btf.type(type) as BtfFuncProto;
  }
  throw new RelocError('RELOC_PROTOTYPE', `reloc: btf type ${func.id}`, 'not a function');
}

/** `arg:` tags of each argument, sorted, as one text. */
function argTags(func: FuncRef): Map<number, string> {
  const byArg = new Map<number, string[]>();
  for (const tag of func.btf.declTags(func.id)) {
    if (tag.componentIdx < 0 || !tag.value.startsWith('arg:')) continue;
    const tags = byArg.get(tag.componentIdx);
    if (tags === undefined) byArg.set(tag.componentIdx, [tag.value]);
    else tags.push(tag.value);
  }
  return new Map([...byArg].map(([argIdx, tags]) => [argIdx, [...new Set(tags)].sort().join(' ')]));
}

/** Whether a typedef on the way to the type is the buffer size's. */
function isBufferSize(btf: Btf, typeId: number): boolean {
  let id = btf.skipModifiers(typeId);
  for (let left = 32; left > 0 && btf.kind(id) === BTF_KIND_TYPEDEF; left--) {
    if (btf.name(id) === BUFFER_SIZE_TYPEDEF) return true;
    id = btf.skipModifiers(btf.refType(id));
  }
  return false;
}

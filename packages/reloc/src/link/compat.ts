// Do all mentions of a global name mean the same thing?
import { BTF_KIND_ARRAY, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_STRUCT, BTF_KIND_VAR } from '@rootlet/btf';
import type { Btf, BtfArray, BtfComposite } from '@rootlet/btf';
import { RelocError } from '../errors.ts';
import { PARAM_WORDS, RECORD_WORDS } from '../names.ts';
import { checkPrototype } from '../prototype.ts';
import { findTypeMismatch } from '../type-compat.ts';
import type { ProvenPairs } from '../type-compat.ts';
import { describe } from './describe.ts';
import type { UnitSymbol } from './describe.ts';
import type { LinkedGlobal } from './globals.ts';
import type { LinkedTypes } from './merge-btf.ts';
import type { LinkUnit } from './units.ts';

/**
 * Compares every extern and every beaten definition with the definition that counts, or where there is none with the
 * first extern.
 *
 * @param types tells most pairs alike at a glance: types that are equal all the way down have one id there
 * @throws `LINK_PROTOTYPE`, `LINK_VARIABLE`, `LINK_MAP`, `LINK_EXTERN_SECTION`
 */
export function requireCompatible(globals: Iterable<LinkedGlobal>, types: LinkedTypes | undefined): void {
  const proven = new Map<string, ProvenPairs>();
  const provenOf = (a: LinkUnit, b: LinkUnit): ProvenPairs => {
    const key = `${a.index}:${b.index}`;
    const pairs = proven.get(key) ?? new Set<string>();
    proven.set(key, pairs);
    return pairs;
  };
  for (const global of globals) {
    const first = global.definition ?? global.references[0];
    if (first === undefined) continue;
    for (const mentions of [global.references, global.losers]) {
      for (const other of mentions) if (other !== first) requireAlike(global, first, other, types, provenOf);
    }
  }
}

function requireAlike(
  global: LinkedGlobal,
  first: UnitSymbol,
  other: UnitSymbol,
  types: LinkedTypes | undefined,
  provenOf: (a: LinkUnit, b: LinkUnit) => ProvenPairs,
): void {
  const what = `link: symbol '${global.name}'`;
  const section = other.declaredIn;
  if (global.definition !== undefined && (section === '.ksyms' || section === '.kconfig')) {
    throw new RelocError('LINK_EXTERN_SECTION', what, `declared in ${section} of '${other.unit.name}', defined as ${describe(first)}`);
  }
  const otherSection = first.declaredIn;
  if (global.definition === undefined && section !== undefined && otherSection !== undefined && section !== otherSection) {
    const problem = `declared in ${section} of '${other.unit.name}' and in ${otherSection} of '${first.unit.name}'`;
    throw new RelocError('LINK_EXTERN_SECTION', what, problem);
  }
  const a = other.btfId;
  const b = first.btfId;
  const btfA = other.unit.btf;
  const btfB = first.unit.btf;
  if (a === undefined || b === undefined || btfA === undefined || btfB === undefined) return;
  if (types !== undefined && isSameType(types, other.unit, btfA, a, first.unit, btfB, b)) return;
  const both = `${describe(other)}, ${describe(first)}`;
  if (btfA.kind(a) === BTF_KIND_FUNC && btfB.kind(b) === BTF_KIND_FUNC) {
    const mismatch = checkPrototype({ btf: btfA, id: a }, { btf: btfB, id: b }, provenOf(other.unit, first.unit));
    if (mismatch !== undefined) throw new RelocError('LINK_PROTOTYPE', what, `prototypes differ (${both}): ${mismatch.message}`);
  } else if (btfA.kind(a) === BTF_KIND_VAR && btfB.kind(b) === BTF_KIND_VAR) {
    requireAlikeVariables(what, both, { btf: btfA, type: btfA.refType(a) }, { btf: btfB, type: btfB.refType(b) }, section === '.maps' || otherSection === '.maps');
  }
}

/** Whether two FUNCs or VARs have types of the same ids; false may mean anything. */
function isSameType(types: LinkedTypes, unitA: LinkUnit, btfA: Btf, a: number, unitB: LinkUnit, btfB: Btf, b: number): boolean {
  if (btfA.kind(a) !== btfB.kind(b)) return false;
  const [typeA, typeB] = [btfA.refType(a), btfB.refType(b)];
  const isSame = (idA: number, idB: number): boolean => {
    const id = types.typeId(unitA, idA);
    return id === types.typeId(unitB, idB) && (id !== 0 || (idA === 0 && idB === 0));
  };
  if (btfA.kind(a) === BTF_KIND_VAR) return isSame(typeA, typeB);
  // Names of arguments do not count, tags do, and few have any.
  if (unitA.names.hasTags || unitB.names.hasTags) return false;
  if (btfA.kind(typeA) !== BTF_KIND_FUNC_PROTO || btfB.kind(typeB) !== BTF_KIND_FUNC_PROTO) return false;
  const count = btfA.vlen(typeA);
  if (count !== btfB.vlen(typeB) || !isSame(btfA.refType(typeA), btfB.refType(typeB))) return false;
  const [atA, atB] = [btfA.recordIdx(typeA) + RECORD_WORDS, btfB.recordIdx(typeB) + RECORD_WORDS];
  for (let i = 0; i < count; i++) {
    if (!isSame(btfA.words[atA + PARAM_WORDS * i + 1] as number, btfB.words[atB + PARAM_WORDS * i + 1] as number)) return false;
  }
  return true;
}

/** A type in its BTF. */
interface TypeRef {
  readonly btf: Btf;
  readonly type: number;
}

function requireAlikeVariables(what: string, both: string, a: TypeRef, b: TypeRef, isMap: boolean): void {
  if (isMap) {
    const reason = findMapMismatch(a.btf, a.type, b.btf, b.type);
    if (reason !== undefined) throw new RelocError('LINK_MAP', what, `map definitions differ (${both}): ${reason}`);
    return;
  }
  const reason = findVariableMismatch(a.btf, a.type, b.btf, b.type);
  if (reason !== undefined) throw new RelocError('LINK_VARIABLE', what, `types differ (${both}): ${reason}`);
}

/** Types of variables must fit; an array may leave its length to the other side, as `extern int a[]` does. */
function findVariableMismatch(btfA: Btf, typeA: number, btfB: Btf, typeB: number): string | undefined {
  const a = btfA.resolveType(typeA);
  const b = btfB.resolveType(typeB);
  if (btfA.kind(a) === BTF_KIND_ARRAY && btfB.kind(b) === BTF_KIND_ARRAY) {
    const arrayA = btfA.type(a) as BtfArray;
    const arrayB = btfB.type(b) as BtfArray;
    if (arrayA.nelems === 0 || arrayB.nelems === 0) return findTypeMismatch(btfA, arrayA.type, btfB, arrayB.type);
  }
  return findTypeMismatch(btfA, typeA, btfB, typeB);
}

/**
 * Map definitions must be complete and identical: the same attributes, in any order, with the same values.
 *
 * @returns undefined when they are, otherwise what differs
 */
export function findMapMismatch(btfA: Btf, typeA: number, btfB: Btf, typeB: number): string | undefined {
  const a = attributes(btfA, typeA);
  const b = attributes(btfB, typeB);
  if (a === undefined || b === undefined) return 'not a map definition';
  for (const [name, type] of a) {
    const other = b.get(name);
    if (other === undefined) return `attribute '${name}' on one side only`;
    const reason = findTypeMismatch(btfA, type, btfB, other);
    if (reason !== undefined) return `attribute '${name}': ${reason}`;
  }
  const missing = [...b.keys()].find((name) => !a.has(name));
  return missing === undefined ? undefined : `attribute '${missing}' on one side only`;
}

/** Type of each member of a map definition: numbers are lengths of arrays, so comparing types compares them. */
function attributes(btf: Btf, typeId: number): Map<string, number> | undefined {
  const id = btf.resolveType(typeId);
  if (btf.kind(id) !== BTF_KIND_STRUCT) return undefined;
  return new Map((btf.type(id) as BtfComposite).members.map((member) => [member.name, member.type]));
}

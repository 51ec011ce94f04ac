// What does a global variable of an object hold?
import { BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_VAR, decodeValue, encodeValue } from '@rootlet/btf';
import type { Btf, BtfValue } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import { findResizedArray, LoadError } from '@rootlet/loader';
import type { ObjectSpec } from '@rootlet/loader';
import { EBUSY, EINVAL, ENOENT } from '@rootlet/uapi';
import type { BpfMap } from './map.ts';

/** A variable in a data map of an object. */
export interface Variable {
  readonly name: string;
  readonly map: BpfMap;
  readonly btf: Btf;
  readonly typeId: number;
  /** Place in the map's value, bytes. */
  readonly byteOff: number;
  /** Elements of an array that was made longer or shorter with its section; undefined for all others. */
  readonly resized: { readonly elemId: number; readonly elemSize: number; readonly nelems: number } | undefined;
}

/**
 * The global or static variable of a name.
 *
 * @throws LoadError `NO_VARIABLE` when there is none, or several static ones, or BTF does not describe it
 */
export function findGlobal(spec: ObjectSpec, maps: readonly BpfMap[], name: string): Variable {
  const fail = (problem: string): LoadError => new LoadError('NO_VARIABLE', `object '${spec.name}': variable '${name}'`, problem, { errno: ENOENT });
  const { btf } = spec;
  if (btf === undefined) throw fail('the object has no BTF; compile with -g');
  const places = (spec.variables.get(name) ?? []).flatMap((place) => {
    const map = maps.find((candidate) => candidate.isInternal && candidate.spec.sectionIdx === place.sectionIdx);
    return map === undefined ? [] : [{ map, place }];
  });
  const [only, second] = places;
  if (only === undefined) throw fail('is in no data section');
  if (second !== undefined) throw fail('is the name of several static variables');
  const { map, place } = only;
  const datasecId = map.spec.btfValueTypeId;
  const datasec = datasecId === 0 ? undefined : btf.type(datasecId);
  const varId = datasec?.kind === BTF_KIND_DATASEC ? datasec.vars.find(({ type }) => btf.name(type) === name)?.type : undefined;
  if (varId === undefined || btf.kind(varId) !== BTF_KIND_VAR) throw fail('BTF does not describe it');
  return { name, map, btf, typeId: btf.refType(varId), byteOff: place.byteOff, resized: resizedArray(spec, map, varId) };
}

function resizedArray(spec: ObjectSpec, map: BpfMap, varId: number): Variable['resized'] {
  if (map.valueSize === map.spec.valueSize || spec.btf === undefined) return undefined;
  const array = findResizedArray(spec, map.spec, map.valueSize);
  if (array?.varId !== varId) return undefined;
  return { elemId: array.elemId, elemSize: spec.btf.resolveSize(array.elemId), nelems: array.nelems };
}

/** The variable's value. */
export function readVariable(variable: Variable): BtfValue {
  const { btf, typeId, byteOff, resized } = variable;
  const bytes = contents(variable);
  if (resized === undefined) return decodeValue(btf, typeId, slice(variable, bytes, byteOff, btf.resolveSize(typeId)));
  return Array.from({ length: resized.nelems }, (_, idx) =>
    decodeValue(btf, resized.elemId, slice(variable, bytes, byteOff + idx * resized.elemSize, resized.elemSize)),
  );
}

/**
 * Sets the variable: before `load()` in what its map begins with, after it in the map.
 *
 * @throws DecodeError `BTF_VALUE` when the value does not fit the type
 */
export function writeVariable(variable: Variable, value: BtfValue): void {
  const { btf, typeId, byteOff, resized, map } = variable;
  const bytes = contents(variable);
  const write = (id: number, at: number, size: number, item: BtfValue): void =>
    bytes.set(encodeValue(btf, id, item, { into: slice(variable, bytes, at, size) }), at);
  if (resized !== undefined && Array.isArray(value)) {
    const items = value as readonly BtfValue[];
    if (items.length > resized.nelems) throw new DecodeError('BTF_VALUE', `variable '${variable.name}'`, 'too many elements', { need: `at most ${resized.nelems}`, have: items.length });
    // All are tried before the first is written.
    const encoded = items.map((item, idx) =>
      encodeValue(btf, resized.elemId, item, { into: slice(variable, bytes, byteOff + idx * resized.elemSize, resized.elemSize) }),
    );
    encoded.forEach((element, idx) => bytes.set(element, byteOff + idx * resized.elemSize));
  } else {
    const before = slice(variable, bytes, byteOff, btf.resolveSize(typeId));
    if (btf.kind(btf.resolveType(typeId)) === BTF_KIND_ARRAY && resized !== undefined) throw new DecodeError('BTF_VALUE', `variable '${variable.name}'`, 'takes an array');
    write(typeId, byteOff, before.length, value);
  }
  if (map.fd >= 0 && bytes !== map.memory) map.update(0, bytes);
}

/** The map's bytes: its own before `load()`; after it the memory it shares, or else a copy. */
function contents({ name, map }: Variable): Uint8Array {
  if (map.fd >= 0) {
    if (map.memory !== undefined) return map.memory;
    const value = map.lookup(0);
    if (value !== undefined) return new Uint8Array(value);
  }
  const value = map.fd >= 0 ? undefined : map.initialValue;
  if (value === undefined) throw new LoadError('NO_VARIABLE', `variable '${name}'`, 'its map holds nothing', { errno: EBUSY });
  return value;
}

function slice({ name }: Variable, bytes: Uint8Array, byteOff: number, size: number): Uint8Array {
  if (byteOff + size > bytes.length) {
    throw new LoadError('NO_VARIABLE', `variable '${name}'`, 'was cut off with its section', { errno: EINVAL });
  }
  return bytes.subarray(byteOff, byteOff + size);
}

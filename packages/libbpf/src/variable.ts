// What does a global variable of an object hold?
import { BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_VAR, decodeValue, encodeValue } from '@rootlet/btf';
import type { Btf, BtfValue } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import { findResizedArray, LoadError } from '@rootlet/loader';
import type { ObjectSpec } from '@rootlet/loader';
import { EBUSY, EINVAL, ENOENT } from '@rootlet/uapi';
import type { BpfMap } from './map.ts';

const KCONFIG = '.kconfig';

/** Where a variable stands. */
export interface Place {
  readonly map: BpfMap;
  /** Place in the map's value, bytes. */
  readonly byteOff: number;
}

/** A variable in a data map of an object. */
export interface Variable extends Place {
  readonly name: string;
  readonly btf: Btf;
  readonly typeId: number;
  /** Elements of an array that was made longer or shorter with its section; undefined for all others. */
  readonly resized: { readonly elemId: number; readonly elemSize: number; readonly nelems: number } | undefined;
}

/** A variable and the section that BTF describes it in. */
interface FoundPlace extends Place {
  readonly sectionName: string;
}

/**
 * Where the variable of a name stands: in a data section, in `.kconfig` or in the arena. One that other objects may name comes before
 * static ones.
 *
 * @throws LoadError `NO_VARIABLE` when there is none, or several static ones
 */
export function findPlace(spec: ObjectSpec, maps: readonly BpfMap[], name: string): FoundPlace {
  const asked = spec.kconfig.find((variable) => variable.name === name);
  const kconfig = asked === undefined ? undefined : maps.find(({ spec: { sectionName } }) => sectionName === KCONFIG);
  if (asked !== undefined && kconfig !== undefined) return { map: kconfig, byteOff: asked.byteOff, sectionName: KCONFIG };
  const places = (spec.variables.get(name) ?? []).flatMap(({ sectionIdx, sectionName, byteOff, visible }) => {
    const map = maps.find((candidate) => candidate.spec.sectionIdx === sectionIdx);
    return map === undefined ? [] : [{ map, byteOff, sectionName, visible }];
  });
  const visible = places.filter((place) => place.visible);
  const [only, second] = visible.length > 0 ? visible : places;
  if (only === undefined) throw noVariable(spec, name, 'is in no data section');
  if (second !== undefined) throw noVariable(spec, name, 'is the name of several static variables');
  return only;
}

function noVariable(spec: ObjectSpec, name: string, problem: string): LoadError {
  return new LoadError('NO_VARIABLE', `object '${spec.name}': variable '${name}'`, problem, { errno: ENOENT });
}

/**
 * The variable of a name, with its type.
 *
 * @throws LoadError `NO_VARIABLE` when there is none, or several static ones, or BTF does not describe it
 */
export function findGlobal(spec: ObjectSpec, maps: readonly BpfMap[], name: string): Variable {
  const { btf } = spec;
  if (btf === undefined) throw noVariable(spec, name, 'the object has no BTF; compile with -g');
  const { map, byteOff, sectionName } = findPlace(spec, maps, name);
  const datasecId = btf.findByNameKind(sectionName, BTF_KIND_DATASEC);
  const datasec = datasecId === undefined ? undefined : btf.type(datasecId);
  const varId = datasec?.kind === BTF_KIND_DATASEC ? datasec.vars.find(({ type }) => btf.name(type) === name)?.type : undefined;
  if (varId === undefined || btf.kind(varId) !== BTF_KIND_VAR) throw noVariable(spec, name, 'BTF does not describe it');
  return { name, map, btf, typeId: btf.refType(varId), byteOff, resized: resizedArray(spec, map, varId) };
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
  const bytes = contentsOf(variable.map, variable.name);
  if (resized === undefined) return decodeValue(btf, typeId, slice(variable, bytes, byteOff, btf.resolveSize(typeId)));
  return Array.from({ length: resized.nelems }, (_, idx) =>
    decodeValue(btf, resized.elemId, slice(variable, bytes, byteOff + idx * resized.elemSize, resized.elemSize)),
  );
}

/**
 * Sets the variable: before `load()` in what its map begins with, after it in the map.
 *
 * @throws DecodeError `BTF_VALUE` when the value does not fit the type; LoadError `INITIAL_VALUE` for what the kernel's configuration says
 */
export function writeVariable(variable: Variable, value: BtfValue): void {
  const { btf, typeId, byteOff, resized, map } = variable;
  if (map.fd < 0 && map.spec.sectionName === KCONFIG) throw new LoadError('INITIAL_VALUE', `variable '${variable.name}'`, 'has its value from the kernel\'s configuration', { errno: EINVAL });
  const bytes = contentsOf(variable.map, variable.name);
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

/**
 * The bytes of a map with variables: its own before `load()`; after it the memory it shares, or else a copy.
 *
 * @throws LoadError `NO_VARIABLE` while it holds nothing
 */
export function contentsOf(map: BpfMap, name: string): Uint8Array {
  if (map.fd >= 0) {
    const { memory } = map;
    if (memory !== undefined) return memory;
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

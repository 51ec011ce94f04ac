// How does user space use maps?
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { KernelError } from '@rootlet/loader';
import type { MapAttr } from '@rootlet/loader';
import {
  BPF_F_LOCK,
  BPF_F_RDONLY,
  BPF_F_WRONLY,
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_PERF_EVENT_ARRAY,
  BPF_MAP_TYPE_PROG_ARRAY,
  EBADF,
  EBUSY,
  EINVAL,
  ENOENT,
  ENOTSUPP,
  EPERM,
} from '@rootlet/uapi';
import { PROFILE_6_18 } from '@rootlet/verifier-sim';
import type { ObjectMap, VmMapAttr } from '@rootlet/vm';
import { isOpaque, OpaqueMap } from './opaque-map.ts';
import { deleteElem, FuncSlot, lookupElem, nextKey, QueueMap, RingbufMap, takeValue, updateElem, UserRingbufMap, VmMap, withKey } from '@rootlet/vm';
import { claim, mayShare, ownerOf } from './map-owner.ts';
import { SimBtf, SimMap, SimProg } from './objects.ts';
import type { KernelState } from './state.ts';

const NAME = /^[A-Za-z0-9_.]{0,15}$/;

/** Creates a map. @throws KernelError */
export function createSimMap(state: KernelState, attr: MapAttr): SimMap {
  const { fds } = state;
  if (!NAME.test(attr.name)) throw new KernelError('map create', EINVAL, `'${attr.name}' is no name for a map`);
  const nested = attr.type === BPF_MAP_TYPE_ARRAY_OF_MAPS || attr.type === BPF_MAP_TYPE_HASH_OF_MAPS;
  const innerMap = nested ? fds.getKind(attr.innerMapFd ?? -1, SimMap, 'map create') : undefined;
  const btf = attr.btfFd === undefined ? undefined : fds.getKind(attr.btfFd, SimBtf, 'map create');
  if (attr.exclusiveHash !== undefined) checkExclusive(state, attr.exclusiveHash);
  for (const id of [attr.btfKeyTypeId ?? 0, attr.btfValueTypeId ?? 0]) {
    if (btf !== undefined && id >= btf.btf.typeCount) throw new KernelError('map create', EINVAL, `BTF has no type ${id}`);
  }
  const vmAttr: VmMapAttr = {
    name: attr.name,
    type: attr.type,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags,
    lockable: btf !== undefined && hasSpinLock(btf.btf, attr.btfValueTypeId ?? 0),
  };
  const map = isOpaque(attr.type) ? state.vm.adoptMap(new OpaqueMap(state.vm.memory, vmAttr)) : state.vm.createMap(vmAttr);
  if (typeof map === 'number') {
    const sizes = `key ${attr.keySize}, value ${attr.valueSize}, entries ${attr.maxEntries}, flags ${attr.flags}`;
    throw new KernelError('map create', -map, `map '${attr.name}' of type ${attr.type}: ${sizes}`);
  }
  const created = new SimMap(state.maps, state.vm, {
    map,
    btf,
    btfKeyTypeId: attr.btfKeyTypeId ?? 0,
    btfValueTypeId: attr.btfValueTypeId ?? 0,
    extra: attr.extra ?? 0n,
    innerMap,
    exclusiveHash: attr.exclusiveHash,
  });
  const held = created.held;
  if (held !== undefined) {
    created.onFree = () => empty(state, held);
    // Programs that tail-call each other through an array that nobody can reach any more do not keep each other alive.
    if (attr.type === BPF_MAP_TYPE_PROG_ARRAY) created.onUserGone = created.onFree;
  }
  return created;
}

/** Bytes of a hash. */
const HASH_BYTES = 32;

function checkExclusive(state: KernelState, hash: Uint8Array): void {
  const { version, features } = state.options.profile ?? PROFILE_6_18;
  // Older kernels find something set where they know no attribute. @source Debian's 6.1
  if (!features.exclusiveMaps) throw new KernelError('map create', EINVAL, `maps for one program on kernel ${version}`);
  if (hash.length !== HASH_BYTES) throw new KernelError('map create', EINVAL, `a hash of ${hash.length} bytes; it has ${HASH_BYTES}`);
}

function hasSpinLock(btf: Btf, valueTypeId: number): boolean {
  const id = valueTypeId === 0 ? 0 : btf.resolveType(valueTypeId);
  const type = id === 0 ? undefined : btf.type(id);
  if (type?.kind !== BTF_KIND_STRUCT) return false;
  return type.members.some((member) => btf.name(btf.resolveType(member.type)) === 'bpf_spin_lock');
}

/** A map of objects shows their ids. */
export function lookup(state: KernelState, map: SimMap, key: Uint8Array, flags = 0): Uint8Array | undefined {
  readable(map, 'map lookup');
  if (flags !== 0 && (flags !== BPF_F_LOCK || map.map.attr.lockable !== true)) {
    throw new KernelError('map lookup', EINVAL, `map '${map.map.attr.name}': flags ${flags}`);
  }
  checkKey(map, key, 'map lookup');
  if (map.held === undefined) return lookupElem(map.map, key);
  const object = withKey(map.map, key, (at) => map.held?.get(at));
  return object === undefined ? undefined : word(idOf(state, object));
}

/** @throws KernelError with the errno of `BPF_MAP_UPDATE_ELEM` */
export function update(state: KernelState, map: SimMap, key: Uint8Array, value: Uint8Array, flags: number): void {
  writable(map, 'map update');
  checkKey(map, key, 'map update');
  const answer = map.held === undefined ? updateElem(map.map, key, value, flags) : put(state, map, map.held, key, value, flags);
  if (answer < 0) throw new KernelError('map update', -answer, `map '${map.map.attr.name}'`);
}

function put(state: KernelState, map: SimMap, held: ObjectMap<unknown>, key: Uint8Array, value: Uint8Array, flags: number): number {
  const fd = value.length === 4 ? new DataView(value.buffer, value.byteOffset, 4).getUint32(0, true) : -1;
  const { type } = map.map.attr;
  const object = state.fds.find(fd);
  let what: unknown = fd;
  if (type === BPF_MAP_TYPE_PROG_ARRAY) {
    if (!(object instanceof SimProg)) return -(object === undefined ? EBADF : EINVAL);
    what = enterArray(map, object, () => state.vmlinux());
  } else if (map.parts.innerMap !== undefined) {
    if (!(object instanceof SimMap)) return -(object === undefined ? EBADF : EINVAL);
    if (!sameShape(object, map.parts.innerMap)) return -EINVAL;
    what = object.map;
    object.hold();
  }
  const answer = withKey(map.map, key, (at) => held.set(at, what, flags, (old) => leave(state, old)));
  if (answer < 0) leave(state, what);
  return answer;
}

/** Takes a program into an array. @throws KernelError */
function enterArray(map: SimMap, prog: SimProg, vmlinux: () => Btf | undefined): FuncSlot {
  if (prog.isLibrary) throw new KernelError('map update', EINVAL, `'${prog.name}' is a library function: it cannot be tail-called`);
  if (prog.replaced > 0) throw new KernelError('map update', EBUSY, `functions of program '${prog.name}' are replaced`);
  const owner = ownerOf(prog.attr, vmlinux);
  if (!mayShare(map, owner)) throw new KernelError('map update', EINVAL, `map '${map.map.attr.name}' is for programs of another type or attachment`);
  claim(map, owner);
  prog.arrays++;
  prog.hold();
  return prog.entry.slot;
}

function sameShape(map: SimMap, prototype: SimMap): boolean {
  const left = map.map.attr;
  const right = prototype.map.attr;
  return (
    left.type === right.type &&
    left.keySize === right.keySize &&
    left.valueSize === right.valueSize &&
    left.flags === right.flags &&
    left.maxEntries === right.maxEntries
  );
}

/** An object left a map. */
function leave(state: KernelState, object: unknown): void {
  if (object instanceof FuncSlot) {
    const prog = state.funcOf(object)?.prog;
    if (prog === undefined) return;
    prog.arrays--;
    prog.release();
  } else if (object instanceof VmMap) {
    mapOf(state, object)?.release();
  }
}

function empty(state: KernelState, held: ObjectMap<unknown>): void {
  for (const object of held.clear()) leave(state, object);
}

function mapOf(state: KernelState, map: VmMap): SimMap | undefined {
  for (const candidate of state.maps.values()) if (candidate.map === map) return candidate;
  return undefined;
}

function idOf(state: KernelState, object: unknown): number {
  if (object instanceof FuncSlot) return state.funcOf(object)?.prog.id ?? 0;
  if (object instanceof VmMap) return mapOf(state, object)?.id ?? 0;
  return typeof object === 'number' ? object : 0;
}

/** @returns whether the key was there. @throws KernelError */
export function remove(state: KernelState, map: SimMap, key: Uint8Array): boolean {
  writable(map, 'map delete');
  checkKey(map, key, 'map delete');
  const held = map.held;
  const answer =
    held === undefined ? deleteElem(map.map, key) : withKey(map.map, key, (at) => held.unset(at, (old) => leave(state, old)));
  if (answer === -ENOENT) return false;
  if (answer < 0) throw new KernelError('map delete', -answer, `map '${map.map.attr.name}'`);
  return true;
}

/** @throws KernelError for maps without keys */
export function next(map: SimMap, key: Uint8Array | undefined): Uint8Array | undefined {
  readable(map, 'map next key');
  if (key !== undefined) checkKey(map, key, 'map next key');
  const answer = nextKey(map.map, key);
  if (typeof answer === 'number') throw new KernelError('map next key', -answer, `map '${map.map.attr.name}' has no keys`);
  return answer;
}

/** @throws KernelError */
export function lookupAndDelete(state: KernelState, map: SimMap, key: Uint8Array): Uint8Array | undefined {
  writable(map, 'map lookup and delete');
  if (map.map instanceof QueueMap) return takeValue(map.map, true);
  const { type } = map.map.attr;
  if (map.held !== undefined || type === BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
    throw new KernelError('map lookup and delete', ENOTSUPP, `map '${map.map.attr.name}'`);
  }
  const value = lookup(state, map, key);
  if (value !== undefined) remove(state, map, key);
  return value;
}

function checkKey(map: SimMap, key: Uint8Array, operation: string): void {
  const need = map.map.attr.keySize;
  if (key.length !== need) {
    throw new KernelError(operation, EINVAL, `map '${map.map.attr.name}'`, { need: `key of ${need} bytes`, have: key.length });
  }
}

/** Rings have records, and no elements. */
function keyed(map: SimMap, operation: string): void {
  if (map.map instanceof RingbufMap || map.map instanceof UserRingbufMap) {
    throw new KernelError(operation, ENOTSUPP, `map '${map.map.attr.name}' has no elements`);
  }
}

function writable(map: SimMap, operation: string): void {
  keyed(map, operation);
  if (map.frozen) throw new KernelError(operation, EPERM, `map '${map.map.attr.name}' is frozen`);
  if ((map.map.attr.flags & BPF_F_RDONLY) !== 0) throw new KernelError(operation, EPERM, `map '${map.map.attr.name}' is read-only`);
}

function readable(map: SimMap, operation: string): void {
  keyed(map, operation);
  if ((map.map.attr.flags & BPF_F_WRONLY) !== 0) throw new KernelError(operation, EPERM, `map '${map.map.attr.name}' is write-only`);
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

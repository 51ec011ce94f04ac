// What can be asked about a thing in the kernel?
import type { FdInfo } from '@rootlet/loader';
import type { KernelObject } from './kernel-object.ts';
import { SimBtf, SimLink, SimMap, SimProg } from './objects.ts';
import type { KernelState } from './state.ts';
import { unboundNames } from './unbound.ts';

/** Facts about an object, as `BPF_OBJ_GET_INFO_BY_FD` gives them. */
export function infoOf(state: KernelState, object: KernelObject): FdInfo {
  if (object instanceof SimProg) return progInfo(state, object);
  if (object instanceof SimMap) return mapInfo(object);
  if (object instanceof SimLink) {
    return { kind: 'link', id: object.id, progId: object.attached ? object.body.prog.id : 0, ...object.body.info() };
  }
  if (object instanceof SimBtf) return { kind: 'btf', id: object.id, name: '', size: object.btf.bytes.length };
  throw new Error(`bug in rootlet: no info for ${object.kind}`);
}

function progInfo(state: KernelState, prog: SimProg): FdInfo {
  return {
    kind: 'prog',
    id: prog.id,
    type: prog.type,
    name: prog.name,
    tag: prog.tag,
    btfId: prog.btf?.id ?? 0,
    mapIds: prog.maps.map((map) => map.id),
    attachBtfId: prog.attr.attachBtfId ?? 0,
    runCount: prog.program.runCount,
    runTimeNs: Math.round(prog.runTimeNs),
    unbound: unboundNames(state, prog),
  };
}

function mapInfo(map: SimMap): FdInfo {
  const { attr } = map.map;
  return {
    kind: 'map',
    id: map.id,
    type: attr.type,
    name: attr.name,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags,
    btfId: map.parts.btf?.id ?? 0,
    btfKeyTypeId: map.parts.btfKeyTypeId,
    btfValueTypeId: map.parts.btfValueTypeId,
  };
}

// What does a looked-up map value turn out to be, by the kind of its map?
import {
  BPF_MAP_TYPE_ARRAY_OF_MAPS,
  BPF_MAP_TYPE_HASH_OF_MAPS,
  BPF_MAP_TYPE_SOCKHASH,
  BPF_MAP_TYPE_SOCKMAP,
  BPF_MAP_TYPE_XSKMAP,
} from '@rootlet/uapi';
import { changeReg, CONST_PTR_TO_MAP, PTR_TO_SOCKET, PTR_TO_XDP_SOCK } from './reg.ts';
import type { VerifierMap } from '../types.ts';
import { specialFieldsOf } from './special-fields.ts';
import type { SpecialField } from './special-fields.ts';
import type { Reg } from './reg.ts';

/** A map value that is known to be there: the value of a map of maps is a map, of a socket map a socket. */
export function mapValueReg(reg: Reg): Reg {
  const { map } = reg;
  switch (map?.type) {
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
      return map.innerMap === undefined ? reg : innerMapReg(reg, map.innerMap);
    case BPF_MAP_TYPE_XSKMAP:
      return changeReg(reg, { type: PTR_TO_XDP_SOCK });
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH:
      // Where it was found stays known: it is not the same as one that was looked up otherwise.
      return changeReg(reg, { type: PTR_TO_SOCKET });
    default:
      return reg;
  }
}

/** Which map inside it is counts where the kernel calls back with it: a timer must be of that one. */
function innerMapReg(reg: Reg, map: VerifierMap): Reg {
  const callsBack = specialFields(map).some(({ name }) => CALLING_BACK.includes(name));
  return changeReg(reg, { type: CONST_PTR_TO_MAP, map: innerTemplate(map), mapUid: callsBack ? reg.id : reg.mapUid });
}

const CALLING_BACK: readonly string[] = ['bpf_timer', 'bpf_wq', 'bpf_task_work'];

const templates: WeakMap<VerifierMap, VerifierMap> = /* @__PURE__ */ new WeakMap();

/** What is known of every map inside a map of maps: all but the name of the one it was modelled on, and its contents. */
function innerTemplate(map: VerifierMap): VerifierMap {
  let template = templates.get(map);
  if (template === undefined) templates.set(map, (template = { ...map, name: '', frozenValue: undefined }));
  return template;
}

const NONE: readonly SpecialField[] = [];

/** Special fields of a map's value, in order of offset; none without BTF. */
export function specialFields(map: VerifierMap): readonly SpecialField[] {
  const { btf, btfValueTypeId } = map;
  return btf === undefined || btfValueTypeId === undefined || btfValueTypeId === 0 ? NONE : specialFieldsOf(btf, btfValueTypeId);
}

/** Whether the map's values have a lock. */
export function hasSpinLock(map: VerifierMap): boolean {
  return specialFields(map).some(({ name }) => name === 'bpf_spin_lock' || name === 'bpf_res_spin_lock');
}

// How do programs use maps?
import {
  BPF_FUNC_for_each_map_elem,
  BPF_FUNC_map_delete_elem,
  BPF_FUNC_map_lookup_elem,
  BPF_FUNC_map_lookup_percpu_elem,
  BPF_FUNC_map_peek_elem,
  BPF_FUNC_map_pop_elem,
  BPF_FUNC_map_push_elem,
  BPF_FUNC_map_update_elem,
  BPF_FUNC_spin_lock,
  BPF_FUNC_spin_unlock,
  EINVAL,
} from '@rootlet/uapi';
import type { Machine } from '../machine.ts';
import { VmMap } from '../maps/map.ts';
import { FuncSlot } from '../program.ts';
import type { HelperRow } from './row.ts';

/** Argument `n` as a map; undefined after setting a fault. */
export function mapArgument(m: Machine, n: number): VmMap | undefined {
  const map = m.regs[2 * n + 1] === 0 ? m.handles.find(m.u32(n)) : undefined;
  if (map instanceof VmMap) return map;
  m.stop('argument', `argument ${n} is no map`);
  return undefined;
}

/** Argument `n` as a function of the program; undefined after setting a fault. */
export function functionArgument(m: Machine, n: number): FuncSlot | undefined {
  const slot = m.handles.find(m.u32(n));
  if (slot instanceof FuncSlot) return slot;
  m.stop('argument', `argument ${n} is no function`);
  return undefined;
}

function lookup(m: Machine): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const key = m.readPtr(2, map.attr.keySize);
  if (key < 0) return 0;
  const value = map.find(key, true);
  if (value === 0 || map.cpus === 1) return value;
  return value + (m.environment.cpu % map.cpus) * map.stride;
}

function lookupPerCpu(m: Machine): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const key = m.readPtr(2, map.attr.keySize);
  if (key < 0) return 0;
  const cpu = m.u32(3);
  const value = cpu < map.cpus ? map.find(key, true) : 0;
  return value === 0 ? 0 : value + cpu * map.stride;
}

function update(m: Machine): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const key = m.readPtr(2, map.attr.keySize);
  const value = m.readPtr(3, map.attr.valueSize);
  if (key < 0 || value < 0) return 0;
  if (m.regs[9] !== 0) return -EINVAL;
  return map.update(key, value, m.u32(4), m.environment.cpu);
}

function remove(m: Machine): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const key = m.readPtr(2, map.attr.keySize);
  return key < 0 ? 0 : map.delete(key);
}

function push(m: Machine): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const value = m.readPtr(2, map.attr.valueSize);
  return value < 0 ? 0 : map.push(value, m.u32(3));
}

function pop(m: Machine, take: boolean): number {
  const map = mapArgument(m, 1);
  if (map === undefined) return 0;
  const value = m.writePtr(2, map.attr.valueSize);
  return value < 0 ? 0 : map.pop(value, take);
}

function forEach(m: Machine): number {
  const map = mapArgument(m, 1);
  const callback = functionArgument(m, 2);
  if (map === undefined || callback === undefined) return 0;
  if (!m.isNull(4)) return -EINVAL;
  const handle = m.u32(1);
  const context = m.u32(3);
  const cpuOff = map.cpus === 1 ? 0 : (m.environment.cpu % map.cpus) * map.stride;
  return map.forEach((key, value) => {
    const answer = m.callBack(callback, handle, key, value + cpuOff, context);
    return m.fault !== undefined || answer !== 0;
  });
}

/** Access to maps. Spin locks in values cost nothing where programs run one at a time. */
export const MAP_HELPERS: readonly HelperRow[] = [
  [BPF_FUNC_map_lookup_elem, lookup],
  [BPF_FUNC_map_update_elem, update],
  [BPF_FUNC_map_delete_elem, remove],
  [BPF_FUNC_map_push_elem, push],
  [BPF_FUNC_map_pop_elem, (m) => pop(m, true)],
  [BPF_FUNC_map_peek_elem, (m) => pop(m, false)],
  [BPF_FUNC_for_each_map_elem, forEach],
  [BPF_FUNC_map_lookup_percpu_elem, lookupPerCpu],
  [BPF_FUNC_spin_lock, () => 0],
  [BPF_FUNC_spin_unlock, () => 0],
];

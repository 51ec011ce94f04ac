// Which contract has helper number N, for a program of this type?
import { helperName } from '@rootlet/uapi';
import type { HelperRow } from './helper-row.ts';
import { GENERAL_HELPERS } from './helpers/general.ts';
import { MAP_HELPERS } from './helpers/maps.ts';
import { PACKET_HELPERS } from './helpers/packets.ts';
import { SOCKET_HELPERS } from './helpers/sockets.ts';

const TABLES: readonly Readonly<Record<string, HelperRow>>[] = [MAP_HELPERS, GENERAL_HELPERS, PACKET_HELPERS, SOCKET_HELPERS];
/** Rows that were asked for: programs ask at every call, and again on every path. */
const rows = /* @__PURE__ */ new Map<number, HelperRow>();

/**
 * The contract of helper `id`.
 *
 * @param progType its contract may depend on the program's type; availability is `ProgTypeRow.allowsHelper`
 * @returns undefined for numbers that are no helper
 */
export function findHelper(id: number, progType: number): HelperRow | undefined {
  let row = rows.get(id);
  if (row === undefined) {
    const name = helperName(id)?.slice('bpf_'.length);
    if (name === undefined) return undefined;
    row = TABLES.find((table) => Object.hasOwn(table, name))?.[name];
    if (row === undefined) return undefined;
    rows.set(id, row);
  }
  return row.variants?.find(({ progTypes }) => progTypes.includes(progType))?.row ?? row;
}

/**
 * How many arguments helper `id` takes.
 *
 * @returns undefined for numbers that are no helper: as many as there can be
 */
export function helperArgCount(id: number, progType = 0): number | undefined {
  return findHelper(id, progType)?.args.length;
}

/** Whether helper `id` may move or free packet data, so that packet pointers die. */
export function changesPacketData(id: number): boolean {
  return findHelper(id, 0)?.changesPacket ?? false;
}

/** Whether helper `id` may sleep. */
export function mightSleep(id: number): boolean {
  return findHelper(id, 0)?.mightSleep ?? false;
}

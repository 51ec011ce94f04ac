// Which helpers are there?
import { helperName } from '@rootlet/uapi';
import type { HelperBody } from '../machine.ts';
import { CSUM_HELPERS } from './csum.ts';
import { DYNPTR_HELPERS } from './dynptr.ts';
import { LOOP_HELPERS } from './loop.ts';
import { MAP_HELPERS } from './map.ts';
import { MEMORY_HELPERS } from './memory.ts';
import { OUTPUT_HELPERS } from './output.ts';
import { PRINT_HELPERS } from './print.ts';
import { REDIRECT_HELPERS } from './redirect.ts';
import { SKB_HELPERS } from './skb.ts';
import { WORLD_HELPERS } from './world.ts';
import { XDP_HELPERS } from './xdp.ts';

/** Helper bodies by id. */
export const HELPERS: ReadonlyMap<number, HelperBody> = /* @__PURE__ */ new Map([
  ...MAP_HELPERS,
  ...WORLD_HELPERS,
  ...MEMORY_HELPERS,
  ...LOOP_HELPERS,
  ...PRINT_HELPERS,
  ...OUTPUT_HELPERS,
  ...DYNPTR_HELPERS,
  ...CSUM_HELPERS,
  ...SKB_HELPERS,
  ...XDP_HELPERS,
  ...REDIRECT_HELPERS,
]);

/** The body of a helper; one that faults, naming it, when there is none. */
export function findHelper(id: number): HelperBody {
  return HELPERS.get(id) ?? ((m) => m.stop('helper', `helper ${helperName(id) ?? `#${id}`} is not there`));
}

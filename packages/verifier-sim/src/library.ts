// What may a library function do whose prototype names no context?
import { BPF_PROG_TYPE_UNSPEC } from '@rootlet/uapi';
import { BASE_HELPERS } from './tables/generated/helper-availability.ts';
import type { ProgTypeRow } from './tables/types.ts';

const base: ReadonlySet<number> = /* @__PURE__ */ new Set(BASE_HELPERS);

/** It may be called from any program, so it gets what every program has: the helpers of all types, no context, no packet. */
export const LIBRARY_ROW: ProgTypeRow = /* @__PURE__ */ Object.freeze({
  id: BPF_PROG_TYPE_UNSPEC,
  name: 'library',
  ctxStruct: '',
  ctxBehind: '',
  attachTypes: undefined,
  findContextAccess: () => undefined,
  findTranslatedField: () => undefined,
  allowsHelper: (id: number) => base.has(id),
  plainContext: false,
  packetRead: false,
  packetWrite: false,
  returnRange: () => undefined,
  checksReturn: () => false,
  ldAbs: false,
});

// What does the room of memory offer to the other rooms?
export { checkMemAccess } from './access.ts';
export { checkHelperMemAccess, checkMemSizeReg } from './helper-mem.ts';
export { checkMapAccess, checkMapAccessKind } from './map-value.ts';
export { checkPacketAccess } from './packet.ts';
export { checkPointerUnmoved } from './pointer-off.ts';
export { checkRegionAccess } from './region.ts';
export { READ, WRITE } from './types.ts';
export type { Access, RawAccess } from './types.ts';

// What does the room of calls offer to the other rooms?
export { checkHelperCall } from './helper.ts';
export { checkKfuncCall } from './kfunc.ts';
export { acquireReference, checkReferenceLeak, checkResourceLeak, mapRegisters, releaseReference } from './references.ts';
export { isGplCompatible } from '../state/license.ts';

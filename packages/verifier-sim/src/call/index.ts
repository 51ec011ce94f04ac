// What does the room of calls offer to the other rooms?
export { checkHelperCall } from './helper.ts';
export { CALL_THREW, checkKfuncCall } from './kfunc.ts';
export { acquireReference, checkReferenceLeak, checkResourceLeak, releaseReference } from './references.ts';
export { mapRegisters } from '../state/registers.ts';
export { isGplCompatible } from '../state/license.ts';

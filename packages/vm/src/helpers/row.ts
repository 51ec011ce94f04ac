// How does a helper stand in a table?
import type { HelperBody } from '../machine.ts';

/** Helper id and what it does. */
export type HelperRow = readonly [id: number, body: HelperBody];

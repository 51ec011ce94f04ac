// What of the packages does tools/object-diff.mjs use?
export { linkObjects } from '@rootlet/reloc';
export { compared } from '../../packages/reloc/test/matrix.ts';
export { summarize } from '../../packages/reloc/test/summary.ts';

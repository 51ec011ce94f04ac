// What of the packages does tools/load-diff.mjs use?
export { parseBtf } from '@rootlet/btf';
export { BLIND, compareLoad, recordLoad, shorten, tidyLoad } from '../../packages/loader/test/load-answers.ts';
export { readKallsyms } from '../../packages/linux-kernel/src/kallsyms.ts';

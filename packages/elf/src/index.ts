// What does @rootlet/elf offer?
export type { ElfFile, ElfReloc, ElfSection, ElfSymbol } from './types.ts';

// Which parts of rootlet does core-diff use?
import * as btf from '@rootlet/btf';
import { findSection, parseElf } from '@rootlet/elf';
import { encodeInsns } from '@rootlet/insn';
import * as reloc from '@rootlet/reloc';

export { btf };
export const core = { ...reloc, encodeInsns, findSection, parseElf };

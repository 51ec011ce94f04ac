// Which parts of rootlet does core-diff use?
import * as btf from '../../packages/btf/src/index.ts';
import { findSection, parseElf } from '../../packages/elf/src/index.ts';
import { encodeInsns } from '../../packages/insn/src/index.ts';
import * as reloc from '../../packages/reloc/src/index.ts';

export { btf };
export const core = { ...reloc, encodeInsns, findSection, parseElf };

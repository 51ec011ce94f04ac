// Is it said that jump tables are not there yet?
//
// clang 19 writes none, so the object is made by hand: a section `.jumptables`, and a load of a table's address.
import { describe, expect, it } from '@jest/globals';
import { ElfWriter, parseElf, R_BPF_64_64, SHF_ALLOC, SHF_EXECINSTR, SHT_PROGBITS, STB_GLOBAL, STT_FUNC, STT_OBJECT } from '@rootlet/elf';
import { collectCode } from '../src/index.ts';

/** r1 = the table's address; r0 = 0; exit. */
const CODE = Uint8Array.of(0x18, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

function object(refers: boolean): Uint8Array {
  const writer = new ElfWriter({ littleEndian: true });
  const code = writer.addSection({ name: 'xdp', type: SHT_PROGBITS, flags: SHF_ALLOC | SHF_EXECINSTR, addrAlign: 8, data: CODE });
  const table = writer.addSection({ name: '.jumptables', type: SHT_PROGBITS, addrAlign: 8, data: new Uint8Array(16) });
  writer.addSymbol({ name: 'jumps', binding: STB_GLOBAL, type: STT_FUNC, sectionIdx: code, size: CODE.length });
  const symbol = writer.addSymbol({ name: 'BPF.JT.0.0', type: STT_OBJECT, sectionIdx: table, size: 16 });
  if (refers) writer.addReloc(code, { byteOff: 0, type: R_BPF_64_64, symbol });
  return writer.finish();
}

describe('jump tables', () => {
  it('are no data while no program jumps through them', () => {
    expect(collectCode(parseElf(object(false))).funcs.map(({ name }) => name)).toEqual(['jumps']);
  });

  it('are named where a program does', () => {
    const message = expect.stringMatching(/not supported: reloc: section xdp: R_BPF_64_64 of symbol BPF\.JT\.0\.0: indirect jumps through \.jumptables/);
    expect(() => collectCode(parseElf(object(true)))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED', message }));
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hexToBytes } from '@rootlet/bytes';
import { decodeInsns, disasmLlvm, disasmLlvmSection, findIsaRow, Insns, ISA } from '../src/index.ts';
import { readCodeSections } from './mini-elf.ts';

const FIXTURES = join(__dirname, 'fixtures/llvm');
const objects = readdirSync(FIXTURES).filter((file) => file.endsWith('.o'));

function objdump(file: string, alu32: boolean): string {
  const sections = readCodeSections(readFileSync(join(FIXTURES, file)));
  const text = sections.map((section) => `\n${disasmLlvmSection(section, { alu32 })}`).join('');
  return `\n${file}:\tfile format elf64-bpf\n${text}`;
}

describe('disasmLlvmSection', () => {
  it('has objects of both byte orders for every processor version', () => {
    expect(objects.length).toBe(3 * 4 * 2);
  });

  it.each(objects)('prints %s byte for byte as llvm-objdump-19 -dr', (file) => {
    expect(objdump(file, false)).toBe(readFileSync(join(FIXTURES, file.replace(/o$/, 'txt')), 'utf8'));
    const narrow = join(FIXTURES, file.replace(/o$/, 'alu32.txt'));
    expect(existsSync(narrow)).toBe(/\.v[34]\./.test(file));
    if (existsSync(narrow)) expect(objdump(file, true)).toBe(readFileSync(narrow, 'utf8'));
  });

  it('has nearly every instruction in those objects', () => {
    const seen = new Set<string>();
    for (const file of objects) {
      for (const { insns } of readCodeSections(readFileSync(join(FIXTURES, file)))) {
        for (let idx = 0; idx < insns.length; idx += insns.isWide(idx) ? 2 : 1) seen.add(findIsaRow(insns, idx)?.name ?? 'unknown');
      }
    }
    expect(seen.has('unknown')).toBe(false);
    expect(seen.size).toBeGreaterThan(ISA.length * 0.7);
  });

  it('leaves out zeros and names code before the first symbol after the section', () => {
    const insns = Insns.from([0x95, 0, 0, 0x95].map((code) => ({ code, dst: 0, src: 0, off: 0, imm: 0 })));
    expect(disasmLlvmSection({ name: 'x', insns, littleEndian: true, symbols: [{ name: 'f', byteOff: 24 }] })).toBe(
      [
        'Disassembly of section x:',
        '',
        '0000000000000000 <x>:',
        '       0:\t95 00 00 00 00 00 00 00\texit',
        '\t\t...',
        '',
        '0000000000000018 <f>:',
        '       3:\t95 00 00 00 00 00 00 00\texit',
        '',
      ].join('\n'),
    );
  });
});

describe('symbols', () => {
  it('of one place go by the last name in the alphabet, and targets before the code wrap around', () => {
    const insns = decodeInsns(hexToBytes('9500000000000000 0500feff00000000 0500f0ff00000000') as Uint8Array, true);
    const symbols = ['c', 'b', 'lo', 'a'].map((name) => ({ name, byteOff: 0 }));
    const text = disasmLlvmSection({ name: '.text', insns, littleEndian: true, symbols });
    expect(text).toContain('0000000000000000 <lo>:\n');
    expect(text).not.toContain('<c>');
    expect(text).toContain('goto -0x2 <lo>\n');
    expect(text).toContain('goto -0x10 <lo+0xffffffffffffff98>\n');
  });
});

describe('disasmLlvm', () => {
  it('prints every recorded slot, valid or not, as llvm-objdump-19 does', () => {
    const lines = readFileSync(join(FIXTURES, 'slots.txt'), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(3000);
    for (const line of lines) {
      const [hex, generic, alu32] = line.split('~') as [string, string, string];
      const insns = decodeInsns(hexToBytes(hex) as Uint8Array, true);
      expect([hex, disasmLlvm(insns, 0)]).toEqual([hex, generic]);
      expect([hex, disasmLlvm(insns, 0, { alu32: true })]).toEqual([hex, alu32]);
    }
  });
});

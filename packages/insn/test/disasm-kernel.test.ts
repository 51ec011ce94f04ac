import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hexToBytes } from '@rootlet/bytes';
import {
  decodeInsns,
  disasmKernel,
  disasmKernelLine,
  disasmKernelProgram,
  formatOpcodePrefix,
  Insns,
  isValidOpcode,
} from '../src/index.ts';
import { readKernelRecords } from './kernel-records.ts';

describe('disasmKernel', () => {
  const records = readKernelRecords();

  it('prints every recorded instruction as Linux 6.18 does', () => {
    const named = new Map<number, string>();
    for (const { insns, text } of records) {
      const name = /call (\w+)#(-?\d+)$/.exec(text ?? '');
      if (name !== null && insns.src[0] === 0) named.set(Number(name[2]), name[1] as string);
    }
    let compared = 0;
    for (const { insns, text } of records) {
      if (text === undefined) continue;
      const options = {
        helperName: (id: number): string | undefined => named.get(id),
        kfuncName: (): string => '',
        // The kernel does not know calls of other programs, and says so.
        callTarget: (): string | undefined => (insns.src[0] === 3 ? `unknown#${insns.imm[0]}` : undefined),
        imm64: 'log',
      } as const;
      expect(disasmKernelLine(insns, 0, options)).toBe(text);
      compared++;
    }
    expect(compared).toBeGreaterThan(5000);
    expect(named.get(5)).toBe('bpf_ktime_get_ns');
  });

  it('knows the opcodes that the kernel knows', () => {
    const unknown = new Set<number>();
    const known = new Set<number>();
    for (const { code, problem } of records) {
      // Modes of LDX that do not exist are refused under another name.
      if (/^unknown opcode|^BPF_LDX uses reserved fields/.test(problem)) unknown.add(code);
      else known.add(code);
    }
    expect(unknown.size + known.size).toBe(256);
    for (let code = 0; code < 256; code++) expect([code, isValidOpcode(code)]).toEqual([code, known.has(code)]);
  });

  it('reads the slots where a program stands', () => {
    const lines = readFileSync(join(__dirname, 'fixtures/kernel/dumps.txt'), 'utf8').split('\n');
    let compared = 0;
    for (const line of lines) {
      const [hex, style, text] = line.split('\t');
      if (hex === undefined || hex.startsWith('#') || text === undefined) continue;
      const insns = decodeInsns(hexToBytes(hex) as Uint8Array, true);
      const name = /call ([\w]+)#/.exec(text)?.[1] ?? '';
      const options = {
        imm64: style === 'xlated' ? 'xlated' : 'log',
        helperName: () => name,
        kfuncName: () => name,
        callTarget: () => /call (pc[+-]\d+#\w+)/.exec(text)?.[1],
      } as const;
      expect(disasmKernelLine(insns, 0, options)).toBe(text);
      compared++;
    }
    expect(compared).toBeGreaterThan(8);
  });
});

describe('names and styles', () => {
  const one = (code: number, dst: number, src: number, off: number, imm: number): Insns => Insns.from([{ code, dst, src, off, imm }]);

  it('keeps the prefix apart from the text', () => {
    const insns = one(0x85, 0, 0, 0, 1);
    expect(formatOpcodePrefix(insns, 0)).toBe('(85) ');
    expect(disasmKernel(insns, 0, { helperName: () => 'bpf_map_lookup_elem' })).toBe('call bpf_map_lookup_elem#1');
    expect(disasmKernel(insns, 0, { helperName: () => undefined })).toBe('call unknown#1');
    expect(disasmKernel(insns, 0)).toBe('call helper#1');
  });

  it('tells apart what a call calls', () => {
    expect(disasmKernel(one(0x85, 0, 1, 0, -3), 0)).toBe('call pc-3');
    expect(disasmKernel(one(0x85, 0, 1, 0, 5), 0, { callTarget: () => 'pc+5#sum' })).toBe('call pc+5#sum');
    expect(disasmKernel(one(0x85, 0, 2, 0, 77), 0)).toBe('call kfunc#77');
    expect(disasmKernel(one(0x85, 0, 2, 3, 77), 0)).toBe('call kfunc[3]#77');
    expect(disasmKernel(one(0x85, 0, 2, 3, 77), 0, { kfuncName: (id, off) => `bpf_${id}_${off}` })).toBe('call bpf_77_3#77');
    expect(disasmKernel(one(0x85, 0, 3, 2, 9), 0)).toBe('call prog[2]#9');
  });

  it('prints what is not an instruction without a prefix', () => {
    expect(disasmKernelLine(one(0xff, 0, 0, 0, 0), 0)).toBe('BUG_ff');
    expect(disasmKernelLine(one(0xdb, 1, 2, 0, 5), 0)).toBe('BUG_db');
  });

  it('counts slots in a program', () => {
    const insns = Insns.from([
      { code: 0x18, dst: 1, src: 1, off: 0, imm: 29 },
      { code: 0, dst: 0, src: 0, off: 0, imm: 0 },
      { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
    ]);
    expect(disasmKernelProgram(insns)).toBe('   0: (18) r1 = map[id:29]\n   2: (95) exit\n');
    expect(disasmKernelProgram(insns, { imm64: 'asm' })).toBe('   0: (18) r1 = map[fd:29]\n   2: (95) exit\n');
    expect(() => disasmKernel(insns, 3)).toThrow(RangeError);
  });
});

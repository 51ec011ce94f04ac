// What does the kernel say of line records that do not fit the program? Its answers are those of 6.18 to the same records.
import { BtfBuilder } from '@rootlet/btf';
import { describe, expect, it } from '@jest/globals';
import { verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';

const given = parseCase(`prog socket_filter
func main int main(u64 ctx)
func sub static int sub(u64 a)
---
  call sub
  r0 = 0
  exit
sub:
  r0 = 1
  exit
`);

function answer(lines: readonly { insnIdx: number; fileNameOff?: number; lineOff?: number }[]): string | undefined {
  const lineInfo = lines.map((line) => ({ byteOff: 0, fileNameOff: 0, lineOff: 0, line: 1, column: 0, ...line }));
  return verify({ ...caseInput(given), lineInfo }).error;
}

describe('line records', () => {
  it('begin with every function', () => {
    expect(answer([{ insnIdx: 0 }, { insnIdx: 3 }])).toBeUndefined();
    expect(answer([{ insnIdx: 1 }])).toBe('missing bpf_line_info for func#0');
    expect(answer([{ insnIdx: 0 }])).toBe('missing bpf_line_info for 1 funcs starting from func#1');
  });

  it('stand in order', () => {
    expect(answer([{ insnIdx: 0 }, { insnIdx: 3 }, { insnIdx: 2 }])).toBe('Invalid line_info[2].insn_off:2 (prev_offset:3 prog->len:5)');
    expect(answer([{ insnIdx: 0 }, { insnIdx: 0, lineOff: 99_999 }])).toBe('Invalid line_info[1].insn_off:0 (prev_offset:0 prog->len:5)');
  });

  it('name strings that there are', () => {
    const text = 'Invalid line_info[0].line_off or .file_name_off';
    expect(answer([{ insnIdx: 0, lineOff: 99_999 }, { insnIdx: 3 }])).toBe(text);
    expect(answer([{ insnIdx: 0, fileNameOff: 99_999 }])).toBe(text);
  });
});

describe('the line that is printed', () => {
  // Measured with comments of 960 to 1100 characters: the text is cut, what stands around it is not.
  it('has 1,023 characters at most', () => {
    const log = (text: string): string => {
      const builder = new BtfBuilder();
      const [lineOff, fileNameOff] = [builder.addString(text), builder.addString('src/a.c')];
      const btf = builder.build();
      const lineInfo = [{ insnIdx: 0, byteOff: 0, fileNameOff, lineOff, line: 7, column: 0 }];
      const input = { ...caseInput(parseCase('---\n  r0 = 0\n  exit\n')), btf, lineInfo, funcInfo: [] };
      return verify(input, { logLevel: 2 }).log.split('\n').find((line) => line.startsWith(';')) ?? '';
    };
    expect(log(` \t${'x'.repeat(1023)}`)).toBe(`; ${'x'.repeat(1023)} @ a.c:7`);
    expect(log(` \t${'x'.repeat(1023)}y`)).toBe(`; ${'x'.repeat(1023)} @ a.c:7`);
  });

  it('is printed anew for every function that is verified on its own', () => {
    const head = 'func main int main(void)\nfunc one int one(void)\nfunc two int two(void)';
    const parsed = parseCase(`${head}\n---\n  call one\n  call two\n  exit\none:\n  r0 = 1\n  exit\ntwo:\n  r0 = 2\n  exit\n`);
    const lineInfo = [0, 3, 5].map((insnIdx) => ({ insnIdx, byteOff: 0, fileNameOff: 0, lineOff: 0, line: 1, column: 0 }));
    const { log } = verify({ ...caseInput(parsed), lineInfo }, { logLevel: 2 });
    expect(log.split('\n').filter((line) => line.startsWith(';'))).toHaveLength(3);
  });
});

describe('sizes of records', () => {
  const funcs = (funcInfoRecSize: number): string | undefined => verify({ ...caseInput(given), funcInfoRecSize }).error;
  const lines = (lineInfoRecSize: number): number =>
    verify({ ...caseInput(given), lineInfoRecSize, lineInfo: [0, 3].map((insnIdx) => ({ insnIdx, byteOff: 0, fileNameOff: 0, lineOff: 0, line: 1, column: 0 })) }).errno;

  it('are at least what the kernel knows, at most 252, and words', () => {
    expect([8, 12, 252].map(funcs)).toEqual([undefined, undefined, undefined]);
    expect([0, 4, 10, 253, 256].map(funcs)).toEqual([0, 4, 10, 253, 256].map((size) => `invalid func info rec size ${size}`));
  });

  it('of line records are refused without a word', () => {
    expect([16, 20, 252].map(lines)).toEqual([0, 0, 0]);
    expect([0, 8, 12, 18, 256].map(lines)).toEqual([22, 22, 22, 22, 22]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { encodeUsdtSpec, parseUsdtArgs } from '../../src/attach/usdt-args.ts';

const parse = (text: string, arch = 'x64'): unknown => parseUsdtArgs('test', text, arch);
const [CONST, REG, DEREF, SIB] = [0, 1, 2, 3] as const;

describe('arguments of static probes', () => {
  it('of x86-64: constants, registers of any width, memory, base and index', () => {
    expect(parse('-4@$-9 8@%rdi -1@%al 2@-16(%rbp) 4@(%r8) -8@0x10(%rax,%rcx,4) 1@(%rsp,%r15)')).toEqual([
      { kind: CONST, value: -9n, regOff: 0, indexRegOff: 0, scaleShift: 0, size: 4, signed: true },
      { kind: REG, value: 0n, regOff: 112, indexRegOff: 0, scaleShift: 0, size: 8, signed: false },
      { kind: REG, value: 0n, regOff: 80, indexRegOff: 0, scaleShift: 0, size: 1, signed: true },
      { kind: DEREF, value: -16n, regOff: 32, indexRegOff: 0, scaleShift: 0, size: 2, signed: false },
      { kind: DEREF, value: 0n, regOff: 72, indexRegOff: 0, scaleShift: 0, size: 4, signed: false },
      { kind: SIB, value: 16n, regOff: 80, indexRegOff: 88, scaleShift: 2, size: 8, signed: true },
      { kind: SIB, value: 0n, regOff: 152, indexRegOff: 0, scaleShift: 0, size: 1, signed: false },
    ]);
  });

  it('of arm64', () => {
    expect(parse('-4@x3 8@[sp, 60] 4@5 8@[x29]', 'arm64')).toEqual([
      { kind: REG, value: 0n, regOff: 24, indexRegOff: 0, scaleShift: 0, size: 4, signed: true },
      { kind: DEREF, value: 60n, regOff: 248, indexRegOff: 0, scaleShift: 0, size: 8, signed: false },
      { kind: CONST, value: 5n, regOff: 0, indexRegOff: 0, scaleShift: 0, size: 4, signed: false },
      { kind: DEREF, value: 0n, regOff: 232, indexRegOff: 0, scaleShift: 0, size: 8, signed: false },
    ]);
  });

  it('are none of an empty text', () => expect(parse('  ')).toEqual([]));

  it.each(['8@%xyz', '3@%rax', '8@', 'rdi', '8@%rdi junk', '8@(%rax,%rcx,3)', '8@symbol(%rip)', '8@$'])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('are at most 12', () => {
    expect(() => parse('8@%rax '.repeat(13))).toThrow(expect.objectContaining({ code: 'E2BIG' }));
  });

  it('are not known on other machines', () => {
    expect(() => parse('8@%r1', 's390x')).toThrow(expect.objectContaining({ name: 'UnsupportedError' }));
  });

  it('are laid out as the headers of either age want them', () => {
    const args = parseUsdtArgs('test', '-2@-16(%rbp)', 'x64');
    const old = new DataView(encodeUsdtSpec('test', args, 7n, 208).buffer);
    expect([old.getBigInt64(0, true), old.getUint32(8, true), old.getInt16(12, true), old.getUint8(14), old.getUint8(15)]).toEqual([-16n, DEREF, 32, 1, 48]);
    expect([old.getBigUint64(192, true), old.getInt16(200, true)]).toEqual([7n, 1]);
    const sib = new DataView(encodeUsdtSpec('test', parseUsdtArgs('test', '4@8(%rax,%rcx,8)', 'x64'), 7n, 304).buffer);
    expect([sib.getUint8(8), sib.getUint16(10, true), sib.getInt16(14, true), sib.getUint8(16), sib.getUint8(17)]).toEqual([SIB, 88 | (3 << 12), 80, 0, 32]);
    expect([sib.getBigUint64(288, true), sib.getInt16(296, true)]).toEqual([7n, 1]);
    expect(() => encodeUsdtSpec('test', args, 0n, 200)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => encodeUsdtSpec('test', parseUsdtArgs('test', '4@8(%rax,%rcx,8)', 'x64'), 0n, 208)).toThrow('libbpf 1.7');
  });
});

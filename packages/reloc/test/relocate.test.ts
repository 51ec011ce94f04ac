// Is a relocated program what a kernel can load?
import { describe, expect, it } from '@jest/globals';
import { CALL, INSN_BYTES, LD_IMM64 } from '@rootlet/insn';
import { POISON_CALL_BASE, relocateProgram } from '../src/index.ts';
import type { CodeModel, ExternBinding, RelocatedProgram } from '../src/index.ts';
import { getFunc, openObject, plainResolver, readObject } from './objects.ts';

/** Each pc-relative call and function address as `caller -> callee`. */
function edges(program: RelocatedProgram): string[] {
  const at = new Map(program.subprograms.map(({ func, insnIdx }) => [insnIdx, func.name]));
  const found: string[] = [];
  let caller = '';
  for (let idx = 0; idx < program.insns.length; idx++) {
    caller = at.get(idx) ?? caller;
    const { code, src, imm } = program.insns.at(idx);
    const arrow = code === CALL && src === 1 ? '->' : code === LD_IMM64 && src === 4 ? '=>' : undefined;
    if (arrow !== undefined) found.push(`${caller} ${arrow} ${at.get(idx + 1 + imm)}`);
    if (program.insns.isWide(idx)) idx++;
  }
  return found;
}

function bound(model: CodeModel, name: string, binding: ExternBinding): RelocatedProgram {
  return relocateProgram(model, getFunc(model, name).index, plainResolver({ extern: () => binding }));
}

describe.each(['order', 'order.be'])('relocateProgram of %s', (name) => {
  const { model, btf } = openObject(readObject(name));
  const program = relocateProgram(model, getFunc(model, 'prog').index, plainResolver());

  it('appends subprograms once each, in the order libbpf does', () => {
    // As `bpftool prog load` and `bpftool prog dump xlated` (libbpf 1.1) showed for this object.
    expect(program.subprograms.map(({ func }) => func.name)).toEqual(['prog', 'b', 'd', 'a', 'each', 'c']);
    expect(program.insns.length).toBe(program.subprograms.reduce((sum, { func }) => sum + func.insns.length, 0));
  });

  it('points every call at its function', () => {
    expect(edges(program)).toEqual(['prog -> b', 'prog -> a', 'b -> d', 'a => each', 'a -> c', 'a -> b', 'each -> c', 'c -> d']);
  });

  it('has a function record for each and shifts line records', () => {
    expect(program.funcInfo.map((record) => [record.insnIdx, btf?.name(record.typeId)])).toEqual(
      program.subprograms.map(({ func, insnIdx }) => [insnIdx, func.name]),
    );
    const starts = new Set(program.lineInfo.map((record) => record.insnIdx));
    for (const { insnIdx } of program.subprograms) expect(starts.has(insnIdx)).toBe(true);
    const sorted = program.lineInfo.map((record) => record.insnIdx);
    expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
  });

  it('leaves the model alone', () => {
    const again = relocateProgram(model, getFunc(model, 'prog').index, plainResolver());
    expect(again.insns).toEqual(program.insns);
  });
});

describe('relocateProgram', () => {
  const opened = openObject(readObject('collect'));
  const { model } = opened;
  const prog = relocateProgram(model, getFunc(model, 'prog').index, plainResolver({ mapFd: (name) => (name === 'counts' ? 5 : 6) }));

  it('patches maps and data', () => {
    const loads: string[] = [];
    for (let idx = 0; idx < getFunc(model, 'prog').insns.length; idx++) {
      if (!prog.insns.isWide(idx)) continue;
      const { src, imm } = prog.insns.at(idx);
      loads.push(`${src}:${src === 4 ? 'func' : imm}:${prog.insns.at(idx + 1).imm}`);
    }
    const dataFd = (section: string): number => 100 + opened.elf.sections.findIndex((one) => one.name === section);
    expect(loads).toEqual([
      '1:5:0', '1:6:0', '4:func:0', `2:${dataFd('.data')}:0`, `2:${dataFd('.bss')}:0`, `2:${dataFd('.rodata')}:0`,
      `2:${dataFd('.rodata')}:4`, '2:200:8', '0:1:0', '0:1:0', '2:200:8', '2:200:8', '2:200:8',
    ]);
  });

  it('lists the externs that the program reaches', () => {
    expect(prog.externs.map((idx) => model.externs[idx]?.name).sort()).toEqual([
      'CONFIG_HZ', 'ext_array', 'ext_func', 'ext_var', 'kernel_func', 'kernel_var', 'weak_ext',
    ]);
    const second = relocateProgram(model, getFunc(model, 'second').index, plainResolver());
    expect(second.externs).toEqual([]);
  });

  it.each<[string, ExternBinding, object]>([
    ['a loaded function', { kind: 'prog', fdIdx: 2, btfId: 9 }, { code: CALL, src: 3, off: 2, imm: 9 }],
    ['nothing yet', { kind: 'pending', btfId: 4 }, { code: CALL, src: 3, off: -1, imm: 4 }],
    ['a kernel function', { kind: 'kfunc', btfId: 77, fdIdx: 1, btfFd: 8 }, { code: CALL, src: 2, off: 1, imm: 77 }],
    ['null', { kind: 'null' }, { code: CALL, src: 0, off: 0, imm: POISON_CALL_BASE + 1 }],
  ])('binds an extern call to %s', (_, binding, insn) => {
    const { model: main } = openObject(readObject('main_prog'));
    const func = getFunc(main, 'main_prog');
    const at = func.relocs.find((reloc) => reloc.target.kind === 'externCall')?.insnIdx ?? -1;
    expect(bound(main, 'main_prog', binding).insns.at(at)).toMatchObject(insn);
  });

  it('refuses a binding that is no function', () => {
    const { model: main } = openObject(readObject('main_prog'));
    expect(() => bound(main, 'main_prog', { kind: 'address', address: 1n })).toThrow(
      expect.objectContaining({ code: 'RELOC_BINDING', what: expect.stringContaining('extern foo') }),
    );
  });

  it('keeps file offsets of relocated instructions', () => {
    const { model: main, elf } = openObject(readObject('main_prog'));
    for (const func of main.funcs) {
      for (const reloc of func.relocs) {
        const section = elf.sections[func.sectionIdx];
        expect(reloc.byteOff).toBe((section?.byteOff ?? 0) + (func.startIdx + reloc.insnIdx) * INSN_BYTES);
      }
    }
  });
});

// Which functions of an object are programs, and which are for other programs to call?
import { DecodeError } from '@rootlet/bytes';
import { STB_LOCAL, STB_WEAK, STV_HIDDEN, STV_INTERNAL } from '@rootlet/elf';
import type { Btf } from '@rootlet/btf';
import type { CodeFunc, CodeModel } from '@rootlet/reloc';
import { BPF_PROG_TYPE_EXT, BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_XDP, BPF_XDP } from '@rootlet/uapi';
import { inferContext } from './context.ts';
import { findSectionDef } from './sections.ts';
import type { ExportSpec, ProgramSpec } from './spec.ts';

/** What an object's functions are for. */
export interface Programs {
  readonly programs: readonly ProgramSpec[];
  readonly exports: readonly ExportSpec[];
  readonly isLibrary: boolean;
}

/**
 * Sorts the functions of an object: those with a `SEC` are programs; a global one in `.text` whose only argument is a
 * context is a program too, its type inferred; other global functions in `.text` are library functions.
 *
 * @throws `PROGRAM_SECTION` when a section holds a static function and no program
 */
export function collectPrograms(code: CodeModel, btf: Btf | undefined): Programs {
  const isLibrary = code.funcs.every((func) => func.sectionName === '.text');
  const programs: ProgramSpec[] = [];
  const exports: ExportSpec[] = [];
  for (const func of code.funcs) {
    if (func.sectionName !== '.text') {
      programs.push(sectionProgram(func, btf));
      continue;
    }
    if (!isExported(func) || btf === undefined || func.btfId === undefined) continue;
    const context = inferContext(btf, func.btfId);
    exports.push({ symbol: func.name, funcIdx: func.index, btfId: func.btfId, weak: func.binding === STB_WEAK });
    const type = context.types.length === 1 ? (context.types[0] as number) : BPF_PROG_TYPE_UNSPEC;
    const ambiguous = context.types.length > 1;
    programs.push({
      name: func.name,
      sectionName: '.text',
      funcIdx: func.index,
      type,
      // As SEC("xdp") has it: replacements and tail calls go only between programs that agree in it.
      expectedAttachType: type === BPF_PROG_TYPE_XDP ? BPF_XDP : 0,
      attachTarget: undefined,
      flags: 0,
      autoload: isLibrary,
      library: !context.only,
      contextStruct: context.structName,
      candidateTypes: ambiguous ? context.types : [],
    });
  }
  return { programs, exports, isLibrary };
}

/** Global and weak functions of default visibility are offered to other objects. */
function isExported(func: CodeFunc): boolean {
  return func.binding !== STB_LOCAL && func.visibility !== STV_HIDDEN && func.visibility !== STV_INTERNAL;
}

function sectionProgram(func: CodeFunc, btf: Btf | undefined): ProgramSpec {
  const what = `loader: program '${func.name}'`;
  if (func.binding === STB_LOCAL) {
    throw new DecodeError('PROGRAM_SECTION', what, `a static function in section '${func.sectionName}' is no program`);
  }
  const autoload = !func.sectionName.startsWith('?');
  const sectionName = autoload ? func.sectionName : func.sectionName.slice(1);
  const def = findSectionDef(sectionName);
  const replacement = def?.type === BPF_PROG_TYPE_EXT;
  const context = replacement && btf !== undefined && func.btfId !== undefined ? inferContext(btf, func.btfId) : undefined;
  return {
    name: func.name,
    sectionName,
    funcIdx: func.index,
    type: def?.type ?? BPF_PROG_TYPE_UNSPEC,
    expectedAttachType: def?.expectedAttachType ?? 0,
    attachTarget: def?.target,
    flags: def?.flags ?? 0,
    autoload,
    library: false,
    contextStruct: context?.structName,
    candidateTypes: context?.types ?? [],
  };
}

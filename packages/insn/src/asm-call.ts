// What does a call call?
import type { AsmContext, Emitted } from './asm-context.ts';
import { quote } from './asm-lexer.ts';
import type { AsmReader } from './asm-reader.ts';
import type { Insn } from './insns.ts';
import { BPF_PSEUDO_CALL, BPF_PSEUDO_KFUNC_CALL, BPF_PSEUDO_PROG_CALL, CALL } from './opcodes.ts';

/**
 * Reads what follows `call`: `pc+5`, `name#1`, `name`, `kfunc#77`, `kfunc[3]#77`, `prog[2]#9`, or a label. A name without a
 * number is a kernel function, a helper, or else a label.
 */
export function readCall(reader: AsmReader, context: AsmContext): Emitted {
  const token = reader.peek();
  if (token.kind !== 'word' || (token.text === 'pc' && /^[-+]$/.test(reader.peek(1).text))) {
    const { distance } = context.readTarget(reader, 'imm');
    skipSubprogName(reader);
    return call(BPF_PSEUDO_CALL, { imm: distance });
  }
  reader.next();
  if ((token.text === 'kfunc' || token.text === 'prog') && (reader.looksAt('[') || reader.looksAt('#'))) {
    return readIndexed(reader, token.text);
  }
  if (reader.accept('#')) return readNumbered(reader, context, token.text);
  const kfunc = context.options.kfuncId?.(token.text);
  if (kfunc !== undefined) return call(BPF_PSEUDO_KFUNC_CALL, { imm: kfunc.btfId, off: kfunc.off ?? 0 });
  const id = context.options.helperId?.(token.text);
  if (id !== undefined) return call(0, { imm: id });
  return {
    ...call(BPF_PSEUDO_CALL, {}),
    label: { name: token.text, field: 'imm', lineNo: reader.lineNo, column: token.column },
  };
}

function call(src: number, fields: Partial<Insn>): Emitted {
  return { insn: { code: CALL, dst: 0, src, off: 0, imm: 0, ...fields } };
}

/** `kfunc#77`, `kfunc[3]#77`, `prog[2]#9`: the number in brackets is an index in `fd_array`. */
function readIndexed(reader: AsmReader, word: string): Emitted {
  let off = 0;
  if (reader.accept('[')) {
    off = reader.readNumber('s16');
    reader.expect(']');
  }
  reader.expect('#');
  return call(word === 'prog' ? BPF_PSEUDO_PROG_CALL : BPF_PSEUDO_KFUNC_CALL, { off, imm: reader.readNumber('s32') });
}

/** `name#N`: a kernel function when the caller knows it by that name and number, otherwise a helper. */
function readNumbered(reader: AsmReader, context: AsmContext, name: string): Emitted {
  const column = reader.peek().column;
  const imm = reader.readNumber('s32');
  const kfunc = context.options.kfuncId?.(name);
  if (kfunc === undefined) return call(0, { imm });
  if (kfunc.btfId !== imm) {
    reader.fail('ASM_SYMBOL', `kernel function ${quote(name)} has BTF id ${kfunc.btfId}, not ${imm}`, column);
  }
  return call(BPF_PSEUDO_KFUNC_CALL, { imm, off: kfunc.off ?? 0 });
}

/** In dumps of loaded programs a call reads `pc+5#bpf_prog_59f4a931744dcdc6_F`. */
function skipSubprogName(reader: AsmReader): void {
  if (reader.accept('#')) reader.next();
}

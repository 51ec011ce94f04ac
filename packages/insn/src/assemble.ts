// Which instructions does a text in the kernel's style spell?
import { AsmContext } from './asm-context.ts';
import type { AssembleOptions, LabelUse } from './asm-context.ts';
import { AsmError, quote, readTokens } from './asm-lexer.ts';
import { AsmReader } from './asm-reader.ts';
import { readStatement } from './asm-statement.ts';
import { Insns } from './insns.ts';
import type { Insn } from './insns.ts';
import { LD_IMM64 } from './opcodes.ts';
import { hexByte } from './operators.ts';

/** What {@link assembleProgram} yields. */
export interface AssembledProgram {
  readonly insns: Insns;
  /** Slot index by label. */
  readonly labels: ReadonlyMap<string, number>;
  /** Line of the text, from 1, by slot. */
  readonly lines: readonly number[];
}

/** `int main(struct __sk_buff * skb):`, which bpftool puts before every function of a dump. */
const FUNCTION_LINE = /^\s*[A-Za-z_][\w *]*\([^()]*\):\s*$/;

interface Fixup {
  readonly insnIdx: number;
  readonly use: LabelUse;
}

/**
 * Reads instructions as the kernel prints them, one a line.
 *
 * A line may begin with labels (`L1:`), a slot number (`12:`) and an opcode (`(b7)`), which are skipped or, the opcode,
 * compared. Lines that only name a function, as in bpftool's dumps, are skipped. Jumps go to `pc+N` or a label; comments begin with `;`, `//` or ` #`. A number that takes two slots ends in
 * ` ll`, or stands behind `(18)`. What is read here is what {@link disasmKernelLine} prints.
 *
 * @throws `ASM_SYNTAX`, `ASM_REGISTER` (no such register, or not there), `ASM_RANGE` (a number does not fit its field),
 * `ASM_LABEL` (unknown or defined twice), `ASM_SYMBOL` (a map or kernel function the caller does not know), `ASM_OPCODE` (the
 * text and the opcode before it disagree); all with `line` and `column`
 */
export function assemble(text: string, options: AssembleOptions = {}): Insns {
  return assembleProgram(text, options).insns;
}

/** Like {@link assemble}, and says where labels and lines went. */
export function assembleProgram(text: string, options: AssembleOptions = {}): AssembledProgram {
  const context = new AsmContext(options);
  const slots: Insn[] = [];
  const lines: number[] = [];
  const labels = new Map<string, number>();
  const fixups: Fixup[] = [];
  let lineNo = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    lineNo++;
    if (FUNCTION_LINE.test(line)) continue;
    const reader = new AsmReader(readTokens(line, lineNo), lineNo);
    readLabels(reader, labels, slots.length);
    if (reader.peek().kind === 'end') continue;
    const prefix = readOpcodePrefix(reader);
    const { insn, second, label } = readStatement(reader, context, prefix?.code === LD_IMM64);
    reader.expectEnd();
    if (prefix !== undefined && prefix.code !== insn.code) {
      throw new AsmError('ASM_OPCODE', { line: lineNo, column: prefix.column }, `the text is opcode ${hexByte(insn.code)}, the line says ${hexByte(prefix.code)}`);
    }
    if (label !== undefined) fixups.push({ insnIdx: slots.length, use: label });
    slots.push(insn);
    lines.push(lineNo);
    if (second !== undefined) {
      slots.push({ code: 0, dst: 0, src: 0, off: 0, imm: second });
      lines.push(lineNo);
    }
  }
  const insns = Insns.from(slots);
  for (const fixup of fixups) resolve(insns, fixup, labels);
  return { insns, labels, lines };
}

/** Labels and slot numbers before an instruction. */
function readLabels(reader: AsmReader, labels: Map<string, number>, insnIdx: number): void {
  while (reader.peek(1).text === ':' && (reader.peek().kind === 'word' || reader.peek().kind === 'number')) {
    const { kind, text, column } = reader.next();
    reader.next();
    if (kind === 'number') continue;
    if (labels.has(text)) reader.fail('ASM_LABEL', `label ${quote(text)} defined twice`, column);
    labels.set(text, insnIdx);
  }
}

function readOpcodePrefix(reader: AsmReader): { code: number; column: number } | undefined {
  if (reader.peek().kind !== 'opcode') return undefined;
  const { text, column } = reader.next();
  return { code: Number.parseInt(text.slice(1, 3), 16), column };
}

function resolve(insns: Insns, { insnIdx, use }: Fixup, labels: ReadonlyMap<string, number>): void {
  const target = labels.get(use.name);
  const place = { line: use.lineNo, column: use.column };
  if (target === undefined) throw new AsmError('ASM_LABEL', place, `no label ${quote(use.name)}`);
  const distance = target - insnIdx - 1;
  if (use.field === 'imm') {
    insns.imm[insnIdx] = distance;
    return;
  }
  if (distance < -0x8000 || distance > 0x7fff) {
    throw new AsmError('ASM_RANGE', place, `label ${quote(use.name)} is ${distance} slots away: need -32768 to 32767 (gotol reaches further)`);
  }
  insns.off[insnIdx] = distance;
}

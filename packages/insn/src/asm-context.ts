// What does the assembler know beyond the statement it reads?
import type { AsmReader } from './asm-reader.ts';
import type { Insn } from './insns.ts';

/** What the assembler asks its caller: this package knows no helper, kernel function or map. */
export interface AssembleOptions {
  /** Number of a helper by name. Not asked where the text has it (`call bpf_map_lookup_elem#1`). */
  readonly helperId?: ((name: string) => number | undefined) | undefined;
  /** BTF id of a kernel function by name, and the index of its BTF in `fd_array` (0: vmlinux). Asked before helpers. */
  readonly kfuncId?: ((name: string) => { readonly btfId: number; readonly off?: number | undefined } | undefined) | undefined;
  /** File descriptor, or whatever number stands for it, of the map in `map[name]`. */
  readonly mapFd?: ((name: string) => number | undefined) | undefined;
}

/** One instruction as read, with what is not known before all labels are. */
export interface Emitted {
  readonly insn: Insn;
  /** Immediate of the second slot; makes it a two-slot load. */
  readonly second?: number | undefined;
  /** Label whose distance goes to `off`, or to `imm`. */
  readonly label?: LabelUse | undefined;
}

/** A jump to a name: the distance is filled in when all labels are known. */
export interface LabelUse {
  readonly name: string;
  readonly field: 'off' | 'imm';
  readonly lineNo: number;
  readonly column: number;
}

/** A jump's distance in slots, or the label it is to be taken from (then 0). */
export interface Target {
  readonly distance: number;
  readonly label?: LabelUse | undefined;
}

/** Options and what statements share. */
export class AsmContext {
  readonly options: AssembleOptions;

  constructor(options: AssembleOptions) {
    this.options = options;
  }

  /** Reads `pc+5`, `+5`, or a label. */
  readTarget(reader: AsmReader, field: 'off' | 'imm'): Target {
    const token = reader.peek();
    if (token.kind === 'word' && !(token.text === 'pc' && /^[-+]$/.test(reader.peek(1).text))) {
      reader.next();
      return { distance: 0, label: { name: token.text, field, lineNo: reader.lineNo, column: token.column } };
    }
    reader.accept('pc');
    if (!reader.looksAt('+') && !reader.looksAt('-')) return reader.failAt(reader.peek(), 'pc+N or a label expected');
    return { distance: reader.readNumber(field === 'off' ? 's16' : 's32') };
  }
}

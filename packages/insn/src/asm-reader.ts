// What stands next in the statement being assembled?
import { AsmError, quote } from './asm-lexer.ts';
import type { Token } from './asm-lexer.ts';

/** A register as written: `r3` or, with 32 bits, `w3`. */
export interface Register {
  readonly idx: number;
  readonly narrow: boolean;
  readonly column: number;
}

/** Number range of a field. `u32` also takes the negative numbers that mean the same 32 bits. */
export type NumberRange = 's16' | 'u16' | 's32' | 'u32' | 'u64';

const RANGES: Readonly<Record<NumberRange, readonly [bigint, bigint]>> = {
  s16: [-0x8000n, 0x7fffn],
  u16: [0n, 0xffffn],
  s32: [-0x8000_0000n, 0x7fff_ffffn],
  u32: [-0x8000_0000n, 0xffff_ffffn],
  u64: [-0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn],
};

/** Reads the tokens of one statement. Every method moves on or throws an {@link AsmError}. */
export class AsmReader {
  readonly lineNo: number;
  readonly #tokens: readonly Token[];
  #pos: number;

  constructor(tokens: readonly Token[], lineNo: number, pos = 0) {
    this.#tokens = tokens;
    this.lineNo = lineNo;
    this.#pos = pos;
  }

  /** The token `ahead` places further, the end token beyond the end. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#pos + ahead, this.#tokens.length - 1)] as Token;
  }

  /** Whether the next tokens are these texts. */
  looksAt(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => this.peek(ahead).text === text && this.peek(ahead).kind !== 'end');
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#pos++;
    return token;
  }

  /** Skips the next token when it has this text. */
  accept(text: string): boolean {
    if (!this.looksAt(text)) return false;
    this.#pos++;
    return true;
  }

  /** Skips these tokens. @throws `ASM_SYNTAX` when others stand there */
  expect(...texts: readonly string[]): void {
    for (const text of texts) {
      if (!this.accept(text)) this.failAt(this.peek(), `${quote(text)} expected`);
    }
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') this.failAt(this.peek(), 'end of line expected');
  }

  /** Throws `ASM_SYNTAX` at a token, naming what was found. */
  failAt(token: Token, problem: string): never {
    const found = token.kind === 'end' ? 'end of line' : quote(token.text);
    throw new AsmError('ASM_SYNTAX', { line: this.lineNo, column: token.column }, `${problem}, got ${found}`);
  }

  /** Throws an error of another kind at a column of this line. */
  fail(code: string, problem: string, column: number): never {
    throw new AsmError(code, { line: this.lineNo, column }, problem);
  }

  /** Whether a register stands next. */
  atRegister(): boolean {
    return this.peek().kind === 'word' && /^[rw](?:\d+)$/.test(this.peek().text);
  }

  /** Reads `r0`–`r10` or `w0`–`w10`; with `narrow` given, only of that width. @throws `ASM_REGISTER` */
  readRegister(narrow?: boolean): Register {
    const token = this.peek();
    if (!this.atRegister()) this.failAt(token, 'register expected');
    this.next();
    const idx = Number(token.text.slice(1));
    if (token.text.length > 3 || idx > 10 || String(idx) !== token.text.slice(1)) {
      this.fail('ASM_REGISTER', `no register ${quote(token.text)}`, token.column);
    }
    const isNarrow = token.text.startsWith('w');
    if (narrow !== undefined && isNarrow !== narrow) {
      this.fail('ASM_REGISTER', `${narrow ? 'w' : 'r'} register expected, got ${quote(token.text)}`, token.column);
    }
    return { idx, narrow: isNarrow, column: token.column };
  }

  /** Whether a number, perhaps with a sign, stands next. */
  atNumber(): boolean {
    if (this.peek().kind === 'number') return true;
    return (this.looksAt('-') || this.looksAt('+')) && this.peek(1).kind === 'number';
  }

  /** Reads a number of up to 64 bits. @throws `ASM_RANGE` */
  readBig(range: NumberRange): bigint {
    const first = this.peek();
    if (!this.atNumber()) this.failAt(first, 'number expected');
    const negative = this.accept('-');
    if (!negative) this.accept('+');
    const text = this.next().text;
    const [min, max] = RANGES[range];
    // 20 digits hold 64 bits; a longer text is not worth converting.
    const value = text.replace(/^(0x)?0+(?=.)/i, '$1').length > 22 ? max + 1n : BigInt(text);
    const given = negative ? -value : value;
    if (given < min || given > max) {
      this.fail('ASM_RANGE', `${quote(text)} out of range: need ${min} to ${max}`, first.column);
    }
    return given;
  }

  /** Reads a number that fits 32 bits, as the field holds it (signed). @throws `ASM_RANGE` */
  readNumber(range: Exclude<NumberRange, 'u64'>): number {
    return Number(BigInt.asIntN(32, this.readBig(range)));
  }
}

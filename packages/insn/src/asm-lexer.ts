// Which words and signs stand in a line of assembly?
import { RootletError } from '@rootlet/bytes';

/** The text given to the assembler is not assembly: for the text's author. */
export class AsmError extends RootletError {
  /** Line in the text, from 1. */
  readonly line: number;
  /** Column in the line, from 1, in UTF-16 units. */
  readonly column: number;

  /** @param code `ASM_SYNTAX`, `ASM_REGISTER`, `ASM_RANGE`, `ASM_LABEL`, `ASM_SYMBOL` or `ASM_OPCODE` */
  constructor(code: string, place: { readonly line: number; readonly column: number }, problem: string) {
    const { line, column } = place;
    super('AsmError', code, 'asm', `asm: line ${line}, column ${column}: ${problem}`);
    this.line = line;
    this.column = column;
  }
}

/** A word, number, operator, opcode in parentheses (`(b7)`), or the end of the line. */
export interface Token {
  readonly kind: 'word' | 'number' | 'sign' | 'opcode' | 'end';
  readonly text: string;
  /** Column of its first character, from 1. */
  readonly column: number;
}

// Signed comparisons and operators (`s>`, `s>>=`, `s/=`) are one token; a word never stands right before those signs.
// Nothing but an opcode is two hexadecimal digits in parentheses.
const TOKEN =
  /\s*(?:(?<opcode>\([0-9a-f]{2}\))|(?<sign>s(?:>>=|[<>]=?|[/%]=)|<<=|>>=|[-+*/%|&^=!<>]=|[-+*&=<>()[\]:,#])|(?<number>0x[0-9a-fA-F]+|[0-9]+)|(?<word>[A-Za-z_.$][\w.$]*))/y;
const KINDS = ['opcode', 'sign', 'number', 'word'] as const;

/**
 * Tokens of one line, ended by an `end` token. Comments begin with `;`, `//`, or a `#` at the line's start or behind white
 * space (`call helper#1` has none).
 *
 * @param lineNo line number for errors, from 1
 * @throws `ASM_SYNTAX` at a character that begins nothing
 */
export function readTokens(line: string, lineNo: number): Token[] {
  const text = line.slice(0, commentStart(line));
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) break;
    const groups = match.groups as Record<string, string | undefined>;
    const kind = KINDS.find((name) => groups[name] !== undefined) ?? 'word';
    const found = groups[kind] as string;
    at += match[0].length;
    // `0x1g` or `12ab` is no number followed by a word.
    if (kind === 'number' && /[\w.$]/.test(text.charAt(at))) {
      throw new AsmError('ASM_SYNTAX', { line: lineNo, column: at - found.length + 1 }, `number expected, got ${quote(text.slice(at - found.length))}`);
    }
    tokens.push({ kind, text: found, column: at - found.length + 1 });
  }
  const rest = text.slice(at);
  if (rest.trim() !== '') {
    const column = at + rest.length - rest.trimStart().length + 1;
    throw new AsmError('ASM_SYNTAX', { line: lineNo, column }, `unexpected character ${quote(rest.trimStart().charAt(0))}`);
  }
  tokens.push({ kind: 'end', text: '', column: text.trimEnd().length + 1 });
  return tokens;
}

function commentStart(line: string): number {
  const match = /;|\/\/|(?:^|(?<=\s))#/.exec(line);
  return match === null ? line.length : match.index;
}

/** Text in quotes for an error, cut short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);
}

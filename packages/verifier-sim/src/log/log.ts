// How does the kernel's log grow, and how is it cut back?

/** Branches: only the path that failed is kept. */
export const BPF_LOG_LEVEL1 = 1;
/** Every instruction of every path is kept. */
export const BPF_LOG_LEVEL2 = 2;
/** Statistics. */
export const BPF_LOG_STATS = 4;

/** Characters that are kept at most: of a longer log the end, as the kernel keeps what fits the buffer it is given. */
const MAX_CHARS = 1 << 28;
/** What goes at once when there are more. */
const SPARE = MAX_CHARS / 16;

/** Texts that are joined at a time: many small ones take several times the memory of one that is as long. */
const JOINED = 4096;

const NEWLINE = 10;
const ALIGNMENT = 40;
const MIN_ALIGNMENT = 8;

/**
 * The log of one verification. The last line is remembered at every level, since it is the reason of a rejection.
 */
export class Log {
  /** `BPF_LOG_*` bits. */
  readonly level: number;
  /** Characters written, those cut off excluded. */
  endPos = 0;
  /** Where the last printed instruction starts and ends, to put the registers beside it. */
  prevLogPos = 0;
  prevInsnPrintPos = 0;
  #joined: string[] = [];
  /** Behind {@link #joined}. */
  #parts: string[] = [];
  /** Position of the first character that is kept. */
  #startPos = 0;
  /** Texts since the last one that ended with a newline; that one, when nothing came after it. */
  #line: string[] = [];
  #isLineWhole = false;

  constructor(level: number) {
    this.level = level;
  }

  /** Whether paths are logged at all (levels 1 and 2). */
  get verboseStates(): boolean {
    return (this.level & (BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2)) !== 0;
  }

  /** Whether every instruction of every path is logged (level 2). */
  get level2(): boolean {
    return (this.level & BPF_LOG_LEVEL2) !== 0;
  }

  /** The last line that was written, also one without its newline, whatever the level; empty when there is none. */
  get lastLine(): string {
    const text = this.#line.join('');
    const whole = this.#isLineWhole ? text.slice(0, -1) : text;
    return whole.slice(whole.lastIndexOf('\n') + 1);
  }

  /** What was written last is no reason: the kernel tells none. */
  forgetLine(): void {
    this.#line = [];
    this.#isLineWhole = false;
  }

  /** Appends text; newlines are the caller's. */
  verbose(text: string): void {
    if (text === '') return;
    if (this.#isLineWhole) this.#line = [text];
    else this.#line.push(text);
    this.#isLineWhole = text.charCodeAt(text.length - 1) === NEWLINE;
    this.note(text);
  }

  /** Appends text that is never the reason of a rejection. */
  note(text: string): void {
    if (this.level === 0 || text === '') return;
    this.#parts.push(text);
    this.endPos += text.length;
    if (this.#parts.length < JOINED) return;
    this.#joined.push(this.#parts.join(''));
    this.#parts = [];
    if (this.endPos - this.#startPos > MAX_CHARS) this.#dropOldest();
  }

  #dropOldest(): void {
    let drop = 0;
    for (; this.endPos - this.#startPos > MAX_CHARS - SPARE; drop++) this.#startPos += (this.#joined[drop] as string).length;
    this.#joined = this.#joined.slice(drop);
  }

  /** Cuts the log back to `pos` characters. */
  reset(pos: number): void {
    while (this.endPos > pos) {
      const part = this.#parts.pop() ?? this.#joined.pop();
      if (part === undefined) return;
      const start = this.endPos - part.length;
      if (start < pos) {
        this.#parts.push(part.slice(0, pos - start));
        this.endPos = pos;
      } else {
        this.endPos = start;
      }
    }
  }

  /** Spaces between an instruction that ends `column` characters after its line began and the registers beside it. */
  static alignment(column: number): number {
    const at = Math.max(column + MIN_ALIGNMENT / 2, ALIGNMENT);
    return Math.ceil(at / MIN_ALIGNMENT) * MIN_ALIGNMENT - column - 1;
  }

  /** Everything written. */
  text(): string {
    const text = [...this.#joined, ...this.#parts].join('');
    this.#joined = [];
    this.#parts = text === '' ? [] : [text];
    return text;
  }
}

// Which instructions led to a rejection, and what was known after each?
//
// At level 1 the log holds the path that failed and no other: what was followed before is cut off when its end is reached.

/** A line of C. */
export interface SourceLine {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** An instruction on the way. */
export interface PathStep {
  readonly insnIdx: number;
  /** As the log prints it, e.g. `(61) r0 = *(u32 *)(r0 +0)`. */
  readonly text: string;
  /** Registers and stack slots that changed, by name, e.g. `R0` → `scalar()`. */
  readonly state: ReadonlyMap<string, string>;
  readonly source: SourceLine | undefined;
}

/** What the log of a rejection says. */
export interface FailedPath {
  /** Oldest first; the last one is where it failed, unless it failed before any was followed. */
  readonly steps: readonly PathStep[];
  /** The lines after the last instruction. */
  readonly messages: readonly string[];
}

const INSN = /^(\d+): (\([0-9a-f]{2}\) .*?)(?:\s+; (.*))?$/;
const SOURCE = /^; (.*) @ (\S+):(\d+)$/;
/** States at the beginning and at joins: no instruction, no message. */
const STATE = /^(?:from \d+ to )?\d+:(?: (?:frame\d+:|R\d+(?:_\w+)?=).*)?$/;
const STATISTICS = /^(?:processed \d+ insns|stack depth |verification time )/;

/** Reads the log of level 1 of a rejected program. */
export function parsePath(log: string): FailedPath {
  const steps: PathStep[] = [];
  let messages: string[] = [];
  let source: SourceLine | undefined;
  for (const line of log.split('\n')) {
    const insn = INSN.exec(line);
    const place = insn === null ? SOURCE.exec(line) : null;
    if (insn !== null) {
      steps.push({ insnIdx: Number(insn[1]), text: insn[2] as string, state: parseState(insn[3] ?? ''), source });
      messages = [];
    } else if (place !== null) {
      source = { text: place[1] as string, file: place[2] as string, line: Number(place[3]) };
    } else if (line !== '' && !STATE.test(line) && !STATISTICS.test(line)) {
      messages.push(line);
    }
  }
  return { steps, messages };
}

/** `R0=scalar(id=1) fp-8=mmmm????`: names and values, parentheses kept together. */
export function parseState(text: string): ReadonlyMap<string, string> {
  const state = new Map<string, string>();
  let start = 0;
  let depth = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    if (at < text.length && (char !== ' ' || depth > 0)) continue;
    const word = text.slice(start, at);
    start = at + 1;
    const equals = word.indexOf('=');
    if (equals > 0) state.set(word.slice(0, equals).replace(/_[rwD]+$/, ''), word.slice(equals + 1));
  }
  return state;
}

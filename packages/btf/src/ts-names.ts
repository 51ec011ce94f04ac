// Which names may types and members have in TypeScript, whatever they are called in BTF?

/** Words that cannot name a class or a type; globals, functions and parameters of generated code; what compilers reserve. */
const RESERVED = /* @__PURE__ */ new Set(
  (
    'abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue debugger declare default delete do ' +
    'else enum eval export exports extends false finally for from function get global globalThis if implements import in infer instanceof interface ' +
    'intrinsic is keyof let module namespace never new null number object of out override package private protected public readonly require return ' +
    'satisfies set static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield ' +
    'Array BigInt BtfView DataView Error Generator Infinity Math NaN Number Object Partial Promise RangeError Reflect String Symbol TextDecoder ' +
    'TextEncoder Uint8Array __proto__ bytes checkIndex decoder encoder i littleEndian off viewOf'
  ).split(' '),
);

/** Longest name that is kept; hostile ones fill whole string sections. */
const MAX_NAME = 200;

/** An identifier as like a name as possible: only letters, digits and `_`, none of the language's own words. */
export function toIdentifier(name: string): string {
  const text = name.slice(0, MAX_NAME).replace(/\W/g, '_');
  if (text === '') return '_';
  if (/^\d/.test(text)) return `_${text}`;
  return RESERVED.has(text) ? `${text}_` : text;
}

/** A string literal of printable ASCII. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A name where a property is declared: `name`, or `"na me"`. */
export function propertyName(name: string): string {
  // As a plain key of an object literal this one would set the prototype.
  if (name === '__proto__') return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** A property of an expression: `object.name`, or `object["na me"]`. */
export function propertyOf(object: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${quote(name)}]`;
}

/** Text that can stand inside a comment: on one line, and neither its end nor an instruction to a compiler. */
export function commentText(text: string): string {
  const line = text.length > 160 ? `${text.slice(0, 157)}...` : text;
  return line.replace(/[^\x20-\x7e]|[@`]/g, '?').replaceAll('*/', '*?');
}

/** Names of one scope, each given once: `name`, then `name___2` as C headers made from BTF have it. */
export class TsScope {
  readonly #taken: Set<string>;
  readonly #counts: Map<string, number> = new Map();

  /** @param taken names that nobody gets */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(name: string): string {
    let count = this.#counts.get(name) ?? 1;
    let unique = count === 1 ? name : `${name}___${count}`;
    while (this.#taken.has(unique)) unique = `${name}___${++count}`;
    this.#counts.set(name, count);
    this.#taken.add(unique);
    return unique;
  }
}

// Which names do the things of an object get in TypeScript?

/** A name for types and values: letters, digits and `_`, as C's identifiers are. */
export function toIdentifier(name: string): string {
  const text = name.replace(/\W/g, '_');
  return /^\d/.test(text) || text === '' ? `_${text}` : text;
}

/** A string literal of printable ASCII. */
export function quote(text: string): string {
  const escaped = text.replace(/['\\]/g, '\\$&');
  return `'${escaped.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`;
}

/** A name where a property is declared. */
export function propertyName(name: string): string {
  // As a plain key of an object literal this one would set the prototype.
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** Text that can stand inside a comment: on one line, neither its end nor an instruction to a compiler. */
export function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]|[@`]/g, '?').replaceAll('*/', '*?');
}

/** Names of one scope, each given once: `name`, then `name___2` as C headers made from BTF have it. */
export class Scope {
  readonly #taken: Set<string>;

  /** @param taken names that nobody gets */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  take(name: string): string {
    let unique = name;
    for (let count = 2; this.#taken.has(unique); count++) unique = `${name}___${count}`;
    this.#taken.add(unique);
    return unique;
  }
}

// What does rootlet throw, and who must act on it?

/** What an error is about, in a form that programs can read. */
export interface ErrorDetail {
  /** Byte offset in the file that was given, where one is known. */
  readonly byteOff?: number | undefined;
  /** Instruction index (in slots of 8 bytes) within the program or section, where one is known. */
  readonly insnIdx?: number | undefined;
  /** What was expected: a size in bytes, a value, or words. */
  readonly need?: number | bigint | string | undefined;
  /** What was found instead. */
  readonly have?: number | bigint | string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base of every error that rootlet throws on purpose.
 *
 * Match by {@link RootletError.code}, never by `instanceof`: an application may hold an ESM and a CommonJS copy of a package.
 */
export class RootletError extends Error {
  /** Stable identifier, e.g. `ELF_TRUNCATED`. See docs/errors.md. */
  readonly code: string;
  /** What the error is about, outermost first, e.g. `elf: section header 4`. */
  readonly what: string;
  /** Byte offset in the input, where one is known. */
  readonly byteOff: number | undefined;
  /** Instruction index (slots), where one is known. */
  readonly insnIdx: number | undefined;
  /** What was expected. */
  readonly need: number | bigint | string | undefined;
  /** What was found. */
  readonly have: number | bigint | string | undefined;

  constructor(name: string, code: string, what: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = name;
    this.code = code;
    this.what = what;
    this.byteOff = detail.byteOff;
    this.insnIdx = detail.insnIdx;
    this.need = detail.need;
    this.have = detail.have;
  }
}

/** The bytes of an object are not what their format says: for the object's author. */
export class DecodeError extends RootletError {
  /**
   * @param code stable identifier, e.g. `BTF_TYPE_ID`
   * @param what the place, outermost first, e.g. `btf: type 12: member 3`
   * @param problem what is wrong there, in lower case, e.g. `type id out of range`
   * @param detail offsets and the expected and found values; they are appended to the message
   */
  constructor(code: string, what: string, problem: string, detail: ErrorDetail = {}) {
    super('DecodeError', code, what, `${what}: ${problem}${formatDetail(detail)}`, detail);
  }
}

/** A feature that rootlet does not have (yet, or here): for rootlet's authors, later. */
export class UnsupportedError extends RootletError {
  /** Name of the missing feature, e.g. `helper bpf_sk_storage_get`. */
  readonly feature: string;

  constructor(feature: string, detail: ErrorDetail = {}) {
    super('UnsupportedError', 'UNSUPPORTED', feature, `not supported: ${feature}${formatDetail(detail)}`, detail);
    this.feature = feature;
  }
}

/** `: need 64 bytes, have 12 at 0x1f40` from the parts that are known; for error classes of other packages. */
export function formatDetail(detail: ErrorDetail): string {
  const parts: string[] = [];
  if (detail.need !== undefined) parts.push(`need ${detail.need}`);
  if (detail.have !== undefined) parts.push(`have ${detail.have}`);
  let text = parts.length > 0 ? `: ${parts.join(', ')}` : '';
  if (detail.byteOff !== undefined) text += ` at 0x${detail.byteOff.toString(16)}`;
  if (detail.insnIdx !== undefined) text += ` at instruction ${detail.insnIdx}`;
  return text;
}

/**
 * Reports a bug in rootlet itself. Thrown, never caught.
 *
 * @param message what was believed impossible
 */
export function bug(message: string): never {
  throw new Error(`bug in rootlet: ${message}; please report it`);
}

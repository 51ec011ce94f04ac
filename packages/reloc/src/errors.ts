// How does an error of linking or relocating look?
import { formatDetail, RootletError } from '@rootlet/bytes';
import type { ErrorDetail } from '@rootlet/bytes';

/** Symbols, relocations or several objects do not fit together: for the object's author. Matched by `code`. */
export class RelocError extends RootletError {
  /**
   * @param code stable identifier, e.g. `RELOC_CALL_TARGET`
   * @param what the place, outermost first, e.g. `reloc: section xdp: relocation 3 of symbol foo`
   * @param problem what is wrong there, in lower case
   * @param detail offsets and the expected and found values; they are appended to the message
   */
  constructor(code: string, what: string, problem: string, detail: ErrorDetail = {}) {
    super('RelocError', code, what, `${what}: ${problem}${formatDetail(detail)}`, detail);
  }
}

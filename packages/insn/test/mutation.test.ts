// What do the readers of instructions do with bytes that are no program? MUTATIONS sets the number of mutations.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RootletError } from '@rootlet/bytes';
import {
  AsmError,
  assemble,
  buildCfg,
  decodeInsns,
  definedRegs,
  disasmKernelLine,
  disasmKernelProgram,
  disasmLlvmSection,
  encodeInsns,
  findInsnProblem,
  findSubprogs,
  insertInsns,
  Insns,
  reversePostorder,
  successors,
  usedRegs,
} from '../src/index.ts';
import { readCodeSections } from './mini-elf.ts';

const FIXTURES = join(__dirname, 'fixtures/llvm');
const RUNS = Number(process.env['MUTATIONS'] ?? 2000);

/** Code of the clang-built objects, in pieces of at most 64 slots. */
const seeds: Uint8Array[] = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.el.o'))
  .flatMap((file) => readCodeSections(readFileSync(join(FIXTURES, file))))
  .flatMap(({ insns }) => {
    const bytes = encodeInsns(insns, true);
    return Array.from({ length: Math.ceil(bytes.length / 512) }, (_, at) => bytes.slice(at * 512, at * 512 + 512));
  });

const mutated: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(511), fc.nat(255)), { maxLength: 12 }), fc.option(fc.nat(512)))
  .map(([seed, changes, cut]) => {
    const bytes = seed.slice(0, cut ?? seed.length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });

const hostile: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: mutated },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 256 }) },
);

/** Runs what may throw, but nothing untyped. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RootletError) return undefined;
    throw error;
  }
}

function readEverything(bytes: Uint8Array, littleEndian: boolean): void {
  const insns = attempt(() => decodeInsns(bytes, littleEndian));
  if (insns === undefined) {
    expect(bytes.length % 8).not.toBe(0);
    return;
  }
  expect(encodeInsns(insns, littleEndian)).toEqual(bytes);
  disasmKernelProgram(insns);
  const lines = disasmLlvmSection({ name: 'x', insns, littleEndian }).split('\n').length;
  expect(lines).toBeLessThan(insns.length + 8);
  for (let idx = 0; idx < insns.length; idx++) {
    const problem = findInsnProblem(insns, idx);
    // What is an instruction comes back from its text.
    if (problem === undefined) {
      const slots = insns.slice(idx, idx + (insns.isWide(idx) ? 2 : 1));
      expect(assemble(disasmKernelLine(slots, 0, { imm64: 'asm' }))).toEqual(slots);
    } else attempt(() => assemble(disasmKernelLine(insns, idx)));
    for (const next of successors(insns, idx)) expect(next >= 0 && next < insns.length).toBe(true);
    expect(usedRegs(insns, idx) | definedRegs(insns, idx)).toBeLessThanOrEqual(0xffff);
  }
  for (const { start, end } of attempt(() => findSubprogs(insns)) ?? []) {
    const cfg = attempt(() => buildCfg(insns, start, end));
    if (cfg !== undefined) expect(reversePostorder(cfg).length).toBeLessThanOrEqual(end - start);
  }
  const extra = Insns.from([{ code: 0xb7, dst: 0, src: 0, off: 0, imm: 0 }]);
  for (const at of [0, insns.length >> 1, insns.length]) {
    const patched = attempt(() => insertInsns(insns, at, extra));
    if (patched !== undefined) expect(patched.insns.length).toBe(insns.length + 1);
  }
}

describe('hostile instructions', () => {
  it(`are read, printed and connected, or refused by a typed error, ${RUNS} times`, () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (bytes, littleEndian) => {
        readEverything(bytes, littleEndian);
      }),
      { numRuns: RUNS },
    );
  }, 3_600_000);

  it('are refused by the assembler with a place in the text', () => {
    const line = fc.constantFrom(...seeds).chain((bytes) => {
      const text = disasmKernelProgram(decodeInsns(bytes.slice(0, bytes.length & ~7), true));
      return fc.tuple(fc.constant(text), fc.nat(text.length), fc.string({ maxLength: 3 }));
    });
    fc.assert(
      fc.property(line, ([text, at, junk]) => {
        const changed = text.slice(0, at) + junk + text.slice(at + junk.length);
        try {
          assemble(changed);
        } catch (error) {
          if (!(error instanceof AsmError)) throw error;
          const lines = changed.split(/\r\n|\n|\r/);
          expect(error.line).toBeLessThanOrEqual(lines.length);
          expect(error.column).toBeLessThanOrEqual((lines[error.line - 1] as string).length + 1);
        }
      }),
      { numRuns: Math.max(300, RUNS / 10) },
    );
  }, 3_600_000);
});

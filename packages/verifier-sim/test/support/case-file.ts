// How is a program, with what the kernel says of it, written down for people?
//
//     # A packet is read before its end is checked.
//     type BPF_PROG_TYPE_XDP
//     map counts BPF_MAP_TYPE_ARRAY key 4 value 8 entries 1
//     --- program
//       r2 = *(u32 *)(r1 +0)
//       r0 = *(u8 *)(r2 +0)
//       exit
//     --- 6.18 reject EACCES
//     --- 6.18 log 1
//     …
//     --- 6.18 log 2
//     …
//
// Also `attach BPF_…`, `flags BPF_F_…|…`, `license …` (GPL when absent), `struct NAME BYTES`, and `func LABEL PROTOTYPE` for
// programs with BTF. `node tools/kernel-diff.mjs FILE` runs a case in the kernel and in the simulation and shows the difference.
import { assembleProgram } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import * as uapi from '@rootlet/uapi';
import { buildCaseBtf } from './case-btf.ts';
import type { CaseBtf } from './case-btf.ts';

/** A map that a case declares. Its number, from 1, stands for its fd. */
export interface CaseMap {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Name of the map that an entry is like. */
  readonly inner?: string;
  /** First value of a map that nobody may write any more. */
  readonly frozen?: Uint8Array;
}

/** What a kernel said. */
export interface CaseAnswer {
  readonly kernel: string;
  /** 0 when accepted. */
  readonly errno: number;
  readonly log1: string;
  readonly log2: string;
}

/** One case. */
export interface VerifierCase {
  readonly title: string;
  /** Everything before the answers, as written. */
  readonly source: string;
  readonly progType: number;
  readonly attachType: number;
  readonly flags: number;
  readonly license: string;
  readonly maps: readonly CaseMap[];
  readonly insns: Insns;
  readonly btf?: CaseBtf;
  readonly answers: readonly CaseAnswer[];
}

/** Reads a case file. @throws Error naming the line that makes no sense */
export function parseCase(text: string): VerifierCase {
  const sections = splitSections(text);
  const program = sections.find((section) => section.title === 'program');
  if (program === undefined) throw new Error('case: no "--- program"');
  const header = readHeader((sections[0] as Section).lines);
  const { insns, labels } = assembleProgram(program.lines.join('\n'), {
    helperId: uapi.helperId,
    mapFd: (name) => header.maps.findIndex((map) => map.name === name) + 1 || undefined,
  });
  const { prototypes, structs, ...fields } = header;
  const answers = readAnswers(sections);
  const source = [...(sections[0] as Section).lines, '--- program', ...program.lines].join('\n');
  const funcs = prototypes.map(({ label, text: prototype }) => {
    const insnIdx = label === 'main' ? 0 : labels.get(label);
    if (insnIdx === undefined) throw new Error(`case: func ${label}: no such label`);
    return { insnIdx, text: prototype };
  });
  return { ...fields, source, insns, answers, ...(funcs.length > 0 && { btf: buildCaseBtf(structs, funcs) }) };
}

/** Text of a case with the answers given in place of those it had. */
export function formatCase(source: string, answers: readonly CaseAnswer[]): string {
  const parts = answers.map(({ kernel, errno, log1, log2 }) =>
    [`--- ${kernel} ${errno === 0 ? 'accept' : `reject ${uapi.errnoName(errno) ?? errno}`}`, `--- ${kernel} log 1`, log1, `--- ${kernel} log 2`, log2].map((part) => part.replace(/\n+$/, '')).join('\n'),
  );
  return `${[source.replace(/\n+$/, ''), ...parts].join('\n')}\n`;
}

interface Section {
  readonly title: string;
  readonly lines: string[];
}

function splitSections(text: string): Section[] {
  const sections: Section[] = [{ title: '', lines: [] }];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('--- ')) sections.push({ title: line.slice(4).trim(), lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}

function readAnswers(sections: readonly Section[]): CaseAnswer[] {
  const logOf = (title: string): string => sections.find((section) => section.title === title)?.lines.join('\n') ?? '';
  return sections.flatMap(({ title }) => {
    const match = /^(\S+) (accept|reject)(?: (\w+))?$/.exec(title);
    if (match === null) return [];
    const [, kernel = '', verdict, name = ''] = match;
    const errno = verdict === 'accept' ? 0 : (uapi.errnoNumber(name) ?? Number(name));
    return [{ kernel, errno, log1: logOf(`${kernel} log 1`), log2: logOf(`${kernel} log 2`) }];
  });
}

function constant(name: string): number {
  const value = (uapi as unknown as Record<string, unknown>)[name];
  if (typeof value === 'number') return value;
  if (/^(0x)?[0-9a-f]+$/i.test(name)) return Number(name);
  throw new Error(`case: no constant ${name}`);
}

const flagsOf = (text: string): number => text.split('|').reduce((sum, name) => sum | constant(name.trim()), 0);

function readMap(rest: string): CaseMap {
  const [name = '', type = '', ...pairs] = rest.split(/\s+/);
  const fields = new Map(pairs.flatMap((word, idx) => (idx % 2 === 0 ? [[word, pairs[idx + 1] ?? '']] : [])));
  const number = (key: string): number => flagsOf(fields.get(key) ?? '0');
  const frozen = fields.get('frozen');
  const inner = fields.get('inner');
  return {
    name,
    type: constant(type),
    keySize: number('key'),
    valueSize: number('value'),
    maxEntries: number('entries'),
    flags: number('flags'),
    ...(inner !== undefined && { inner }),
    ...(frozen !== undefined && { frozen: Uint8Array.from(frozen.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)) }),
  };
}

interface Header extends Pick<VerifierCase, 'title' | 'progType' | 'attachType' | 'flags' | 'license' | 'maps'> {
  readonly structs: readonly string[];
  readonly prototypes: readonly { readonly label: string; readonly text: string }[];
}

function readHeader(lines: readonly string[]): Header {
  const title: string[] = [];
  const values = new Map<string, string>();
  const maps: CaseMap[] = [];
  const structs: string[] = [];
  const prototypes: { label: string; text: string }[] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
    if (word === '') continue;
    else if (word === '#') title.push(rest);
    else if (word === 'map') maps.push(readMap(rest));
    else if (word === 'struct') structs.push(rest);
    else if (word === 'func') prototypes.push({ label: rest.split(/\s+/)[0] ?? '', text: rest.replace(/^\S+\s+/, '') });
    else if (['type', 'attach', 'flags', 'license'].includes(word)) values.set(word, rest);
    else throw new Error(`case: what is "${line}"?`);
  }
  return {
    title: title.join(' '),
    progType: constant(values.get('type') ?? 'BPF_PROG_TYPE_SOCKET_FILTER'),
    attachType: constant(values.get('attach') ?? '0'),
    flags: flagsOf(values.get('flags') ?? '0'),
    license: values.get('license') ?? 'GPL',
    maps,
    structs,
    prototypes,
  };
}

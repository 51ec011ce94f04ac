// What do two linkers have to agree on, case by case?
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkObjects } from '../src/index.ts';
import { summarize } from './summary.ts';
import type { Summary } from './summary.ts';

/** What `bpftool gen object` made of a case, as tools/link-diff.mjs recorded it. */
export interface RecordedCase {
  /** Objects in order, by name in fixtures/matrix. */
  readonly objects: readonly string[];
  /** Roles of the units, where one name is what the case is about. */
  readonly roles?: readonly string[];
  readonly kind?: string;
  /** libbpf's message when it refuses. */
  readonly refused?: string;
  /** Fingerprint of {@link compared} of libbpf's output. */
  readonly sum?: string;
  /** Whether libbpf cannot open or load its own output, though rootlet's loads. */
  readonly broken?: string;
  /** What rootlet's output answers when libbpf loads it into Linux: `prog_0=11,…`, or why it does not load. */
  readonly run?: string;
}

/** The recorded cases by name. */
export function readRecorded(): Record<string, RecordedCase> {
  return (JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/matrix/expected.json'), 'utf8')) as { cases: Record<string, RecordedCase> }).cases;
}

/** Links a case's objects. */
export function linkCase(objects: readonly string[], folder: string = join(import.meta.dirname, 'fixtures/matrix')): Uint8Array<ArrayBuffer> {
  return linkObjects(objects.map((name) => ({ name: `${name}.o`, bytes: new Uint8Array(readFileSync(join(folder, `${name}.o`))) })));
}

/**
 * A summary without what rootlet does otherwise on purpose (docs/known-differences.md):
 *
 * - bodies of beaten weak functions are left out, so that what stands behind them moves;
 * - a weak definition stays weak when another unit declares it as a strong extern;
 * - a guard of a weak extern that is defined becomes a constant;
 * - a variable that has another definition or declaration before it keeps its right place in its DATASEC;
 * - what stays extern stays undefined, also where its declaration names a section (libbpf puts it at the section's start).
 */
export function compared(summary: Summary, { roles = [], kind = '' }: Pick<RecordedCase, 'roles' | 'kind'>): Partial<Summary> {
  const definitions = roles.filter((role) => 'SWHV'.includes(role));
  const moves = kind === 'func' && definitions.length > 1;
  const guards = kind === 'func' && definitions.length > 0 && roles.includes('X');
  const isWeak = definitions.length > 0 && definitions.every((role) => 'WV'.includes(role));
  const isLate = kind !== 'func' && definitions.length > 0 && roles.find((role) => role !== 'L') !== winner(roles);
  const { contents, records, ...rest } = summary;
  return {
    ...rest,
    sections: moves ? summary.sections.map((line) => line.replace(/ size \d+/, '')) : summary.sections,
    symbols: summary.symbols
      .map((line) => (moves ? line.replace(/\+\d+(\/|$)/, '$1') : line))
      .map((line) => (isWeak && line.startsWith('shared: ') ? line.replace('bind 1', 'bind 2') : line))
      .map((line) => (/^\S+: bind \d type 0 /.test(line) ? line.replace(/ \S*\+0\/0$/, ' extern') : line))
      // Which symbol of a section stands for it is the linker's affair.
      .filter((line) => !line.startsWith(': ')),
    relocs: moves || guards ? summary.relocs.filter((line) => !line.startsWith('xdp')) : summary.relocs,
    ...(moves || guards ? {} : { contents }),
    ...(moves ? {} : { records }),
    datasecs: roles.length === 0 ? summary.datasecs.map((line) => line.replace(/ (level_[ab]|fixed_b|of_[ab]) at \d+/, ' $1')) : isLate ? summary.datasecs.map((line) => line.replace(/ shared at \d+/, ' shared')).filter((line) => !line.includes(' shared,')) : summary.datasecs,
  };
}

/** The role whose definition counts. */
function winner(roles: readonly string[]): string | undefined {
  return roles.find((role) => 'SH'.includes(role)) ?? roles.find((role) => 'WV'.includes(role));
}

/** A short fingerprint of what is compared. */
export function fingerprint(bytes: Uint8Array, about: Pick<RecordedCase, 'roles' | 'kind'>): string {
  return createHash('sha256').update(JSON.stringify(sortKeys(compared(summarize(bytes), about)))).digest('hex').slice(0, 12);
}

function sortKeys(summary: Partial<Summary>): [string, unknown][] {
  // Lines were sorted before places were taken out of them.
  const sorted = Object.entries(summary).map(([what, lines]): [string, unknown] => [what, Array.isArray(lines) ? [...(lines as string[])].sort() : Object.entries(lines).sort()]);
  return sorted.sort(([a], [b]) => (a < b ? -1 : 1));
}

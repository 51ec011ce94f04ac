// How is a difference between two BTFs shown to people?
import type { BtfBeforeAfter, BtfDiff, BtfDiffMember, BtfDiffType, BtfEnumeratorChange, BtfMemberChange, BtfTypeChange } from './diff-types.ts';
import { compareTexts } from './type-order.ts';

/**
 * A diff as text, ordered by name, in the manner of a unified diff: `-` was there before, `+` is there after, and a line without either
 * names the type that lines below are about. Offsets and sizes are in bytes, `4:3` is bit 3 of byte 4. Empty when nothing differs.
 */
export function formatDiff(diff: BtfDiff): string {
  const parts: { readonly name: string; readonly kind: string; readonly text: string }[] = [
    ...diff.removed.map((type) => ({ name: type.name, kind: type.kind, text: `-${typeLine(type)}` })),
    ...diff.added.map((type) => ({ name: type.name, kind: type.kind, text: `+${typeLine(type)}` })),
    ...diff.changed.map((change) => ({ name: change.name, kind: change.kind, text: changeText(change) })),
  ];
  parts.sort((x, y) => compareTexts(x.name, y.name) || compareTexts(x.kind, y.kind));
  return parts.map(({ text }) => `${text}\n`).join('');
}

function sizeText(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}

function typeLine({ kind, name, text, size }: BtfDiffType): string {
  if (kind === 'func' || kind === 'var') return `${kind} ${text}`;
  if (kind === 'typedef') return `typedef ${name} = ${text}`;
  if (kind === 'int') return `int ${name}, ${text}`;
  return `${kind} ${name}${size === undefined ? '' : `, ${sizeText(size)}`}`;
}

function changeText(change: BtfTypeChange): string {
  const { kind, name, kinds, sizes, texts } = change;
  if (kinds !== undefined) return `-${kinds.before} ${name}\n+${kinds.after} ${name}`;
  const hasParts = change.members.length > 0 || change.enumerators.length > 0 || change.tags !== undefined;
  const size = sizes === undefined ? '' : `, ${sizes.before} -> ${sizeText(sizes.after)}`;
  const heading = ` ${kind} ${name === '' ? '{...}' : name}${size}`;
  const lines = hasParts || texts === undefined ? [heading] : [];
  if (texts !== undefined) lines.push(...textLines(kind, name, texts, hasParts, size));
  lines.push(...tagLines(change.tags));
  for (const member of change.members) lines.push(...memberLines(member));
  for (const enumerator of change.enumerators) lines.push(...enumeratorLines(enumerator));
  return lines.join('\n');
}

function textLines(kind: string, name: string, { before, after }: BtfBeforeAfter<string>, isPart: boolean, size: string): string[] {
  if (isPart) return [`-    ${before}`, `+    ${after}`];
  const label = kind === 'func' || kind === 'var' ? kind : kind === 'typedef' ? `typedef ${name} =` : `${kind} ${name},`;
  // An anonymous struct may be another one and still be written alike.
  const note = before === after ? ' (another one)' : '';
  return [`-${label} ${before}`, `+${label} ${after}${note}${size}`];
}

function tagLines(tags: BtfBeforeAfter<readonly string[]> | undefined): string[] {
  if (tags === undefined) return [];
  const line = (sign: string, values: readonly string[], others: readonly string[]): string[] => values.filter((value) => !others.includes(value)).map((value) => `${sign}    tag ${value}`);
  return [...line('-', tags.before, tags.after), ...line('+', tags.after, tags.before)];
}

function placeText({ text, bitOff, bits }: BtfDiffMember, path: string, tags: readonly string[] | undefined): string {
  const bit = bitOff % 8 === 0 ? '' : `:${bitOff % 8}`;
  const inner = path.includes('.') ? ` (${path})` : '';
  const tagged = tags === undefined || tags.length === 0 ? '' : `, tag ${tags.join(', ')}`;
  return `    ${text}; at ${Math.floor(bitOff / 8)}${bit}${bits % 8 === 0 ? `, ${sizeText(bits / 8)}` : ''}${inner}${tagged}`;
}

function memberLines({ path, before, after, retyped, tags }: BtfMemberChange): string[] {
  const lines: string[] = [];
  if (before !== undefined) lines.push(`-${placeText(before, path, tags?.before)}`);
  if (after !== undefined) lines.push(`+${placeText(after, path, tags?.after)}${retyped && before?.text === after.text ? ' (another type)' : ''}`);
  return lines;
}

function enumeratorLines({ name, before, after }: BtfEnumeratorChange): string[] {
  const lines: string[] = [];
  if (before !== undefined) lines.push(`-    ${name} = ${before}`);
  if (after !== undefined) lines.push(`+    ${name} = ${after}`);
  return lines;
}

// Which fields has a struct, union or section for TypeScript?
import { DecodeError } from '@rootlet/bytes';
import type { Btf } from './btf.ts';
import { bitsOfMember, dataType, MAX_DATA_DEPTH } from './data-types.ts';
import {
  BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_UNION,
  BTF_KIND_VAR,
} from './kinds.ts';
import type { BitRange } from './ts-scalar.ts';
import type { BtfComposite, BtfDatasec } from './types.ts';

/** A field as C reaches it: members of anonymous members are the struct's own. */
export interface TsField {
  readonly name: string;
  readonly type: number;
  readonly byteOff: number;
  /** For bitfields and narrow integers; offsets from the start of the struct. */
  readonly range: BitRange | undefined;
  /** Whether nothing follows, so that a flexible array may take what is left. */
  readonly isLast: boolean;
}

/** What generating may use up. */
export interface TsBudget {
  /** Fields and types still to be written. */
  items: number;
  /** Characters still to be written. */
  chars: number;
}

/** Counts fields or types. @throws `BTF_DEPTH` */
export function spendItem(budget: TsBudget, id: number): void {
  if (budget.items-- <= 0) throw new DecodeError('BTF_DEPTH', `btf: type ${id}`, 'too many fields: anonymous types without end');
}

/** Fields of a struct, union or section, in order. @throws `BTF_DEPTH`, `BTF_NO_SIZE` */
export function fieldsOf(btf: Btf, type: BtfComposite | BtfDatasec, isLast: boolean, budget: TsBudget): TsField[] {
  const fields: TsField[] = [];
  if (type.kind === BTF_KIND_DATASEC) collectVars(btf, type, budget, fields);
  else collect(btf, type, 0, isLast, budget, 0, fields);
  return fields;
}

function collect(btf: Btf, type: BtfComposite, byteOff: number, isLast: boolean, budget: TsBudget, depth: number, fields: TsField[]): void {
  if (depth > MAX_DATA_DEPTH) throw new DecodeError('BTF_DEPTH', `btf: type ${type.id}`, 'nested too deeply', { need: `at most ${MAX_DATA_DEPTH} levels` });
  type.members.forEach((member, idx) => {
    spendItem(budget, type.id);
    const inner = dataType(btf, member.type);
    const { bitOff, bits } = bitsOfMember(member, inner);
    if (bits !== 0) {
      if (inner.kind !== BTF_KIND_INT && inner.kind !== BTF_KIND_ENUM && inner.kind !== BTF_KIND_ENUM64) {
        throw new DecodeError('BTF_KIND', `btf: type ${member.type}`, 'no type for a bitfield', { have: `kind ${inner.kind}, ${bits} bits` });
      }
      if (member.name !== '') fields.push({ name: member.name, type: member.type, byteOff: 0, range: { bitOff: 8 * byteOff + bitOff, bits }, isLast: false });
      return;
    }
    const at = byteOff + Math.floor(bitOff / 8);
    const last = isLast && (type.kind === BTF_KIND_UNION || idx === type.members.length - 1);
    if (member.name !== '') fields.push({ name: member.name, type: member.type, byteOff: at, range: undefined, isLast: last });
    else if (inner.kind === BTF_KIND_STRUCT || inner.kind === BTF_KIND_UNION) collect(btf, inner, at, last, budget, depth + 1, fields);
  });
}

/** Variables that have a value: no functions, and no symbols without a type. */
function collectVars(btf: Btf, type: BtfDatasec, budget: TsBudget, fields: TsField[]): void {
  for (const info of type.vars) {
    spendItem(budget, type.id);
    if (btf.kind(info.type) !== BTF_KIND_VAR || !hasValue(btf, btf.refType(info.type))) continue;
    fields.push({ name: btf.name(info.type), type: btf.refType(info.type), byteOff: info.byteOff, range: undefined, isLast: false });
  }
}

function hasValue(btf: Btf, id: number): boolean {
  const kind = btf.kind(btf.resolveType(id));
  return (
    kind === BTF_KIND_INT || kind === BTF_KIND_PTR || kind === BTF_KIND_ARRAY || kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION ||
    kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64 || kind === BTF_KIND_FLOAT
  );
}

/** Bytes of a struct or section; clang leaves the size of a section at 0. */
export function sizeOfFields(btf: Btf, type: BtfComposite | BtfDatasec): number {
  if (type.kind !== BTF_KIND_DATASEC) return type.size;
  return type.vars.reduce((size, info) => Math.max(size, info.byteOff + info.size), type.size);
}

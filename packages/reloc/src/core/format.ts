// How is a question written, in C and in libbpf's words?
import { formatType } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { coreKindName } from './kinds.ts';
import { formatSteps } from './spec.ts';
import type { CoreSpec } from './value.ts';

const KIND_WORDS: readonly string[] = [
  'void', 'int', 'ptr', 'array', 'struct', 'union', 'enum', 'fwd', 'typedef', 'volatile', 'const', 'restrict', 'func', 'func_proto', 'var',
  'datasec', 'float', 'decl_tag', 'type_tag', 'enum64',
];

/** `[114] struct task_struct`, as libbpf's messages name a type. */
export function formatTypeRef(btf: Btf, id: number): string {
  const name = btf.name(id);
  return `[${id}] ${KIND_WORDS[btf.kind(id)] ?? 'unknown'} ${name === '' ? '<anon>' : name}`;
}

/**
 * A question as libbpf's log has it: `<byte_off> [114] struct task_struct.pid (0:92 @ offset 1264)`.
 *
 * @source libbpf's messages at debug level
 */
export function formatSpec(spec: CoreSpec, kind: number): string {
  const head = `<${coreKindName(kind)}> ${formatTypeRef(spec.side.btf, spec.rootId)}`;
  switch (spec.about) {
    case 'type':
      return head;
    case 'enumerator': {
      const value = spec.side.enumeratorValue(spec.enumId, spec.index);
      return `${head}::${spec.side.btf.string(spec.side.enumeratorName(spec.enumId, spec.index))} = ${value}`;
    }
    case 'field': {
      const { bitOff, access, steps, side } = spec.field;
      const path = formatSteps(side, steps);
      const place = bitOff % 8 === 0 ? `${bitOff / 8}` : `${Math.floor(bitOff / 8)}.${bitOff % 8}`;
      return `${head}${path} (${access.join(':')} @ offset ${place})`;
    }
  }
}

/** What a relocation is about, as C text: `struct task_struct.mm`, `struct foo[2].bar`, `enum mode::MODE_B`, `size_t`. */
export function formatAccess(spec: CoreSpec): string {
  const { btf } = spec.side;
  const root = formatType(btf, spec.rootId);
  switch (spec.about) {
    case 'type':
      return root;
    case 'enumerator':
      return `${root}::${btf.string(spec.side.enumeratorName(spec.enumId, spec.index))}`;
    case 'field':
      return `${root}${formatSteps(spec.side, spec.field.steps)}`;
  }
}

// Is this BTF fit for the kernel?
import {
  BTF_FUNC_EXTERN,
  BTF_KIND_ARRAY,
  BTF_KIND_CONST,
  BTF_KIND_DATASEC,
  BTF_KIND_DECL_TAG,
  BTF_KIND_FUNC,
  BTF_KIND_FUNC_PROTO,
  BTF_KIND_PTR,
  BTF_KIND_RESTRICT,
  BTF_KIND_STRUCT,
  BTF_KIND_TYPEDEF,
  BTF_KIND_TYPE_TAG,
  BTF_KIND_UNION,
  BTF_KIND_VAR,
  BTF_KIND_VOLATILE,
} from '@rootlet/btf';
import type { Btf, BtfType } from '@rootlet/btf';

const IDENTIFIER = /^[A-Za-z_.$][A-Za-z0-9_.$]*$/;

/**
 * What `BPF_BTF_LOAD` checks beyond the format: that types refer to types of the right kind, and that nothing contains
 * itself. Functions with extern linkage are welcome: this is the kernel they were proposed for.
 *
 * @returns what is wrong, as a line of the log; undefined when nothing is
 */
export function checkBtf(btf: Btf): string | undefined {
  for (let id = btf.startId; id < btf.typeCount; id++) {
    const problem = checkType(btf, btf.type(id));
    if (problem !== undefined) return `[${id}] ${btf.name(id) || '(anon)'}: ${problem}`;
  }
  return checkCycles(btf);
}

function checkType(btf: Btf, type: BtfType): string | undefined {
  switch (type.kind) {
    case BTF_KIND_FUNC:
      if (!IDENTIFIER.test(type.name)) return 'Invalid name';
      if (type.linkage > BTF_FUNC_EXTERN) return 'Invalid func linkage';
      return btf.kind(type.type) === BTF_KIND_FUNC_PROTO ? undefined : 'Invalid type_id';
    case BTF_KIND_FUNC_PROTO:
      return type.params.every((param) => isValueType(btf, param.type)) && isValueType(btf, type.returnType)
        ? undefined
        : 'Invalid arg type_id';
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (const member of type.members) {
        if (member.type === 0 || !isValueType(btf, member.type)) return `member '${member.name}': Invalid type_id`;
        if (member.bitOff > 8 * type.size) return `member '${member.name}': bits_offset exceeds struct size`;
      }
      return undefined;
    case BTF_KIND_ARRAY:
      return type.type !== 0 && isValueType(btf, type.type) ? undefined : 'Invalid elem';
    case BTF_KIND_VAR:
      return IDENTIFIER.test(type.name) ? undefined : 'Invalid name';
    case BTF_KIND_DATASEC:
      for (const variable of type.vars) {
        const kind = btf.kind(variable.type);
        if (kind !== BTF_KIND_VAR && kind !== BTF_KIND_FUNC) return 'Not a VAR kind member';
      }
      return undefined;
    case BTF_KIND_DECL_TAG:
      return type.componentIdx < -1 ? 'Invalid component_idx' : undefined;
    default:
      return undefined;
  }
}

/** Whether something can be of this type: no function and no section. */
function isValueType(btf: Btf, id: number): boolean {
  if (id === 0) return true;
  const kind = btf.kind(id);
  return kind !== BTF_KIND_FUNC && kind !== BTF_KIND_DATASEC && kind !== BTF_KIND_VAR && kind !== BTF_KIND_DECL_TAG;
}

/** Types that contain each other without a pointer in between have no size. Iterative: hostile BTF nests deep. */
function checkCycles(btf: Btf): string | undefined {
  const OPEN = 1;
  const DONE = 2;
  const state = new Uint8Array(btf.typeCount);
  for (let root = btf.startId; root < btf.typeCount; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const id = stack[stack.length - 1] as number;
      if (state[id] === 0) {
        state[id] = OPEN;
        for (const part of contained(btf, id)) {
          if (part < btf.startId || state[part] === DONE) continue;
          if (state[part] === OPEN) return `[${part}] ${btf.name(part) || '(anon)'}: Loop detected`;
          stack.push(part);
        }
      } else {
        state[id] = DONE;
        stack.pop();
      }
    }
  }
  return undefined;
}

/** Types whose size this one's size depends on. */
function contained(btf: Btf, id: number): readonly number[] {
  switch (btf.kind(id)) {
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_CONST:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
      return [btf.refType(id)];
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: {
      const type = btf.type(id);
      return type.kind === BTF_KIND_STRUCT || type.kind === BTF_KIND_UNION ? type.members.map((member) => member.type) : [];
    }
    case BTF_KIND_ARRAY: {
      const type = btf.type(id);
      return type.kind === BTF_KIND_ARRAY ? [type.type] : [];
    }
    case BTF_KIND_PTR:
    default:
      return [];
  }
}

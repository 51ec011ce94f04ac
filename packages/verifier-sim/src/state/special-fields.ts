// Which fields of a struct are for the kernel's own functions only?
import { BTF_KIND_ARRAY, BTF_KIND_DATASEC, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPE_TAG, BTF_KIND_VOLATILE } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** A pointer to an object of the kernel, or of the program, that is kept in a value. */
export interface KptrField {
  readonly kind: 'untrusted' | 'ref' | 'percpu' | 'user';
  /** Name of the struct behind it. */
  readonly name: string;
  /** Its id in the BTF of the value. */
  readonly typeId: number;
}

/** What a list or tree holds. */
export interface GraphField {
  /** The struct of its elements, in the same BTF. */
  readonly typeId: number;
  /** Offset of the node in them, bytes. */
  readonly nodeOff: number;
  /** Name of the node's type. */
  readonly node: string;
}

/** One field: name of its type, offset, size in bytes. */
export interface SpecialField {
  readonly name: string;
  readonly byteOff: number;
  readonly size: number;
  readonly kptr?: KptrField;
  readonly graph?: GraphField;
  /** Whether it is one of several in an array. */
  readonly isRepeated?: boolean;
  /** Which struct, of those in each other, has it for a member. */
  readonly owner?: number;
}

/** Bytes of each, and what its offset is a multiple of. */
const SPECIAL: ReadonlyMap<string, readonly [size: number, align: number]> = /* @__PURE__ */ new Map([
  ['bpf_spin_lock', [4, 4]],
  ['bpf_res_spin_lock', [4, 4]],
  ['bpf_timer', [16, 8]],
  ['bpf_wq', [16, 8]],
  ['bpf_list_head', [16, 8]],
  ['bpf_list_node', [24, 8]],
  ['bpf_rb_root', [16, 8]],
  ['bpf_rb_node', [32, 8]],
  ['bpf_refcount', [4, 4]],
  ['bpf_task_work', [8, 8]],
]);
const POINTER_SIZE = 8;

/** What owns others, and the members by which those are in it. */
const ROOTS: Readonly<Record<string, string>> = { bpf_list_head: 'bpf_list_node', bpf_rb_root: 'bpf_rb_node' };

const KPTR_TAGS: Readonly<Record<string, KptrField['kind']>> = {
  kptr_untrusted: 'untrusted',
  kptr: 'ref',
  percpu_kptr: 'percpu',
  uptr: 'user',
};

/** What messages call a kept pointer. */
const KPTR_NAMES: Readonly<Record<KptrField['kind'], string>> = { untrusted: 'kptr', ref: 'kptr', percpu: 'percpu_kptr', user: 'uptr' };

/** Structs in each other; BTF goes no deeper. */
const MAX_DEPTH = 32;
const MAX_FIELDS = 64;
type Cache = WeakMap<Btf, Map<number, readonly SpecialField[]>>;
const valueFields: Cache = /* @__PURE__ */ new WeakMap();
const objectFields: Cache = /* @__PURE__ */ new WeakMap();

/** Nodes are part of a list or tree in objects alone: in a value they are bytes. */
const NODES: ReadonlySet<string> = /* @__PURE__ */ new Set(['bpf_list_node', 'bpf_rb_node']);

/** Special fields of a map's value, in order of offset. */
export function specialFieldsOf(btf: Btf, typeId: number): readonly SpecialField[] {
  return remember(valueFields, btf, typeId, () => asRecord(findFields(btf, typeId).filter(({ name }) => !NODES.has(name))));
}

function remember(cache: Cache, btf: Btf, typeId: number, find: () => readonly SpecialField[]): readonly SpecialField[] {
  let known = cache.get(btf);
  if (known === undefined) cache.set(btf, (known = new Map<number, readonly SpecialField[]>()));
  let fields = known.get(typeId);
  if (fields === undefined) known.set(typeId, (fields = find()));
  return fields;
}

/** Fields of which a struct may have one, and those inside it one each: the last counts. */
const SINGLE: ReadonlySet<string> = /* @__PURE__ */ new Set(['bpf_spin_lock', 'bpf_res_spin_lock', 'bpf_timer', 'bpf_wq', 'bpf_task_work']);
const MOST_FIELDS = 11;

/** The fields, where the kernel can tell all of them; otherwise there are none for it. */
function asRecord(fields: readonly SpecialField[]): readonly SpecialField[] {
  if (fields.length > MOST_FIELDS) return [];
  // What owns others needs a lock; locks of both kinds are one too many.
  const locks = ['bpf_spin_lock', 'bpf_res_spin_lock'].filter((name) => theField(fields, name) !== undefined).length;
  if (locks > 1 || (locks === 0 && fields.some(({ name }) => ROOTS[name] !== undefined))) return [];
  const isTold = fields.every(({ name, kptr, graph, isRepeated, owner }, i) => {
    if (ROOTS[name] !== graph?.node) return false;
    if (name === 'kptr' || kptr !== undefined) return kptr !== undefined;
    // Of others there are no arrays.
    if (isRepeated === true && ROOTS[name] === undefined) return false;
    return !SINGLE.has(name) || fields.findIndex((other) => other.name === name && other.owner === owner) === i;
  });
  return isTold ? fields : [];
}

/** The field of that name that counts. */
export function theField(fields: readonly SpecialField[], name: string): SpecialField | undefined {
  return fields.findLast((field) => field.name === name);
}

/** Members that make a struct one whose objects the kernel looks into, and what is looked for in them. */
const OBJECT_FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set(['bpf_spin_lock', 'bpf_list_head', 'bpf_list_node', 'bpf_rb_root', 'bpf_rb_node', 'bpf_refcount', 'kptr', 'percpu_kptr']);
const IN_OBJECTS: ReadonlySet<string> = /* @__PURE__ */ new Set([...OBJECT_FIELDS, 'bpf_res_spin_lock']);

/**
 * Special fields of an object that a program allocates, in order of offset: none unless one of them is a member of the struct itself, and
 * never timers and work.
 */
export function objectFieldsOf(btf: Btf, typeId: number): readonly SpecialField[] {
  return remember(objectFields, btf, typeId, () => {
    const type = btf.type(typeId);
    if (type.kind !== BTF_KIND_STRUCT) return [];
    const fields = asRecord(findFields(btf, typeId).filter(({ name }) => IN_OBJECTS.has(name)));
    const starts = new Set(type.members.filter((member) => isItself(btf, member.type)).map(({ bitOff }) => bitOff / 8));
    return fields.some(({ name, byteOff }) => OBJECT_FIELDS.has(name) && starts.has(byteOff)) ? fields : [];
  });
}

/** Whether the type is that of a special field, not of a struct or array that may have some within. */
function isItself(btf: Btf, id: number): boolean {
  return id !== 0 && (btf.kind(id) === BTF_KIND_PTR || (btf.kind(id) === BTF_KIND_STRUCT && SPECIAL.has(btf.name(id))));
}

/** The pointer tag `__kptr` and its like, on what the pointer points to. @returns `unknown` for what the kernel does not take for one, undefined without a tag */
function kptrOf(btf: Btf, pointerId: number): KptrField | 'unknown' | undefined {
  const tagged = btf.refType(pointerId);
  if (tagged === 0 || btf.kind(tagged) !== BTF_KIND_TYPE_TAG) return undefined;
  const kind = KPTR_TAGS[btf.name(tagged)];
  const next = btf.refType(tagged);
  const typeId = btf.resolveType(tagged);
  if (kind === undefined || typeId === 0 || btf.kind(typeId) !== BTF_KIND_STRUCT || btf.kind(next) === BTF_KIND_TYPE_TAG) return 'unknown';
  return { kind, name: btf.name(typeId), typeId };
}

function structName(btf: Btf, id: number): string {
  return id !== 0 && btf.kind(id) === BTF_KIND_STRUCT ? btf.name(id) : '';
}

/** @param member index in the struct; -1 for a variable */
function graphOf(btf: Btf, structId: number, member: number): GraphField | undefined {
  for (const { value, componentIdx } of btf.declTags(structId)) {
    const match = componentIdx === member ? /^contains:([^:]*):(.*)$/.exec(value) : null;
    if (match === null) continue;
    const typeId = btf.findByNameKind(match[1] as string, BTF_KIND_STRUCT);
    const type = typeId === undefined ? undefined : btf.type(typeId);
    const node = type?.kind === BTF_KIND_STRUCT ? type.members.find(({ name }) => name === match[2]) : undefined;
    if (typeId !== undefined && node !== undefined) return { typeId, nodeOff: node.bitOff / 8, node: structName(btf, node.type) };
  }
  return undefined;
}

/** What is special behind a typedef, or const, is not; a pointer may be volatile. */
function skipVolatile(btf: Btf, id: number): number {
  if (id === 0 || btf.kind(id) !== BTF_KIND_VOLATILE) return id;
  const next = btf.refType(id);
  return next !== 0 && btf.kind(next) === BTF_KIND_PTR ? next : id;
}

/** Bytes of what may hold something special, in the kernel; 0 for others. */
function elementSize(btf: Btf, typeId: number): number {
  const id = skipVolatile(btf, typeId);
  const type = id === 0 ? undefined : btf.type(id);
  if (type?.kind === BTF_KIND_ARRAY) return type.nelems * elementSize(btf, type.type);
  if (type?.kind === BTF_KIND_STRUCT) return SPECIAL.get(type.name)?.[0] ?? type.size;
  return type?.kind === BTF_KIND_PTR ? POINTER_SIZE : 0;
}

/** What a type is part of. */
interface Holder {
  /** Number of the struct, of those in each other. */
  readonly owner: number;
  /** Offset in it, bytes: what is not aligned there is nothing special. */
  readonly at: number;
  readonly graph: GraphField | undefined;
  readonly isRepeated: boolean;
}

function findFields(btf: Btf, root: number): SpecialField[] {
  const fields: SpecialField[] = [];
  let structs = 0;
  const walk = (typeId: number, byteOff: number, depth: number, holder: Holder): void => {
    const id = skipVolatile(btf, typeId);
    if (id === 0 || depth > MAX_DEPTH) return;
    const type = btf.type(id);
    if (type.kind === BTF_KIND_ARRAY) {
      // Elements that hold nothing special are many; the kernel makes no map with more than a few that do.
      const before = fields.length;
      const size = elementSize(btf, type.type);
      const isRepeated = holder.isRepeated || type.nelems > 1;
      for (let i = 0; size > 0 && i < type.nelems && (i === 0 || fields.length > before) && fields.length <= MAX_FIELDS; i++) walk(type.type, byteOff + i * size, depth, { ...holder, isRepeated });
    } else if (type.kind === BTF_KIND_PTR) {
      const kptr = kptrOf(btf, id);
      if (kptr === undefined || holder.at % POINTER_SIZE !== 0) return;
      fields.push(kptr === 'unknown' ? { name: 'kptr', byteOff, size: POINTER_SIZE } : { name: KPTR_NAMES[kptr.kind], byteOff, size: POINTER_SIZE, kptr });
    } else if (type.kind === BTF_KIND_STRUCT && SPECIAL.has(type.name)) {
      const [size, align] = SPECIAL.get(type.name) as readonly [number, number];
      const { owner, at, graph, isRepeated } = holder;
      if (at % align === 0 && type.size === size) fields.push({ name: type.name, byteOff, size, owner, isRepeated, ...(graph === undefined || ROOTS[type.name] === undefined ? {} : { graph }) });
    } else if (type.kind === BTF_KIND_STRUCT) {
      const owner = ++structs;
      type.members.forEach((member, i) => {
        const at = member.bitOff / 8;
        walk(member.type, byteOff + at, depth + 1, { owner, at, graph: graphOf(btf, id, i), isRepeated: holder.isRepeated });
      });
    } else if (type.kind === BTF_KIND_DATASEC) {
      for (const { type: varId, byteOff: at, size } of type.vars) {
        const varType = btf.refType(varId);
        if (elementSize(btf, varType) === size) walk(varType, byteOff + at, depth + 1, { owner: 0, at, graph: graphOf(btf, varId, -1), isRepeated: false });
      }
    }
  };
  walk(btf.resolveType(root), 0, 0, { owner: 0, at: 0, graph: undefined, isRepeated: false });
  return fields;
}

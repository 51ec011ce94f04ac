// What BTF do a case's `struct` and `func` lines stand for?
import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_INT_SIGNED, BTF_VAR_GLOBAL_ALLOCATED, BtfBuilder } from '@rootlet/btf';
import type { Btf, BtfFuncInfo } from '@rootlet/btf';

/** BTF of a program, and which function begins where. */
export interface CaseBtf {
  readonly bytes: Uint8Array;
  readonly btf: Btf;
  readonly funcInfo: readonly BtfFuncInfo[];
}

/** A function: `int sub(struct pair *p __arg_nonnull, u64 n)`, perhaps with `static` before it. */
export interface CaseFunc {
  /** Negative: the program has no such function. */
  readonly insnIdx: number;
  readonly text: string;
}

const INTS: Readonly<Record<string, readonly [name: string, size: number, signed: boolean]>> = {
  int: ['int', 4, true],
  long: ['long', 8, true],
  char: ['char', 1, true],
  short: ['short', 2, true],
  u8: ['unsigned char', 1, false],
  u16: ['unsigned short', 2, false],
  u32: ['unsigned int', 4, false],
  u64: ['unsigned long', 8, false],
};

/** Sizes of the kernel's own types that programs put into their structs, and whether they hold 8-byte words. */
const KERNEL_STRUCTS: Readonly<Record<string, number>> = {
  bpf_spin_lock: 4,
  bpf_res_spin_lock: 4,
  bpf_timer: 16,
  bpf_wq: 16,
  bpf_list_head: 16,
  bpf_list_node: 24,
  bpf_rb_root: 16,
  bpf_rb_node: 32,
  bpf_refcount: 4,
  bpf_task_work: 8,
  bpf_dynptr: 16,
  bpf_iter_num: 8,
};

/** Puts the BTF of a case together: structs first, so that the program and its maps may name them, then functions. */
export class CaseBtfBuilder {
  readonly #builder = new BtfBuilder();
  readonly #ids = new Map<string, number>();
  readonly #sizes = new Map<string, number>();

  /** @param structs `NAME BYTES`, a struct of bytes, or `NAME { u64 key; struct bpf_list_node node; }`; `section NAME { … }` has variables for members */
  constructor(structs: readonly string[]) {
    if (structs.some((text) => text.includes('{'))) for (const name of ['u32', 'u64']) this.#int(name);
    for (const text of structs) {
      const body = /^(section )?(\w+)\s*\{(.*)\}$/.exec(text);
      if (body !== null) this.#addStruct(body[2] as string, body[3] as string, body[1] !== undefined);
      else this.#addBytes(text);
    }
  }

  /** Id of a struct, or of a type of integers. */
  typeId(name: string): number {
    return name in INTS ? this.#int(name) : this.#typeOf(`struct ${name}`);
  }

  /** Adds the functions. */
  finish(funcs: readonly CaseFunc[]): CaseBtf {
    const builder = this.#builder;
    const all = funcs.map(({ insnIdx, text: whole }) => {
      // `int main(u64 ctx) __exception_cb(name)`, perhaps more than once.
      const callbacks = [...whole.matchAll(/\s__exception_cb\((\w+)\)/g)].map(([, name]) => name as string);
      const text = whole.replace(/\s__exception_cb\(\w+\)/g, '');
      const match = /^(static )?\s*(.*?)\s*(\w+)\s*\((.*)\)$/.exec(text);
      if (match === null) throw new Error(`case: what prototype is "${text}"?`);
      const [, isStatic, returns = '', name = '', list = ''] = match;
      const params = list === '' || list === 'void' ? [] : list.split(',').map((param) => readParam(param.trim(), (type) => this.#typeOf(type)));
      const proto = builder.addFuncProto(this.#typeOf(returns), params);
      const typeId = builder.addFunc(name, proto, isStatic === undefined ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC);
      for (const callback of callbacks) builder.addDeclTag(`exception_callback:${callback}`, typeId, -1);
      params.forEach(({ tags }, idx) => {
        for (const tag of tags) builder.addDeclTag(tag, typeId, idx);
      });
      return { insnIdx, typeId };
    });
    return { bytes: builder.encode(), btf: builder.build(), funcInfo: all.filter(({ insnIdx }) => insnIdx >= 0) };
  }

  #once(key: string, add: () => number): number {
    const id = this.#ids.get(key) ?? add();
    this.#ids.set(key, id);
    return id;
  }

  #int(key: string): number {
    const [name, size, signed] = INTS[key] as readonly [string, number, boolean];
    return this.#once(key, () => this.#builder.addInt(name, size, signed ? BTF_INT_SIGNED : 0));
  }

  #addBytes(text: string): void {
    const builder = this.#builder;
    const [name = '', size = '0'] = text.split(/\s+/);
    const bytes = this.#once(`u8[${size}]`, () => builder.addArray(this.#int('u8'), this.#int('u32'), Number(size)));
    this.#once(`struct ${name}`, () => builder.addStruct(name, Number(size)));
    this.#sizes.set(`struct ${name}`, Number(size));
    builder.addField('bytes', bytes, 0);
  }

  /** A struct as C lays it out. Members: `type name`, `type name[N]`, `struct X __kptr *name`, `… __contains(X, node)`. */
  #addStruct(name: string, body: string, isSection: boolean): void {
    let end = 0;
    let widest = 1;
    const tags: { text: string; member: number }[] = [];
    const members = body.split(';').filter((text) => text.trim() !== '').map((text, member) => {
      const contains = /__contains\((\w+),\s*(\w+)\)/.exec(text);
      if (contains !== null) tags.push({ text: `contains:${contains[1]}:${contains[2]}`, member });
      const match = /^(.*?[\s*])(\w+)(?:\[(\d+)\])?$/.exec(text.replace(/__contains\(.*?\)/, '').trim());
      if (match === null) throw new Error(`case: what member is "${text}"?`);
      const typeText = (match[1] as string).trim();
      let type = this.#typeOf(typeText);
      let size = this.#sizeOf(typeText);
      const align = Math.min(size % 8 === 0 ? 8 : size, 8) || 1;
      if (match[3] !== undefined) {
        type = this.#builder.addArray(type, this.#int('u32'), Number(match[3]));
        size *= Number(match[3]);
      }
      const at = Math.ceil(end / align) * align;
      end = at + size;
      widest = Math.max(widest, align);
      return { name: match[2] as string, type, at, bytes: size };
    });
    const size = Math.ceil(end / widest) * widest;
    if (isSection) {
      const vars = members.map(({ name: variable, type, at, bytes }) => ({ type: this.#builder.addVar(variable, type, BTF_VAR_GLOBAL_ALLOCATED), byteOff: at, size: bytes }));
      this.#ids.set(`struct ${name}`, this.#builder.addDatasec(`.bss.${name}`, size, vars));
      for (const { text, member } of tags) this.#builder.addDeclTag(text, vars[member]?.type ?? 0, -1);
      return;
    }
    const id = this.#builder.addStruct(name, size);
    for (const { name: field, type, at } of members) this.#builder.addField(field, type, at * 8);
    this.#ids.set(`struct ${name}`, id);
    this.#sizes.set(`struct ${name}`, size);
    for (const { text, member } of tags) this.#builder.addDeclTag(text, id, member);
  }

  #sizeOf(text: string): number {
    if (text.endsWith('*')) return 8;
    if (text.startsWith('const ')) return this.#sizeOf(text.slice('const '.length));
    return INTS[text]?.[1] ?? this.#sizes.get(text) ?? KERNEL_STRUCTS[text.replace(/^struct /, '')] ?? 0;
  }

  #typeOf(text: string): number {
    const builder = this.#builder;
    const pointee = /^(.*?)\s*\*$/.exec(text)?.[1];
    if (pointee !== undefined) return this.#once(text, () => builder.addPtr(this.#typeOf(pointee.trim())));
    const tagged = /^(.*)\s+__(kptr|kptr_untrusted|percpu_kptr|uptr|user)$/.exec(text);
    if (tagged !== null) {
      const name = tagged[1] as string;
      if (name.includes(' __')) return this.#once(text, () => builder.addTypeTag(tagged[2] as string, this.#typeOf(name)));
      // The kernel looks for its own struct of this name.
      const id = this.#once(name, () => builder.addStruct(name.replace(/^struct /, ''), 0));
      return this.#once(text, () => builder.addTypeTag(tagged[2] as string, id));
    }
    const constant = /^const (.*)$/.exec(text);
    if (constant !== null) return this.#once(text, () => builder.addConst(this.#typeOf(constant[1] as string)));
    if (text === 'void') return 0;
    if (text in INTS) return this.#int(text);
    const struct = /^(struct|union) (\w+)$/.exec(text);
    if (struct === null) throw new Error(`case: what type is "${text}"?`);
    const [, word, name = ''] = struct;
    const size = KERNEL_STRUCTS[name];
    if (size !== undefined) return this.#once(text, () => this.#kernelStruct(name, size));
    // A struct that no line declares is one that the program does not look into: a context.
    return this.#once(text, () => builder.addFwd(name, word === 'union'));
  }

  #kernelStruct(name: string, size: number): number {
    const int = this.#int(size % 8 === 0 ? 'u64' : 'u32');
    const words = size <= 8 ? int : this.#builder.addArray(int, this.#int('u32'), size / 8);
    const id = this.#builder.addStruct(name, size);
    this.#builder.addField('opaque', words, 0);
    return id;
  }
}

/**
 * @param structs as for {@link CaseBtfBuilder}
 * @throws Error for a prototype it cannot read
 */
export function buildCaseBtf(structs: readonly string[], funcs: readonly CaseFunc[]): CaseBtf {
  return new CaseBtfBuilder(structs).finish(funcs);
}

function readParam(text: string, typeOf: (text: string) => number): { name: string; type: number; tags: string[] } {
  const tags = [...text.matchAll(/\b__arg_(\w+)/g)].map((match) => `arg:${match[1]}`);
  const bare = text.replace(/\s*\b__arg_\w+/g, '').trim();
  const match = /^(.*?[\s*])(\w+)$/.exec(bare);
  if (match === null) throw new Error(`case: what parameter is "${text}"?`);
  return { name: match[2] as string, type: typeOf((match[1] as string).trim()), tags };
}

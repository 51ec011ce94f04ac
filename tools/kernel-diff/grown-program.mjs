// What program is right almost everywhere, however much it calls?
//
// A program grows: a statement is put into the innermost open block, and stays when the simulation accepts what came out. What it
// refuses is dropped, or, now and then, is where the program ends. So nearly all that the kernel is asked goes deep, and a call that
// needs something rare (an object, a lock, a region, an iterator) comes where that is.
import { ALL_KINDS, MAPS, STRUCTS } from './call-kinds.mjs';
import { callees, CURRENT, fill, GIVEN_BACK, OOPSES, PROGRAMS, REGIONS, RESULTS, SAVE, SETUP, slotOf, SPECIAL_MAPS, suits, WRAPPED } from './call-program.mjs';
import { askSim, vmlinux } from './judges.mjs';
import { writeUse } from './kind-uses.mjs';
import { joinCase } from './mutate-lines.mjs';
import { rootlet } from './rootlet.mjs';
import { TARGETS } from './trace-targets.mjs';

const { findHelper, parseCase } = rootlet;
const [FUNC, PTR, STRUCT] = [12, 2, 4];

/** Who takes objects of a struct back. */
const RELEASED_BY = {
  task_struct: 'bpf_task_release', cgroup: 'bpf_cgroup_release', bpf_cpumask: 'bpf_cpumask_release', bpf_key: 'bpf_key_put', nf_conn: 'bpf_ct_release', bpf_crypto_ctx: 'bpf_crypto_ctx_release', xfrm_state: 'bpf_xdp_xfrm_state_release', sock: 'bpf_sk_release', record: 'bpf_ringbuf_submit', object: 'bpf_obj_drop_impl', percpu: 'bpf_percpu_obj_drop_impl',
};
const RELEASES = Object.values(RELEASED_BY);
/** What has to be done more than to give it back. */
const ENDED_BY = { nf_conn___init: ['call bpf_ct_insert_entry', 'if r0 == 0 goto pc+2', 'r1 = r0', 'call bpf_ct_release'] };
/** Objects that pass for others: the first member of one, or the whole of which the other is the beginning. */
const ALIASES = { cgroup_subsys_state: ['cgroup'], tcp_sock: ['sock'], sock: ['tcp_sock', 'sock_common'], sock_common: ['sock', 'tcp_sock'], cpumask: ['bpf_cpumask'] };
const HELD = /held$|^first|^front/;
const UNLOCK = ['r1 = *(u64 *)(r10 -144)', 'call bpf_spin_unlock'];
const SOCKET_RESULTS = ['sock_or_null', 'sock_common_or_null', 'tcp_sock_or_null'];
/** Slots for what is kept while blocks are open: those of functions with a caller are few. */
const [SLOTS, FEW_SLOTS] = [[424, 432, 440, 448, 456, 464, 472, 480, 488, 496, 504, 512], [112, 120, 128, 136, 168, 176, 184]];
/** What programs may take to be verified. */
const MOST_INSNS = 16_000;
const ITERATORS = ['num', 'bits', 'task', 'css', 'css_task', 'task_vma', 'kmem_cache', 'dmabuf'];
const KEPT = Object.keys(ALL_KINDS).filter((name) => GIVEN_BACK.some(([pattern]) => pattern.test(name)));

const resolved = (type) => (type === 0 ? 0 : vmlinux.resolveType(type));

/** Name of the struct that a type points to; undefined when it does not. */
function structBehind(type) {
  const id = resolved(type);
  if (id === 0 || vmlinux.kind(id) !== PTR) return undefined;
  const to = resolved(vmlinux.refType(id));
  return to !== 0 && vmlinux.kind(to) === STRUCT ? vmlinux.name(to) : undefined;
}

/** What a call may leave in R0, by struct. */
function resultOf(callee, program) {
  if (callee.id !== undefined) {
    const { ret, retStruct } = findHelper(callee.id, program.type);
    if (SOCKET_RESULTS.includes(ret)) return 'sock';
    return ret === 'ringbuf_mem_or_null' ? 'record' : (retStruct ?? (/btf|mem|value|kptr/.test(ret) ? 'memory' : undefined));
  }
  const id = vmlinux.findByNameKind(callee.name, FUNC);
  const type = id === undefined ? 0 : vmlinux.type(vmlinux.type(id).type).returnType;
  if (type === 0 || resolved(type) === 0) return undefined;
  if (/^bpf_(obj_new|refcount)/.test(callee.name)) return 'object';
  if (/^bpf_percpu_obj_new/.test(callee.name)) return 'percpu';
  return structBehind(type) ?? (vmlinux.kind(resolved(type)) === PTR ? 'memory' : undefined);
}

/** Structs that the arguments of a function are to point to. */
function structsOf(callee, program) {
  if (callee.id !== undefined) {
    const { args, structs } = findHelper(callee.id, program.type);
    return args.map((kind, idx) => structs?.[idx + 1] ?? (/sock/.test(String(kind)) ? 'sock' : undefined));
  }
  const id = vmlinux.findByNameKind(callee.name, FUNC);
  return id === undefined ? [] : vmlinux.type(vmlinux.type(id).type).params.map(({ type }) => structBehind(type));
}

const STRUCT_NAMES = STRUCTS.map((line) => /^struct (\w+)/.exec(line)[1]);

/** Those of the structs that the text names, and what those name. */
function structsFor(text) {
  const wanted = new Set();
  const add = (line) => {
    for (const [, name] of line.matchAll(/(?:type\[|type=|__contains\(|struct )(\w+)/g)) {
      if (!STRUCT_NAMES.includes(name) || wanted.has(name)) continue;
      wanted.add(name);
      add(STRUCTS[STRUCT_NAMES.indexOf(name)].replace(/^struct \w+/, ''));
    }
  };
  add(text);
  return STRUCTS.filter((_, idx) => wanted.has(STRUCT_NAMES[idx]));
}

class Growing {
  #random;
  #program;
  #wrapped;
  #before = [];
  /** Innermost last: `{ label, after, things, slots }`. */
  #blocks;
  #slots;
  #labels = 0;
  #flags;
  /** Where the blocks that have places of their own put them. */
  #places = 5;

  constructor(random, program, wrapped, flags) {
    this.#random = random;
    this.#program = program;
    this.#wrapped = wrapped;
    this.#flags = flags;
    this.#slots = wrapped === undefined ? [...SLOTS] : [...FEW_SLOTS];
    this.#blocks = [{ label: wrapped === undefined ? 'out' : 'done', after: [], things: [...(program.things ?? []), { load: 'r7', struct: 'task_struct' }, { load: 'r8', struct: 'memory' }, { load: 'r6', struct: 'ctx' }] }];
  }

  /** The case with some more lines at the open place. */
  program(more = [], opened = []) {
    const closing = [...opened, ...this.#blocks.map(({ label, after }) => [label, after]).reverse().flatMap(([label, after]) => (after.length === 0 ? [] : [`${label}:`, ...after]))];
    const body = [...this.#before, ...more, ...closing];
    const setup = SETUP(this.#program.task ?? ['r7 = 0']);
    const end = ['out:', ...(this.#program.returns ?? ['r0 = 0']), 'exit'];
    const asm = this.#wrapped === undefined ? [...setup, ...body, ...end] : [...setup, ...SAVE, ...this.#wrapped.call, ...end, 'body:', ...this.#wrapped.begin, ...body, 'done:', 'r0 = 0', 'exit'].map((line, idx, all) => (idx > all.indexOf('body:') ? line.replace('goto out', 'goto done') : line));
    const funcs = ['func main int main(u64 ctx)', ...(this.#wrapped === undefined ? [] : [this.#wrapped.func ?? 'func body static int body(u64 a, u64 b, u64 c, u64 d)'])];
    const text = asm.join('\n');
    for (const [name, lines] of [['cb', ['r0 = 0', 'exit']], ['cb2', ['r0 = 0', 'exit']], ['sub', ['r0 = r1', 'exit']]]) {
      if (!new RegExp(`subprog\\[${name}\\]|call ${name}$`, 'm').test(text)) continue;
      asm.push(`${name}:`, ...lines);
      funcs.push(`func ${name} static int ${name}(u64 a, u64 b)`);
    }
    const used = [...new Set([...text.matchAll(/\bmap\[(\w+)\]/g)].map(([, name]) => name))];
    if (used.includes('am') && !used.includes('m')) used.unshift('m');
    return { head: [...this.#program.head, ...this.#flags, ...structsFor(`${text}\n${used.map((name) => MAPS[name]).join('\n')}`), ...Object.keys(MAPS).filter((name) => used.includes(name)).map((name) => `map ${name}: ${MAPS[name]}`), ...funcs], asm };
  }

  /** Adds lines, perhaps with a block that they open, when the simulation takes them. @returns whether it did */
  add(lines, { after = [], thing, label = `l${++this.#labels}` } = {}) {
    const more = lines.map((line) => line.replace('goto out', `goto ${this.#label}`));
    const candidate = this.program(more, after.length === 0 ? [] : [`${label}:`, ...after]);
    if (!isAccepted(candidate)) return false;
    this.#before.push(...more);
    const things = thing === undefined ? [] : [thing];
    if (after.length > 0) this.#blocks.push({ label, after, things });
    else this.#blocks.at(-1).things.push(...things);
    return true;
  }

  get #label() {
    return this.#blocks.at(-1).label;
  }

  get depth() {
    return this.#blocks.length;
  }

  close() {
    if (this.#blocks.length === 1) return;
    const { label, after, things } = this.#blocks.pop();
    this.#before.push(`${label}:`, ...after);
    for (const { slot } of things) if (slot !== undefined) this.#slots.unshift(slot);
  }

  #things() {
    return this.#blocks.flatMap(({ things }) => things);
  }

  /** Lines that call a function, its arguments mostly right. */
  callLines(callee, astray) {
    const random = this.#random;
    const suited = suits(callee, this.#program);
    if (suited === undefined) return undefined;
    const structs = structsOf(callee, this.#program);
    // Linux 6.18.44 oopses when it looks for work in what is no map, or a map that has nothing special.
    const oopses = OOPSES.test(callee.name);
    const wrong = astray && !oopses ? random.below(suited.length) : -1;
    const lines = [];
    const puts = [];
    // Nothing is made under a lock: what takes one comes last.
    const locking = [];
    this.held = false;
    for (const [idx, list] of suited.entries()) {
      const fitting = this.#things().filter(({ struct }) => struct !== undefined && (struct === structs[idx] || ALIASES[structs[idx]]?.includes(struct) || (structs[idx] === undefined && struct === 'memory' && random.chance(15))));
      if (idx !== wrong && fitting.length > 0 && !(oopses && list.includes('map t')) && random.chance(75)) {
        puts.push(`r${idx + 1} = ${random.pick(fitting).load}`);
        continue;
      }
      const name = idx === wrong ? random.pick(Object.keys(ALL_KINDS)) : random.pick(oopses && list.includes('map t') ? SPECIAL_MAPS : list);
      const { make = [], put } = ALL_KINDS[name];
      const into = HELD.test(name) ? locking : lines;
      this.held ||= into === locking;
      into.push(...fill(make, idx, this.#program));
      if (make.length > 0 && put[0] === 'rN = *(u64 *)(r10 @S)') into.push(`*(u64 *)(r10 ${slotOf(idx)}) = r0`);
      puts.push(...fill(put, idx, this.#program));
    }
    return [...lines, ...locking, ...puts, `call ${callee.name}`];
  }

  /** Calls a function; what it returns is kept. */
  call(callee, astray) {
    const lines = this.callLines(callee, astray);
    if (lines === undefined) return false;
    const random = this.#random;
    const result = resultOf(callee, this.#program);
    if (this.held) return this.#callHeld(lines, result);
    if (result === undefined) return this.add([...lines, ...(random.chance(40) ? random.pick(RESULTS) : [])]) || this.add(lines);
    const slot = this.#slots.at(0);
    if (slot === undefined) return this.add(lines);
    const load = `*(u64 *)(r10 -${slot})`;
    const keep = [...(random.chance(85) ? ['if r0 == 0 goto out'] : []), `*(u64 *)(r10 -${slot}) = r0`];
    const thing = { load, struct: result, slot };
    const releases = RELEASED_BY[result] === undefined ? RELEASES : [RELEASED_BY[result]];
    const end = ENDED_BY[result];
    if (end !== undefined && this.add([...lines, ...keep], { thing, after: [`r1 = ${load}`, ...end] })) {
      this.#slots.shift();
      return true;
    }
    const added = this.add([...lines, ...keep], { thing }) || random.pick([releases, [...releases].reverse()]).some((name) => this.add([...lines, ...keep], { thing, after: [`r1 = ${load}`, 'r2 = 0', `call ${name}`] }));
    if (added) this.#slots.shift();
    return added;
  }

  /** A call under a lock, which ends with it; a node that it takes out is dropped. */
  #callHeld(lines, result) {
    if (this.add([...lines, ...UNLOCK])) return true;
    const slot = this.#slots.at(0);
    if (result === undefined || slot === undefined) return false;
    return [8, 32].some((off) => this.add([...lines, `*(u64 *)(r10 -${slot}) = r0`, ...UNLOCK, `r1 = *(u64 *)(r10 -${slot})`, 'if r1 == 0 goto out', `r1 += -${off}`, 'r2 = 0', 'call bpf_obj_drop_impl']));
  }

  /** A value of a kind that has to be given back. */
  open(name) {
    const { make = [], put } = ALL_KINDS[name];
    const idx = this.#places;
    const giver = GIVEN_BACK.find(([pattern]) => pattern.test(name))?.[1];
    if (idx > 7 || giver === undefined) return false;
    const back = giver === 'bpf_spin_unlock' ? ['r1 = *(u64 *)(r10 -144)', 'call bpf_spin_unlock'] : [...fill(put, idx, this.#program).map((line) => line.replace(`r${idx + 1} `, 'r1 ')), 'r2 = 0', `call ${giver}`];
    const load = fill(put, idx, this.#program).length === 1 ? fill(put, idx, this.#program)[0].split(' = ')[1] : undefined;
    const lines = [...fill(make, idx, this.#program), ...(put[0] === 'rN = *(u64 *)(r10 @S)' ? [`*(u64 *)(r10 ${slotOf(idx)}) = r0`] : [])];
    if (!this.add(lines, { after: back, ...(load === undefined ? {} : { thing: { load, struct: 'memory' } }) })) return false;
    this.#places++;
    return true;
  }

  /** A loop over the elements of an iterator. */
  loop(name) {
    const idx = this.#places;
    const slot = this.#slots.at(0);
    if (idx > 7 || slot === undefined) return false;
    const at = ['r1 = r10', `r1 += -${192 + 32 * idx}`];
    const made = this.callLines({ name: `bpf_iter_${name}_new` }, false);
    if (made === undefined) return false;
    // The first argument is the iterator.
    const call = made.at(-1);
    const rest = made.slice(0, -1).filter((line) => !/^r1 (=|\+=)/.test(line));
    const again = `l${++this.#labels}`;
    const enough = `${again}x`;
    const next = { int: 'memory' }[name] ?? resultOf({ name: `bpf_iter_${name}_next` }, this.#program);
    const thing = { load: `*(u64 *)(r10 -${slot})`, struct: next, slot };
    const lines = [...rest, ...at, call, `${again}:`, ...at, `call bpf_iter_${name}_next`, `if r0 == 0 goto ${enough}`, `*(u64 *)(r10 -${slot}) = r0`];
    if (!this.add(lines, { thing, after: [`goto ${again}`, `${enough}:`, ...at, `call bpf_iter_${name}_destroy`] })) return false;
    this.#slots.shift();
    this.#places++;
    return true;
  }

  region({ enter, leave }) {
    return this.add(enter, { after: leave });
  }

  /** A loop that counts, or that may go on. */
  repeat() {
    const again = `l${++this.#labels}`;
    if (this.#random.chance(50)) return this.add([`${again}:`, `may_goto ${again}x`], { after: [`goto ${again}`, `${again}x:`] });
    const slot = this.#slots.at(0);
    if (slot === undefined) return false;
    const count = `*(u64 *)(r10 -${slot})`;
    const added = this.add([`${count} = 0`, `${again}:`, `r1 = ${count}`, `if r1 > ${this.#random.between(0, 3)} goto ${again}x`, 'r1 += 1', `${count} = r1`], { after: [`goto ${again}`, `${again}x:`], thing: { load: count, struct: undefined, slot } });
    if (added) this.#slots.shift();
    return added;
  }

  use() {
    const [a, b] = [this.#random.pick(this.#things()), this.#random.pick([...this.#things(), { load: 'r9' }, { load: '8' }])];
    return this.add([`r1 = ${a.load}`, `r2 = ${b.load}`, ...writeUse(this.#random, 1, 2)]);
  }

  /** Reads a member of a struct; a pointer is kept. */
  walk() {
    const random = this.#random;
    const known = this.#things().filter(({ struct }) => struct !== undefined && vmlinux.findByNameKind(struct, STRUCT) !== undefined);
    if (known.length === 0) return false;
    const { load, struct } = random.pick(known);
    const { members } = vmlinux.type(vmlinux.findByNameKind(struct, STRUCT));
    if (members.length === 0) return false;
    const pointers = members.filter(({ type }) => structBehind(type) !== undefined);
    const { bitOff, type } = random.pick(pointers.length > 0 && random.chance(70) ? pointers : members);
    const to = structBehind(type);
    const [slot] = this.#slots;
    if (to === undefined || slot === undefined) return this.add([`r1 = ${load}`, `r0 = *(${random.pick(['u8', 'u16', 'u32', 'u64'])} *)(r1 +${Math.floor(bitOff / 8)})`, ...(random.chance(20) ? random.pick(RESULTS) : [])]);
    const lines = [`r1 = ${load}`, `r0 = *(u64 *)(r1 +${Math.floor(bitOff / 8)})`, ...(random.chance(60) ? ['if r0 == 0 goto out'] : []), `*(u64 *)(r10 -${slot}) = r0`];
    if (!this.add(lines, { thing: { load: `*(u64 *)(r10 -${slot})`, struct: to, slot } })) return false;
    this.#slots.shift();
    return true;
  }
}

/** Loops of many states grow no further. */
function giveUp(insns) {
  if (insns > MOST_INSNS) throw new Error('takes long');
}

function isAccepted(candidate) {
  try {
    const answer = askSim(parseCase(joinCase(candidate, ''), vmlinux), 0, giveUp);
    return answer.errno === 0;
  } catch {
    return false;
  }
}

/** How often the kernel accepted a program that calls a function: those that were seldom are tried more. */
const accepted = new Map();

/** What the kernel said of a program. */
export function noteGrown(program, errno) {
  if (errno !== 0) return;
  for (const [, name] of program.asm.join('\n').matchAll(/^call (bpf_\w+|css_\w+)/gm)) accepted.set(name, (accepted.get(name) ?? 0) + 1);
}

/** Which functions accepted programs called, and which none did. */
export function describeAccepted() {
  const all = [...new Set(PROGRAMS.flatMap((program) => Object.values(callees(program, false)).flat().map(({ name }) => name)))];
  const never = all.filter((name) => !accepted.has(name));
  return `${all.length - never.length} of ${all.length} functions are called by programs that were accepted; not ${never.join(' ')}`;
}

function pickRare(random, list) {
  return random.weighted(list.map((callee) => [Math.ceil(1000 / (1 + (accepted.get(callee.name) ?? 0))), callee]));
}

/** @returns `{ head, asm }` lines of a case */
export function growProgram(random) {
  const given = random.weighted(PROGRAMS.map((row) => [row.weight, row]));
  const program = random.chance(given.type === 26 || given.type === 27 ? 80 : 0) ? { ...given, ...random.pick(TARGETS[`${given.type}:${given.attach}`]) } : given;
  const wrapped = random.chance(25) ? WRAPPED[random.pick(Object.keys(WRAPPED))] : undefined;
  const flags = program.head.some((line) => line.startsWith('flags')) || !random.chance(30) ? [] : [`flags ${random.pick([1, 2, 4, 8, 8, 8, 128])}`];
  let growing = new Growing(random, program, wrapped, flags);
  if (!isAccepted(growing.program())) growing = new Growing(random, { ...program, task: program.task === CURRENT.task ? ['r7 = 0'] : program.task }, undefined, []);
  const { helpers, kfuncs } = callees(program, false);
  const fail = random.chance(22);
  for (let count = random.between(4, 16); count > 0; count--) {
    const what = random.weighted([[10, 'call'], [3, 'open'], [3, 'region'], [2, 'loop'], [2, 'repeat'], [4, 'use'], [5, 'walk'], [3, 'close']]);
    if (what === 'open') growing.open(random.pick(KEPT));
    else if (what === 'region') growing.region(random.pick(REGIONS));
    else if (what === 'loop') growing.loop(random.pick(ITERATORS));
    else if (what === 'repeat') growing.repeat();
    else if (what === 'use') growing.use();
    else if (what === 'walk') growing.walk();
    else if (what === 'close') growing.close();
    else {
      const callee = pickRare(random, kfuncs.length > 0 && random.chance(55) ? kfuncs : helpers);
      for (let tries = 0; tries < 5; tries++) if (growing.call(callee, random.chance(15))) break;
    }
  }
  if (!fail) return growing.program();
  const callee = random.pick(random.chance(50) && kfuncs.length > 0 ? kfuncs : helpers);
  const last = random.weighted([[6, growing.callLines(callee, random.chance(60))], [4, ['r1 = r8', 'r2 = r9', ...writeUse(random, random.pick([1, 6, 7, 8]), random.pick([2, 9]))]]]) ?? [];
  return growing.program(last);
}

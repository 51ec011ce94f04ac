// What program nests loops of all kinds, callbacks, functions and branches, with numbers that proofs need inside and after?
//
// R6 to R9 are numbers, or pointers to the frame or a map's value for a while; fp-64 to fp-8 are variables. Loops count in a register or a
// variable, up or down, or go over an iterator, or may go on; what they change is an index, a size, a condition later.
import { askSim, vmlinux } from './judges.mjs';
import { joinCase } from './mutate-lines.mjs';
import { rootlet } from './rootlet.mjs';

const { caseInput, parseCase, verify } = rootlet;
/** What programs may take: the rest takes most of the time, and tells the same. */
const MOST_INSNS = 30_000;
const HEADS = [['prog socket_filter'], ['prog sched_cls'], ['prog xdp'], ['prog tracepoint'], ['prog syscall', 'flags 16'], ['prog kprobe']];
const THROWING = [['prog sched_cls'], ['prog xdp'], ['prog tracepoint'], ['prog syscall', 'flags 16'], ['prog cgroup_skb']];
const MAP_LINES = ['map m: array key=4 value=64 entries=1', 'map h: hash key=4 value=64 entries=4'];
const MOST_DEPTH = 4;

class Nesting {
  #random;
  #labels = 0;
  #functions = [];
  #pending = [];
  #budget = 40;
  /** Lines of the function being written, the frame's places for iterators, and where loops end. */
  #places = 0;
  #depth = 0;

  /** Whether some statements throw. */
  #throws;

  constructor(random) {
    this.#random = random;
    this.#throws = random.chance(25);
  }

  #label() {
    return `l${++this.#labels}`;
  }

  #number() {
    return `r${this.#random.between(6, 9)}`;
  }

  #slot() {
    return -8 * this.#random.between(1, 8);
  }

  #small() {
    return this.#random.pick([0, 0, 1, 1, 2, 3, 4, 5, 7, 8, -1, 16]);
  }

  #value() {
    const random = this.#random;
    const reg = this.#number();
    return random.pick([
      () => [`${reg} = ${this.#small()}`], () => [`w${reg.slice(1)} = ${this.#small()}`], () => ['call bpf_get_prandom_u32', `${reg} = r0`], () => ['call bpf_get_prandom_u32', `${reg} = r0`, `${reg} &= ${random.pick([1, 3, 7, 15])}`],
      () => [`${reg} += ${random.pick([1, 1, 2, -1, 8])}`], () => [`w${reg.slice(1)} += ${random.pick([1, -1, 3])}`], () => [`${reg} = ${this.#number()}`], () => [`w${reg.slice(1)} = w${this.#number().slice(1)}`], () => [`${reg} ${random.pick(['+=', '-=', '&=', '|=', '^=', '*='])} ${this.#number()}`],
      () => [`${reg} ${random.pick(['<<=', '>>=', 's>>='])} ${random.pick([1, 3, 32])}`], () => [`${reg} &= ${random.pick([1, 7, 0xff, -8])}`], () => [`${reg} = (s32)${this.#number()}`],
      () => [`*(u64 *)(r10 ${this.#slot()}) = ${reg}`], () => [`*(u64 *)(r10 ${this.#slot()}) = ${reg}`], () => [`${reg} = *(u64 *)(r10 ${this.#slot()})`], () => [`${reg} = *(u64 *)(r10 ${this.#slot()})`], () => [`*(u64 *)(r10 ${this.#slot()}) = ${this.#small()}`],
      () => [`*(u32 *)(r10 ${this.#slot()}) = w${reg.slice(1)}`.replace('= w', '= r')], () => [`${reg} = *(u32 *)(r10 ${this.#slot()})`], () => [`${reg} = *(s32 *)(r10 ${this.#slot() + 4})`], () => [`*(u8 *)(r10 ${this.#slot() + 3}) = ${this.#small()}`], () => [`${reg} = *(u8 *)(r10 ${this.#slot() + random.below(8)})`], () => [`*(u16 *)(r10 ${this.#slot() + 2}) = ${reg}`],
      () => [`lock *(u64 *)(r10 ${this.#slot()}) += ${reg}`], () => [`${reg} = atomic64_fetch_add((u64 *)(r10 ${this.#slot()}), ${reg})`], () => [`r0 = ${this.#small()}`, `r0 = atomic64_cmpxchg((u64 *)(r10 ${this.#slot()}), r0, ${reg})`], () => [`${reg} = atomic64_xchg((u64 *)(r10 ${this.#slot()}), ${reg})`], () => [`${reg} = atomic_fetch_or((u32 *)(r10 ${this.#slot()}), ${reg})`],
    ])();
  }

  #condition(label) {
    const random = this.#random;
    const op = random.pick(['==', '!=', '>', '>=', '<', '<=', 's>', 's<', '&']);
    const wide = random.chance(70) ? 'r' : 'w';
    const left = `${wide}${this.#number().slice(1)}`;
    const right = random.chance(30) ? `${wide}${this.#number().slice(1)}` : this.#small();
    return `if ${left} ${op} ${right} goto ${label}`;
  }

  /** What needs to know a number. */
  #proof() {
    const random = this.#random;
    const reg = this.#number();
    const bound = random.pick([[`if ${reg} > 7 goto out`], [`${reg} &= 7`], [`if w${reg.slice(1)} > 15 goto out`, `w${reg.slice(1)} = w${reg.slice(1)}`], [`if ${reg} s< 0 goto out`, `if ${reg} s> 9 goto out`], [`${reg} &= 15`], []]);
    return random.pick([
      [...bound, 'r1 = r10', `r1 += ${reg}`, 'r0 = *(u8 *)(r1 -64)'], [...bound, 'r1 = r10', `r1 += ${reg}`, '*(u8 *)(r1 -64) = 1'],
      [...bound, 'r1 = map[m]', 'r2 = r10', 'r2 += -96', '*(u64 *)(r10 -96) = 0', 'call bpf_map_lookup_elem', 'if r0 == 0 goto out', `r0 += ${reg}`, random.pick(['r1 = *(u8 *)(r0 +0)', '*(u64 *)(r0 +8) = 1', `${this.#number()} = *(u64 *)(r0 +0)`])],
      [...bound, 'r1 = r10', 'r1 += -64', `r2 = ${reg}`, 'r3 = map[m][0]+0', random.pick(['call bpf_probe_read_kernel', 'call bpf_get_current_comm', 'r2 += 1\ncall bpf_get_current_comm'])].flatMap((line) => line.split('\n')),
      [`r1 = map[m][0]+0`, ...bound, `r1 += ${reg}`, 'r0 = *(u8 *)(r1 +0)'],
      [`if ${reg} == ${this.#small()} goto out`],
      ['r1 = map[m]', `r2 = ${reg}`, '*(u32 *)(r10 -96) = r2', 'r2 = r10', 'r2 += -96', 'call bpf_map_lookup_elem', 'if r0 == 0 goto out', 'r0 = *(u64 *)(r0 +0)'],
    ]);
  }

  #body(exits) {
    this.#depth++;
    const lines = [];
    for (let count = this.#random.between(1, 3); count > 0; count--) lines.push(...this.#statement(exits));
    this.#depth--;
    return lines;
  }

  #branch(exits) {
    const [other, end] = [this.#label(), this.#label()];
    const then = this.#body(exits);
    if (this.#random.chance(50)) return [this.#condition(end), ...then, `${end}:`];
    return [this.#condition(other), ...then, `goto ${end}`, `${other}:`, ...this.#body(exits), `${end}:`];
  }

  #counted(exits) {
    const random = this.#random;
    const [again, end] = [this.#label(), this.#label()];
    const times = random.pick([1, 2, 2, 3, 3, 5, 8]);
    const body = this.#body([...exits, end]);
    if (random.chance(40)) {
      const slot = this.#slot();
      const load = random.pick(['u64', 'u64', 'u32', 's32']);
      const loaded = ['r1', random.pick(['<', '<=', '!=', 's<'])];
      return [`*(u64 *)(r10 ${slot}) = 0`, `${again}:`, ...body, `r1 = *(${load} *)(r10 ${slot})`, 'r1 += 1', `*(${load.replace('s', 'u')} *)(r10 ${slot}) = r1`, `if ${loaded[0]} ${loaded[1]} ${times} goto ${again}`, `${end}:`];
    }
    const reg = this.#number();
    const wide = random.chance(70) ? reg : `w${reg.slice(1)}`;
    if (random.chance(25)) return [`${reg} = ${times}`, `${again}:`, ...body, `${wide} += -1`, `if ${wide} ${random.pick(['!=', 's>', '>'])} 0 goto ${again}`, `${end}:`];
    if (random.chance(20)) return ['call bpf_get_prandom_u32', `r0 &= ${random.pick([3, 7])}`, '*(u64 *)(r10 -104) = r0', `${reg} = 0`, `${again}:`, 'r1 = *(u64 *)(r10 -104)', `if ${reg} >= r1 goto ${end}`, ...body, `${wide} += 1`, `goto ${again}`, `${end}:`];
    return [`${reg} = 0`, `${again}:`, `if ${wide} ${random.pick(['>=', '==', 's>=', '>'])} ${times} goto ${end}`, ...body, `${wide} += ${random.pick([1, 1, 1, 2])}`, `goto ${again}`, `${end}:`];
  }

  #mayGoto(exits) {
    const [again, end] = [this.#label(), this.#label()];
    return [`${again}:`, `may_goto ${end}`, ...this.#body([...exits, end]), `goto ${again}`, `${end}:`];
  }

  #iterate(exits) {
    const place = -112 - 8 * this.#places++;
    const [again, end] = [this.#label(), this.#label()];
    const at = ['r1 = r10', `r1 += ${place}`];
    const use = this.#random.pick([[], [], [`${this.#number()} = *(u32 *)(r0 +0)`], [`${this.#number()} = *(s32 *)(r0 +0)`]]);
    // Nothing may be left behind on the way out.
    const body = this.#body([end]).map((line) => line.replace('goto out', `goto ${end}`));
    this.#places--;
    return [...at, 'r2 = 0', `r3 = ${this.#random.pick(['3', '100', 'r9'])}`, 'call bpf_iter_num_new', `${again}:`, ...at, 'call bpf_iter_num_next', `if r0 == 0 goto ${end}`, ...use, ...body, `goto ${again}`, `${end}:`, ...at, 'call bpf_iter_num_destroy'];
  }

  /** A callback, or a function: written later. */
  #function(kind) {
    const name = `f${this.#functions.length}`;
    this.#functions.push({ name, kind });
    this.#pending.push({ name, kind, depth: this.#depth });
    return name;
  }

  #known(kind) {
    const known = this.#functions.filter((fn) => fn.kind === kind && !this.#pending.some(({ name }) => name === fn.name));
    return known.length > 0 && this.#random.chance(40) ? this.#random.pick(known).name : this.#function(kind);
  }

  #callback() {
    const random = this.#random;
    const ctx = random.chance(80) ? ['r3 = r10', 'r3 += -64'] : ['r3 = 0'];
    const after = random.chance(40) ? [random.pick(['if r0 s< 0 goto out', `${this.#number()} = r0`])] : [];
    if (random.chance(30)) return ['r1 = map[h]', `r2 = subprog[${this.#function('each')}]`, ...ctx, 'r4 = 0', 'call bpf_for_each_map_elem', ...after];
    return [`r1 = ${random.pick(['1', '4', '100', 'r9', 'r8'])}`, `r2 = subprog[${this.#function(ctx.length > 1 ? 'loop' : 'loop0')}]`, ...ctx, 'r4 = 0', 'call bpf_loop', ...after];
  }

  #call() {
    const random = this.#random;
    const kind = random.pick(['plain', 'plain', 'frame', 'global']);
    const name = kind === 'global' ? this.#function(kind) : this.#known(kind);
    const first = kind === 'frame' ? ['r1 = r10', 'r1 += -64'] : [`r1 = ${random.pick([this.#number(), this.#small()])}`];
    return [...first, `r2 = ${this.#number()}`, `call ${name}`, ...(random.chance(60) ? [`${this.#number()} = r0`] : [])];
  }

  #statement(exits) {
    const random = this.#random;
    if (--this.#budget < 0 || this.#depth > MOST_DEPTH) return this.#value();
    const what = random.weighted([[10, 'value'], [4, 'branch'], [5, 'counted'], [3, 'mayGoto'], [3, 'iterate'], [4, 'callback'], [4, 'call'], [5, 'proof'], [exits.length > 0 ? 3 : 0, 'leave'], [this.#throws ? 2 : 0, 'throw']]);
    switch (what) {
      case 'branch': return this.#branch(exits);
      case 'counted': return this.#counted(exits);
      case 'mayGoto': return this.#mayGoto(exits);
      case 'iterate': return this.#iterate(exits);
      case 'callback': return this.#callback();
      case 'call': return this.#call();
      case 'proof': return this.#proof();
      case 'throw': return this.#throw();
      case 'leave': return [this.#condition(random.chance(70) ? exits.at(-1) : random.pick(exits))];
      default: return this.#value();
    }
  }

  #throw() {
    const end = this.#label();
    return [...(this.#random.chance(85) ? [this.#condition(end)] : []), `r1 = ${this.#random.pick(['0', '0', '1', this.#number()])}`, 'call bpf_throw', `${end}:`];
  }

  #begin(kind) {
    const zero = [8, 16, 24, 32, 40, 48, 56, 64].map((off) => `*(u64 *)(r10 -${off}) = ${this.#random.pick([0, 0, 1, 3])}`);
    const numbers = { plain: ['r6 = r1', 'r7 = r2', 'r8 = 0', 'r9 = 2'], global: ['r6 = r1', 'r7 = r2', 'r8 = 0', 'r9 = 2'], loop: ['r6 = r1', 'r7 = *(u64 *)(r2 +8)', 'r8 = *(u64 *)(r2 +0)', 'r9 = 5', '*(u64 *)(r10 -72) = r2'], loop0: ['r6 = r1', 'r7 = r1', 'r8 = 0', 'r9 = 1'], each: ['r6 = *(u32 *)(r2 +0)', 'r7 = *(u64 *)(r3 +0)', 'r8 = 1', 'r9 = 5'], frame: ['*(u64 *)(r10 -72) = r1', 'r6 = *(u64 *)(r1 +0)', 'r7 = r2', 'r8 = *(u32 *)(r1 +16)', 'r9 = 2'], main: ['call bpf_get_prandom_u32', 'r6 = r0', 'r7 = 0', 'r8 = 1', 'call bpf_get_prandom_u32', 'r9 = r0'] }[kind];
    return [...zero, ...numbers];
  }

  #end(kind) {
    const random = this.#random;
    const write = ['loop', 'frame'].includes(kind) && random.chance(60) ? ['r1 = *(u64 *)(r10 -72)', `*(${random.pick(['u64', 'u64', 'u32', 'u8'])} *)(r1 +${8 * random.below(7)}) = ${this.#number()}`] : [];
    const result = kind === 'plain' || kind === 'frame' || kind === 'global' ? random.pick([['r0 = 0'], [`r0 = ${this.#number()}`], [`r0 = ${this.#number()}`, 'r0 &= 7'], ['r0 = 3']]) : random.pick([['r0 = 0'], ['r0 = 0'], ['r0 = 1'], ['call bpf_get_prandom_u32', 'r0 &= 1'], [`r0 = ${this.#number()}`, 'if r0 > 1 goto out']]);
    return [...write, ...result, 'exit'];
  }

  #write(name, kind) {
    const out = `out_${name}`;
    const lines = [...this.#begin(kind), ...this.#body([]), ...(this.#depth < 1 || this.#random.chance(50) ? this.#body([]) : []), ...this.#end(kind), `${out}:`, 'r0 = 0', 'exit'];
    if (!lines.some((line) => /goto out$/.test(line))) lines.splice(-3);
    return [`${name}:`, ...lines.map((line) => line.replace(/goto out$/, `goto ${out}`))];
  }

  write() {
    const random = this.#random;
    const asm = this.#write('main', 'main');
    while (this.#pending.length > 0) {
      const { name, kind, depth } = this.#pending.shift();
      this.#depth = Math.min(depth + 1, MOST_DEPTH);
      this.#places = 0;
      asm.push(...this.#write(name, kind));
    }
    const funcs = ['func main int main(u64 ctx)', ...this.#functions.map(({ name, kind }) => `func ${name} ${kind === 'global' ? '' : 'static '}int ${name}(u64 a, u64 b)`)];
    const head = [...random.pick(this.#throws ? THROWING : HEADS)];
    const flag = random.weighted([[6, 0], [5, 8], [1, 128]]);
    if (flag !== 0) {
      if (head[1] === undefined) head.push(`flags ${flag}`);
      else head[1] = `flags ${16 | flag}`;
    }
    const text = asm.join('\n');
    return { head: [...head, ...MAP_LINES.filter((line) => text.includes(`map[${line.slice(4, 5)}]`)), ...funcs], asm };
  }
}

/** @returns `{ head, asm }` lines of a case */
export function nestProgram(random) {
  for (;;) {
    const program = new Nesting(random).write();
    if (!takesLong(program) && !isDangerous(program)) return program;
  }
}

/** Linux 6.18.44 oopses at some programs that throw and have functions that no path reaches. */
function isDangerous(program) {
  if (!program.asm.includes('call bpf_throw')) return false;
  const { verdict, subprograms } = verify(caseInput(parseCase(joinCase(program, ''), vmlinux), vmlinux));
  return verdict === 'accept' && subprograms.some(({ reached }) => !reached);
}

function takesLong(program) {
  let insns = 0;
  askSim(parseCase(joinCase(program, ''), vmlinux), 0, (processed) => {
    insns = processed;
    if (processed > MOST_INSNS) throw new Error('takes long');
  });
  return insns > MOST_INSNS;
}

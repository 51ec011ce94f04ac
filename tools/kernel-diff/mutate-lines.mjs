// What becomes of a case when its lines are changed, or those of other cases put among them?
//
// A case is `{ head: string[], asm: string[] }`: lines of text, so that labels, maps and types keep their names, and what differs can be
// written down, read and made smaller as it is.
import { rootlet } from './rootlet.mjs';

const { helperName, KFUNC_FACTS } = rootlet;

const KFUNC_NAMES = Object.keys(KFUNC_FACTS);
const HELPER_NAMES = Array.from({ length: 211 }, (_, idx) => helperName(idx + 1)).filter((name) => name !== undefined);

const MAP_TYPES = ['array', 'hash', 'percpu_array', 'percpu_hash', 'lru_hash', 'prog_array', 'perf_event_array', 'ringbuf', 'sockmap', 'sockhash', 'sk_storage', 'task_storage', 'cgrp_storage', 'inode_storage', 'devmap', 'cpumap', 'xskmap', 'queue', 'stack', 'stack_trace', 'lpm_trie', 'cgroup_array', 'user_ringbuf', 'bloom_filter', 'array_of_maps', 'reuseport_sockarray', 'cgroup_storage', 'arena'];
const MAP_FLAGS = [0, 1, 0x80, 0x100, 0x180, 0x400, 0x401];
const NUMBERS = [0, 1, -1, 2, 4, 7, 8, 9, 12, 15, 16, 20, 24, 32, 64, 128, 256, 511, 512, 520, 4096, 0x7fff, 0xffff, 0x7fffffff, -0x80000000];
const PARAMS = ['u64 n', 'int n', 'u32 n', 'char c', 'struct pair *p', 'const struct pair *p', 'void *p', 'u64 *p', 'const u64 *p', 'struct pair *p __arg_nonnull', 'struct task_struct *p __arg_trusted', 'struct task_struct *p __arg_trusted __arg_nullable', 'struct task_struct *p __arg_untrusted', 'struct bpf_dynptr *p', 'const struct bpf_dynptr *p', 'struct __sk_buff *ctx', 'struct xdp_md *ctx', 'void *ctx __arg_ctx', 'struct bpf_iter_num *it', 'void *p __arg_arena'];
const RETURNS = ['int', 'u64', 'u32', 'void', 'long', 'char', 'struct pair *'];
/** What is put around, or among, lines: regions, references, loops. */
const SNIPPETS = [
  ['call bpf_rcu_read_lock'], ['call bpf_rcu_read_unlock'], ['call bpf_preempt_disable'], ['call bpf_preempt_enable'],
  ['r1 = r10', 'r1 += -24', 'call bpf_local_irq_save'], ['r1 = r10', 'r1 += -24', 'call bpf_local_irq_restore'],
  ['call bpf_get_current_task_btf', 'r1 = r0', 'call bpf_task_acquire'], ['r1 = r0', 'call bpf_task_release'],
  ['r1 = r10', 'r1 += -32', 'r2 = 0', 'r3 = 5', 'call bpf_iter_num_new'], ['r1 = r10', 'r1 += -32', 'call bpf_iter_num_next'], ['r1 = r10', 'r1 += -32', 'call bpf_iter_num_destroy'],
  ['call bpf_get_prandom_u32'], ['call bpf_get_prandom_u32', 'r6 = r0'], ['r1 = 0', 'call bpf_throw'], ['may_goto pc+1'], ['r0 = 0', 'exit'], ['r1 = *(u64 *)(r10 -8)'], ['*(u64 *)(r10 -8) = r1'],
  ['r6 = r0', 'r7 = r6'], ['if r0 == 0 goto pc+1'], ['if r6 != 0 goto pc+1'], ['r0 = r0 ll'],
];
const CONTEXT = 'r1';

const isLabel = (line) => /^\s*\w+:\s*$/.test(line);
const codeLines = (asm) => asm.map((_, idx) => idx).filter((idx) => !isLabel(asm[idx]) && asm[idx].trim() !== '');

/** Lines of a case's text, comments left out. */
export function splitCase(text) {
  const [head, asm] = text.split(/^---.*\n/m);
  const lines = (part) => part.split('\n').filter((line) => line.trim() !== '' && !/^\s*[#;]/.test(line));
  return { head: lines(head), asm: lines(asm) };
}

/** The text of a case. */
export function joinCase({ head, asm }, title) {
  return `# ${title}\n${head.join('\n')}\n---\n${asm.join('\n')}\n`;
}

const insert = (asm, at, lines) => [...asm.slice(0, at), ...lines, ...asm.slice(at)];
const setLine = (lines, idx, line) => (line === lines[idx] ? undefined : lines.with(idx, line));

/** What a line of the head declares: `map m`, `struct s`, `func f`. */
const declares = (line) => /^(map|struct|func) (\w+)/.exec(line)?.slice(1).join(' ');

/** Head lines of another case that `asm` lines need, without those that are there by this name. */
function mergeHead(head, other) {
  const names = new Set(head.map(declares));
  return [...head, ...other.filter((line) => /^(map|struct) /.test(line) && !names.has(declares(line)))];
}

/** A program's own labels, told apart from those it is put beside. */
function renameLabels(asm, suffix) {
  const labels = new Set(asm.filter(isLabel).map((line) => line.trim().slice(0, -1)));
  return asm.map((line) => line.replace(/\b[A-Za-z_]\w*\b/g, (word) => (labels.has(word) ? `${word}${suffix}` : word)));
}

const firstFunction = (asm, head) => {
  const names = new Set(head.map((line) => /^func (\w+)/.exec(line)?.[1]).filter((name) => name !== undefined && name !== 'main'));
  for (const line of asm) {
    const called = /\bcall (\w+)$|subprog\[(\w+)\]/.exec(line);
    if (called !== null) names.add(called[1] ?? called[2]);
  }
  const at = asm.findIndex((line) => isLabel(line) && names.has(line.trim().slice(0, -1)));
  return at < 0 ? asm.length : at;
};

/** Changes of the instructions: each gives lines, or undefined where it has no meaning. `other` is another case. */
const ASM_CHANGES = {
  drop: ({ asm }, random) => asm.toSpliced(random.pick(codeLines(asm)), random.between(1, 2)),
  repeat({ asm }, random) {
    const idx = random.pick(codeLines(asm));
    return insert(asm, random.below(asm.length + 1), asm.slice(idx, idx + random.between(1, 4)).filter((line) => !isLabel(line)));
  },
  swap({ asm }, random) {
    const [a, b] = [random.pick(codeLines(asm)), random.pick(codeLines(asm))];
    return asm.with(a, asm[b]).with(b, asm[a]);
  },
  next({ asm }, random) {
    const a = random.below(asm.length - 1);
    return asm.length < 2 ? undefined : asm.with(a, asm[a + 1]).with(a + 1, asm[a]);
  },
  snippet: ({ asm }, random) => insert(asm, random.below(asm.length + 1), random.pick(SNIPPETS).map((line) => `  ${line}`)),
  register({ asm }, random) {
    const idx = random.pick(codeLines(asm));
    const all = [...asm[idx].matchAll(/\b([rw])(\d+)\b/g)];
    if (all.length === 0) return undefined;
    const { index, 0: text, 1: letter } = random.pick(all);
    return setLine(asm, idx, `${asm[idx].slice(0, index)}${letter}${random.below(11)}${asm[idx].slice(index + text.length)}`);
  },
  number({ asm }, random) {
    const idx = random.pick(codeLines(asm));
    const all = [...asm[idx].matchAll(/(?<![\w#])-?\d+\b/g)];
    if (all.length === 0 || /^\s*raw /.test(asm[idx])) return undefined;
    const { index, 0: text } = random.pick(all);
    const number = random.chance(60) ? random.pick(NUMBERS) : Number(text) + random.pick([1, -1, 4, 8, -8, 16]);
    return setLine(asm, idx, `${asm[idx].slice(0, index)}${number}${asm[idx].slice(index + text.length)}`);
  },
  call({ asm }, random) {
    const calls = codeLines(asm).filter((idx) => /\bcall \w+/.test(asm[idx]));
    if (calls.length === 0) return undefined;
    const idx = random.pick(calls);
    const name = random.pick(random.chance(50) ? KFUNC_NAMES : HELPER_NAMES);
    return setLine(asm, idx, asm[idx].replace(/\bcall .*/, `call ${name}`));
  },
  /** A function of the kernel in place of its relative. */
  relative({ asm }, random) {
    const calls = codeLines(asm).filter((idx) => /\bcall bpf_\w+/.test(asm[idx]));
    if (calls.length === 0) return undefined;
    const idx = random.pick(calls);
    const name = /\bcall (\w+)/.exec(asm[idx])[1];
    const family = name.split('_').slice(0, 2).join('_');
    const relatives = [...KFUNC_NAMES, ...HELPER_NAMES].filter((other) => other !== name && other.startsWith(`${family}_`));
    return relatives.length === 0 ? undefined : setLine(asm, idx, asm[idx].replace(/\bcall .*/, `call ${random.pick(relatives)}`));
  },
  target({ asm }, random) {
    const jumps = codeLines(asm).filter((idx) => /\bgoto \w+$/.test(asm[idx]));
    const labels = asm.filter(isLabel).map((line) => line.trim().slice(0, -1));
    if (jumps.length === 0) return undefined;
    const idx = random.pick(jumps);
    return setLine(asm, idx, asm[idx].replace(/\bgoto \w+$/, `goto ${random.pick(labels)}`));
  },
  compare({ asm }, random) {
    const jumps = codeLines(asm).filter((idx) => /^\s*if /.test(asm[idx]));
    if (jumps.length === 0) return undefined;
    const idx = random.pick(jumps);
    return setLine(asm, idx, asm[idx].replace(/ (==|!=|s?[<>]=?|&) /, ` ${random.pick(['==', '!=', '<', '>', '<=', '>=', 's<', 's>', 's<=', 's>=', '&'])} `));
  },
  width({ asm }, random) {
    const idx = random.pick(codeLines(asm));
    return setLine(asm, idx, asm[idx].replace(/\((u8|u16|u32|u64|s8|s16|s32) \*\)/, `(${random.pick(['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32'])} *)`));
  },
};

/** Changes of what is said about the program. */
const HEAD_CHANGES = {
  type({ head }, random, other) {
    const mine = (line) => /^(prog|attach|attach_btf) /.test(line);
    return [...other.head.filter(mine), ...head.filter((line) => !mine(line))];
  },
  flags({ head }, random) {
    const flags = random.weighted([[4, 1], [4, 2], [4, 8], [3, 16], [1, 4], [1, 32], [2, 128], [1, 3], [1, 9], [1, 24], [1, 64]]);
    return [...head.filter((line) => !line.startsWith('flags ')), `flags ${flags}`];
  },
  license: ({ head }) => [...head.filter((line) => !line.startsWith('license ')), 'license Proprietary'],
  map({ head }, random) {
    const maps = head.map((_, idx) => idx).filter((idx) => head[idx].startsWith('map '));
    if (maps.length === 0) return undefined;
    const idx = random.pick(maps);
    const line = head[idx];
    const changed = random.weighted([
      [3, line.replace(/: \w+/, `: ${random.pick(MAP_TYPES)}`)],
      [2, line.replace(/\bvalue=\d+/, `value=${random.pick([0, 1, 4, 8, 16, 24, 32, 64, 4096])}`)],
      [2, line.replace(/\bkey=\d+/, `key=${random.pick([0, 1, 4, 8, 12, 16, 64])}`)],
      [1, line.replace(/\bentries=\d+/, `entries=${random.pick([1, 2, 4096, 65536])}`)],
      [3, `${line.replace(/ flags=\w+/, '')} flags=${random.pick(MAP_FLAGS)}`],
      [1, line.replace(/ (frozen|fields|type|inner)=\S+/, '')],
    ]);
    return setLine(head, idx, changed);
  },
  func({ head }, random) {
    const funcs = head.map((_, idx) => idx).filter((idx) => head[idx].startsWith('func '));
    if (funcs.length === 0) return undefined;
    const idx = random.pick(funcs);
    const [, label, isStatic = '', returns, name, list] = /^func (\w+) (static )?(.*?) ?(\w+)\((.*)\)/.exec(head[idx]) ?? [];
    if (name === undefined) return undefined;
    const params = list === '' || list === 'void' ? [] : list.split(',').map((param) => param.trim());
    const at = random.below(params.length + 1);
    const declared = (struct) => head.some((line) => line.startsWith(`struct ${struct} `));
    const structs = [...head, ...['struct pair 16', 'struct task_struct 8'].filter((line) => !declared(line.split(' ')[1]))];
    const write = (...[mark, result, args]) => [...structs.slice(0, idx), `func ${label} ${mark}${result} ${name}(${args.join(', ')})`, ...structs.slice(idx + 1)];
    return random.weighted([
      [2, () => write(isStatic === '' ? 'static ' : '', returns, params)],
      [2, () => write(isStatic, random.pick(RETURNS), params)],
      [5, () => write(isStatic, returns, [...params.slice(0, at), random.pick(PARAMS), ...params.slice(at + 1)])],
      [1, () => write(isStatic, returns, params.slice(1))],
      [1, () => write(isStatic, returns, [...params, random.pick(PARAMS)])],
    ])();
  },
  struct({ head }, random) {
    const structs = head.map((_, idx) => idx).filter((idx) => /^struct \w+ \{/.test(head[idx]));
    if (structs.length === 0) return undefined;
    const idx = random.pick(structs);
    const [, start, body] = /^(struct \w+ \{)(.*)\}/.exec(head[idx]);
    const members = body.split(';').map((member) => member.trim()).filter((member) => member !== '');
    const at = random.below(members.length);
    const changed = random.pick([members.toSpliced(at, 1), [...members.slice(at), ...members.slice(0, at)], ['u64 pad', ...members], members.with(at, members[at].replace(/__\w*kptr\w*/, random.pick(['__kptr', '__kptr_untrusted', '__percpu_kptr'])))]);
    return setLine(head, idx, `${start} ${changed.map((member) => `${member};`).join(' ')} }`);
  },
  functions({ head }) {
    const left = head.filter((line) => !line.startsWith('func '));
    return left.length === head.length ? undefined : left;
  },
};

/** Two programs in one. */
const JOINED = {
  /** Some lines of another among ours. */
  graft(own, random, other) {
    const from = random.below(other.asm.length);
    const lines = renameLabels(other.asm.slice(from, from + random.between(1, 8)), '_b');
    const known = new Set([...own.asm, ...lines].filter(isLabel).map((line) => line.trim().slice(0, -1)));
    // A jump out of the lines goes where chance will have it.
    const kept = lines.map((line) => line.replace(/\bgoto (\w+)$/, (all, label) => (known.has(label) ? all : `goto pc+${random.below(3)}`)));
    return { head: mergeHead(own.head, other.head), asm: insert(own.asm, random.below(own.asm.length + 1), kept) };
  },
  /** Ours, and where it would exit, the other. */
  chain(own, random, other) {
    const end = firstFunction(own.asm, own.head);
    const [body, rest] = [own.asm.slice(0, end), own.asm.slice(end)];
    const second = renameLabels(other.asm, '_b');
    const theirs = other.head.filter((line) => line.startsWith('func ') && !line.startsWith('func main')).map((line) => line.replace(/^func (\w+)/, 'func $1_b'));
    const [main, ours] = [own.head.filter((line) => line.startsWith('func main')), own.head.filter((line) => line.startsWith('func ') && !line.startsWith('func main'))];
    const typed = main.length + theirs.length > 0;
    const head = mergeHead(own.head, other.head).filter((line) => !line.startsWith('func '));
    if (typed) head.push(main[0] ?? 'func main int main(u64 ctx)', ...theirs, ...ours);
    const first = body.map((line) => (line.trim() === 'exit' ? '  goto second_part' : line));
    return { head, asm: [`  *(u64 *)(r10 -504) = ${CONTEXT}`, ...first, 'second_part:', `  ${CONTEXT} = *(u64 *)(r10 -504)`, ...second, ...rest] };
  },
  /** Ours as a function that is called, once or twice. */
  called(own, random) {
    if (own.head.some((line) => line.startsWith('func '))) return undefined;
    const twice = random.chance(50) ? ['  r1 = *(u64 *)(r10 -8)', '  call whole'] : [];
    return { head: own.head, asm: [`  *(u64 *)(r10 -8) = ${CONTEXT}`, '  call whole', ...twice, random.chance(50) ? '  r0 = 0' : '  r0 &= 1', '  exit', 'whole:', ...own.asm] };
  },
  /** Ours in a loop of a number of rounds that is not known, or is. */
  looped(own, random) {
    const end = firstFunction(own.asm, own.head);
    const body = own.asm.slice(0, end).map((line) => (line.trim() === 'exit' ? '  goto next_round' : line));
    const iterator = random.chance(50);
    const start = iterator ? ['  r1 = r10', '  r1 += -512', '  r2 = 0', '  r3 = 10', '  call bpf_iter_num_new', 'next_round:', '  r1 = r10', '  r1 += -512', '  call bpf_iter_num_next', '  if r0 == 0 goto no_more_rounds'] : ['next_round:', '  may_goto no_more_rounds'];
    const finish = iterator ? ['  r1 = r10', '  r1 += -512', '  call bpf_iter_num_destroy'] : [];
    return { head: own.head, asm: [`  *(u64 *)(r10 -504) = ${CONTEXT}`, ...start, `  ${CONTEXT} = *(u64 *)(r10 -504)`, ...body, '  goto next_round', 'no_more_rounds:', ...finish, '  r0 = 0', '  exit', ...own.asm.slice(end)] };
  },
};

const WAYS = [
  [10, ...wrap('asm', ASM_CHANGES)],
  [5, ...wrap('head', HEAD_CHANGES)],
];

function wrap(part, changes) {
  const names = Object.keys(changes);
  return [
    (own, random, other) => {
      const name = random.pick(names);
      const lines = changes[name](own, random, other);
      return lines === undefined ? undefined : { what: name, program: { ...own, [part]: lines } };
    },
  ];
}

function join(own, random, other) {
  const name = random.pick(Object.keys(JOINED));
  const program = JOINED[name](own, random, other);
  return program === undefined ? undefined : { what: name, program };
}

/**
 * Changes a case by its lines, one to three times.
 *
 * @param own `{ head, asm }`
 * @param {() => object} another gives another case
 * @returns `{ program, what }`; undefined when chance chose what cannot be
 */
export function mutateLines(own, random, another) {
  let program = own;
  const whats = [];
  for (let count = random.weighted([[5, 1], [4, 2], [2, 3]]); count > 0; count--) {
    const change = random.weighted([...WAYS, [5, join]])(program, random, another());
    if (change === undefined || change.program.asm.length === 0) continue;
    program = change.program;
    whats.push(change.what);
  }
  return whats.length === 0 ? undefined : { program, what: whats.join(', ') };
}

/**
 * The smallest part of a case that still `differs`.
 *
 * @param {(program: object) => boolean} differs
 */
export function shrinkLines(program, differs) {
  let best = program;
  const still = (candidate) => {
    try {
      return differs(candidate);
    } catch {
      // What cannot be put together is none.
      return false;
    }
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const part of ['asm', 'head']) {
      for (let run = Math.ceil(best[part].length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
        for (let at = best[part].length - run; at >= 0; at--) {
          const candidate = { ...best, [part]: best[part].toSpliced(at, run) };
          if (candidate.asm.length === 0 || !still(candidate)) continue;
          best = candidate;
          changed = true;
        }
      }
    }
  }
  return best;
}

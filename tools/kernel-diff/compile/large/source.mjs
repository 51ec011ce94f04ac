// What C is large: dozens of blocks in functions that are put in, called, or verified alone?
import { Random } from '../../../lib/random.mjs';
import { baseStatements, callFunction, PROLOGUE, useValue } from '../base.mjs';
import { FEATURES } from '../features/index.mjs';
import { parsers } from '../features/parsers.mjs';
import { CONTEXTS, KINDS } from '../kinds.mjs';
import { FunctionWriter } from '../writer.mjs';
import { common } from './common.mjs';
import { DECLARATIONS as TRACE, trace } from './trace.mjs';
import { DECLARATIONS as WIRE, wire } from './wire.mjs';
import { DECLARATIONS } from './words.mjs';

/** Sections of what is large out there, more often than others. */
const LIKELY = ['xdp', 'tc', 'cgroup_skb/ingress', 'raw_tp/sched_switch', 'kprobe/do_nanosleep', 'tracepoint/syscalls/sys_enter_openat'];
const SORTS = [
  [5, 'static __noinline'],
  [5, 'static __always_inline'],
  [3, '__noinline'],
  [3, 'static'],
];
/** How many other features there are beside. */
const MORE = [0, 0, 1, 2];
/** Features that are there anyway, or make BTF that the kernel refuses. */
const WITHOUT = ['plain', 'parsers', 'walks', 'exceptions'];
/** What other functions do is slight, so that the small blocks do not fill them. */
const SLIGHT = 4;

/** Numbers of blocks when none is asked for. */
const sizeOf = (random) => random.weighted([[3, () => random.between(4, 12)], [8, () => random.between(12, 30)], [4, () => random.between(30, 70)], [1, () => random.between(70, 160)]])();

/** The text of a file with one large program. @param {number} size blocks; 0 for some number */
export function largeSource(seed, index, size) {
  const random = new Random(seed, index);
  const likely = random.chance(65) ? KINDS.filter(({ section }) => LIKELY.includes(section)) : KINDS;
  const kind = random.pick(likely.filter(({ perProgram }) => perProgram === undefined));
  const blocks = size > 0 ? size : sizeOf(random);
  const careful = random.chance(88);
  const functions = [];
  const features = Array.from({ length: random.pick(MORE) }, () => random.pick(FEATURES)).filter((feature, no, all) => feature.fits(kind) && !WITHOUT.includes(feature.name) && all.indexOf(feature) === no);
  const made = features.map((feature) => ({ ...feature, ...feature.create?.(random) }));
  const parts = [PROLOGUE, CONTEXTS, parsers.declarations, DECLARATIONS, WIRE, TRACE, ...made.map(({ declarations = '' }) => declarations)];
  const own = (of) => [common, wire, trace].filter(({ fits }) => fits === undefined || fits(of)).flatMap(({ statements }) => statements.filter(({ fits }) => fits === undefined || (of !== undefined && fits(of)))).map((statement) => ({ ...statement, weight: statement.weight * SLIGHT, write: (w, depth) => scoped(w, () => statement.write(w, depth)) }));
  const statements = (of) => [...baseStatements(of, functions).map((statement) => (statement.calls ? { ...statement, weight: statement.weight * SLIGHT } : statement)), ...own(of), ...(of === undefined ? [] : made.flatMap((feature) => feature.statements))];
  let left = blocks;
  const parted = random.pick([20, 50, 80]);
  for (let no = 0; left > blocks * (1 - parted / 100); no++) {
    const budget = random.between(1, 6);
    left -= budget;
    parts.push(helperFunction(random, { no, kind, functions, budget: budget * 2, statements, careful }));
  }
    const writer = new FunctionWriter(random, { functions, kind, numbers: kind.numbers, budget: left * 2, statements: statements(kind), careful });
    writer.open(kind);
    for (const made of functions) if (random.chance(60) && (!made.inline || random.chance(50))) callFunction(writer, made);
    writer.fill();
    parts.push(`SEC("${kind.section}") int p0(${kind.context} *ctx)\n{\n${writer.lines.join('\n')}\n\treturn ${writer.returned()};\n}\n`);
  if (kind.closing !== undefined) parts.push(kind.closing);
  return { area: `large ${kind.section.split('/')[0]}`, text: parts.join('\n'), newCompiler: made.some((feature) => feature.newCompiler) };
}

/** What a block declares ends with it, but for a number: the stack is small. */
function scoped(w, write) {
  const kept = w.name('kept');
  const [numbers, arrays, pointers] = [[...w.numbers], [...w.arrays], [...w.pointers]];
  w.emit(`__u64 ${kept} = 0; {`);
  write();
  const own = w.numbers.filter((name) => !numbers.includes(name));
  w.emit(`${own.length > 0 && w.random.chance(75) ? `${kept} = ${w.random.pick(own)};` : ';'} }`);
  [w.numbers, w.arrays, w.pointers] = [[...numbers, kept], arrays, pointers];
}

function helperFunction(random, { no, kind, functions, budget, statements, careful }) {
  const sort = random.weighted(SORTS);
  const isGlobal = sort === '__noinline';
  const takesContext = random.chance(60) && !(isGlobal && (kind.context === '__u64' || kind.context === 'struct sys_enter'));
  const params = Array.from({ length: random.between(1, takesContext ? 4 : 5) }, () => random.chance(30));
  const texts = params.map((isPointer, i) => (isPointer ? `struct value *v${i}` : `${random.pick(['__u32', '__u64', '__s32', '__u16'])} v${i}`));
  const numbers = params.flatMap((isPointer, i) => (isPointer ? [] : [`v${i}`]));
  const mine = takesContext ? kind : undefined;
  const writer = new FunctionWriter(random, { functions: [...functions], kind: mine, isFunction: true, numbers: [...numbers, ...(mine?.numbers ?? [])], budget, statements: statements(mine), careful });
  if (takesContext) writer.open(kind);
  params.forEach((isPointer, i) => {
    if (!isPointer) return;
    if (isGlobal) writer.emit(`if (!v${i}) return 0;`);
    useValue(writer, `v${i}`);
  });
  writer.fill();
  functions.push({ name: `fn${no}`, params, takesContext, inline: sort.includes('inline') && !sort.includes('noinline') });
  return `${sort} int fn${no}(${[...(takesContext ? [`${kind.context} *ctx`] : []), ...texts].join(', ')})\n{\n${writer.lines.join('\n')}\n\treturn ${writer.returned()};\n}\n`;
}

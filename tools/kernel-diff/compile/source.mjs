// What C could a compiler be given, so that its code keeps a verifier busy?
import { Random } from '../../lib/random.mjs';
import { baseStatements, callFunction, PROLOGUE, useValue } from './base.mjs';
import { FEATURES } from './features/index.mjs';
import { CONTEXTS, KINDS } from './kinds.mjs';
import { FunctionWriter } from './writer.mjs';

/** Files whose feature comes by turns have others beside it, now and then. */
const MORE = [0, 0, 1, 1, 2];

/** The text of a file with `programs` programs of one kind, and functions that they call. @param {string[]} names features to choose from @returns `{ area, text }`: what it is about, the C, and whether only new compilers understand it */
export function cSource(seed, index, programs, names = FEATURES.map(({ name }) => name)) {
  const random = new Random(seed, index);
  const area = FEATURES.find(({ name }) => name === names[index % names.length]);
  const kind = random.pick(KINDS.filter((other) => area.fits(other)));
  const others = Array.from({ length: random.pick(MORE) }, () => random.pick(FEATURES)).filter((feature) => feature.fits(kind));
  const features = [...new Set([area, ...others])].map((feature) => ({ ...feature, ...feature.create?.(random) }));
  const special = features.flatMap(({ statements }, no) => statements.map((statement) => ({ ...statement, weight: statement.weight * (no === 0 ? 2 : 1) })));
  const functions = [];
  // A few long ones, or more short ones.
  const isLong = random.chance(25);
  const count = kind.perProgram?.length ?? (isLong ? 3 : programs);
  const parts = [PROLOGUE, CONTEXTS, ...features.map(({ declarations = '' }) => declarations)];
  for (let no = 0; no < count; no++) {
    if (random.chance(60)) parts.push(helperFunction(random, functions, no, kind, special));
    const own = { ...kind, ...kind.perProgram?.[no % kind.perProgram.length] };
    const statements = [...baseStatements(own, functions), ...special];
    const writer = new FunctionWriter(random, { functions, kind: own, numbers: own.numbers, budget: isLong ? random.between(25, 60) : random.between(5, 20), statements });
    writer.open(own);
    const made = functions.at(-1);
    if (made?.name === `fn${no}` && made.takesContext) callFunction(writer, made);
    writer.fill();
    parts.push(`SEC("${kind.section}") int p${no}(${kind.context} *ctx)\n{\n${writer.lines.join('\n')}\n\treturn ${writer.returned()};\n}\n`);
  }
  if (kind.closing !== undefined) parts.push(kind.closing);
  return { area: area.name, text: parts.join('\n'), newCompiler: features.some((feature) => feature.newCompiler) };
}

/** A function that programs call, some with their context. */
function helperFunction(random, functions, no, kind, special) {
  const takesContext = random.chance(45) && kind.perProgram === undefined;
  const params = Array.from({ length: random.between(takesContext ? 0 : 1, takesContext ? 2 : 4) }, () => random.chance(25));
  const isGlobal = random.chance(33) && !(takesContext && kind.context === '__u64');
  const texts = params.map((isPointer, i) => (isPointer ? `struct value *v${i}` : `${random.pick(['__u32', '__u64', '__s32'])} v${i}`));
  const numbers = params.flatMap((isPointer, i) => (isPointer ? [] : [`v${i}`]));
  const mine = takesContext ? kind : undefined;
  const statements = [...baseStatements(mine, functions), ...(takesContext ? special : [])];
  const writer = new FunctionWriter(random, { functions, kind: mine, isFunction: true, numbers: [...numbers, ...(mine?.numbers ?? [])], budget: random.between(2, 8), statements });
  if (takesContext) {
    // Compilers leave out calls of what does nothing.
    writer.emit('asm volatile("" ::: "memory");');
    writer.open(kind);
  }
  params.forEach((isPointer, i) => {
    if (!isPointer) return;
    if (isGlobal && random.chance(90)) writer.emit(`if (!v${i}) return 0;`);
    useValue(writer, `v${i}`);
  });
  writer.fill();
  functions.push({ name: `fn${no}`, params, takesContext });
  const all = [...(takesContext ? [`${kind.context} *ctx`] : []), ...texts];
  return `${isGlobal ? '' : 'static '}__noinline int fn${no}(${all.join(', ')})\n{\n${writer.lines.join('\n')}\n\treturn ${writer.returned()};\n}\n`;
}

// How is a C function written, statement by statement, most of it right and some of it forgetting a check?

const IMMEDIATES = ['0', '1', '2', '3', '4', '7', '8', '15', '16', '31', '63', '64', '100', '127', '128', '255', '256'];
const WIDE_IMMEDIATES = ['0xffff', '0x7fffffff', '0x80000000', '0xffffffff', '0x10000', '0xfff0'];
export const INT_TYPES = ['__u8', '__u16', '__u32', '__u64', '__s16', '__s32', '__s64'];

/** How often what must be given back is not. */
const FORGETS = 2;

/**
 * Writes one function. What a feature may say there are its statements: `{ weight, write(writer, depth), nests, quiet }`: those that
 * nest have a block in them, the quiet ones call nothing and may stand where a lock is held.
 */
export class FunctionWriter {
  #names = 0;
  #depth = 1;
  #loopsFrom = [];
  #statements;
  /** What has to be given back before the function is left, innermost last. */
  #held = [];
  lines = [];
  arrays = [];
  /** Pointers that statements may use: `{ kind, name }`. */
  pointers = [];
  locked = false;
  /** Whether RCU is held. */
  rcu = false;

  /** @param {object|undefined} kind of program; undefined for a function that programs call without their context @param {string[]} numbers what can be read @param {boolean} careful whether no check is ever forgotten */
  constructor(random, { functions = [], kind, isFunction = kind === undefined, numbers, budget, statements, careful = false }) {
    this.random = random;
    this.functions = functions;
    this.kind = kind;
    this.isFunction = isFunction;
    this.numbers = [...numbers];
    this.budget = budget;
    this.careful = careful;
    this.#statements = statements;
  }

  emit(text) {
    this.lines.push('\t'.repeat(this.#depth) + text);
  }

  /** The first lines of what has a context of this kind. */
  open({ opening = [], tasks = [] }) {
    for (const line of opening) this.emit(line);
    for (const name of tasks) this.pointers.push({ kind: 'task', name });
  }

  fill() {
    while (this.budget > 0) this.statement(0);
  }

  /** Whether to forget what is needed. */
  slips(percent = FORGETS) {
    return !this.careful && this.random.chance(percent);
  }

  returned() {
    return this.isFunction ? this.expression(1) : this.random.pick(this.kind.returns);
  }

  /** Gives back and returns. */
  leave() {
    return this.#departure(0, `return ${this.returned()};`);
  }

  #departure(from, last) {
    const back = this.#held.slice(from).reverse().filter(() => !this.slips());
    return back.length === 0 ? last : `{ ${back.join(' ')} ${last} }`;
  }

  /** What `write` says has to give back by `text` where it leaves early. */
  holding(text, write) {
    this.#held.push(text);
    write();
    this.#held.pop();
  }

  /** What `write` says stands in a region. */
  under(what, write) {
    const before = this[what];
    this[what] = true;
    write();
    this[what] = before;
  }

  name(letter) {
    return `${letter}${++this.#names}`;
  }

  declare(type, text) {
    const name = this.name('n');
    this.emit(`${type} ${name} = ${text};`);
    this.numbers.push(name);
    return name;
  }

  pointer(kind) {
    const known = this.pointers.filter((other) => other.kind === kind);
    return known.length === 0 ? undefined : this.random.pick(known).name;
  }

  immediate() {
    const { random } = this;
    return random.weighted([
      [5, () => random.pick(IMMEDIATES)],
      [3, () => String(random.below(5000))],
      [1, () => random.pick(WIDE_IMMEDIATES)],
      [1, () => `-${1 + random.below(300)}`],
    ])();
  }

  expression(depth = 0) {
    const { random } = this;
    if (depth > 2 || random.chance(35)) return this.numbers.length > 0 && random.chance(75) ? random.pick(this.numbers) : this.immediate();
    const a = this.expression(depth + 1);
    const other = () => this.expression(depth + 1);
    return random.weighted([
      [6, () => `(${a} ${random.pick(['+', '-', '|', '^'])} ${other()})`],
      [2, () => `(${a} & ${random.pick([1, 3, 7, 15, 31, 63, 255, 240, 4095, 65535])})`],
      [1, () => `(${a} & ${other()})`],
      [1, () => `(${a} * ${random.pick([2, 3, 4, 8, 10, 12, 20, 100])})`],
      [2, () => `((${random.pick(['__u32', '__u64', '__s64', '__s32'])})(${a}) ${random.pick(['<<', '>>'])} ${random.below(32)})`],
      [1, () => `((__u64)(${a}) ${random.pick(['<<', '>>'])} ((${other()}) & 31))`],
      [2, () => `((__u64)(${a}) ${random.pick(['/', '%'])} ${random.pick([2, 3, 5, 8, 10, 16, 100, 255, 1000])})`],
      [1, () => `((__u32)(${a}) ${random.pick(['/', '%'])} ((__u32)(${other()}) | 1))`],
      [2, () => `((${random.pick(INT_TYPES)})(${a}))`],
      [1, () => `(${this.condition(depth + 1)} ? ${a} : ${other()})`],
      [1, () => `(~(${a}))`],
      [1, () => `(-(${a}))`],
    ])();
  }

  condition(depth = 0) {
    const { random } = this;
    if (random.chance(12)) return `((${this.expression(depth + 1)}) & ${random.pick([1, 2, 4, 8, 128, 3])})`;
    if (depth < 3 && random.chance(7)) return `(${this.condition(depth + 1)} ${random.pick(['&&', '||'])} ${this.condition(depth + 1)})`;
    const right = random.chance(65) ? this.immediate() : this.expression(depth + 1);
    return `(${this.expression(Math.max(depth, 1))} ${random.pick(['<', '>', '<=', '>=', '==', '!='])} ${right})`;
  }

  /** An index below `limit`, by one of the ways people write it; now and then one that does not hold. @param {number} limit a power of two */
  index(limit) {
    const { random } = this;
    if (random.chance(35)) return `((${this.expression(1)}) & ${limit - 1})`;
    if (random.chance(25)) return `((__u32)(${this.expression(1)}) % ${limit})`;
    const type = random.pick(['__u32', '__u64', '__s32', '__s64', '__u16']);
    const name = this.declare(type, this.expression(1));
    const negative = type.startsWith('__s') && (this.careful || random.chance(93));
    const outside = `${name} >= ${limit}${negative ? ` || ${name} < 0` : ''}`;
    random.weighted([
      [this.locked ? 0 : 6, () => this.emit(`if (${outside}) ${this.leave()}`)],
      [6, () => this.emit(`if (${outside}) ${name} = ${random.pick([0, limit - 1, limit >> 1])};`)],
      [3, () => this.emit(`asm volatile("" : "+r"(${name})); ${name} &= ${limit - 1};`)],
      [this.careful ? 0 : 1, () => undefined],
    ])();
    return name;
  }

  statement(depth) {
    this.budget--;
    const fits = this.#statements.filter(({ nests, quiet, most }) => (!nests || depth < 3) && (quiet || !this.locked) && (most === undefined || depth <= most));
    this.random.weighted(fits.map((statement) => [statement.weight, statement]))?.write(this, depth);
  }

  /** `break`, `continue` or `return`, whatever is possible here. */
  jump() {
    const from = this.#loopsFrom.at(-1);
    return from !== undefined && this.random.chance(60) ? this.#departure(from, this.random.pick(['break;', 'continue;'])) : this.leave();
  }

  get isInLoop() {
    return this.#loopsFrom.length > 0;
  }

  get loops() {
    return this.#loopsFrom.length;
  }

  /** A few statements, of which nothing is known after. @param {string[]} numbers what can be read in there */
  block(depth, numbers = [], most = 3) {
    const [known, arrays, pointers] = [[...this.numbers], [...this.arrays], [...this.pointers]];
    this.numbers.push(...numbers);
    this.#depth++;
    for (let left = this.random.between(1, most); left > 0 && this.budget > 0; left--) this.statement(depth + 1);
    this.emit(';');
    this.#depth--;
    [this.numbers, this.arrays, this.pointers] = [known, arrays, pointers];
  }

  /** The block of a loop that was begun. */
  loopBlock(depth, numbers = []) {
    this.#loopsFrom.push(this.#held.length);
    this.block(depth, numbers);
    this.#loopsFrom.pop();
  }
}

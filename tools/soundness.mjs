// Does everything that accepted programs really do lie within what the verifier said they may do?
//
//   node tools/soundness.mjs [--area A,B] [--count N] [--seed N|any] [--index N] [--runs N] [--seconds N]
//
// Random programs that the simulated verifier accepts are run in @rootlet/vm, each on several inputs. No run may touch what it must not,
// and before each instruction some state that the verifier went through must have held every register: numbers within their bounds
// and bits, pointers to stack, context and packet at their offsets, other pointers not null unless they may be; spilled numbers in their
// slots, too. For that, paths are followed to their end (`prune: false`): what pruning leaves out was proved elsewhere, with other numbers.
// Needs no kernel; with its BTF programs that call its functions are run, too, as soundness/kernel.mjs says. What cannot be run (tracing) is
// counted, not judged.
import { parseArgs } from 'node:util';
import { AREAS, generate } from './kernel-diff/generate/index.mjs';
import { assembleItems, itemsToCase } from './kernel-diff/generate/program.mjs';
import { Random } from './lib/random.mjs';
import { rootlet } from './kernel-diff/rootlet.mjs';
import { kernelOf, vmlinux, withKernel } from './soundness/kernel.mjs';

const { caseInput, createEnvironment, FIRST_MAP_FD, formatFault, lookupElem, updateElem, verify, Vm, VmMap } = rootlet;
const { values: options } = parseArgs({
  options: {
    area: { type: 'string' },
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    index: { type: 'string' },
    runs: { type: 'string', default: '6' },
    seconds: { type: 'string' },
  },
});

/** Programs that vm has contexts for. */
const CONTEXT_KINDS = new Map([
  [1, 'skb'],
  [3, 'skb'],
  [6, 'xdp'],
]);
/** Areas of programs that vm has no contexts for. */
const NOT_RUN = ['objects'];
/** States kept of one program; a program with more is left out. */
const MOST_STATES = 10_000;
const FUEL = 20_000;
/** What ends a run without anything being wrong with the program. */
const NOT_JUDGED = ['helper', 'unbound', 'fuel', 'callDepth'];

const INTERESTING = [0n, 1n, 2n, 4n, 7n, 8n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];

/** Bytes that are often at an edge. */
function someBytes(random, size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const width = random.pick([1, 2, 4, 8]);
    let value = random.chance(60) ? random.pick(INTERESTING) : BigInt(random.between(0, 0xffff_ffff)) * 0x1_0000_0001n;
    for (let i = 0; i < width && at < size; i++, at++, value >>= 8n) bytes[at] = Number(value & 0xffn);
  }
  return bytes;
}

/** Everything a program can reach in one run. */
function createWorld(program, kind, random) {
  const vm = new Vm({ fuel: FUEL, memoryLimit: 1 << 24, environment: createEnvironment({}, random.between(1, 0x7fff_ffff)) });
  const maps = program.maps.map((attr) => {
    const map = vm.createMap(attr);
    if (!(map instanceof VmMap)) return undefined;
    const isArray = attr.type === 2 || attr.type === 6;
    for (let n = 0; n < Math.min(attr.maxEntries, 8); n++) {
      const key = isArray ? Uint8Array.of(n, 0, 0, 0) : someBytes(random, attr.keySize);
      const value = attr.frozenValue ?? someBytes(random, map.cpus * map.stride || attr.valueSize);
      if (attr.keySize > 0 && (isArray || [1, 9].includes(attr.type))) updateElem(map, key, value.subarray(0, lookupElem(map, key)?.length ?? value.length));
    }
    return map;
  });
  const packet = someBytes(random, random.pick([14, 14, 20, 34, 54, 64, 90, 128]));
  const bytes = someBytes(random, kind === 'xdp' ? 24 : 192);
  if (kind === 'skb') {
    // Pointers that vm does not fill in: flow_keys and sk; no socket is a case that programs must bear.
    bytes.fill(0, 144, 152);
    bytes.fill(0, 168, 176);
    new DataView(bytes.buffer).setUint32(0, packet.length, true);
  }
  const context = vm.createContext({ kind, packet, bytes });
  if (context === undefined) throw new Error('no memory for the context');
  return { vm, maps, context };
}

/** Pointers to objects that nothing vouches for. */
const isWalked = ({ text }) => /^(rcu_|untrusted_)?ptr_/.test(text) && !text.includes('ref_obj_id');

const signed = (value) => BigInt.asIntN(64, value);

function holds({ umin, umax, smin, smax, u32min, u32max, s32min, s32max, tnum }, value) {
  const low = Number(BigInt.asUintN(32, value));
  return (
    (value & ~tnum.mask & 0xffff_ffff_ffff_ffffn) === tnum.value &&
    value >= umin && value <= umax && signed(value) >= smin && signed(value) <= smax &&
    low >= u32min && low <= u32max && (low | 0) >= s32min && (low | 0) <= s32max
  );
}

/** Whether a register that holds `value` is as `known` says. */
function fits(known, value, { step, world }) {
  const at = (base) => holds(known.range, BigInt.asUintN(64, value - base - BigInt(known.off)));
  switch (known.kind) {
    case 'scalar':
      return holds(known.range, value);
    case 'fp':
      return known.text.startsWith('fp[') || at(step.register(10));
    case 'ctx':
      return at(BigInt(world.context.address));
    case 'pkt':
      return at(BigInt(world.context.packet.data));
    case 'pkt_end':
      return value === BigInt(world.context.packet.end);
    default:
      // What was read from an object of the kernel may be null without being checked: reading through it gives zeros there.
      return value !== 0n || known.kind.includes('or_null') || isWalked(known);
  }
}

function readSlot({ memory }, address) {
  return new DataView(memory.bytes.buffer, memory.bytes.byteOffset).getBigUint64(address, true);
}

/** What is in `state` and not so; undefined when all is. */
function misfit(state, now) {
  const { step, world } = now;
  for (const [regno, known] of state.regs.entries()) {
    if (known !== undefined && !fits(known, step.register(regno), now)) return `R${regno}=${known.text} is 0x${step.register(regno).toString(16)}`;
  }
  for (const [off, { text, reg }] of state.stack) {
    // Text of a part of a slot begins with the bytes beside it.
    if (reg === undefined || text !== reg.text) continue;
    const value = readSlot(world.vm, Number(step.register(10)) + off);
    if (!fits(reg, value, now)) return `fp${off}=${text} is 0x${value.toString(16)}`;
  }
  return undefined;
}

class Wrong extends Error {}

/** Whether a load went through a pointer that the kernel lets be anything: it reads zeros then. */
function isExcused({ insns }, states, { kind, insnIdx }) {
  const base = insns.src[insnIdx];
  return kind === 'read' && (insns.code[insnIdx] & 7) === 1 && (states.get(insnIdx) ?? []).some(({ regs }) => regs[base] !== undefined && isWalked(regs[base]));
}

/** Runs an accepted program once. @returns what happened, for the table */
function runOnce(program, states, random) {
  const kind = CONTEXT_KINDS.get(program.progType);
  const world = createWorld(program, kind, random);
  const kernel = kernelOf(world, random);
  const loaded = world.vm.loadProgram({ name: 'prog', insns: withKernel(program.insns), kfunc: kernel, mapByFd: (fd) => world.maps[fd - FIRST_MAP_FD] });
  let steps = 0;
  world.vm.watcher = (step) => {
    steps++;
    const candidates = states.get(step.insnIdx);
    if (candidates === undefined) throw new Wrong(`instruction ${step.insnIdx} runs, and no path leads there`);
    const now = { step, world };
    let why;
    for (const state of candidates) if ((why = misfit(state, now)) === undefined) return;
    throw new Wrong(`instruction ${step.insnIdx}: no state of ${candidates.length} fits; in the last one ${why}`);
  };
  const { fault } = world.vm.run(loaded, world.context);
  if (fault !== undefined && !NOT_JUDGED.includes(fault.kind) && !isExcused(program, states, fault)) throw new Wrong(formatFault(fault));
  return { steps, notJudged: fault === undefined ? 0 : 1 };
}

/** The states of an accepted program by instruction; undefined when it is not accepted, or has too many. */
function acceptedStates(program) {
  const states = new Map();
  let count = 0;
  class TooMany extends Error {}
  try {
    const { verdict } = verify(caseInput(program, vmlinux), {
      prune: false,
      onInsn(state) {
        if (++count > MOST_STATES) throw new TooMany();
        const known = states.get(state.insnIdx);
        if (known === undefined) states.set(state.insnIdx, [state]);
        else known.push(state);
      },
    });
    return verdict === 'accept' ? states : undefined;
  } catch (error) {
    if (error instanceof TooMany || error.code === 'UNSUPPORTED') return undefined;
    throw error;
  }
}

const areas = options.area?.split(',') ?? Object.keys(AREAS).filter((area) => !NOT_RUN.includes(area));
const seed = options.seed === 'any' ? Date.now() % 1_000_000 : Number(options.seed);
const until = options.seconds === undefined ? Infinity : Date.now() + Number(options.seconds) * 1000;
const [first, last] = options.index === undefined ? [0, Number(options.count)] : [Number(options.index), Number(options.index) + 1];
const rows = new Map(areas.map((area) => [area, { programs: 0, judged: 0, runs: 0, notJudged: 0, steps: 0, wrong: 0 }]));
console.log(`seed ${seed}`);
for (let index = first; index < last && Date.now() < until; index++) {
  for (const area of areas) {
    const row = rows.get(area);
    const items = generate(area, seed, index);
    row.programs++;
    if (!CONTEXT_KINDS.has(items.progType)) continue;
    const program = assembleItems(items);
    const states = acceptedStates(program);
    if (states === undefined) continue;
    row.judged++;
    const random = new Random(seed + index);
    for (let run = 0; run < Number(options.runs); run++) {
      try {
        const { steps, notJudged } = runOnce(program, states, random);
        row.runs++;
        row.steps += steps;
        row.notJudged += notJudged;
      } catch (error) {
        if (error instanceof RangeError) break; // A map that vm does not have.
        if (!(error instanceof Wrong)) throw error;
        row.wrong++;
        console.log(`\n${area} ${index} of seed ${seed}, run ${run}: ${error.message}\n${itemsToCase(items, 'unsound')}`);
        process.exitCode = 1;
        break;
      }
    }
  }
}

const titles = ['', 'programs', 'judged', 'runs', 'ended early', 'instructions', 'wrong'];
const lines = [...rows].map(([area, row]) => [area, row.programs, row.judged, row.runs, row.notJudged, row.steps, row.wrong]);
lines.push(['all', ...[1, 2, 3, 4, 5, 6].map((column) => lines.reduce((sum, cells) => sum + cells[column], 0))]);
for (const cells of [titles, ...lines]) console.log(cells.map((cell, column) => (column === 0 ? String(cell).padEnd(12) : String(cell).padStart(13))).join(''));

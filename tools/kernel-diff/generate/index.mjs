// Which random program belongs to this area, seed and index?
import { atomic } from './atomics.mjs';
import { block } from './blocks.mjs';
import { callback, finish, helper, subprogram, tailCall } from './calls.mjs';
import { CONTEXTS, moveContext, readContext, saveContext, writeContext } from './context.mjs';
import { Emitter } from './emitter.mjs';
import { loadPacket } from './load-packet.mjs';
import { counted, mayGoto, unknownTimes } from './loops.mjs';
import { access, change, checkNull, direct, lookup, move } from './map-values.mjs';
import { MAPS } from './maps.mjs';
import { mutate } from './mutate.mjs';
import { arithmetic, branch, linked, source } from './numbers.mjs';
import { lookAgain, packet, packetMath } from './packets.mjs';
import { dynptr, iterate, reference, region } from './kfuncs.mjs';
import { attachRandom, moveObject, readObject, takeObject } from './objects.mjs';
import { Random } from '../../lib/random.mjs';
import { ringbuf, socket } from './references.mjs';
import { castSocket, moveSocket, readSocket, takeSocket, useSocket } from './sockets.mjs';
import { fill, load, pointerMath, spill, store, variable } from './stack.mjs';

const NUMBERS = [[3, source], [8, arithmetic], [3, linked], [6, branch]];
const FEW_NUMBERS = [[2, source], [3, arithmetic], [1, linked], [3, branch]];
const STACK = [[4, store], [4, load], [4, spill], [4, fill], [2, variable], [2, pointerMath]];
const VALUES = [[5, lookup], [2, checkNull], [4, access], [4, move], [2, direct], [2, change]];
const PACKETS = [[6, packet], [3, lookAgain], [1, packetMath]];
const CONTEXT = [[4, readContext], [2, writeContext], [1, saveContext], [1, moveContext]];
const ALL_TYPES = [3, 6, 1, 2, 5, 17, 8];

/** Feature areas: which statements, how often, and in programs of which types. */
export const AREAS = {
  alu: { types: [1, 3, 6], statements: [...NUMBERS] },
  stack: { types: [1, 3], statements: [...STACK, ...FEW_NUMBERS, [1, lookup], [1, saveContext]] },
  maps: { types: [3, 6, 1], statements: [...VALUES, ...FEW_NUMBERS, [1, spill], [1, fill]] },
  packets: { types: [6, 3, 3, 8], statements: [...PACKETS, ...FEW_NUMBERS, [1, spill], [1, fill], [1, helper]], saveContext: true },
  context: { types: ALL_TYPES, statements: [...CONTEXT, ...FEW_NUMBERS] },
  helpers: { types: ALL_TYPES, statements: [[8, helper], [2, lookup], [2, change], ...FEW_NUMBERS], saveContext: true },
  subprograms: { types: [3, 6, 1], statements: [[4, subprogram], ...FEW_NUMBERS, [1, store], [1, load], [1, spill], [1, fill], [1, lookup], [1, access]], saveContext: true },
  global: { types: [3, 6, 1], statements: [[4, subprogram], ...FEW_NUMBERS, [1, store], [1, load], [2, checkNull], [2, access], [1, readContext]], saveContext: true, global: true },
  loops: { types: [3, 6, 1], statements: [[3, counted], [1, unknownTimes], ...FEW_NUMBERS, [1, store], [1, load], [1, lookup], [1, move]] },
  maygoto: { types: [3, 6, 1], statements: [[3, mayGoto], [1, counted], ...FEW_NUMBERS, [1, store], [1, load], [1, lookup], [1, access]] },
  references: { types: [3, 6, 3], statements: [[3, ringbuf], [3, socket], ...FEW_NUMBERS, [1, spill], [1, fill]], saveContext: true },
  sockets: {
    types: [3, 6, 1, 8, 3],
    statements: [[3, takeSocket], [4, readSocket], [3, castSocket], [3, useSocket], [1, moveSocket], [2, socket], [2, spill], [2, fill], ...FEW_NUMBERS],
    saveContext: true,
  },
  objects: {
    types: [26],
    statements: [[4, takeObject], [8, readObject], [2, moveObject], [1, spill], [1, fill], ...FEW_NUMBERS],
    saveContext: true,
    traced: true,
  },
  kfuncs: {
    types: [3, 6, 5, 26],
    statements: [[4, reference], [2, region], [1, iterate], ...FEW_NUMBERS, [1, spill], [1, fill]],
    saveContext: true,
    traced: true,
  },
  iterators: { types: [3, 6, 1], statements: [[4, iterate], ...FEW_NUMBERS, [1, store], [1, load], [1, lookup], [1, access], [1, spill], [1, fill]], saveContext: true },
  dynptrs: { types: [3, 6, 3], statements: [[4, dynptr], [1, iterate], ...FEW_NUMBERS, [1, store], [1, load], [1, spill], [1, fill]], saveContext: true },
  atomics: { types: [3, 6, 1], statements: [[6, atomic], [2, lookup], [1, store], [1, spill], [1, fill], ...FEW_NUMBERS] },
  tailcalls: { types: [3, 6, 2], statements: [[3, tailCall], ...FEW_NUMBERS, [1, subprogram], [1, lookup]], saveContext: true },
  callbacks: { types: [3, 6, 1], statements: [[3, callback], ...FEW_NUMBERS, [1, store], [1, load], [1, access]] },
  ldabs: { types: [1, 3, 1, 6], statements: [[5, loadPacket], [1, packet], ...FEW_NUMBERS, [2, subprogram], [1, ringbuf], [1, spill], [1, fill]], saveContext: true },
  linked: { types: [3, 6, 1], statements: [[6, linked], [4, branch], [3, spill], [3, fill], [2, subprogram], [2, counted], [2, arithmetic], [2, access], [2, lookup]], saveContext: true, length: 60 },
  mix: {
    types: ALL_TYPES,
    statements: [...NUMBERS, ...STACK, ...VALUES, ...PACKETS, ...CONTEXT, [2, helper], [3, subprogram], [2, counted], [1, ringbuf], [2, atomic]],
    saveContext: true,
    length: 60,
  },
};

/** @returns the program as items: `{ progType, attachType, flags, license, maps, items, funcs, structs }` */
export function generate(area, seed, index) {
  const random = new Random(seed, index);
  const row = AREAS[area];
  if (row === undefined) throw new Error(`no area "${area}"; there are ${Object.keys(AREAS).join(', ')}`);
  const progType = random.pick(row.types);
  const target = row.traced === true && progType === 26 ? attachRandom(random) : undefined;
  const program = {
    progType,
    target,
    careless: random.chance(30) ? random.between(2, 10) : 0,
    statements: row.statements,
    areas: { global: row.global === true },
    functions: [],
    places: 0,
  };
  const g = new Emitter(random, program);
  g.budget = random.between(8, row.length ?? 40);
  const main = g.place('main');
  g.set(1, { is: 'ctx' });
  if (random.chance(row.saveContext ? 90 : 25)) saveContext(g);
  while (g.budget > 0) block(g, 1);
  finish(g);
  let items = [...g.items, ...program.functions.flatMap((fn) => fn.items ?? [])];
  if (random.chance(20)) items = mutate(items, random);
  const flags = random.chance(25) ? random.pick([1, 1, 2, 4, 8, 8, 8, 128, 128, 9, 136, 132]) : 0;
  // Callbacks and global functions want BTF, so do tail calls beside functions.
  const withBtf = program.functions.some((fn) => fn.text !== undefined) || (program.functions.length > 0 && random.chance(area === 'tailcalls' ? 90 : 15));
  return {
    progType,
    attachType: target?.attachType ?? 0,
    attachBtfId: target?.id ?? 0,
    attachName: target?.name,
    flags: target?.attachType === 28 && random.chance(30) ? flags | 16 : flags,
    license: random.chance(96) ? 'GPL' : 'MIT',
    maps: MAPS,
    items,
    ...(withBtf && {
      structs: [`${CONTEXTS[progType].struct} ${CONTEXTS[progType].size}`, 'm8 8', 'm16 16'],
      funcs: [
        { place: main, text: `int main(struct ${CONTEXTS[progType].struct} *ctx)` },
        ...program.functions.map((fn) => ({ place: fn.place, text: fn.text ?? `static int ${fn.place}(void)` })),
      ],
    }),
  };
}

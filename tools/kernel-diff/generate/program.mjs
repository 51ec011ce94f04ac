// What is a generated program made of, and how does it become slots?
//
// A list of items: instructions `{ code, dst, src, off, imm, imm2?, to? }` and places `{ place }`. Jumps, calls and subprogram
// addresses name a place in `to`, so that items can be taken out and the rest still means what it meant.
import { rootlet } from '../rootlet.mjs';

const { Insns, buildCaseBtf, disasmKernelLine, progTypeName, LD_IMM64 } = rootlet;

const CALL = 0x85;
const GOTOL = 0x06;

/** Index of the slot at which each item begins. */
function slotIndexes(items) {
  let slot = 0;
  return items.map((item) => {
    const at = slot;
    if (item.place === undefined) slot += item.code === LD_IMM64 ? 2 : 1;
    return at;
  });
}

/**
 * @param {object} program `{ progType, attachType, flags, license, maps, items, funcs?, structs? }`, `funcs` being `{ place, text }`
 * @returns what the judges take
 */
export function assembleItems(program) {
  const { items, funcs = [], structs = [], ...rest } = program;
  const slots = slotIndexes(items);
  const placeSlot = new Map();
  items.forEach((item, idx) => item.place !== undefined && placeSlot.set(item.place, slots[idx]));
  const records = [];
  items.forEach((item, idx) => {
    if (item.place !== undefined) return;
    let { off, imm } = item;
    if (item.to !== undefined) {
      const distance = placeSlot.get(item.to) - slots[idx] - 1;
      if (item.code === CALL || item.code === GOTOL || item.code === LD_IMM64) imm = distance;
      else off = distance;
    }
    records.push({ code: item.code, dst: item.dst, src: item.src, off, imm });
    if (item.code === LD_IMM64) records.push({ code: 0, dst: 0, src: 0, off: 0, imm: item.imm2 ?? 0 });
  });
  const insns = Insns.from(records);
  const btf = funcs.length === 0 ? undefined : buildCaseBtf(structs, funcs.map(({ place, text }) => ({ insnIdx: placeSlot.get(place), text })));
  return { ...rest, insns, btf };
}

/** The program as the text of a case file. */
export function itemsToCase(program, title) {
  const { progType, attachType, flags, license, maps, structs = [], funcs = [] } = program;
  const { insns } = assembleItems(program);
  const targets = new Set(program.items.map((item) => item.to).filter((to) => to !== undefined));
  funcs.forEach(({ place }) => targets.add(place));
  const used = new Set(program.items.filter((item) => item.code === LD_IMM64 && (item.src === 1 || item.src === 2)).map((item) => item.imm));
  const lines = [`# ${title}`, `type ${progTypeName(progType)}`];
  if (attachType !== 0) lines.push(`attach ${attachType}`);
  if (flags !== 0) lines.push(`flags ${flags}`);
  if (license !== 'GPL') lines.push(`license ${license}`);
  for (const map of maps) {
    lines.push(`map ${map.name} ${map.type} key ${map.keySize} value ${map.valueSize} entries ${map.maxEntries}${map.flags ? ` flags ${map.flags}` : ''}${map.inner ? ` inner ${map.inner}` : ''}`);
  }
  structs.forEach((struct) => lines.push(`struct ${struct}`));
  funcs.forEach(({ place, text }) => lines.push(`func ${place} ${text}`));
  lines.push('--- program');
  let slot = 0;
  for (const item of program.items) {
    if (item.place !== undefined) {
      if (targets.has(item.place)) lines.push(`${item.place}:`);
      continue;
    }
    let text = disasmKernelLine(insns, slot).replace(/^\([0-9a-f]{2}\) /, '');
    if (item.code === LD_IMM64) {
      if (item.src === 1) text = `r${item.dst} = map[${maps[item.imm - 1]?.name ?? `fd:${item.imm}`}]`;
      else if (item.src === 2) text = `r${item.dst} = map[${maps[item.imm - 1]?.name ?? `fd:${item.imm}`}][0]+${item.imm2}`;
      else if (item.src === 0) text = `r${item.dst} = 0x${insns.imm64(slot).toString(16)} ll`;
    }
    if (item.to !== undefined && item.code !== LD_IMM64) text = text.replace(/pc[-+]\w+/, item.to);
    lines.push(`  ${text}`);
    slot += item.code === LD_IMM64 ? 2 : 1;
  }
  return lines.join('\n');
}

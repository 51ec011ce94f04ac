// What is a generated program made of, and how does it become slots?
//
// A list of items: instructions `{ code, dst, src, off, imm, imm2?, to? }` and places `{ place }`. Jumps, calls and subprogram
// addresses name a place in `to`, so that items can be taken out and the rest still means what it meant.
import { existsSync, readFileSync } from 'node:fs';
import { rootlet } from '../rootlet.mjs';

const { attachTypeStr, buildCaseBtf, disasmKernelLine, FIRST_MAP_FD, Insns, LD_IMM64, mapTypeStr, parseBtf, progTypeStr } = rootlet;

const VMLINUX = '/sys/kernel/btf/vmlinux';
const vmlinux = existsSync(VMLINUX) ? parseBtf(readFileSync(VMLINUX)) : undefined;
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
  const { progType, flags, license, maps, structs = [], funcs = [] } = program;
  const { insns } = assembleItems(program);
  const targets = new Set([...program.items.map((item) => item.to), ...funcs.map(({ place }) => place)]);
  const lines = [`# ${title}`, `prog ${progTypeStr(progType)}`];
  if (program.attachType) lines.push(`attach ${attachTypeStr(program.attachType)}`);
  if (program.attachName !== undefined) lines.push(`attach_btf ${program.attachName}`);
  if (flags !== 0) lines.push(`flags ${flags}`);
  if (license !== 'GPL') lines.push(`license ${license}`);
  for (const map of usedMaps(program.items, maps)) lines.push(`map ${formatMap(map)}`);
  structs.forEach((struct) => lines.push(`struct ${struct}`));
  funcs.forEach(({ place, text }) => lines.push(`func ${place} ${text}`));
  lines.push('---');
  let slot = 0;
  for (const item of program.items) {
    if (item.place !== undefined) {
      if (targets.has(item.place)) lines.push(`${item.place}:`);
      continue;
    }
    lines.push(`  ${formatItem(item, insns, slot, maps)}`);
    slot += item.code === LD_IMM64 ? 2 : 1;
  }
  return `${lines.join('\n')}\n`;
}

function formatItem(item, insns, slot, maps) {
  if (item.code === LD_IMM64) {
    const name = maps[item.imm - FIRST_MAP_FD]?.name ?? `fd:${item.imm}`;
    if (item.src === 1) return `r${item.dst} = map[${name}]`;
    if (item.src === 2) return `r${item.dst} = map[${name}][0]+${item.imm2}`;
    if (item.src === 0) return `r${item.dst} = 0x${BigInt.asUintN(64, insns.imm64(slot)).toString(16)} ll`;
  }
  const text = disasmKernelLine(insns, slot, { kfuncName: kernelFunction }).replace(/^\([0-9a-f]{2}\) /, '');
  return item.to === undefined || item.code === LD_IMM64 ? text : text.replace(/pc[-+]\w+/, item.to);
}

/** Name of a function of the running kernel. */
function kernelFunction(id) {
  return vmlinux === undefined || id <= 0 || id >= vmlinux.typeCount ? undefined : vmlinux.name(id);
}

/** Those that the program names, with those inside them first. */
function usedMaps(items, maps) {
  const used = new Set();
  for (const item of items) {
    const map = item.code === LD_IMM64 && (item.src === 1 || item.src === 2) ? maps[item.imm - FIRST_MAP_FD] : undefined;
    if (map?.innerMap !== undefined) used.add(map.innerMap);
    if (map !== undefined) used.add(map);
  }
  return used;
}

function formatMap(map) {
  const hex = map.frozenValue === undefined ? '' : ` frozen=${Buffer.from(map.frozenValue).toString('hex')}`;
  const more = `${map.flags === 0 ? '' : ` flags=${map.flags}`}${map.inner === undefined ? '' : ` inner=${map.inner}`}${hex}${map.fields === undefined ? '' : ` fields=${map.fields}`}`;
  return `${map.name}: ${mapTypeStr(map.type)} key=${map.keySize} value=${map.valueSize} entries=${map.maxEntries}${more}`;
}

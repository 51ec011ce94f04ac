// What does the kernel say of a loaded object, in terms that mean the same in each load of it?
//
// Ids and addresses differ from load to load: maps are named, types spelled out. Bundled by tools/info-diff.mjs.
import { formatType, parseBtf } from '@rootlet/btf';
import { BpfObject } from '@rootlet/libbpf';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import * as uapi from '@rootlet/uapi';
import { readFileSync } from 'node:fs';
import { readField, readName } from '../../packages/linux-kernel/src/attr.ts';
import { query } from '../../packages/linux-kernel/src/info-query.ts';

export { BpfObject, LinuxKernel };

const ffi = createKoffiFfi();
const INSN_BYTES = 8;
const LD_IMM64 = 0x18;
const PSEUDO_MAP = new Set([1, 2, 5, 6]);
/** How addresses of the kernel begin. */
const KERNEL_SPACE = 0xffff;
/** Registers' place in the second byte. */
const SRC_SHIFT = 4;

/**
 * @param {import('@rootlet/linux-kernel').LinuxKernel} kernel
 * @param {ReadonlyMap<string, number>} progFds by name
 * @param {ReadonlyMap<string, number>} mapFds by name
 * @returns {Record<string, Record<string, unknown>>} facts by `map NAME`, `program NAME`
 */
export function describe(kernel, progFds, mapFds) {
  const btfs = new Map();
  const btfOf = (id) => {
    if (id === 0) return undefined;
    if (!btfs.has(id)) {
      const fd = kernel.btfFdById(id);
      btfs.set(id, parseBtf(kernel.btfData(fd)));
      kernel.close(fd);
    }
    return btfs.get(id);
  };
  const mapNames = new Map();
  const facts = {};
  for (const [name, fd] of mapFds) {
    mapNames.set(kernel.info(fd).id, name);
    facts[`map ${name}`] = describeMap(kernel, fd, btfOf);
  }
  for (const [name, fd] of progFds) facts[`program ${name}`] = describeProgram(fd, btfOf, mapNames);
  for (const btf of new Set(btfs.values())) facts.btf = { ...facts.btf, ...describeBtf(btf) };
  return facts;
}

function describeMap(kernel, fd, btfOf) {
  const layout = uapi.BPF_MAP_INFO_LAYOUT;
  const info = query(ffi, fd, layout, {});
  const number = (name) => readField(layout, info, name);
  const btf = btfOf(number('btf_id'));
  const type = (id) => (btf === undefined || id === 0 ? undefined : formatType(btf, id));
  const [mapType, entries] = [number('type'), number('max_entries')];
  const values = mapType === uapi.BPF_MAP_TYPE_ARRAY && entries === 1 ? kernel.mapLookup(fd, new Uint8Array(4)) : undefined;
  return {
    name: readName(layout, info, 'name'),
    type: mapType,
    keySize: number('key_size'),
    valueSize: number('value_size'),
    maxEntries: entries,
    flags: number('map_flags'),
    extra: number('map_extra'),
    hasBtf: btf !== undefined,
    key: type(number('btf_key_type_id')),
    value: type(number('btf_value_type_id')),
    vmlinuxValue: number('btf_vmlinux_value_type_id'),
    frozen: /^frozen:\s*1$/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')),
    contents: values === undefined ? undefined : contentsText(values),
  };
}

function describeProgram(fd, btfOf, mapNames) {
  const layout = uapi.BPF_PROG_INFO_LAYOUT;
  const first = query(ffi, fd, layout, {});
  const count = (name) => readField(layout, first, name);
  const room = (bytes) => new Uint8Array(new ArrayBuffer(Math.max(bytes, 1)));
  const [funcRec, lineRec] = [count('func_info_rec_size'), count('line_info_rec_size')];
  const xlated = room(count('xlated_prog_len'));
  const maps = room(count('nr_map_ids') * 4);
  const funcs = room(count('nr_func_info') * funcRec);
  const lines = room(count('nr_line_info') * lineRec);
  const info = query(ffi, fd, layout, {
    xlated_prog_insns: ffi.address(xlated), xlated_prog_len: count('xlated_prog_len'),
    map_ids: ffi.address(maps), nr_map_ids: count('nr_map_ids'),
    ...(count('nr_func_info') > 0 ? { func_info: ffi.address(funcs), nr_func_info: count('nr_func_info'), func_info_rec_size: funcRec } : {}),
    ...(count('nr_line_info') > 0 ? { line_info: ffi.address(lines), nr_line_info: count('nr_line_info'), line_info_rec_size: lineRec } : {}),
  });
  const number = (name) => readField(layout, info, name);
  const btf = btfOf(number('btf_id'));
  const words = (bytes, records, size, length) => Array.from({ length: records }, (_, idx) => Array.from(new Uint32Array(bytes.buffer, idx * size, length)));
  const tagAt = uapi.findField(layout, 'tag').byteOff;
  return {
    name: readName(layout, info, 'name'),
    type: number('type'),
    tag: Buffer.from(info.subarray(tagAt, tagAt + 8)).toString('hex'),
    gpl: number('gpl_compatible'),
    attachBtfId: number('attach_btf_id'),
    verifiedInsns: number('verified_insns'),
    hasBtf: btf !== undefined,
    maps: Array.from(new Uint32Array(maps.buffer, 0, count('nr_map_ids')), (id) => mapNames.get(id) ?? 'another').sort(),
    funcInfo: words(funcs, count('nr_func_info'), funcRec, 2).map(([insnIdx, typeId]) => `${insnIdx} ${btf?.name(typeId)} ${btf === undefined ? '' : formatType(btf, btf.refType(typeId))}`),
    lineInfo: words(lines, count('nr_line_info'), lineRec, 4).map(([insnIdx, file, line, place]) => `${insnIdx} ${btf?.string(file)}:${place >>> 10}:${place & 1023} ${btf?.string(line)}`),
    xlated: Array.from({ length: count('xlated_prog_len') / INSN_BYTES }, (_, idx) => insnText(xlated, idx, mapNames)),
  };
}

/** An instruction in hexadecimal; of a load of a map, its name stands for its id. Where the kernel put a function, or what it knows of a type, differs each time. */
function insnText(bytes, idx, mapNames) {
  const at = idx * INSN_BYTES;
  const text = Buffer.from(bytes.subarray(at, at + INSN_BYTES)).toString('hex');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (slot) => view.getUint32(slot + 4, true);
  // The upper half of such a load is a slot of its own, with opcode 0.
  if (bytes[at] === 0 && isAddress(word(at))) return `${text.slice(0, 8)} address`;
  if (bytes[at] !== LD_IMM64) return text;
  if (PSEUDO_MAP.has(bytes[at + 1] >> SRC_SHIFT)) return `${text.slice(0, 8)} map ${mapNames.get(word(at)) ?? 'another'}`;
  return isAddress(word(at + INSN_BYTES)) ? `${text.slice(0, 8)} address` : text;
}

/** Whether a word is the upper half of an address of the kernel. */
function isAddress(word) {
  return word >>> 16 === KERNEL_SPACE;
}

/** The bytes of a value in hexadecimal, eight by eight; lists that programs keep there point to themselves. */
function contentsText(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = Buffer.from(bytes).toString('hex');
  return Array.from({ length: Math.ceil(bytes.length / 8) }, (_, idx) => (8 * idx + 8 <= bytes.length && isAddress(view.getUint32(8 * idx + 4, true)) ? 'address' : text.slice(16 * idx, 16 * idx + 16)));
}

function describeBtf(btf) {
  const types = Array.from({ length: btf.typeCount }, (_, id) => (id === 0 ? 'void' : JSON.stringify(btf.type(id), (_key, value) => (typeof value === 'bigint' ? `${value}` : value))));
  return { types };
}

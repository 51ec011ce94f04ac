// Which part of the kernel's BTF do the case files need? Ids are kept, what is not needed becomes nameless and empty.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BTF_KIND_FUNC, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF } from './btf-kinds.mjs';

const BTF_KIND_VAR = 14;
const BTF_KIND_FWD = 7;
const BTF_KIND_DECL_TAG = 17;
const HEADER_BYTES = 24;
/** Words behind the first three, by kind: fixed ones, and per element; which of an element's words is a name. */
const FIXED = { 1: 1, 3: 3, 14: 1, 17: 1 };
const PER_ELEMENT = { 4: 3, 5: 3, 6: 2, 13: 2, 15: 3, 19: 3 };
const NAMED_ELEMENTS = [4, 5, 6, 13, 19];

function readCases(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return readCases(path);
    return [readFileSync(path, 'utf8').split(/\n--- (?:accept|reject)/)[0]];
  });
}

/** Types that cases and tables name. */
function findRoots(btf, caseFolder, tableFolder) {
  const roots = new Set();
  const add = (kind, name) => {
    const id = btf.findByNameKind(name, kind);
    if (id !== undefined) roots.add(id);
  };
  for (const text of readCases(caseFolder)) {
    for (const [, name] of text.matchAll(/^attach_btf (\w+)/gm)) [BTF_KIND_TYPEDEF, BTF_KIND_FUNC, BTF_KIND_STRUCT].forEach((kind) => add(kind, name));
    for (const [, name] of text.matchAll(/\bbtf\[(\w+)\]/g)) [BTF_KIND_VAR, BTF_KIND_FUNC].forEach((kind) => add(kind, name));
    for (const [, name] of text.matchAll(/\bcall (\w+)/g)) add(BTF_KIND_FUNC, name);
    for (const [, name] of text.matchAll(/\bstruct (\w+)/g)) add(BTF_KIND_STRUCT, name);
    if (/bpf_cast_to_kern_ctx/.test(text)) add(BTF_KIND_STRUCT, 'bpf_ctx_convert');
    for (const [, id] of text.matchAll(/^\s*r2 = (\d+)$/gm)) if (/bpf_rdonly_cast/.test(text) && Number(id) > 0 && Number(id) < btf.typeCount) roots.add(Number(id));
  }
  for (const file of readdirSync(tableFolder, { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    for (const [, name] of readFileSync(join(tableFolder, file), 'utf8').matchAll(/'(\w+)'/g)) add(BTF_KIND_STRUCT, name);
  }
  for (let id = 1; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_STRUCT && /__safe_/.test(btf.name(id))) roots.add(id);
  return roots;
}

function refsOf(type) {
  const list = [type.type, type.returnType, type.indexType, ...[...(type.members ?? []), ...(type.params ?? []), ...(type.vars ?? [])].map((part) => part.type)];
  return list.filter((id) => typeof id === 'number' && id !== 0);
}

/** @returns the compressed BTF */
export function vmlinuxPart(btf, caseFolder, tableFolder) {
  const keep = new Set();
  const todo = [...findRoots(btf, caseFolder, tableFolder)];
  while (todo.length > 0) {
    const id = todo.pop();
    if (keep.has(id)) continue;
    keep.add(id);
    todo.push(...refsOf(btf.type(id)));
  }
  for (let id = 1; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_DECL_TAG && keep.has(btf.refType(id))) keep.add(id);
  const strings = [''];
  let stringBytes = 1;
  const offsets = new Map([[0, 0]]);
  const nameAt = (off) => {
    if (!offsets.has(off)) {
      const text = btf.string(off);
      offsets.set(off, stringBytes);
      strings.push(text);
      stringBytes += Buffer.byteLength(text) + 1;
    }
    return offsets.get(off);
  };
  const words = [];
  for (let id = 1; id < btf.typeCount; id++) {
    if (!keep.has(id)) {
      words.push(0, BTF_KIND_FWD << 24, 0);
      continue;
    }
    const [all, at] = [btf.recordWords(id), btf.recordIdx(id)];
    const kind = btf.kind(id);
    const per = PER_ELEMENT[kind] ?? 0;
    const length = 3 + (FIXED[kind] ?? 0) + per * btf.vlen(id);
    const record = [...all.subarray(at, at + length)];
    record[0] = nameAt(record[0]);
    if (NAMED_ELEMENTS.includes(kind)) for (let i = 3; i < length; i += per) record[i] = nameAt(record[i]);
    words.push(...record);
  }
  const text = Buffer.from(strings.map((part) => `${part}\0`).join(''));
  const out = Buffer.alloc(HEADER_BYTES + words.length * 4 + text.length);
  out.writeUInt16LE(0xeb9f, 0);
  out.writeUInt8(1, 2);
  [HEADER_BYTES, 0, words.length * 4, words.length * 4, text.length].forEach((value, i) => out.writeUInt32LE(value, 4 + i * 4));
  words.forEach((word, i) => out.writeUInt32LE(word >>> 0, HEADER_BYTES + i * 4));
  text.copy(out, HEADER_BYTES + words.length * 4);
  return gzipSync(out, { level: 9 });
}

// What do the UAPI headers and the running kernel's BTF say?
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AFTER_HEADER, ATTR_NAMES, ENUM_SEEDS, HELPERS_AFTER_HEADER, STRUCTS } from './choice.mjs';

const HEADER = '/usr/include/linux/bpf.h';
const ERRNO = ['/usr/include/asm-generic/errno-base.h', '/usr/include/asm-generic/errno.h'];
const OTHER_HEADERS = ['linux/bpf.h', 'linux/pkt_cls.h', 'linux/if_link.h', 'linux/btf.h'];

/** Everything the generator needs, as plain data. */
export function collectFacts() {
  const types = JSON.parse(
    execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', '/sys/kernel/btf/vmlinux'], { maxBuffer: 1 << 30 }).toString(),
  ).types;
  const header = collectHeader();
  return {
    header: `include/uapi/linux/bpf.h of linux-libc-dev ${packageVersion()}`,
    kernel: `BTF of Linux ${release().split('.').slice(0, 2).join('.')}`,
    enums: mergeEnums(header.enums, types),
    defines: [...new Map([...header.defines, ...AFTER_HEADER])],
    errnos: collectErrnos(),
    helpers: collectHelpers(),
    structs: collectStructs(types),
  };
}

function packageVersion() {
  return execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'linux-libc-dev']).toString();
}

/** Enumerations and numeric macros of the header; the C compiler computes the values. */
function collectHeader() {
  const source = OTHER_HEADERS.map((name) => `#include <${name}>\n`).join('');
  const text = clang(['-E', '-P', '-'], source);
  const groups = [];
  for (const match of text.matchAll(/enum\s*(\w*)\s*\{([^}]*)\}/g)) {
    const members = match[2].split(',').map((part) => part.trim().split(/[\s=]/)[0]).filter(Boolean);
    if (/^(bpf_|xdp_action|sk_action)/.test(match[1]) || (match[1] === '' && members.some((name) => /^(BPF|TCP_BPF)_/.test(name)))) {
      groups.push({ name: match[1], members });
    }
  }
  const macros = [...clang(['-E', '-dM', '-'], source).matchAll(/^#define (\w+) (.+)$/gm)]
    .filter(([, name, body]) => /^(BPF_|TC_ACT_|XDP_|MAX_BPF)/.test(name) && !/^BPF_(TAG_SIZE|TO_|FUNC)/.test(name) && /\d/.test(body))
    .map((match) => match[1]);
  const names = [...new Set([...groups.flatMap((group) => group.members), ...macros])];
  const values = compute(source, names);
  return {
    enums: groups.map((group) => ({ name: group.name, values: group.members.map((name) => [name, values.get(name)]) })),
    defines: macros.map((name) => [name, values.get(name)]).sort((a, b) => (a[0] < b[0] ? -1 : 1)),
  };
}

function clang(args, stdin) {
  return execFileSync('clang-19', ['-x', 'c', ...args], { input: stdin }).toString();
}

/** Values of C constant expressions, computed by a small program. */
function compute(source, names) {
  const dir = mkdtempSync(join(tmpdir(), 'uapi-'));
  try {
    const prints = names.map((name) => `printf("${name} %lld\\n", (long long)(${name}));`).join('\n');
    writeFileSync(join(dir, 'a.c'), `${source}#include <stdio.h>\nint main(void) {\n${prints}\nreturn 0; }\n`);
    execFileSync('clang-19', ['-w', '-o', join(dir, 'a'), join(dir, 'a.c')]);
    const lines = execFileSync(join(dir, 'a')).toString().trim().split('\n');
    return new Map(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/**
 * The header's enumerations with the running kernel's newer members. An unnamed enumeration of BTF belongs to the UAPI when it
 * shares a member with the header or is one of the seeds; all other unnamed ones are the kernel's own.
 */
function mergeEnums(headerEnums, types) {
  const merged = headerEnums.map((group) => ({ name: group.name, values: new Map(group.values) }));
  const owner = new Map(merged.flatMap((group) => [...group.values.keys()].map((name) => [name, group])));
  for (const type of types) {
    if (!type.kind.startsWith('ENUM') || type.values === undefined) continue;
    const known = type.values.find((value) => owner.has(value.name));
    const seed = type.values.some((value) => ENUM_SEEDS.includes(value.name));
    if (known === undefined && !seed) continue;
    const group = known === undefined ? { name: type.name === '(anon)' ? '' : type.name, values: new Map() } : owner.get(known.name);
    if (known === undefined) merged.push(group);
    for (const { name, val } of type.values) {
      const before = group.values.get(name);
      const end = /^__|_MAX|^MAX_/.test(name);
      if (before === undefined || end) group.values.set(name, val);
      else if (before >>> 0 !== val >>> 0 && Math.abs(val) < 2 ** 53) throw new Error(`${name} is ${before} in the header, ${val} in BTF`);
    }
  }
  return merged.map((group) => ({ name: group.name, values: [...group.values] }));
}

function collectErrnos() {
  const found = [];
  for (const file of ERRNO) {
    for (const [, name, value] of readFileSync(file, 'utf8').matchAll(/^#define\s+(E\w+)\s+(\w+)/gm)) {
      const number = /^\d/.test(value) ? Number(value) : found.find((item) => item[0] === value)[1];
      found.push([name, number]);
    }
  }
  // Not in the UAPI headers, yet what bpf(2) answers for features an architecture or a hook lacks.
  return [...found, ['ENOTSUPP', 524]];
}

/** Prototypes of the helpers, from the comment block of the header. */
function collectHelpers() {
  const text = readFileSync(HEADER, 'utf8');
  const ids = new Map([...text.matchAll(/^\tFN\((\w+)\),/gm)].map((match, id) => [match[1], id]));
  const helpers = [];
  for (const [, result, name, args] of text.matchAll(/^ \* ((?:const )?(?:struct )?\w+ \**)bpf_(\w+)\((.*?)\)\s*$/gm)) {
    const id = ids.get(name);
    if (id !== undefined && !helpers.some((helper) => helper[0] === id)) helpers.push([id, name, result.trim(), args]);
  }
  const missing = [...ids].filter(([, id]) => id > 0 && !helpers.some((helper) => helper[0] === id)).map(([name]) => name);
  if (missing.length > 0) throw new Error(`no prototype found for ${missing.join(', ')}`);
  return [...helpers, ...HELPERS_AFTER_HEADER].sort((a, b) => a[0] - b[0]);
}

/** Layouts from BTF; unnamed structs and unions are flattened, named ones inside get dotted names. */
function collectStructs(types) {
  const byId = new Map(types.map((type) => [type.id, type]));
  const result = [];
  for (const name of STRUCTS) {
    const type = types.find((item) => item.name === name && (item.kind === 'STRUCT' || item.kind === 'UNION') && item.members !== undefined);
    if (type === undefined) throw new Error(`no ${name} in BTF`);
    const fields = [];
    // The bpf_attr union is a list of unnamed structs, one per command; each is its own layout.
    if (name === 'bpf_attr') {
      for (const member of type.members) {
        const group = [];
        addMembers(byId, resolve(byId, member.type_id).type, 0, '', group);
        const called = member.name === '(anon)' ? (ATTR_NAMES[group[0].name] ?? group[0].name) : member.name;
        result.push({ name: `bpf_attr.${called}`, size: Math.max(...group.map((field) => field.byteOff + field.size)), fields: group });
      }
      continue;
    }
    addMembers(byId, type, 0, '', fields);
    result.push({ name, size: type.size, fields });
  }
  return result;
}

function addMembers(byId, type, baseBits, prefix, fields) {
  for (const member of type.members) {
    const bits = baseBits + member.bits_offset;
    const { type: inner, pointee, count } = resolve(byId, member.type_id);
    const compound = (inner.kind === 'STRUCT' || inner.kind === 'UNION') && pointee === undefined && count === undefined;
    if (compound && (member.name === '(anon)' || inner.name === '(anon)')) {
      addMembers(byId, inner, bits, member.name === '(anon)' ? prefix : `${prefix}${member.name}.`, fields);
      continue;
    }
    if (member.name === '(anon)') continue;
    const elemSize = pointee === undefined ? inner.size : 8;
    const field = { name: prefix + member.name, byteOff: Math.floor(bits / 8), size: elemSize * (count ?? 1) };
    if (count !== undefined) field.count = count;
    if (pointee !== undefined) field.pointee = pointee;
    if (member.bitfield_size > 0) {
      field.bitOff = bits % 8;
      field.bitSize = member.bitfield_size;
      field.size = Math.ceil((field.bitOff + field.bitSize) / 8);
    }
    fields.push(field);
  }
}

/** Skips typedefs and modifiers; says what a pointer points to and how many elements an array has. */
function resolve(byId, id) {
  let count;
  for (let type = byId.get(id), steps = 0; steps < 32; steps++, type = byId.get(type.type_id)) {
    if (type.kind === 'ARRAY') count = (count ?? 1) * type.nr_elems;
    else if (type.kind === 'PTR') {
      const target = type.type_id === 0 ? { type: { name: 'void', kind: 'INT' } } : resolve(byId, type.type_id);
      const word = target.type.kind === 'STRUCT' ? 'struct ' : target.type.kind === 'UNION' ? 'union ' : '';
      return { type, count, pointee: word + target.type.name };
    } else if (!['TYPEDEF', 'CONST', 'VOLATILE', 'RESTRICT', 'TYPE_TAG'].includes(type.kind)) return { type, count };
    else if (type.type_id === 0) return { type: { name: 'void', kind: 'INT', size: 0 }, count };
  }
  throw new Error(`type ${id} does not end`);
}

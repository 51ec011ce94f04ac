// Does a compiler lay out what our header says as the BTF says?
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { readElfSection } from '../lib/elf-section.mjs';

const run = promisify(execFile);
/** clang's time for BTF grows with the square of what there is. */
const CHUNK_TYPES = 800;
const KIND_STRUCT = 4;
const KIND_UNION = 5;
const KIND_TYPEDEF = 8;

/**
 * Compiles the header with one variable that holds everything, and compares each struct and union with what BTF the compiler makes of it:
 * size, and of every member place, width and size.
 *
 * @param {object} lib `@rootlet/btf`
 * @param {object} btf the source
 * @param {string} path of files to write, without ending
 * @param {{ roots?: number[], bigEndian?: boolean }} options `roots`: only these
 * @returns {Promise<{ structs: number, members: number, differences: string[], known: string[] }>}
 */
export async function compareLayouts(lib, btf, path, { roots, bigEndian = false }) {
  const header = [...lib.dumpC(btf, roots === undefined ? {} : { roots })].join('');
  const types = definedTypes(header);
  if (types.length === 0) return { structs: 0, members: 0, differences: [], known: [] };
  writeFileSync(`${path}.h`, header);
  const made = new Map();
  for (let at = 0; at < types.length; at += CHUNK_TYPES) {
    const chunk = types.slice(at, at + CHUNK_TYPES);
    const compiled = await compile(lib, path, chunk, bigEndian);
    if (typeof compiled === 'string') return { structs: 0, members: 0, differences: [compiled], known: [] };
    const wanted = new Set(chunk);
    for (const [name, layouts] of collect(lib, compiled, allIds(compiled), wanted)) made.set(name, [...(made.get(name) ?? []), ...layouts]);
  }
  return compare(collect(lib, btf, roots ?? allIds(btf)), made);
}

function allIds(btf) {
  return Array.from({ length: btf.typeCount - 1 }, (_, idx) => idx + 1);
}

/** BTF of a program with one variable that holds all these types; why there is none when clang refuses. */
async function compile(lib, path, types, bigEndian) {
  writeFileSync(`${path}.c`, `#include "${path}.h"\nunion rootlet_all {\n${types.map((type, idx) => `\t${type} m${idx};\n`).join('')}} rootlet_all;\n`);
  try {
    await run('clang-19', ['-target', bigEndian ? 'bpfeb' : 'bpfel', '-g', '-O0', '-c', '-Wno-everything', '-ferror-limit=5', `${path}.c`, '-o', `${path}.o`], { maxBuffer: 1 << 24 });
  } catch (error) {
    return `the header does not compile: ${String(error.stderr ?? error.message).split('\n').find((line) => line.includes('error')) ?? error.message}`;
  }
  return lib.parseBtf(new Uint8Array(bigEndian ? await extractSection(path) : readElfSection(readFileSync(`${path}.o`), '.BTF')));
}

/** The ELF reader of the tools is for little-endian files. */
async function extractSection(path) {
  await run('llvm-objcopy-19', ['--dump-section', `.BTF=${path}.btf`, `${path}.o`, '/dev/null']);
  return readFileSync(`${path}.btf`);
}

/** `struct a`, `union b`, and typedefs of anonymous ones. */
function definedTypes(header) {
  const types = [...header.matchAll(/^(struct|union) ([^\s{;]+) \{/gm)].map(([, tag, name]) => `${tag} ${name}`);
  for (const [, name] of header.matchAll(/^typedef (?:struct|union) \{(?:\n(?:\t[^\n]*\n)*)?\}(?: __attribute__\(\(packed\)\))? (\w+);$/gm)) types.push(name);
  return types;
}

/** Layouts by kind and name, without the number that tells names apart. @returns {Map<string, string[][]>} */
function collect(lib, btf, ids, only) {
  const found = new Map();
  const add = (tag, name, id) => {
    if (only !== undefined && !only.has(`${tag}${name}`)) return;
    const key = `${tag}${name.replace(/___\d+$/, '')}`;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(describe(lib, btf, id, 0));
  };
  for (const id of ids) {
    const kind = btf.kind(id);
    const name = btf.name(id);
    if ((kind === KIND_STRUCT || kind === KIND_UNION) && name !== '' && name !== 'rootlet_all') add(kind === KIND_STRUCT ? 'struct ' : 'union ', name, id);
    else if (kind === KIND_TYPEDEF) {
      const target = btf.refType(id);
      if ((btf.kind(target) === KIND_STRUCT || btf.kind(target) === KIND_UNION) && btf.name(target) === '') add('', name, target);
    }
  }
  return found;
}

/** One line for the size and one for each member; members of anonymous ones below them. */
function describe(lib, btf, id, depth) {
  const type = btf.type(id);
  const lines = [`size ${type.size}`];
  for (const member of type.members) {
    const target = btf.resolveType(member.type);
    const kind = btf.kind(target);
    const isAnonymous = (kind === KIND_STRUCT || kind === KIND_UNION) && btf.name(target) === '';
    // Compilers describe no padding.
    if (member.name === '' && !isAnonymous) continue;
    const width = member.bitfieldSize === 0 ? `${sizeOf(btf, member.type)} bytes` : `${member.bitfieldSize} bits`;
    lines.push(`${member.name} at ${member.bitOff}: ${width}`);
    if (isAnonymous && depth < 32) lines.push(...describe(lib, btf, target, depth + 1).map((line) => `  ${line}`));
  }
  return lines;
}

function sizeOf(btf, id) {
  try {
    return btf.resolveSize(id);
  } catch {
    return 'no';
  }
}

function compare(wanted, made) {
  const differences = [];
  const known = [];
  let structs = 0;
  let members = 0;
  for (const [name, layouts] of wanted) {
    const others = [...(made.get(name) ?? [])];
    for (const layout of layouts) {
      structs++;
      members += layout.length - 1;
      const at = others.findIndex((other) => other.length === layout.length && other.every((line, idx) => line === layout[idx]));
      if (at >= 0) {
        // Of equal ones each counts once, but the same struct may stand twice in a BTF that was not deduplicated.
        if (others.length > 1) others.splice(at, 1);
        continue;
      }
      const other = others[0] ?? [];
      const line = layout.findIndex((text, idx) => text !== other[idx]);
      const list = isKnown(name, layout) ? known : differences;
      list.push(`${name}: ${layout[line] ?? 'end'}, compiled ${other[line] ?? 'not there'}`);
    }
  }
  return { structs, members, differences, known };
}

/** What C cannot say for BPF: x86-64's va_list is a pointer there, and pahole loses the members of a transparent union but not its size. */
function isKnown(name, layout) {
  return name === 'struct warn_args' || (layout.length === 1 && layout[0] !== 'size 0');
}

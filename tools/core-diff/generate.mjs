// Which questions can C ask about a kernel's types?
//
// C sources whose functions ask CO-RE questions about structs, unions, enumerations and typedefs of a BTF: once in the BTF's own words (with
// a header dumped from it), once in definitions of our own that are right, wrong, or of another flavour.

const INT = 1, PTR = 2, ARRAY = 3, STRUCT = 4, UNION = 5, ENUM = 6, FWD = 7, TYPEDEF = 8, FUNC_PROTO = 13, ENUM64 = 19;
const KEYWORDS = new Set(['new', 'class', 'private', 'this', 'template', 'operator', 'typeof', 'asm', 'inline', 'register', 'default', 'int', 'long', 'char', 'signed', 'unsigned', 'float', 'double', 'bool', '_Bool', '__int128']);

/** A small deterministic generator of numbers. */
export function createRandom(seed) {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  for (let i = 0; i < 8; i++) next();
  return { below: (n) => next() % n, pick: (list) => list[next() % list.length], chance: (percent) => next() % 100 < percent };
}

const HEAD = `#define SEC(name) __attribute__((section(name), used))
#define INFO(field, kind) __builtin_preserve_field_info(field, kind)
#define TYPE(type, kind) __builtin_preserve_type_info(*(type *)0, kind)
#define TYPE_ID(type, kind) __builtin_btf_type_id(*(type *)0, kind)
#define VALUE(type, value, kind) __builtin_preserve_enum_value(*(type *)value, kind)
`;
const TAIL = 'char _license[] SEC("license") = "GPL";\n';

function isName(text) {
  return /^[A-Za-z_]\w*$/.test(text) && !KEYWORDS.has(text);
}

/** Ids of types that can be named in C, by name; those whose name two types have are left out unless `doubles`. */
function namedTypes(btf, kinds, doubles = false) {
  const byName = new Map();
  for (let id = 1; id < btf.typeCount; id++) {
    if (!kinds.includes(btf.kind(id))) continue;
    const name = btf.name(id);
    if (!isName(name)) continue;
    byName.set(name, byName.has(name) && !doubles ? 0 : id);
  }
  return [...byName.values()].filter((id) => id !== 0);
}

function tagOf(btf, id) {
  const kind = btf.kind(id);
  const word = kind === STRUCT ? 'struct ' : kind === UNION ? 'union ' : kind === ENUM || kind === ENUM64 ? 'enum ' : '';
  return `${word}${btf.name(id)}`;
}

/** A path to a random field: `.a.b[3]`, and what is there. */
function randomPath(btf, random, rootId) {
  let id = rootId;
  let text = '';
  let bitfield = false;
  for (let depth = 0; depth < 6; depth++) {
    const kind = btf.kind(id);
    if (kind === STRUCT || kind === UNION) {
      const { members } = btf.type(id);
      if (members.length === 0) break;
      const member = random.pick(members);
      if (member.name === '') {
        const inner = btf.resolveType(member.type);
        if (btf.kind(inner) !== STRUCT && btf.kind(inner) !== UNION) break;
        id = inner;
        continue;
      }
      if (!isName(member.name)) break;
      text += `.${member.name}`;
      bitfield = member.bitfieldSize > 0;
      id = btf.resolveType(member.type);
    } else if (kind === ARRAY) {
      const array = btf.type(id);
      if (array.nelems === 0 && !random.chance(30)) break;
      text += `[${random.below(Math.max(1, Math.min(array.nelems, 40)))}]`;
      id = btf.resolveType(array.type);
    } else break;
    if (random.chance(45)) break;
  }
  return text === '' || !/[\w]/.test(text) ? undefined : { text, id, bitfield };
}

function isScalar(btf, id) {
  const kind = btf.kind(id);
  return (kind === INT && btf.rawSize(id) <= 8) || kind === PTR || kind === ENUM || kind === ENUM64;
}

/** Questions with a header that holds all types of the BTF. */
export function generateWithHeader(btf, random, count, headerPath, prefix = 'h') {
  const structs = namedTypes(btf, [STRUCT, UNION]);
  const typedefs = namedTypes(btf, [TYPEDEF]);
  const enums = namedTypes(btf, [ENUM, ENUM64]);
  // Few roots, many questions each: candidates are narrowed by what was asked before.
  const roots = Array.from({ length: Math.max(8, count >> 3) }, () => random.pick(structs));
  const lines = [`#include "${headerPath}"`, HEAD];
  for (let n = 0; lines.length < count + 2 && n < count * 20; n++) {
    const name = `${prefix}${lines.length}`;
    const what = random.below(100);
    if (what < 75) {
      const root = random.pick(roots);
      const path = randomPath(btf, random, root);
      if (path === undefined) continue;
      const tag = tagOf(btf, root);
      const field = random.chance(4) ? `((${tag} *)ctx)[${1 + random.below(5)}]${path.text}` : `((${tag} *)ctx)->${path.text.slice(1)}`;
      const isElement = path.text.endsWith(']');
      if (isScalar(btf, path.id) && !isElement && random.chance(35)) {
        const store = random.chance(25) && btf.kind(path.id) === INT && !path.bitfield;
        lines.push(store ? `SEC("socket") int ${name}(void *ctx) { ${field} = ${random.below(100)}; return 0; }` : `SEC("socket") long ${name}(void *ctx) { return (long)${field}; }`);
      } else {
        lines.push(`SEC("socket") int ${name}(void *ctx) { return INFO(${field}, ${isElement || !isScalar(btf, path.id) ? random.below(3) : btf.kind(path.id) === PTR ? random.pick([0, 1, 2, 4, 5]) : random.below(6)}); }`);
      }
    } else if (what < 90) {
      const id = random.pick(random.chance(60) ? structs : random.chance(60) ? typedefs : enums);
      const tag = tagOf(btf, id);
      lines.push(`SEC("socket") int ${name}(void *ctx) { return ${random.chance(70) ? `TYPE(${tag}, ${random.pick([0, 1, 2, 2])})` : `TYPE_ID(${tag}, ${random.below(2)})`}; }`);
    } else {
      const id = random.pick(enums);
      const values = btf.type(id).values.filter((value) => isName(value.name));
      if (values.length === 0) continue;
      lines.push(`SEC("socket") long ${name}(void *ctx) { return VALUE(${tagOf(btf, id)}, ${random.pick(values).name}, ${random.below(2)}); }`);
    }
  }
  return `${lines.join('\n')}\n${TAIL}`;
}

/** Questions with definitions of our own: right ones, wrong ones, flavours. */
export function generateOwn(btf, random, count, prefix = 'o') {
  const structs = namedTypes(btf, [STRUCT, UNION], true);
  const enums = namedTypes(btf, [ENUM, ENUM64]);
  const typedefs = namedTypes(btf, [TYPEDEF]);
  const definitions = [];
  const functions = [];
  const declared = new Set();
  let serial = 0;
  const flavour = (name) => (random.chance(8) ? `${name}____x${serial++}` : `${name}___${random.pick(['v', 'old', 'x', '1'])}${serial++}`);

  const enumName = (id) => {
    const name = flavour(isName(btf.name(id)) ? btf.name(id) : 'anon_enum');
    const { values, size, signed } = btf.type(id);
    const lines = values.filter((one) => isName(one.name) && random.chance(70)).map((one) => `${one.name}___e${serial++} = ${size > 4 ? `${one.value}${signed ? 'LL' : 'ULL'}` : Number(one.value) | 0}`);
    if (random.chance(15)) lines.push(`MISSING___e${serial++} = ${random.chance(30) ? '0x1234567890ULL' : '5'}`);
    if (lines.length === 0) lines.push(`NOTHING___e${serial++}`);
    definitions.push(`enum ${name} { ${lines.join(', ')} };`);
    return { name, values: lines.map((line) => line.split(' ')[0].replace(/,$/, '')) };
  };

  /** A declarator of a field: its own type, or another. */
  const field = (typeId, name, bits, depth) => {
    const id = btf.resolveType(typeId);
    const kind = btf.kind(id);
    if (random.chance(6)) return `${random.pick(['int', 'unsigned long', 'char', 'void *', 'short', 'struct nothing *', 'unsigned int', 'signed char'])} ${name}`;
    const width = bits > 0 ? ` : ${random.chance(80) ? bits : 1 + random.below(8)}` : '';
    switch (kind) {
      case INT: {
        const size = random.chance(90) ? btf.rawSize(id) : random.pick([1, 2, 4, 8]);
        if (size > 8) return `__int128 ${name}`;
        const signed = ((btf.type(id).encoding & 1) !== 0) !== random.chance(10);
        const word = { 1: 'char', 2: 'short', 4: 'int', 8: 'long long' }[size];
        return `${signed ? 'signed' : 'unsigned'} ${word} ${name}${width !== '' && bits > 8 * size ? '' : width}`;
      }
      case PTR: {
        const to = btf.resolveType(btf.refType(id));
        if (btf.kind(to) === FUNC_PROTO) {
          const { params } = btf.type(to);
          const names = params.map((param) => simple(param.type, random.chance(95)));
          if (random.chance(10)) names.pop();
          return `${simple(btf.type(to).returnType, true)} (*${name})(${names.length === 0 ? 'void' : names.join(', ')})`;
        }
        return `${simple(to, random.chance(90))} *${name}`;
      }
      case ARRAY: {
        const { type, nelems } = btf.type(id);
        const count = random.chance(75) ? nelems : nelems + random.below(4);
        return field(type, `${name}[${count}]`, 0, depth);
      }
      case STRUCT:
      case UNION:
        return `struct ${random.chance(90) ? '' : ''}${composite(id, depth - 1)} ${name}`.replace('struct ', kind === UNION ? 'union ' : 'struct ');
      case ENUM:
      case ENUM64:
        return random.chance(70) && btf.rawSize(id) <= 4 ? `enum ${enumName(id).name} ${name}${width}` : `unsigned int ${name}${width}`;
      default:
        return `int ${name}`;
    }
  };
  /** What stands behind a pointer or in a prototype. */
  const simple = (typeId, right) => {
    const id = btf.resolveType(typeId);
    const kind = btf.kind(id);
    if (!right) return random.pick(['struct other', 'int', 'char', 'void *']);
    if ((kind === STRUCT || kind === UNION || kind === FWD) && isName(btf.name(id))) {
      const word = kind === UNION || (kind === FWD && btf.type(id).union) ? 'union' : 'struct';
      const name = `${word} ${btf.name(id)}${random.chance(30) ? `___p${serial++}` : ''}`;
      if (!declared.has(name)) definitions.push(`${name};`);
      declared.add(name);
      return name;
    }
    if (kind === INT) return `${(btf.type(id).encoding & 1) !== 0 ? 'signed' : 'unsigned'} ${{ 1: 'char', 2: 'short', 4: 'int', 8: 'long long' }[btf.rawSize(id)] ?? 'int'}`;
    if (kind === PTR) return `${simple(btf.refType(id), true)} *`;
    if (id === 0) return 'void';
    return 'int';
  };

  /** Defines a struct or union of its own flavour. @returns its name */
  const known = new Map();
  const composite = (id, depth, isRoot = false) => {
    const name = flavour(isName(btf.name(id)) ? btf.name(id) : 'anon_struct');
    const body = depth < 0 ? 'int too_deep;' : members(id, depth, isRoot);
    definitions.push(`${btf.kind(id) === UNION ? 'union' : 'struct'} ${name} { ${body.text ?? body} } __attribute__((preserve_access_index));`);
    known.set(name, body.fields ?? []);
    return name;
  };
  const members = (id, depth, isRoot) => {
    const all = btf.type(id).members;
    const fields = [];
    const keep = random.pick([100, 60, 30]);
    const texts = [];
    const limit = isRoot ? 30 : 6;
    const start = all.length > limit ? random.below(all.length - limit) : 0;
    for (const member of all.slice(start, start + limit)) {
      if (!random.chance(keep)) continue;
      if (member.name === '') {
        const inner = btf.resolveType(member.type);
        if (btf.kind(inner) !== STRUCT && btf.kind(inner) !== UNION) continue;
        const body = members(inner, depth, false);
        if (random.chance(30)) texts.push(body.text);
        else texts.push(`${btf.kind(inner) === UNION ? 'union' : 'struct'} { ${body.text} };`);
        fields.push(...body.fields);
        continue;
      }
      if (!isName(member.name)) continue;
      const name = random.chance(94) ? member.name : `${member.name}_renamed`;
      if (fields.some((one) => one.name === name)) continue;
      const type = random.chance(97) ? member.type : random.pick(all).type;
      const text = field(type, name, member.bitfieldSize, depth);
      texts.push(`${text};`);
      fields.push({ name, text });
    }
    if (random.chance(8) || texts.length === 0) {
      const name = `added${serial++}`;
      texts.push(`int ${name};`);
      fields.push({ name, text: `int ${name}` });
    }
    return { text: texts.join(' '), fields };
  };

  while (functions.length < count) {
    const what = random.below(100);
    const name = () => `${prefix}${functions.length}`;
    if (what < 80) {
      const id = random.pick(structs);
      const word = btf.kind(id) === UNION ? 'union' : 'struct';
      const own = composite(id, 2, true);
      const tag = `${word} ${own}`;
      for (const kind of [0, 1, 2, 2]) if (random.chance(25)) functions.push(`SEC("socket") int ${name()}(void *ctx) { return TYPE(${tag}, ${kind}); }`);
      if (random.chance(10)) functions.push(`SEC("socket") int ${name()}(void *ctx) { return TYPE_ID(${tag}, ${random.below(2)}); }`);
      for (const one of known.get(own)) {
        const isArray = /\[/.test(one.text);
        const field = `((${tag} *)ctx)->${one.name}`;
        if (random.chance(60)) functions.push(`SEC("socket") int ${name()}(void *ctx) { return INFO(${field}, ${askable(one.text, random)}); }`);
        const isNumber = /^(signed|unsigned) |\*|^enum/.test(one.text) && !isArray && !/\(/.test(one.text);
        if (isNumber && random.chance(40)) functions.push(`SEC("socket") long ${name()}(void *ctx) { return (long)${field}; }`);
        if (/^(signed|unsigned) /.test(one.text) && !isArray && random.chance(10)) functions.push(`SEC("socket") int ${name()}(void *ctx) { ${field} = 7; return 0; }`);
        if (isArray && !/\[0\]/.test(one.text) && !/\(/.test(one.text)) functions.push(`SEC("socket") int ${name()}(void *ctx) { return INFO(${field}[0], ${random.below(3)}); }`);
        if (isArray && random.chance(60)) functions.push(`SEC("socket") long ${name()}(void *ctx) { return *(${random.pick(['unsigned char', 'unsigned short', 'unsigned', 'unsigned long'])} *)&${field}; }`);
        const inner = /^(struct|union) (\w+) [^*]*$/.exec(one.text);
        const innerFields = inner && !isArray ? known.get(inner[2]) : undefined;
        const innerField = innerFields?.length > 0 ? random.pick(innerFields) : undefined;
        if (innerField !== undefined) functions.push(`SEC("socket") int ${name()}(void *ctx) { return INFO(${field}.${innerField.name}, ${askable(innerField.text, random)}); }`);
      }
    } else if (what < 92) {
      const own = enumName(random.pick(enums));
      for (const value of own.values.slice(0, 6)) functions.push(`SEC("socket") long ${name()}(void *ctx) { return VALUE(enum ${own.name}, ${value}, ${random.below(2)}); }`);
      functions.push(`SEC("socket") int ${name()}(void *ctx) { return TYPE(enum ${own.name}, ${random.below(3)}); }`);
    } else {
      const id = random.pick(typedefs);
      const own = flavour(btf.name(id));
      const text = field(btf.refType(id), own, 0, 1);
      definitions.push(`typedef ${text};`);
      functions.push(`SEC("socket") int ${name()}(void *ctx) { return TYPE(${own}, ${random.below(3)}); }`);
    }
  }
  return `${HEAD}${definitions.join('\n')}\n${functions.join('\n')}\n${TAIL}`;
}

/** A kind of question that clang takes for a field: it knows the sign of numbers only. */
function askable(text, random) {
  if (/\[|\(/.test(text) || /^(struct|union) [^*]*$/.test(text)) return random.below(3);
  return text.includes('*') ? random.pick([0, 1, 2, 4, 5]) : random.below(6);
}

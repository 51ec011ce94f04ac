// Which objects does the CO-RE benchmark relocate?
const INT = 1;
const PTR = 2;
const STRUCT = 4;
/** Questions that each field is asked: byte offset, size, existence, shifts. */
const KINDS = [0, 1, 2, 4, 5];

/**
 * A C source with a number of questions about a number of structs of a BTF.
 *
 * @param btf the target's BTF
 */
export function coreSource(btf, relos, types) {
  const perType = relos / types;
  const structs = pickStructs(btf, types, Math.ceil(perType / KINDS.length));
  const lines = ['#define SEC(name) __attribute__((section(name), used))'];
  structs.forEach(({ name, fields }, at) => {
    const members = fields.map((field) => (field.isPtr ? `void *${field.name};` : `int ${field.name};`));
    lines.push(`struct ${name} { ${members.join(' ')} } __attribute__((preserve_access_index));`);
    const questions = [];
    for (let n = 0; n < perType; n++) questions.push(`__builtin_preserve_field_info(p->${fields[n % fields.length].name}, ${KINDS[Math.floor(n / fields.length) % KINDS.length]})`);
    lines.push(`SEC("socket") long p${at}(struct ${name} *p) { long r = 0; ${questions.map((text) => `r += ${text};`).join(' ')} return r; }`);
  });
  return `${lines.join('\n')}\nchar _license[] SEC("license") = "GPL";\n`;
}

/** Structs whose name is theirs alone, with enough plain fields. */
function pickStructs(btf, count, fieldCount) {
  const seen = new Map();
  for (let id = 1; id < btf.typeCount; id++) {
    if (btf.kind(id) === STRUCT) seen.set(btf.name(id), seen.has(btf.name(id)) ? 0 : id);
  }
  const picked = [];
  const step = Math.max(1, Math.floor(seen.size / (count * 20)));
  let at = 0;
  for (const [name, id] of seen) {
    if (id === 0 || !/^[a-z]\w+$/.test(name) || name.includes('___') || (count > 1 && at++ % step !== 0)) continue;
    if (count === 1 && name !== 'task_struct') continue;
    const fields = [];
    for (const member of btf.type(id).members) {
      const kind = btf.kind(btf.resolveType(member.type));
      if (member.bitfieldSize === 0 && /^[a-z]\w*$/.test(member.name) && !isKeyword(member.name) && (kind === INT || kind === PTR)) fields.push({ name: member.name, isPtr: kind === PTR });
    }
    if (fields.length < fieldCount) continue;
    picked.push({ name, fields: fields.slice(0, fieldCount) });
    if (picked.length === count) return picked;
  }
  throw new Error(`only ${picked.length} structs with ${fieldCount} fields`);
}

function isKeyword(name) {
  return ['int', 'long', 'char', 'short', 'default', 'register', 'signed', 'unsigned', 'void', 'case', 'if', 'do', 'for', 'auto', 'static', 'enum', 'asm', 'typeof', 'inline'].includes(name);
}

// Which BTFs are hard to deduplicate? What several compilations of overlapping headers leave behind, from a seed.

/**
 * A program of several compilation units. Each sees some of the same declarations: in another order, some only ahead, now and then
 * another one under the same name.
 *
 * @param {typeof import('../../packages/btf/src/index.ts')} api
 * @param {import('./random.mjs').Random} random
 * @param {object} [options]
 * @param {boolean} [options.forwards] whether there are forward declarations
 * @param {boolean} [options.conflicts] whether there are different types of one name
 * @param {boolean} [options.repeats] whether a unit may have the same type twice
 */
export function randomUnits(api, random, { forwards = true, conflicts = true, repeats = false } = {}) {
  const count = 2 + random.below(7);
  const schemas = Array.from({ length: count }, (_, idx) => ({
    // Some share a name, as struct and union, or as two structs.
    name: random.oneIn(12) ? '' : `s${conflicts && random.oneIn(8) ? random.below(count) : idx}`,
    isUnion: random.oneIn(5),
    enums: random.oneIn(6),
    size: 8 * (1 + random.below(4)),
    members: Array.from({ length: random.below(4) }, (__, i) => ({ name: random.oneIn(8) ? '' : `m${i}`, type: typeExpression(random, count, 3), bits: random.oneIn(10) ? 1 + random.below(7) : 0 })),
  }));
  const units = 1 + random.below(5);
  const builder = new api.BtfBuilder();
  for (let unit = 0; unit < units; unit++) emitUnit(api, builder, random, schemas, { forwards, conflicts, repeats });
  return builder;
}

/** A type to be written: how one comes from a schema or scalar to it. */
function typeExpression(random, count, depth) {
  const kind = depth === 0 ? random.below(3) : random.below(12);
  const inner = () => typeExpression(random, count, depth - 1);
  if (kind < 3) return kind === 0 ? { scalar: random.below(4) } : { pointer: { schema: random.below(count) } };
  if (kind < 6) return { pointer: inner() };
  if (kind === 6) return { modifier: random.below(3), of: inner() };
  if (kind === 7) return { array: 1 + random.below(3), of: inner() };
  if (kind === 8) return { typedef: `t${random.below(4)}`, of: inner() };
  if (kind === 9) return { pointer: { proto: inner(), params: Array.from({ length: random.below(3) }, inner) } };
  if (kind === 10) return { tag: 'user', of: inner() };
  return { schema: random.below(count) };
}

function emitUnit(api, builder, random, schemas, { forwards, conflicts, repeats }) {
  const known = new Map();
  const done = new Map();
  const pending = [];
  const order = shuffle(random, schemas.map((_, idx) => idx)).slice(0, 1 + random.below(schemas.length));
  const once = (key, make) => {
    if (!known.has(key) || (repeats && random.oneIn(6))) known.set(key, make());
    return known.get(key);
  };
  const schema = (idx) => {
    if (done.has(idx)) return done.get(idx);
    const one = schemas[idx];
    let id;
    if (one.enums) {
      const isAhead = forwards && one.name !== '' && random.oneIn(4);
      id = builder.addEnum(one.name, 4);
      // In C an enumeration without values is one that is only declared.
      if (!isAhead) for (let i = 0; i <= one.members.length; i++) builder.addEnumValue(`${one.name}_${i}`, i);
    } else if (forwards && one.name !== '' && random.oneIn(3)) {
      id = builder.addFwd(one.name, one.isUnion);
    } else {
      // Members come later, since they may lead back to here: the number is taken by a record that is filled at the end.
      id = { later: idx };
    }
    done.set(idx, id);
    if (typeof id === 'object') {
      const members = one.members.map((member) => ({ ...member, at: conflicts && random.oneIn(25) ? { scalar: random.below(4) } : member.type }));
      // The builder takes members only of the type added last, so the whole is added when all others have numbers.
      id.id = reserve(api, builder, one, members.length);
      pending.push({ id: id.id, one, members });
      done.set(idx, id.id);
    }
    return done.get(idx);
  };
  const type = (expression) => {
    const key = JSON.stringify(expression);
    if (expression.schema !== undefined) return schema(expression.schema);
    if (expression.scalar !== undefined) return once(key, () => [() => builder.addInt('int', 4, 1), () => builder.addInt('char', 1, 3), () => builder.addFloat('double', 8), () => builder.addInt('long', 8, 1)][expression.scalar]());
    if (expression.pointer !== undefined) {
      const to = type(expression.pointer);
      return once(`p${to}`, () => builder.addPtr(to));
    }
    if (expression.modifier !== undefined) {
      const of = type(expression.of);
      return once(`m${expression.modifier}:${of}`, () => [() => builder.addConst(of), () => builder.addVolatile(of), () => builder.addRestrict(of)][expression.modifier]());
    }
    if (expression.array !== undefined) {
      const of = type(expression.of);
      const index = type({ scalar: 0 });
      return once(`a${expression.array}:${of}`, () => builder.addArray(of, index, expression.array));
    }
    if (expression.typedef !== undefined) {
      const of = type(expression.of);
      return once(`t${expression.typedef}:${of}`, () => builder.addTypedef(expression.typedef, of));
    }
    if (expression.tag !== undefined) {
      const of = type(expression.of);
      return once(`g${of}`, () => builder.addTypeTag(expression.tag, of));
    }
    const returns = type(expression.proto);
    const params = expression.params.map((param, i) => ({ name: `p${i}`, type: type(param) }));
    return once(`f${returns}:${params.map((param) => param.type)}`, () => builder.addFuncProto(returns, params));
  };
  for (const idx of order) schema(idx);
  while (pending.length > 0) {
    const { id, one, members } = pending.shift();
    fill(builder, id, members.map((member) => ({ ...member, id: type(member.at) })));
    if (random.oneIn(6)) builder.addDeclTag('tag', id);
    if (random.oneIn(6)) builder.addFunc(`f${one.name}`, once(`f${id}:`, () => builder.addFuncProto(id)), random.below(2));
    if (random.oneIn(8)) builder.addVar(`v${one.name}`, id, 1);
  }
}

/** A struct whose members are known to be so many and are told later. */
function reserve(api, builder, one, count) {
  const id = one.isUnion ? builder.addUnion(one.name, one.size) : builder.addStruct(one.name, one.size);
  for (let i = 0; i < count; i++) {
    const { name, bits } = one.members[i];
    builder.addField(name, 0, 0, bits);
  }
  return id;
}

/** Types of members, for {@link finish} to write into the bytes: the builder itself changes no members. */
function fill(builder, id, members) {
  (builder.patches ??= []).push({ id, members: members.map((member) => member.id) });
}

/** The bytes of what {@link randomUnits} built, members filled in. */
export function finish(api, builder) {
  const bytes = builder.encode();
  const btf = api.parseBtf(bytes);
  const patched = new DataView(bytes.buffer, bytes.byteOffset + 24);
  for (const { id, members } of builder.patches ?? []) members.forEach((type, i) => patched.setUint32(4 * (btf.recordIdx(id) + 3 + 3 * i + 1), type, true));
  return bytes;
}

function shuffle(random, list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

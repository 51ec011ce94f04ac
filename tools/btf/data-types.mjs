// Which types does a compiler rarely make, and printing must get right all the same?

/**
 * A BTF of them, each inside of structs, unions and arrays.
 *
 * @param {typeof import('../../packages/btf/src/index.ts')} api
 */
export function buildOddTypes(api) {
  const builder = new api.BtfBuilder();
  const scalars = [
    builder.addInt('char', 1, api.BTF_INT_SIGNED | api.BTF_INT_CHAR), builder.addInt('char', 1), builder.addInt('signed char', 1, api.BTF_INT_SIGNED),
    builder.addInt('unsigned char', 1), builder.addInt('_Bool', 1, api.BTF_INT_BOOL), builder.addInt('short', 2, api.BTF_INT_SIGNED),
    builder.addInt('unsigned short', 2), builder.addInt('int', 4, api.BTF_INT_SIGNED), builder.addInt('unsigned int', 4),
    builder.addInt('long long', 8, api.BTF_INT_SIGNED), builder.addInt('unsigned long', 8), builder.addInt('__int128', 16, api.BTF_INT_SIGNED),
    builder.addInt('unsigned __int128', 16), builder.addFloat('float', 4), builder.addFloat('double', 8), builder.addInt('wide bool', 4, api.BTF_INT_BOOL),
    builder.addFloat('long double', 16),
  ];
  const [char, , , uchar] = scalars;
  const int = scalars[7];
  const ull = scalars[10];
  for (const [size, signed] of [[1, false], [1, true], [2, false], [2, true], [4, false], [4, true], [8, false]]) {
    const id = builder.addEnum(`e${size}${signed ? 's' : ''}`, size, signed);
    scalars.push(id);
    builder.addEnumValue('ZERO', 0);
    builder.addEnumValue('ONE', 1);
    builder.addEnumValue('ALSO_ONE', 1);
    builder.addEnumValue('MANY', 0x41);
    if (signed) builder.addEnumValue('LESS', -1);
  }
  for (const [size, signed] of [[8, false], [8, true], [4, true]]) {
    const id = builder.addEnum64(`w${size}${signed ? 's' : ''}`, size, signed);
    scalars.push(id);
    builder.addEnumValue('WZERO', 0);
    builder.addEnumValue('WONE', 1);
    builder.addEnumValue('WHUGE', 0x4142_4344_4546_4748n);
    if (signed) builder.addEnumValue('WLESS', -1);
  }
  scalars.push(builder.addEnum('', 4), builder.addEnum64('', 8), builder.addPtr(0), builder.addPtr(builder.addConst(char)), builder.addPtr(builder.addFuncProto(int, [{ name: 'a', type: ull }])));
  const named = (id) => builder.addTypedef(`t${id}`, id);
  for (const id of [...scalars]) scalars.push(named(id), builder.addConst(builder.addVolatile(id)));
  scalars.push(builder.addTypeTag('user', int), builder.addRestrict(scalars.find((id) => id > 40)));

  const all = [...scalars];
  for (const id of scalars) for (const nelems of [0, 1, 3, 8]) all.push(builder.addArray(id, int, nelems));
  const arrays = all.slice(scalars.length);
  for (const id of arrays.filter((_, i) => i % 5 === 0)) all.push(builder.addArray(id, int, 2), builder.addArray(named(id), int, 2));

  const sizeOf = sizes(api, builder);
  /** A struct of three such members, beside a byte array and with numbers at both ends. */
  const wrap = (id, idx) => {
    const size = sizeOf(id);
    const add = [() => builder.addStruct(`s${idx}`, 8 * Math.ceil((size * 2 + 24) / 8)), () => builder.addUnion(`u${idx}`, Math.max(8, size)), () => builder.addStruct('', 8 * Math.ceil((size * 2 + 24) / 8))][idx % 3];
    const at = add();
    if (idx % 3 === 1) {
      builder.addField('a', id, 0);
      builder.addField('b', int, 0);
      return at;
    }
    builder.addField('first', int, 0);
    builder.addField('one', id, 64);
    builder.addField('two', id, 64 + 8 * size);
    builder.addField('last', int, 64 + 16 * size);
    return at;
  };
  const composites = all.map(wrap);
  // Nested: by name, without name, in arrays.
  composites.forEach((id, idx) => {
    if (idx % 7 !== 0) return;
    const size = sizeOf(id);
    const outer = builder.addStruct(idx % 2 === 0 ? `o${idx}` : '', size + 16);
    builder.addField('head', int, 0);
    builder.addField(idx % 3 === 0 ? '' : 'inner', id, 64);
    builder.addField('tail', int, 64 + 8 * size);
    builder.addArray(outer, int, 2);
    builder.addArray(id, int, 3);
    builder.addArray(id, int, 0);
  });
  // Bitfields of every sort, crossing bytes, without names.
  const built = builder.build();
  const isInteger = (id) => [api.BTF_KIND_INT, api.BTF_KIND_ENUM, api.BTF_KIND_ENUM64].includes(built.kind(id));
  for (const base of scalars.filter(isInteger)) {
    const size = sizeOf(base);
    for (const widths of [[1, 1, 6], [3, 5, 8], [7, 2, 7], [8 * size - 1, 1], [8 * size]]) {
      // No compiler lays a bitfield across two one-byte enumerations.
      if (widths[1] === 2 && size === 1) continue;
      builder.addStruct(`b${base}_${widths.join('_')}`, 32);
      let bitOff = 0;
      widths.forEach((bits, i) => {
        if (bits <= 8 * size && bits < 128 && bits > 0) builder.addField(i === 1 ? '' : `f${i}`, base, bitOff, bits);
        bitOff += bits;
      });
      builder.addField('after', int, 128);
    }
  }
  // Before 4.20 the integer itself was narrow.
  for (const [bits, off] of [[3, 0], [5, 3], [7, 0]]) {
    const narrow = builder.addInt('narrow', 4, off === 0 ? 0 : api.BTF_INT_SIGNED, bits, off);
    builder.addStruct(`n${bits}_${off}`, 8);
    builder.addField('x', narrow, 0);
    builder.addField('y', narrow, 8);
    builder.addField('z', narrow, 35);
  }
  // Text and a flexible array at the end.
  const comm = builder.addArray(char, int, 16);
  builder.addStruct('task', 28);
  builder.addField('pid', int, 0);
  builder.addField('comm', comm, 32);
  builder.addField('bytes', builder.typeCount, 160);
  builder.addField('after', int, 192);
  builder.addArray(uchar, int, 4);
  builder.addArray(comm, int, 2);
  // Behind a variable, in a section, a function, nothing at all.
  const variable = builder.addVar('v', int, api.BTF_VAR_GLOBAL_ALLOCATED);
  const texts = builder.addVar('texts', comm, api.BTF_VAR_STATIC);
  const ext = builder.addVar('ext', int, api.BTF_VAR_GLOBAL_EXTERN);
  builder.addDatasec('.data', 24, [{ type: variable, byteOff: 0, size: 4 }, { type: texts, byteOff: 4, size: 16 }, { type: ext, byteOff: 20, size: 4 }]);
  builder.addFunc('f', builder.addFuncProto(0));
  builder.addFwd('nowhere');
  builder.addFwd('nowhere_too', true);
  builder.addDeclTag('tag', variable);
  return builder;
}

/** Sizes while a BTF is still being built. */
function sizes(api, builder) {
  let btf = builder.build();
  return (id) => {
    if (id >= btf.typeCount) btf = builder.build();
    return btf.resolveSize(id);
  };
}

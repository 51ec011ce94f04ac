// What may be broken about CO-RE records, the instructions they point at, and the types of either side?

/** Broken variants of an object, and a target made of its own types, broken too. */
export function mutateObject(bytes, random, btfPackage, core, count) {
  const elf = core.parseElf(bytes);
  const local = btfPackage.parseBtf(core.findSection(elf, '.BTF').data.bytes);
  return { target: mutateTarget(local, random, btfPackage), mutants: Array.from({ length: count }, () => mutate(bytes, elf, local, random)) };
}

function mutate(original, elf, local, random) {
  const bytes = Uint8Array.from(original);
  const data = new DataView(bytes.buffer);
  const accesses = accessStrings(local);
  const { records, sections } = listRecords(elf, local, data, '.BTF.ext');
  const changes = random.pick([0, 1, 3, 8]);
  for (let n = 0; n < changes; n++) {
    const { at, section } = random.pick(records);
    const insn = sections.get(section).byteOff + data.getUint32(at, true);
    switch (random.below(9)) {
      case 0:
      case 1:
        data.setUint32(at + 4, random.below(local.typeCount), true);
        break;
      case 2:
      case 3:
        data.setUint32(at + 8, random.pick(accesses), true);
        break;
      case 4:
        data.setUint32(at + 12, random.below(14), true);
        break;
      case 5:
        bytes[insn] = random.pick([0xb7, 0xb4, 0x07, 0x0f, 0x61, 0x69, 0x71, 0x79, 0x62, 0x63, 0x7b, 0x18, 0x95, 0x05, 0x81, 0x15]);
        break;
      case 6:
        data.setInt32(insn + 4, random.pick([0, 1, 8, -1, 1000]), true);
        break;
      case 7:
        data.setInt16(insn + 2, random.pick([0, 1, 8, -1, 1000]), true);
        break;
      default: {
        // A record of one question on the instruction of another.
        const other = random.pick(records);
        data.setUint32(at + 4, data.getUint32(other.at + 4, true), true);
        data.setUint32(at + 8, data.getUint32(other.at + 8, true), true);
      }
    }
  }
  if (random.chance(20)) mutateTypes(bytes, elf.sections.find(({ name }) => name === '.BTF').byteOff, local, random, 1 + random.below(4));
  return bytes;
}

/** Where each CO-RE record stands in the file. */
function listRecords(elf, local, data, name) {
  const ext = elf.sections.find((section) => section.name === name);
  const base = ext.byteOff;
  const start = base + data.getUint32(base + 4, true) + data.getUint32(base + 24, true);
  const end = start + data.getUint32(base + 28, true);
  const size = data.getUint32(start, true);
  const records = [];
  for (let at = start + 4; at < end; ) {
    const section = local.string(data.getUint32(at, true));
    const count = data.getUint32(at + 4, true);
    at += 8;
    for (let i = 0; i < count; i++, at += size) records.push({ at, section });
  }
  return { records, sections: new Map(elf.sections.map((section) => [section.name, section])) };
}

/** Offsets of strings that look like access strings, and of some that do not. */
function accessStrings(local) {
  const offs = [];
  for (let off = 1; off < local.strings.length; ) {
    const text = local.string(off);
    if (/^[\d:]+$/.test(text)) offs.push(off);
    off += text.length + 1;
  }
  return [...offs, offs[0] + 1, 1];
}

function mutateTarget(local, random, { BtfBuilder, parseBtf }) {
  for (;;) {
    const builder = BtfBuilder.from(local);
    // Namesakes, as candidates that may agree or not.
    for (let n = random.below(12); n > 0; n--) {
      const id = 1 + random.below(local.typeCount - 1);
      builder.addType(local, id);
    }
    const names = [];
    for (let n = 0; n < 12; n++) {
      const name = local.name(1 + random.below(local.typeCount - 1)).replace(/___.*/, '');
      if (name !== '') names.push(builder.addString(`${name}${random.pick(['', '___t', '____t', '___', '___t___u'])}`));
    }
    const target = builder.build();
    const bytes = Uint8Array.from(target.bytes);
    mutateTypes(bytes, 0, target, random, random.pick([0, 3, 20, 80, 200]), names);
    try {
      parseBtf(bytes);
      return bytes;
    } catch {
      continue;
    }
  }
}

/** Changes types in place: names, sizes, members, counts, references, flags. */
function mutateTypes(bytes, base, btf, random, count, names = []) {
  const data = new DataView(bytes.buffer);
  const types = base + data.getUint32(base + 4, true) + data.getUint32(base + 8, true);
  const anyName = () => (names.length > 0 && random.chance(60) ? random.pick(names) : data.getUint32(types + 4 * btf.recordIdx(1 + random.below(btf.typeCount - 1)), true));
  for (let n = 0; n < count; n++) {
    const id = 1 + random.below(btf.typeCount - 1);
    const kind = btf.kind(id);
    const at = types + 4 * btf.recordIdx(id);
    const info = data.getUint32(at + 4, true);
    const vlen = info & 0xffff;
    const set = (word, value) => data.setUint32(at + 4 * word, value, true);
    const get = (word) => data.getUint32(at + 4 * word, true);
    if (random.chance(15)) {
      set(0, random.chance(15) ? 0 : anyName());
      continue;
    }
    if (random.chance(5)) {
      set(1, (info ^ 0x80000000) >>> 0);
      continue;
    }
    switch (kind) {
      case 1:
        if (random.chance(50)) set(2, random.pick([1, 2, 4, 8]));
        else set(3, random.pick([8, 16, 32, 64]) | (random.below(2) << 24) | (random.chance(10) ? 0x10000 : 0));
        break;
      case 3:
        if (random.chance(50)) set(5, random.pick([0, 1, 2, 3, 100]));
        else set(3, 1 + random.below(btf.typeCount - 1));
        break;
      case 4:
      case 5: {
        if (vlen === 0 || random.chance(8)) {
          // Struct and union, by turns.
          set(1, (info ^ (1 << 24)) >>> 0);
          break;
        }
        const member = 3 + 3 * random.below(vlen);
        const other = 3 + 3 * random.below(vlen);
        const what = random.below(6);
        if (what === 0) set(member, random.chance(20) ? 0 : get(other));
        else if (what === 1) set(member + 1, get(other + 1));
        else if (what === 2) set(member + 1, 1 + random.below(btf.typeCount - 1));
        else if (what === 3) set(member + 2, get(other + 2));
        else if (what === 4) set(member + 2, ((random.chance(60) ? 0 : random.below(40)) << 24) | random.below(5000));
        else set(2, random.below(500));
        break;
      }
      case 6:
        if (vlen > 0) set(3 + 2 * random.below(vlen), get(3 + 2 * random.below(vlen)));
        break;
      case 19:
        if (vlen > 0) set(3 + 3 * random.below(vlen), get(3 + 3 * random.below(vlen)));
        break;
      case 2:
      case 8:
      case 9:
      case 10:
      case 11:
        // Never itself: a chain without end is another test's matter.
        set(2, random.chance(10) ? 0 : 1 + random.below(Math.max(1, id - 1)));
        break;
      case 13:
        if (vlen > 0) set(3 + 2 * random.below(vlen) + 1, 1 + random.below(Math.max(1, id - 1)));
        break;
      default:
        break;
    }
  }
}

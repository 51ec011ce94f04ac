// Which small mistakes make a program wrong in ways that no statement thinks of?

/** One to three changes of single instructions. */
export function mutate(items, random) {
  const copy = items.map((item) => ({ ...item }));
  for (let count = random.between(1, 3); count > 0; count--) {
    const at = random.below(copy.length);
    const item = copy[at];
    if (item.place !== undefined) continue;
    switch (random.below(9)) {
      case 0:
        copy.splice(at, 1);
        break;
      case 1:
        copy.splice(at, 0, { ...item });
        break;
      case 2:
        item.dst = random.below(11);
        break;
      case 3:
        item.src = item.code === 0x18 ? item.src : random.below(11);
        break;
      case 4:
        item.off += random.pick([1, -1, 4, -4, 8]);
        break;
      case 5:
        if (item.code !== 0x18) item.imm = random.imm();
        break;
      case 6:
        // Another size, or 32 bits in place of 64.
        if ((item.code & 7) < 4) item.code ^= random.pick([0x08, 0x10, 0x18]);
        else item.code ^= [5, 6].includes(item.code & 7) ? 3 : 3;
        break;
      case 7:
        if (item.code !== 0x18) item.code ^= 8;
        break;
      default: {
        const places = copy.filter((other) => other.place !== undefined);
        if (item.to !== undefined && item.code !== 0x85) item.to = random.pick(places).place;
      }
    }
  }
  return copy;
}

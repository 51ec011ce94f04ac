// How do programs read, write and move packets?

export const packets = {
  name: 'packets',
  fits: (kind) => kind.packet !== undefined,
  statements: [
    { weight: 16, write: packet },
    { weight: 3, write: move },
  ],
};

/** Declares the packet's bounds. @returns `{ data, end }` their names */
export function bounds(w) {
  const [data, end] = [w.name('d'), w.name('e')];
  w.emit(`__u8 *${data} = ${w.kind.packet.start}, *${end} = ${w.kind.packet.end};`);
  return { data, end };
}

function packet(w) {
  const { random } = w;
  const { data, end } = bounds(w);
  const length = random.pick([1, 2, 4, 14, 20, 34, 54]);
  let place = data;
  if (random.chance(50)) {
    place = w.name('q');
    const index = w.index(random.pick([16, 64, 256, 1024]));
    w.emit(`__u8 *${place} = ${data} + ${index}${random.chance(40) ? ` + ${random.between(1, 40)}` : ''};`);
  }
  if (!w.slips()) w.emit(`if (${place} + ${length} > ${end}) ${w.leave()}`);
  w.declare('__u8', `${place}[${random.below(length)}]`);
  if (length >= 4) w.declare('__u32', `*(__u32 *)(${place} + ${random.below(length - 3)})`);
  if (w.kind.packet.writable && random.chance(30)) w.emit(`${place}[${random.below(length)}] = ${w.expression(1)};`);
  if (random.chance(20)) {
    const i = w.name('i');
    w.emit('#pragma clang loop unroll(disable)');
    w.emit(`for (int ${i} = 0; ${i} < ${random.pick([4, 8, 16])}; ${i}++) { if (${place} + ${length + 1} + ${i} > ${end}) break; out += ${place}[${length} + ${i}]; }`);
  }
}

function move(w) {
  const { random } = w;
  if (w.kind.moves === undefined) return;
  if (w.kind.moves === 'xdp') {
    w.emit(random.pick([`if (bpf_xdp_adjust_head(ctx, ${random.pick([-14, -20, 8])})) ${w.leave()}`, `bpf_xdp_adjust_tail(ctx, ${w.expression(1)});`]));
    return;
  }
  const made = { name: w.name('a'), length: random.pick([16, 32, 64]) };
  w.emit(`__u8 ${made.name}[${made.length}]${random.chance(70) ? ' = {}' : ''};`);
  const size = random.chance(70) ? w.index(made.length) : made.length;
  w.emit(`if (bpf_skb_load_bytes(ctx, ${w.expression(1)}, ${made.name}, ${size})) ${w.leave()}`);
  w.arrays.push(made);
  if (w.kind.section === 'lwt_xmit') return;
  if (random.chance(40)) w.emit(`bpf_skb_store_bytes(ctx, ${w.expression(1)}, ${made.name}, ${w.index(16)}, 0);`);
  if (random.chance(30)) w.emit(`if (bpf_skb_pull_data(ctx, ${random.pick([20, 54])})) ${w.leave()}`);
}

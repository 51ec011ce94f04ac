// Which statements call functions of the kernel: references, regions, iterators, dynptrs, objects of the program's own?
import { existsSync, readFileSync } from 'node:fs';
import { rootlet } from '../rootlet.mjs';
import { block } from './blocks.mjs';
import { contextReg } from './context.mjs';
import { SIZE_BITS } from './emitter.mjs';
import { mapNumber } from './maps.mjs';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const btf = existsSync(VMLINUX) ? rootlet.parseBtf(readFileSync(VMLINUX)) : undefined;
const ids = new Map();
const kfunc = (name) => ids.get(name) ?? (ids.set(name, btf.findByNameKind(name, 12)), ids.get(name));

function call(g, name) {
  g.emit(0x85, 0, 2, 0, kfunc(name));
  g.clobberArgs();
}

const stackAddress = (g, reg, off) => {
  g.emit(0xbf, reg, 10);
  g.emit(0x07, reg, 0, 0, off + (g.slip ? g.random.pick([4, 8, -8]) : 0));
};

/** A register that is saved over calls and that nothing else wants; undefined when there is none. */
const savedReg = (g) => [6, 7, 8, 9].find((reg) => !g.locked.has(reg) && !g.is(reg, 'ctx'));

/** Emits statements while a register must be kept. */
function inside(g, reg, statements) {
  const { mayExit } = g;
  const locked = new Set(g.locked);
  g.mayExit = g.slip;
  if (reg !== undefined) g.locked.add(reg);
  g.depth++;
  if (statements > 0 && g.depth < 4) block(g, statements);
  g.depth--;
  g.mayExit = mayExit;
  g.locked = locked;
}

/** References: what makes one, and what gives it back. */
const REFERENCES = [
  { make: (g) => (g.emit(0xb7, 1, 0, 0, 5), call(g, 'bpf_task_from_pid')), release: 'bpf_task_release', use: 'bpf_task_acquire', field: 1280 },
  { make: (g) => (g.emit(0xb7, 1, 0, 0, 1), call(g, 'bpf_cgroup_from_id')), release: 'bpf_cgroup_release', use: 'bpf_cgroup_acquire', field: 8 },
  { make: (g) => (g.emit(0x85, 0, 0, 0, 158), g.clobberArgs(), g.emit(0xbf, 1, 0), call(g, 'bpf_task_acquire')), release: 'bpf_task_release', use: 'bpf_task_acquire', field: 88 },
  { make: (g) => call(g, 'bpf_cpumask_create'), release: 'bpf_cpumask_release', use: 'bpf_cpumask_acquire', field: 0, types: [5, 26] },
];

/** Makes a reference, uses it, gives it back. */
export function reference(g) {
  const { random } = g;
  const kinds = REFERENCES.filter(({ types }) => types === undefined || types.includes(g.program.progType));
  const kind = random.pick(kinds);
  const reg = savedReg(g);
  if (reg === undefined || (g.held ?? 0) > 1) return;
  kind.make(g);
  g.emit(0xbf, reg, 0);
  g.set(reg, undefined);
  const out = g.newPlace();
  const before = g.facts.clone();
  if (!g.slip) g.emit(0x15, random.pick([reg, 0]), 0, 0, 0, { to: out });
  g.held = (g.held ?? 0) + 1;
  if (random.chance(50)) {
    const to = g.fresh([reg]);
    g.emit(0x79, to, reg, kind.field);
    g.set(to, undefined);
    if (random.chance(40)) {
      g.emit(0xbf, 1, random.chance(60) ? reg : to);
      call(g, g.slip ? 'bpf_cgroup_acquire' : kind.use);
      const skip = g.newPlace();
      if (!g.slip) g.emit(0x15, 0, 0, 0, 0, { to: skip });
      g.emit(0xbf, 1, 0);
      if (!g.slip) call(g, kind.release);
      g.clobberArgs();
      g.place(skip);
    }
  }
  inside(g, reg, random.below(3));
  g.emit(0xbf, 1, reg);
  if (g.slip) g.emit(0x07, 1, 0, 0, 8);
  if (!g.slip) call(g, kind.release);
  g.clobberArgs();
  g.held--;
  g.set(reg, undefined);
  g.place(out);
  before.regs[reg] = undefined;
  for (let arg = 0; arg <= 5; arg++) before.regs[arg] = undefined;
  g.facts.meet(before);
}

const REGIONS = [['bpf_rcu_read_lock', 'bpf_rcu_read_unlock'], ['bpf_preempt_disable', 'bpf_preempt_enable']];

/** A region: RCU, preemption or interrupts off. */
export function region(g) {
  const { random } = g;
  if (random.chance(40)) {
    const off = g.buffer(8);
    stackAddress(g, 1, off);
    call(g, 'bpf_local_irq_save');
    inside(g, undefined, random.below(2));
    stackAddress(g, 1, off);
    if (!g.slip) call(g, 'bpf_local_irq_restore');
    g.clobberArgs();
    return;
  }
  const [begin, end] = random.pick(REGIONS);
  call(g, begin);
  inside(g, undefined, random.below(3));
  if (!g.slip) call(g, end);
  g.clobberArgs();
}

/** A loop over numbers. */
export function iterate(g) {
  const { random } = g;
  if ((g.held ?? 0) > 1 || g.depth > 2) return;
  const off = -8 * random.between(1, 8);
  const [loop, out] = [g.newPlace(), g.newPlace()];
  stackAddress(g, 1, off);
  g.emit(0xb7, 2, 0, 0, 0);
  g.emit(0xb7, 3, 0, 0, random.between(1, 100));
  call(g, 'bpf_iter_num_new');
  g.facts.spilled.delete(off);
  g.facts.written.fill(0, 512 + off, 512 + off + 8);
  g.held = (g.held ?? 0) + 1;
  const saved = g.facts.clone();
  g.facts.regs = g.facts.regs.map((kind, reg) => (kind?.is === 'ctx' || kind?.is === 'fp' ? kind : reg > 5 && kind?.is === 'num' ? { is: 'num' } : undefined));
  g.place(loop);
  stackAddress(g, 1, off);
  call(g, 'bpf_iter_num_next');
  if (!g.slip) g.emit(0x15, 0, 0, 0, 0, { to: out });
  const to = g.fresh([0]);
  if (random.chance(70)) {
    g.emit(0x61, to, 0, g.slip ? 4 : 0);
    g.set(to, { is: 'num' });
  }
  inside(g, undefined, random.below(3));
  g.emit(0x05, 0, 0, 0, 0, { to: loop });
  g.place(out);
  g.facts = saved;
  g.facts.regs = g.facts.regs.map((kind) => (kind?.is === 'ctx' || kind?.is === 'fp' ? kind : undefined));
  stackAddress(g, 1, off);
  if (!g.slip) call(g, 'bpf_iter_num_destroy');
  g.clobberArgs();
  g.held--;
}

/** A dynptr: over a packet, a ring buffer's record or a map's value, read, written, sliced, given back. */
export function dynptr(g) {
  const { random } = g;
  if ((g.held ?? 0) > 1) return;
  const off = -8 * random.between(2, 8);
  const ctx = contextReg(g);
  const kind = ctx !== undefined && [3, 6].includes(g.program.progType) && random.chance(50) ? 'packet' : 'ringbuf';
  if (kind === 'packet') {
    if (ctx !== 1) g.emit(0xbf, 1, ctx);
    g.emit(0xb7, 2, 0, 0, 0);
    stackAddress(g, 3, off);
    call(g, g.program.progType === 3 ? 'bpf_dynptr_from_skb' : 'bpf_dynptr_from_xdp');
  } else {
    g.emit(0x18, 1, 1, 0, mapNumber(g.slip ? 'arr' : 'rb'));
    g.emit(0xb7, 2, 0, 0, 16);
    g.emit(0xb7, 3, 0, 0, 0);
    stackAddress(g, 4, off);
    g.emit(0x85, 0, 0, 0, 198);
    g.clobberArgs();
  }
  g.facts.spilled.delete(off);
  g.facts.spilled.delete(off + 8);
  g.facts.written.fill(0, 512 + off, 512 + off + 16);
  for (let i = random.below(3); i > 0; i--) useDynptr(g, off, kind);
  if (random.chance(10)) g.emit(0x7a, 10, 0, random.pick([off, off + 8]), 0);
  inside(g, undefined, random.below(2));
  if (kind === 'ringbuf' && !g.slip) {
    stackAddress(g, 1, off);
    g.emit(0xb7, 2, 0, 0, 0);
    g.emit(0x85, 0, 0, 0, random.pick([199, 200]));
    g.clobberArgs();
  }
}

function useDynptr(g, off, kind) {
  const { random } = g;
  stackAddress(g, 1, off);
  switch (random.below(6)) {
    case 0:
      call(g, random.pick(['bpf_dynptr_size', 'bpf_dynptr_is_null', 'bpf_dynptr_is_rdonly']));
      break;
    case 1:
      g.emit(0xb7, 2, 0, 0, random.below(4));
      g.emit(0xb7, 3, 0, 0, random.below(16));
      call(g, 'bpf_dynptr_adjust');
      break;
    case 2:
    case 3: {
      g.emit(0xb7, 2, 0, 0, random.below(8));
      const size = random.pick([4, 8, 16]);
      if (kind === 'packet') {
        if (random.chance(50)) g.emit(0xb7, 3, 0, 0, 0);
        else stackAddress(g, 3, g.buffer(16) - 0);
        g.emit(0xb7, 4, 0, 0, size);
        stackAddress(g, 1, off);
        g.emit(0xb7, 2, 0, 0, random.below(8));
        call(g, random.pick(['bpf_dynptr_slice', 'bpf_dynptr_slice_rdwr']));
      } else {
        g.emit(0xb7, 3, 0, 0, size);
        g.emit(0x85, 0, 0, 0, 203);
        g.clobberArgs();
      }
      const skip = g.newPlace();
      if (!g.slip) g.emit(0x15, 0, 0, 0, 0, { to: skip });
      const bytes = random.pick([1, 2, 4]);
      if (random.chance(50)) g.emit(0x61 | SIZE_BITS[bytes], 1, 0, g.slip ? size : 0);
      else g.emit(0x62 | SIZE_BITS[bytes], 0, 0, 0, 1);
      g.place(skip);
      g.clobberArgs();
      break;
    }
    case 4: {
      const to = g.buffer(16);
      stackAddress(g, 1, to);
      g.emit(0xb7, 2, 0, 0, random.pick([4, 8, 16]));
      stackAddress(g, 3, off);
      g.emit(0xb7, 4, 0, 0, 0);
      g.emit(0xb7, 5, 0, 0, 0);
      g.emit(0x85, 0, 0, 0, 201);
      g.clobberArgs();
      break;
    }
    default: {
      const from = g.buffer(16);
      stackAddress(g, 1, off);
      g.emit(0xb7, 2, 0, 0, 0);
      stackAddress(g, 3, from);
      g.emit(0xb7, 4, 0, 0, random.pick([4, 8, 16]));
      g.emit(0xb7, 5, 0, 0, 0);
      g.emit(0x85, 0, 0, 0, 202);
      g.clobberArgs();
    }
  }
}

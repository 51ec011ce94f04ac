// Which statements take kernel objects from the context or a helper, follow their pointers, compare and move them?
import { existsSync, readFileSync } from 'node:fs';
import { rootlet } from '../rootlet.mjs';
import { contextReg } from './context.mjs';
import { SIZE_BITS } from './emitter.mjs';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const btf = existsSync(VMLINUX) ? rootlet.parseBtf(readFileSync(VMLINUX)) : undefined;
const [PTR, ARRAY, STRUCT, UNION, TYPEDEF, FUNC] = [2, 3, 4, 5, 8, 12];
const isStruct = (id) => id !== 0 && (btf.kind(id) === STRUCT || btf.kind(id) === UNION);

/** Tracepoints with objects among their arguments, and iterators: name, attach type, arguments as type ids. */
export const TARGETS = btf === undefined ? [] : findTargets();

function findTargets() {
  const found = [];
  const wanted = /^btf_trace_(sched_|task_|kfree_skb|consume_skb|tcp_|sock_|net_|cgroup_|inet_|block_rq|writeback_|filelock|break_lease|posix_|workqueue_|signal_|mm_page|mmap|ext4_da_w|xdp_|fib_|netif|qdisc_|sys_|module_|bpf_)/;
  for (let id = 1; id < btf.typeCount; id++) {
    const name = btf.name(id);
    if (btf.kind(id) === TYPEDEF && wanted.test(name)) {
      const proto = btf.type(btf.refType(btf.refType(id)));
      found.push({ id, name, attachType: 23, args: proto.params.slice(1).map(({ type }) => type) });
    }
    if (btf.kind(id) === FUNC && /^bpf_iter_(task|task_file|bpf_map|cgroup|tcp|unix|udp|netlink|bpf_map_elem|sockmap|task_vma|bpf_prog|ksym)$/.test(name)) {
      found.push({ id, name, attachType: 28, args: btf.type(btf.refType(id)).params.map(({ type }) => type) });
    }
  }
  return found.filter(({ args }) => args.some((type) => pointee(type) !== 0));
}

/** Struct behind a pointer type; 0 when it is none. */
function pointee(type) {
  const id = btf.resolveType(type);
  if (id === 0 || btf.kind(id) !== PTR) return 0;
  const to = btf.resolveType(btf.refType(id));
  return isStruct(to) ? to : 0;
}

const leafLists = new Map();

/** Members that are no structs, inside all nested structs: `{ off, size, to }`. */
function leaves(id) {
  let list = leafLists.get(id);
  if (list === undefined) leafLists.set(id, (list = []));
  else return list;
  const walk = (struct, base, depth) => {
    for (const { type, bitOff } of btf.type(struct).members ?? []) {
      if (list.length > 4000) return;
      let inner = btf.resolveType(type);
      let count = 1;
      while (inner !== 0 && btf.kind(inner) === ARRAY) {
        const array = btf.type(inner);
        count *= array.nelems;
        inner = btf.resolveType(array.type);
      }
      const off = base + Math.floor(bitOff / 8);
      if (isStruct(inner) && depth < 8) {
        for (const at of count > 1 ? [0, count - 1] : [0]) walk(inner, off + at * btf.rawSize(inner), depth + 1);
      } else {
        let size = 8;
        try {
          size = inner === 0 ? 0 : btf.resolveSize(inner);
        } catch {
          size = 0;
        }
        for (const at of count > 1 ? [0, count - 1] : [0]) list.push({ off: off + at * size, size, to: inner === 0 ? 0 : btf.kind(inner) === PTR ? pointee(inner) : 0 });
      }
    }
  };
  walk(id, 0, 0);
  return list;
}

/** Leaves when the register is null. */
function checked(g, reg) {
  if (!g.slip && g.mayExit && g.random.chance(85)) g.leaveIf({ code: 0x15, dst: reg });
}

/** An object from the arguments of what is traced, or the current task. */
export function takeObject(g) {
  const { random } = g;
  const ctx = contextReg(g);
  if (ctx === undefined || random.chance(15)) {
    g.emit(0x85, 0, 0, 0, 158);
    g.clobberArgs();
    g.set(0, { is: 'obj', id: btf.findByNameKind('task_struct', STRUCT) });
    return;
  }
  const { args } = g.program.target;
  const arg = random.below(args.length);
  const reg = g.fresh([ctx], random.chance(60));
  const id = pointee(args[arg]);
  if (g.slip) {
    const size = random.pick([1, 2, 4, 8]);
    g.emit(0x61 | SIZE_BITS[size], reg, ctx, arg * 8 + random.pick([0, 0, 4, 8]));
    g.set(reg, undefined);
    return;
  }
  g.emit(0x79, reg, ctx, arg * 8);
  g.set(reg, id === 0 ? { is: 'num' } : undefined);
  if (id === 0) return;
  if (random.chance(60)) checked(g, reg);
  g.set(reg, { is: 'obj', id });
}

/** Reads a member; a pointer is followed later. */
export function readObject(g) {
  const { random } = g;
  const from = g.find('obj');
  if (from === undefined) return takeObject(g);
  const { id } = g.facts.regs[from];
  const all = leaves(id);
  if (all.length === 0) return undefined;
  const pointers = random.chance(60) ? all.filter(({ to }) => to !== 0) : all;
  const leaf = random.pick(pointers.length > 0 ? pointers : all);
  let { off } = leaf;
  let size = [1, 2, 4, 8].includes(leaf.size) ? leaf.size : random.pick([1, 2, 4, 8]);
  if (random.chance(8)) size = random.pick([1, 2, 4, 8]);
  if (random.chance(5)) off += random.pick([1, 2, 4, 8, -1, -4, -8, btf.rawSize(id)]);
  if (off > 32767 || off < -32768) return undefined;
  const to = g.fresh(random.chance(80) ? [from] : [], random.chance(50));
  if (g.slip) {
    g.emit(0x62 | SIZE_BITS[size], from, 0, off, 0);
    return undefined;
  }
  g.emit((size < 8 && random.chance(10) ? 0x81 : 0x61) | SIZE_BITS[size], to, from, off);
  g.set(to, leaf.to !== 0 && off === leaf.off && size === 8 ? { is: 'obj', id: leaf.to } : { is: 'num' });
  if (g.is(to, 'obj') && random.chance(40)) {
    const kind = g.facts.regs[to];
    checked(g, to);
    g.set(to, kind);
  }
  return undefined;
}

/** Copies, moves and compares. */
export function moveObject(g) {
  const { random } = g;
  const from = g.find('obj');
  if (from === undefined) return takeObject(g);
  const { id } = g.facts.regs[from];
  const to = g.fresh([from], random.chance(50));
  g.emit(0xbf, to, from);
  g.set(to, { is: 'obj', id });
  switch (random.below(4)) {
    case 0: {
      const off = random.pick([8, 16, 4, 64]);
      g.emit(0x07, to, 0, 0, off);
      if (random.chance(80)) g.emit(0x07, to, 0, 0, -off);
      else g.set(to, undefined);
      break;
    }
    case 1:
      g.emit(random.pick([0x15, 0x55]), to, 0, 0, 0);
      break;
    case 2:
      g.emit(random.pick([0x1d, 0x5d, 0xad]), to, from, 0);
      break;
    default:
      if (g.slip) g.emit(0x0f, to, g.num([to]));
  }
  return undefined;
}

/** The context of a program attached to `target`. */
export function attachRandom(random) {
  return random.pick(TARGETS);
}

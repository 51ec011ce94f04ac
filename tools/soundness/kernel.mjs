// What do functions of the kernel and helpers that @rootlet/vm does not have do in runs of random programs?
//
// As little as keeps what the verifier may rely on: objects are memory of their struct's size in which numbers are random and pointers
// null; what may fail fails now and then. Helpers of sockets are called as if they were functions of the kernel, by numbers beyond its BTF.
import { existsSync, readFileSync } from 'node:fs';
import { rootlet } from '../kernel-diff/rootlet.mjs';

const VMLINUX = '/sys/kernel/btf/vmlinux';
/** The kernel's BTF, where there is one: programs that call its functions are judged with it. */
export const vmlinux = existsSync(VMLINUX) ? rootlet.parseBtf(readFileSync(VMLINUX)) : undefined;

const [PTR, ARRAY, STRUCT, UNION] = [2, 3, 4, 5];
const CALL = 0x85;
const [KFUNC, HELPER] = [2, 0];
/** Added to helpers' numbers. */
const BEYOND = 1 << 24;
/** Structs behind what helpers give; `casts` give what they were given. */
const SOCKETS = new Map([[84, 'make'], [85, 'make'], [99, 'make'], [86, 'release'], [95, 'cast'], [96, 'cast'], [98, 'cast'], [136, 'cast'], [137, 'cast'], [138, 'cast'], [139, 'cast'], [140, 'cast'], [178, 'cast']]);
const SOCKET_BYTES = 256;
const FLAG_BYTES = 8;

/** Zeroes the pointers in the `bytes` of a struct. */
function clearPointers(typeId, bytes, at, depth = 0) {
  const id = vmlinux.resolveType(typeId);
  if (id === 0 || depth > 12) return;
  const type = vmlinux.type(id);
  if (type.kind === PTR) bytes.fill(0, at, at + 8);
  if (type.kind === STRUCT || type.kind === UNION) for (const member of type.members) clearPointers(member.type, bytes, at + Math.floor(member.bitOff / 8), depth + 1);
  if (type.kind === ARRAY && type.nelems > 0) {
    const size = vmlinux.resolveSize(type.type);
    for (let n = 0; n < Math.min(type.nelems, 64); n++) clearPointers(type.type, bytes, at + n * size, depth + 1);
  }
}

const templates = new Map();

/** Random bytes of a struct of the kernel, its pointers null. */
function structBytes(name, random) {
  let known = templates.get(name);
  if (known === undefined) {
    const id = vmlinux.findByNameKind(name, STRUCT);
    const mask = new Uint8Array(vmlinux.rawSize(id)).fill(0xff);
    clearPointers(id, mask, 0);
    templates.set(name, (known = mask));
  }
  return known.map((mask) => (mask === 0 ? 0 : random.below(256)));
}

/** Instructions in which helpers that vm lacks are functions of the kernel. */
export function withKernel(insns) {
  const changed = Object.assign(Object.create(Object.getPrototypeOf(insns)), insns, { src: insns.src.slice(), imm: insns.imm.slice() });
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] !== CALL || insns.src[idx] !== HELPER || !(SOCKETS.has(insns.imm[idx]) || insns.imm[idx] === 158)) continue;
    changed.src[idx] = KFUNC;
    changed.imm[idx] = BEYOND + insns.imm[idx];
  }
  return changed;
}

/** Bodies of functions in one world. @param {{ vm: object, context: object }} world */
export function kernelOf(world, random) {
  const { vm } = world;
  const allocate = (bytes) => {
    const at = vm.memory.allocate(bytes.length, {}) ?? 0;
    if (at !== 0) vm.memory.bytes.set(bytes, at);
    return at;
  };
  const struct = (name) => () => (random.chance(25) ? 0 : allocate(structBytes(name, random)));
  const same = (m) => m.u32(1);
  const nothing = () => 0;
  const flags = (m) => (m.writePtr(1, FLAG_BYTES), 0);
  const bodies = {
    bpf_local_irq_save: flags, bpf_local_irq_restore: flags,
    bpf_task_from_pid: struct('task_struct'), bpf_task_acquire: same, bpf_task_release: nothing,
    bpf_cgroup_from_id: struct('cgroup'), bpf_cgroup_acquire: same, bpf_cgroup_release: nothing,
    bpf_cpumask_create: struct('bpf_cpumask'), bpf_cpumask_acquire: same, bpf_cpumask_release: nothing,
  };
  const sockets = { make: () => (random.chance(30) ? 0 : allocate(Uint8Array.from({ length: SOCKET_BYTES }, () => random.below(256)))), release: nothing, cast: (m) => (random.chance(30) ? 0 : m.u32(1)) };
  const current = () => allocate(structBytes('task_struct', random));
  return (btfId) => {
    if (btfId === BEYOND + 158) return current;
    if (btfId >= BEYOND) return sockets[SOCKETS.get(btfId - BEYOND)];
    const name = vmlinux?.name(btfId) ?? '';
    return rootlet.findKfuncBody(name) ?? bodies[name];
  };
}

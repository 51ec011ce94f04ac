// What can programs trace, iterate and implement, and what do they get there?
//
// For program types with a target: lines of the head, and the objects that the context holds: `{ head, task, things }`.
import { vmlinux } from './judges.mjs';

const [PTR, STRUCT, TYPEDEF, FUNC_PROTO, FUNC] = [2, 4, 8, 13, 12];
const resolved = (type) => (type === 0 ? 0 : vmlinux.resolveType(type));

function structBehind(type) {
  const id = resolved(type);
  if (id === 0 || vmlinux.kind(id) !== PTR) return undefined;
  const to = resolved(vmlinux.refType(id));
  return to !== 0 && vmlinux.kind(to) === STRUCT ? vmlinux.name(to) : undefined;
}

/** Lines that read a task from the context, or make do without one. */
function taskOf(structs) {
  const at = structs.indexOf('task_struct');
  return at < 0 ? ['call bpf_get_current_task_btf', 'r7 = r0'] : [`r7 = *(u64 *)(r6 +${at * 8})`, 'if r7 == 0 goto out'];
}

function target(head, structs) {
  const things = structs.flatMap((struct, idx) => (struct === undefined ? [] : [{ load: `*(u64 *)(r6 +${idx * 8})`, struct }]));
  return { head, things, task: taskOf(structs) };
}

function tracepoints() {
  const found = [];
  for (let id = 1; id < vmlinux.typeCount; id++) {
    if (vmlinux.kind(id) !== TYPEDEF || !vmlinux.name(id).startsWith('btf_trace_')) continue;
    const pointer = vmlinux.refType(id);
    const proto = vmlinux.type(resolved(vmlinux.refType(pointer)));
    if (proto.kind !== FUNC_PROTO) continue;
    const structs = proto.params.slice(1).map(({ type }) => structBehind(type));
    if (structs.some((struct) => struct !== undefined)) found.push(target(['prog tracing', 'attach trace_raw_tp', `attach_btf ${vmlinux.name(id)}`], structs));
  }
  return found;
}

function iterators() {
  const found = [];
  for (let id = 1; id < vmlinux.typeCount; id++) {
    if (vmlinux.kind(id) !== FUNC || !/^bpf_iter_[a-z_0-9]+$/.test(vmlinux.name(id))) continue;
    const proto = vmlinux.type(vmlinux.type(id).type);
    if (proto.params.length === 0 || structBehind(proto.params[0].type) !== 'bpf_iter_meta' || proto.params.some(({ type }) => type === 0)) continue;
    found.push(target(['prog tracing', 'attach trace_iter', `attach_btf ${vmlinux.name(id)}`], proto.params.map(({ type }) => structBehind(type))));
  }
  return found;
}

function members(struct) {
  const id = vmlinux.findByNameKind(struct, STRUCT);
  return vmlinux.type(id).members.flatMap(({ type }, idx) => {
    const pointer = resolved(type);
    if (pointer === 0 || vmlinux.kind(pointer) !== PTR) return [];
    const proto = vmlinux.type(resolved(vmlinux.refType(pointer)) || pointer);
    if (proto.kind !== FUNC_PROTO) return [];
    const structs = proto.params.map(({ type: param }) => structBehind(param));
    return [{ ...target(['prog struct_ops', `attach ${idx}`, `attach_btf ${struct}`], structs), task: ['r7 = 0'] }];
  });
}

/** By `type:attachType`. */
export const TARGETS = vmlinux === undefined ? {} : { '26:23': tracepoints(), '26:28': iterators(), '27:0': [...members('tcp_congestion_ops'), ...members('bpf_dummy_ops')] };

// What do programs get that are attached to tracepoints and iterators, where BTF alone does not tell?
import { BTF_KIND_FUNC, BTF_KIND_TYPEDEF } from './btf-kinds.mjs';
import { loadProgram } from '../bpf-syscall.mjs';

const TRACING = 26;
const BPF_TRACE_RAW_TP = 23;
const BPF_TRACE_ITER = 28;
const BPF_F_SLEEPABLE = 16;
const MAX_ARGS = 12;
const EPERM = 1;

/** What a load of each argument yields, as the log names it; shorter when there are fewer arguments. */
function argKinds(assemble, attachType, attachBtfId) {
  const kinds = [];
  for (let arg = 0; arg < MAX_ARGS; arg++) {
    const insns = assemble([0x79, 2, 1, arg * 8], [0xb7, 0, 0, 0, 0], [0x95]);
    const { errno, log } = loadProgram({ type: TRACING, attachType, attachBtfId, insns, logLevel: 2 });
    if (errno !== 0 && /doesn't have|invalid bpf_context/.test(log) && !/is not a struct/.test(log)) break;
    kinds.push(/ R2=([a-zA-Z_0-9]*)/.exec(log)?.[1] ?? '');
  }
  return kinds;
}

/**
 * @param written the file as it is: its rows stay for iterators that a hardened machine lets nobody load
 * @returns the text of `traced.ts`
 */
export function tracedFile({ assemble, header, btf, uapi, written }) {
  const nulls = [];
  const iterators = [];
  for (let id = 1; id < btf.typeCount; id++) {
    const name = btf.name(id);
    if (btf.kind(id) === BTF_KIND_TYPEDEF && name.startsWith('btf_trace_')) {
      const args = argKinds(assemble, BPF_TRACE_RAW_TP, id).flatMap((kind, arg) => (kind.includes('or_null') ? [arg] : []));
      if (args.length > 0) nulls.push(`  ${name.slice('btf_trace_'.length)}: [${args.join(', ')}],`);
    }
    if (btf.kind(id) === BTF_KIND_FUNC && name.startsWith('bpf_iter_')) {
      const load = (more) => loadProgram({ type: TRACING, attachType: BPF_TRACE_ITER, attachBtfId: id, insns: assemble([0xb7, 0, 0, 0, 0], [0x95]), ...more });
      const { errno } = load({});
      if (errno === EPERM) iterators.push([name, undefined]);
      if (errno !== 0) continue;
      const sleepable = load({ flags: BPF_F_SLEEPABLE }).errno === 0;
      const kinds = argKinds(assemble, BPF_TRACE_ITER, id).map((kind) => `'${kind.replace(/^((?:trusted_|rcu_)?ptr_(?:or_null_)?).*$/, '$1')}'`);
      const helpers = probeIterHelpers(assemble, id, uapi);
      iterators.push([name, kinds, sleepable, helpers]);
    }
  }
  const asked = iterators.filter(([, kinds]) => kinds !== undefined);
  const base = asked[0][3].filter((helper) => asked.every(([, , , list]) => list.includes(helper)));
  const rows = iterators.flatMap(([name, kinds, sleepable, helpers]) => {
    if (kinds === undefined) return new RegExp(`^  ${name}: .*`, 'm').exec(written) ?? [];
    const more = helpers.filter((helper) => !base.includes(helper));
    return `  ${name}: { args: [${kinds.join(', ')}], sleepable: ${sleepable}${more.length === 0 ? '' : `, helpers: [${more.join(', ')}]`} },`;
  });
  return `${header('What do programs get at tracepoints and iterators, where BTF alone does not tell?')}
/** Arguments of tracepoints that may be null, by the tracepoint's name. */
export const NULLABLE_ARGS: Readonly<Record<string, readonly number[]>> = {
${nulls.join('\n')}
};

/** An iterator: what the log calls each argument, whether its programs may sleep, and helpers that only it offers. */
export interface IteratorRow {
  readonly args: readonly string[];
  readonly sleepable: boolean;
  readonly helpers?: readonly number[];
}

/** By the name of the function that stands for the iterator in BTF. */
export const ITERATORS: Readonly<Record<string, IteratorRow>> = {
${rows.join('\n')}
};
`;
}

function probeIterHelpers(assemble, attachBtfId, uapi) {
  const ids = [];
  for (let id = 1; uapi.helperName(id) !== undefined; id++) {
    const { errno, log } = loadProgram({ type: TRACING, attachType: BPF_TRACE_ITER, attachBtfId, insns: assemble([0x85, 0, 0, 0, id], [0xb7, 0, 0, 0, 0], [0x95]), logLevel: 1 });
    if (errno !== 0 && /program of this type cannot use helper|unknown func|not allowed in probe/.test(log)) continue;
    ids.push(id);
  }
  return ids;
}

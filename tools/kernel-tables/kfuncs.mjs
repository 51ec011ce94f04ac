// Which functions of the kernel may programs of each type call, and what do they demand?
import { BTF_KIND_FUNC, BTF_KIND_PTR, BTF_KIND_STRUCT } from './btf-kinds.mjs';
import { loadProgram } from '../bpf-syscall.mjs';

const BTF_KIND_DECL_TAG = 17;
const BPF_F_SLEEPABLE = 16;
const [SYSCALL, TRACING, ITER] = [31, 26, 28];

/**
 * @param written the file as it is: what it says of trust stays where the kernel asks all functions' arguments to be trusted, as builds
 *   of 6.18 since do (`trustedKfuncArgs` of the profile), since older ones do not
 * @returns the text of `kfuncs.ts`
 */
export function kfuncFile({ assemble, header, btf, kinds, targetOf, written }) {
  const idOf = (name) => btf.findByNameKind(name, BTF_KIND_FUNC);
  const call = (name) => [0x85, 0, 2, 0, idOf(name)];
  const load = ([type, attachType], insns) => {
    const flags = type === SYSCALL ? BPF_F_SLEEPABLE : 0;
    return loadProgram({ type, attachType, attachBtfId: targetOf(type, attachType), flags, insns: assemble(...insns, [0xb7], [0x95]), logLevel: 1 }).log;
  };
  const names = [];
  for (let id = 1; id < btf.typeCount; id++) if (btf.kind(id) === BTF_KIND_DECL_TAG && btf.name(id) === 'bpf_kfunc') names.push(btf.name(btf.refType(id)));
  names.sort();
  const asksAll = load([SYSCALL, 0], [[0xb7, 1, 0, 0, 0], [0xb7, 2, 0, 0, 0], [0xb7, 3, 0, 0, 0], call('bpf_iter_num_new')]).includes('passed to trusted');
  const trustWritten = new Map([...written.matchAll(/^  (\w+): \{.*?(?:trust: '(\w+)')? \},$/gm)].map(([, name, trust]) => [name, trust]));
  const groups = [];
  const rows = names.map((name) => {
    const offered = kinds.filter((kind) => !load(kind, [call(name)]).includes('is not allowed'));
    const key = offered.map(([type, attach]) => (kinds.find(([other]) => other === type)[1] === attach ? `${type}` : `${type}:${attach}`)).join(' ');
    if (!groups.includes(key)) groups.push(key);
    const parts = [`group: ${groups.indexOf(key)}`];
    if (offered.length > 0) {
      const awake = offered.find(([type]) => type !== SYSCALL) ?? offered[0];
      if (/sleepable/.test(load(awake, [call('bpf_rcu_read_lock'), call(name)]))) parts.push('sleepable: true');
      const trust = asksAll && trustWritten.has(name) ? trustWritten.get(name) : trustOf(name, offered);
      if (trust !== undefined) parts.push(`trust: '${trust}'`);
    }
    return `  ${name}: { ${parts.join(', ')} },`;
  });

  /** What is said of an untrusted pointer in the first argument that wants an object. */
  function trustOf(name, offered) {
    const { params } = btf.type(btf.refType(idOf(name)));
    const kind = offered.find(([type]) => type === SYSCALL) ?? offered.find(([type, attach]) => type === TRACING && attach === ITER) ?? offered[0];
    for (let arg = 0; arg < params.length && arg < 5; arg++) {
      const pointer = btf.resolveType(params[arg].type);
      const pointee = pointer !== 0 && btf.kind(pointer) === BTF_KIND_PTR ? btf.resolveType(btf.refType(pointer)) : 0;
      if (pointee === 0 || btf.kind(pointee) !== BTF_KIND_STRUCT) continue;
      const log = load(kind, [
        [0xbf, 1, 10], [0xb7, 2, 0, 0, pointee], call('bpf_rdonly_cast'), [0xbf, 7, 0],
        ...[1, 2, 3, 4, 5].map((reg) => [0xb7, reg, 0, 0, 8]), [0xbf, arg + 1, 7], call(name),
      ]);
      if (log.includes('must be a rcu pointer')) return 'rcu';
      if (log.includes('must be referenced or trusted')) return 'trusted';
      // Whatever is not asked to be trusted is not asked whether it is null.
      const nulls = load(kind, [...[1, 2, 3, 4, 5].map((reg) => [0xb7, reg, 0, 0, 0]), call(name)]);
      if (nulls.includes('Possibly NULL pointer passed to trusted')) return 'trusted';
    }
    return undefined;
  }

  return `${header('Which functions of the kernel may programs of each type call, and what do they demand?')}
/**
 * What was found for one function: the programs that may call it (a line of {@link KFUNC_GROUPS}), whether it may sleep, and whether
 * the objects it is given must be trusted, or at least protected by RCU.
 */
export interface KfuncFacts {
  readonly group: number;
  readonly sleepable?: boolean;
  readonly trust?: 'trusted' | 'rcu';
}

/** Program types, or \`type:expectedAttachType\` where that one differs. */
export const KFUNC_GROUPS: readonly string[] = [
${groups.map((group) => `  '${group}',`).join('\n')}
];

/** By name. */
export const KFUNC_FACTS: Readonly<Record<string, KfuncFacts>> = {
${rows.join('\n')}
};
`;
}

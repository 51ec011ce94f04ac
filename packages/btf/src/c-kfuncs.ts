// How does a header declare the kernel's functions that BPF programs may call?
import type { Btf } from './btf.ts';
import type { CDefinitions } from './c-definitions.ts';
import { BTF_KIND_DECL_TAG, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO } from './kinds.ts';
import { RECORD_WORDS } from './layout.ts';

/** What the declarations use, for programs that do not include `bpf_helpers.h` first. */
export const KFUNC_MACROS = `#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`;

/** Functions with the declaration tag `bpf_kfunc`, by name. The tags are in BTF of Linux 6.10 and newer, of pahole 1.26 and newer. */
function findKfuncs(btf: Btf): number[] {
  const ids: number[] = [];
  for (let id = 1; id < btf.typeCount; id++) {
    if (btf.kind(id) !== BTF_KIND_DECL_TAG || btf.recordWords(id)[btf.recordIdx(id) + RECORD_WORDS] !== 0xffff_ffff) continue;
    const func = btf.refType(id);
    if (btf.kind(func) === BTF_KIND_FUNC && btf.kind(btf.refType(func)) === BTF_KIND_FUNC_PROTO && btf.name(id) === 'bpf_kfunc') ids.push(func);
  }
  const names = new Map(ids.map((id) => [id, btf.name(id)]));
  return ids.sort((a, b) => (names.get(a)! < names.get(b)! ? -1 : names.get(a)! > names.get(b)! ? 1 : 0));
}

/** Weak declarations of all kfuncs, which `BPF_NO_KFUNC_PROTOTYPES` turns off. */
export function* kfuncDeclarations(btf: Btf, definitions: CDefinitions): Generator<string, void, undefined> {
  yield '\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n';
  for (const id of findKfuncs(btf)) {
    const fastcall = btf.declTags(id).some(({ value, componentIdx }) => value === 'bpf_fastcall' && componentIdx === -1) ? '__bpf_fastcall ' : '';
    yield `extern ${fastcall}${definitions.prototype(id)} __weak __ksym;\n`;
  }
  yield '#endif\n\n';
}

// Does a kernel know the `arg:` tags of a function's arguments, and what does one miss that does not?
import { BTF_FUNC_GLOBAL, BTF_KIND_FUNC, BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { KernelError } from '@rootlet/loader';
import type { ProgAttr } from '@rootlet/loader';
import { assemble } from '@rootlet/insn';
import { BPF_PROG_TYPE_SOCKET_FILTER } from '@rootlet/uapi';

/** Tags of a function's arguments, e.g. `arg:nonnull`, each once. */
export function argTagsOf(btf: Btf, funcId: number): readonly string[] {
  if (btf.kind(funcId) !== BTF_KIND_FUNC) return [];
  const tags = btf.declTags(funcId).filter(({ componentIdx, value }) => componentIdx >= 0 && value.startsWith('arg:'));
  return [...new Set(tags.map(({ value }) => value))].sort();
}

/**
 * A program that loads where tags are known: a function that reads through a pointer without asking whether it is NULL, which
 * its tag allows.
 */
export function buildTagProbe(): { readonly btf: Uint8Array; readonly attr: ProgAttr } {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, 1);
  const mainId = builder.addFunc('main', builder.addFuncProto(int, [{ name: 'ctx', type: builder.addPtr(0) }]), BTF_FUNC_GLOBAL);
  const readId = builder.addFunc('read', builder.addFuncProto(int, [{ name: 'value', type: builder.addPtr(int) }]), BTF_FUNC_GLOBAL);
  builder.addDeclTag('arg:nonnull', readId, 0);
  const insns = assemble(`
    *(u64 *)(r10 -8) = 0
    r1 = r10
    r1 += -8
    call pc+1
    exit
    r0 = *(u32 *)(r1 +0)
    exit
  `);
  const funcInfo = [{ insnIdx: 0, typeId: mainId }, { insnIdx: 5, typeId: readId }];
  const attr = { name: 'arg_tags', type: BPF_PROG_TYPE_SOCKET_FILTER, expectedAttachType: 0, insns, license: 'Dual BSD/GPL', flags: 0, funcInfo };
  return { btf: builder.encode(), attr };
}

/** The same refusal, which says that it is the kernel that does not know a tag. */
export function tagsUnknown(error: KernelError, name: string, tags: readonly string[]): KernelError {
  const problem = `library function '${name}' has arguments tagged ${tags.join(', ')}, which Linux knows since 6.8 and this kernel does not`;
  return new KernelError(error.operation, error.errno, problem, { cause: error });
}

// Does a machine load EXT programs at all? The smallest function that could be one.
import { BTF_FUNC_GLOBAL, BtfBuilder, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { assemble } from '@rootlet/insn';
import type { ProgAttr } from '@rootlet/loader';
import { BPF_PROG_TYPE_XDP } from '@rootlet/uapi';

/** A function of a number, with its prototype. */
export function buildExtProbe(): { readonly btf: Btf; readonly attr: ProgAttr; readonly entry: number } {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, 1);
  const entry = builder.addFunc('rootlet_probe', builder.addFuncProto(int, [{ name: 'number', type: int }]), BTF_FUNC_GLOBAL);
  const insns = assemble('r0 = 0\nexit');
  const attr = { name: 'rootlet_probe', type: BPF_PROG_TYPE_XDP, expectedAttachType: 0, insns, license: 'Dual BSD/GPL', flags: 0, library: true, funcInfo: [{ insnIdx: 0, typeId: entry }] };
  return { btf: parseBtf(builder.encode()), attr, entry };
}

// Which part of a kernel's BTF do these objects need?
import { BTF_KIND_STRUCT, BTF_KIND_UNION, BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { openCoreObject } from './explain.ts';
import type { CoreObject } from './explain.ts';
import { BPF_CORE_TYPE_ID_LOCAL } from './kinds.ts';
import { CoreMarks } from './marks.ts';
import { CoreSession } from './session.ts';
import { CoreBtf } from './side.ts';
import { CoreTarget } from './target.ts';

/**
 * The smallest BTF against which the CO-RE relocations of objects get the answers that they get against the whole: a few kilobytes that
 * can be shipped beside an object for kernels without BTF of their own. It stands here, not in `@rootlet/btf`: what is needed only the
 * matching of CO-RE can tell.
 *
 * @param objects one or more ELF files, or what was read of them
 * @param target a kernel's whole BTF; one split on another gives a minimal one that stands alone
 * @returns a BTF blob of the target's byte order; its types keep the target's order
 * @throws DecodeError, RelocError for malformed objects; `CORE_…` for relocations that no target could answer
 * @source observed results of `bpftool gen min_core_btf`
 */
export function minCoreBtf(objects: Uint8Array | CoreObject | readonly (Uint8Array | CoreObject)[], target: Btf): Uint8Array {
  const list = Array.isArray(objects) ? (objects as readonly (Uint8Array | CoreObject)[]) : [objects as Uint8Array | CoreObject];
  const marks = new CoreMarks(CoreBtf.of(target));
  const index = new CoreTarget(target);
  for (const object of list) markObject(object instanceof Uint8Array ? openCoreObject(object) : object, index, marks);
  return extract(marks);
}

function markObject({ model, btf }: CoreObject, target: CoreTarget, marks: CoreMarks): void {
  if (btf === undefined) return;
  const session = new CoreSession(btf, target);
  for (const func of model.funcs) {
    for (const relo of func.coreRelos) {
      if (relo.kind === BPF_CORE_TYPE_ID_LOCAL) continue;
      const { found } = session.answer({ func, local: btf, relo });
      if (found !== undefined) marks.mark(found, relo.kind);
    }
  }
}

/** A BTF of the marked types alone. References to others become void. */
function extract(marks: CoreMarks): Uint8Array {
  const { side } = marks;
  const { btf } = side;
  const ids = [...marks.types].sort((a, b) => a - b);
  const newIds = new Map(ids.map((id, at) => [id, at + 1]));
  const mapId = (id: number): number => newIds.get(id) ?? 0;
  const builder = new BtfBuilder();
  const member = { nameOff: 0, type: 0, bitOff: 0, bitfieldSize: 0 };
  for (const id of ids) {
    const kind = btf.kind(id);
    if (kind !== BTF_KIND_STRUCT && kind !== BTF_KIND_UNION) {
      builder.addType(btf, id, mapId);
      continue;
    }
    if (kind === BTF_KIND_STRUCT) builder.addStruct(btf.name(id), btf.rawSize(id));
    else builder.addUnion(btf.name(id), btf.rawSize(id));
    const wanted = marks.members.get(id);
    if (wanted === undefined) continue;
    for (const idx of [...wanted].sort((a, b) => a - b)) {
      side.readMember(id, idx, member);
      builder.addField(btf.string(member.nameOff), mapId(member.type), member.bitOff, member.bitfieldSize);
    }
  }
  return builder.encode(btf.littleEndian);
}

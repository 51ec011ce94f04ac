// How do a program and what it calls become one that Linux takes?
import { BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BtfBuilder } from '@rootlet/btf';
import type { BtfFuncInfo, BtfLineInfo } from '@rootlet/btf';
import { BPF_PSEUDO_CALL, CALL, Insns } from '@rootlet/insn';
import { perCallReason, rewritePrototype } from './prototype.ts';
import { buildSlotStub, buildStub, packetMover } from './stub.ts';
import { pendingCalls } from './unit.ts';
import type { Extern, Unit } from './unit.ts';

/** A program that stands alone, and its BTF. */
export interface Bundle {
  readonly insns: Insns;
  readonly btf: Uint8Array<ArrayBuffer>;
  readonly funcInfo: readonly BtfFuncInfo[];
  readonly lineInfo: readonly BtfLineInfo[];
}

/**
 * Lays a unit out with a body for every function it calls: the provider's own, as a static function that is verified at each
 * call, or a stub, a global function with the extern's prototype that an EXT program can be put over. Ids of the unit's BTF stay,
 * so a stub has the id of its extern.
 *
 * @param inlines whether a bound extern gets the provider's body
 * @param entryOverStub whether the unit itself is to be put over a stub, so that its prototype must be one that EXT takes
 */
export function buildBundle(root: Unit, inlines: (extern: Extern, owner: Unit) => boolean, entryOverStub: boolean): Bundle {
  const builder = BtfBuilder.from(root.btf);
  const parts: Insns[] = [];
  const funcInfo: BtfFuncInfo[] = [];
  const lineInfo: BtfLineInfo[] = [];
  const starts = new Map<Unit | Extern, number>();
  const calls: { readonly insns: Insns; readonly insnIdx: number; readonly at: number; readonly to: Unit | Extern }[] = [];
  let end = 0;
  const place = (part: Insns): number => {
    parts.push(part);
    end += part.length;
    return end - part.length;
  };

  const queue: Unit[] = [root];
  const placed = new Set<Unit>(queue);
  const stubs: { readonly extern: Extern; readonly owner: Unit; readonly btfId: number }[] = [];
  for (const unit of queue) {
    const insns = unit.attr.insns.slice();
    const start = place(insns);
    starts.set(unit, start);
    const ids = unit === root ? undefined : builder.addBtf(unit.btf);
    const mapId = (id: number): number => ids?.[id] ?? id;
    const mapString = unit === root ? (off: number): number => off : builder.stringMap(unit.btf);
    for (const { insnIdx, typeId } of unit.attr.funcInfo ?? []) funcInfo.push({ insnIdx: start + insnIdx, typeId: mapId(typeId) });
    for (const line of unit.attr.lineInfo ?? []) {
      lineInfo.push({ ...line, insnIdx: start + line.insnIdx, fileNameOff: mapString(line.fileNameOff), lineOff: mapString(line.lineOff) });
    }
    const entry = unit.entryBtfId;
    if (unit !== root && entry !== undefined) builder.setLinkage(mapId(entry), BTF_FUNC_STATIC);
    if (unit === root && entryOverStub && entry !== undefined) {
      rewritePrototype(builder, root.btf, entry);
      builder.setLinkage(entry, BTF_FUNC_GLOBAL);
    }

    for (const insnIdx of pendingCalls(insns)) {
      const extern = unit.externs.find(({ btfId }) => btfId === insns.imm[insnIdx]);
      if (extern === undefined) continue;
      const inlined = extern.provider !== undefined && extern.slotIdx === undefined && inlines(extern, unit) ? extern.provider : undefined;
      if (inlined === undefined) {
        if (!stubs.some((stub) => stub.extern === extern)) stubs.push({ extern, owner: unit, btfId: mapId(extern.btfId) });
      } else if (!placed.has(inlined)) {
        placed.add(inlined);
        queue.push(inlined);
      }
      calls.push({ insns, insnIdx, at: start + insnIdx, to: inlined ?? extern });
    }
    if (unit === root) {
      for (const { extern } of stubs) if (!isPerCall(root, extern)) rewritePrototype(builder, root.btf, extern.btfId);
    }
  }
  for (const { extern, owner, btfId } of stubs) {
    const start = place(stubOf(owner, extern));
    starts.set(extern, start);
    funcInfo.push({ insnIdx: start, typeId: btfId });
    builder.setLinkage(btfId, isPerCall(owner, extern) ? BTF_FUNC_STATIC : BTF_FUNC_GLOBAL);
    // A program with line info has one for the first instruction of each function.
    const [line] = lineInfo;
    if (line !== undefined) lineInfo.push({ ...line, insnIdx: start });
  }
  for (const { insns, insnIdx, at, to } of calls) {
    insns.set(insnIdx, { code: CALL, src: BPF_PSEUDO_CALL, off: 0, imm: (starts.get(to) ?? 0) - at - 1 });
  }
  return { insns: Insns.concat(parts), btf: builder.encode(), funcInfo, lineInfo };
}

function stubOf(owner: Unit, extern: Extern): Insns {
  if (owner.arrayFd === undefined || extern.slotIdx === undefined) return buildStub(owner.btf, extern.btfId);
  return buildSlotStub(owner.arrayFd, extern.slotIdx, owner.slotsMayMove ? packetMover(owner.attr.type) : undefined);
}

/** A stub that is verified at each call is a static function. */
function isPerCall(owner: Unit, extern: Extern): boolean {
  return extern.slotIdx !== undefined || perCallReason(owner.btf, extern.btfId) !== undefined;
}

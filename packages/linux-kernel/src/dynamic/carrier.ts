// Over what is a library function loaded, when no program that calls it is there yet?
import { BTF_FUNC_GLOBAL, BtfBuilder } from '@rootlet/btf';
import { assemble, Insns } from '@rootlet/insn';
import { inferContext } from '@rootlet/loader';
import type { ProgAttr } from '@rootlet/loader';
import { addCaller, paramsOf, rewritePrototype } from './prototype.ts';
import type { Unit } from './unit.ts';

/** A carrier: a program whose only purpose is a stub with the prototype of a library function. */
export interface Carrier {
  readonly attr: Omit<ProgAttr, 'btfFd'>;
  readonly btf: Uint8Array<ArrayBuffer>;
  /** FUNC id of the stub. */
  readonly stubBtfId: number;
}

/**
 * A program of a type that calls a stub with the prototype of a library function: what the function is verified against while
 * nothing calls it. It is never attached. The call is real, since newer kernels verify only functions that can be reached; its
 * arguments are the context, null and 0.
 *
 * @source experiment on 6.1 and 6.12
 */
export function buildCarrier(unit: Unit, entryBtfId: number, type: number, expectedAttachType: number): Carrier {
  const builder = BtfBuilder.from(unit.btf);
  rewritePrototype(builder, unit.btf, entryBtfId);
  const caller = addCaller(builder, unit.btf, entryBtfId);
  builder.setLinkage(entryBtfId, BTF_FUNC_GLOBAL);
  const contextIdx = inferContext(unit.btf, entryBtfId).paramIdx;
  const setup = paramsOf(unit.btf, entryBtfId).map((_, idx) => (idx === contextIdx ? `r${idx + 1} = r6` : `r${idx + 1} = 0`));
  const main = assemble(['r6 = r1', ...setup, 'call pc+2', 'r0 = 0', 'exit', 'r0 = 0', 'exit'].join('\n'));
  const stubIdx = main.length - 2;
  return {
    attr: {
      name: 'rootlet_carrier',
      type,
      expectedAttachType,
      insns: Insns.concat([main]),
      license: unit.attr.license,
      flags: 0,
      ...(unit.attr.tokenFd === undefined ? {} : { tokenFd: unit.attr.tokenFd }),
      funcInfo: [{ insnIdx: 0, typeId: caller }, { insnIdx: stubIdx, typeId: entryBtfId }],
    },
    btf: builder.encode(),
    stubBtfId: entryBtfId,
  };
}

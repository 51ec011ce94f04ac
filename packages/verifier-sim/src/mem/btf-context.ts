// What does a load from a context yield that is the arguments of a function?
import { BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_INT, BTF_KIND_PTR, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION } from '@rootlet/btf';
import { UnsupportedError } from '@rootlet/bytes';
import type { Btf } from '@rootlet/btf';
import { scalarFromBounds } from '../domain/index.ts';
import { newId, verbose } from '../state/env.ts';
import type { Env } from '../state/env.ts';
import { pointerReg, PTR_MAYBE_NULL, PTR_TO_BTF_ID, PTR_TRUSTED, REG_UNKNOWN, scalarReg } from '../state/reg.ts';
import type { Reg } from '../state/reg.ts';
import type { Traced, TracedPointer } from '../state/traced.ts';
import { READ } from './types.ts';
import type { MemAccess } from './types.ts';
import { WORD_TYPE } from '../passes/proto.ts';
import { structName } from './btf-walk.ts';
import { isStructKind, kindName } from '../state/btf-kinds.ts';

const MAX_ARGS = 12;
const WORD = 8;

/** Judges an access to the arguments. @returns what a load yields; undefined, perhaps with a message, when it is refused */
export function loadArgument(env: Env, traced: Traced, what: MemAccess): Reg | undefined {
  const { off, size, access } = what;
  if (off < 0 || off >= MAX_ARGS * WORD || (access !== READ && traced.writable !== true) || off % size !== 0) return undefined;
  const fail = (text: string): undefined => {
    verbose(env, `func '${traced.name}' ${text}\n`);
    return undefined;
  };
  if (off % WORD !== 0) return fail(`offset ${off} is not multiple of 8`);
  const arg = off / WORD;
  const { btf } = traced;
  const result = arg === traced.args.length ? traced.result : undefined;
  if (result !== undefined && 'range' in result) return scalarReg(scalarFromBounds({ smin: result.range[0], smax: result.range[1] }));
  const typeId = result === undefined ? traced.args[arg] : result.typeId;
  if (typeId === undefined) return fail(`doesn't have ${missingArgument(traced, arg) + 1}-th argument`);
  if (typeId === WORD_TYPE) return REG_UNKNOWN;
  const id = btf.resolveType(typeId);
  const kind = id === 0 ? 0 : btf.kind(id);
  if (isNumber(kind)) return REG_UNKNOWN;
  if (kind !== BTF_KIND_PTR) return fail(`arg${arg} type ${kindName(kind)} is not a struct`);
  if (size !== WORD && env.profile.features.wholeArgs) return fail(`size ${size} must be 8`);
  return loadPointer(env, traced, arg, btf, id);
}

/** The kernel counts a tracepoint's own argument and the return value, and stops behind them. */
function missingArgument({ args, hidden, returnType }: Traced, arg: number): number {
  const declared = args.length + hidden;
  return arg < declared + (returnType === 0 ? 0 : 1) ? arg : declared + 1;
}

function isNumber(kind: number): boolean {
  return (
    kind === BTF_KIND_INT || kind === BTF_KIND_ENUM || kind === BTF_KIND_ENUM64 || kind === BTF_KIND_STRUCT || kind === BTF_KIND_UNION
  );
}

function loadPointer(env: Env, traced: Traced, arg: number, btf: Btf, pointerId: number): Reg | undefined {
  const special = traced.pointers[arg];
  const pointee = btf.resolveType(btf.refType(pointerId));
  if (special?.silent === true) return specialPointer(env, traced, special, pointee);
  const kind = pointee === 0 ? 0 : btf.kind(pointee);
  if (kind === 0 || kind === BTF_KIND_INT) return REG_UNKNOWN;
  // What a program's own types are is nothing to the kernel.
  if (traced.ofProgram === true) return undefined;
  if (!isStructKind(kind)) {
    verbose(env, `func '${traced.name}' arg${arg} type ${kindName(kind)} is not a struct\n`);
    return undefined;
  }
  verbose(env, `func '${traced.name}' arg${arg} has btf_id ${pointee} type ${kindName(kind)} '${structName(btf, pointee)}'\n`);
  return specialPointer(env, traced, special ?? { type: PTR_TO_BTF_ID, flags: traced.pointerFlags ?? PTR_TRUSTED, silent: false }, pointee);
}

function specialPointer(env: Env, traced: Traced, { type, flags, struct }: TracedPointer, pointee: number): Reg {
  const { btf } = traced;
  const id = (flags & PTR_MAYBE_NULL) === 0 ? 0 : newId(env);
  if (type !== PTR_TO_BTF_ID) return pointerReg(type, { flags, id });
  if (struct === undefined) return pointerReg(type, { flags, id, btf, btfId: pointee });
  const { vmlinux = traced.ofProgram === true ? undefined : btf } = env.input;
  if (vmlinux === undefined) throw new UnsupportedError('the context of another program without the BTF of the kernel', { insnIdx: env.insnIdx });
  const btfId = vmlinux.findByNameKind(struct, BTF_KIND_STRUCT) ?? vmlinux.findByNameKind(struct, BTF_KIND_TYPEDEF) ?? pointee;
  return pointerReg(type, { flags, id, btf: vmlinux, btfId });
}

// May the program be put in place of this function of another program, or trace it?
import { BTF_KIND_PTR, BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import { EINVAL, reject } from '../state/env.ts';
import type { Env, Errno } from '../state/env.ts';
import { PTR_TO_BTF_ID } from '../state/reg.ts';
import type { TracedPointer } from '../state/traced.ts';
import { findProgType } from '../tables/prog-types.ts';
import type { ProgTypeRow } from '../tables/types.ts';
import type { VerifiedSubprogram, VerifierInput, VerifierTarget } from '../types.ts';
import { isContextNamed } from './context-type.ts';
import { compareExtension } from './extension-type.ts';
import { protoOf, WORD_TYPE } from './proto.ts';
import type { Proto } from './proto.ts';
import { ARGUMENTS, functionOf, SK_STORAGE, TRAMPOLINES } from './trampolines.ts';

const BPF_F_SLEEPABLE = 16;
/** Where callers do not keep to the prototype, all registers that carry arguments are numbers. */
const UNRELIABLE: Proto = { args: [WORD_TYPE, WORD_TYPE, WORD_TYPE, WORD_TYPE, WORD_TYPE], hidden: 0, returnType: WORD_TYPE };

/** Whether the program replaces a function. */
export function isExtension(input: VerifierInput): boolean {
  return input.progType === uapi.BPF_PROG_TYPE_EXT;
}

/** What a program may do that replaces a function of one of the row's type. */
export function extensionRow(row: ProgTypeRow): ProgTypeRow {
  if (row.id !== uapi.BPF_PROG_TYPE_RAW_TRACEPOINT) return row;
  // The kernel takes it for a program at a tracepoint of its BTF.
  return { ...row, checksReturn: () => true, returnRange: () => [0n, 0n] };
}

/** Whether a program at a function may be traced by no other. */
function isAtFunction({ type, expectedAttachType }: VerifierTarget): boolean {
  return type === uapi.BPF_PROG_TYPE_TRACING && (expectedAttachType === uapi.BPF_TRACE_FENTRY || expectedAttachType === uapi.BPF_TRACE_FEXIT);
}

/** Finds the function of the target; for programs that trace it, the context follows from that. */
export function checkAttachProgram(env: Env, target: VerifierTarget, btfId: number): Errno {
  const { btf } = target;
  if (btf === undefined) {
    return reject(env, EINVAL, 'FENTRY/FEXIT program can only be attached to another program annotated with BTF\n');
  }
  if (btfId >= btf.typeCount) return reject(env, EINVAL, `attach_btf_id ${btfId} is invalid\n`);
  const name = btf.name(btfId);
  const func = target.functions.find((candidate) => candidate.btfId === btfId && candidate.reached);
  if (func === undefined) return reject(env, EINVAL, `Subprog ${name} doesn't exist\n`);
  if (func.isExceptionCallback) {
    const who = isExtension(env.input) ? 'Extension' : 'FENTRY/FEXIT';
    return reject(env, EINVAL, `${who} programs cannot attach to exception callback\n`);
  }
  return isExtension(env.input) ? checkExtension(env, target, btf, func) : checkTracing(env, target, btf, func);
}

function checkExtension(env: Env, target: VerifierTarget, btf: Btf, func: VerifiedSubprogram): Errno {
  if (!func.reliable) return reject(env, EINVAL, 'Cannot replace static functions\n');
  if (env.profile.features.packetEffects && env.subprogs[0]?.changesPktData === true && !func.changesPacketData) {
    return reject(env, EINVAL, 'Extension program changes packet data, while original does not\n');
  }
  if (target.type === uapi.BPF_PROG_TYPE_EXT) return reject(env, EINVAL, 'Cannot recursively attach\n');
  if (isAtFunction(target)) return reject(env, EINVAL, 'Cannot extend fentry/fexit\n');
  const own = env.input.btf;
  const ownId = env.subprogs[0]?.btfId ?? 0;
  if (own === undefined || ownId === 0) return reject(env, EINVAL, 'Program extension requires BTF\n');
  const err = compareExtension(env, { btf: own, id: ownId }, { btf, id: func.btfId ?? 0 });
  if (err !== 0) return err;
  return env.attachType === uapi.BPF_TRACE_ITER && target.type === uapi.BPF_PROG_TYPE_TRACING ? EINVAL : 0;
}

function checkTracing(env: Env, target: VerifierTarget, btf: Btf, func: VerifiedSubprogram): Errno {
  if (target.type === uapi.BPF_PROG_TYPE_TRACING) {
    if (!env.profile.features.nestedTracing) return reject(env, EINVAL, 'Cannot recursively attach\n');
    if (target.target?.type === uapi.BPF_PROG_TYPE_TRACING) return reject(env, EINVAL, 'Cannot nest tracing program attach more than once\n');
  }
  const { attachType } = env;
  if (attachType === uapi.BPF_TRACE_ITER) return EINVAL;
  if (!TRAMPOLINES.includes(attachType)) return reject(env, EINVAL, 'Only FENTRY/FEXIT progs are attachable to another BPF prog\n');
  if (((env.input.flags ?? 0) & BPF_F_SLEEPABLE) !== 0) return reject(env, EINVAL, `${func.name} is not sleepable\n`);
  if (attachType === uapi.BPF_MODIFY_RETURN) return reject(env, EINVAL, "can't modify return codes of BPF programs\n");
  const declared = protoOf(btf, btf.refType(func.btfId ?? 0), 0);
  if (declared === undefined) return EINVAL;
  const proto = func.reliable ? declared : UNRELIABLE;
  env.traced = {
    ...functionOf(btf, func.name, proto, attachType),
    helpers: ARGUMENTS,
    elsewhere: SK_STORAGE,
    pointers: func.reliable ? contexts(target, btf, proto) : {},
    ofProgram: true,
  };
  return 0;
}

/** Arguments that are the context of the target: whoever traces it sees what the kernel has in its place. */
function contexts(target: VerifierTarget, btf: Btf, { args }: Proto): Record<number, TracedPointer> {
  const { type } = target.type === uapi.BPF_PROG_TYPE_EXT ? (target.target ?? target) : target;
  const row = findProgType(type);
  const found: Record<number, TracedPointer> = {};
  args.forEach((arg, no) => {
    const id = btf.resolveType(arg);
    if (row === undefined || id === 0 || btf.kind(id) !== BTF_KIND_PTR) return;
    const pointee = btf.resolveType(btf.refType(id));
    if (pointee === 0 || btf.kind(pointee) !== BTF_KIND_STRUCT || !isContextNamed(row.ctxStruct, btf, btf.refType(id), false)) return;
    found[no] = { type: PTR_TO_BTF_ID, flags: 0, struct: row.ctxBehind, silent: true };
  });
  return found;
}

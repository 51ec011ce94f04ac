// How is it told what became of relocations, in the words that users of libbpf search for?
import type { RelocatedProgram } from '../types.ts';
import type { UnresolvedCoreRelo } from './apply.ts';
import type { CoreExplanation } from './explain.ts';
import { POISON_CORE_HELPER } from './patch.ts';

const PARTS = { imm: '(ALU/ALU64) imm', off: '(LDX/ST/STX) off', imm64: '(LDIMM64) imm64' } as const;

/**
 * What libbpf logs about relocations at debug level, line by line; why a candidate was not taken is said more plainly.
 *
 * @source libbpf's messages at debug level
 */
export function formatCoreLog(relocations: readonly CoreExplanation[]): string[] {
  return relocations.flatMap((one) => {
    const head = `prog '${one.funcName}': relo #${one.index}: `;
    return lines(one).map((line) => head + line);
  });
}

function lines(one: CoreExplanation): string[] {
  const out = [one.spec === '' ? `${one.kind} ${one.access}` : one.spec];
  one.candidates.forEach(({ id, type, found, problem }, at) => {
    out.push(found === undefined ? `non-matching candidate #${at} [${id}] ${type}: ${problem ?? 'does not fit'}` : `matching candidate #${at} ${found}`);
  });
  if (one.candidates.every(({ found }) => found === undefined) && one.kind !== 'local_type_id' && one.outcome !== 'error') out.push('no matching targets found');
  if (one.outcome === 'error') out.push(`insn #${one.insnIdx}: ${one.problem ?? ''}`);
  else if (one.outcome === 'poison') {
    if (one.part === 'imm64') out.push(`substituting insn #${one.insnIdx + 1} w/ invalid insn`);
    out.push(`substituting insn #${one.insnIdx} w/ invalid insn`);
  } else {
    out.push(`patched insn #${one.insnIdx} ${PARTS[one.part ?? 'imm']} ${shown(one.oldValue)} -> ${shown(one.newValue)}`);
    if (one.resized !== undefined) out.push(`patched insn #${one.insnIdx} (LDX/ST/STX) mem_sz ${one.resized.from} -> ${one.resized.to}`);
  }
  return out;
}

/** Numbers as libbpf shows them: without sign, however small the field is. */
function shown(value: bigint | undefined): bigint {
  return BigInt.asUintN(64, value ?? 0n);
}

/**
 * A verifier log in which calls of a helper that no kernel has say which relocation they stand for, as libbpf has it:
 * `failed to resolve CO-RE relocation <byte_off> [5] struct task_struct.state (0:1 @ offset 8)`.
 *
 * @param log of a rejected program
 * @param program which functions stand where in it
 * @param unresolved of {@link applyCoreRelos}
 * @returns the same log where no such call stands
 */
export function resolveCoreLog(log: string, program: Pick<RelocatedProgram, 'subprograms'>, unresolved: readonly UnresolvedCoreRelo[]): string {
  const pattern = new RegExp(`^(\\d+): \\([0-9a-f]{2}\\) call unknown#${POISON_CORE_HELPER}\\n.*invalid func unknown#${POISON_CORE_HELPER}$`, 'm');
  return log.replace(pattern, (text, at: string) => {
    const insnIdx = Number(at);
    const within = program.subprograms.findLast((one) => one.insnIdx <= insnIdx);
    const found = unresolved.find((one) => one.funcIdx === within?.func.index && one.insnIdx === insnIdx - within.insnIdx);
    return found === undefined ? text : `${at}: <invalid CO-RE relocation>\nfailed to resolve CO-RE relocation ${found.what}`;
  });
}

// How is a case given to the simulated verifier?
import type { Btf } from '@rootlet/btf';
import type { VerifierInput, VerifierMap } from '../../src/types.ts';
import type { CaseMap, VerifierCase } from './case-file.ts';

/** The verifier's input for a case. Number n stands for the fd of the n-th map. @param vmlinux for cases that need it */
export function caseInput(of: Omit<VerifierCase, 'source' | 'answers' | 'title'>, vmlinux?: Btf): VerifierInput {
  const maps = of.maps.map((map) => toVerifierMap(map, of.maps));
  return {
    name: '',
    progType: of.progType,
    expectedAttachType: of.attachType,
    insns: of.insns,
    license: of.license,
    flags: of.flags,
    ...(of.btf !== undefined && { btf: of.btf.btf, funcInfo: of.btf.funcInfo }),
    ...(vmlinux !== undefined && { vmlinux }),
    mapByFd: (fd) => maps[fd - 1],
  };
}

function toVerifierMap(map: CaseMap, all: readonly CaseMap[]): VerifierMap {
  const inner = map.inner === undefined ? undefined : all.find((other) => other.name === map.inner);
  return {
    name: map.name,
    type: map.type,
    keySize: map.keySize,
    valueSize: map.valueSize,
    maxEntries: map.maxEntries,
    flags: map.flags,
    ...(inner !== undefined && { innerMap: toVerifierMap(inner, all) }),
    ...(map.frozen !== undefined && { frozenValue: map.frozen }),
  };
}

// What may be done with an object that a cast made, where the object itself could be written? Ids of types differ between kernels, so this is no case.
import { BTF_KIND_STRUCT } from '@rootlet/btf';
import { expect, it } from '@jest/globals';
import { verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';
import { caseVmlinux } from './case-vmlinux.ts';

const vmlinux = caseVmlinux();
const tcpSock = vmlinux?.findByNameKind('tcp_sock', BTF_KIND_STRUCT) ?? 0;
const type = vmlinux?.type(tcpSock);
const window = type?.kind === BTF_KIND_STRUCT ? (type.members.find(({ name }) => name === 'snd_cwnd')?.bitOff ?? 0) / 8 : 0;

const program = (cast: string): string => `prog struct_ops
attach 17
attach_btf tcp_congestion_ops
---
  r0 = *(u64 *)(r1 +0)
${cast}
  *(u32 *)(r0 +${window}) = 3
  r0 = 0
  exit
`;

// Measured on Linux 6.18, the program compiled by clang.
it('congestion control writes the window of its socket, not of a cast of it', () => {
  const answer = (cast: string): unknown[] => {
    const { errno, error } = verify(caseInput(parseCase(program(cast), vmlinux), vmlinux));
    return [errno, error];
  };
  expect(answer('')).toEqual([0, undefined]);
  expect(answer(`  r1 = r0\n  r2 = ${tcpSock}\n  call bpf_rdonly_cast`)).toEqual([13, 'only read is supported']);
});

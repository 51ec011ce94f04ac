// Do helpers and contexts answer as the running kernel's do?
import { describe, expect, it } from '@jest/globals';
import { bytesToHex, hexToBytes } from '@rootlet/bytes';
import { decodeInsns } from '@rootlet/insn';
import type { KernelError } from '@rootlet/loader';
import { credulousKernel, progAttr } from './support.ts';
import vectors from './data/helper-vectors.json';

interface Vector {
  readonly name: string;
  readonly type: number;
  readonly insns: string;
  readonly data: string;
  readonly ctx: string | null;
  readonly errno: number;
  readonly retval: number;
  readonly out: string;
}

function bytes(hex: string): Uint8Array {
  return hexToBytes(hex) as Uint8Array;
}

/** The same, from the simulated kernel. */
function replay(vector: Vector): Pick<Vector, 'errno' | 'retval' | 'out'> {
  const kernel = credulousKernel();
  try {
    const insns = decodeInsns(bytes(vector.insns), true);
    const { fd } = kernel.progLoad(progAttr(insns, { name: vector.name.slice(0, 15), type: vector.type }));
    const ctxIn = vector.ctx === null ? {} : { ctxIn: bytes(vector.ctx) };
    const { retval, dataOut } = kernel.progTestRun(fd, { dataIn: bytes(vector.data), ...ctxIn });
    return { errno: 0, retval, out: bytesToHex(dataOut) };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KernelError') throw error;
    return { errno: -(error as KernelError).errno, retval: 0, out: (error).message };
  } finally {
    kernel[Symbol.dispose]();
  }
}

const groups = new Map<string, Vector[]>();
for (const vector of vectors as Vector[]) {
  const group = vector.name.split(' ').slice(0, vector.name.startsWith('ctx') ? 2 : 1).join(' ');
  groups.set(group, [...(groups.get(group) ?? []), vector]);
}

describe('recorded from BPF_PROG_TEST_RUN on Linux 6.18', () => {
  it.each([...groups])('%s', (_group, list) => {
    const differing = list.flatMap((vector) => {
      const have = replay(vector);
      const same = have.errno === vector.errno && have.retval === vector.retval && have.out === vector.out;
      return same ? [] : [{ name: vector.name, have, want: { errno: vector.errno, retval: vector.retval, out: vector.out } }];
    });
    expect(differing).toEqual([]);
  });
});

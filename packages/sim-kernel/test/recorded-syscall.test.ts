// Do strings, numbers and printing come out as on the running kernel?
import { describe, expect, it } from '@jest/globals';
import { bytesToHex, hexToBytes } from '@rootlet/bytes';
import { BPF_PSEUDO_MAP_VALUE, decodeInsns } from '@rootlet/insn';
import { BPF_F_RDONLY_PROG, BPF_MAP_TYPE_ARRAY, BPF_PROG_TYPE_SYSCALL } from '@rootlet/uapi';
import { credulousKernel, progAttr } from './support.ts';
import vectors from './data/syscall-vectors.json';

function bytes(hex: string): Uint8Array {
  return hexToBytes(hex) as Uint8Array;
}

describe('recorded from BPF_PROG_TEST_RUN of syscall programs on Linux 6.18', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const kernel = credulousKernel();
    const insns = decodeInsns(bytes(vector.insns), true);
    if (vector.rodata !== null) {
      const rodata = bytes(vector.rodata);
      const map = { name: 'rodata', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: rodata.length, maxEntries: 1, flags: BPF_F_RDONLY_PROG };
      const fd = kernel.mapCreate(map);
      kernel.mapUpdate(fd, new Uint8Array(4), rodata);
      kernel.mapFreeze(fd);
      for (let idx = 0; idx < insns.length; idx++) {
        if (insns.isWide(idx) && insns.src[idx] === BPF_PSEUDO_MAP_VALUE) insns.set(idx, { imm: fd });
      }
    }
    const { fd } = kernel.progLoad(progAttr(insns, { type: BPF_PROG_TYPE_SYSCALL }));
    const result = kernel.progTestRun(fd, { ctxIn: bytes(vector.ctx) });
    const out = bytesToHex(result.ctxOut.subarray(0, vector.out.length / 2));
    expect({ retval: result.retval | 0, out }).toEqual({ retval: vector.retval | 0, out: vector.out });
  });
});

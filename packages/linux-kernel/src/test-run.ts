// How does the kernel run a program on given data?
import { KernelError } from '@rootlet/loader';
import type { TestRunOptions, TestRunResult } from '@rootlet/loader';
import { BPF_ATTR_TEST_LAYOUT, BPF_PROG_TEST_RUN } from '@rootlet/uapi';
import { encodeFull } from './attr.ts';
import type { Ffi } from './ffi.ts';

/** Bytes a program may add to a packet in a test run. */
const DATA_OUT_ROOM = 4096;

/** @throws KernelError */
export function testRun(ffi: Ffi, progFd: number, options: TestRunOptions): TestRunResult {
  const pointer = (bytes: Uint8Array<ArrayBuffer> | undefined): bigint => (bytes === undefined || bytes.length === 0 ? 0n : ffi.address(bytes));
  const dataIn = options.dataIn === undefined ? undefined : new Uint8Array(options.dataIn);
  const dataOut = new Uint8Array(dataIn === undefined ? 0 : dataIn.length + DATA_OUT_ROOM);
  const ctxIn = options.ctxIn === undefined ? undefined : new Uint8Array(options.ctxIn);
  const ctxOut = new Uint8Array(ctxIn?.length ?? 0);
  const attr = encodeFull(BPF_ATTR_TEST_LAYOUT, {
    prog_fd: progFd,
    data_size_in: dataIn?.length,
    data_size_out: dataOut.length,
    data_in: pointer(dataIn),
    data_out: pointer(dataOut),
    repeat: options.repeat,
    ctx_size_in: ctxIn?.length,
    ctx_size_out: ctxOut.length,
    ctx_in: pointer(ctxIn),
    ctx_out: pointer(ctxOut),
    flags: options.flags,
    cpu: options.cpu,
    batch_size: options.batchSize,
  });
  const result = ffi.bpf(BPF_PROG_TEST_RUN, attr);
  if (result < 0) throw new KernelError('prog test run', -result, 'refused');
  const answer = new DataView(attr.buffer);
  return {
    retval: answer.getUint32(4, true),
    dataOut: dataOut.subarray(0, answer.getUint32(12, true)),
    ctxOut: ctxOut.subarray(0, answer.getUint32(44, true)),
    durationNs: answer.getUint32(36, true),
  };
}

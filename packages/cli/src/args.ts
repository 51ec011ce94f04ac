// What do option values mean?
import { hexToBytes } from '@rootlet/bytes';
import { findProgType } from '@rootlet/uapi';
import { profileOf } from '@rootlet/verifier-sim';
import type { KernelProfile } from '@rootlet/verifier-sim';
import { InvalidArgumentError } from 'commander';
import { InputError } from './io.ts';
import type { Io } from './io.ts';

/** Bytes of `HEX` or `@FILE`. @throws InputError */
export function bytesArg(io: Io, option: string, value: string | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  if (value.startsWith('@')) return io.read(value.slice(1));
  const bytes = hexToBytes(value);
  if (bytes === undefined) throw new InputError(option, `'${value}' is neither hexadecimal nor @FILE`);
  return bytes;
}

/** A positive integer. @throws InvalidArgumentError */
export function countArg(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 0xffffffff) throw new InvalidArgumentError('need a positive integer.');
  return count;
}

/** A verifier log level. @throws InvalidArgumentError */
export function logLevelArg(value: string): number {
  if (!/^[0-7]$/.test(value)) throw new InvalidArgumentError('need 0, 1, 2 or 4.');
  return Number(value);
}

/** A program type by name: `xdp` or `BPF_PROG_TYPE_XDP`. @throws InvalidArgumentError */
export function progTypeArg(value: string): number {
  const type = findProgType(value);
  if (type === undefined) throw new InvalidArgumentError('no such program type.');
  return type;
}

const KERNELS: readonly string[] = ['6.1', '6.12', '6.18'];

/** Kernel versions: `6.1`, `6.1,6.18` or `all`. @throws InvalidArgumentError */
export function kernelsArg(value: string): readonly KernelProfile[] {
  const versions = value === 'all' ? KERNELS : value.split(',');
  return versions.map((version) => {
    const profile = profileOf(version);
    if (profile === undefined) throw new InvalidArgumentError(`no profile of '${version}'; there are ${KERNELS.join(', ')}.`);
    return profile;
  });
}

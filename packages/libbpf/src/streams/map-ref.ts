// Which map does a stream belong to?
import { UnsupportedError } from '@rootlet/bytes';
import type { Kernel, KernelStreams } from '@rootlet/loader';

/** A map: of an object, or any fd with its kernel. */
export interface MapRef {
  readonly kernel: Kernel;
  readonly fd: number;
}

/** How long to listen. */
export interface StreamOptions {
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** @throws UnsupportedError when the kernel has no streams */
export function streamsOf({ kernel }: MapRef): KernelStreams {
  if (kernel.streams === undefined) throw new UnsupportedError(`ring buffers on ${kernel.name}`);
  return kernel.streams;
}

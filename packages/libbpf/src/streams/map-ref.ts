// Which map does a stream belong to?
import { UnsupportedError } from '@rootlet/bytes';
import type { Kernel, KernelStreams } from '@rootlet/loader';

/** A map: of an object, or any fd with its kernel. */
export interface MapRef {
  readonly kernel: Kernel;
  readonly fd: number;
}

/** An `AbortSignal`, as browsers and Node have it; spelled out, so that the types need neither's library. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How long to listen. */
export interface StreamOptions {
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignalLike;
}

/** @throws UnsupportedError when the kernel has no streams */
export function streamsOf({ kernel }: MapRef): KernelStreams {
  if (kernel.streams === undefined) throw new UnsupportedError(`ring buffers on ${kernel.name}`);
  return kernel.streams;
}

// What holds a table of functions that was given to the kernel without a link?
import type { Kernel } from '@rootlet/loader';
import { BpfLink } from './link.ts';

/**
 * A `.struct_ops` table in use: the map itself holds it. Destroying this takes the table back; the map stays the object's.
 */
export class StructOpsLink extends BpfLink {
  readonly #kernel: Kernel;
  readonly #mapFd: number;
  #held = true;

  constructor(kernel: Kernel, mapFd: number) {
    super(kernel, mapFd);
    this.#kernel = kernel;
    this.#mapFd = mapFd;
  }

  override detach(): void {
    this.destroy();
  }

  override destroy(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#kernel.mapDelete(this.#mapFd, new Uint8Array(4));
  }
}

// What happens to samples, and to packets sent elsewhere?
import { KeylessMap } from './keyless.ts';

/** One sample of `bpf_perf_event_output`. */
export interface PerfSample {
  readonly cpu: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Samples kept for the consumer; older ones are lost beyond it, as in a ring that nobody reads. */
const MOST_SAMPLES = 65_536;

/** `BPF_MAP_TYPE_PERF_EVENT_ARRAY`: samples are captured, whatever events are open. */
export class PerfEventArrayMap extends KeylessMap {
  readonly #samples: PerfSample[] = [];
  /** Called whenever a sample comes, also one that is lost. */
  readonly listeners: Set<() => void> = new Set();
  #lost = 0;

  /** Samples that came when nobody had read the earlier ones. */
  get lost(): number {
    return this.#lost;
  }

  /** Samples that wait. */
  get pending(): number {
    return this.#samples.length;
  }

  /** Adds a sample. */
  output(cpu: number, data: Uint8Array<ArrayBuffer>): void {
    if (this.#samples.length >= MOST_SAMPLES) this.#lost++;
    else this.#samples.push({ cpu, data });
    for (const listener of this.listeners) listener();
  }

  /** Takes the oldest sample off. */
  consume(): PerfSample | undefined {
    return this.#samples.shift();
  }

  override dispose(): void {
    this.#samples.length = 0;
  }
}

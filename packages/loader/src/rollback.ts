// How is everything undone when a later step fails?

/** Undo steps of what succeeded so far, run last first. */
export class Rollback {
  readonly #steps: (() => void)[] = [];

  /** Remembers how to undo what was just done. */
  add(step: () => void): void {
    this.#steps.push(step);
  }

  /** Undoes everything. */
  run(): void {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) step();
  }

  /** Everything succeeded: forget the steps. */
  commit(): void {
    this.#steps.length = 0;
  }
}

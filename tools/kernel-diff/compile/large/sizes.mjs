// How large were the programs that were compared, why were the refused ones refused, and which took longer than others?
import { lastLine } from '../../compare.mjs';

const QUANTILES = [10, 25, 50, 75, 90, 95, 99, 100];
/** Reasons and slow programs that are printed. */
const MOST = 12;
/** Processed instructions below which times say nothing. */
const LEAST = 1000;

/** Counts processed instructions, of accepted and refused programs, reasons, and times. */
export class Sizes {
  #accepted = [];
  #refused = [];
  #reasons = new Map();
  #times = [];

  /** @param row a comparison of compareProgram @param {string} name */
  add({ real, insns, times }, name) {
    (real.errno === 0 ? this.#accepted : this.#refused).push(insns);
    if (insns >= LEAST) this.#times.push({ name, insns, quiet: times.sim / times.real, logged: times.sim2 / times.real2, each: (times.sim * 1000) / insns });
    if (real.errno === 0) return;
    const reason = lastLine(real.log).replace(/0x[0-9a-f]+|-?\d+/g, 'N');
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  text() {
    const line = (name, sizes) => {
      const sorted = sizes.sort((a, b) => a - b);
      const cells = QUANTILES.map((part) => `${part} %: ${sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * part) / 100))] ?? '–'}`);
      return `processed instructions, ${name} (${sorted.length}): ${cells.join(', ')}`;
    };
    const reasons = [...this.#reasons].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([reason, count]) => `  ${String(count).padStart(5)}  ${reason}`);
    return [line('all', [...this.#accepted, ...this.#refused]), line('accepted', this.#accepted), line('refused', this.#refused), 'refused because of', ...reasons, ...this.#slow()].join('\n');
  }

  #slow() {
    const mean = (key) => Math.exp(this.#times.reduce((sum, row) => sum + Math.log(row[key]), 0) / this.#times.length).toFixed(2);
    const slow = this.#times.sort((a, b) => b.each - a.each).slice(0, MOST).map(({ name, insns, each, quiet, logged }) => `  ${name}  ${insns} insns  ${each.toFixed(1)} us each  ${quiet.toFixed(2)} without log, ${logged.toFixed(2)} at level 2`);
    return [`times of the kernel's, ${this.#times.length} programs, geometric mean: ${mean('quiet')} without log, ${mean('logged')} at level 2; slowest:`, ...slow];
  }
}

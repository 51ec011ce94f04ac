// How does a check say how it went, to a person and to .ci/run?
import { appendFileSync } from 'node:fs';

/** Of a problem, so many lines are shown. */
const MAX_LINES = 20;

/** One line per check on standard output; where ROOTLET_CHECKS names a file, one JSON line per check there for .ci/run to add up. */
export class Checks {
  #group;
  #failed = 0;
  #passed = 0;
  #skipped = 0;

  /** @param {string} group e.g. `pack` */
  constructor(group) {
    this.#group = group;
  }

  pass(name, remark = '') {
    this.#passed++;
    this.#report('passed', name, remark);
  }

  fail(name, problem) {
    this.#failed++;
    this.#report('failed', name, problem);
  }

  /** A skip says why: it is never silently green. */
  skip(name, reason) {
    this.#skipped++;
    this.#report('skipped', name, reason);
  }

  /**
   * Runs a check: what it returns is the remark, what it throws is the problem.
   *
   * @returns {Promise<boolean>} whether it passed
   */
  async run(name, body) {
    try {
      this.pass(name, (await body()) ?? '');
      return true;
    } catch (error) {
      const lines = [error.message, error.stdout ?? ''].join('\n').trim().split('\n');
      this.fail(name, process.env.DEBUG ? error.stack : [...lines.slice(0, MAX_LINES), ...(lines.length > MAX_LINES ? [`… ${lines.length - MAX_LINES} more lines`] : [])].join('\n'));
      return false;
    }
  }

  /** Prints the sum and ends the process. */
  end() {
    console.log(`${this.#group}: ${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`);
    process.exit(this.#failed === 0 ? 0 : 1);
  }

  #report(status, name, remark) {
    const mark = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[status];
    console.log(`${mark} ${this.#group}: ${name}${remark ? `: ${remark}` : ''}`);
    if (process.env.ROOTLET_CHECKS) appendFileSync(process.env.ROOTLET_CHECKS, `${JSON.stringify({ group: this.#group, status, name, remark })}\n`);
  }
}

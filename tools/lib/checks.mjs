// How does a check say how it went, to a person and to .ci/run?
import { appendFileSync } from 'node:fs';

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

  /** Runs a check: what it returns is the remark, what it throws is the problem. */
  async run(name, body) {
    try {
      this.pass(name, (await body()) ?? '');
    } catch (error) {
      this.fail(name, error.stdout ? `${error.message}\n${error.stdout}${error.stderr}` : (process.env.DEBUG ? error.stack : error.message));
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

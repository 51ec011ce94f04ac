// Where does chance come from, so that a seed means the same program everywhere?

/** A small generator of good quality (mulberry32). */
export class Random {
  #state;

  /** @param {number} seed @param {number} index of the program within the seed */
  constructor(seed, index = 0) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** 32 random bits. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 to n-1. */
  below(n) {
    return n <= 0 ? 0 : this.next() % n;
  }

  /** From a to b, both possible. */
  between(a, b) {
    return a + this.below(b - a + 1);
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of `[weight, value]`. */
  weighted(list) {
    let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of list) {
      left -= weight;
      if (left < 0) return value;
    }
    return list[0][1];
  }

  /** A number that is likely to be interesting: small, around powers of two, at the limits. */
  imm() {
    switch (this.below(6)) {
      case 0: return this.below(16);
      case 1: return -this.below(16);
      case 2: return (1 << this.below(32)) + this.below(3) - 1;
      case 3: return this.pick([0x7fffffff, -0x80000000, 0, 1, -1, 0xff, 0xffff, 0x7fff, 0x80, 0x8000]);
      case 4: return this.next() >>> this.below(32);
      default: return this.next() | 0;
    }
  }
}

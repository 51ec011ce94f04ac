// What is told of one kind of refusal?
/** One kind of refusal. */
export interface Rule {
  /** Stable name. */
  readonly id: string;
  readonly pattern: RegExp;
  /** What is wrong, `{group}` standing for a group of the pattern. */
  readonly cause: string;
  /** What usually mends it. */
  readonly fix: string;
}

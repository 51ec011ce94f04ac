// Which functions does the program consist of?

/** A function of the program under verification. */
export interface Subprogram {
  /** First instruction. */
  readonly start: number;
  /** One past the last instruction. */
  end: number;
  /** Name from BTF; empty without. */
  name: string;
  /** FUNC id; 0 without BTF. */
  btfId: number;
  /** BTF linkage: 0 static, 1 global. */
  global: boolean;
  /** Deepest stack byte it touches, bytes. */
  stackDepth: number;
  hasTailCall: boolean;
  tailCallReachable: boolean;
  hasLdAbs: boolean;
  isCb: boolean;
  isAsyncCb: boolean;
  isExceptionCb: boolean;
  /** A global function that is reachable, thus must be verified. */
  called: boolean;
  changesPktData: boolean;
  mightSleep: boolean;
  /** First instructions of the functions it calls, callbacks included. */
  readonly calls: number[];
}

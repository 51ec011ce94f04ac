// How large are frames, and how often may a program do what could go on for ever?

/** Stack bytes of one frame, as the kernel has it. */
export const FRAME_BYTES = 512;

/** Bytes from one frame to the next: what is between is never mapped. */
export const FRAME_STRIDE: number = FRAME_BYTES + 16;

/** Words saved by a call: registers 6 to 10, two each, and where to go on. */
export const SAVED_WORDS = 11;

/** Tail calls in one run. */
export const MAX_TAIL_CALLS = 33;

/** Turns a hidden `may_goto` counter allows. */
export const MAY_GOTO_TURNS = 8_388_608;

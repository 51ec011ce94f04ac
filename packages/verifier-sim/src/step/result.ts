// How does the path go on after an instruction?

/** The path goes on at `env.insnIdx`. */
export const STEP_NEXT = 0;
/** The path has ended. */
export const STEP_EXIT = 1;
/** The path goes on in a caller: everything is worth printing. */
export const STEP_RETURN = 2;
/** The path goes on in a caller, to which an instruction other than `exit` has led. */
export const STEP_LEFT = 3;

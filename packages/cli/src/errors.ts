// How is an error shown to people and to programs?
import type { RootletError } from '@rootlet/bytes';

/** An error as `--json` prints it. */
export interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly errno?: number;
  readonly log?: string;
}

/** Whether rootlet threw this on purpose. Anything else is a bug and must surface with its stack. */
export function isRootletError(error: unknown): error is RootletError & { errno?: number; log?: string } {
  return error instanceof Error && 'code' in error && 'what' in error;
}

/** The parts of an error that programs read. @throws the error itself when it is none of rootlet's */
export function errorToJson(error: unknown): ErrorJson {
  if (!isRootletError(error)) throw error;
  return {
    code: error.code,
    message: error.message,
    ...(error.errno === undefined ? {} : { errno: error.errno }),
    ...(error.log === undefined || error.log === '' ? {} : { log: error.log }),
  };
}

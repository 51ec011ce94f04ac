// What does the command `rootlet` do with its arguments?
import { createProgram, exitStatusOf } from './program.ts';
import { createProcessIo } from './io.ts';

const io = createProcessIo();
createProgram(io)
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    io.fail(exitStatusOf(error, io));
  });

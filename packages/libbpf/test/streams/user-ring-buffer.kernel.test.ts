// The same on the running kernel.
import './user-ring-buffer.test.ts';

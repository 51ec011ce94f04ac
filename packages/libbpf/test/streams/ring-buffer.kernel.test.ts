// The same on the running kernel.
import './ring-buffer.test.ts';

// The same on the running kernel.
import './pinning.test.ts';

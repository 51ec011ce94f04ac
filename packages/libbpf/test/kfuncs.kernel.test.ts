// The same on the running kernel.
import './kfuncs.test.ts';

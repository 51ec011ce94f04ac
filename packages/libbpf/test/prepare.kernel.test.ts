// The same on the running kernel.
import './prepare.test.ts';

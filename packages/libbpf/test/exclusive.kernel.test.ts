// The same on the running kernel.
import './exclusive.test.ts';

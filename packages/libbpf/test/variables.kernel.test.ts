// The same on the running kernel.
import './variables.test.ts';

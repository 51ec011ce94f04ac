// The same on the running kernel.
import './skeleton.test.ts';

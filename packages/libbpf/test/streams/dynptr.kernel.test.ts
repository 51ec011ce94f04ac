// The same on the running kernel.
import './dynptr.test.ts';

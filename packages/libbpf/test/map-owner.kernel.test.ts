// The same on the running kernel.
import './map-owner.test.ts';

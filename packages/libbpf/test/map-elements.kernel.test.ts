// The same on the running kernel.
import './map-elements.test.ts';

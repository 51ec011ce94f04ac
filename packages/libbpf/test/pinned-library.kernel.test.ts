// Are pinned libraries found on a real kernel? The same tests, asked of the one that runs here.
import './pinned-library.test.ts';

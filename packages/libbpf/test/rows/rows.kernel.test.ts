// Do the linking rows hold on a real kernel? The same tests, asked of the one that runs here.
import './s01-s04.test.ts';
import './s05-s07.test.ts';
import './s08-s10.test.ts';
import './t01-t04.test.ts';
import './t05-t08.test.ts';
import './t09-t12.test.ts';
import './slots.test.ts';

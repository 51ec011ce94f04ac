// Which features may the programs of one file have?
import { packets } from '../packets.mjs';
import { exceptions, later, patience } from './async.mjs';
import { congestion } from './congestion.mjs';
import { dynptrs } from './dynptrs.mjs';
import { frames } from './frames.mjs';
import { graph } from './graph.mjs';
import { iterators, objectIterators } from './iterators.mjs';
import { arenas, perCpus } from './memory.mjs';
import { numbers } from './numbers.mjs';
import { parsers } from './parsers.mjs';
import { regions } from './regions.mjs';
import { sockets } from './sockets.mjs';
import { strings } from './strings.mjs';
import { walks } from './walks.mjs';

/**
 * `fits` says of a kind of program whether it may have the feature, `declarations` stand before the programs, `statements` are what
 * they may say; with `create`, both are made anew for each file.
 */
export const FEATURES = [
  { name: 'plain', fits: () => true, statements: [] },
  packets, parsers, numbers, frames, iterators, objectIterators, dynptrs, graph, walks, regions, sockets, strings, later, exceptions, patience, congestion, arenas, perCpus,
];

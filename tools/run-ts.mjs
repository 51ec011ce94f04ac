// How does a TypeScript program of the tests run as a process of its own, from the sources?
//
//   node tools/run-ts.mjs FILE.ts [arguments]      FILE relative to the repository
import { importNativeTs } from './lib/import-ts.mjs';

const [file] = process.argv.splice(2, 1);
await importNativeTs(file);

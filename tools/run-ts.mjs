// How does a TypeScript program of the tests run as a process of its own, from the sources?
//
//   node tools/run-ts.mjs FILE.ts [arguments]      FILE relative to the repository
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CACHE, ROOT } from './lib/workspace.mjs';

mkdirSync(CACHE, { recursive: true });
// Within the repository, so that koffi is found.
let run;
const folder = mkdtempSync(join(CACHE, 'run-ts-'));
try {
  const outfile = join(folder, 'main.mjs');
  await build({
    entryPoints: [join(ROOT, process.argv[2])],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'error',
    plugins: [
      {
        name: 'workspace',
        setup({ onResolve }) {
          onResolve({ filter: /^@rootlet\/[^/]+$/ }, ({ path }) => ({ path: join(ROOT, 'packages', path.slice('@rootlet/'.length), 'src/index.ts') }));
        },
      },
    ],
  });
  process.argv.splice(1, 2, outfile);
  run = await import(pathToFileURL(outfile).href);
} finally {
  rmSync(folder, { recursive: true });
}
// After the folder is gone, for a program that is killed takes nothing away.
await run.main?.();

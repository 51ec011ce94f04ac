// Builds the benchmarks and runs those that are named: node alone cannot read TypeScript.
//
//   npm run bench -w @rootlet/reloc [-- core link link-work]
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setUpCore } from './core.mjs';
import { setUpLink } from './link.mjs';

const out = mkdtempSync(join(tmpdir(), 'rootlet-bench-'));
const here = fileURLToPath(new URL('.', import.meta.url));
const SETUPS = { core: setUpCore, link: setUpLink, 'link-work': setUpLink };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['core', 'link'];
try {
  for (const name of wanted) {
    await SETUPS[name](here, out);
    await build({
      entryPoints: [join(here, `${name}.ts`)],
      outdir: out,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'warning',
      tsconfig: join(here, '../../../tsconfig.json'),
    });
    await import(pathToFileURL(join(out, `${name}.mjs`)).href);
  }
} finally {
  rmSync(out, { recursive: true });
}

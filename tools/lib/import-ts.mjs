// How does a tool use a package's sources without a build?
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles the TypeScript file at `path` (relative to the repository) in memory and imports it. */
export async function importTs(path) {
  const code = await bundle(path, []);
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

/** The same for what uses koffi: through a file within the repository, where that is found. */
export async function importNativeTs(path) {
  const code = await bundle(path, ['koffi']);
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/import-ts-'));
  try {
    const file = join(folder, 'main.mjs');
    writeFileSync(file, code);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(path, external) {
  const { outputFiles } = await build({
    entryPoints: [root + path],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external,
    logLevel: 'error',
    plugins: [
      {
        name: 'workspace',
        setup({ onResolve }) {
          onResolve({ filter: /^@rootlet\/[^/]+$/ }, (args) => ({ path: `${root}packages/${args.path.slice('@rootlet/'.length)}/src/index.ts` }));
        },
      },
    ],
  });
  return outputFiles[0].contents;
}

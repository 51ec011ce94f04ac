// How does a tool use a package's sources without a build?
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles the TypeScript file at `path` (relative to the repository) in memory and imports it. */
export async function importTs(path) {
  const { outputFiles } = await build({
    entryPoints: [root + path],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
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
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

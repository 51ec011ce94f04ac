// What does a bundler make of the built packages?
import { join } from 'node:path';
import esbuild from 'esbuild';
import { listPackages, ROOT } from './workspace.mjs';

/** Resolves `@rootlet/x` to this checkout's build, also where node_modules belongs to another checkout. */
export function builtPackages({ sideEffects = false } = {}) {
  const entries = new Map(listPackages().map((pkg) => [pkg.name, join(pkg.path, 'dist/index.js')]));
  return {
    name: 'built-packages',
    setup(build) {
      build.onResolve({ filter: /^@rootlet\// }, (args) => (entries.has(args.path) ? { path: entries.get(args.path), sideEffects } : undefined));
    },
  };
}

/**
 * Bundles one line of code for a browser, as an application would, minified.
 *
 * @param {string} code
 * @param {import('esbuild').BuildOptions} [options]
 * @returns {Promise<{ text: string, inputs: string[] }>} the bundle, and the files of which code survived
 */
export async function bundleForBrowser(code, options = {}) {
  const result = await esbuild.build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    logLevel: 'silent',
    absWorkingDir: ROOT,
    plugins: [builtPackages()],
    ...options,
  });
  const [output] = Object.values(result.metafile.outputs);
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return { text: result.outputFiles[0].text, inputs };
}

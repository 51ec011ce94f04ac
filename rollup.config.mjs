// How does a package become what npm gets? One recipe for all: ESM, CommonJS, and declarations for each.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import dts from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import { findEntry, listPackages, ROOT } from './tools/lib/workspace.mjs';

const TARGET = 'node20.19';

/**
 * Rollup's options for one package.
 *
 * @param {import('./tools/lib/workspace.mjs').Package} pkg
 * @returns {import('rollup').RollupOptions[]}
 */
export function rollupOptions(pkg) {
  return pkg.json.bin === undefined ? libraryOptions(pkg) : commandOptions(pkg);
}

/** A library keeps its dependencies as imports. */
function libraryOptions(pkg) {
  const input = join(pkg.path, findEntry(pkg.path));
  const external = externalOf(pkg);
  const dist = join(pkg.path, 'dist');
  return [
    {
      input,
      external,
      onwarn,
      plugins: [json({ preferConst: true, namedExports: false }), transpile()],
      output: [
        { file: join(dist, 'index.js'), format: 'es', sourcemap: true },
        { file: join(dist, 'index.cjs'), format: 'cjs', sourcemap: true, exports: 'named' },
      ],
    },
    {
      input,
      external,
      onwarn,
      // isolatedDeclarations: a declaration follows from its own file alone, so nothing is checked or looked up here; `npm run types` checks.
      plugins: [dts({ compilerOptions: { noCheck: true, types: [], noLib: true }, tsconfig: join(ROOT, 'tsconfig.json') }), disposable()],
      // The two declaration files are equal: what they import resolves by the mode of the importing file.
      output: [
        { file: join(dist, 'index.d.ts'), format: 'es' },
        { file: join(dist, 'index.d.cts'), format: 'es' },
      ],
    },
  ];
}

/** Users' compilers know `Symbol.dispose` only when they are told; declarations that name it tell them. */
function disposable() {
  return {
    name: 'disposable',
    renderChunk: (code) => (code.includes('[Symbol.dispose]') ? { code: `/// <reference lib="esnext.disposable" />\n${code}`, map: null } : null),
  };
}

/** The command carries everything with it, but native code; what it imports dynamically becomes a chunk, loaded when asked for. */
function commandOptions(pkg) {
  const [name] = Object.keys(pkg.json.bin);
  return [
    {
      input: { [name]: join(pkg.path, findEntry(pkg.path)) },
      external: externalOf(pkg),
      onwarn,
      plugins: [workspaceSources(), nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json({ preferConst: true, namedExports: false }), transpile()],
      output: {
        dir: join(pkg.path, 'dist'),
        format: 'cjs',
        sourcemap: true,
        entryFileNames: '[name].cjs',
        chunkFileNames: '[name]-[hash].cjs',
        dynamicImportInCjs: false,
      },
    },
  ];
}

function transpile() {
  return esbuild({ target: TARGET, tsconfig: false, sourceMap: true });
}

/** What stays an import: Node's own modules and whatever package.json says gets installed along. */
function externalOf(pkg) {
  const installed = Object.keys({ ...pkg.json.dependencies, ...pkg.json.optionalDependencies, ...pkg.json.peerDependencies });
  return (id) => id.startsWith('node:') || installed.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Finds `@rootlet/x` in the sources, so that a bundle does not depend on the order of builds. */
function workspaceSources() {
  const entries = new Map(listPackages().map((pkg) => [pkg.name, join(pkg.path, 'src/index.ts')]));
  return {
    name: 'workspace-sources',
    resolveId(id) {
      const entry = entries.get(id);
      return entry !== undefined && existsSync(entry) ? { id: entry, moduleSideEffects: false } : null;
    },
    // `sideEffects: false` of the package.json beside a source file is not seen by rollup itself.
    load(id) {
      return id.startsWith(join(ROOT, 'packages')) && id.endsWith('.ts') && !id.includes(join('packages', 'cli'))
        ? { code: readFileSync(id, 'utf8'), moduleSideEffects: false }
        : null;
    },
  };
}

/** A build has no warnings: each would be a surprise at someone's import. Cycles are tools/floors.mjs's to judge; a package of types only is empty. */
function onwarn(warning) {
  if (warning.code === 'EMPTY_BUNDLE' || warning.code === 'CIRCULAR_DEPENDENCY') return;
  throw new Error(`rollup: ${warning.code ?? 'warning'}: ${warning.message}`);
}

export default listPackages()
  .filter((pkg) => findEntry(pkg.path) !== undefined)
  .flatMap(rollupOptions);

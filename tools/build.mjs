// What has changed since it was built, and how does it get built?
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, findEntry, listFiles, listPackages, ROOT, shortPath } from './lib/workspace.mjs';

/** What every package's output depends on. */
const SHARED_INPUTS = ['rollup.config.mjs', 'tsconfig.json', 'package-lock.json', 'tools/build.mjs', 'LICENSE'];

/**
 * Builds the packages whose inputs differ from those of their last build.
 *
 * @param {{ force?: boolean }} options `force`: build all
 * @returns {Promise<string[]>} folder names of what was built
 */
export async function build({ force = false } = {}) {
  const began = Date.now();
  const packages = listPackages().filter((pkg) => findEntry(pkg.path) !== undefined);
  const shared = SHARED_INPUTS.map((file) => join(ROOT, file));
  const sources = new Map(packages.map((pkg) => [pkg.name, listFiles(join(pkg.path, 'src'))]));
  const stale = [];
  for (const pkg of packages) {
    const inputs = [...shared, join(pkg.path, 'package.json'), ...sources.get(pkg.name)];
    // A bundle holds its workspace dependencies; a library only names them.
    if (pkg.json.bin !== undefined) for (const [name, files] of sources) if (name !== pkg.name) inputs.push(...files);
    const hash = hashFiles(inputs);
    const stamp = join(CACHE, 'build', `${pkg.dir}.json`);
    if (force || !isFresh(pkg, stamp, hash)) stale.push({ pkg, hash, stamp });
  }
  if (stale.length === 0) return [];
  if (process.stderr.isTTY || stale.length > 2) console.error(`build: ${stale.map(({ pkg }) => pkg.dir).join(', ')}`);

  // Declarations take most of the time and one core each, so packages are dealt out to a few processes.
  const queue = [...stale];
  const failed = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      rmSync(join(next.pkg.path, 'dist'), { recursive: true, force: true });
      rmSync(next.stamp, { force: true });
      if ((await runChild(next.pkg.dir)) !== 0) {
        failed.push(next.pkg.dir);
        continue;
      }
      mkdirSync(join(CACHE, 'build'), { recursive: true });
      const outputs = listOutputs(next.pkg).map((path) => [shortPath(path), statSync(path).size]);
      writeFileSync(next.stamp, `${JSON.stringify({ inputs: next.hash, outputs: Object.fromEntries(outputs) })}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(availableParallelism(), 4)) }, worker));
  if (failed.length > 0) {
    console.error(`build: failed: ${failed.join(', ')}`);
    process.exit(1);
  }
  console.error(`build: ${stale.length} package${stale.length === 1 ? '' : 's'} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return stale.map(({ pkg }) => pkg.dir);
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const bytes = readFileSync(path);
    hash.update(`${shortPath(path)} ${bytes.length}\n`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

function isFresh(pkg, stampPath, hash) {
  if (!existsSync(stampPath)) return false;
  const stamp = JSON.parse(readFileSync(stampPath, 'utf8'));
  if (stamp.inputs !== hash) return false;
  return Object.entries(stamp.outputs).every(([file, size]) => existsSync(join(ROOT, file)) && statSync(join(ROOT, file)).size === size);
}

function listOutputs(pkg) {
  return [...listFiles(join(pkg.path, 'dist')), join(pkg.path, 'LICENSE')];
}

function runChild(dir) {
  return new Promise((resolve) => {
    spawn(process.execPath, [fileURLToPath(import.meta.url), '--one', dir], { cwd: ROOT, stdio: ['ignore', 2, 2] }).on('exit', (code) => resolve(code ?? 1));
  });
}

/** Builds one package in this process. */
async function buildOne(dir) {
  const { rollup } = await import('rollup');
  const { rollupOptions } = await import('../rollup.config.mjs');
  const pkg = listPackages().find((candidate) => candidate.dir === dir);
  try {
    for (const options of rollupOptions(pkg)) {
      const bundle = await rollup(options);
      for (const output of [options.output].flat()) await bundle.write(output);
      await bundle.close();
    }
  } catch (error) {
    const where = error.loc ? ` (${shortPath(error.loc.file ?? '')}:${error.loc.line})` : '';
    console.error(`build: ${dir}: ${error.message}${where}`);
    process.exit(1);
  }
  // npm packs the licence text only from the package's own folder; git ignores the copy.
  copyFileSync(join(ROOT, 'LICENSE'), join(pkg.path, 'LICENSE'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const one = process.argv.indexOf('--one');
  if (one !== -1) await buildOne(process.argv[one + 1]);
  else await build({ force: process.argv.includes('--force') });
}

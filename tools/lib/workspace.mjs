// Which packages are there, and what is in them?
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository; tests of the tools give them another one. */
export const ROOT = process.env.ROOTLET_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where tools keep what they may throw away. */
export const CACHE = join(ROOT, '.cache');

/** @returns the parsed JSON file at a path below the root */
export function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

/**
 * @typedef {object} Package
 * @property {string} dir folder name below packages/, e.g. `btf`
 * @property {string} name npm name, e.g. `@rootlet/btf`
 * @property {string} path absolute folder
 * @property {Record<string, any>} json its package.json
 * @property {boolean} empty whether nothing is exported yet: its source is the skeleton's `export {}`
 */

/** @returns {Package[]} every workspace package, by folder name */
export function listPackages() {
  const packages = [];
  for (const dir of readdirSync(join(ROOT, 'packages')).sort()) {
    const path = join(ROOT, 'packages', dir);
    if (!existsSync(join(path, 'package.json'))) continue;
    const json = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    packages.push({ dir, name: json.name, path, json, empty: isEmpty(path) });
  }
  return packages;
}

/** The one entry file of a package, relative to its folder; undefined when it has none yet. */
export function findEntry(path) {
  return ['src/index.ts', 'src/main.ts'].find((file) => existsSync(join(path, file)));
}

function isEmpty(path) {
  const entry = findEntry(path);
  if (entry === undefined) return true;
  const code = readFileSync(join(path, entry), 'utf8').replace(/\/\/.*$/gm, '').trim();
  return code === '' || /^export\s*\{\s*\};?$/.test(code);
}

/** @returns {string[]} absolute paths of all files below a folder for which `wanted(name)` holds, sorted; none if the folder is missing */
export function listFiles(folder, wanted = () => true) {
  if (!existsSync(folder)) return [];
  const found = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== 'node_modules' && name !== 'dist') found.push(...listFiles(path, wanted));
    } else if (wanted(name)) found.push(path);
  }
  return found;
}

/** Path below the root with forward slashes, for messages. */
export function shortPath(path) {
  return relative(ROOT, path).split(sep).join('/');
}

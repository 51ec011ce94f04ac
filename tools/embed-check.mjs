// Does someone who wants only BTF get only BTF, and does nothing below F5 need Node?
import { writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from './build.mjs';
import { builtPackages, bundleForBrowser } from './lib/bundle.mjs';
import { Checks } from './lib/checks.mjs';
import { readFacts } from './lib/imports.mjs';
import { CACHE, listPackages, readJson } from './lib/workspace.mjs';

const plan = readJson('tools/floors.json');
/** Bytes of code that may run at import and cannot be shaken off: a TextDecoder, a probe of the byte order, sums of constants. */
const MAX_IMPORT_WORK = 2048;

const checks = new Checks('embed');
await build();

await checks.run('import { parseBtf } from "@rootlet/btf"', async () => {
  const { text, inputs } = await bundleForBrowser('import { parseBtf } from "@rootlet/btf"; globalThis.result = parseBtf;');
  const packages = packagesOf(inputs);
  const extra = packages.filter((name) => name !== 'btf' && name !== 'bytes');
  if (extra.length > 0) throw new Error(`besides btf and bytes, this survived: ${extra.join(', ')}`);
  if (!packages.includes('btf')) throw new Error('nothing of btf survived');
  refuseNode(text);
  return describe(text, packages);
});

// What a package's own floors say it needs is all that a bundle of it holds.
for (const pkg of listPackages()) {
  if (pkg.json.bin !== undefined || pkg.dir === 'linux-kernel') continue;
  if (pkg.empty) {
    checks.skip(`import * from "${pkg.name}"`, 'it exports nothing yet');
    continue;
  }
  await checks.run(`import * from "${pkg.name}"`, async () => {
    const { text, inputs } = await bundleForBrowser(`import * as all from "${pkg.name}"; globalThis.result = all;`);
    const packages = packagesOf(inputs);
    const allowed = new Set([pkg.dir, ...reachable(pkg.dir)]);
    const extra = packages.filter((name) => !allowed.has(name));
    if (extra.length > 0) throw new Error(`from outside its floors: ${extra.join(', ')}`);
    // libbpf opens paths where it finds Node, and must ask for Node at run time only.
    if (!plan.node.includes(pkg.dir)) refuseNode(text);
    // A package is one file, so what it does at import stays in every bundle of any part of it. A bundler that is told not to
    // believe `sideEffects: false` shows how much that is.
    const bare = await bundleForBrowser(`import "${pkg.name}";`, { plugins: [builtPackages({ sideEffects: true })] });
    // From F3 on a package is used whole: its tables are what one came for, and there it is only said.
    const single = plan.floors.slice(0, 2).flat().includes(pkg.dir);
    if (single && bare.text.length > MAX_IMPORT_WORK) throw new Error(`${bare.text.length} bytes work at import; mark them /* @__PURE__ */: ${bare.text.slice(0, 300)}`);
    return `${describe(text, packages)}${single ? '' : `; ${(bare.text.length / 1024).toFixed(1)} kB work at import`}`;
  });
}
checks.end();

function packagesOf(inputs) {
  const names = inputs.filter((path) => path !== '<stdin>').map((path) => /^packages\/([^/]+)\/dist\//.exec(path)?.[1] ?? path);
  return [...new Set(names)].sort();
}

function reachable(dir) {
  return plan.imports[dir].flatMap((next) => [next, ...reachable(next)]);
}

function refuseNode(text) {
  const path = join(CACHE, 'embed.js');
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(path, text);
  const { imports, nodeGlobals } = readFacts(path);
  rmSync(path);
  const found = [...imports.map(({ id }) => id), ...nodeGlobals.map(({ name }) => name)];
  if (found.length > 0) throw new Error(`of Node: ${[...new Set(found)].join(', ')}`);
}

function describe(text, packages) {
  return `${(text.length / 1024).toFixed(1)} kB minified, ${(gzipSync(text, { level: 9 }).length / 1024).toFixed(1)} kB gzipped, from ${packages.join(', ')}`;
}

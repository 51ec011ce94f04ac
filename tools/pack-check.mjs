// Do the packages work the way people get them: packed, installed, from ESM, CommonJS, TypeScript and a browser?
//
//   node tools/pack-check.mjs            packs all, asks publint and arethetypeswrong, installs in an empty folder, uses them
//   CHROMIUM=/path node tools/pack-check.mjs   the browser to use; without one that step is skipped, and says so
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import vm from 'node:vm';
import esbuild from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build } from './build.mjs';
import { Checks } from './lib/checks.mjs';
import { CACHE, listPackages, ROOT } from './lib/workspace.mjs';

/** Objects that the scenario works on, where they exist. */
const FIXTURES = ['docs/examples/linking/helpers.o', 'docs/examples/linking/main_prog.o'];

const run = promisify(execFile);
const checks = new Checks('pack');
const all = listPackages();
const packages = all.filter((pkg) => !pkg.empty);
for (const pkg of all.filter((pkg) => pkg.empty)) checks.skip(`${pkg.name} is used`, 'it exports nothing yet');
const libraries = packages.filter((pkg) => pkg.json.bin === undefined);
const inBrowser = libraries.filter((pkg) => pkg.dir !== 'linux-kernel');

await build();
const packed = await packAll();
await inspectTarballs();
const consumer = await installTarballs();
await useThem(consumer);
if (!process.env.KEEP) rmSync(consumer, { recursive: true, force: true });
checks.end();

/** @returns {Promise<Map<string, { tarball: string, files: string[] }>>} by npm name */
async function packAll() {
  const folder = join(CACHE, 'pack');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { stdout } = await npm(['pack', '--json', '--pack-destination', folder, ...all.flatMap((pkg) => ['--workspace', `packages/${pkg.dir}`])], ROOT);
  return new Map(Object.values(JSON.parse(stdout)).map(({ name, filename, files }) => [name, { tarball: join(folder, filename.replace('@', '').replace('/', '-')), files: files.map(({ path }) => path) }]));
}

async function inspectTarballs() {
  for (const pkg of packages) {
    const { tarball, files } = packed.get(pkg.name);
    await checks.run(`${pkg.name}: publint --strict`, async () => {
      const bytes = readFileSync(tarball);
      const { messages } = await publint({ pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) }, strict: true });
      const found = messages.map((message) => `${message.type}: ${formatMessage(message, pkg.json, { color: false })}`);
      if (found.length > 0) throw new Error(found.join('; '));
    });
    await checks.run(`${pkg.name}: files`, async () => {
      for (const needed of ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json']) if (!files.includes(needed)) throw new Error(`${needed} is missing`);
      const odd = files.filter((file) => !/^(README\.md|LICENSE|CHANGELOG\.md|package\.json|(bin|dist)\/[^/]+)$/.test(file));
      if (odd.length > 0) throw new Error(`these do not belong there: ${odd.join(', ')}`);
      return `${files.length} files`;
    });
  }
  // arethetypeswrong takes two seconds each and one core: two at a time.
  const queue = [...libraries];
  const worker = async () => {
    for (let pkg = queue.shift(); pkg !== undefined; pkg = queue.shift()) {
      const { name } = pkg;
      await checks.run(`${name}: arethetypeswrong`, async () => {
        await run(process.execPath, [join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js'), packed.get(name).tarball, '--no-color', '--no-emoji', '--format', 'ascii'], { cwd: ROOT });
      });
    }
  };
  await Promise.all([worker(), worker()]);
}

/** @returns {Promise<string>} a folder outside of the repository in which all tarballs are installed, and nothing else */
async function installTarballs() {
  const folder = mkdtempSync(join(tmpdir(), 'rootlet-pack-'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name: 'consumer', private: true })}\n`);
  const installed = await checks.run('npm install of the tarballs in an empty folder', async () => {
    await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...[...packed.values()].map(({ tarball }) => tarball)], folder);
    for (const pkg of packages) {
      if (!existsSync(join(folder, 'node_modules', pkg.name, 'package.json'))) throw new Error(`${pkg.name} did not arrive`);
    }
    const foreign = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.') && !['@rootlet', 'rootlet', 'koffi', '@koromix'].includes(name));
    if (foreign.length > 0) throw new Error(`more than expected arrived: ${foreign.join(', ')}`);
    return `${packages.length} packages`;
  });
  // Nothing else can work without it, and says less about why.
  if (!installed) checks.end();
  return folder;
}

/** The same scenario in every environment; each must print the same. */
async function useThem(folder) {
  const fixtures = Object.fromEntries(FIXTURES.filter((path) => existsSync(join(ROOT, path))).map((path) => [path.split('/').pop(), readFileSync(join(ROOT, path)).toString('base64')]));
  writeFileSync(join(folder, 'fixtures.json'), JSON.stringify(fixtures));
  const scenario = readFileSync(join(ROOT, 'tools/pack/scenario.mjs'), 'utf8');
  const names = JSON.stringify(inBrowser.map((pkg) => pkg.name));
  let expected;
  const agree = (text) => {
    const result = text.trim();
    expected ??= result;
    if (result !== expected) throw new Error(`prints\n${result}\ninstead of what ESM prints\n${expected}`);
    return result;
  };

  await checks.run('used from ESM', async () => {
    const imports = inBrowser.map((pkg, index) => `import * as p${index} from '${pkg.name}';`).join('\n');
    const code = `${imports}\nimport { readFileSync } from 'node:fs';\n${asEsm(scenario)}\nconst api = {${inBrowser.map((pkg, index) => `'${pkg.dir}': p${index}`).join(', ')}};\nconsole.log(JSON.stringify(scenario(api, JSON.parse(readFileSync(new URL('fixtures.json', import.meta.url))))));\n`;
    writeFileSync(join(folder, 'use.mjs'), code);
    return agree((await run(process.execPath, ['use.mjs'], { cwd: folder })).stdout);
  });
  await checks.run('used from CommonJS', async () => {
    const code = `${scenario.replaceAll('export function', 'function')}\nconst api = Object.fromEntries(${names}.map((name) => [name.split('/')[1], require(name)]));\nconsole.log(JSON.stringify(scenario(api, JSON.parse(require('node:fs').readFileSync(__dirname + '/fixtures.json')))));\n`;
    writeFileSync(join(folder, 'use.cjs'), code);
    agree((await run(process.execPath, ['use.cjs'], { cwd: folder })).stdout);
  });
  await checks.run('ESM and CommonJS export the same names', async () => {
    const code = `for (const name of ${JSON.stringify(libraries.map((pkg) => pkg.name))}) { const a = Object.keys(await import(name)).filter((key) => key !== 'default' && key !== 'module.exports').sort().join(); const b = Object.keys((await import('node:module')).createRequire(import.meta.url)(name)).sort().join(); if (a !== b) { console.error(name + ': ' + a + ' / ' + b); process.exitCode = 1; } }\n`;
    writeFileSync(join(folder, 'names.mjs'), code);
    await run(process.execPath, ['names.mjs'], { cwd: folder });
  });

  for (const [mode, file] of [['ESM', 'types.mts'], ['CommonJS', 'types.cts']]) {
    await checks.run(`TypeScript types from ${mode}`, async () => {
      const code = libraries.map((pkg, index) => (mode === 'ESM' ? `import * as p${index} from '${pkg.name}';` : `import p${index} = require('${pkg.name}');`)).join('\n');
      writeFileSync(join(folder, file), `${code}\nexport const names: string[] = [${libraries.map((_, index) => `p${index}`).join(', ')}].flatMap((api) => Object.keys(api));\n`);
      const compilerOptions = { noEmit: true, strict: true, exactOptionalPropertyTypes: true, module: 'nodenext', target: 'es2022', lib: ['es2022'], types: [], skipLibCheck: false };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
      await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder });
    });
  }

  const entry = `${inBrowser.map((pkg, index) => `import * as p${index} from '${pkg.name}';`).join('\n')}\nimport fixtures from './fixtures.json';\n${asEsm(scenario)}\nglobalThis.result = JSON.stringify(scenario({${inBrowser.map((pkg, index) => `'${pkg.dir}': p${index}`).join(', ')}}, fixtures));\n`;
  let bundle;
  await checks.run('bundled for a browser', async () => {
    const built = await esbuild.build({ stdin: { contents: entry, resolveDir: folder }, bundle: true, write: false, minify: true, format: 'iife', platform: 'browser', target: 'es2022', logLevel: 'silent', absWorkingDir: folder });
    if (built.warnings.length > 0) throw new Error(built.warnings.map(({ text }) => text).join('; '));
    bundle = built.outputFiles[0].text;
    return `${(bundle.length / 1024).toFixed(0)} kB with the fixtures`;
  });
  if (bundle === undefined) return;
  await checks.run('browser bundle where nothing of Node exists', async () => {
    // What every browser and worker has beside the language itself; no timers, no process, no Buffer, no require.
    const globals = { TextDecoder, TextEncoder, performance, atob, console, URL, structuredClone };
    const context = vm.createContext({ ...globals }, { codeGeneration: { strings: false, wasm: true } });
    vm.runInContext(bundle, context);
    agree(context.result);
  });

  const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
  if (chromium === undefined) {
    checks.skip('browser bundle in Chromium', 'no Chromium here; set CHROMIUM to one');
    return;
  }
  await checks.run('browser bundle in Chromium', async () => {
    writeFileSync(join(folder, 'page.html'), `<!doctype html><meta charset="utf-8"><pre id="out"></pre><script>${bundle.replaceAll('</script', '<\\/script')}\ndocument.getElementById('out').textContent = btoa(globalThis.result);</script>\n`);
    const { stdout } = await run(
      chromium,
      ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--user-data-dir=${join(folder, 'profile')}`, '--dump-dom', `file://${join(folder, 'page.html')}`],
      { timeout: 120_000, maxBuffer: 64 << 20 },
    );
    const found = /<pre id="out">([^<]*)<\/pre>/.exec(stdout)?.[1] ?? '';
    agree(Buffer.from(found, 'base64').toString('latin1'));
    return chromium;
  });
}

function asEsm(scenario) {
  return scenario.replaceAll('export function', 'function');
}

function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  return cli !== undefined && /npm-cli\.[cm]?js$/.test(cli)
    ? run(process.execPath, [cli, ...args], { cwd, maxBuffer: 64 << 20 })
    : run('npm', args, { cwd, shell: process.platform === 'win32', maxBuffer: 64 << 20 });
}

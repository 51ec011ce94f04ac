// Does a page that wants only to look BTF up get only that, and does it find in a real browser what Node finds?
//
//   node tools/browser-check.mjs                      bundles parseBtf and findPath, loads this machine's vmlinux BTF in Chromium
//   CHROMIUM=/path BTF=/path node tools/browser-check.mjs
//
// The page is served from 127.0.0.1 with the headers that make it cross-origin isolated, so SharedArrayBuffer is there too.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from './build.mjs';
import { bundleForBrowser } from './lib/bundle.mjs';
import { Checks } from './lib/checks.mjs';
import { importTs } from './lib/import-ts.mjs';
import { ROOT } from './lib/workspace.mjs';

/** What one may pay for lookup, minified and gzipped; .size-limit.js holds today's size. */
const MAX_GZ = 12 * 1024;
/** Texts that only printers have. */
const PRINTED = ['/* too deep */', 'bits_offset', 'btf_type_tag', 'preserve_access_index', '(anon)', '(nil)', 'fwd_kind'];
const TIMEOUT_MS = 120_000;

const checks = new Checks('browser');
await build();
const lookup = 'import { findPath, parseBtf } from "@rootlet/btf"; globalThis.lookup = { findPath, parseBtf };';
const { text: bundle } = await bundleForBrowser(lookup);

await checks.run('parseBtf and findPath are small', () => {
  const size = gzipSync(bundle, { level: 9 }).length;
  if (size > MAX_GZ) throw new Error(`${size} bytes gzipped, more than ${MAX_GZ}`);
  return `${size} bytes gzipped, ${bundle.length} minified`;
});

await checks.run('nothing that prints is in that bundle', async () => {
  const { text: whole } = await bundleForBrowser('import * as btf from "@rootlet/btf"; globalThis.all = btf;');
  const gone = PRINTED.filter((text) => !whole.includes(text));
  if (gone.length > 0) throw new Error(`no bundle has these any more, so they show nothing: ${gone.join(', ')}`);
  const left = PRINTED.filter((text) => bundle.includes(text));
  if (left.length > 0) throw new Error(`printers survived: ${left.join(', ')}`);
  return `${PRINTED.length} texts looked for`;
});

await useChromium();
checks.end();

async function useChromium() {
  const path = process.env.BTF ?? '/sys/kernel/btf/vmlinux';
  const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => file && existsSync(file));
  if (chromium === undefined) return checks.skip('vmlinux in Chromium', 'no Chromium here; set CHROMIUM to one');
  if (!existsSync(path)) return checks.skip('vmlinux in Chromium', `no ${path} here; set BTF to one`);
  const bytes = readFileSync(path);
  const node = await importTs('packages/btf/src/index.ts');
  const expected = JSON.stringify(ask(node, new Uint8Array(bytes)));
  let results;
  await checks.run('Chromium answers', async () => {
    results = await visit(chromium, bytes);
    if (results.error !== undefined) throw new Error(results.error);
    return chromium;
  });
  if (results?.error !== undefined || results === undefined) return undefined;
  for (const [name, result] of Object.entries(results)) {
    await checks.run(`${(bytes.length / 1e6).toFixed(1)} MB of BTF from ${name}`, () => {
      const { ms, answer } = result;
      if (JSON.stringify(answer) !== expected) throw new Error(`Chromium says ${JSON.stringify(answer)}, Node ${expected}`);
      return `task_struct of ${answer.size} bytes among ${answer.types} types; parsed in ${ms.parse.toFixed(1)} ms, found in ${ms.find.toFixed(1)} ms`;
    });
  }
  return undefined;
}

/** Runs in Node and, as text, in the page. */
function ask({ parseBtf, findPath }, blob) {
  const btf = parseBtf(blob);
  const id = btf.findByNameKind('task_struct', 4);
  const path = findPath(btf, 'task_struct.mm->pgd');
  return { types: btf.typeCount, id, size: btf.resolveSize(id), path, comm: findPath(btf, 'task_struct.comm')?.byteOff, unknown: btf.findByName('no such type') ?? 'none', names: [btf.name(id), btf.type(id).members.length] };
}

/** Opens the page. @returns what it posts back */
async function visit(chromium, bytes) {
  const page = `<!doctype html><meta charset="utf-8"><script type="module">
    import '/lookup.js';
    const ask = ${ask};
    const results = {};
    const run = (name, blob) => {
      const begun = performance.now();
      globalThis.lookup.parseBtf(blob);
      const parsed = performance.now();
      const answer = ask(globalThis.lookup, blob);
      results[name] = { ms: { parse: parsed - begun, find: performance.now() - parsed }, answer };
    };
    try {
      const buffer = await (await fetch('/btf')).arrayBuffer();
      run('an ArrayBuffer', buffer);
      const odd = new Uint8Array(buffer.byteLength + 3);
      odd.set(new Uint8Array(buffer), 3);
      run('an unaligned view', odd.subarray(3));
      if (!crossOriginIsolated) throw new Error('the page is not cross-origin isolated');
      const shared = new SharedArrayBuffer(buffer.byteLength + 1);
      new Uint8Array(shared, 0, buffer.byteLength).set(new Uint8Array(buffer));
      run('a SharedArrayBuffer', new Uint8Array(shared, 0, buffer.byteLength));
      new Uint8Array(shared, 1).set(new Uint8Array(buffer));
      run('an unaligned view of a SharedArrayBuffer', new Uint8Array(shared, 1));
    } catch (error) {
      results.error = String(error.stack ?? error);
    }
    await fetch('/result', { method: 'POST', body: JSON.stringify(results) });
  </script>`;
  const files = { '/': ['text/html', page], '/lookup.js': ['text/javascript', bundle], '/btf': ['application/octet-stream', bytes] };
  const profile = mkdtempSync(join(tmpdir(), 'rootlet-browser-'));
  let child;
  const server = createServer();
  try {
    return await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer after ${TIMEOUT_MS} ms`)), TIMEOUT_MS).unref();
      server.on('request', (request, response) => {
        if (request.url === '/result') {
          const parts = [];
          request.on('data', (part) => parts.push(part));
          request.on('end', () => {
            response.end();
            resolve(JSON.parse(Buffer.concat(parts).toString()));
          });
          return;
        }
        const [type, body] = files[request.url] ?? [];
        if (type === undefined) return void response.writeHead(404).end();
        response.writeHead(200, { 'content-type': type, 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }).end(body);
      });
      server.listen(0, '127.0.0.1', () => {
        const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--user-data-dir=${profile}`];
        child = spawn(chromium, [...flags, `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore', cwd: ROOT, detached: true });
        child.on('error', reject);
        child.on('exit', (code) => reject(new Error(`Chromium ended with ${code}`)));
      });
    });
  } finally {
    server.close();
    server.closeAllConnections();
    if (child?.pid !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.on('exit', resolve));
      // Its helpers are of its process group.
      process.kill(-child.pid, 'SIGKILL');
      await gone;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

// Which objects do the tests run on, and do they still belong to their sources?
//
//   node tools/fixtures.mjs             compiles docs/examples/**/*.c with clang-19 (what has jump tables with clang-22) and writes docs/examples/manifest.json
//   node tools/fixtures.mjs --check     fails when an object or source is not what the manifest says; needs no compiler
//   node tools/fixtures.mjs --rebuild   fails when compiling again gives other bytes; without clang-22 what it made is left out
//
// name.c gives name.o (bpfel) and name.bpfeb.o. Further variants are listed in tools/fixtures/variants.mjs.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASE_FLAGS, CLANG, FOLDERS, VARIANTS } from './fixtures/variants.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../docs/examples');
const manifestFile = join(root, 'manifest.json');

const mode = process.argv[2];
if (mode === '--check') finish(check());
else if (mode === '--rebuild') finish(rebuild());
else if (mode === undefined) build();
else finish([`unknown option ${mode}`]);

function finish(problems) {
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`${readManifest().objects.length} objects agree with ${basename(manifestFile)}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Everything to compile: source, object and flags, all paths relative to docs/examples. */
function plan() {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.c'))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
  return sources.flatMap((source) => {
    const stem = source.replace(/\.c$/, '');
    const own = VARIANTS.filter((variant) => variant.source === source);
    const both = [
      { object: `${stem}.o`, flags: ['--target=bpfel', '-mcpu=v3'] },
      { object: `${stem}.bpfeb.o`, flags: ['--target=bpfeb', '-mcpu=v3'] },
    ];
    return [...(own.some((variant) => variant.instead) ? [] : both), ...own.map((variant) => ({ ...variant, object: `${stem}.${variant.name}.o` }))].map(
      ({ object, flags, base, strip, compiler }) => ({ source, object, compiler: compiler ?? CLANG, args: [...(base ?? BASE_FLAGS), ...flags], strip: strip ?? false }),
    );
  });
}

function compile(item, outDir) {
  const out = join(outDir, item.object.replaceAll('/', '_'));
  execFileSync(item.compiler, [...item.args, '-c', item.source, '-o', out], { cwd: outDir, stdio: ['ignore', 'inherit', 'inherit'] });
  if (item.strip) execFileSync('llvm-strip-19', ['-g', out]);
  const bytes = readFileSync(out);
  rmSync(out);
  return bytes;
}

/**
 * Where objects are made: on copies of the sources, in a folder whose path has the same length everywhere. clang sorts forward declarations in BTF by
 * addresses of its heap, which the length of the working folder's path moves, whatever -fdebug-compilation-dir says.
 */
function withFolder(work) {
  const dir = mkdtempSync('/tmp/fixtures-');
  for (const folder of [...FOLDERS, 'include']) cpSync(join(root, folder), join(dir, folder), { recursive: true, filter: (path) => !path.endsWith('.o') });
  try {
    return work(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function describe(item, bytes) {
  const command = [item.compiler, ...item.args, '-c', item.source, '-o', item.object].join(' ') + (item.strip ? ` && llvm-strip-19 -g ${item.object}` : '');
  return { object: item.object, source: item.source, command, sourceSha256: hashText(item.source), objectSha256: hash(bytes) };
}

function build() {
  const before = existsSync(manifestFile) ? readManifest().objects : [];
  const objects = withFolder((dir) =>
    plan().map((item) => {
      const bytes = compile(item, dir);
      writeFileSync(join(root, item.object), bytes);
      return describe(item, bytes);
    }),
  );
  for (const old of before) {
    if (!objects.some((item) => item.object === old.object)) rmSync(join(root, old.object), { force: true });
  }
  const manifest = { clang: compilerVersion(CLANG), compilers: otherVersions(), headers: headers().map((path) => ({ path, sha256: hashText(path) })), objects };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, undefined, 1)}\n`);
  console.log(`${objects.length} objects written`);
}

function check() {
  const manifest = readManifest();
  const problems = [];
  for (const header of manifest.headers) {
    if (!existsSync(join(root, header.path)) || hashText(header.path) !== header.sha256) problems.push(`${header.path} changed: compile again`);
  }
  for (const item of manifest.objects) {
    if (!existsSync(join(root, item.source)) || hashText(item.source) !== item.sourceSha256) problems.push(`${item.source} changed: compile again`);
    if (!existsSync(join(root, item.object)) || hash(readFileSync(join(root, item.object))) !== item.objectSha256) {
      problems.push(`${item.object} is not the object of the manifest`);
    }
  }
  const planned = plan().map((item) => item.object);
  const known = manifest.objects.map((item) => item.object);
  for (const object of planned) if (!known.includes(object)) problems.push(`${object} is missing from the manifest`);
  for (const folder of FOLDERS) {
    for (const name of readdirSync(join(root, folder))) {
      if (name.endsWith('.o') && !known.includes(`${folder}/${name}`)) problems.push(`${folder}/${name} has no source`);
    }
  }
  return problems;
}

function rebuild() {
  const manifest = readManifest();
  const skipped = new Set();
  for (const [compiler, pinned] of Object.entries({ [CLANG]: manifest.clang, ...manifest.compilers })) {
    const version = compilerVersion(compiler);
    // The others are not where the first is: what they made stands as it is.
    if (version === undefined && compiler !== CLANG) skipped.add(compiler);
    else if (version !== pinned) return [`compiled with ${pinned}, here is ${version ?? `no ${compiler}`}`];
  }
  const left = plan().filter(({ compiler }) => skipped.has(compiler)).map(({ object }) => object);
  if (left.length > 0) console.log(`not compiled again, for there is no ${[...skipped].join(', ')} here: ${left.join(', ')}`);
  return withFolder((dir) =>
    plan().flatMap((item) => {
      if (skipped.has(item.compiler)) return [];
      const made = describe(item, compile(item, dir));
      const known = manifest.objects.find((entry) => entry.object === item.object);
      return JSON.stringify(made) === JSON.stringify(known) ? [] : [`${item.object} compiles to other bytes`];
    }),
  );
}

function headers() {
  return readdirSync(join(root, 'include'), { recursive: true })
    .map((name) => `include/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.h'))
    .sort();
}

/** Undefined when it is not here. */
function compilerVersion(compiler) {
  const { error, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return error === undefined ? stdout.split('\n')[0] : undefined;
}

/** Versions of the compilers other than CLANG. */
function otherVersions() {
  const others = new Set(plan().map(({ compiler }) => compiler));
  others.delete(CLANG);
  return Object.fromEntries([...others].map((compiler) => [compiler, compilerVersion(compiler)]));
}

function readManifest() {
  return JSON.parse(readFileSync(manifestFile, 'utf8'));
}

function hash(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Hash of a text file that does not depend on how git ends lines here. */
function hashText(path) {
  return hash(readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n'));
}

// Does every package stand on its floor?
//
//   node tools/floors.mjs            compares tools/floors.json with every package.json and import; fails on any difference
//   node tools/floors.mjs --write    also draws the diagram into docs/architecture.md
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { isNodeModule, packageOf, readFacts } from './lib/imports.mjs';
import { listFiles, listPackages, readJson, ROOT, shortPath } from './lib/workspace.mjs';

const DIAGRAM_FILE = join(ROOT, 'docs/architecture.md');
const BEGIN = '<!-- floors: drawn by tools/floors.mjs --write from tools/floors.json -->';
const END = '<!-- floors: end -->';

const plan = readJson('tools/floors.json');
const packages = listPackages();
const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
const floorOf = new Map(plan.floors.flatMap((dirs, floor) => dirs.map((dir) => [dir, floor + 1])));
const problems = [];
const notes = [];

checkPlan();
for (const pkg of packages) {
  if (!floorOf.has(pkg.dir)) continue;
  checkManifest(pkg);
  checkImports(pkg);
  checkFileCycles(pkg);
}
checkDiagram();

for (const note of notes) console.log(`note: ${note}`);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? `floors: ${packages.length} packages stand on their floors` : `floors: ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
process.exit(problems.length === 0 ? 0 : 1);

/** The plan itself: every package has a floor, and every permitted import goes down. */
function checkPlan() {
  for (const pkg of packages) if (!floorOf.has(pkg.dir)) problems.push(`tools/floors.json: packages/${pkg.dir} has no floor`);
  for (const dir of floorOf.keys()) if (!packages.some((pkg) => pkg.dir === dir)) problems.push(`tools/floors.json: ${dir} has a floor and no package`);
  for (const [dir, targets] of Object.entries(plan.imports)) {
    for (const target of targets) {
      if (!(floorOf.get(target) < floorOf.get(dir))) problems.push(`tools/floors.json: ${dir} (F${floorOf.get(dir)}) may not import ${target} (F${floorOf.get(target)})`);
    }
  }
}

function checkManifest(pkg) {
  const where = `packages/${pkg.dir}/package.json`;
  const allowed = new Set(plan.imports[pkg.dir]);
  const external = new Set(plan.external[pkg.dir]);
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies']) {
    for (const name of Object.keys(pkg.json[kind] ?? {})) {
      const target = byName.get(name);
      if (target === undefined) {
        if (!external.has(name)) problems.push(`${where}: ${kind}: ${name} is not among "external" of tools/floors.json`);
      } else if (!(floorOf.get(target.dir) < floorOf.get(pkg.dir))) {
        problems.push(`${where}: ${kind}: ${name} is on F${floorOf.get(target.dir)}, not below F${floorOf.get(pkg.dir)}`);
      } else if (kind !== 'devDependencies' && !allowed.has(target.dir)) {
        problems.push(`${where}: ${kind}: ${name} is not among "imports" of tools/floors.json`);
      }
    }
  }
  // A bundled command (`bin`) has what it imports as dev-dependencies.
  const declared = declaredBy(pkg, pkg.json.bin !== undefined);
  for (const dir of allowed) {
    const target = packages.find((candidate) => candidate.dir === dir);
    if (target !== undefined && !declared.has(target.name)) problems.push(`${where}: ${target.name} is missing, tools/floors.json lists it`);
  }
  if (pkg.json.sideEffects !== false) problems.push(`${where}: "sideEffects" must be false`);
}

function declaredBy(pkg, withDev) {
  return new Set(Object.keys({ ...pkg.json.dependencies, ...pkg.json.peerDependencies, ...pkg.json.optionalDependencies, ...(withDev ? pkg.json.devDependencies : {}) }));
}

function checkImports(pkg) {
  const used = new Set();
  const mayUseNode = plan.node.includes(pkg.dir);
  for (const part of ['src', 'test']) {
    const inTest = part === 'test';
    const declared = declaredBy(pkg, inTest || pkg.json.bin !== undefined);
    for (const path of listFiles(join(pkg.path, part), isTypeScript)) {
      const { imports, nodeGlobals } = readFacts(path);
      for (const { id, line } of imports) {
        const where = `${shortPath(path)}:${line}`;
        if (id.startsWith('.')) {
          const target = join(dirname(path), id);
          if (relative(pkg.path, target).startsWith('..') && !relative(ROOT, target).startsWith('tools')) problems.push(`${where}: ${id} reaches into another package; import it by name`);
          if (!inTest && id !== '../package.json' && !relative(join(pkg.path, 'src'), target).split(sep).every((step) => step !== '..')) problems.push(`${where}: ${id} leaves src`);
          continue;
        }
        if (isNodeModule(id)) {
          if (!inTest && !mayUseNode) problems.push(`${where}: ${id}: @rootlet/${pkg.dir} (F${floorOf.get(pkg.dir)}) must run in a browser`);
          continue;
        }
        const name = packageOf(id);
        const target = byName.get(name);
        used.add(name);
        if (target !== undefined && name !== id) problems.push(`${where}: ${id}: import the package, not a file of it`);
        if (name === pkg.name) {
          if (!inTest) problems.push(`${where}: ${id}: a package imports its own files by path`);
        } else if (target !== undefined && !(floorOf.get(target.dir) < floorOf.get(pkg.dir))) {
          problems.push(`${where}: ${name} is on F${floorOf.get(target.dir)}, not below F${floorOf.get(pkg.dir)}`);
        } else if (!declared.has(name) && !(inTest && plan.tests.includes(name))) {
          problems.push(`${where}: ${name} is not declared in packages/${pkg.dir}/package.json${inTest ? ' (devDependencies)' : ''}`);
        }
      }
      if (!inTest && !mayUseNode) {
        for (const { name, line } of nodeGlobals) problems.push(`${shortPath(path)}:${line}: ${name}: @rootlet/${pkg.dir} (F${floorOf.get(pkg.dir)}) must run in a browser`);
      }
    }
  }
  if (pkg.empty) notes.push(`packages/${pkg.dir} exports nothing yet`);
  else for (const name of declaredBy(pkg, true)) if (!used.has(name)) notes.push(`packages/${pkg.dir}/package.json: ${name} is declared and never imported`);
}

/** No file imports a value, over however many files, from one that needs it first; and within `rooms`, imports go one way. */
function checkFileCycles(pkg) {
  const src = join(pkg.path, 'src');
  const files = listFiles(src, isTypeScript);
  const edges = new Map();
  const rooms = plan.rooms?.[pkg.dir];
  const roomOf = (path) => {
    const [first, ...rest] = relative(src, path).split(sep);
    return rooms.findIndex((names) => names.includes(rest.length > 0 ? first : first.replace(/\.ts$/, '')));
  };
  for (const path of files) {
    const targets = [];
    for (const { id, line, typeOnly } of readFacts(path).imports) {
      if (!id.startsWith('.')) continue;
      const target = join(dirname(path), id);
      if (!existsSync(target)) problems.push(`${shortPath(path)}:${line}: ${id} does not exist`);
      if (!typeOnly) targets.push(target);
      if (rooms !== undefined && !typeOnly && roomOf(path) !== -1 && roomOf(target) > roomOf(path)) problems.push(`${shortPath(path)}:${line}: ${id} is in a later room`);
    }
    edges.set(path, targets);
  }
  const done = new Set();
  const trail = [];
  const walk = (path) => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      problems.push(`packages/${pkg.dir}: files import each other: ${[...trail.slice(at), path].map((file) => shortPath(file).replace(`packages/${pkg.dir}/src/`, '')).join(' → ')}`);
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of edges.get(path) ?? []) walk(target);
    trail.pop();
    done.add(path);
  };
  for (const path of files) walk(path);
}

function isTypeScript(name) {
  return name.endsWith('.ts') && !name.endsWith('.d.ts');
}

function checkDiagram() {
  if (!existsSync(DIAGRAM_FILE)) {
    problems.push(`${shortPath(DIAGRAM_FILE)} is missing`);
    return;
  }
  const text = readFileSync(DIAGRAM_FILE, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) {
    problems.push(`${shortPath(DIAGRAM_FILE)}: the markers of the diagram are missing`);
    return;
  }
  const next = `${text.slice(0, from)}${BEGIN}\n${drawDiagram()}${text.slice(to)}`;
  if (next === text) return;
  if (process.argv.includes('--write')) writeFileSync(DIAGRAM_FILE, next);
  else problems.push(`${shortPath(DIAGRAM_FILE)}: the diagram is stale: run node tools/floors.mjs --write`);
}

/** The floors, top first, as a table, and who imports whom as a graph. An import that another import already implies is left out of the graph. */
function drawDiagram() {
  const lines = ['', '| floor | package | it is | imports |', '|---|---|---|---|'];
  for (const [index, dirs] of [...plan.floors.entries()].reverse()) {
    for (const dir of dirs) {
      const pkg = packages.find((candidate) => candidate.dir === dir);
      const imports = [...plan.imports[dir].map((target) => `\`${target}\``), ...(plan.external[dir] ?? []).map((name) => `npm \`${name}\``)].join(', ');
      lines.push(`| F${index + 1} | [\`${pkg.name}\`](../packages/${dir}/README.md) | ${pkg.json.description} | ${imports || '–'} |`);
    }
  }
  lines.push('', '```mermaid', 'flowchart TD');
  for (const [index, dirs] of [...plan.floors.entries()].reverse()) {
    lines.push(`  subgraph F${index + 1}`, '    direction LR', ...dirs.map((dir) => `    ${nodeId(dir)}["${dir}"]`), '  end');
  }
  for (const [dir, targets] of Object.entries(plan.imports)) {
    for (const target of targets) {
      if (!targets.some((other) => other !== target && reaches(other, target))) lines.push(`  ${nodeId(dir)} --> ${nodeId(target)}`);
    }
  }
  lines.push('```', '');
  return lines.join('\n');
}

function nodeId(dir) {
  return dir.replace('-', '_');
}

function reaches(from, to) {
  return plan.imports[from].includes(to) || plan.imports[from].some((next) => reaches(next, to));
}

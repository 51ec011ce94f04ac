// How much of libbpf's API is here?
//
//   node tools/libbpf-coverage.mjs            compares docs/libbpf-coverage.md with the `@libbpf` tags in the sources
//   node tools/libbpf-coverage.mjs --write    writes it anew
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, listPackages, readJson, ROOT, shortPath } from './lib/workspace.mjs';

const FILE = join(ROOT, 'docs/libbpf-coverage.md');
const EXPORTS = 'tools/libbpf/exports.txt';
const ABSENT = 'tools/libbpf/absent.txt';

const rows = readFileSync(join(ROOT, EXPORTS), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' '));
const exported = new Map(rows.filter(([, , removed]) => removed === undefined));
/** What libbpf once exported, or will: a tag may name it, it does not count. */
const others = new Map(rows.filter(([, , removed]) => removed !== undefined));
const { covered, unknown } = readTags();
const absent = readReasons();
const problems = [
  ...[...exported.keys()].filter((name) => !covered.has(name) && !absent.has(name)).map((name) => `${name}: neither a tag in the sources nor a reason in ${ABSENT}`),
  ...[...absent.keys()].filter((name) => covered.has(name)).map((name) => `${ABSENT}: ${name}: ${covered.get(name).map(({ member }) => member).join(', ')} claims it`),
  ...[...absent.keys()].filter((name) => !exported.has(name)).map((name) => `${ABSENT}: ${name}: libbpf exports no such function`),
];
for (const problem of problems) console.error(problem);
for (const { name, where } of unknown) console.error(`${where}: @libbpf ${name}: libbpf exports no such function`);
if (unknown.length > 0 || problems.length > 0) process.exit(1);

const text = draw();
if (process.argv.includes('--write')) writeFileSync(FILE, text);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
  console.error('docs/libbpf-coverage.md is stale: run node tools/libbpf-coverage.mjs --write');
  process.exit(1);
}
console.log(`libbpf: ${covered.size} of ${exported.size} exported functions have a counterpart`);

/** Every `@libbpf name` or `@libbpf name, name` of a docstring, with the package and the thing below it. */
function readTags() {
  const covered = new Map();
  const unknown = [];
  const order = readJson('tools/floors.json').floors.flat();
  for (const pkg of listPackages().sort((a, b) => order.indexOf(a.dir) - order.indexOf(b.dir))) {
    for (const path of listFiles(join(pkg.path, 'src'), (name) => name.endsWith('.ts'))) {
      const lines = readFileSync(path, 'utf8').split('\n');
      lines.forEach((line, index) => {
        // `@libbpf struct bpf_map_info` names a type, which no list of exports has.
        if (/@libbpf\s+(struct|enum|union)\s/.test(line)) return;
        const names = /@libbpf\s+([\w$]+(?:\s*,\s*[\w$]+)*)/.exec(line)?.[1]?.split(/\s*,\s*/) ?? [];
        for (const name of names) {
          if (exported.has(name)) covered.set(name, [...(covered.get(name) ?? []), { pkg: pkg.name, member: findMember(lines, index) }]);
          else if (!others.has(name) && !name.endsWith('_opts')) unknown.push({ name, where: `${shortPath(path)}:${index + 1}` });
        }
      });
    }
  }
  return { covered, unknown };
}

/** Why a function has no counterpart, by name. */
function readReasons() {
  const lines = readFileSync(join(ROOT, ABSENT), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.flatMap((line) => {
    const colon = line.indexOf(': ');
    return line.slice(0, colon).split(', ').map((name) => [name, line.slice(colon + 2)]);
  }));
}

/** The name of what a docstring stands above, with its class. */
function findMember(lines, index) {
  let end = index;
  while (end < lines.length && !lines[end].includes('*/')) end++;
  const declaration = lines.slice(end + 1).find((line) => line.trim() !== '' && !line.trim().startsWith('//')) ?? '';
  const name = /(?:export\s+)?(?:abstract\s+)?(?:static\s+|async\s+|readonly\s+|get\s+|set\s+|function\*?\s+|class\s+|interface\s+|const\s+)*\*?(#?[\w$]+|\[[\w.]+\])/.exec(declaration.trim())?.[1] ?? '?';
  if (!/^\s/.test(declaration)) return name;
  for (let at = end; at >= 0; at--) {
    const owner = /^export\s+(?:abstract\s+)?(?:class|interface)\s+([\w$]+)/.exec(lines[at])?.[1];
    if (owner !== undefined) return `${owner}.${name}`;
  }
  return name;
}

function draw() {
  const groups = new Map();
  for (const name of exported.keys()) {
    const group = /^(.*?)__/.exec(name)?.[1] ?? (/^(ring_buffer|perf_buffer|user_ring_buffer|bpf|libbpf|btf)_/.exec(name)?.[1] ?? name);
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const lines = [
    '# Coverage of libbpf',
    '',
    '<!-- Written by tools/libbpf-coverage.mjs --write from the `@libbpf` tags of the sources; do not edit. -->',
    '',
    `Of the ${exported.size} functions that libbpf 1.7.0 exports, **${covered.size}** have a counterpart here. A tag in a docstring,`,
    '`@libbpf bpf_object__open`, claims one; [the list of exports](../tools/libbpf/exports.txt) is read from Debian\'s libbpf.so. The rest',
    'has [a reason each](../tools/libbpf/absent.txt).',
    '',
    '| group | covered | of |',
    '|---|---|---|',
    ...[...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, names]) => `| \`${group}\` | ${names.filter((name) => covered.has(name)).length} | ${names.length} |`),
    '',
    '## With a counterpart',
    '',
    '| libbpf | since | here |',
    '|---|---|---|',
    ...[...covered].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, places]) => `| \`${name}\` | ${exported.get(name).replace('LIBBPF_', '')} | ${places.map(({ pkg, member }) => `\`${member}\` (${pkg})`).join(', ')} |`),
    '',
    '## Without',
    '',
  ];
  lines.push('| libbpf | why |', '|---|---|');
  const reasons = new Map();
  for (const [name, reason] of absent) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  for (const [reason, names] of reasons) lines.push(`| ${names.map((name) => `\`${name}\``).join(', ')} | ${reason} |`);
  return `${lines.join('\n')}\n`;
}

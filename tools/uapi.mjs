// Where do the kernel's numbers come from, and how do they become TypeScript?
//
//   node tools/uapi.mjs            facts → packages/uapi/src/generated and the helper header of docs/examples
//   node tools/uapi.mjs --check    fails when a generated file is not what the facts say
//   node tools/uapi.mjs --collect  UAPI headers and the running kernel's BTF → tools/uapi/facts.json
//
// Only --collect needs Linux, clang and bpftool; its result is committed, so everybody generates the same files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectFacts } from './uapi/collect.mjs';
import { emitFiles } from './uapi/emit.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const factsFile = join(root, 'tools/uapi/facts.json');

if (process.argv.includes('--collect')) {
  writeFileSync(factsFile, formatFacts(collectFacts()));
  console.log(`wrote ${factsFile}`);
}

let stale = 0;
for (const [path, text] of emitFiles(JSON.parse(readFileSync(factsFile, 'utf8')))) {
  const file = join(root, path);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  } else if (readIfThere(file) !== text) {
    console.error(`${path} is not what tools/uapi/facts.json says: run node tools/uapi.mjs`);
    stale += 1;
  }
}
process.exitCode = stale > 0 ? 1 : 0;

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** One enumerator, helper or struct per line, so that a new kernel shows as a readable diff. */
function formatFacts(facts) {
  const lines = Object.entries(facts).map(([key, value]) => {
    if (!Array.isArray(value)) return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return `${JSON.stringify(key)}: [\n${value.map((item) => `  ${JSON.stringify(item)}`).join(',\n')}\n]`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

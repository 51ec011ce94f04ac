// Which parts of the simulated verifier did no comparison with the kernel execute?
//
//   NODE_V8_COVERAGE=FOLDER node tools/kernel-diff.mjs …      (one run or several, into one folder)
//   node tools/kernel-diff/coverage.mjs FOLDER [PATH-PART]
//
// Prints the places of packages/verifier-sim/src that none of the runs executed, with the lines they stand in.
import { TraceMap, eachMapping } from '@jridgewell/trace-mapping';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = 'packages/verifier-sim/src/';
const [folder, wanted = ''] = process.argv.slice(2);

/** By `path:line:column` of the source: was it executed in any run? */
const executed = new Map();
const sources = new Map();

/** Offset of each line in the bundle. */
function lineOffsets(lengths) {
  const offsets = [0];
  for (const length of lengths) offsets.push(offsets.at(-1) + length + 1);
  return offsets;
}

/** Counts by offset: the innermost range holds. */
function countsOf(functions, length) {
  const counts = new Int32Array(length + 1).fill(-1);
  const ranges = functions.flatMap(({ ranges: all }) => all);
  // Outer ranges first.
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, Math.min(endOffset, length));
  return counts;
}

for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  for (const { url, functions } of report.result) {
    const cached = report['source-map-cache']?.[url];
    if (!/rootlet-\d+\.mjs$/.test(url) || !cached?.data) continue;
    const map = new TraceMap(cached.data);
    const offsets = lineOffsets(cached.lineLengths);
    const counts = countsOf(functions, offsets.at(-1));
    eachMapping(map, ({ generatedLine, generatedColumn, source, originalLine, originalColumn }) => {
      const at = source?.indexOf(PACKAGE) ?? -1;
      if (at < 0) return;
      const path = source.slice(at + PACKAGE.length);
      if (!sources.has(path)) sources.set(path, cached.data.sourcesContent[cached.data.sources.indexOf(source)].split('\n'));
      const key = `${path}:${originalLine}:${originalColumn}`;
      const count = counts[offsets[generatedLine - 1] + generatedColumn];
      executed.set(key, (executed.get(key) ?? 0) + Math.max(0, count));
    });
  }
}

const missing = new Map();
let total = 0;
let never = 0;
for (const [key, count] of executed) {
  const [path, line, column] = key.split(':');
  if (!path.includes(wanted)) continue;
  total++;
  if (count > 0) continue;
  never++;
  const lines = missing.get(path) ?? missing.set(path, new Map()).get(path);
  const row = lines.get(Number(line)) ?? lines.set(Number(line), []).get(Number(line));
  row.push(Number(column));
}
for (const [path, lines] of [...missing].sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(`\n${path}`);
  for (const [line, columns] of [...lines].sort(([a], [b]) => a - b)) {
    const text = sources.get(path)[line - 1];
    const first = Math.min(...columns);
    // What was executed of the line stands before the mark.
    console.log(`${String(line).padStart(5)}  ${text.slice(0, first)}▸${text.slice(first)}`);
  }
}
console.log(`\n${total} places, ${never} never executed`);

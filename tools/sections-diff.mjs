#!/usr/bin/env node
// Does a section name mean to rootlet what it means to libbpf?
//
//   node tools/sections-diff.mjs           asks libbpf 1.7 and rootlet about every name; fails when they differ
//   node tools/sections-diff.mjs --record  writes libbpf's answers to packages/loader/test/fixtures/sections.json, which npm test replays
//
// Each name is asked for three times: by libbpf_prog_type_by_name, by opening an object with such a section, and by loading and
// attaching it over a kernel that says yes to everything (tools/open-diff/probe.c), which shows load flags and auto-attachment.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { peersObstacle } from './lib/peers.mjs';
import { ROOT } from './lib/workspace.mjs';
import { askProbe, buildProbe } from './open-diff/peer.mjs';
import { listSectionCases } from './open-diff/section-names.mjs';

const { compareSection, sectionObject } = await importTs('packages/loader/test/section-answers.ts');
const FIXTURE = join(ROOT, 'packages/loader/test/fixtures/sections.json');
const EOPNOTSUPP = 95;

const obstacle = peersObstacle();
if (obstacle !== undefined) {
  console.error(obstacle);
  process.exit(1);
}
const probe = buildProbe();
const answers = ask(listSectionCases());
if (process.argv[2] === '--record') {
  const rows = answers.map((answer) => `  ${JSON.stringify(answer)}`);
  writeFileSync(FIXTURE, `{ "libbpf": ${JSON.stringify(probe.version)}, "names": [\n${rows.join(',\n')}\n] }\n`);
  console.log(`${answers.length} answers written`);
} else {
  const problems = answers.flatMap((answer) => compareSection(answer));
  for (const problem of problems) console.error(problem);
  console.log(`${answers.length} names, libbpf ${probe.version}: ${problems.length} differences`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** What libbpf says of each name. */
function ask(names) {
  const byName = askProbe(probe, ['names'], { input: `${names.join('\n')}\n` });
  const folder = mkdtempSync(join(tmpdir(), 'sections-'));
  try {
    const files = names.map((name, idx) => {
      writeFileSync(join(folder, `${idx}.o`), sectionObject(name));
      return `s${idx}=${join(folder, `${idx}.o`)}`;
    });
    const opened = askProbe(probe, ['open', ...files]);
    const loaded = askProbe(probe, ['load', ...files], { env: { ATTACH: '1' } });
    return names.map((name, idx) => describe(name, byName[idx], opened[idx], loaded[idx]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function describe(name, byName, opened, loaded) {
  const answer = { name, prog: byName.prog, attach: byName.attach };
  const program = opened.programs?.[0];
  if (program === undefined) return { ...answer, openError: opened.error ?? 'no program' };
  const { section, type, attachType, autoload } = program;
  Object.assign(answer, { section, type, attachType, autoload });
  const call = loaded.calls.find((made) => made.call === 'progLoad' && made.name === 'prog');
  if (call !== undefined) answer.flags = call.flags ?? 0;
  const attempt = loaded.programs[0].attachError;
  if (call !== undefined && attempt !== undefined) answer.autoAttach = attempt !== -EOPNOTSUPP;
  return answer;
}

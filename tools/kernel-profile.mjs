// What does another kernel than the running one say of the recorded cases, and does its profile agree?
//
//   node tools/kernel-profile.mjs 6.1|6.12             boots it in QEMU, asks for every case, writes test/profiles/VERSION.json
//   node tools/kernel-profile.mjs --compare [VERSION]  the profile against what is written there; --show lists the differences
//   node tools/kernel-profile.mjs --tables             boots all, writes src/tables/generated/older-kernels.ts: what they offer less than
//                                                      the running kernel, which is 6.18
//   node tools/kernel-profile.mjs --hooks              boots 6.12, writes src/tables/generated/hooks.ts: what may be traced, and how
//   node tools/kernel-profile.mjs --ask FILE           asks the running kernel (what the guest does)
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { bootGuest } from './guest/boot.mjs';
import { getKernel, KERNEL_VERSIONS } from './kernels.mjs';
import { lastLine } from './kernel-diff/answers.mjs';
import { askKernel, vmlinux } from './kernel-diff/judges.mjs';
import { rootlet } from './kernel-diff/rootlet.mjs';
import { hookFacts, hooksFile } from './kernel-tables/hooks.mjs';
import { olderKernelsFile } from './kernel-tables/older-kernels.mjs';
import { CACHE, ROOT } from './lib/workspace.mjs';

const { caseInput, formatCase, parseBtf, parseCase, profileOf, verify } = rootlet;
const PACKAGE = join(ROOT, 'packages/verifier-sim');
const CASES = join(PACKAGE, 'test/cases');
const FOLDER = join(PACKAGE, 'test/profiles');

const args = process.argv.slice(2);
const versions = args.filter((arg) => KERNEL_VERSIONS.includes(arg));
if (args.includes('--ask')) ask(args[args.indexOf('--ask') + 1]);
else if (args.includes('--compare')) for (const version of versions.length > 0 ? versions : KERNEL_VERSIONS) compare(version);
else if (args.includes('--ask-hooks')) write(args[args.indexOf('--ask-hooks') + 1], JSON.stringify({ release: release(), facts: hookFacts(vmlinux) }));
else if (args.includes('--hooks')) await writeHooks();
else if (args.includes('--tables')) await writeTables();
else if (versions.length > 0) for (const version of versions) await record(version);
else {
  console.error(`usage: node tools/kernel-profile.mjs ${KERNEL_VERSIONS.join('|')} | --compare [VERSION] [--show] | --ask FILE`);
  process.exitCode = 2;
}

function listCases(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listCases(path) : name.endsWith('.case') ? [path] : [];
  });
}

/** `{ release, answers: { name: [errno, last line of the log] } }`; a program that cannot even be asked there, for want of
 * a map type, a kernel function or BTF, has a text instead. */
function ask(file) {
  const answers = {};
  for (const path of listCases(CASES)) {
    const name = relative(CASES, path).replace(/\.case$/, '');
    try {
      const { errno, log } = askKernel(parseCase(readFileSync(path, 'utf8'), vmlinux), 1);
      answers[name] = errno === 0 ? [0] : [errno, lastLine(log)];
    } catch (error) {
      answers[name] = String(error.message).split('\n')[0];
    }
  }
  mkdirSync(dirname(file), { recursive: true });
  const lines = Object.entries(answers).map(([name, answer]) => `${JSON.stringify(name)}: ${JSON.stringify(answer)}`);
  writeFileSync(file, `{"release": ${JSON.stringify(release())}, "answers": {\n${lines.join(',\n')}\n}}\n`);
}

async function record(version) {
  const script = 'node tools/kernel-profile.mjs --ask .cache/guest-out/answers.json';
  const { status, out } = await bootGuest(getKernel(version), script, { minutes: 20, print: (text) => process.stdout.write(text) });
  const answers = join(out, 'answers.json');
  if (status !== 0 || !existsSync(answers)) throw new Error(`guest ${version}: exit status ${status}`);
  mkdirSync(FOLDER, { recursive: true });
  cpSync(answers, join(FOLDER, `${version}.json`));
  recordCases(version);
  compare(version);
}

/** Cases that only this kernel answers say what it said. */
function recordCases(version) {
  const { answers } = JSON.parse(readFileSync(join(FOLDER, `${version}.json`), 'utf8'));
  for (const path of listCases(CASES)) {
    const given = parseCase(readFileSync(path, 'utf8'), vmlinux);
    const answer = answers[relative(CASES, path).replace(/\.case$/, '')];
    if (given.kernel !== version || !Array.isArray(answer)) continue;
    const [errno, line = ''] = answer;
    writeFileSync(path, formatCase(given, errno === 0 ? 'accept' : `reject ${errno}`, line === '' ? '' : `${line}\n`, line === '' ? '' : `${line}\n`));
  }
}

async function writeTables() {
  const here = join(CACHE, 'kernel-diff/facts.json');
  execFileSync(process.execPath, [join(ROOT, 'tools/kernel-tables.mjs'), '--facts', here], { stdio: 'inherit' });
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const older = {};
  for (const version of KERNEL_VERSIONS) {
    const script = 'node tools/kernel-tables.mjs --facts .cache/guest-out/facts.json';
    const { out } = await bootGuest(getKernel(version), script, { minutes: 20, print: (text) => process.stdout.write(text) });
    older[version] = read(join(out, 'facts.json'));
  }
  writeFileSync(join(PACKAGE, 'src/tables/generated/older-kernels.ts'), olderKernelsFile(read(here), older));
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The running kernel does not let programs be loaded that trampolines call. */
async function writeHooks() {
  const script = 'node tools/kernel-profile.mjs --ask-hooks .cache/guest-out/hooks.json';
  const { out } = await bootGuest(getKernel('6.12'), script, { minutes: 15, print: (text) => process.stdout.write(text) });
  const { release: name, facts } = JSON.parse(readFileSync(join(out, 'hooks.json'), 'utf8'));
  write(join(PACKAGE, 'src/tables/generated/hooks.ts'), hooksFile(facts, name));
}

function compare(version) {
  const { release: name, answers } = JSON.parse(readFileSync(join(FOLDER, `${version}.json`), 'utf8'));
  const btf = parseBtf(readFileSync(getKernel(version).btf));
  const tally = { cases: 0, same: 0, line: 0, falseAccept: 0, falseReject: 0, errno: 0, unsupported: 0 };
  const differences = [];
  for (const [file, answer] of Object.entries(answers)) {
    const path = join(CASES, `${file}.case`);
    if (typeof answer === 'string' || !existsSync(path)) continue;
    const [errno, line] = answer;
    tally.cases++;
    const { kind, sim } = judge(parseCase(readFileSync(path, 'utf8'), btf), btf, version, errno);
    tally[kind]++;
    if (kind === 'same' && (errno === 0 || sim.line === line)) tally.line++;
    else differences.push(`${kind.padEnd(11)} ${file}: ${errno} ${line ?? ''} | ${sim.errno} ${sim.line}`);
  }
  if (args.includes('--show')) console.log(differences.sort().join('\n'));
  const percent = (count) => `${((100 * count) / tally.cases).toFixed(1)} %`;
  console.log(`${version} (${name}): ${tally.cases} cases, same verdict and errno ${percent(tally.same)}, with the same last line ${percent(tally.line)}; false accepts ${tally.falseAccept}, false rejects ${tally.falseReject}, other errno ${tally.errno}, unsupported ${tally.unsupported}`);
}

function judge(given, btf, version, errno) {
  try {
    const { errno: ours, error } = verify(caseInput(given, btf, profileOf(version)), { logLevel: 1, profile: profileOf(version) });
    const sim = { errno: ours, line: error ?? '' };
    if (ours === errno) return { kind: 'same', sim };
    return { kind: ours === 0 ? 'falseAccept' : errno === 0 ? 'falseReject' : 'errno', sim };
  } catch (error) {
    return { kind: 'unsupported', sim: { errno: -1, line: error.message } };
  }
}

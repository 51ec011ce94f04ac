#!/usr/bin/env node
// Does rootlet ask the kernel for what libbpf asks it for, when it loads an object?
//
//   node tools/load-diff.mjs             compares over every object of docs/examples, with the running kernel's BTF; then modules.o over the
//                                        BTF of Debian's kernels and their modules (tools/kernels.mjs); fails when they differ
//   node tools/load-diff.mjs FILE...     compares over these
//   node tools/load-diff.mjs --record    writes libbpf's answers that no kernel had a say in to packages/loader/test/fixtures/loads.json,
//                                        which npm test replays
//
// Both load into a kernel that says yes to everything; libbpf's is tools/open-diff/probe.c. BTF, attributes of map creation and program
// load, instructions, what modules they name, function and line information, updates, pins. Needs the BTF of the running kernel, which both fit the objects to.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join } from 'node:path';
import { getKernel, getModuleBtf, kernelObstacle, KERNEL_VERSIONS, listModules } from './kernels.mjs';
import { Checks } from './lib/checks.mjs';
import { importTs } from './lib/import-ts.mjs';
import { peersObstacle } from './lib/peers.mjs';
import { checkUsage } from './lib/usage.mjs';
import { listFiles, ROOT, shortPath } from './lib/workspace.mjs';
import { askProbe, buildProbe } from './open-diff/peer.mjs';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const MODULES_OBJECT = join(ROOT, 'docs/examples/objects/modules.o');
const MODULE_PROGRAMS = ['lookup', 'sizes', 'enter', 'leave'];
const MODULES = ['dummy', 'veth', 'tcp_dctcp', 'nf_conntrack', 'tcp_bbr', 'nf_nat', 'bridge'];
/** For objects/kconfig.o. */
const KCONFIG = ['A_BOOL=y', 'A_TRISTATE=m', "A_CHAR=n", 'A_BYTE=200', 'A_SHORT=-5', 'AN_INT=0x10', 'A_LONG=12345678901', 'A_STRING="rootlet"'].map((line) => `CONFIG_${line}\n`).join('');

const args = process.argv.slice(2);
checkUsage(import.meta.url, args, ['record']);
const recording = args.includes('--record');
const wanted = args.filter((arg) => !arg.startsWith('--'));
const checks = new Checks('load-diff');
const obstacle = peersObstacle() ?? (existsSync(VMLINUX) ? undefined : `no ${VMLINUX}`);
if (obstacle !== undefined) {
  checks.skip('comparison with libbpf', obstacle);
  checks.end();
}
const { BLIND, compareLoad, tidyLoad, recordLoad, shorten, parseBtf, readKallsyms } = await importTs('tools/load-diff/packages.mjs');
const probe = buildProbe();
const possibleCpus = () => Number(/(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'utf8'))[1]) + 1;
const kallsyms = (names) => readKallsyms(names);

compareExamples();
// Files that are named are compared over the running kernel.
if (wanted.length === 0 && !recording) for (const version of KERNEL_VERSIONS) compareModules(version);
checks.end();

/** Every object of docs/examples over the running kernel. */
function compareExamples() {
  /** Objects whose answer depends on what this machine, not the kernel, lets libbpf try: LINUX_HAS_SYSCALL_WRAPPER takes a kprobe. */
  const untold = existsSync('/sys/bus/event_source/devices/kprobe/type') ? [] : ['kconfig'];
  if (untold.length > 0) console.log(`left out, for libbpf sees no kprobes here: ${untold.join(', ')}`);
  const files = wanted.length > 0 ? wanted : listFiles(join(ROOT, 'docs/examples'), (name) => name.endsWith('.o') && !name.endsWith('.bpfeb.o'));
  const vmlinux = parseBtf(readFileSync(VMLINUX));
  const facts = { possibleCpus, release: release(), vmlinuxBtf: () => vmlinux, moduleBtfs: () => [], kallsyms };
  const problems = [];
  const recorded = [];
  const totals = { loaded: 0, refused: 0, calls: 0, more: 0 };
  for (const file of files) {
    const name = basename(file).split('.')[0];
    // modules.o is compared over kernels that have the modules.
    if (untold.includes(name) || file === MODULES_OBJECT) continue;
    const { answer, theirs } = ask(name, file, {});
    const ours = recordLoad(name, new Uint8Array(readFileSync(file)), facts, KCONFIG);
    // What wants functions of other objects libbpf does not open; static maps neither; of libraries it loads nothing.
    if ((answer.error !== undefined && !ours.refused) || ours.library) {
      totals.more++;
      continue;
    }
    if (theirs.refused) totals.refused++;
    else totals.loaded++;
    totals.calls += theirs.calls.length;
    if (recording && !theirs.refused && compareLoad(shorten(recordLoad(name, new Uint8Array(readFileSync(file)), BLIND, KCONFIG)), shorten(theirs)).length === 0) {
      recorded.push({ file: shortPath(file).replace(/^docs\/examples\//, ''), ...shorten(theirs) });
    }
    problems.push(...describe(shortPath(file), ours, theirs, answer));
  }
  const sum = `${files.length} objects, libbpf ${probe.version}: ${totals.loaded} loaded with ${totals.calls} calls, ${totals.refused} refused, ${totals.more} that only rootlet opens: ${problems.length} differences`;
  judge('examples', problems, sum);
  if (!recording) return;
  const lines = recorded.map((answer) => `  ${JSON.stringify(answer)}`).join(',\n');
  writeFileSync(join(ROOT, 'packages/loader/test/fixtures/loads.json'), `{ "libbpf": ${JSON.stringify(probe.version)}, "loads": [\n${lines}\n] }\n`);
  console.log(`${recorded.length} answers written`);
}

/** What stands in modules, over a stock kernel's BTF and its modules'. */
function compareModules(version) {
  const name = `modules of ${version}`;
  const missing = kernelObstacle(version);
  if (missing !== undefined) {
    checks.skip(name, missing);
    return;
  }
  const kernel = getKernel(version);
  const paths = listModules(kernel);
  const vmlinux = parseBtf(readFileSync(kernel.btf));
  // In the order in which a kernel might have loaded them: the ones that are meant neither first nor last.
  const modules = MODULES.flatMap((module, idx) => {
    const path = getModuleBtf(kernel, module, paths.get(module));
    return path === undefined ? [] : [{ name: module, path, fd: 900 + idx, btf: parseBtf(readFileSync(path), { base: vmlinux }) }];
  });
  const facts = { possibleCpus, release: kernel.release, vmlinuxBtf: () => vmlinux, moduleBtfs: () => modules, kallsyms };
  const env = { VMLINUX: kernel.btf, MODULES: modules.map((module) => `${module.name}=${module.path}`).join(',') };
  const bytes = new Uint8Array(readFileSync(MODULES_OBJECT));
  const problems = [];
  let named = 0;
  for (const program of MODULE_PROGRAMS) {
    const { answer, theirs } = ask('modules', MODULES_OBJECT, { ...env, ONLY: program });
    const ours = recordLoad('modules', bytes, facts, KCONFIG, program);
    if (ours.refused || theirs.refused) problems.push(`${program}: not loaded: ${ours.problem ?? answer.warning}`);
    if (theirs.calls.some((call) => 'fdArray' in call || 'attachModule' in call)) named++;
    problems.push(...describe(program, ours, theirs, answer));
  }
  judge(name, problems, `${kernel.release}, ${modules.length} modules: ${MODULE_PROGRAMS.length} programs, ${named} of which name a module: ${problems.length} differences`);
}

function ask(name, file, env) {
  const [answer] = askProbe(probe, ['load', `${name}=${file}`], { env: { TWICE: '1', ATTACHMAPS: '1', KCONFIG, ...env } });
  return { answer, theirs: tidyLoad(name, answer) };
}

function describe(name, ours, theirs, answer) {
  return compareLoad(ours, theirs).map((problem) => `${name}: ${problem}${ours.refused ? `\n    ${ours.problem}` : theirs.refused ? `\n    ${answer.warning}` : ''}`);
}

function judge(name, problems, sum) {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) checks.fail(name, sum);
  else checks.pass(name, sum);
}

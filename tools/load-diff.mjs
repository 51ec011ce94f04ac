#!/usr/bin/env node
// Does rootlet ask the kernel for what libbpf asks it for, when it loads an object?
//
//   node tools/load-diff.mjs             compares over every object of docs/examples; fails when they differ
//   node tools/load-diff.mjs FILE...     compares over these
//   node tools/load-diff.mjs --record    writes libbpf's answers that no kernel had a say in to packages/loader/test/fixtures/loads.json,
//                                        which npm test replays
//
// Both load into a kernel that says yes to everything; libbpf's is tools/open-diff/probe.c. Attributes of map creation and program load,
// instructions, updates, pins. Needs the BTF of the running kernel, which both fit the objects to.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { peersObstacle } from './lib/peers.mjs';
import { listFiles, ROOT, shortPath } from './lib/workspace.mjs';
import { askProbe, buildProbe } from './open-diff/peer.mjs';

const VMLINUX = '/sys/kernel/btf/vmlinux';
/** For objects/kconfig.o. */
const KCONFIG = ['A_BOOL=y', 'A_TRISTATE=m', "A_CHAR=n", 'A_BYTE=200', 'A_SHORT=-5', 'AN_INT=0x10', 'A_LONG=12345678901', 'A_STRING="rootlet"'].map((line) => `CONFIG_${line}\n`).join('');

const obstacle = peersObstacle() ?? (existsSync(VMLINUX) ? undefined : `no ${VMLINUX}`);
if (obstacle !== undefined) {
  console.error(obstacle);
  process.exit(1);
}
const { BLIND, compareLoad, tidyLoad, recordLoad, shorten, parseBtf, readKallsyms } = await importTs('tools/load-diff/packages.mjs');
const probe = buildProbe();
const recording = process.argv[2] === '--record';
const recorded = [];
const files = process.argv.length > 2 && !recording ? process.argv.slice(2) : listFiles(join(ROOT, 'docs/examples'), (name) => name.endsWith('.o') && !name.endsWith('.bpfeb.o'));
const vmlinux = parseBtf(readFileSync(VMLINUX));
const possibleCpus = () => Number(/(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'utf8'))[1]) + 1;
const facts = { possibleCpus, release: release(), vmlinuxBtf: () => vmlinux, moduleBtfs: () => [], kallsyms: (names) => readKallsyms(names) };

/** Objects whose answer depends on what this machine, not the kernel, lets libbpf try: LINUX_HAS_SYSCALL_WRAPPER takes a kprobe. */
const untold = existsSync('/sys/bus/event_source/devices/kprobe/type') ? [] : ['kconfig'];
if (untold.length > 0) console.log(`left out, for libbpf sees no kprobes here: ${untold.join(', ')}`);

let differences = 0;
const totals = { loaded: 0, refused: 0, calls: 0, more: 0 };
for (const file of files) {
  const name = basename(file).split('.')[0];
  if (untold.includes(name)) continue;
  const [answer] = askProbe(probe, ['load', `${name}=${file}`], { env: { TWICE: '1', ATTACHMAPS: '1', KCONFIG } });
  const theirs = tidyLoad(name, answer);
  const ours = recordLoad(name, new Uint8Array(readFileSync(file)), facts, KCONFIG);
  // What wants functions of other objects libbpf does not open; static maps neither; of libraries it loads nothing.
  if ((answer.error !== undefined && !ours.refused) || ours.library) {
    totals.more++;
    continue;
  }
  if (theirs.refused) totals.refused++;
  else totals.loaded++;
  totals.calls += theirs.calls.length;
  if (!theirs.refused && !ours.library && compareLoad(recordLoad(name, new Uint8Array(readFileSync(file)), BLIND, KCONFIG), theirs).length === 0) {
    recorded.push({ file: shortPath(file).replace(/^docs\/examples\//, ''), ...shorten(theirs) });
  }
  for (const problem of compareLoad(ours, theirs)) {
    differences++;
    console.error(`${shortPath(file)}: ${problem}`);
    if (ours.refused) console.error(`    ${ours.problem}`);
    else if (theirs.refused) console.error(`    ${answer.warning}`);
  }
}
console.log(`${files.length} objects, libbpf ${probe.version}: ${totals.loaded} loaded with ${totals.calls} calls, ${totals.refused} refused, ${totals.more} that only rootlet opens: ${differences} differences`);
if (recording) {
  const lines = recorded.map((answer) => `  ${JSON.stringify(answer)}`).join(',\n');
  writeFileSync(join(ROOT, 'packages/loader/test/fixtures/loads.json'), `{ "libbpf": ${JSON.stringify(probe.version)}, "loads": [\n${lines}\n] }\n`);
  console.log(`${recorded.length} answers written`);
}
process.exitCode = differences > 0 ? 1 : 0;

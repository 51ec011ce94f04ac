// Which BTF is there to be judged by?
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getKernel, getModuleBtf, kernelObstacle, KERNEL_VERSIONS, listModules } from '../kernels.mjs';
import { readElfSection } from '../lib/elf-section.mjs';
import { ROOT } from '../lib/workspace.mjs';

const SYSFS = '/sys/kernel/btf';
const HERE = fileURLToPath(new URL('.', import.meta.url));
const FIXTURES = join(ROOT, 'packages/btf/test/fixtures');

/** Modules of each kernel that are always compared, beside every n-th of the others. */
const MODULES = ['veth', 'nf_tables', 'nf_conntrack', 'xfs', 'btrfs', 'kvm', 'mlx5_core', 'bridge'];
/** For so many modules of each kernel the header is compared too: it holds all of vmlinux each time. */
const MODULE_HEADERS = 3;

/**
 * @typedef {object} Source
 * @property {string} group row of the table
 * @property {string} name
 * @property {string} path what bpftool is given
 * @property {() => Uint8Array} read the BTF
 * @property {string} [base] path of the BTF it is split on
 * @property {boolean} [skipHeader] compare raw and JSON only
 */

/**
 * @param {string} folder for what is made on the way
 * @param {{ peers: object, elf: object, all: boolean }} context
 * @returns {{ sources: Source[], skipped: string[] }}
 */
export function listSources(folder, { peers, elf, all }) {
  const sources = [...runningKernel(folder)];
  const skipped = [];
  if (sources.length === 0) skipped.push(`running kernel: no ${SYSFS}/vmlinux`);
  for (const version of KERNEL_VERSIONS) {
    const obstacle = kernelObstacle(version);
    if (obstacle === undefined) sources.push(...stockKernel(version, all));
    else skipped.push(`linux ${version}: ${obstacle}`);
  }
  const objects = [...clangObjects(elf)];
  sources.push(...objects, ...dedupBtfs(folder, peers, objects));
  if (spawnSync('pahole', ['--version']).status === 0) sources.push(...paholeBtfs(folder));
  else skipped.push('pahole: not installed');
  return { sources, skipped };
}

function file(group, path, more = {}) {
  return { group, name: basename(path, '.btf'), path, read: () => new Uint8Array(readFileSync(path)), ...more };
}

/** bpftool takes paths of sysfs for modules of the running kernel, so it is given copies. */
function* runningKernel(folder) {
  if (!existsSync(join(SYSFS, 'vmlinux'))) return;
  for (const name of readdirSync(SYSFS)) copyFileSync(join(SYSFS, name), join(folder, `running-${name}.btf`));
  const base = join(folder, 'running-vmlinux.btf');
  yield file('running vmlinux', base);
  for (const name of readdirSync(SYSFS)) if (name !== 'vmlinux') yield file('running modules', join(folder, `running-${name}.btf`), { base, skipHeader: true });
}

function* stockKernel(version, all) {
  const kernel = getKernel(version);
  yield file(`${version} vmlinux`, kernel.btf);
  const modules = [...listModules(kernel)];
  let headers = 0;
  for (const [idx, [name, path]] of modules.entries()) {
    if (!all && idx % 40 !== 0 && !MODULES.includes(name)) continue;
    const btf = getModuleBtf(kernel, name, path);
    if (btf === undefined) continue;
    const skipHeader = !(all || (MODULES.includes(name) && headers++ < MODULE_HEADERS));
    yield file(`${version} modules`, btf, { base: kernel.btf, skipHeader });
  }
}

/** Objects and raw BTF that are committed, of both byte orders. */
function* clangObjects({ parseElf, findSection }) {
  const folders = [join(ROOT, 'docs/examples'), ...readdirSync(join(ROOT, 'packages')).map((name) => join(ROOT, 'packages', name, 'test/fixtures'))];
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const name of readdirSync(folder, { recursive: true }).sort()) {
      const path = join(folder, name);
      if (name.endsWith('.btf')) yield file('raw fixtures', path);
      if (!name.endsWith('.o')) continue;
      const bytes = new Uint8Array(readFileSync(path));
      const section = findElfSection(bytes);
      if (section !== undefined) yield { group: 'clang objects', name: relative(ROOT, path), path, read: () => section };
    }
  }

  /** Some fixtures are broken on purpose. */
  function findElfSection(bytes) {
    try {
      return findSection(parseElf(bytes), '.BTF')?.data.bytes;
    } catch (error) {
      if (error.code === undefined) throw error;
      return undefined;
    }
  }
}

/** What libbpf's own dedup makes of the little-endian objects, all at once and in tens. */
function* dedupBtfs(folder, peers, objects) {
  const program = join(folder, 'dedup-reference');
  peers.compile(join(FIXTURES, 'dedup-reference.c'), program);
  const [command, ...args] = peers.command(program);
  const inputs = objects.filter(({ read }) => read()[0] === 0x9f).map(({ path }) => path);
  const batches = [inputs];
  for (let at = 0; at < inputs.length; at += 25) batches.push(inputs.slice(at, at + 25));
  for (const [idx, batch] of batches.entries()) {
    const out = join(folder, `dedup-${idx}.btf`);
    execFileSync(command, [...args, out, ...batch], { stdio: ['ignore', 'ignore', 'ignore'] });
    yield file('libbpf dedup', out);
  }
}

/** Programs for x86-64, whose DWARF pahole turns into BTF. */
function* paholeBtfs(folder) {
  const programs = [...readdirSync(HERE).filter((name) => name.endsWith('.c')).map((name) => join(HERE, name)), join(FIXTURES, 'layout.c'), join(FIXTURES, 'dedup-reference.c')];
  for (const program of programs) {
    for (const compiler of ['gcc', 'clang-19']) {
      const out = join(folder, `${basename(program, '.c')}.${compiler}`);
      execFileSync(compiler, ['-g', '-O1', '-w', '-c', program, '-o', `${out}.o`], { stdio: ['ignore', 'ignore', 'inherit'] });
      execFileSync('pahole', ['-J', `${out}.o`], { stdio: ['ignore', 'ignore', 'inherit'] });
      writeFileSync(`${out}.btf`, readElfSection(readFileSync(`${out}.o`), '.BTF'));
      yield file('pahole', `${out}.btf`);
    }
  }
}

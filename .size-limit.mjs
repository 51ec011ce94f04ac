// How large may a package be for the people who embed it? Minified and compressed (brotli), its dependencies included.
import { join } from 'node:path';
import { builtPackages } from './tools/lib/bundle.mjs';
import { listPackages } from './tools/lib/workspace.mjs';

/** A limit is what the package needs today and some air; raising one is a decision to be seen in a diff. */
const LIMITS = {
  bytes: '3 kB',
  uapi: '18 kB',
  elf: '8 kB',
  btf: '42 kB',
  insn: '16 kB',
  reloc: '46 kB',
  'verifier-sim': '91 kB',
  vm: '30 kB',
  loader: '46 kB',
  'sim-kernel': '128 kB',
  libbpf: '188 kB',
};

const embeddable = listPackages().filter((pkg) => !pkg.empty && pkg.dir in LIMITS);

export default [
  { name: '{ parseBtf } of @rootlet/btf', path: 'packages/btf/dist/index.js', import: '{ parseBtf }', limit: '8 kB' },
  { name: '{ parseBtf, findPath } of @rootlet/btf', path: 'packages/btf/dist/index.js', import: '{ parseBtf, findPath }', limit: '8 kB' },
  ...embeddable.map((pkg) => ({ name: pkg.name, path: `packages/${pkg.dir}/dist/index.js`, import: '*', limit: LIMITS[pkg.dir] })),
].map((entry) => ({
  ...entry,
  modifyEsbuildConfig: (config) => ({ ...config, plugins: [...(config.plugins ?? []), builtPackages()], absWorkingDir: join(import.meta.dirname) }),
}));

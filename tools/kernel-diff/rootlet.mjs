// How does the comparison use the packages' sources, without a build and as one bundle?
import { build } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../lib/workspace.mjs';

/** What is bundled; several processes at once do not disturb each other. */
const ENTRY = `
export * from '@rootlet/insn';
export * from '@rootlet/verifier-sim';
export { attachTypeStr, errnoName, helperName, mapTypeStr, progTypeStr } from '@rootlet/uapi';
export { findHelper } from './packages/verifier-sim/src/tables/helpers.ts';
export { findKfunc, isKfuncOffered } from './packages/verifier-sim/src/tables/kfuncs.ts';
export { findProgType } from './packages/verifier-sim/src/tables/prog-types.ts';
export { KFUNC_FACTS, KFUNC_GROUPS } from './packages/verifier-sim/src/tables/generated/kfuncs.ts';
export { parseBtf } from '@rootlet/btf';
export { loadObject, parseObject } from '@rootlet/loader';
export { LinuxKernel } from '@rootlet/linux-kernel';
export { SimKernel } from '@rootlet/sim-kernel';
export { createEnvironment, findKfunc as findKfuncBody, formatFault, lookupElem, updateElem, Vm, VmMap } from '@rootlet/vm';
export { caseInput, FIRST_MAP_FD, formatCase, normalizeLog, parseCase } from './packages/verifier-sim/test/case-file.ts';
export { buildCaseBtf } from './packages/verifier-sim/test/case-btf.ts';
export { buildMapBtf } from './packages/verifier-sim/test/case-map-btf.ts';
`;

async function load() {
  const folder = join(ROOT, '.cache/kernel-diff');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `rootlet-${process.pid}.mjs`);
  await build({
    stdin: { contents: ENTRY, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    sourcemap: 'inline',
    logLevel: 'error',
    plugins: [
      {
        name: 'workspace',
        setup({ onResolve }) {
          onResolve({ filter: /^@rootlet\/[^/]+$/ }, (args) => ({ path: join(ROOT, 'packages', args.path.slice('@rootlet/'.length), 'src/index.ts') }));
        },
      },
    ],
  });
  process.setSourceMapsEnabled(true);
  const packages = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return packages;
}

/** The packages. */
export const rootlet = await load();

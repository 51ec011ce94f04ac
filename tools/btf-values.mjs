// Does decoding find the values that a compiled program sees in its own data?
//
//   node tools/btf-values.mjs            gcc compiles tools/btf/values.c, pahole writes its BTF, and every value it prints is compared
//   node tools/btf-values.mjs --bless    also writes BTF and values for the test that compares without either
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { ROOT } from './lib/workspace.mjs';

const missing = ['gcc', 'pahole'].find((command) => spawnSync(command, ['--version']).status !== 0);
if (missing !== undefined) {
  console.log(`skipped: no ${missing} here`);
  process.exit(0);
}
const api = await importTs('packages/btf/src/index.ts');
const folder = mkdtempSync(join(tmpdir(), 'rootlet-values-'));
try {
  const program = join(folder, 'values');
  execFileSync('gcc', ['-g', '-O0', '-w', '-o', program, join(ROOT, 'tools/btf/values.c')]);
  const file = join(folder, 'values.btf');
  execFileSync('pahole', ['--btf_gen_floats', '--btf_encode_detached', file, program]);
  const printed = execFileSync(program, { encoding: 'utf8' });
  const btf = api.parseBtf(readFileSync(file));
  let bytes;
  let value;
  let compared = 0;
  for (const line of printed.trim().split('\n')) {
    const words = line.split(' ');
    if (words[0] === '=') {
      bytes = Buffer.from(words[2], 'hex');
      const id = btf.findByNameKind(words[1], api.BTF_KIND_STRUCT);
      value = api.decodeValue(btf, id, bytes);
      const again = api.encodeValue(btf, id, value, { into: bytes });
      if (Buffer.compare(again, bytes) !== 0) throw new Error(`${words[1]}: encoded as ${Buffer.from(again).toString('hex')}, not ${words[2]}`);
      continue;
    }
    const found = words[0].replace(/\[(\d+)\]/g, '.$1').split('.').slice(1).reduce((at, step) => at[step], value);
    const want = words[1].startsWith('-0x') ? -BigInt(words[1].slice(1)) : words[1];
    if (found === undefined) throw new Error(`${words[0]} is not in what was decoded`);
    const same = typeof found === 'number' ? found === Number(want) : BigInt(found) === BigInt(want);
    if (!same) throw new Error(`${words[0]}: decoded as ${found}, the program sees ${words[1]}`);
    compared++;
  }
  if (process.argv.includes('--bless')) writeFileSync(join(ROOT, 'packages/btf/test/value-gcc.json'), `${JSON.stringify({ btf: readFileSync(file).toString('base64'), printed: printed.trim().split('\n') }, undefined, 1)}\n`);
  console.log(`${compared} values are what the program sees`);
} finally {
  rmSync(folder, { recursive: true });
}

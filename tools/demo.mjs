// What does rootlet do, in one minute? The main job on the example objects, as a person would type it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/workspace.mjs';

const COMMAND = join(ROOT, 'packages/cli/bin/rootlet.cjs');
/** Fourteen bytes, the least that an XDP program is run on. */
const PACKET = '2a00000000000000000000000000';
const FOLDER = 'docs/examples/linking';
const colour = process.stdout.isTTY && !process.env.NO_COLOR;

if (!existsSync(join(ROOT, 'packages/cli/dist/rootlet.cjs'))) {
  console.error('start: the command is not built: packages/cli/dist/rootlet.cjs is missing; run npm run build and read its output');
  process.exit(1);
}

const bold = (text) => (colour ? `\x1b[1m${text}\x1b[22m` : text);
const dim = (text) => (colour ? `\x1b[2m${text}\x1b[22m` : text);

/** `expect`: what the output must hold, so that a demonstration that goes wrong says so. */
function step(title, words, args, { status = 0, expect = [] } = {}) {
  console.log(`\n${bold(title)}\n${words}\n`);
  console.log(dim(`$ npx rootlet ${args.join(' ')}`));
  const done = spawnSync(process.execPath, [COMMAND, ...args.map((arg) => (arg.endsWith('.o') ? `${FOLDER}/${arg}` : arg))], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...(colour ? { FORCE_COLOR: '1' } : {}) } });
  const output = `${done.stdout}${done.stderr}`.trimEnd();
  console.log(output.replace(/^/gm, '    '));
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
  const missing = expect.filter((text) => !plain.includes(text));
  if (done.status !== status || missing.length > 0) {
    console.error(`\nstart: this did not go as it should: ${done.status !== status ? `exit status ${done.status}, expected ${status}` : `the output lacks ${missing.join(', ')}`}`);
    process.exit(1);
  }
}

console.log(`${bold('rootlet')} links eBPF objects at run time, from what the objects say about themselves.`);
console.log(`Two objects, compiled by clang (sources and objects: ${FOLDER}):\n`);
for (const name of ['helpers.c', 'main_prog.c']) {
  const text = readFileSync(join(ROOT, FOLDER, name), 'utf8').replace(/\/\*[\s\S]*?\*\/\n?/g, '').replace(/^#include.*\n/gm, '').trim();
  console.log(`${dim(`── ${name}`)}\n${text.replace(/^/gm, '    ')}\n`);
}

step('1. What would be bound to what?', 'The plan, before anything is loaded: main_prog.o declares foo and bar, helpers.o defines them.', ['plan', 'helpers.o', 'main_prog.o'], { expect: ['foo', 'bar'] });
step('2. Load the helpers, then the program, and run it', 'Each object is verified on its own, and the two calls are bound by name. The packet begins with the byte 2a, so the result is 0x2a + 1 + 15 = 58.', ['run', 'helpers.o', 'main_prog.o', '--data', PACKET], { expect: ['58'] });
step('3. The other way round', 'The program first: it is verified from the prototypes alone, and bound when the helpers arrive.', ['run', 'main_prog.o', 'helpers.o', '--data', PACKET], { expect: ['58'] });
step('4. Linked statically', 'The same objects, joined into one before loading: same verdict, same result.', ['run', '--static', 'main_prog.o', 'helpers.o', '--data', PACKET], { expect: ['58'] });
step('5. A missing provider', 'Without the helpers the program loads, but does not run: the error names what is missing.', ['run', 'main_prog.o', '--data', PACKET], { status: 1, expect: ['foo', 'bar'] });
step('6. A wrong argument', 'bad_ctx.o hands foo a pointer that is no context. The verifier refuses it when it is loaded, not later.', ['run', 'helpers.o', 'bad_ctx.o', '--data', PACKET], { status: 1 });

console.log(`\nNext: ${bold('npx rootlet help')} · README.md · docs/architecture.md`);

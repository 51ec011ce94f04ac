// Does `rootlet gen skeleton` write modules that compile, run, and have what bpftool's skeletons have?
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listsOfObject } from './skeleton-answers.ts';
import type { SkeletonAnswer } from './skeleton-answers.ts';
import { complaintsOf, runModule } from './skeleton-modules.ts';
import type { LooseSkeleton } from './skeleton-modules.ts';
import { example, ROOT, rootlet } from './support.ts';

const EXAMPLES = join(ROOT, 'docs/examples');
const { objects } = JSON.parse(readFileSync(join(__dirname, 'fixtures/skeletons.json'), 'utf8')) as { objects: readonly SkeletonAnswer[] };

/** Every object of docs/examples. */
const OBJECTS = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.o')).map((name) => name.replaceAll('\\', '/')).sort();

/** The modules that packages/libbpf tests, by the arguments that make them. */
const FOLDER = join(ROOT, 'packages/libbpf/test/skeletons');
const MODULES: readonly (readonly [file: string, ...args: string[]])[] = [
  ['settings.skel.ts', 'skeleton', 'objects/settings.o'],
  ['globals.skel.ts', 'skeleton', 'programs/globals.o'],
  ['typed_events.skel.ts', 'skeleton', 'programs/typed_events.o', '--record', 'events=event'],
  ['xdp_percpu.skel.ts', 'skeleton', 'programs/xdp_percpu.o', '--no-embed'],
  ['struct_ops_tcp.skel.ts', 'skeleton', 'objects/struct_ops_tcp.o', '--no-embed'],
  ['maps_of_maps.skel.ts', 'skeleton', 'programs/maps_of_maps.o', '--no-embed'],
  ['odd_names.skel.ts', 'skeleton', 'objects/odd_names.o', '--no-embed'],
  ['data_def.subskel.ts', 'subskeleton', 'linking/data_def.o'],
  ['map_helpers.subskel.ts', 'subskeleton', 'linking/map_helpers.o'],
];

/** The text of a module; that there is one. */
async function generate(kind: string, object: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, status } = await rootlet('gen', kind, example(object), ...args);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

async function run(object: string, ...args: string[]): Promise<LooseSkeleton> {
  const found = Object.values(runModule(await generate('skeleton', object, ...args))).find((one) => 'openAndLoad' in one);
  if (found === undefined) throw new Error('no skeleton');
  return found;
}

/** An object with a static map; the other one has everything else by other names. */
function staticMap(other: boolean): Buffer {
  const text = readFileSync(example('objects/map_static.o'), 'latin1');
  return Buffer.from(other ? text.replaceAll('map_static', 'xap_static').replaceAll('hidden_sockets', 'hixden_sockets') : text, 'latin1');
}

describe('rootlet gen', () => {
  it.each(MODULES.map((module) => [module[0], module] as const))('writes packages/libbpf/test/skeletons/%s', async (file, [, kind = '', object = '', ...args]) => {
    const path = join(FOLDER, file);
    const text = await generate(kind, object, ...args);
    if (process.env['BLESS'] === '1') writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  it('has the maps, programs, links, tables and variables that bpftool has', () => {
    const differing = objects.filter(({ file, lists }) => lists !== undefined && JSON.stringify(listsOfObject(readFileSync(join(EXAMPLES, file)))) !== JSON.stringify(lists));
    expect(differing.map(({ file }) => file)).toEqual([]);
    expect(objects.filter(({ lists }) => lists !== undefined).length).toBeGreaterThan(290);
    // Recorded by tools/skeleton-diff.mjs.
    expect(objects.filter(({ file }) => !OBJECTS.includes(file))).toEqual([]);
  });

  it('writes what compiles, for every example that can be opened', async () => {
    const files = new Map<string, string>();
    const refused: string[] = [];
    for (const file of OBJECTS) {
      const { stdout, status } = await rootlet('gen', 'skeleton', example(file), '--no-embed');
      if (status === 0) files.set(file.replace(/[/.]/g, '_'), stdout);
      else refused.push(file);
      // Types are the same; what stands below them is not.
      const sub = await rootlet('gen', 'subskeleton', example(file));
      expect(sub.status).toBe(status);
      if (status === 0 && !file.includes('bpfeb')) files.set(`sub_${file.replace(/[/.]/g, '_')}`, sub.stdout);
    }
    // Those that libbpf does not open either, and objects of another machine or without the BTF of their maps.
    expect(refused.filter((file) => !/bad_|legacy_map|x86|variants\.nobtf/.test(file))).toEqual([]);
    expect(files.size).toBeGreaterThan(620);
    expect(complaintsOf(files)).toEqual([]);
  }, 180_000);

  it('has types that tell wrong use', async () => {
    const use = `
import * as libbpf from '@rootlet/libbpf';
import { settings } from './settings.ts';
import { external } from './external.ts';
const skel: settings = settings.open();
skel.bss.calls = 3;
skel.rodata.limits = { nobody: 1 };
skel.maps.shared.update(0, 'text');
skel.maps.optional.lookup(0n);
skel.kconfig.x;
skel.links.nobody = undefined;
external.open();
external.openAndLoad({ kernel: new libbpf.SimKernel() });
skel.rodata.limits = { low: 1 };
skel.rodata.limits.high = 2n;
const seen: bigint | undefined = skel.maps.shared.lookup(0);
export const done: readonly unknown[] = [seen, external.open({ object: 'x.o' })];
`;
    const files = new Map([
      ['settings', await generate('skeleton', 'objects/settings.o')],
      ['external', await generate('skeleton', 'objects/settings.o', '--no-embed', '--name', 'external')],
      ['use', use],
    ]);
    const lines = complaintsOf(files).map((complaint) => Number(/use\.ts line (\d+):/.exec(complaint)?.[1]));
    expect(lines).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
  }, 60_000);

  it('writes the same bytes again, whatever the file is called', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const [copy, output] = [join(folder, 'copy.bpf.o'), join(folder, 'copy.ts')];
      writeFileSync(copy, readFileSync(example('objects/settings.o')));
      expect(await rootlet('gen', 'skeleton', copy, '--name', 'settings', '-o', output)).toEqual({ stdout: '', stderr: '', status: 0 });
      expect(readFileSync(output, 'utf8')).toBe(await generate('skeleton', 'objects/settings.o'));
      expect((await rootlet('gen', 'skeleton', copy)).stdout).toContain('export const copy: ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('holds the object, as it is', async () => {
    const skeleton = await run('programs/globals.o');
    expect(Buffer.from(skeleton.elfBytes() ?? []).equals(readFileSync(example('programs/globals.o')))).toBe(true);
    expect((await run('programs/globals.o', '--no-embed')).elfBytes()).toBeUndefined();
  });

  it('gives names that TypeScript can have', async () => {
    const names = { limits: 'limits_skel', class: 'class_skel', '9-lives': '_9_lives', libbpf: 'libbpf_skel', BtfView: 'BtfView_skel', __proto__: '__proto__' };
    const files = new Map<string, string>();
    for (const [name, exported] of [...Object.entries(names), ['__proto__', '__proto__'] as const]) {
      const text = await generate('skeleton', 'objects/settings.o', '--no-embed', '--name', name);
      expect(/^export const (\w+): \w+\.SkeletonType/m.exec(text)?.[1]).toBe(exported);
      files.set(`named_${files.size}`, text);
    }
    expect(complaintsOf(files)).toEqual([]);
  }, 60_000);

  it('reads and writes data in the byte order of the object', async () => {
    for (const object of ['objects/settings.o', 'objects/settings.bpfeb.o']) {
      const { rodata = {}, data_table = {}, object: opened } = (await run(object)).open();
      expect([rodata['answer'], (data_table['table'] as { $get(): unknown }).$get()]).toEqual([41, [1n, 2n, 3n, 4n]]);
      rodata['answer'] = 0x01020304;
      expect(opened.getVariable('answer')).toBe(0x01020304);
    }
  });

  it('leaves out what nothing can find', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const files = ['one', 'two'].map((name) => join(folder, `${name}.o`));
      for (const file of files) writeFileSync(file, staticMap(file.includes('two')));
      await rootlet('link', '-o', join(folder, 'both.o'), ...files);
      const { stdout, stderr, status } = await rootlet('gen', 'skeleton', join(folder, 'both.o'));
      expect(status).toBe(0);
      expect(stderr).toMatch(/both\.o: map 'not_global' is left out: another one has its name\n$/);
      expect(stdout.match(/readonly not_global/g)).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes no object at its word', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootlet-'));
    try {
      const file = join(folder, 'broken.o');
      let seed = 20;
      const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
      const statuses = new Set<number>();
      for (let round = 0; round < 150; round++) {
        const bytes = readFileSync(example(['objects/settings.o', 'objects/struct_ops.o', 'objects/odd_names.o'][round % 3] ?? ''));
        // Most of it within BTF, which begins with 0xeb9f.
        const [first, length] = round % 4 === 0 ? [0, bytes.length] : [bytes.indexOf('9feb0100', 'hex'), 2500];
        for (let count = random(4); count >= 0; count--) bytes[first + random(length)] = random(3) === 0 ? random(8) : random(256);
        writeFileSync(file, bytes);
        // A bug would be thrown; an error ends with 2.
        statuses.add((await rootlet('gen', round % 2 === 0 ? 'skeleton' : 'subskeleton', file)).status);
      }
      expect([...statuses].sort()).toEqual([0, 2]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('says what is wrong', async () => {
    expect(await rootlet('gen', 'skeleton', '/no/such/file')).toMatchObject({ status: 2, stdout: '' });
    expect(await rootlet('gen', 'skeleton', example('objects/bad_map_no_type.o'))).toMatchObject({ status: 2, stderr: expect.stringContaining('map type is not specified') });
    const record = (option: string): ReturnType<typeof rootlet> => rootlet('gen', 'skeleton', example('programs/xdp_ringbuf.o'), '--record', option);
    expect(await record('nobody=event')).toMatchObject({ status: 2, stderr: expect.stringContaining("no map 'nobody'") });
    expect(await record('events=struct nobody')).toMatchObject({ status: 2, stderr: expect.stringContaining("no type 'struct nobody'") });
    expect(await record('events')).toMatchObject({ status: 2, stderr: expect.stringContaining("no type ''") });
    expect(await rootlet('gen', 'skeleton', example('programs/globals.o'), '-o', '/no/such/folder/x.ts')).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be written') });
  });
});

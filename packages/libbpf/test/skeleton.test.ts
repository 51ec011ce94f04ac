// Do the modules that `rootlet gen skeleton` writes do what C's skeletons do?
//
// Also run on the running kernel, by skeleton.kernel.test.ts. The modules are written by packages/cli/test/skeleton.test.ts.
import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { data_def } from './skeletons/data_def.subskel.ts';
import { globals } from './skeletons/globals.skel.ts';
import { maps_of_maps } from './skeletons/maps_of_maps.skel.ts';
import { odd_names_skel } from './skeletons/odd_names.skel.ts';
import { map_helpers } from './skeletons/map_helpers.subskel.ts';
import { mode, settings } from './skeletons/settings.skel.ts';
import { struct_ops_tcp } from './skeletons/struct_ops_tcp.skel.ts';
import { event, typed_events, verdict } from './skeletons/typed_events.skel.ts';
import { xdp_percpu } from './skeletons/xdp_percpu.skel.ts';
import { BpfObject, RingBuffer, textOf } from '../src/index.ts';
import type { BpfLink, Skeleton } from '../src/index.ts';
import { newKernel, onLinux, openFds } from './streams/producers.ts';
import { errorOf } from './support.ts';

const object = (path: string): Uint8Array => new Uint8Array(readFileSync(join(__dirname, '../../../docs/examples', path)));
const packet = (length = 64): { dataIn: Uint8Array } => ({ dataIn: new Uint8Array(length).fill(1) });

describe(`skeletons on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const kernel = newKernel();
  const before = openFds();
  const opened: Skeleton[] = [];
  const hold = <S extends Skeleton>(skeleton: S): S => {
    opened.push(skeleton);
    return skeleton;
  };

  afterEach(() => {
    for (const skeleton of opened.splice(0)) skeleton.destroy();
    expect(openFds()).toBe(before);
  });

  it('have variables that are set before load, and live after it', () => {
    const skel = hold(globals.open({ kernel }));
    expect([skel.data.start, skel.rodata.factor, skel.bss.wide, skel.data_apart.apart]).toEqual([7, 100, 0n, 5]);
    skel.rodata.factor = 1000;
    skel.data.start = -3;
    skel.data.table.set(1, 20);
    skel.load();
    expect(skel.progs.globals.testRun(packet()).retval).toBe(1000 - 3 + 'o'.charCodeAt(0));
    expect([skel.bss.wide, skel.data.table.$get()]).toEqual([1n << 32n, [1, 25, 3, 4]]);
    skel.data.start = 8;
    skel.data.table = [0, 0];
    expect(skel.progs.globals.testRun(packet()).retval).toBe(2000 + 8 + 'o'.charCodeAt(0));
    expect(skel.data.table.$get()).toEqual([0, 0, 8, 4]);
    skel.bss.wide = 5n;
    expect(skel.object.getVariable('wide')).toBe(5n);
  });

  it('refuse to write constants after load, which they still read', () => {
    const skel = hold(globals.openAndLoad({ kernel }));
    expect(skel.rodata.factor).toBe(100);
    expect(errorOf(() => (skel.rodata.factor = 3))).toMatchObject({ code: 'EPERM' });
    expect(skel.rodata.factor).toBe(100);
  });

  it('have structs, enumerations, booleans and texts', () => {
    const skel = hold(settings.open({ kernel }));
    expect(skel.rodata.limits.$get()).toEqual({ low: 1, high: -2n, mode: mode.MODE_OFF, flags: 0, name: [102, 105, 114, 115, 116, 0, 0, 0] });
    expect(textOf(skel.rodata.limits.$get().name)).toBe('first');
    skel.rodata.limits.low = 1000;
    skel.rodata.limits = { high: 4n };
    skel.rodata.limits.name.text = 'second';
    skel.rodata.verbose = true;
    skel.data.mode = mode.MODE_OFF;
    skel.bss_small.small.set(1, 9);
    skel.data_table.table = [1n, 2n, 3n, 30n];
    // Elsewhere, once it has another size.
    skel.maps.data_table.map.setValueSize(64);
    expect(skel.data_table.table.at(3)).toBe(30n);
    skel.maps.shared.map.setPinPath(undefined);
    skel.load();
    expect(skel.rodata.limits.name.text).toBe('second');
    skel.maps.shared.update(0, 7n);
    expect(skel.progs.settings.testRun(packet()).retval).toBe(41 - 5 + 0 + 1000 + 4 + 30 + 6 + 9);
    expect([skel.bss.calls, skel.maps.shared.lookup(0), [...skel.maps.optional]]).toEqual([1n, 8n, [[0, 1n]]]);
    expect(skel.maps.optional.delete(0)).toBe(true);
    expect(skel.maps.optional.lookup(0)).toBeUndefined();
  });

  it('have typed keys, values and records', async () => {
    const skel = hold(typed_events.open({ kernel }));
    skel.rodata.note.text = 'typed';
    skel.load();
    for (const length of [64, 64, 100]) skel.progs.typed_events.testRun(packet(length));
    const key = { length: 64, queue: 0 };
    expect(skel.maps.shapes.lookup(key)).toEqual({ packets: 2n, last: -2n });
    skel.maps.shapes.update({ length: 1, queue: 2 }, { packets: 3n, last: 4n });
    expect([...skel.maps.shapes.keys()].map(({ length }) => length).sort((a, b) => a - b)).toEqual([1, 64, 100]);
    expect(skel.maps.shapes.lookupAndDelete({ length: 1, queue: 2 })).toEqual({ packets: 3n, last: 4n });

    const seen: bigint[] = [];
    const rings = skel.maps.events.ringBuffer(({ number, length, verdict: said, note }) => {
      seen.push(number);
      expect([length === 100 ? number : 0n, said, textOf(note)]).toEqual([length === 100 ? 2n : 0n, verdict.SEEN, 'typed']);
    });
    expect(rings.consume()).toBe(3);
    rings.close();
    skel.progs.typed_events.testRun(packet(20));
    for await (const record of skel.maps.events.records({ signal: AbortSignal.timeout(5000) })) {
      seen.push(record.number);
      expect(skel.maps.events.decodeRecord(skel.maps.events.encodeRecord(record))).toEqual(record);
      break;
    }
    expect(seen).toEqual([0n, 1n, 2n, 3n]);
    // Without a copy: the classes of the module read where the bytes are.
    skel.progs.typed_events.testRun(packet(20));
    const raw = new RingBuffer(skel.maps.events, (bytes) => expect(event.from(bytes).note.text).toBe('typed'));
    expect(raw.consume()).toBe(1);
    raw.close();
  });

  it('have the values of all CPUs', () => {
    const skel = hold(xdp_percpu.openAndLoad({ kernel, object: object('programs/xdp_percpu.o') }));
    skel.progs.xdp_percpu.testRun({ ...packet(), repeat: 3 });
    const sum = (values: readonly (number | bigint)[] = []): number => values.reduce<number>((total, value) => total + Number(value), 0);
    expect(sum([...skel.maps.runs.entries()].flatMap(([, values]) => values))).toBe(3);
    expect(sum(skel.maps.queues.lookup(0))).toBe(3);
    const cpus = skel.maps.runs.lookup(0)?.length ?? 0;
    skel.maps.runs.update(1, Array.from({ length: cpus }, (_, cpu) => BigInt(cpu)));
    expect(skel.maps.runs.lookup(1)).toEqual(Array.from({ length: cpus }, (_, cpu) => BigInt(cpu)));
  });

  it('have maps without keys, tries, and maps of maps', () => {
    const { maps } = hold(maps_of_maps.openAndLoad({ kernel, object: object('programs/maps_of_maps.o') }));
    for (const value of [1, 2]) {
      maps.queue.update(undefined, value);
      maps.stack.update(undefined, value);
    }
    expect([maps.queue.lookup(undefined), maps.queue.lookupAndDelete(undefined), maps.stack.lookupAndDelete(undefined)]).toEqual([1, 1, 2]);
    maps.outer.update(1, maps.inner.fd);
    expect(maps.outer.lookup(1)).toBe(maps.inner.map.info().id);
    maps.outer_hash.update(7, maps.inner.fd);
    expect([...maps.outer_hash.keys()]).toEqual([7]);
    maps.routes.update({ bits: 8, address: [10, 0, 0, 0] }, 5);
    expect(maps.routes.lookup({ bits: 32, address: [10, 1, 2, 3] })).toBe(5);
  });

  it('write back what is not shared', () => {
    const skel = hold(globals.open({ kernel }));
    skel.maps.data.map.setFlags(0);
    skel.load();
    expect(skel.maps.data.map.memory).toBeUndefined();
    skel.data.start = 8;
    skel.data.table.set(3, 30);
    expect([skel.data.start, skel.data.table.$get()]).toEqual([8, [1, 2, 3, 30]]);
    expect(skel.progs.globals.testRun(packet()).retval).toBe(100 + 8 + 'o'.charCodeAt(0));
  });

  it('have links, those that are put there too', () => {
    const skel = hold(globals.openAndLoad({ kernel }));
    expect(skel.links.globals).toBeUndefined();
    const destroyed: string[] = [];
    const link = { destroy: () => void destroyed.push('link') } as unknown as BpfLink;
    skel.links.globals = link;
    // What has a link is left alone.
    skel.attach();
    expect(skel.links.globals).toBe(link);
    skel.detach();
    expect([destroyed, skel.links.globals]).toEqual([['link'], undefined]);
    skel.links.globals = link;
    skel.links.globals = undefined;
    skel.destroy();
    expect(destroyed).toEqual(['link']);
  });

  it('have tables of functions', () => {
    const skel = hold(struct_ops_tcp.open({ kernel, object: object('objects/struct_ops_tcp.o') }));
    const { second, held_by_map } = skel.structOps;
    expect([second.ssthresh?.name, second.undo_cwnd?.name, held_by_map.cong_avoid?.name]).toEqual(['own_ssthresh', 'own_undo_cwnd', 'own_cong_avoid']);
    second.undo_cwnd = undefined;
    expect(skel.structOps.second.undo_cwnd).toBeUndefined();
    second.undo_cwnd = skel.progs.unwanted;
    expect(skel.structOps.second.undo_cwnd).toBe(skel.progs.unwanted);
    skel.structOps.second.name.text = 'renamed';
    expect(Buffer.from(skel.maps.second.map.initialValue ?? []).toString('latin1')).toContain('renamed\0');
    expect(skel.structOps.second.name.text).toBe('renamed');
    if (!onLinux) return;
    // Programs are loaded that a table wants which is created. Linux before 6.4 has none that links hold.
    for (const table of [skel.maps.first, skel.maps.second]) table.map.setAutocreate(false);
    held_by_map.cong_avoid = skel.progs.own_cong_avoid;
    held_by_map.undo_cwnd = skel.progs.unwanted;
    skel.load();
    const { progs } = skel;
    expect([progs.own_cong_avoid.fd >= 0, progs.unwanted.fd >= 0, progs.own_undo_cwnd.fd >= 0]).toEqual([true, true, false]);
    // A congestion control of a name of its own, which no socket asks for.
    skel.attach();
    expect([skel.links.held_by_map, skel.links.second].map((link) => link === undefined)).toEqual([false, true]);
    skel.detach();
    expect(skel.links.held_by_map).toBeUndefined();
  });

  it('have what has odd names', () => {
    const skel = hold(odd_names_skel.open({ kernel, object: object('objects/odd_names.o') }));
    skel.data_destroy.links.constructor___2 = 70;
    skel.data_a_b___2.two = 60;
    skel.data.toString = 20;
    expect([skel.data.delete, skel.data_a_b.one, skel.rodata___2.await, skel.arena.object]).toEqual([1, 5, 4, 3]);
    expect(skel.object.getVariable('links')).toEqual({ constructor: 70, class: 8, toString: [110, 105, 110, 101] });
    expect(skel.maps.rodata.map.spec.internal).toBe(false);
    expect(skel.maps.constructor.map.maxEntries).toBe(8);
    expect(skel.maps.__proto__.map.valueSize).toBe(3);
    expect(skel.progs.valueOf.name).toBe('valueOf');
  });

  it('find a library in the object that it was linked into', () => {
    const linked = BpfObject.open(['data_use', 'data_def', 'map_helpers'].map((name) => ({ name, bytes: object(`linking/${name}.o`) })), { kernel });
    try {
      const [data, calls] = [data_def.open(linked), map_helpers.open(linked)];
      expect([data.data.shared_counter, data.rodata.shared_step, calls.bss.total]).toEqual([40, 2, 0]);
      data.data.shared_counter = 50;
      data.rodata.shared_step = 3;
      calls.bss.total = -1;
      linked.load();
      expect(linked.findProgram('data_use')?.testRun(packet()).retval).toBe(53 + 53 + 3);
      expect([data.maps.shared_map.lookup(1), data.data.shared_counter, calls.bss.total]).toEqual([53n, 53, -1]);
      calls.maps.calls.update(3, 4n);
      expect([...linked.findMap('calls')?.lookup(3) ?? []][0]).toBe(4);
      expect(errorOf(() => (data.rodata.shared_step = 1))).toMatchObject({ code: 'EPERM' });
    } finally {
      linked.close();
    }
  });

  it('find it as an object of its own, and not elsewhere', () => {
    const alone = BpfObject.open({ name: 'helpers', bytes: object('linking/map_helpers.o') }, { kernel });
    expect(map_helpers.open(alone).maps.calls.map).toBe(alone.findMap('calls'));
    expect(errorOf(() => data_def.open(alone))).toMatchObject({ code: 'SKELETON', message: "object 'helpers': has no map 'shared_map': the skeleton 'data_def' is of another one" });
  });

  it('are destroyed at the end of their scope, and when they do not load', () => {
    const skel = globals.openAndLoad({ kernel });
    expect(skel.object.isLoaded).toBe(true);
    skel[Symbol.dispose]();
    expect(skel.object.isLoaded).toBe(false);
    expect(errorOf(() => typed_events.openAndLoad({ kernel, object: object('programs/bad_map_null.o') }))).toMatchObject({ code: 'SKELETON', message: expect.stringContaining("has no map 'events'") });
  });

  it('take another build of the object, not another object', () => {
    const skel = hold(globals.open({ kernel, name: 'other', object: object('programs/globals.o') }));
    expect([skel.object.name, skel.maps.bss.map.name]).toEqual(['other', 'other.bss']);
    const open = (): Skeleton => globals.open({ kernel, object: object('programs/xdp_percpu.o') });
    expect(errorOf(open)).toMatchObject({ code: 'SKELETON', errno: 2, message: "object 'globals': has no map '.data': the skeleton 'globals' is of another one" });
    expect(errorOf(() => xdp_percpu.open({ kernel } as never))).toMatchObject({ code: 'SKELETON', message: expect.stringContaining('holds no object') });
  });
});

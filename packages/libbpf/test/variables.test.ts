// Are the variables of a loaded object the ones that its programs see, at once?
//
// Also run on the running kernel, by variables.kernel.test.ts.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpfObject } from '../src/index.ts';
import { newKernel, onLinux, openFds } from './streams/producers.ts';

const bytes = new Uint8Array(readFileSync(join(__dirname, '../../../docs/examples/programs/globals.o')));

describe(`variables on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const kernel = newKernel();
  let object: BpfObject;
  let before: number;

  beforeEach(() => {
    before = openFds();
    object = BpfObject.open({ name: 'globals', bytes }, { kernel }).load();
  });

  afterEach(() => {
    object.close();
    expect(openFds()).toBe(before);
  });

  const run = (): number | undefined => object.findProgram('globals')?.testRun({ dataIn: new Uint8Array(64) }).retval;

  it('are read as programs left them, and written where programs see it', () => {
    expect(run()).toBe(100 + 7 + 'o'.charCodeAt(0));
    expect(object.getVariable('runs')).toBe(1);
    expect(object.getVariable('wide')).toBe(1n << 32n);
    object.setVariable('start', 1000);
    object.setVariable('runs', 4);
    expect(run()).toBe(500 + 1000 + 'o'.charCodeAt(0));
    expect(object.getVariable('runs')).toBe(5);
    expect(object.getVariable('table')).toEqual([1, 12, 3, 4]);
  });

  it('are in memory that is shared, but for constants', () => {
    const bss = object.findMap('.bss');
    const view = bss?.memory;
    expect(view?.length).toBe(bss?.valueSize);
    const sum = (): number => [...(bss?.memory ?? [])].reduce((total, byte) => total + byte, 0);
    expect(sum()).toBe(0);
    run();
    expect(sum()).toBe(2);
    bss?.memory?.fill(0);
    expect(object.getVariable('runs')).toBe(0);
    expect(object.findMap('.rodata')?.memory).toBeUndefined();
    expect(() => object.setVariable('factor', 3)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    expect(object.getVariable('factor')).toBe(100);
  });

  it('can be made constant', () => {
    const data = object.findMap('.data');
    object.setVariable('start', 8);
    data?.freeze();
    expect(data?.memory).toBeUndefined();
    expect(() => object.setVariable('start', 9)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    expect(object.getVariable('start')).toBe(8);
  });

  it('are of the arena and of the kernel\'s configuration too', () => {
    const open = (name: string, kconfig: string): BpfObject => BpfObject.open(join(__dirname, `../../../docs/examples/objects/${name}.o`), { kernel, kconfig });
    expect(open('arena', '').getVariable('in_arena')).toBe(5);
    const asks = open('unusual', 'CONFIG_ROOTLET_NUMBER=17\nCONFIG_ROOTLET_SWITCH=y\n');
    expect(asks.getVariable('CONFIG_ROOTLET_NUMBER')).toBe(0);
    expect(() => asks.setVariable('CONFIG_ROOTLET_NUMBER', 3)).toThrow(expect.objectContaining({ code: 'INITIAL_VALUE' }));
    asks.load();
    expect([asks.getVariable('CONFIG_ROOTLET_NUMBER'), asks.getVariable('CONFIG_ROOTLET_SWITCH')]).toEqual([17, true]);
    expect(() => asks.setVariable('CONFIG_ROOTLET_NUMBER', 3)).toThrow(expect.objectContaining({ code: 'EPERM' }));
    asks.close();
  });

  it('have views that may be touched after the object was closed', () => {
    const view = object.findMap('.bss')?.memory;
    run();
    object.close();
    expect(() => view?.join()).not.toThrow();
    expect(object.findMap('.bss')?.memory).toBeUndefined();
    object = BpfObject.open({ name: 'globals', bytes }, { kernel }).load();
  });
});

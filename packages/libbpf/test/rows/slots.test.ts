// D: do calls that were asked to be tail calls give what other calls give, and can what they reach be replaced everywhere?
//
// The simulated kernel knows calls and needs no slots: what is said here holds for both.
import { describe, expect, it } from '@jest/globals';
import type { Kernel } from '@rootlet/loader';
import { BPF_PROG_TYPE_SCHED_CLS } from '@rootlet/uapi';
import { BpfObject } from '../../src/index.ts';
import type { BpfProgram, OpenOptions } from '../../src/index.ts';
import { countsOf, errorOf, example, loadAll, newKernel, onLinux, packet, permutations, runProgram } from '../support.ts';

const CHAIN = ['slot_main', 'slot_first', 'slot_second', 'slot_third'];
const SLOTS: OpenOptions = { tailCalls: true };

function programOf(objects: ReadonlyMap<string, BpfObject>, object: string, name: string): BpfProgram {
  const program = objects.get(object)?.findProgram(name);
  if (program === undefined) throw new Error(`no program ${name}`);
  return program;
}

const close = (objects: ReadonlyMap<string, BpfObject>): void => {
  for (const object of objects.values()) object.close();
};

/** Everything is given back. The kernel empties program arrays when it has time to, and programs go then. */
async function expectNothingLeft(kernel: Kernel): Promise<void> {
  expect(countsOf(kernel)).toMatchObject({ links: 0, fds: 0 });
  for (const end = Date.now() + 5000; countsOf(kernel).progs > 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(countsOf(kernel).progs).toBe(0);
}

describe('D: slots of a program array, as asked', () => {
  it('are in the plan, with the reason', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('slot_main'), { ...SLOTS, kernel });
    const plan = (): readonly unknown[] => main.linkPlan().map(({ extern, strategy }) => [extern, strategy]);
    const [waiting, bound] = onLinux ? ['tail-call', 'tail-call'] : ['pending', 'call'];
    expect(plan()).toEqual([['first', waiting], ['second', waiting]]);
    loadAll(kernel, ['slot_second']);
    expect(plan()).toEqual([['first', waiting], ['second', bound]]);
    expect(main.linkPlan()[1]?.why).toContain(onLinux ? "loaded from 'slot_second'; a slot, as asked" : 'which need no slot');
    // Nobody asked: no slots.
    expect(main.linkPlan({ tailCalls: false }).map(({ strategy }) => strategy)).not.toContain('tail-call');
    expect(main.linkPlan({ tailCalls: ['second'] }).map(({ strategy }) => strategy === 'tail-call')).toEqual([false, onLinux]);
  });

  it.each(permutations(CHAIN).map((order) => [order.join(', ')]))('give results, not only verdicts: %s', async (order) => {
    const kernel = newKernel();
    const objects = loadAll(kernel, order.split(', '), SLOTS);
    expect([1, 2, 3].map(() => runProgram(objects.values(), 'slot_main'))).toEqual([31, 32, 33]);
    close(objects);
    await expectNothingLeft(kernel);
  });

  it('may stand beside calls that are bound as usual', async () => {
    const kernel = newKernel();
    const rest = loadAll(kernel, ['slot_first', 'slot_second']);
    const main = loadAll(kernel, ['slot_main'], { tailCalls: ['first'] });
    expect(errorOf(() => runProgram(main.values(), 'slot_main'))).toMatchObject({ code: 'ENOEXEC', message: expect.stringContaining("'third' (wanted by first)") });
    const third = loadAll(kernel, ['slot_third']);
    expect(runProgram(main.values(), 'slot_main')).toBe(31);
    // What a provider calls may itself be bound as usual: it is linked in.
    third.get('slot_third')?.close();
    expect(runProgram(main.values(), 'slot_main')).toBe(32);
    close(main);
    close(rest);
    await expectNothingLeft(kernel);
  });

  it('waits for what nothing provides, and says so', async () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['slot_main', 'slot_first'], SLOTS);
    const error = errorOf(() => runProgram(objects.values(), 'slot_main'));
    expect(error).toMatchObject({ code: 'ENOEXEC' });
    expect(error.message).toContain("'second'");
    expect(error.message).toContain("'third' (wanted by first)");
    close(objects);
    await expectNothingLeft(kernel);
  });

  it('refuses by name what a tail call cannot do; where all were asked for, such calls are bound as usual', () => {
    const kernel = newKernel();
    loadAll(kernel, ['helpers']);
    const main = BpfObject.open(example('main_prog'), { kernel });
    expect(main.linkPlan({ tailCalls: ['foo'] })).toMatchObject([
      { extern: 'foo', problem: { code: 'TAIL_CALL', message: "'foo' cannot be a slot for tail calls: it takes 2 arguments, and a tail call hands over the context only" } },
      { extern: 'bar' },
    ]);
    expect(errorOf(() => main.load({ tailCalls: ['foo'] }))).toMatchObject({ code: 'TAIL_CALL' });
    const whys = main.linkPlan({ tailCalls: true }).map(({ why }) => why);
    for (const why of whys) expect(why).toContain('no slot: it takes 2 arguments');
    main.load({ tailCalls: true });
    expect(runProgram([main], 'main_prog')).toBe(23);
  });

  it('checks prototypes, and finds recursion', () => {
    const objects = loadAll(newKernel(), [...CHAIN, 'slot_skb_longer'], SLOTS);
    const third = programOf(objects, 'slot_third', 'third');
    expect(errorOf(() => programOf(objects, 'slot_skb_longer', 'slot_skb_longer').replace(third))).toMatchObject({ code: 'PROTOTYPE_MISMATCH' });
    // third is the end of first: first in its place would never end.
    expect(errorOf(() => programOf(objects, 'slot_first', 'first').replace(third)).code).toBe('ELOOP');
    expect(runProgram(objects.values(), 'slot_main')).toBe(31);
  });

  it('never lets a packet move under a caller that keeps pointers to it', () => {
    const kernel = newKernel();
    const main = BpfObject.open(example('packet_main'), { ...SLOTS, kernel });
    let isLoaded = true;
    try {
      main.load();
    } catch (error) {
      // Since Linux 6.12 or so, pointers to the packet are void after any tail call.
      expect(onLinux).toBe(true);
      expect((error as { log?: string }).log).toContain('invalid mem access');
      isLoaded = false;
    }
    if (!isLoaded) return;
    expect(errorOf(() => BpfObject.open(example('packet_moves'), { kernel }).load()).message).toContain('packet');
    loadAll(kernel, ['packet_keeps']);
    expect(runProgram([main], 'packet_main', packet(7))).toBe(107);
  });
});

describe('D: what stands in a slot can be replaced on every kernel', () => {
  it('while it runs, by a link; destroying that puts it back', async () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, [...CHAIN, 'slot_five'], SLOTS);
    const five = programOf(objects, 'slot_five', 'slot_five');
    const first = programOf(objects, 'slot_first', 'first');
    const third = programOf(objects, 'slot_third', 'third');
    const run = (): number => runProgram(objects.values(), 'slot_main');
    expect(run()).toBe(31);

    const link = five.replace(third);
    expect(run()).toBe(62);
    expect(link.info()).toMatchObject({ progId: five.info().id, targetObjId: third.info().id, targetBtfId: third.btfId });
    expect(third.replacements()).toMatchObject([{ functionName: 'third', progId: five.info().id }]);
    expect(errorOf(() => five.replace(third))).toMatchObject({ code: 'EBUSY' });
    link.destroy();
    expect(third.replacements()).toEqual([]);
    expect(run()).toBe(33);

    // What main is told is what main branches on: 77.
    const another = five.replace(first);
    expect(run()).toBe(77);
    another.destroy();
    close(objects);
    await expectNothingLeft(kernel);
  });

  it('by one program after another, with nothing in between', async () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, [...CHAIN, 'slot_five', 'infer_xdp'], SLOTS);
    const second = programOf(objects, 'slot_second', 'second');
    const link = programOf(objects, 'slot_five', 'slot_five').replace(second);
    expect(runProgram(objects.values(), 'slot_main')).toBe(35);
    link.update(programOf(objects, 'infer_xdp', 'infer_xdp'));
    expect(runProgram(objects.values(), 'slot_main')).toBe(32);
    expect(link.info().progId).toBe(programOf(objects, 'infer_xdp', 'infer_xdp').info().id);
    link.destroy();
    // The state of what was replaced is what it was.
    expect(runProgram(objects.values(), 'slot_main')).toBe(31);
    close(objects);
    await expectNothingLeft(kernel);
  });

  it('stays replaced while the link is held, though objects are closed', async () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, [...CHAIN, 'slot_five'], SLOTS);
    const link = programOf(objects, 'slot_five', 'slot_five').replace(programOf(objects, 'slot_third', 'third'));
    for (const name of ['slot_five', 'slot_first', 'slot_second', 'slot_third']) objects.get(name)?.close();
    expect(runProgram([objects.get('slot_main') as BpfObject], 'slot_main')).toBe(61);
    link.destroy();
    expect(runProgram([objects.get('slot_main') as BpfObject], 'slot_main')).toBe(32);
    close(objects);
    await expectNothingLeft(kernel);
  });

  it('on another type of program, whose provider has to be told its type', async () => {
    const kernel = newKernel();
    const main = loadAll(kernel, ['slot_skb_main'], SLOTS);
    const provider = BpfObject.open(example('slot_skb'), { kernel });
    provider.findProgram('classify')?.setType(BPF_PROG_TYPE_SCHED_CLS);
    provider.load();
    expect(runProgram(main.values(), 'slot_skb_main')).toBe(64);
    const objects = loadAll(kernel, ['slot_skb_longer']);
    const link = programOf(objects, 'slot_skb_longer', 'slot_skb_longer').replace(provider.findProgram('classify') as BpfProgram);
    expect(runProgram(main.values(), 'slot_skb_main')).toBe(1064);
    link.destroy();
    expect(runProgram(main.values(), 'slot_skb_main')).toBe(64);
    close(main);
    close(objects);
    provider.close();
    await expectNothingLeft(kernel);
  });
});

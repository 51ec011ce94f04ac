import { describe, expect, it } from '@jest/globals';
import { LinuxKernel } from '@rootlet/linux-kernel';
import type { Kernel } from '@rootlet/loader';
import { BPF_LINK_TYPE_TRACING } from '@rootlet/uapi';
import { BpfObject } from '../../src/index.ts';
import { countsOf, errorOf, example, loadAll, mayReplace, newKernel, NO_FD, onLinux, packet, runProgram } from '../support.ts';

/** A rootlet and its components, loaded into one kernel. */
function loadRootlet(...components: string[]): { kernel: Kernel; rootlet: BpfObject; of: (name: string) => BpfObject } {
  const kernel = newKernel();
  const objects = loadAll(kernel, ['rootlet', ...components]);
  const of = (name: string): BpfObject => {
    const object = objects.get(name);
    if (object === undefined) throw new Error(`no object ${name}`);
    return object;
  };
  return { kernel, rootlet: of('rootlet'), of };
}

/** A test that replaces a function. */
const itReplacing = (name: string, test: () => void): void => {
  if (mayReplace) it(name, test);
};

const PASS = 2;
const DROP = 1;
const TX = 3;

describe('T1: call and replace are keyed by (program fd, BTF id)', () => {
  itReplacing('replace takes the pair itself', () => {
    const { rootlet, of } = loadRootlet('fw1');
    const target = rootlet.findProgram('rootlet');
    const btfId = rootlet.findObjBtfId('slot0');
    const link = of('fw1').findProgram('fw1')?.replace({ progFd: target?.fd ?? -1, btfId: btfId ?? 0 });
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(DROP);
    link?.destroy();
  });

  it('refuses a pair that names no function of the program', () => {
    const { rootlet, of } = loadRootlet('fw1');
    const fw1 = of('fw1').findProgram('fw1');
    const progFd = rootlet.findProgram('rootlet')?.fd ?? -1;
    expect(errorOf(() => fw1?.replace({ progFd, btfId: 1 }))).toMatchObject({ name: 'KernelError' });
    expect(errorOf(() => fw1?.replace({ progFd: NO_FD, btfId: 1 }))).toMatchObject({ code: 'EBADF' });
  });
});

describe('T1: what replaces may name its function before it is loaded', () => {
  const openFor = (kernel: Kernel, target: BpfObject, program: string, functionName: string): BpfObject => {
    const object = BpfObject.open(example('fw_freplace'), { kernel });
    object.findProgram('fw_freplace')?.setAttachTarget(target.findProgram(program) ?? fail(), functionName);
    return object;
  };

  itReplacing('and is verified against it', () => {
    const { kernel, rootlet } = loadRootlet();
    const program = openFor(kernel, rootlet, 'rootlet', 'slot1').load().findProgram('fw_freplace');
    const link = program?.replace(rootlet.findProgram('rootlet') ?? fail(), 'slot1');
    expect(runProgram([rootlet], 'rootlet', packet(9))).toBe(DROP);
    link?.destroy();
    expect(runProgram([rootlet], 'rootlet', packet(9))).toBe(PASS);
  });

  itReplacing('and what replaces is not replaced', () => {
    const { kernel, rootlet } = loadRootlet();
    const first = openFor(kernel, rootlet, 'rootlet', 'slot1').load();
    const second = openFor(kernel, first, 'fw_freplace', 'fw_freplace');
    expect(errorOf(() => second.load()).log).toContain('Cannot recursively attach');
  });
});

describe('T2: a replacement is a link', () => {
  itReplacing('stands while the link is held; closing it puts the original body back', () => {
    const { rootlet, of } = loadRootlet('fw1');
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(PASS);
    const link = of('fw1').findProgram('fw1')?.replace(rootlet.findProgram('rootlet') ?? fail(), 'slot0');
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(DROP);
    expect(runProgram([rootlet], 'rootlet', packet(5))).toBe(PASS);
    link?.destroy();
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(PASS);
  });

  itReplacing('what may move the packet replaces only a function that may, whatever the rest of the program does', () => {
    const objects = loadAll(newKernel(), ['two_kinds', 'fw_change', 'fw1']);
    const target = objects.get('two_kinds')?.findProgram('two_kinds') ?? fail();
    const change = objects.get('fw_change')?.findProgram('fw_change');
    expect(errorOf(() => change?.replace(target, 'still'))).toMatchObject({ code: 'EINVAL', message: expect.stringContaining('packet') });
    expect(runProgram(objects.values(), 'two_kinds', packet(7))).toBe(7);
    const moving = change?.replace(target, 'moving');
    const still = objects.get('fw1')?.findProgram('fw1')?.replace(target, 'still');
    expect(runProgram(objects.values(), 'two_kinds', packet(7))).toBe(7);
    // fw1 drops packets that begin with 1: not XDP_PASS.
    expect(runProgram(objects.values(), 'two_kinds', packet(1)) | 0).toBe(-2);
    moving?.destroy();
    still?.destroy();
  });

  itReplacing('nothing else can break it: objects may be closed', () => {
    const { rootlet, of } = loadRootlet('fw1');
    const link = of('fw1').findProgram('fw1')?.replace(rootlet.findProgram('rootlet') ?? fail(), 'slot0');
    of('fw1').close();
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(DROP);
    link?.destroy();
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(PASS);
  });

  itReplacing('a pinned link outlives its fd', () => {
    const { kernel, rootlet, of } = loadRootlet('fw1');
    const link = of('fw1').findProgram('fw1')?.replace(rootlet.findProgram('rootlet') ?? fail(), 'slot0');
    link?.pin('/sys/fs/bpf/fw1');
    link?.destroy();
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(DROP);
    kernel.objUnpin('/sys/fs/bpf/fw1');
    // Linux lets go of a link some time after its last name went.
    for (let tries = 0; onLinux && tries < 250 && runProgram([rootlet], 'rootlet', packet(1)) !== PASS; tries++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    expect(runProgram([rootlet], 'rootlet', packet(1))).toBe(PASS);
  });

  itReplacing('a second replacement of one function is EBUSY', () => {
    const { rootlet, of } = loadRootlet('fw1', 'fw2');
    const target = rootlet.findProgram('rootlet') ?? fail();
    const link = of('fw1').findProgram('fw1')?.replace(target, 'slot0');
    expect(errorOf(() => of('fw2').findProgram('fw2')?.replace(target, 'slot0'))).toMatchObject({ code: 'EBUSY' });
    link?.destroy();
    of('fw2').findProgram('fw2')?.replace(target, 'slot0');
    expect(runProgram([rootlet], 'rootlet', packet(2))).toBe(TX);
  });

  // A stock kernel runs a copy or an EXT program for it, and lets nobody replace those.
  if (onLinux) {
    it('a library function that others call cannot be replaced on a stock kernel, and the error says so', () => {
      const objects = loadAll(newKernel(), ['policy_main', 'weak_strong', 'infer_xdp']);
      const target = objects.get('weak_strong')?.findProgram('policy') ?? fail();
      const error = errorOf(() => objects.get('infer_xdp')?.findProgram('infer_xdp')?.replace(target, 'policy'));
      expect(error).toMatchObject({ code: 'EINVAL' });
      expect(error.message).toContain('policy_main');
    });
  } else it('a library function that others call can be replaced too', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['policy_main', 'weak_strong', 'infer_xdp']);
    expect(runProgram(objects.values(), 'policy_main')).toBe(2);
    const target = objects.get('weak_strong')?.findProgram('policy') ?? fail();
    const link = objects.get('infer_xdp')?.findProgram('infer_xdp')?.replace(target, 'policy');
    expect(runProgram(objects.values(), 'policy_main', new Uint8Array(20))).toBe(DROP);
    link?.destroy();
    expect(runProgram(objects.values(), 'policy_main', new Uint8Array(20))).toBe(2);
  });

  it.each(['fw_wrong_ctx', 'fw_wrong_count', 'fw_wrong_return'])('refuses %s: another prototype', (name) => {
    const kernel = newKernel();
    const rootlet = BpfObject.open(example('rootlet'), { kernel }).load();
    const wrong = BpfObject.open(example('fw_wrong'), { kernel });
    for (const program of wrong.programs) if (program.type === 0 && !program.isLibrary) program.setType(3);
    wrong.load();
    const error = errorOf(() => wrong.findProgram(name)?.replace(rootlet.findProgram('rootlet') ?? fail(), 'slot0'));
    expect(error.code).toBe('PROTOTYPE_MISMATCH');
    expect(error.message).toContain('slot0');
    expect(error.message).toContain(name);
  });

  itReplacing('takes effect while the target runs, from its next call on', () => {
    const { kernel, rootlet, of } = loadRootlet('fw1', 'fw2');
    const target = rootlet.findProgram('rootlet') ?? fail();
    const seen: number[] = [];
    let link: ReturnType<NonNullable<ReturnType<BpfObject['findProgram']>>['replace']> | undefined;
    for (let round = 0; round < 6; round++) {
      link?.destroy();
      link = of(round % 2 === 0 ? 'fw1' : 'fw2').findProgram(round % 2 === 0 ? 'fw1' : 'fw2')?.replace(target, 'slot3');
      seen.push(runProgram([rootlet], 'rootlet', packet(1 + (round % 2))));
    }
    expect(seen).toEqual([DROP, TX, DROP, TX, DROP, TX]);
    expect(countsOf(kernel).links).toBe(1);
  });

  itReplacing('SEC("freplace/slot1") names its target function itself', () => {
    const { rootlet, of } = loadRootlet('fw_freplace');
    const program = of('fw_freplace').findProgram('fw_freplace');
    program?.replace(rootlet.findProgram('rootlet') ?? fail());
    expect(runProgram([rootlet], 'rootlet', packet(9))).toBe(DROP);
    expect(rootlet.findProgram('rootlet')?.replacements().map(({ functionName }) => functionName)).toEqual(['slot1']);
  });
});

describe('T3: a rootlet with slots filled from outside', () => {
  itReplacing('each component keeps its id, and which sits where can be asked', () => {
    const { rootlet, of } = loadRootlet('fw1', 'fw2');
    const target = rootlet.findProgram('rootlet') ?? fail();
    of('fw1').findProgram('fw1')?.replace(target, 'slot0');
    of('fw2').findProgram('fw2')?.replace(target, 'slot2');
    expect([1, 2, 3].map((first) => runProgram([rootlet], 'rootlet', packet(first)))).toEqual([DROP, TX, PASS]);
    expect(target.replacements().map(({ functionName, progId }) => [functionName, progId])).toEqual([
      ['slot0', of('fw1').findProgram('fw1')?.info().id],
      ['slot2', of('fw2').findProgram('fw2')?.info().id],
    ]);
  });

  itReplacing('each component keeps its statistics and maps', () => {
    const { kernel, rootlet, of } = loadRootlet('fw1', 'fw2');
    const target = rootlet.findProgram('rootlet') ?? fail();
    of('fw1').findProgram('fw1')?.replace(target, 'slot0');
    of('fw2').findProgram('fw2')?.replace(target, 'slot1');
    const statsFd = kernel instanceof LinuxKernel ? kernel.enableStats() : undefined;
    for (const first of [1, 1, 2]) runProgram([rootlet], 'rootlet', packet(first));
    // Linux counts no runs of EXT programs (0 on 6.1 and 6.12, statistics on).
    const counts = ['fw1', 'fw2'].map((name) => of(name).findProgram(name)?.info().runCount);
    expect(counts).toEqual(onLinux ? [0, 0] : [3, 1]);
    expect(of('fw1').findMap('fw1_dropped')?.lookup(0)?.[0]).toBe(2);
    if (statsFd !== undefined) kernel.close(statsFd);
  });

  itReplacing('a tail call inside a component returns to the rootlet', () => {
    const { rootlet, of } = loadRootlet('fw_tail', 'fw2');
    const target = rootlet.findProgram('rootlet') ?? fail();
    const component = of('fw_tail').findProgram('fw_tail');
    const tails = of('fw_tail').findMap('fw_tails');
    const refusal = refusalOf(() => component?.replace(target, 'slot0'));
    if (onLinux && refusal !== undefined) {
      // Newer stock kernels let a tail call, behind which the packet may move, replace only what may move it, too: no empty slot.
      // 6.1 says EINVAL as well, why is not known.
      expect(refusal).toMatchObject({ code: 'EINVAL' });
      return;
    }
    expect(refusal).toBeUndefined();
    expect(runProgram([rootlet], 'rootlet', packet(3))).toBe(0);
    tails?.update(0, of('fw_tail').findProgram('fw_tail_target')?.fd ?? -1);
    expect(runProgram([rootlet], 'rootlet', packet(3))).toBe(DROP);
    of('fw2').findProgram('fw2')?.replace(target, 'slot1');
    expect(runProgram([rootlet], 'rootlet', packet(2))).toBe(TX);
  });
});

describe('T4: references are one way', () => {
  it('a library that something depends on stays loaded until the last dependant goes', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['helpers', 'main_prog']);
    objects.get('helpers')?.close();
    expect(runProgram([objects.get('main_prog') ?? fail()], 'main_prog')).toBe(23);
    // On a stock kernel, what was linked into main is there no second time: bar(), and without EXT programs also foo().
    const left = onLinux ? (mayReplace ? 2 : 1) : 3;
    expect(countsOf(kernel).progs).toBe(left);
    objects.get('main_prog')?.close();
    expect(countsOf(kernel)).toMatchObject({ progs: 0, maps: 0, btfs: 0, links: 0, fds: 0 });
  });

  it('also when main was loaded first', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['main_prog', 'helpers']);
    objects.get('helpers')?.close();
    expect(runProgram([objects.get('main_prog') ?? fail()], 'main_prog')).toBe(23);
    objects.get('main_prog')?.close();
    expect(countsOf(kernel)).toMatchObject({ progs: 0, btfs: 0, fds: 0 });
  });

  it('a provider never holds its dependants', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['helpers', 'main_prog']);
    objects.get('main_prog')?.close();
    expect(countsOf(kernel).progs).toBe(2);
    objects.get('helpers')?.close();
    expect(countsOf(kernel).progs).toBe(0);
  });

  it('a cycle of objects leaks nothing', () => {
    const kernel = newKernel();
    for (const object of loadAll(kernel, ['cycle_a', 'cycle_b', 'cycle_main']).values()) object.close();
    expect(countsOf(kernel)).toMatchObject({ progs: 0, maps: 0, btfs: 0, links: 0, fds: 0 });
  });

  itReplacing('a replacement holds its target, not the reverse', () => {
    const { kernel, rootlet, of } = loadRootlet('fw1');
    const link = of('fw1').findProgram('fw1')?.replace(rootlet.findProgram('rootlet') ?? fail(), 'slot0');
    expect(link?.info()).toMatchObject({ type: BPF_LINK_TYPE_TRACING, targetBtfId: rootlet.findObjBtfId('slot0') });
    of('fw1').close();
    rootlet.close();
    expect(countsOf(kernel)).toMatchObject({ progs: 2, links: 1 });
    link?.destroy();
    expect(countsOf(kernel)).toMatchObject({ progs: 0, maps: 0, btfs: 0, links: 0, fds: 0 });
  });
});

/** The error that an action throws; undefined when it throws none. */
function refusalOf(action: () => unknown): { readonly code?: string } | undefined {
  try {
    action();
  } catch (error) {
    return error as { readonly code?: string };
  }
  return undefined;
}

function fail(): never {
  throw new Error('a program is missing');
}

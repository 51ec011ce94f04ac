// Does a program attached to functions and static probes of this process run when they are called?
import { describe, expect, it } from '@jest/globals';
import { BPF_TRACE_UPROBE_MULTI, BPF_TRACE_UPROBE_SESSION } from '@rootlet/uapi';
import { LinuxKernel } from '@rootlet/linux-kernel';
import koffi from 'koffi';
import { existsSync } from 'node:fs';
import { errorOf, isSince, Loaded, openFds, TARGET, useKernel, withLoaded } from './support.ts';

const target = koffi.load(TARGET);
const call = (name: string): ((a: number, b: number) => number) => target.func(`int ${name}(int a, int b)`);
const add = call('target_add');
const sub = call('target_sub');
const mul = call('target_mul');
const versioned: () => number = koffi.load(TARGET).func('int target_versioned()');

describe('uprobes', () => {
  const kernel = useKernel();

  it('are hit at the entry of a function, with their cookie, until they are destroyed', () => {
    withLoaded(kernel, 'trace', ['uprobe'], (loaded) => {
      const link = loaded.program('uprobe').attachUprobe(TARGET, { func: 'target_add', pid: 0, cookie: 0x1234_5678_9abcn });
      expect(loaded.hitsOf(() => add(1, 2))).toBe(1);
      expect(loaded.object.getVariable('cookie')).toBe(0x1234_5678_9abcn);
      expect(loaded.hitsOf(() => sub(1, 2))).toBe(0);
      expect(link.info()).toMatchObject({ progId: loaded.program('uprobe').info().id });
      link.destroy();
      expect(loaded.hitsOf(() => add(1, 2))).toBe(0);
    });
  });

  it('are hit at the exit of a function', () => {
    withLoaded(kernel, 'trace', ['uretprobe'], (loaded) => {
      const link = loaded.program('uretprobe').attachUprobe(TARGET, { func: 'target_sub', pid: 0, retprobe: true });
      expect(loaded.hitsOf(() => sub(1, 2))).toBe(1);
      link.destroy();
    });
  });

  it('stand at an offset of the file or of a function', () => {
    withLoaded(kernel, 'trace', ['uprobe'], (loaded) => {
      // The library is mapped as it stands in the file: symbol values are offsets.
      const link = loaded.program('uprobe').attachUprobe(TARGET, { byteOff: 0x1102, pid: 0 });
      expect(loaded.hitsOf(() => mul(1, 2))).toBe(1);
      link.destroy();
      const within = loaded.program('uprobe').attachUprobe(TARGET, { func: 'target_sub', byteOff: 2, pid: 0 });
      expect(loaded.hitsOf(() => sub(1, 2))).toBe(1);
      within.destroy();
    });
  });

  it('know versions of symbols: a bare name means the default one', () => {
    withLoaded(kernel, 'trace', ['uprobe'], (loaded) => {
      const hits = (func: string): number => {
        const link = loaded.program('uprobe').attachUprobe(TARGET, { func, pid: 0 });
        const count = loaded.hitsOf(versioned);
        link.destroy();
        return count;
      };
      // What koffi looked up is the default one, ROOTLET_2.
      expect(['target_versioned', 'target_versioned@@ROOTLET_2', 'target_versioned@ROOTLET_1'].map(hits)).toEqual([1, 1, 0]);
    });
  });

  it('are attached as the section says, in a library that is looked for', () => {
    withLoaded(kernel, 'trace', ['uprobe_auto'], (loaded) => {
      const links = loaded.object.attach();
      expect([...links.keys()].map(({ name }) => name)).toEqual(['uprobe_auto']);
      const getpgid: (pid: number) => number = koffi.load('libc.so.6').func('int getpgid(int pid)');
      expect(loaded.hitsOf(() => getpgid(0))).toBe(1);
      loaded.object.detach();
      expect(loaded.hitsOf(() => getpgid(0))).toBe(0);
    });
  });

  it('say what is wrong, and leave no fd behind', () => {
    withLoaded(kernel, 'trace', ['uprobe'], (loaded) => {
      const program = loaded.program('uprobe');
      const before = openFds();
      expect(errorOf(() => program.attachUprobe(TARGET, { func: 'target_div' }))).toMatchObject({ code: 'ENOENT', message: expect.stringContaining("has no function 'target_div'") });
      expect(errorOf(() => program.attachUprobe('no-such-library.so', { func: 'x' })).message).toContain("object 'trace': program 'uprobe': 'no-such-library.so' is in none of");
      expect(errorOf(() => program.attachUprobe('/proc/self/status', { func: 'x' }))).toMatchObject({ code: 'EINVAL' });
      expect(errorOf(() => program.attachUprobe(TARGET, { func: 'target_add', pid: 0x3fff_fff0 }))).toMatchObject({ code: 'ESRCH', operation: 'attach uprobe' });
      expect(errorOf(() => program.attach())).toMatchObject({ code: 'NOT_ATTACHABLE' });
      expect(openFds()).toBe(before);
    });
  });

  if (existsSync('/sys/kernel/tracing/uprobe_events')) {
    it('are made through tracefs where that is wanted', () => {
      withLoaded(kernel, 'trace', ['uprobe'], (loaded) => {
        const link = loaded.program('uprobe').attachUprobe(TARGET, { func: 'target_add', pid: 0, mode: 'legacy' });
        expect(loaded.hitsOf(() => add(1, 2))).toBe(1);
        link.destroy();
        // The same name could not be given twice.
        loaded.program('uprobe').attachUprobe(TARGET, { func: 'target_add', pid: 0, mode: 'legacy' }).destroy();
      });
    });
  }

  it('are perf events without a link where that is wanted', () => {
    withLoaded(kernel, 'trace', ['uprobe'], (loaded) => {
      const program = loaded.program('uprobe');
      const link = program.attachUprobe(TARGET, { func: 'target_add', pid: 0, mode: 'perf' });
      expect(loaded.hitsOf(() => add(1, 2))).toBe(1);
      link.destroy();
      expect(loaded.hitsOf(() => add(1, 2))).toBe(0);
      expect(errorOf(() => program.attachUprobe(TARGET, { func: 'target_add', pid: 0, mode: 'perf', cookie: 1n }))).toMatchObject({ code: 'EOPNOTSUPP' });
    });
  });

  if (isSince(6, 6)) {
    it('are many by one link: by names with cookies, by pattern, at exits', () => {
      const setMulti = (object: { findProgram(name: string): { setExpectedAttachType(type: number): void } | undefined }): void =>
        object.findProgram('uprobe_multi')?.setExpectedAttachType(BPF_TRACE_UPROBE_MULTI);
      const loaded = new Loaded(kernel, 'trace', ['uprobe_multi'], setMulti);
      const program = loaded.program('uprobe_multi');
      const all = (): void => {
        add(1, 2);
        sub(1, 2);
        mul(1, 2);
      };
      const named = program.attachUprobeMulti(TARGET, { syms: ['target_add', 'target_mul'], cookies: [10n, 100n], pid: 0 });
      expect(loaded.hitsOf(all)).toBe(2);
      expect(loaded.number('cookies')).toBe(110);
      expect(named.info()).toMatchObject({ count: 2, targetName: TARGET });
      named.destroy();
      const pattern = program.attachUprobeMulti(TARGET, { pattern: 'target_?u*', pid: 0 });
      expect(loaded.hitsOf(all)).toBe(2);
      pattern.destroy();
      const exits = program.attachUprobeMulti(TARGET, { pattern: 'target_add', pid: 0, retprobe: true });
      expect(loaded.hitsOf(all)).toBe(1);
      exits.destroy();
      expect(errorOf(() => program.attachUprobeMulti(TARGET, { pattern: 'nothing*' }))).toMatchObject({ code: 'ENOENT' });
      expect(errorOf(() => program.attachUprobeMulti(TARGET, { pattern: 'x', syms: ['y'] }))).toMatchObject({ code: 'EINVAL' });
      loaded.object.close();
    });
  }

  if (isSince(6, 13)) {
    it('are sessions: one program at entry and exit', () => {
      const loaded = new Loaded(kernel, 'trace', ['uprobe_session'], (object) => object.findProgram('uprobe_session')?.setExpectedAttachType(BPF_TRACE_UPROBE_SESSION));
      const link = loaded.program('uprobe_session').attachUprobeMulti(TARGET, { syms: ['target_add'], session: true, pid: 0 });
      expect(loaded.hitsOf(() => add(1, 2))).toBe(2);
      link.destroy();
      loaded.object.close();
    });
  }
});

describe.each(['usdt', 'usdt.v17'])('static probes, by %s', (name) => {
  const kernel = useKernel();
  const probe: (a: number, b: number, c: Int32Array) => number = target.func('int target_probe(long a, int8_t b, int *c)');
  const index: (table: Int32Array, index: number) => number = target.func('int target_index(int *table, long index)');
  const listened: () => number = target.func('int target_listened()');
  const twice: (which: number) => number = target.func('int target_twice(int which)');

  it('give their arguments and their cookie', () => {
    withLoaded(kernel, name, ['usdt'], (loaded) => {
      const link = loaded.program('usdt').attachUsdt(TARGET, 'rootlet', 'args', { pid: 0, cookie: 77n });
      expect(loaded.hitsOf(() => probe(0x1_0000_0005, -3, Int32Array.of(1, -70_000)))).toBe(1);
      expect(loaded.object.getVariable('args')).toEqual([-9n, 0x1_0000_0005n, -3n, -70_000n]);
      expect([loaded.number('arg_count'), loaded.number('cookie')]).toEqual([4, 77]);
      link.destroy();
      expect(loaded.hitsOf(() => probe(1, 1, Int32Array.of(1, 1)))).toBe(0);
    });
  });

  it('raise the counter that says that somebody listens', () => {
    withLoaded(kernel, name, ['usdt'], (loaded) => {
      expect(listened()).toBe(0);
      const link = loaded.program('usdt').attachUsdt(TARGET, 'rootlet', 'listened', { pid: 0 });
      expect(loaded.hitsOf(() => expect(listened()).toBe(1))).toBe(1);
      expect(loaded.number('arg_count')).toBe(0);
      link.destroy();
      expect(listened()).toBe(0);
    });
  });

  it('may stand at several places, each with its own arguments', () => {
    // Room for what is attached at one time: entries are given back.
    const loaded = new Loaded(kernel, name, ['usdt'], (object) => object.findMap('__bpf_usdt_specs')?.setMaxEntries(3));
    const program = loaded.program('usdt');
    const fds = openFds();
    for (let round = 0; round < 2; round++) {
      const link = program.attachUsdt(TARGET, 'rootlet', 'twice', { pid: 0 });
      expect(loaded.hitsOf(() => twice(0))).toBe(1);
      expect((loaded.object.getVariable('args') as bigint[])[0]).toBe(2n);
      twice(1);
      expect((loaded.object.getVariable('args') as bigint[])[0]).toBe(1n);
      // One link where the kernel has such links, a perf event each elsewhere.
      if (isSince(6, 6)) expect(link.info()).toMatchObject({ count: 2 });
      else expect(errorOf(() => link.pin('/sys/fs/bpf/rootlet-usdt'))).toMatchObject({ code: 'EOPNOTSUPP' });
      expect(errorOf(() => program.attachUsdt(TARGET, 'rootlet', 'twice', { pid: 0 }))).toMatchObject({ code: 'E2BIG' });
      link.destroy();
      expect(openFds()).toBe(fds);
    }
    loaded.object.close();
  });

  it('may need an index register, which headers since libbpf 1.7 have', () => {
    withLoaded(kernel, name, ['usdt'], (loaded) => {
      const attach = (): { destroy(): void } => loaded.program('usdt').attachUsdt(TARGET, 'rootlet', 'index', { pid: 0 });
      if (name === 'usdt') {
        expect(errorOf(attach)).toMatchObject({ code: 'EINVAL', message: expect.stringContaining('libbpf 1.7') });
        return;
      }
      const link = attach();
      index(Int32Array.of(5, 6, 7, -8), 2);
      expect((loaded.object.getVariable('args') as bigint[])[0]).toBe(-8n);
      link.destroy();
    });
  });

  if (isSince(6, 6)) {
    it('are attached to one by one where the program was loaded for it', () => {
      const loaded = new Loaded(kernel, name, ['usdt'], (object) => object.findProgram('usdt')?.setExpectedAttachType(0));
      const link = loaded.program('usdt').attachUsdt(TARGET, 'rootlet', 'twice', { pid: 0, cookie: 5n });
      expect(errorOf(() => link.pin('/sys/fs/bpf/rootlet-usdt'))).toMatchObject({ code: 'EOPNOTSUPP' });
      twice(0);
      expect([(loaded.object.getVariable('args') as bigint[])[0], loaded.object.getVariable('cookie')]).toEqual([2n, 5n]);
      twice(1);
      expect((loaded.object.getVariable('args') as bigint[])[0]).toBe(1n);
      link.destroy();
      loaded.object.close();
    });
  }

  it('are told apart by address where there are no cookies', () => {
    const old = new LinuxKernel();
    Object.defineProperty(old, 'release', { value: '5.14.0' });
    const loaded = new Loaded(old, name, ['usdt']);
    const program = loaded.program('usdt');
    const ipMap = loaded.object.findMap('__bpf_usdt_ip_to_spec_id')?.fd ?? -1;
    const before = openFds();
    const link = program.attachUsdt(TARGET, 'rootlet', 'twice', { pid: 0 });
    twice(0);
    expect((loaded.object.getVariable('args') as bigint[])[0]).toBe(2n);
    twice(1);
    expect([(loaded.object.getVariable('args') as bigint[])[0], loaded.hits]).toEqual([1n, 2]);
    expect(errorOf(() => program.attachUsdt(TARGET, 'rootlet', 'twice', { pid: 0 }))).toMatchObject({ code: 'EEXIST' });
    link.destroy();
    expect(old.mapNextKey(ipMap, undefined)).toBeUndefined();
    expect(errorOf(() => program.attachUsdt(TARGET, 'rootlet', 'twice'))).toMatchObject({ code: 'EOPNOTSUPP', message: expect.stringContaining('a process must be named') });
    expect(openFds()).toBe(before);
    loaded.object.close();
  });

  it('say what is missing', () => {
    withLoaded(kernel, name, ['usdt'], (loaded) => {
      const program = loaded.program('usdt');
      const before = openFds();
      expect(errorOf(() => program.attachUsdt(TARGET, 'rootlet', 'nothing'))).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('rootlet:nothing') });
      expect(errorOf(() => program.attachUsdt('libc.so.6', 'libc', 'x'))).toMatchObject({ code: 'ENOENT' });
      expect(openFds()).toBe(before);
    });
  });
});

// Do programs that trace the kernel run when it does what they wait for?
//
// What traces the kernel at large is asked in guests only (node tools/guest.mjs); iterators and perf events of this process
// everywhere.
import { describe, expect, it } from '@jest/globals';
import { BPF_TRACE_KPROBE_MULTI, BPF_TRACE_KPROBE_SESSION } from '@rootlet/uapi';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import { join } from 'node:path';
import { BpfObject } from '../../src/index.ts';
import { mayWalkElements } from './machine.ts';
import { errorOf, getpgid, inGuest, isSince, Loaded, openFds, setpgid, useKernel, withLoaded } from './support.ts';

/** Security hooks are asked about other processes only: this one by its number is one. */
const ask = (): number => getpgid(process.pid);

describe('programs that trace what is ours', () => {
  const kernel = useKernel();

  const walks = mayWalkElements(new LinuxKernel(), join(__dirname, 'objects'));
  if (walks) it('an iterator walks a map, and writes what is read', () => {
    withLoaded(kernel, 'trace', ['elements'], (loaded) => {
      const map = loaded.object.findMap('numbers');
      const key = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
      for (const number of [1, 2, 3]) kernel.mapUpdate(map?.fd ?? -1, key(number), new Uint8Array(BigUint64Array.of(BigInt(number * 100)).buffer));
      const before = openFds();
      const link = loaded.program('elements').attachIter({ mapFd: map?.fd ?? -1 });
      expect(link.info()).toMatchObject({ targetName: 'bpf_map_elem' });
      expect(link.readIterText().trim().split('\n').sort()).toEqual(['1=100', '2=200', '3=300']);
      kernel.mapDelete(map?.fd ?? -1, key(2));
      // A second walk, left before its end.
      for (const piece of link.readIter()) {
        expect(new TextDecoder().decode(piece)).not.toContain('2=200');
        break;
      }
      link.destroy();
      expect(openFds()).toBe(before);
      // Without a map there is nothing to walk.
      expect(errorOf(() => loaded.program('elements').attach())).toMatchObject({ code: expect.stringMatching(/EBADF|EINVAL/), operation: 'attach iter' });
      expect(openFds()).toBe(before);
    });
  });

  it('a perf event that the caller opened runs a program, and stays the caller\'s', () => {
    withLoaded(kernel, 'trace', ['perf_event'], (loaded) => {
      const ffi = createKoffiFfi();
      // PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, every 100,000 ns of this process.
      const attr = new Uint8Array(112);
      const data = new DataView(attr.buffer);
      [1, 112, 1].forEach((word, idx) => data.setUint32(4 * idx, word, true));
      data.setBigUint64(16, 100_000n, true);
      const perfFd = ffi.perfEventOpen(attr, 0, -1);
      expect(perfFd).toBeGreaterThan(0);
      const link = loaded.program('perf_event').attachPerfEvent(perfFd, { cookie: 5n });
      for (const end = Date.now() + 2000; loaded.hits === 0 && Date.now() < end; );
      expect(loaded.hits).toBeGreaterThan(0);
      expect(loaded.object.getVariable('cookie')).toBe(5n);
      link.destroy();
      const after = loaded.hits;
      for (const end = Date.now() + 50; Date.now() < end; );
      expect(loaded.hits).toBe(after);
      ffi.close(perfFd);
      expect(errorOf(() => loaded.program('perf_event').attachPerfEvent(perfFd))).toMatchObject({ code: 'EBADF' });
    });
  });
});

if (!inGuest) process.stdout.write('trace: what traces the kernel at large is tested in the guests only\n');
else describeGuest();

function describeGuest(): void {
  describe('programs that trace the kernel', () => {
    const kernel = useKernel();

    it('kprobes and kretprobes are hit, with cookies, at offsets, as perf events and through tracefs', () => {
      withLoaded(kernel, 'trace', ['kprobe', 'kretprobe'], (loaded) => {
        const program = loaded.program('kprobe');
        const func = '__x64_sys_getpgid';
        const link = program.attachKprobe(func, { cookie: 9n });
        expect(loaded.hitsOf(ask)).toBe(1);
        expect(loaded.number('cookie')).toBe(9);
        link.destroy();
        expect(loaded.hitsOf(ask)).toBe(0);
        const exits = loaded.program('kretprobe').attachKprobe(func, { retprobe: true });
        expect(loaded.hitsOf(ask)).toBe(1);
        exits.destroy();
        for (const mode of ['link', 'perf', 'legacy'] as const) {
          const before = openFds();
          const each = program.attachKprobe(func, { mode });
          expect([mode, loaded.hitsOf(ask)]).toEqual([mode, 1]);
          each.destroy();
          expect([mode, loaded.hitsOf(ask), openFds()]).toEqual([mode, 0, before]);
        }
        const before = openFds();
        expect(errorOf(() => program.attachKprobe('no_such_function'))).toMatchObject({ code: expect.stringMatching(/ENOENT|EINVAL|EADDRNOTAVAIL/), operation: 'attach kprobe' });
        expect(errorOf(() => program.attachKprobe('no_such_function', { mode: 'legacy' })).message).toContain('kprobe_events');
        expect(openFds()).toBe(before);
      });
    });

    it.each(['kprobe_auto', 'ksyscall', 'kretsyscall', 'tracepoint', 'raw_tracepoint', 'tp_btf', 'fentry', 'fexit', 'fmod_ret', 'lsm'])('%s is attached as its section says', (name) => {
      withLoaded(kernel, 'trace', [name], (loaded) => {
        const before = openFds();
        const link = loaded.program(name).attach();
        // Tracepoints of every system call see others of this process too.
        const many = name === 'raw_tracepoint' || name === 'tp_btf';
        const hits = loaded.hitsOf(ask);
        if (many) expect(hits).toBeGreaterThan(0);
        else expect(hits).toBe(1);
        link.destroy();
        expect(openFds()).toBe(before);
        if (!many) expect(loaded.hitsOf(ask)).toBe(0);
      });
    });

    it.each(['fmod_ret', 'lsm'])('%s decides what the call answers', (name) => {
      withLoaded(kernel, 'trace', [name], (loaded) => {
        const before = ask();
        const link = name === 'lsm' ? loaded.program(name).attachLsm() : loaded.program(name).attachTrace();
        loaded.object.setVariable('answer', -1);
        expect(ask()).toBe(-1);
        link.destroy();
        expect(ask()).toBe(before);
        expect(before).not.toBe(-1);
      });
    });

    it('cookies come with tracepoints and trampolines', () => {
      withLoaded(kernel, 'trace', ['tracepoint', 'fentry', 'ksyscall'], (loaded) => {
        const attach = [
          () => loaded.program('tracepoint').attachTracepoint('syscalls', 'sys_enter_getpgid', { cookie: 1n }),
          () => loaded.program('fentry').attachTrace({ cookie: 20n }),
          () => loaded.program('ksyscall').attachKsyscall('getpgid', { cookie: 300n }),
        ];
        const links = attach.map((each) => each());
        ask();
        expect([loaded.hits, loaded.number('cookies')]).toEqual([3, 321]);
        expect(links[0]?.info().targetName).toBe(isSince(6, 6) ? 'sys_enter_getpgid' : undefined);
        for (const link of links) link.destroy();
      });
    });

    it('many functions at once, by pattern, names and addresses', () => {
      const setMulti = (object: Loaded['object']): void => object.findProgram('kprobe_multi')?.setExpectedAttachType(BPF_TRACE_KPROBE_MULTI);
      const loaded = new Loaded(kernel, 'trace', ['kprobe_multi'], setMulti);
      const program = loaded.program('kprobe_multi');
      if (!kernel.probes.features().kprobeMulti) {
        // Debian's 6.1 was built without CONFIG_FPROBE.
        expect(errorOf(() => program.attach())).toMatchObject({ code: 'EOPNOTSUPP', message: expect.stringContaining('this kernel cannot attach so') });
        loaded.object.close();
        return;
      }
      // getpgid and setpgid match; what is refused was called too.
      const all = (): void => {
        ask();
        setpgid(-1, 0);
      };
      const auto = program.attach();
      expect(loaded.hitsOf(all)).toBe(2);
      auto.destroy();
      const syms = ['__x64_sys_getpgid', '__x64_sys_setpgid'];
      const named = program.attachKprobeMulti(undefined, { syms, cookies: [1n, 10n] });
      loaded.object.setVariable('cookies', 0);
      expect(loaded.hitsOf(all)).toBe(2);
      expect(loaded.number('cookies')).toBe(11);
      if (isSince(6, 6)) expect(named.info()).toMatchObject({ count: 2 });
      named.destroy();
      const addrs = [...kernel.kallsyms(new Set(syms)).values()];
      const exits = program.attachKprobeMulti(undefined, { addrs, retprobe: true });
      expect(loaded.hitsOf(all)).toBe(2);
      exits.destroy();
      const before = openFds();
      expect(errorOf(() => program.attachKprobeMulti('__x64_sys_?etpgid', { uniqueMatch: true }))).toMatchObject({ code: 'ESRCH' });
      expect(errorOf(() => program.attachKprobeMulti('nothing_like_this*'))).toMatchObject({ code: 'ENOENT' });
      expect(errorOf(() => program.attachKprobeMulti(undefined, { syms, cookies: [1n] }))).toMatchObject({ code: 'EINVAL' });
      expect(openFds()).toBe(before);
      loaded.object.close();
    });

    if (isSince(6, 10)) {
      it('a session is entry and exit', () => {
        const loaded = new Loaded(kernel, 'trace', ['kprobe_session'], (object) => object.findProgram('kprobe_session')?.setExpectedAttachType(BPF_TRACE_KPROBE_SESSION));
        const link = loaded.program('kprobe_session').attach();
        expect(loaded.hitsOf(ask)).toBe(2);
        link.destroy();
        loaded.object.close();
      });
    }

    it('an object attaches all that say where, or none', () => {
      withLoaded(kernel, 'trace', ['kprobe_auto', 'tracepoint', 'fentry', 'fexit', 'uprobe'], (loaded) => {
        loaded.program('fexit').setAutoattach(false);
        expect([...loaded.object.attach().keys()].map(({ name }) => name)).toEqual(['kprobe_auto', 'tracepoint', 'fentry']);
        expect(loaded.hitsOf(ask)).toBe(3);
        loaded.object.detach();
        expect(loaded.hitsOf(ask)).toBe(0);
        expect(loaded.object.attach().size).toBe(3);
      });
    });

    it('a name that attach() is told stands for the section\'s', () => {
      withLoaded(kernel, 'trace', ['tracepoint', 'kprobe'], (loaded) => {
        const links = [
          loaded.program('tracepoint').attach({ targetName: 'syscalls/sys_exit_getpgid', cookie: 4n }),
          loaded.program('kprobe').attach({ targetName: '__x64_sys_getpgid', cookie: 30n }),
        ];
        ask();
        expect([loaded.hits, loaded.number('cookies')]).toEqual([2, 34]);
        for (const link of links) link.destroy();
      });
    });

    it('says what there is not', () => {
      withLoaded(kernel, 'trace', ['tracepoint', 'raw_tracepoint'], (loaded) => {
        const before = openFds();
        expect(errorOf(() => loaded.program('tracepoint').attachTracepoint('syscalls', 'sys_enter_nothing'))).toMatchObject({ code: 'ENOENT' });
        expect(errorOf(() => loaded.program('tracepoint').attachTracepoint('..', 'x'))).toMatchObject({ code: 'EINVAL' });
        expect(errorOf(() => loaded.program('raw_tracepoint').attachRawTracepoint('nothing'))).toMatchObject({ code: 'ENOENT', operation: 'attach raw tracepoint' });
        expect(openFds()).toBe(before);
      });
    });
  });

  describe('programs in place of others', () => {
    const kernel = useKernel();
    const open = (name: string): BpfObject => BpfObject.open(join(__dirname, '../../../../docs/examples/linking', `${name}.o`), { kernel }).load();

    it('replace a function of a program that is named by its fd', () => {
      const [rootlet, fw1] = [open('rootlet'), open('fw1')];
      const [target, program] = [rootlet.findProgram('rootlet'), fw1.findProgram('fw1')];
      if (target === undefined || program === undefined) throw new Error('the examples changed');
      const dataIn = Uint8Array.of(1, ...new Uint8Array(63));
      expect(target.testRun({ dataIn }).retval).toBe(2);
      expect(errorOf(() => program.attachFreplace(target.fd, 'nothing'))).toMatchObject({ code: 'NO_FUNCTION' });
      const link = program.attachFreplace(target.fd, 'slot0');
      expect(target.testRun({ dataIn }).retval).toBe(1);
      link.destroy();
      expect(target.testRun({ dataIn }).retval).toBe(2);
      for (const object of [fw1, rootlet]) object.close();
    });
  });
}

// Do programs that are attached to the network see packets, and do packets that they refuse not arrive?
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { BPF_F_BEFORE, BPF_F_XDP_DEV_BOUND_ONLY, BPF_TCX_INGRESS, XDP_FLAGS_SKB_MODE, XDP_FLAGS_UPDATE_IF_NOEXIST } from '@rootlet/uapi';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import { BpfLink, BpfObject } from '../../src/index.ts';
import { errorOf, inGuest, isSince, Loaded, Network, openFds, until, useKernel, withBpffs, withLoaded } from './support.ts';

const [XDP_DROP, XDP_PASS, TC_PASS, TC_DROP, TCX_NEXT] = [1, 2, 0, 2, -1] as const;
/** How long an answer that does not come is waited for: it would come within a millisecond, or in a guest a few. */
const SILENCE = inGuest ? 500 : 150;
/** How long an answer that must come is waited for before the question is put again, and how often. */
const [PATIENCE, ATTEMPTS] = [2000, 10] as const;

describe('programs on an interface', () => {
  let network: Network;
  let socket: Socket;
  const kernel = useKernel(async () => {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    await network.close();
  });

  beforeAll(async () => {
    network = await Network.create();
    socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(5000, '10.9.0.1', resolve));
    // The first packet asks for the address; what is lost is sent again.
    await expectAnswer();
  });

  let questions = 0;

  /** Whether a datagram that the other end sends back comes back in time. Each has a number: an answer that is late is none to the next. */
  async function isAnswered(milliseconds: number): Promise<boolean> {
    const question = `hello ${++questions}`;
    return await new Promise((resolve) => {
      const end = (answered: boolean): void => {
        clearTimeout(timer);
        socket.removeAllListeners('message');
        resolve(answered);
      };
      const timer = setTimeout(() => end(false), milliseconds);
      socket.on('message', (bytes) => {
        if (bytes.toString() === question) end(true);
      });
      socket.send(question, 4000, '10.9.0.2');
    });
  }

  /** Asks until there is an answer: the neighbour's address may have to be asked for anew, which loses what was sent. */
  async function expectAnswer(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await isAnswered(PATIENCE)) return;
    throw new Error(`no answer to any of ${ATTEMPTS} datagrams`);
  }

  /** What stands attached drops, passes when `verdict` says so, and is gone when it is destroyed. */
  async function proveDrops(loaded: Loaded, pass: number, drop: number, link: { destroy(): void }): Promise<void> {
    loaded.object.setVariable('verdict', drop);
    const before = loaded.hits;
    expect(await isAnswered(SILENCE)).toBe(false);
    await until(() => loaded.hits > before);
    loaded.object.setVariable('verdict', pass);
    await expectAnswer();
    loaded.object.setVariable('verdict', drop);
    link.destroy();
    await expectAnswer();
  }

  it('XDP drops by a link, which knows its interface, is updated, pinned and opened', async () => {
    const loaded = new Loaded(kernel, 'net', ['xdp', 'xdp_other']);
    const ifindex = network.ifindex();
    const link = loaded.program('xdp').attachXdp(ifindex);
    expect(link.info()).toMatchObject({ ifindex });
    expect(errorOf(() => loaded.program('xdp_other').attachXdp(ifindex))).toMatchObject({ code: 'EBUSY', operation: 'attach xdp' });
    link.update(loaded.program('xdp_other'), loaded.program('xdp'));
    expect(link.info().progId).toBe(loaded.program('xdp_other').info().id);
    expect(errorOf(() => link.update(loaded.program('xdp'), loaded.program('xdp')))).toMatchObject({ code: 'EPERM' });
    withBpffs((bpffs) => {
      const path = `${bpffs}/link`;
      link.pin(path);
      const again = BpfLink.open(path, kernel);
      expect([again.info().id, again.pinPath]).toEqual([link.info().id, path]);
      again.destroy();
      kernel.objPin(loaded.program('xdp').fd, `${bpffs}/program`);
      expect(errorOf(() => BpfLink.open(`${bpffs}/program`, kernel)).message).toContain('not a link');
      link.unpin();
      expect(existsSync(path)).toBe(false);
    });
    await proveDrops(loaded, XDP_PASS, XDP_DROP, link);
    loaded.object.close();
  });

  if (isSince(6, 3)) {
    it('XDP that is loaded for one interface is attached to no other', async () => {
      const change = (object: BpfObject): void => {
        object.findProgram('xdp')?.setIfindex(network.ifindex());
        object.findProgram('xdp')?.setFlags(BPF_F_XDP_DEV_BOUND_ONLY);
      };
      const loaded = new Loaded(kernel, 'net', ['xdp'], change);
      execFileSync('ip', ['link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1']);
      expect(errorOf(() => loaded.program('xdp').attachXdp(network.ifindex('other0')))).toMatchObject({ code: 'EINVAL' });
      execFileSync('ip', ['link', 'del', 'other0']);
      await proveDrops(loaded, XDP_PASS, XDP_DROP, loaded.program('xdp').attachXdp(network.ifindex()));
      loaded.object.close();
    });
  }

  it('XDP is attached by what attach() is told, too', async () => {
    const loaded = new Loaded(kernel, 'net', ['xdp']);
    const link = loaded.program('xdp').attach({ targetIfindex: network.ifindex() });
    await proveDrops(loaded, XDP_PASS, XDP_DROP, link);
    loaded.object.close();
  });

  it('nothing is attached that calls what nothing provides', () => {
    const object = BpfObject.open(join(__dirname, '../../../../docs/examples/linking/main_prog.o'), { kernel }).load();
    const program = object.findProgram('main_prog');
    const before = openFds();
    const ways = [
      () => program?.attachXdp(network.ifindex()),
      () => kernel.direct.xdpAttach(network.ifindex(), program ?? { fd: -1 }),
      () => kernel.direct.tcHook(network.ifindex(), 'ingress').attach(program ?? { fd: -1 }),
    ];
    for (const way of ways) expect(errorOf(way)).toMatchObject({ code: 'ENOEXEC', message: expect.stringContaining("'foo'") });
    expect(kernel.direct.xdpQueryId(network.ifindex())).toBe(0);
    expect(openFds()).toBe(before);
    object.close();
  });

  it('XDP drops through netlink, is queried, and replaced only when the right one is there', async () => {
    const loaded = new Loaded(kernel, 'net', ['xdp', 'xdp_other']);
    const ifindex = network.ifindex();
    const { direct } = kernel;
    const flags = XDP_FLAGS_SKB_MODE;
    direct.xdpAttach(ifindex, loaded.program('xdp'), { flags });
    const { id } = loaded.program('xdp').info();
    expect(direct.xdpQuery(ifindex)).toMatchObject({ attachMode: 2, progId: id, skbProgId: id, drvProgId: 0 });
    expect(errorOf(() => direct.xdpAttach(ifindex, loaded.program('xdp_other'), { flags: flags | XDP_FLAGS_UPDATE_IF_NOEXIST })).code).toBe('EBUSY');
    expect(errorOf(() => direct.xdpAttach(ifindex, loaded.program('xdp'), { flags, oldProgFd: loaded.program('xdp_other').fd })).code).toBe('EEXIST');
    direct.xdpAttach(ifindex, loaded.program('xdp_other'), { flags, oldProgFd: loaded.program('xdp').fd });
    expect(direct.xdpQueryId(ifindex, flags)).toBe(loaded.program('xdp_other').info().id);
    await proveDrops(loaded, XDP_PASS, XDP_DROP, { destroy: () => direct.xdpDetach(ifindex, { flags }) });
    expect(direct.xdpQueryId(ifindex)).toBe(0);
    expect(errorOf(() => direct.xdpQuery(99_999))).toMatchObject({ code: 'ENODEV' });
    loaded.object.close();
  });

  it('tc filters drop, by priority, and are replaced, queried and detached', async () => {
    const loaded = new Loaded(kernel, 'net', ['tc']);
    const program = loaded.program('tc');
    const hook = kernel.direct.tcHook(network.ifindex(), 'ingress');
    expect([hook.create(), hook.create()]).toEqual([true, false]);
    const attached = hook.attach(program, { priority: 7, handle: 3 });
    expect(attached).toEqual({ priority: 7, handle: 3, progId: program.info().id });
    expect(hook.query(attached)).toEqual(attached);
    expect(errorOf(() => hook.attach(program, { priority: 7, handle: 3 }))).toMatchObject({ code: 'EEXIST' });
    expect(hook.attach(program, { priority: 7, handle: 3, replace: true })).toEqual(attached);
    expect(errorOf(() => hook.attach(program, { priority: 70_000 })).code).toBe('EINVAL');
    await proveDrops(loaded, TC_PASS, TC_DROP, { destroy: () => hook.detach(attached) });
    expect(errorOf(() => hook.query(attached))).toMatchObject({ name: 'KernelError', operation: 'tc query' });
    const egress = kernel.direct.tcHook(network.ifindex(), 'egress');
    egress.attach(program);
    await proveDrops(loaded, TC_PASS, TC_DROP, { destroy: () => egress.flush() });
    hook.destroy();
    expect(errorOf(() => hook.attach(program)).code).toBe('EINVAL');
    loaded.object.close();
  });

  if (isSince(6, 6)) {
    it('tcx drops in both directions, several in an order', async () => {
      const loaded = new Loaded(kernel, 'net', ['tcx_ingress', 'tcx_egress', 'tc']);
      const ifindex = network.ifindex();
      const link = loaded.program('tcx_ingress').attachTcx(ifindex);
      expect(link.info()).toMatchObject({ ifindex, attachType: BPF_TCX_INGRESS });
      const query = kernel.direct.progQuery(ifindex, BPF_TCX_INGRESS, { links: true });
      expect(query).toMatchObject({ progIds: [loaded.program('tcx_ingress').info().id], linkIds: [link.info().id] });
      await proveDrops(loaded, TCX_NEXT, TC_DROP, link);
      await proveDrops(loaded, TCX_NEXT, TC_DROP, loaded.program('tcx_egress').attachTcx(ifindex));

      const first = loaded.program('tcx_ingress').attachTcx(ifindex);
      kernel.direct.progAttach(loaded.program('tc'), ifindex, BPF_TCX_INGRESS, { flags: BPF_F_BEFORE, relativeFd: loaded.program('tcx_ingress').fd });
      const ids = ['tc', 'tcx_ingress'].map((name) => loaded.program(name).info().id);
      const both = kernel.direct.progQuery(ifindex, BPF_TCX_INGRESS);
      expect(both.progIds).toEqual(ids);
      expect(errorOf(() => loaded.program('tcx_ingress').attachTcx(ifindex, { expectedRevision: both.revision + 5n })).code).toBe('ESTALE');
      kernel.direct.progDetach(ifindex, BPF_TCX_INGRESS, loaded.program('tc'));
      expect(kernel.direct.progQuery(ifindex, BPF_TCX_INGRESS).progIds).toEqual(ids.slice(1));
      first.destroy();
      loaded.object.close();
    });
  }

  if (isSince(6, 4)) {
    it('netfilter drops', async () => {
      const loaded = new Loaded(kernel, 'net', ['filter']);
      // NFPROTO_IPV4, NF_INET_LOCAL_IN.
      const link = loaded.program('filter').attachNetfilter({ pf: 2, hooknum: 1, priority: -128 });
      await proveDrops(loaded, 1, 0, link);
      loaded.object.close();
    });
  }

  if (isSince(6, 7) && makesNetkit()) {
    it('netkit asks on both of its sides', async () => {
      const loaded = new Loaded(kernel, 'net', ['netkit_primary', 'netkit_peer']);
      makeNetkit();
      const ifindex = network.ifindex('nk0');
      const programs = [loaded.program('netkit_primary'), loaded.program('netkit_peer')];
      const links = programs.map((program) => program.attachNetkit(ifindex));
      // The link to the other side knows that side's interface.
      expect(links.map((link) => link.info())).toMatchObject(
        programs.map(({ expectedAttachType }, idx) => ({ ifindex: idx === 0 ? ifindex : network.ifindex('nk1'), attachType: expectedAttachType })),
      );
      execFileSync('ip', ['link', 'set', 'nk0', 'up']);
      execFileSync('ip', ['link', 'set', 'nk1', 'up']);
      execFileSync('ip', ['addr', 'add', '10.10.0.1/24', 'dev', 'nk0']);
      socket.send('hello', 4000, '10.10.0.2');
      await until(() => loaded.hits > 0);
      for (const link of links) link.destroy();
      execFileSync('ip', ['link', 'del', 'nk0']);
      loaded.object.close();
    });
  }

  it('the network namespace chooses sockets and dissects flows', async () => {
    const loaded = new Loaded(kernel, 'net', ['lookup', 'dissector']);
    const netns = openSync('/proc/thread-self/ns/net', 'r');
    const link = loaded.program('lookup').attachNetns(netns);
    expect(link.info()).toMatchObject({ netnsIno: expect.any(Number) });
    // SK_DROP is 0.
    await proveDrops(loaded, 1, 0, link);
    const dissector = loaded.program('dissector').attachNetns(netns);
    expect(errorOf(() => loaded.program('dissector').attachNetns(netns)).code).toMatch(/EEXIST|E2BIG/);
    dissector.destroy();
    closeSync(netns);
    loaded.object.close();
  });
});

/** A netlink attribute. */
function attr(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat([new Uint8Array(4), ...parts]);
  bytes.writeUInt16LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 2);
  return Buffer.concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

/** A pair of netkit devices, nk0 and nk1; `ip` of today's distributions knows none. */
function makeNetkit(): void {
  const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);
  const [RTM_NEWLINK, REQUEST_ACK_CREATE_EXCL, IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_NETKIT_PEER_INFO] = [16, 0x605, 3, 18, 1, 2, 1] as const;
  const peer = attr(IFLA_NETKIT_PEER_INFO, new Uint8Array(16), attr(IFLA_IFNAME, text('nk1')));
  const info = attr(IFLA_LINKINFO, attr(IFLA_INFO_KIND, text('netkit')), attr(IFLA_INFO_DATA, peer));
  const message = Buffer.concat([new Uint8Array(16 + 16), attr(IFLA_IFNAME, text('nk0')), info]);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(RTM_NEWLINK, 4);
  message.writeUInt16LE(REQUEST_ACK_CREATE_EXCL, 6);
  const ffi = createKoffiFfi();
  // AF_NETLINK, SOCK_RAW, NETLINK_ROUTE.
  const fd = ffi.socket(16, 3, 0);
  const answer = new Uint8Array(4096);
  ffi.send(fd, new Uint8Array(message));
  ffi.receive(fd, answer);
  ffi.close(fd);
  expect(new DataView(answer.buffer).getInt32(16, true)).toBe(0);
}

/** Why no program of a security hook can be loaded for a cgroup here; undefined when one can. */
function lsmObstacle(kernel: LinuxKernel): string | undefined {
  try {
    new Loaded(kernel, 'net', ['lsm_bind']).object.close();
    return undefined;
  } catch (error) {
    const { code = '', message, cause } = error as { code?: string; message: string; cause?: { code?: string } };
    // What a test proves must not be left out for what it would find.
    if ([code, cause?.code].some((each) => each === 'EPERM')) return message;
    throw error;
  }
}

/** Whether the kernel was built with netkit. */
function makesNetkit(): boolean {
  return !/^# CONFIG_NETKIT is not set/m.test(new LinuxKernel().kconfig() ?? '') && new LinuxKernel().kallsyms(new Set(['netkit_link_attach'])).size > 0;
}

describe('programs on cgroups', () => {
  const kernel = useKernel(() => {
    closeSync(cgroupFd);
    rmdirSync(folder);
  });
  const root = existsSync('/sys/fs/cgroup/cgroup.procs') ? '/sys/fs/cgroup' : existsSync('/sys/fs/cgroup/unified/cgroup.procs') ? '/sys/fs/cgroup/unified' : undefined;
  if (root === undefined) throw new Error('cgroup v2 is not mounted');
  let folder: string;
  let cgroupFd: number;

  beforeAll(() => {
    folder = mkdtempSync(join(root, 'rootlet-'));
    cgroupFd = openSync(folder, 'r');
  });

  /** What a process in the cgroup that opens a socket and binds it says. */
  const bindInside = (): string => {
    const script = `const s=require('node:dgram').createSocket('udp4');s.on('error',(e)=>{console.log(e.code);s.close()});s.bind(0,'127.0.0.1',()=>{console.log('bound');s.close()})`;
    const command = `echo $$ > ${folder}/cgroup.procs; exec ${process.execPath} -e "${script}"`;
    try {
      return execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return 'failed';
    }
  };

  it('a link refuses to bind, until it is detached', () => {
    withLoaded(kernel, 'net', ['bind4'], (loaded) => {
      expect(bindInside()).toBe('bound');
      const link = loaded.program('bind4').attachCgroup(cgroupFd);
      expect(link.info()).toMatchObject({ cgroupId: expect.any(Number), attachType: loaded.program('bind4').expectedAttachType });
      expect(loaded.hitsOf(() => expect(bindInside()).toBe('EPERM'))).toBe(1);
      loaded.object.setVariable('verdict', 1);
      expect(loaded.hitsOf(() => expect(bindInside()).toBe('bound'))).toBe(1);
      loaded.object.setVariable('verdict', 0);
      link.detach();
      expect(bindInside()).toBe('bound');
      link.destroy();
    });
  });

  const lsm = lsmObstacle(kernel);
  if (lsm !== undefined) process.stdout.write(`net: lsm_cgroup is left out: ${lsm}\n`);
  else
    it('a security hook refuses to bind inside, and leaves others alone', () => {
      withLoaded(kernel, 'net', ['lsm_bind'], (loaded) => {
        const other = mkdtempSync(join(root, 'rootlet-'));
        const otherFd = openSync(other, 'r');
        try {
          const program = loaded.program('lsm_bind');
          const elsewhere = program.attachCgroup(otherFd);
          expect(loaded.hitsOf(() => expect(bindInside()).toBe('bound'))).toBe(0);
          const link = program.attachCgroup(cgroupFd);
          expect(link.info()).toMatchObject({ attachType: program.expectedAttachType, cgroupId: expect.any(Number) });
          expect(loaded.hitsOf(() => expect(bindInside()).toBe('EPERM'))).toBe(1);
          loaded.object.setVariable('verdict', 1);
          expect(loaded.hitsOf(() => expect(bindInside()).toBe('bound'))).toBe(1);
          loaded.object.setVariable('verdict', 0);
          link.destroy();
          expect(bindInside()).toBe('bound');
          elsewhere.destroy();
        } finally {
          closeSync(otherFd);
          rmdirSync(other);
        }
      });
    });

  it('flags let one or several be attached, in order, replaced and detached', () => {
    withLoaded(kernel, 'net', ['bind4', 'sock_create'], (loaded) => {
      const { direct } = kernel;
      const program = loaded.program('bind4');
      const attachType = program.expectedAttachType;
      const other = new Loaded(kernel, 'net', ['bind4']);
      const ids = [program, other.program('bind4')].map((each) => each.info().id);
      direct.progAttach(program, cgroupFd, attachType, { flags: 2 });
      direct.progAttach(other.program('bind4'), cgroupFd, attachType, { flags: 2 });
      expect(direct.progQuery(cgroupFd, attachType)).toMatchObject({ progIds: ids, attachFlags: 2 });
      const third = new Loaded(kernel, 'net', ['bind4']);
      direct.progAttach(third.program('bind4'), cgroupFd, attachType, { flags: 2, replaceProgFd: program.fd });
      expect(direct.progQuery(cgroupFd, attachType).progIds).toEqual([third.program('bind4').info().id, ids[1]]);
      expect(bindInside()).toBe('EPERM');
      direct.progDetach(cgroupFd, attachType, third.program('bind4'));
      direct.progDetach(cgroupFd, attachType, other.program('bind4'));
      expect(direct.progQuery(cgroupFd, attachType).progIds).toEqual([]);
      expect(errorOf(() => direct.progDetach(cgroupFd, attachType, program)).code).toBe('ENOENT');
      expect(bindInside()).toBe('bound');
      other.object.close();
      third.object.close();
    });
  });

  it('refuses what is no cgroup, naming what was tried', () => {
    withLoaded(kernel, 'net', ['bind4'], (loaded) => {
      const before = openFds();
      expect(errorOf(() => loaded.program('bind4').attachCgroup(987_654))).toMatchObject({
        code: 'EBADF',
        message: "attach cgroup: object 'net': program 'bind4': cgroup fd 987654 (EBADF)",
      });
      expect(errorOf(() => loaded.program('bind4').attach())).toMatchObject({ code: 'NOT_ATTACHABLE' });
      expect(openFds()).toBe(before);
    });
  });
});

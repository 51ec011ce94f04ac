// Do programs that are attached to sockets decide what these get?
import { describe, expect, it } from '@jest/globals';
import type { BpfProgram } from '../../src/index.ts';
import { TestSocket } from './sockets.ts';
import { errorOf, isSince, Loaded, openFds, until, useKernel, withLoaded } from './support.ts';

const EACCES = 13;

describe('programs on sockets', () => {
  const kernel = useKernel();

  it('a filter decides what a socket gets', () => {
    withLoaded(kernel, 'net', ['socket_filter'], (loaded) => {
      const [receiver, sender] = [TestSocket.udp(), TestSocket.udp()];
      const send = (byte: number): readonly number[] => {
        sender.send(byte, receiver.port);
        return receiver.receive();
      };
      kernel.direct.socketAttach(receiver.fd, loaded.program('socket_filter'));
      expect([send(1), loaded.hits]).toEqual([[], 1]);
      loaded.object.setVariable('verdict', 0xffff);
      expect([send(2), loaded.hits]).toEqual([[2], 2]);
      loaded.object.setVariable('verdict', 0);
      kernel.direct.socketDetach(receiver.fd);
      expect([send(3), loaded.hits]).toEqual([[3], 2]);
      expect(errorOf(() => kernel.direct.socketDetach(receiver.fd)).code).toBe('ENOENT');
      for (const socket of [receiver, sender]) socket.close();
      expect(errorOf(() => kernel.direct.socketAttach(987_654, loaded.program('socket_filter')))).toMatchObject({ code: 'EBADF', operation: 'socket attach' });
    });
  });

  it('a program chooses among the sockets of a port, or none', () => {
    withLoaded(kernel, 'net', ['reuseport'], (loaded) => {
      const one = TestSocket.udp(0, true);
      const other = TestSocket.udp(one.port, true);
      const sender = TestSocket.udp();
      const send = (): number => {
        sender.send(1, one.port);
        return one.receive().length + other.receive().length;
      };
      expect(send()).toBe(1);
      kernel.direct.reuseportAttach(one.fd, loaded.program('reuseport'));
      // SK_DROP is 0, SK_PASS 1.
      expect([send(), loaded.hits]).toEqual([0, 1]);
      loaded.object.setVariable('verdict', 1);
      expect([send(), loaded.hits]).toEqual([1, 2]);
      kernel.direct.reuseportDetach(one.fd);
      expect([send(), loaded.hits]).toEqual([1, 2]);
      for (const socket of [one, other, sender]) socket.close();
    });
  });

  /** Puts both ends of a connection into the object's socket map. */
  function enter(loaded: Loaded, sockets: readonly TestSocket[]): void {
    sockets.forEach((socket, idx) => {
      const map = loaded.object.findMap('sockets');
      kernel.mapUpdate(map?.fd ?? -1, new Uint8Array(Uint32Array.of(idx).buffer), new Uint8Array(BigUint64Array.of(BigInt(socket.fd)).buffer));
    });
  }

  /** Ways to attach to a socket map: without a link, and with one since 6.10. */
  type Way = readonly [string, (loaded: Loaded, program: BpfProgram) => () => void];
  const ways: readonly Way[] = [
    [
      'without a link',
      (loaded, program) => {
        const fd = loaded.object.findMap('sockets')?.fd ?? -1;
        kernel.direct.progAttach(program, fd, program.expectedAttachType);
        return () => kernel.direct.progDetach(fd, program.expectedAttachType, program);
      },
    ],
    [
      'by a link',
      (loaded, program) => {
        const map = loaded.object.findMap('sockets');
        const link = program.attachSockmap(map ?? { fd: -1 });
        expect(link.info()).toMatchObject({ mapId: map?.info().id });
        return () => link.destroy();
      },
    ],
  ];
  const here = ways.slice(0, isSince(6, 10) ? 2 : 1);

  it.each(here)('a message is refused before it is sent, %s', (_way, attach) => {
    withLoaded(kernel, 'net', ['message'], (loaded) => {
      const [one, other] = TestSocket.pair();
      const detach = attach(loaded, loaded.program('message'));
      enter(loaded, [one]);
      loaded.object.setVariable('verdict', 1);
      expect([one.send(1), loaded.hits]).toEqual([1, 1]);
      expect(other.receive()).toEqual([1]);
      loaded.object.setVariable('verdict', 0);
      expect([one.send(2), loaded.hits]).toEqual([-EACCES, 2]);
      expect(other.receive()).toEqual([]);
      detach();
      for (const socket of [one, other]) socket.close();
    });
  });

  it.each(here)('what arrives is dropped, %s', async (_way, attach) => {
    const loaded = new Loaded(kernel, 'net', ['stream_verdict']);
    const [one, other] = TestSocket.pair();
    const detach = attach(loaded, loaded.program('stream_verdict'));
    enter(loaded, [other]);
    one.send(1);
    await until(() => loaded.hits === 1);
    expect(other.receive()).toEqual([]);
    loaded.object.setVariable('verdict', 1);
    one.send(2);
    await until(() => loaded.hits === 2);
    let got: readonly number[] = [];
    await until(() => (got = [...got, ...other.receive()]).length > 0);
    expect(got).toEqual([2]);
    detach();
    for (const socket of [one, other]) socket.close();
    loaded.object.close();
  });

  it('says what is no socket map', () => {
    withLoaded(kernel, 'net', ['message'], (loaded) => {
      const before = openFds();
      expect(errorOf(() => loaded.program('message').attachSockmap({ fd: 987_654 }))).toMatchObject({ operation: 'attach sockmap' });
      expect(openFds()).toBe(before);
    });
  });
});

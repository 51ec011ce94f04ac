// Which programs may name one map of programs?
//
// Also run on the running kernel, by map-owner.kernel.test.ts.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assemble } from '@rootlet/insn';
import type { Kernel } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';
import { countsOf, newKernel } from './support.ts';

interface Kind {
  readonly type: number;
  readonly expectedAttachType?: number;
  readonly flags?: number;
}

const XDP: Kind = { type: uapi.BPF_PROG_TYPE_XDP };
const KINDS = {
  xdp: XDP,
  frags: { ...XDP, flags: uapi.BPF_F_XDP_HAS_FRAGS },
  devmap: { ...XDP, expectedAttachType: uapi.BPF_XDP_DEVMAP },
  often: { ...XDP, flags: uapi.BPF_F_TEST_STATE_FREQ },
  tc: { type: uapi.BPF_PROG_TYPE_SCHED_CLS },
  connect4: { type: uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, expectedAttachType: uapi.BPF_CGROUP_INET4_CONNECT },
  bind4: { type: uapi.BPF_PROG_TYPE_CGROUP_SOCK_ADDR, expectedAttachType: uapi.BPF_CGROUP_INET4_BIND },
} as const satisfies Readonly<Record<string, Kind>>;
type Name = keyof typeof KINDS;

describe('a map of programs', () => {
  let kernel: Kernel;
  beforeEach(() => {
    kernel = newKernel();
  });
  afterEach(() => {
    expect(countsOf(kernel)).toMatchObject({ progs: 0, maps: 0 });
  });

  const load = (name: Name, asm: string): number => kernel.progLoad({ name, license: 'GPL', expectedAttachType: 0, flags: 0, ...KINDS[name], insns: assemble(asm, { helperId: uapi.helperId }) }).fd;

  function attempt(action: () => number): string {
    try {
      kernel.close(action());
      return 'ok';
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  /** What loading `second` ends with while `first` is loaded, both naming the same map. */
  function together(mapType: number, asm: (map: number) => string, first: Name, second: Name): string {
    const map = kernel.mapCreate({ name: 'shared', type: mapType, keySize: 4, valueSize: 4, maxEntries: 2, flags: 0 });
    const fd = load(first, asm(map));
    const answer = attempt(() => load(second, asm(map)));
    kernel.close(fd);
    kernel.close(map);
    return answer;
  }

  const tailCall = (map: number): string => `r2 = map[fd:${map}]\nr3 = 0\ncall bpf_tail_call\nr0 = 1\nexit`;
  const redirect = (map: number): string => `r1 = map[fd:${map}]\nr2 = 0\nr3 = 0\ncall bpf_redirect_map\nr0 = 1\nexit`;

  it('for tail calls is for programs of one type, one attachment, and packets of one kind', () => {
    const answers = (Object.keys(KINDS) as Name[]).map((first) => (Object.keys(KINDS) as Name[]).filter((second) => together(uapi.BPF_MAP_TYPE_PROG_ARRAY, tailCall, first, second) === 'ok'));
    expect(answers).toEqual([['xdp', 'often'], ['frags'], ['devmap'], ['xdp', 'often'], ['tc'], ['connect4'], ['bind4']]);
  });

  it('for devices or CPUs is for packets of one kind, but for hashes', () => {
    for (const type of [uapi.BPF_MAP_TYPE_DEVMAP, uapi.BPF_MAP_TYPE_CPUMAP]) {
      expect([together(type, redirect, 'xdp', 'devmap'), together(type, redirect, 'xdp', 'frags'), together(type, redirect, 'frags', 'frags')]).toEqual(['ok', 'EINVAL', 'ok']);
    }
    expect(together(uapi.BPF_MAP_TYPE_DEVMAP_HASH, redirect, 'xdp', 'frags')).toBe('ok');
  });

  it('takes no program that could not name it', () => {
    const map = kernel.mapCreate({ name: 'shared', type: uapi.BPF_MAP_TYPE_PROG_ARRAY, keySize: 4, valueSize: 4, maxEntries: 2, flags: 0 });
    const fds = [load('xdp', tailCall(map)), load('often', 'r0 = 1\nexit'), load('frags', 'r0 = 1\nexit'), load('devmap', 'r0 = 1\nexit')];
    const bytes = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
    const put = (fd: number): number => {
      kernel.mapUpdate(map, bytes(0), bytes(fd));
      return kernel.mapCreate({ name: 'none', type: uapi.BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 });
    };
    expect(fds.slice(1).map((fd) => attempt(() => put(fd)))).toEqual(['ok', 'EINVAL', 'EINVAL']);
    kernel.mapDelete(map, bytes(0));
    for (const fd of [...fds, map]) kernel.close(fd);
  });
});

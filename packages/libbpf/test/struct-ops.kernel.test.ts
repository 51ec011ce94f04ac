// Does the running kernel take tables of functions, and give them back?
//
// A congestion control is there under a name of its own; no socket uses it that does not ask for it by that name.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BPF_PROG_TYPE_STRUCT_OPS } from '@rootlet/uapi';
import { BpfObject } from '../src/index.ts';
import { errorOf } from './support.ts';

const bytes = readFileSync(join(__dirname, '../../../docs/examples/objects/struct_ops_tcp.o'));

/** Congestion controls of this machine that begin with `rootlet`. */
function available(): string[] {
  const names = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').trim().split(' ');
  return names.filter((name) => name.startsWith('rootlet')).sort();
}

describe('struct_ops on a real kernel', () => {
  let kernel: LinuxKernel;
  /** Links that hold tables came with 6.4. */
  let hasLinks: boolean;

  const open = (): BpfObject => {
    const object = BpfObject.open({ name: 'struct_ops_tcp', bytes }, { kernel });
    if (!hasLinks) for (const name of ['first', 'second']) object.findMap(name)?.setAutocreate(false);
    return object;
  };

  const withLoaded = (body: (object: BpfObject) => void): void => {
    const object = open().load();
    try {
      body(object);
    } finally {
      object.close();
    }
  };

  beforeAll(() => {
    kernel = new LinuxKernel();
    const [major = 0, minor = 0] = kernel.release.split('.').map(Number);
    hasLinks = major > 6 || (major === 6 && minor >= 4);
  });

  it('loads the programs that created tables have, as members of the kernel\'s struct', () => {
    withLoaded((object) => {
      expect(object.programs.filter(({ fd }) => fd >= 0).map(({ name }) => name)).toEqual(['own_ssthresh', 'own_cong_avoid', 'own_undo_cwnd']);
      const info = object.findProgram('own_undo_cwnd')?.info();
      expect(info?.type).toBe(BPF_PROG_TYPE_STRUCT_OPS);
      expect(object.findMap('held_by_map')?.info().valueSize).toBeGreaterThan(200);
      expect(object.findMap('left_out')?.fd).toBe(-1);
      expect(available()).toEqual([]);
    });
  });

  it('a table of .struct_ops is held by its map until the link is destroyed', () => {
    withLoaded((object) => {
      const link = object.findMap('held_by_map')?.attachStructOps();
      expect(available()).toEqual(['rootlet_map']);
      link?.destroy();
      link?.destroy();
      expect(available()).toEqual([]);
    });
  });

  it('a table of .struct_ops.link is held by its link, which another table can take over', () => {
    if (!hasLinks) return;
    withLoaded((object) => {
      const link = object.findMap('first')?.attachStructOps();
      try {
        expect(available()).toEqual(['rootlet_test']);
        expect(link?.info().type).toBe(9);
        const second = object.findMap('second');
        if (second !== undefined) link?.updateMap(second);
        expect(available()).toEqual(['rootlet_test']);
      } finally {
        link?.destroy();
      }
      expect(available()).toEqual([]);
    });
  });

  it('says which member the kernel does not have', () => {
    const object = open();
    object.findMap('left_out')?.setAutocreate(true);
    const error = errorOf(() => object.load());
    expect(error).toMatchObject({ code: 'STRUCT_OPS_KERNEL', errno: 95 });
    expect(error.message).toBe("object 'struct_ops_tcp': struct_ops 'left_out': Cannot find member not_there in kernel BTF");
  });

  it('a program may be taken out, or put elsewhere, before load', () => {
    const object = open();
    const map = object.findMap('held_by_map');
    map?.setFunction('undo_cwnd', undefined);
    object.load();
    // The kernel wants all three.
    expect(errorOf(() => map?.attachStructOps())).toMatchObject({ code: 'EINVAL' });
    object.close();
    expect(errorOf(() => map?.setFunction('name_of_nothing', undefined))).toMatchObject({ code: 'NO_MEMBER' });
    const other = open();
    other.findMap('held_by_map')?.setFunction('undo_cwnd', other.findProgram('own_ssthresh'));
    expect(errorOf(() => other.load()).message).toContain('invalid reuse of prog own_ssthresh');
  });
});

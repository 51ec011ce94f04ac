// Does what stands in modules reach programs: their functions through fd_array, their types through CO-RE, their code through trampolines?
//
// `node tools/guest.mjs all -- packages/libbpf/test/modules`: guests have the modules; where there are none, the errors say so.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BTF_KIND_FUNC, BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf, BtfComposite } from '@rootlet/btf';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject } from '../src/index.ts';
import { errorOf } from './support.ts';

const bytes = readFileSync(join(__dirname, '../../../docs/examples/objects/modules.o'));
/** struct bpf_ct_opts is looked up for a connection that is not there. */
const ENOENT = 2;
const XDP_DROP = 1;
/** What tools/guest/images.mjs loads. */
const GUEST_MODULES = ['nf_conntrack', 'tcp_bbr', 'veth'];
const isGuest = existsSync('/guest-init');

describe('modules of a real kernel', () => {
  let kernel: LinuxKernel;

  beforeAll(() => {
    kernel = new LinuxKernel();
  });

  /** Where a type is: in a module, in the kernel itself, or nowhere. */
  function homeOf(name: string, kind: number): { readonly inModule: boolean; readonly btf: Btf; readonly id: number } | undefined {
    const own = kernel.vmlinuxBtf();
    const homes = [...(own === undefined ? [] : [{ inModule: false, btf: own }]), ...kernel.moduleBtfs().map(({ btf }) => ({ inModule: true, btf }))];
    for (const { inModule, btf } of homes) {
      const id = btf.findByNameKind(name, kind);
      if (id !== undefined) return { inModule, btf, id };
    }
    return undefined;
  }

  function load(name: string): BpfObject {
    const object = BpfObject.open({ name: 'modules', bytes }, { kernel });
    object.findProgram(name)!.setAutoload(true);
    return object.load();
  }

  /** Numbers that a variable of `.bss` holds. */
  function words(object: BpfObject, name: string, count: number): number[] {
    const { memory = new Uint8Array(0) } = object.findMap('.bss') ?? {};
    const data = new DataView(memory.buffer, memory.byteOffset);
    const byteOff = object.spec.variables.get(name)?.[0]?.byteOff ?? 0;
    return Array.from({ length: count }, (_, idx) => data.getInt32(byteOff + 4 * idx, true));
  }

  // Elsewhere they may be part of the kernel itself.
  if (isGuest) {
    it('guests have the modules', () => {
      expect(kernel.moduleBtfs().map(({ name }) => name)).toEqual(expect.arrayContaining(GUEST_MODULES));
    });
  }

  it('a function of a module is called', () => {
    if (homeOf('bpf_xdp_ct_lookup', BTF_KIND_FUNC) === undefined) {
      expect(errorOf(() => load('lookup'))).toMatchObject({ code: 'KERNEL_SYMBOL' });
      return;
    }
    const object = load('lookup');
    expect(object.findProgram('lookup')!.testRun({ dataIn: new Uint8Array(64) }).retval).toBe(XDP_DROP);
    expect(words(object, 'lookup_error', 1)).toEqual([-ENOENT]);
    object.close();
  });

  it('fields of structs of modules are where the modules say', () => {
    const bbr = homeOf('bbr', BTF_KIND_STRUCT);
    const veth = homeOf('veth_priv', BTF_KIND_STRUCT);
    if (bbr === undefined || veth === undefined) {
      const { log } = errorOf(() => load('sizes'));
      expect(log).toMatch(/min_rtt_us|requested_headroom/);
      return;
    }
    const object = load('sizes');
    object.findProgram('sizes')!.testRun({ dataIn: new Uint8Array(64) });
    const member = (home: typeof bbr, name: string): { readonly bitOff: number; readonly bitfieldSize: number } =>
      (home.btf.type(home.id) as BtfComposite).members.find((one) => one.name === name)!;
    const shifted = member(bbr, 'lt_rtt_cnt');
    expect(words(object, 'found', 6)).toEqual([
      bbr.btf.resolveSize(bbr.id),
      member(bbr, 'min_rtt_us').bitOff / 8,
      // A bitfield is read as the 32 bits around it, then moved to the upper end of 64.
      64 - shifted.bitfieldSize - (shifted.bitOff % 32),
      0,
      1,
      member(veth, 'requested_headroom').bitOff / 8,
    ]);
    object.close();
  });

  it.each(['enter', 'leave'])('a function of a module is watched (%s)', (name) => {
    if (homeOf('nf_conntrack_in', BTF_KIND_FUNC)?.inModule !== true) {
      // It says which module is meant, and there is none of that name.
      expect(errorOf(() => load('enter')).message).toContain('nf_conntrack');
      return;
    }
    const object = load(name);
    const link = object.findProgram(name)!.attach();
    expect(link.fd).toBeGreaterThan(0);
    link.destroy();
    object.close();
  });
});

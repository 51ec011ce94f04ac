import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EACCES, EINVAL } from '@rootlet/uapi';
import { BpfObject } from '../src/index.ts';
import type { Kernel } from '../src/index.ts';
import { countsOf, errorOf, newKernel, onLinux, packet } from './support.ts';

const bytes = readFileSync(join(__dirname, '../../../docs/examples/production/names.o'));
const NOTHING = { progs: 0, maps: 0, btfs: 0, links: 0, fds: 0 };

const [major = 0, minor = 0] = release().split('.').map(Number);
/** Linux 6.18 and later have such maps. */
const isKnown = !onLinux || major > 6 || (major === 6 && minor >= 18);

/** @source Linux 6.18 */
const TAGS = ['c58be671ba18d9bf', 'cb3b76ff9956e5c5'];

/** Of its programs `dns_xdp` and `tls_tc` look into the map `blocked`. */
function open(kernel: Kernel): BpfObject {
  const object = BpfObject.open({ name: 'names', bytes }, { kernel });
  // The kernel does not take this one.
  object.findProgram('dns_socket')?.setAutoload(false);
  return object;
}

if (isKnown) describe('a map for one program', () => {
  it('is used by that program', () => {
    const kernel = newKernel();
    const object = open(kernel);
    const owner = object.findProgram('dns_xdp');
    expect(object.findMap('blocked')?.exclusiveProgram).toBeUndefined();
    object.findMap('blocked')?.setExclusiveProgram(owner);
    expect(object.findMap('blocked')?.exclusiveProgram).toBe('dns_xdp');
    object.findProgram('tls_tc')?.setAutoload(false);
    object.load();
    expect(owner?.testRun({ dataIn: packet() }).retval).toBe(2);
    object.close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('is refused to all others, in the words of the kernel', () => {
    const kernel = newKernel();
    const object = open(kernel);
    object.findMap('blocked')?.setExclusiveProgram(object.findProgram('dns_xdp'));
    const error = errorOf(() => object.load());
    expect(error).toMatchObject({ code: 'PROG_LOAD', errno: EACCES, message: expect.stringContaining("program 'tls_tc'") });
    expect(error.log).toBe(
      "program's hash doesn't match map's excl_prog_hash\nprocessed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
    );
    expect(countsOf(kernel)).toMatchObject(NOTHING);
    object.findMap('blocked')?.setExclusiveProgram(undefined);
    object.load().close();
  });

  it('knows it by its instructions: another object of the same code may use it', () => {
    const kernel = newKernel();
    const first = open(kernel);
    first.findMap('blocked')?.setExclusiveProgram(first.findProgram('dns_xdp'));
    first.findProgram('tls_tc')?.setAutoload(false);
    first.load();
    const second = open(kernel);
    second.findMap('blocked')?.reuseFd(first.findMap('blocked')?.fd ?? -1);
    second.findProgram('tls_tc')?.setAutoload(false);
    second.load();
    second.close();
    second.findProgram('tls_tc')?.setAutoload(true);
    second.findMap('blocked')?.reuseFd(first.findMap('blocked')?.fd ?? -1);
    expect(errorOf(() => second.load())).toMatchObject({ errno: EACCES });
    first.close();
    expect(countsOf(kernel)).toMatchObject(NOTHING);
  });

  it('is chosen before there is a map, for a program of its object', () => {
    const kernel = newKernel();
    const [object, other] = [open(kernel), open(kernel)];
    expect(errorOf(() => object.findMap('blocked')?.setExclusiveProgram(other.findProgram('dns_xdp')))).toMatchObject({ code: 'NO_PROGRAM', errno: EINVAL });
    object.prepare();
    expect(errorOf(() => object.findMap('blocked')?.setExclusiveProgram(object.findProgram('dns_xdp')))).toMatchObject({ code: 'ALREADY_LOADED' });
    object.close();
  });

  it('has a hash of 32 bytes', () => {
    const attr = { name: 'short', type: 2, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 };
    expect(errorOf(() => newKernel().mapCreate({ ...attr, exclusiveHash: new Uint8Array(20) }))).toMatchObject({ code: 'EINVAL' });
  });

  it('has programs tagged by the beginning of their hash', () => {
    const object = open(newKernel()).load();
    expect(['dns_xdp', 'tls_tc'].map((name) => object.findProgram(name)?.info().tag)).toEqual(TAGS);
    object.close();
  });
});

if (!isKnown) describe('kernels without maps for one program', () => {
  it('say so', () => {
    const object = open(newKernel());
    object.findMap('blocked')?.setExclusiveProgram(object.findProgram('dns_xdp'));
    expect(errorOf(() => object.load())).toMatchObject({ code: 'MAP_CREATE', errno: EINVAL });
  });
});

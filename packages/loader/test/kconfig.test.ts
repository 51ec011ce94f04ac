import { describe, expect, it } from '@jest/globals';
import { BTF_KIND_DATASEC, BTF_KIND_VAR, BTF_VAR_GLOBAL_ALLOCATED, parseBtf } from '@rootlet/btf';
import { btfToLoad } from '../src/btf-load.ts';
import { resolveKconfig } from '../src/kconfig.ts';
import { parseObject } from '../src/index.ts';
import type { ObjectSpec } from '../src/index.ts';
import { exampleBytes } from './support.ts';

const BASE: Readonly<Record<string, string>> = {
  CONFIG_A_BOOL: 'y', CONFIG_A_TRISTATE: 'm', CONFIG_A_CHAR: 'y', CONFIG_A_BYTE: '200', CONFIG_A_SHORT: '-3', CONFIG_AN_INT: '0x10',
  CONFIG_A_LONG: '5000000000', CONFIG_A_STRING: '"hello"',
};
const spec = parseObject(exampleBytes('objects/kconfig.o'), { name: 'kconfig' });

function resolve(changes: Readonly<Record<string, string | undefined>>, own?: string, of: ObjectSpec = spec): string {
  const settings = Object.entries({ ...BASE, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const value = resolveKconfig(of, { text: `${settings.join('\n')}\n`, kernelText: () => own, release: '6.18.44' });
  return Buffer.from(value).toString('hex');
}

describe('resolveKconfig', () => {
  // Each as libbpf 1.7 fills its map: tools/open-diff/probe.c, `load` with KCONFIG set.
  it.each([
    [{}, '00f2052a01000000100000000200000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ CONFIG_A_BOOL: 'n' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff00c87901010168656c6c6f000000'],
    [{ CONFIG_A_BOOL: 'yes' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ CONFIG_A_TRISTATE: 'y' }, '00f2052a01000000100000000100000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ CONFIG_A_CHAR: 'm' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff01c86d01010168656c6c6f000000'],
    [{ CONFIG_A_CHAR: '-1' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff01c8ff01010168656c6c6f000000'],
    [{ CONFIG_A_BYTE: 'y' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff01797901010168656c6c6f000000'],
    [{ CONFIG_AN_INT: '010' }, '00f2052a01000000080000000200000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ CONFIG_A_LONG: '-1' }, 'ffffffffffffffff100000000200000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ CONFIG_A_LONG: '0xffffffffffffffff' }, 'ffffffffffffffff100000000200000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ CONFIG_A_STRING: '"longer than eight"' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff01c8790101016c6f6e6765722000'],
    [{ CONFIG_MISSING: '5\nCONFIG_MISSING=6' }, '00f2052a01000000100000000200000005000000' + '2c120600fdff01c87901010168656c6c6f000000'],
    [{ ' CONFIG_MISSING': '9' }, '00f2052a01000000100000000200000000000000' + '2c120600fdff01c87901010168656c6c6f000000'],
  ])('%j', (changes, expected) => {
    // The two that libbpf probes for, LINUX_HAS_…, stand at 29 to 31; the simulated kernel has both.
    expect(resolve(changes).replace(/^(.{58}).{6}/, '$1')).toBe(expected.replace(/^(.{58}).{6}/, '$1'));
  });

  it.each([
    { CONFIG_A_BOOL: 'm' }, { CONFIG_A_BOOL: '1' }, { CONFIG_A_BOOL: '"y"' }, { CONFIG_A_TRISTATE: '5' }, { CONFIG_A_CHAR: '200' }, { CONFIG_A_BYTE: '256' },
    { CONFIG_A_BYTE: '-1' }, { CONFIG_A_SHORT: '40000' }, { CONFIG_A_SHORT: 'y' }, { CONFIG_AN_INT: '12abc' }, { CONFIG_AN_INT: '' },
    { CONFIG_AN_INT: '0xffffffff' }, { CONFIG_A_LONG: '99999999999999999999' }, { CONFIG_A_STRING: '"open' }, { CONFIG_A_STRING: 'y' },
    { CONFIG_A_STRING: '5' }, { CONFIG_AN_INT: '"s"' }, { CONFIG_MISSING_BOOL: 'm' }, { CONFIG_MISSING: '9 ' }, { CONFIG_AN_INT: undefined },
  ])('%j is refused, as libbpf refuses it', (changes) => {
    expect(() => resolve(changes)).toThrow(expect.objectContaining({ code: 'KCONFIG' }));
  });

  it('asks for the kernel\'s own configuration only when something is open, and the given text goes before it', () => {
    const own = 'CONFIG_AN_INT=7\nCONFIG_MISSING=8\nCONFIG_A_BOOL=n\n';
    expect(resolve({ CONFIG_AN_INT: undefined }, own)).toMatch(/^.{16}07000000.{8}08000000.{12}01/);
    const closed = { ...spec, kconfig: spec.kconfig.filter(({ name }) => name in BASE) };
    const value = resolveKconfig(closed, {
      text: Object.entries(BASE).map((pair) => pair.join('=')).join('\n'),
      kernelText: () => {
        throw new Error('asked');
      },
      release: '6.1',
    });
    expect(value.length).toBe(40);
  });

  it('LINUX_ variables come from the release', () => {
    const value = Buffer.from(resolve({}), 'hex');
    expect(value.readUInt32LE(20)).toBe((6 << 16) + (18 << 8) + 44);
    expect([...value.subarray(30, 32)]).toEqual([1, 1]);
  });
});

// Fields as libbpf 1.7 gives them to a kernel, which takes no extern variables.
it('variables are no longer extern in the BTF that is loaded, and have their places', () => {
  const btf = parseBtf(btfToLoad(spec) ?? new Uint8Array());
  const datasec = btf.type(btf.findByNameKind('.kconfig', BTF_KIND_DATASEC) ?? 0);
  const vars = 'vars' in datasec ? datasec.vars : [];
  expect(vars.map(({ byteOff }) => byteOff)).toEqual(spec.kconfig.map(({ byteOff }) => byteOff));
  for (const { type } of vars) expect(btf.type(type)).toMatchObject({ kind: BTF_KIND_VAR, linkage: BTF_VAR_GLOBAL_ALLOCATED });
  expect(vars.length).toBeGreaterThan(5);
});

import { describe, expect, it } from '@jest/globals';
import {
  BPF_F_RDONLY_PROG,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_PROG_TYPE_EXT,
  BPF_PROG_TYPE_UNSPEC,
  BPF_PROG_TYPE_XDP,
  BPF_XDP,
} from '@rootlet/uapi';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseObject } from '../src/index.ts';
import { exampleBytes, exampleSpec } from './support.ts';

describe('parseObject', () => {
  it.each(['.o', '.bpfeb.o'] as const)('finds programs, library functions and exports: %s', (suffix) => {
    const spec = exampleSpec('rootlet', suffix);
    expect(spec.license).toBe('GPL');
    expect(spec.isLibrary).toBe(false);
    expect(spec.programs.find((program) => program.name === 'rootlet')).toMatchObject({
      sectionName: 'xdp',
      type: BPF_PROG_TYPE_XDP,
      expectedAttachType: BPF_XDP,
      autoload: true,
      library: false,
    });
    expect(spec.exports.map(({ symbol }) => symbol)).toEqual(['slot0', 'slot1', 'slot2', 'slot3']);
    expect(spec.programs.find((program) => program.name === 'slot0')).toMatchObject({ type: BPF_PROG_TYPE_XDP, autoload: false });
  });

  it('takes functions with other arguments than a context for library functions', () => {
    const spec = exampleSpec('helpers');
    expect(spec.isLibrary).toBe(true);
    expect(spec.programs.map(({ name, library, type }) => [name, library, type])).toEqual([
      ['foo', true, BPF_PROG_TYPE_XDP],
      ['bar', true, BPF_PROG_TYPE_UNSPEC],
    ]);
  });

  it('offers neither static nor hidden functions', () => {
    expect(exampleSpec('visibility').exports.map(({ symbol }) => symbol)).toEqual(['public_fn']);
  });

  it('reads SEC("freplace/slot1") with its target', () => {
    expect(exampleSpec('fw_freplace').programs[0]).toMatchObject({ type: BPF_PROG_TYPE_EXT, attachTarget: 'slot1', contextStruct: 'xdp_md' });
  });

  it.each(['.o', '.bpfeb.o'] as const)('reads BTF-defined maps and data sections: %s', (suffix) => {
    const spec = exampleSpec('data_def', suffix);
    expect(spec.maps.find((map) => map.name === 'shared_map')).toMatchObject({
      type: BPF_MAP_TYPE_HASH,
      keySize: 4,
      valueSize: 8,
      maxEntries: 16,
      sectionIdx: undefined,
    });
    expect(spec.maps.find((map) => map.sectionName === '.data')).toMatchObject({ type: BPF_MAP_TYPE_ARRAY, valueSize: 4, maxEntries: 1, frozen: false });
    const rodata = spec.maps.find((map) => map.sectionName === '.rodata');
    expect(rodata).toMatchObject({ frozen: true, valueSize: 4 });
    expect((rodata?.flags ?? 0) & BPF_F_RDONLY_PROG).toBe(BPF_F_RDONLY_PROG);
    expect(rodata?.initialValue?.indexOf(2)).toBe(suffix === '.o' ? 0 : 3);
  });

  it('the same bytes give the same spec', () => {
    const { bytes: _a, btf: _b, ...first } = exampleSpec('map_main');
    const { bytes: _c, btf: _d, ...second } = exampleSpec('map_main');
    expect(first).toEqual(second);
  });
});

describe('parseObject on bad input', () => {
  it('refuses objects for another machine, other ELF types and legacy maps', () => {
    const machine = exampleBytes('linking/helpers.o').slice();
    machine[18] = 62;
    machine[19] = 0;
    expect(() => parseObject(machine)).toThrow(expect.objectContaining({ code: 'ELF_MACHINE', byteOff: 18 }));
    const type = exampleBytes('linking/helpers.o').slice();
    type[16] = 2;
    expect(() => parseObject(type)).toThrow(expect.objectContaining({ code: 'ELF_TYPE' }));
  });

  it('a truncated object is a typed error, at every byte', () => {
    const bytes = exampleBytes('linking/map_helpers.o');
    for (let size = 0; size < bytes.length; size += 7) {
      expect(() => parseObject(bytes.subarray(0, size))).toThrow(expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) }));
    }
  });

  // MUTATIONS=100000 SEED=1 npx jest packages/loader/test/parse.test.ts -t mutations
  it('mutations give a spec or a typed error', () => {
    const names = ['linking', 'objects', 'programs'].flatMap((folder) =>
      readdirSync(join(__dirname, '../../../docs/examples', folder)).filter((name) => name.endsWith('.o')).map((name) => `${folder}/${name}`),
    );
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...names), mutations, (name, changes) => {
        const bytes = new Uint8Array(exampleBytes(name));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          parseObject(bytes);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^[A-Z0-9_]+$/);
          if (!(error instanceof Error && ['DecodeError', 'RelocError', 'UnsupportedError'].includes(error.name))) throw error;
        }
      }),
      { numRuns: Number(process.env['MUTATIONS'] ?? 3000), ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }) },
    );
  });

  it.each([
    ['bad_map_legacy', 'LEGACY_MAPS', /section maps/],
    ['bad_map_unknown_field', 'MAP_DEF', /map 'm': field 'colour'/],
    ['bad_map_key_sizes', 'MAP_DEF', /map 'm': field 'key'/],
    ['bad_map_slot_of_prog', 'MAP_SLOT', /map 'm': relocation of 'prog'/],
    ['bad_map_slot_of_map', 'MAP_SLOT', /map 'm': relocation of 'inner'/],
    ['bad_map_arena_small', 'ARENA', /section \.addr_space\.1/],
    ['bad_map_inner_pinning', 'MAP_DEF', /inner map: field 'pinning'/],
    ['bad_program_static', 'PROGRAM_SECTION', /'hidden_program'.*'xdp'/],
    ['bad_version_size', 'VERSION_SIZE', /section version/],
  ])('%s: %s says where', (name, code, message) => {
    expect(() => parseObject(exampleBytes(`objects/${name}.o`))).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

// As libbpf 1.7: tools/load-diff.mjs.
it('cuts a license off after 63 bytes', () => {
  const { license } = parseObject(exampleBytes('objects/unusual.o'));
  expect(license).toBe('Dual BSD/GPL, and sixty-four bytes of it are more than libbpf h');
});

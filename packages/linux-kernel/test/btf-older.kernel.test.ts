// Does BTF hold together when what older kernels do not know of it is replaced?
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as btfKinds from '@rootlet/btf';
import { BtfBuilder, parseBtf } from '@rootlet/btf';
import { EM_BPF } from '@rootlet/elf';
import { loadObject, parseObject } from '@rootlet/loader';
import { fitBtfToKernel } from '../src/btf-older.ts';
import { sanitizeBtf } from '../src/btf-sanitize.ts';
import { LinuxKernel } from '../src/index.ts';
import type { FeatureName } from '../src/sys/probe-features.ts';

const DONE = 'nothing is loaded';
const EXAMPLES = join(__dirname, '../../../docs/examples');

/** BTF of every example that has some, as the kernel is given it. */
function collectBtfs(): { file: string; bytes: Uint8Array }[] {
  // clang makes no floating point for BPF, but may have read of it in a header.
  const builder = new BtfBuilder();
  builder.addTypedef('real', builder.addFloat('double', 8));
  const found = [{ file: 'float', bytes: builder.encode() as Uint8Array }];
  for (const file of readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.o'))) {
    const bytes = new Uint8Array(readFileSync(join(EXAMPLES, file)));
    // Modules of the kernel, objects that are refused, and those of the other byte order are among them.
    if (new DataView(bytes.buffer).getUint16(18, true) !== EM_BPF) continue;
    const listening = Object.create(new LinuxKernel(), {
      btfLoad: {
        value: (given: Uint8Array) => {
          found.push({ file, bytes: sanitizeBtf(given) });
          throw new Error(DONE);
        },
      },
    }) as LinuxKernel;
    try {
      loadObject(parseObject(bytes, { name: file }), listening, { tokenPath: '' });
    } catch (error) {
      if ((error as Error).message !== DONE && !('code' in (error as object))) throw error;
    }
  }
  return found;
}

/** What each feature is about. */
const KINDS: Partial<Record<FeatureName, readonly number[]>> = {
  btfDatasec: [btfKinds.BTF_KIND_DATASEC, btfKinds.BTF_KIND_VAR],
  btfDeclTag: [btfKinds.BTF_KIND_DECL_TAG],
  btfFloat: [btfKinds.BTF_KIND_FLOAT],
  btfTypeTag: [btfKinds.BTF_KIND_TYPE_TAG],
  btfEnum64: [btfKinds.BTF_KIND_ENUM64],
};

function kindsOf(bytes: Uint8Array): Set<number> {
  const btf = parseBtf(bytes);
  return new Set(Array.from({ length: btf.typeCount - 1 }, (_, idx) => btf.kind(idx + 1)));
}

describe('BTF for kernels without', () => {
  const kernel = new LinuxKernel();
  const btfs = collectBtfs();
  const known = Object.keys(KINDS) as FeatureName[];
  /** Tags came after variables, and may be on them: no kernel has tags alone. */
  const FEATURES: FeatureName[][] = [['btfDeclTag'], ['btfFloat'], ['btfTypeTag'], ['btfEnum64'], ['btfGlobalFunc'], ['btfQmarkDatasec'], ['btfDatasec', 'btfDeclTag'], known];

  it.each(FEATURES.map((absent) => [absent.join(', '), absent] as const))('%s', (_name, absent) => {
    let changed = 0;
    for (const { file, bytes } of btfs) {
      const fitted = fitBtfToKernel(bytes, (feature) => !absent.includes(feature));
      if (fitted === undefined) continue;
      changed++;
      const kinds = kindsOf(fitted);
      for (const kind of absent.flatMap((feature) => KINDS[feature] ?? [])) expect([file, kinds.has(kind)]).toEqual([file, false]);
      expect(parseBtf(fitted).typeCount).toBe(parseBtf(bytes).typeCount);
      // Whatever the running kernel knows, it knows what stands in.
      kernel.close(kernel.btfLoad(fitted));
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('nothing stays as it is', () => {
    for (const { bytes } of btfs) expect(fitBtfToKernel(bytes, () => true)).toBeUndefined();
  });

  it('sections with a question mark loads them, as the running kernel knows them or not', () => {
    const { bytes } = btfs.find(({ file }) => file.endsWith('struct_ops_tcp.o')) ?? { bytes: new Uint8Array() };
    kernel.close(kernel.btfLoad(bytes));
  });
});

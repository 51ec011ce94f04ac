// Which DATASECs does the kernel take as they are?
import { describe, expect, it } from '@jest/globals';
import { BTF_INT_SIGNED, BTF_KIND_DATASEC, BTF_KIND_STRUCT, BtfBuilder, parseBtf } from '@rootlet/btf';
import { BPF_F_RDONLY_PROG, BPF_MAP_TYPE_ARRAY } from '@rootlet/uapi';
import { sanitizeBtf } from '../src/btf-sanitize.ts';
import { LinuxKernel } from '../src/index.ts';

const kernel = new LinuxKernel();

/** What clang 22 writes where a section holds nothing but constants without a name, and the loader gave it a size. */
function withSection(size: number): Uint8Array {
  const builder = new BtfBuilder();
  builder.addInt('int', 4, BTF_INT_SIGNED);
  builder.addDatasec('.rodata', size, []);
  return builder.encode();
}

describe('a DATASEC that lists nothing', () => {
  // So on 6.1, 6.12 and 6.18, and libbpf 1.7 leaves it as it is.
  it('describes the map of its section', () => {
    expect(sanitizeBtf(withSection(36))).toEqual(withSection(36));
    const btfFd = kernel.btfLoad(withSection(36));
    const attr = { name: 'plain.rodata', type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 36, maxEntries: 1, flags: BPF_F_RDONLY_PROG };
    const fd = kernel.mapCreate({ ...attr, btfFd, btfKeyTypeId: 0, btfValueTypeId: 2 });
    expect(kernel.info(fd)).toMatchObject({ kind: 'map', btfValueTypeId: 2 });
    kernel.close(fd);
    kernel.close(btfFd);
  });

  it('is a struct that means nothing where it has no size', () => {
    const btf = parseBtf(sanitizeBtf(withSection(0)));
    expect([btf.kind(2), btf.kind(1)]).toEqual([BTF_KIND_STRUCT, 1]);
    expect(btf.findByNameKind('.rodata', BTF_KIND_DATASEC)).toBeUndefined();
    kernel.close(kernel.btfLoad(withSection(0)));
  });
});

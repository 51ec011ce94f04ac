// What BTF does a map have whose value a case describes?
import { BtfBuilder } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';

/** BTF of a map's key and value. */
export interface MapBtf {
  readonly bytes: Uint8Array;
  readonly btf: Btf;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
}

const SIZES: Readonly<Record<string, number>> = { u32: 4, u64: 8, bpf_spin_lock: 4, bpf_timer: 16 };

/**
 * @param fields `count:u32,lock:bpf_spin_lock`: members of the value, aligned to their size up to 8 bytes
 * @param keySize bytes of the key: 4 or 8
 * @param valueSize bytes of the value
 */
export function buildMapBtf(fields: string, keySize: number, valueSize: number): MapBtf {
  const builder = new BtfBuilder();
  const u32 = builder.addInt('unsigned int', 4, 0);
  const u64 = builder.addInt('unsigned long', 8, 0);
  const types = new Map([
    ['u32', u32],
    ['u64', u64],
  ]);
  const typeOf = (name: string): number => {
    let type = types.get(name);
    if (type === undefined) {
      type = builder.addStruct(name, SIZES[name] ?? 0);
      if (name === 'bpf_timer') {
        builder.addField('low', u64, 0);
        builder.addField('high', u64, 64);
      } else {
        builder.addField('val', u32, 0);
      }
      types.set(name, type);
    }
    return type;
  };
  let off = 0;
  const members = fields.split(',').map((field) => {
    const [name = '', typeName = ''] = field.split(':');
    const size = SIZES[typeName];
    if (size === undefined) throw new Error(`case: what type is "${typeName}"?`);
    const align = Math.min(size, 8);
    const at = Math.ceil(off / align) * align;
    off = at + size;
    return { name, type: typeOf(typeName), at };
  });
  const btfValueTypeId = builder.addStruct('value', valueSize);
  for (const { name, type, at } of members) builder.addField(name, type, at * 8);
  const bytes = builder.encode();
  return { bytes, btf: builder.build(), btfKeyTypeId: keySize === 8 ? u64 : u32, btfValueTypeId };
}

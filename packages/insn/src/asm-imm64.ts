// What does a two-slot load refer to?
import type { AsmContext, Emitted } from './asm-context.ts';
import { quote } from './asm-lexer.ts';
import type { AsmReader } from './asm-reader.ts';
import {
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
  LD_IMM64,
} from './opcodes.ts';

/**
 * Reads `map[fd:5]` (or `id:`, as bpftool prints), `map[idx:5]`, `map[name]`, each perhaps followed by `[0]+16` for a place in
 * the map's value; `btf[id:9]`, `btf[id:9][fd:3]`; `subprog[+6]`, `subprog[label]`.
 */
export function readImm64Reference(reader: AsmReader, context: AsmContext, dst: number): Emitted {
  const word = reader.next().text;
  if (word === 'subprog') {
    reader.expect('[');
    const target = context.readTarget(reader, 'imm');
    reader.expect(']');
    return { ...load(dst, BPF_PSEUDO_FUNC, target.distance, 0), label: target.label };
  }
  if (word === 'btf') {
    reader.expect('[', 'id', ':');
    const id = reader.readNumber('s32');
    reader.expect(']');
    let fd = 0;
    if (reader.accept('[')) {
      reader.expect('fd', ':');
      fd = reader.readNumber('s32');
      reader.expect(']');
    }
    return load(dst, BPF_PSEUDO_BTF_ID, id, fd);
  }
  return readMap(reader, context, dst);
}

function load(dst: number, src: number, imm: number, second: number): Emitted {
  return { insn: { code: LD_IMM64, dst, src, off: 0, imm }, second };
}

function readMap(reader: AsmReader, context: AsmContext, dst: number): Emitted {
  reader.expect('[');
  const key = reader.next();
  let byIdx = false;
  let imm: number;
  if (reader.accept(':')) {
    byIdx = key.text === 'idx';
    if (!byIdx && key.text !== 'fd' && key.text !== 'id') return reader.failAt(key, 'fd, id or idx expected');
    imm = reader.readNumber('s32');
  } else {
    if (key.kind !== 'word') return reader.failAt(key, 'map name expected');
    const fd = context.options.mapFd?.(key.text);
    if (fd === undefined) return reader.fail('ASM_SYMBOL', `no map ${quote(key.text)}`, key.column);
    imm = fd;
  }
  reader.expect(']');
  if (!reader.accept('[')) return load(dst, byIdx ? BPF_PSEUDO_MAP_IDX : BPF_PSEUDO_MAP_FD, imm, 0);
  reader.expect('0', ']');
  const off = reader.readNumber('u32');
  return load(dst, byIdx ? BPF_PSEUDO_MAP_IDX_VALUE : BPF_PSEUDO_MAP_VALUE, imm, off);
}

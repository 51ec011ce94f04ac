// What does an object contain?
import { formatFuncProto } from '@rootlet/btf';
import { parseElf } from '@rootlet/elf';
import { parseObject } from '@rootlet/loader';
import type { ObjectSpec } from '@rootlet/loader';
import { attachTypeStr, mapTypeStr, progTypeStr } from '@rootlet/uapi';
import type { Io } from '../io.ts';
import { nameOf } from '../objects.ts';

/** What `inspect --json` prints. */
interface Inspection {
  readonly name: string;
  readonly byteOrder: 'little' | 'big';
  readonly license: string;
  readonly sections: readonly { readonly name: string; readonly size: number; readonly byteOff: number }[];
  readonly programs: readonly {
    readonly name: string;
    readonly section: string;
    readonly type: string | null;
    readonly attachType: string | null;
    readonly library: boolean;
    readonly insns: number;
    readonly prototype: string | null;
  }[];
  readonly maps: readonly {
    readonly name: string;
    readonly type: string;
    readonly keySize: number;
    readonly valueSize: number;
    readonly maxEntries: number;
    readonly flags: number;
  }[];
  readonly externs: readonly {
    readonly name: string;
    readonly kind: string;
    readonly weak: boolean;
    readonly section: string | null;
    readonly prototype: string | null;
  }[];
  readonly exports: readonly { readonly name: string; readonly weak: boolean; readonly prototype: string | null }[];
  readonly btfTypes: number | null;
}

/** `rootlet inspect FILE` */
export function inspect(io: Io, path: string, options: { readonly json?: true }): void {
  const bytes = io.read(path);
  const result = inspectObject(bytes, nameOf(path));
  if (options.json === true) io.print(JSON.stringify(result));
  else printInspection(io, result);
}

function inspectObject(bytes: Uint8Array, name: string): Inspection {
  const elf = parseElf(bytes);
  const spec = parseObject(bytes, { name });
  return {
    name,
    byteOrder: spec.littleEndian ? 'little' : 'big',
    license: spec.license,
    sections: elf.sections.slice(1).map(({ name: section, size, byteOff }) => ({ name: section, size, byteOff })),
    programs: spec.programs.map((program) => {
      const func = spec.code.funcs[program.funcIdx];
      return {
        name: program.name,
        section: program.sectionName,
        type: program.type === 0 ? null : (progTypeStr(program.type) ?? null),
        attachType: program.expectedAttachType === 0 ? null : (attachTypeStr(program.expectedAttachType) ?? null),
        library: program.library,
        insns: func?.insns.length ?? 0,
        prototype: prototypeOf(spec, func?.btfId),
      };
    }),
    maps: spec.maps.map((map) => ({
      name: map.name,
      type: mapTypeStr(map.type) ?? String(map.type),
      keySize: map.keySize,
      valueSize: map.valueSize,
      maxEntries: map.maxEntries,
      flags: map.flags,
    })),
    externs: spec.code.externs.map((ext) => ({
      name: ext.name,
      kind: ext.kind,
      weak: ext.weak,
      section: ext.sectionName ?? null,
      prototype: ext.kind === 'func' ? prototypeOf(spec, ext.btfId) : null,
    })),
    exports: spec.exports.map(({ symbol, weak, btfId }) => ({ name: symbol, weak, prototype: prototypeOf(spec, btfId) })),
    btfTypes: spec.btf === undefined ? null : spec.btf.typeCount - 1,
  };
}

function prototypeOf(spec: ObjectSpec, btfId: number | undefined): string | null {
  return spec.btf === undefined || btfId === undefined ? null : formatFuncProto(spec.btf, btfId);
}

function printInspection(io: Io, object: Inspection): void {
  const { bold, cyan, dim } = io.colors;
  io.print(
    `${bold(object.name)}: BPF object, ${object.byteOrder}-endian, license ${object.license || 'none'}, ${object.btfTypes ?? 'no'} BTF types`,
  );
  section('sections', object.sections, ({ name, size, byteOff }) => `${name || '(null)'} ${dim(`${size} bytes at 0x${byteOff.toString(16)}`)}`);
  section('programs', object.programs, (program) => {
    const type = program.library ? 'library function' : (program.type ?? 'no type');
    return `${bold(program.name)} ${cyan(type)} ${dim(`SEC("${program.section}"), ${program.insns} slots`)}${program.prototype === null ? '' : `\n      ${program.prototype}`}`;
  });
  section('maps', object.maps, (map) => `${bold(map.name)} ${cyan(map.type)} ${dim(`key ${map.keySize}, value ${map.valueSize}, ${map.maxEntries} entries, flags 0x${map.flags.toString(16)}`)}`);
  section('externs', object.externs, (ext) => `${bold(ext.name)}${ext.weak ? ' weak' : ''} ${dim(ext.prototype ?? `${ext.kind} ${ext.section ?? ''}`)}`);
  section('exports', object.exports, (exported) => `${bold(exported.name)}${exported.weak ? ' weak' : ''} ${dim(exported.prototype ?? '')}`);

  function section<T>(title: string, rows: readonly T[], format: (row: T) => string): void {
    if (rows.length === 0) return;
    io.print(`  ${title}`);
    for (const row of rows) io.print(`    ${format(row)}`);
  }
}

// What do the `.kconfig` variables of an object hold?
import { BTF_INT_BOOL, BTF_INT_CHAR, BTF_INT_SIGNED, BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_INT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { alignUp } from '@rootlet/bytes';
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG, BPF_MAP_TYPE_ARRAY, EINVAL, ENOENT } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import { dataMapKernelName } from './names.ts';
import { LIBBPF_PIN_NONE } from './spec.ts';
import type { MapSpec, ObjectSpec } from './spec.ts';

/** The map of `.kconfig` variables and where each stands in it. */
export interface Kconfig {
  readonly map: MapSpec;
  /** Offset in the map's value by variable name, bytes. */
  readonly byteOffs: ReadonlyMap<string, number>;
}

/**
 * Lays out the `.kconfig` variables of an object and gives them their values.
 *
 * @param text kernel configuration, lines `CONFIG_X=value`; empty when none is known
 * @param kernelVersion `major.minor` or `major.minor.patch`, for `LINUX_KERNEL_VERSION`
 * @returns undefined when the object has none
 * @throws LoadError `KCONFIG` naming a strong variable without a value, or a value that does not fit
 * @libbpf bpf_object_open_opts.kconfig
 */
export function resolveKconfig(spec: ObjectSpec, text: string, kernelVersion: string): Kconfig | undefined {
  const { btf } = spec;
  const externs = spec.code.externs.filter((ext) => ext.sectionName === '.kconfig');
  if (btf === undefined || externs.length === 0) return undefined;
  const config = parseConfig(text);
  const byteOffs = new Map<string, number>();
  const placed: { name: string; typeId: number; byteOff: number; weak: boolean }[] = [];
  let size = 0;
  for (const ext of externs) {
    if (ext.btfId === undefined) throw fail(spec, ext.name, 'BTF does not declare it', EINVAL);
    const typeId = btf.refType(ext.btfId);
    size = alignUp(size, btf.alignOf(typeId));
    placed.push({ name: ext.name, typeId, byteOff: size, weak: ext.weak });
    byteOffs.set(ext.name, size);
    size += btf.resolveSize(typeId);
  }
  const value = new Uint8Array(size);
  for (const { name, typeId, byteOff, weak } of placed) {
    const setting = name === 'LINUX_KERNEL_VERSION' ? String(versionCode(kernelVersion)) : config.get(name);
    if (setting === undefined) {
      if (weak) continue;
      throw fail(spec, name, 'has no value in the kernel configuration', ENOENT);
    }
    store(spec, btf, name, typeId, setting, value.subarray(byteOff, byteOff + btf.resolveSize(typeId)));
  }
  return { map: kconfigMap(spec, value), byteOffs };
}

function kconfigMap(spec: ObjectSpec, value: Uint8Array): MapSpec {
  return {
    name: '.kconfig',
    byteOff: 0,
    kernelName: dataMapKernelName(spec.name, '.kconfig'),
    type: BPF_MAP_TYPE_ARRAY,
    keySize: 4,
    valueSize: value.length,
    maxEntries: 1,
    flags: BPF_F_RDONLY_PROG | BPF_F_MMAPABLE,
    extra: 0n,
    numaNode: -1,
    pinning: LIBBPF_PIN_NONE,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
    inner: undefined,
    sectionIdx: undefined,
    initialValue: value,
    frozen: true,
    slots: [],
  };
}

function fail(spec: ObjectSpec, name: string, problem: string, errno: number): LoadError {
  return new LoadError('KCONFIG', `object '${spec.name}': kconfig variable '${name}'`, problem, { errno });
}

function parseConfig(text: string): Map<string, string> {
  const config = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^(CONFIG_\w+)=(.*)$/.exec(line.trim());
    if (match !== null) config.set(match[1] as string, match[2] as string);
  }
  return config;
}

/** `KERNEL_VERSION(major, minor, patch)`, the patch level capped at 255 as the kernel does. */
function versionCode(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.\-+]/).map((part) => Number.parseInt(part, 10) || 0);
  return major * 65536 + minor * 256 + Math.min(patch, 255);
}

/** Writes one setting in the form its variable's type asks for. */
function store(spec: ObjectSpec, btf: Btf, name: string, typeId: number, setting: string, into: Uint8Array): void {
  const type = btf.type(btf.resolveType(typeId));
  if (setting.startsWith('"')) {
    const elem = type.kind === BTF_KIND_ARRAY ? btf.type(btf.resolveType(type.type)) : undefined;
    if (elem?.kind !== BTF_KIND_INT || elem.size !== 1) throw fail(spec, name, 'is a string; declare it as char[]', EINVAL);
    const text = new TextEncoder().encode(setting.replace(/^"|"$/g, ''));
    into.set(text.subarray(0, Math.max(0, into.length - 1)));
    return;
  }
  const tristate = { y: 1, m: 2, n: 0 }[setting];
  if (tristate !== undefined) {
    if (type.kind === BTF_KIND_ENUM) {
      writeInt(into, BigInt(tristate), spec.littleEndian);
    } else if (type.kind === BTF_KIND_INT && (type.encoding & BTF_INT_BOOL) !== 0) {
      if (setting === 'm') throw fail(spec, name, "is 'm', which a bool cannot hold", EINVAL);
      writeInt(into, BigInt(tristate), spec.littleEndian);
    } else if (type.kind === BTF_KIND_INT && (type.size === 1 || (type.encoding & BTF_INT_CHAR) !== 0)) {
      writeInt(into, BigInt(setting.charCodeAt(0)), spec.littleEndian);
    } else {
      throw fail(spec, name, `is '${setting}'; declare it as bool, char or enum libbpf_tristate`, EINVAL);
    }
    return;
  }
  if (type.kind !== BTF_KIND_INT || !/^-?(0x[0-9a-fA-F]+|\d+)$/.test(setting)) {
    throw fail(spec, name, `is '${setting}'; declare it as an integer`, EINVAL);
  }
  const number = setting.startsWith('-') ? -BigInt(setting.slice(1)) : BigInt(setting);
  const bits = BigInt(8 * into.length);
  const signed = (type.encoding & BTF_INT_SIGNED) !== 0;
  const fits = signed ? BigInt.asIntN(Number(bits), number) === number : BigInt.asUintN(Number(bits), number) === number;
  if (!fits) throw fail(spec, name, `is ${setting}, which does not fit ${into.length} bytes`, EINVAL);
  writeInt(into, number, spec.littleEndian);
}

function writeInt(into: Uint8Array, value: bigint, littleEndian: boolean): void {
  for (let i = 0; i < into.length; i++) {
    const byte = Number((value >> BigInt(8 * i)) & 0xffn);
    into[littleEndian ? i : into.length - 1 - i] = byte;
  }
}

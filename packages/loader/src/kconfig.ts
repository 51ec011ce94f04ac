// What do the `.kconfig` variables of an object hold?
import { BTF_INT_BOOL, BTF_INT_SIGNED, BTF_KIND_ARRAY, BTF_KIND_ENUM, BTF_KIND_INT } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { EINVAL, ERANGE, ESRCH } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { KconfigVarSpec, ObjectSpec } from './spec.ts';

/** Where settings come from. */
export interface KconfigSources {
  /** Configuration given by the user, lines `CONFIG_X=value`: goes before the kernel's own. */
  readonly text: string;
  /** The kernel's configuration; asked for only when the text leaves something open. */
  readonly kernelText: () => string | undefined;
  /** `major.minor` or `major.minor.patch`. */
  readonly release: string;
}

/**
 * The value of the `.kconfig` map: each variable as the kernel's configuration has it, zeros for weak ones that it lacks.
 *
 * @throws LoadError `KCONFIG` naming a strong variable without a value, or a value that does not fit
 * @libbpf bpf_object_open_opts.kconfig
 */
export function resolveKconfig(spec: ObjectSpec, sources: KconfigSources): Uint8Array {
  const last = spec.kconfig.at(-1);
  const value = new Uint8Array(last === undefined ? 0 : last.byteOff + last.size);
  const { btf } = spec;
  if (btf === undefined) return value;
  const wanted = new Set(spec.kconfig.map(({ name }) => name));
  const settings = new Map<string, string>();
  for (const name of wanted) {
    const made = virtualSetting(name, sources.release);
    if (made !== undefined) settings.set(name, made);
  }
  readSettings(sources.text, wanted, settings);
  const isOpen = ({ name }: KconfigVarSpec): boolean => !name.startsWith('LINUX_') && !settings.has(name);
  if (spec.kconfig.some(isOpen)) readSettings(sources.kernelText() ?? '', wanted, settings);
  for (const variable of spec.kconfig) {
    const setting = settings.get(variable.name);
    if (setting !== undefined) {
      store(spec, btf, variable, setting, value.subarray(variable.byteOff, variable.byteOff + variable.size));
    } else if (!variable.weak) {
      throw fail(spec, variable.name, 'has no value in the kernel configuration', ESRCH);
    }
  }
  return value;
}

/** Settings that no configuration has. */
function virtualSetting(name: string, release: string): string | undefined {
  const version = versionCode(release);
  switch (name) {
    case 'LINUX_KERNEL_VERSION':
      return String(version);
    case 'LINUX_HAS_BPF_COOKIE':
      return version >= 0x50f00 ? 'y' : 'n';
    case 'LINUX_HAS_SYSCALL_WRAPPER':
      return version >= 0x41100 ? 'y' : 'n';
    default:
      return undefined;
  }
}

function fail(spec: ObjectSpec, name: string, problem: string, errno: number): LoadError {
  return new LoadError('KCONFIG', `object '${spec.name}': kconfig variable '${name}'`, problem, { errno });
}

/** Lines that do not begin with `CONFIG_` say nothing; of two settings of one name the first counts. */
function readSettings(text: string, wanted: ReadonlySet<string>, into: Map<string, string>): void {
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 0 || !line.startsWith('CONFIG_')) continue;
    const name = line.slice(0, equals);
    if (wanted.has(name) && !into.has(name)) into.set(name, line.slice(equals + 1).replace(/\r$/, ''));
  }
}

/** `KERNEL_VERSION(major, minor, patch)`, the patch level capped at 255 as the kernel does. */
function versionCode(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.\-+]/).map((part) => Number.parseInt(part, 10) || 0);
  return major * 65536 + minor * 256 + Math.min(patch, 255);
}

/** Writes one setting in the form its variable's type asks for: its first character tells what it is. */
function store(spec: ObjectSpec, btf: Btf, variable: KconfigVarSpec, setting: string, into: Uint8Array): void {
  const { name } = variable;
  const type = btf.type(btf.resolveType(variable.typeId));
  const first = setting.charAt(0);
  if (first === '"') {
    const elem = type.kind === BTF_KIND_ARRAY ? btf.type(btf.resolveType(type.type)) : undefined;
    if (elem?.kind !== BTF_KIND_INT || elem.size !== 1) throw fail(spec, name, 'is a string; declare it as char[]', EINVAL);
    if (setting.length < 2 || !setting.endsWith('"')) throw fail(spec, name, `is ${setting}, a string that does not end`, EINVAL);
    const text = new TextEncoder().encode(setting.slice(1, -1));
    into.set(text.subarray(0, Math.max(0, into.length - 1)));
    return;
  }
  if (first === 'y' || first === 'n' || first === 'm') {
    const tristate = { y: 1, m: 2, n: 0 }[first];
    if (type.kind === BTF_KIND_ENUM) {
      writeInt(into, BigInt(tristate), spec.littleEndian);
    } else if (type.kind === BTF_KIND_INT && (type.encoding & BTF_INT_BOOL) !== 0) {
      if (first === 'm') throw fail(spec, name, "is 'm', which a bool cannot hold", EINVAL);
      writeInt(into, BigInt(tristate), spec.littleEndian);
    } else if (type.kind === BTF_KIND_INT && type.size === 1) {
      writeInt(into, BigInt(first.charCodeAt(0)), spec.littleEndian);
    } else {
      throw fail(spec, name, `is '${setting}'; declare it as bool, char or enum libbpf_tristate`, EINVAL);
    }
    return;
  }
  const number = parseNumber(setting);
  if (type.kind !== BTF_KIND_INT || (type.encoding & BTF_INT_BOOL) !== 0 || number === undefined) {
    throw fail(spec, name, `is '${setting}'; declare it as ${number === undefined ? 'what it is' : 'an integer'}`, EINVAL);
  }
  const bits = 8 * into.length;
  const signed = (type.encoding & BTF_INT_SIGNED) !== 0;
  const fits =
    bits === 64
      ? BigInt.asIntN(64, number) === number || BigInt.asUintN(64, number) === number
      : (signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) === number;
  if (!fits) throw fail(spec, name, `is ${setting}, which does not fit ${into.length} bytes`, ERANGE);
  writeInt(into, number, spec.littleEndian);
}

/** Decimal, `0x…`, or octal with a leading zero, as C writes them. */
function parseNumber(text: string): bigint | undefined {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (match === null) return undefined;
  const digits = match[2] as string;
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === '-' ? -value : value;
}

function writeInt(into: Uint8Array, value: bigint, littleEndian: boolean): void {
  for (let i = 0; i < into.length; i++) {
    const byte = Number((value >> BigInt(8 * i)) & 0xffn);
    into[littleEndian ? i : into.length - 1 - i] = byte;
  }
}

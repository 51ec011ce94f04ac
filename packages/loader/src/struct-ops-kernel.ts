// What does the kernel make of an object's table of functions?
import { BTF_KIND_FUNC_PROTO, BTF_KIND_PTR, BTF_KIND_STRUCT } from '@rootlet/btf';
import type { Btf, BtfComposite, BtfMember } from '@rootlet/btf';
import { essentialName } from '@rootlet/reloc';
import { BPF_PROG_TYPE_STRUCT_OPS, EINVAL, EOPNOTSUPP, ESRCH } from '@rootlet/uapi';
import { LoadError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { LoadOptions } from './options.ts';
import { applyMapOverride } from './settings.ts';
import type { MapSpec, ObjectSpec, ProgramSpec } from './spec.ts';

/** What stands before the name of a struct in the name of the kernel's own value that holds one. */
const VALUE_PREFIX = 'bpf_struct_ops_';
/** Bytes of a pointer, and of a program's fd in its place. */
const POINTER_BYTES = 8;
/** Largest value of a table; a kernel's are a few hundred bytes. */
const MAX_VALUE_BYTES = 1 << 20;

/** A program in a table, as the kernel counts. */
export interface StructOpsFunc {
  readonly program: string;
  readonly member: string;
  /** Index of the member in the kernel's struct: the program's attach type. */
  readonly memberIdx: number;
  /** Place of its fd in the map's value, bytes. */
  readonly byteOff: number;
}

/** A table laid out as the kernel has it. */
export interface StructOpsTable {
  /** The kernel's struct, its id: what the table's programs attach to. */
  readonly structId: number;
  /** The kernel's `bpf_struct_ops_…` around it. */
  readonly valueTypeId: number;
  /** fd of the module's BTF that has both; undefined when they are the kernel's own. */
  readonly moduleFd: number | undefined;
  /** Value of the map, where fds are zeros. */
  readonly value: Uint8Array;
  readonly funcs: readonly StructOpsFunc[];
}

/** Where programs of struct_ops go. */
interface Attachment {
  readonly structId: number;
  readonly memberIdx: number;
  readonly moduleFd: number | undefined;
}

/** The struct_ops tables of an object in one kernel. */
export class StructOpsTables {
  readonly #tables = new Map<MapSpec, StructOpsTable>();
  readonly #attachments = new Map<string, Attachment>();

  /**
   * Lays out every table that is created.
   *
   * @throws LoadError `STRUCT_OPS_KERNEL` naming table and member: the kernel has no such struct or member, has it of another kind or
   *   size, or one program stands in two places; `NO_KERNEL_BTF`
   * @libbpf bpf_object__load
   */
  constructor(spec: ObjectSpec, kernel: Kernel, options: LoadOptions) {
    for (const map of spec.maps) {
      const settled = applyMapOverride(spec, map, options.maps?.get(map.name));
      if (map.structOps === undefined || !settled.autocreate) continue;
      const table = new TableLayout(spec, settled, kernel).fit();
      this.#tables.set(map, table);
      for (const func of table.funcs) this.#attach(spec, map, table, func);
    }
  }

  /** @param map as the object defines it; undefined for other maps, and such as are not created */
  get(map: MapSpec): StructOpsTable | undefined {
    return this.#tables.get(map);
  }

  /** What a program attaches to: a member of the kernel's struct. @throws LoadError `STRUCT_OPS_UNUSED` when no table has it */
  attachmentOf(program: ProgramSpec, what: string): { attachBtfId: number; attachBtfObjFd?: number; expectedAttachType: number } {
    const found = this.#attachments.get(program.name);
    if (found === undefined) {
      throw new LoadError('STRUCT_OPS_UNUSED', what, 'SEC("struct_ops") program isn\'t referenced anywhere, did you forget to use it?', { errno: EINVAL });
    }
    return {
      attachBtfId: found.structId,
      ...(found.moduleFd === undefined ? {} : { attachBtfObjFd: found.moduleFd }),
      expectedAttachType: found.memberIdx,
    };
  }

  #attach(spec: ObjectSpec, map: MapSpec, { structId, moduleFd }: StructOpsTable, { program, member, memberIdx }: StructOpsFunc): void {
    const known = this.#attachments.get(program);
    if (known === undefined) {
      this.#attachments.set(program, { structId, memberIdx, moduleFd });
      return;
    }
    const same = known.structId === structId && known.moduleFd === moduleFd;
    if (same && known.memberIdx === memberIdx) return;
    const problem = same
      ? `expected_attach_type ${known.memberIdx} != kern_member_idx ${memberIdx}`
      : `attach_btf_id ${known.structId} != kern_type_id ${structId}`;
    throw tableError(spec, map, `func ptr ${member}: invalid reuse of prog ${program}: ${problem}`, EINVAL);
  }
}

/**
 * The value that hands a table to the kernel: fds where its functions stand.
 *
 * @param fdOf fd of a program by name
 * @throws LoadError `STRUCT_OPS_KERNEL` when a program of the table is not loaded
 */
export function structOpsValue(spec: ObjectSpec, map: MapSpec, table: StructOpsTable, fdOf: (program: string) => number | undefined): Uint8Array {
  const value = table.value.slice();
  const data = new DataView(value.buffer);
  for (const { byteOff, program, member } of table.funcs) {
    const fd = fdOf(program);
    if (fd === undefined || fd < 0) throw tableError(spec, map, `member ${member}: program '${program}' is not loaded`, EINVAL);
    data.setBigUint64(byteOff, BigInt(fd), spec.littleEndian);
  }
  return value;
}

function tableError(spec: ObjectSpec, map: MapSpec, problem: string, errno: number): LoadError {
  return new LoadError('STRUCT_OPS_KERNEL', `object '${spec.name}': struct_ops '${map.name}'`, problem, { errno });
}

/** The kernel's struct and the value around it. */
interface KernelStruct {
  readonly btf: Btf;
  readonly moduleFd: number | undefined;
  readonly struct: BtfComposite;
  readonly value: BtfComposite;
  /** Place of the struct in the value, bytes. */
  readonly dataOff: number;
}

/** Puts the members of one table where the kernel has them. */
class TableLayout {
  readonly #spec: ObjectSpec;
  readonly #map: MapSpec;
  readonly #kernel: Kernel;

  constructor(spec: ObjectSpec, map: MapSpec, kernel: Kernel) {
    this.#spec = spec;
    this.#map = map;
    this.#kernel = kernel;
  }

  fit(): StructOpsTable {
    const { btf } = this.#spec;
    const own = btf?.type(this.#map.btfValueTypeId);
    if (btf === undefined || own?.kind !== BTF_KIND_STRUCT) throw this.#error('has no struct of its own', EINVAL);
    const kern = this.#findStruct(essentialName(own.name));
    const value = new Uint8Array(kern.value.size);
    const funcs: StructOpsFunc[] = [];
    for (const member of own.members) this.#place(btf, own, member, kern, value, funcs);
    return { structId: kern.struct.id, valueTypeId: kern.value.id, moduleFd: kern.moduleFd, value, funcs };
  }

  /** The kernel's own BTF is asked first, then its modules'. */
  #findStruct(name: string): KernelStruct {
    const vmlinux = this.#kernel.vmlinuxBtf();
    if (vmlinux === undefined) {
      throw new LoadError('NO_KERNEL_BTF', `object '${this.#spec.name}': struct_ops '${this.#map.name}'`, `kernel ${this.#kernel.name} has no BTF that has 'struct ${name}'`, {
        errno: ESRCH,
      });
    }
    const valueName = VALUE_PREFIX + name;
    const inVmlinux = vmlinux.findByNameKind(valueName, BTF_KIND_STRUCT);
    let found = inVmlinux === undefined ? undefined : { btf: vmlinux, valueId: inVmlinux, moduleFd: undefined as number | undefined };
    for (const { btf, fd } of found === undefined ? (this.#kernel.moduleBtfs?.() ?? []) : []) {
      const valueId = btf.findByNameKind(valueName, BTF_KIND_STRUCT);
      if (valueId === undefined) continue;
      found = { btf, valueId, moduleFd: fd };
      break;
    }
    if (found === undefined) throw this.#error(`struct ${valueName} is not found in kernel BTF`, ESRCH);
    const { btf, valueId, moduleFd } = found;
    const structId = btf.findByNameKind(name, BTF_KIND_STRUCT);
    const struct = structId === undefined ? undefined : btf.type(structId);
    const value = btf.type(valueId);
    if (struct?.kind !== BTF_KIND_STRUCT) throw this.#error(`struct ${name} is not found in kernel BTF`, ESRCH);
    const data = value.kind === BTF_KIND_STRUCT ? value.members.find((member) => member.type === structId) : undefined;
    if (value.kind !== BTF_KIND_STRUCT || data === undefined) throw this.#error(`struct ${name} data is not found in struct ${valueName}`, EINVAL);
    const dataOff = data.bitOff / 8;
    if (value.size > MAX_VALUE_BYTES || dataOff + struct.size > value.size) throw this.#error(`struct ${valueName} of ${value.size} bytes does not hold struct ${name}`, EINVAL);
    return { btf, moduleFd, struct, value, dataOff };
  }

  #place(btf: Btf, own: BtfComposite, member: BtfMember, kern: KernelStruct, value: Uint8Array, funcs: StructOpsFunc[]): void {
    const { name, bitOff } = member;
    const byteOff = Math.floor(bitOff / 8);
    const program = this.#programAt(byteOff);
    const memberIdx = kern.struct.members.findIndex((candidate) => candidate.name === name);
    const kernMember = kern.struct.members[memberIdx];
    if (name === '' || kernMember === undefined) {
      // What an older kernel does not have may be left out, unless it was set.
      if (program === undefined && this.#isZero(byteOff, this.#sizeOf(btf, member))) return;
      throw this.#error(`Cannot find member ${name} in kernel BTF`, EOPNOTSUPP);
    }
    if (member.bitfieldSize > 0 || kernMember.bitfieldSize > 0 || bitOff % 8 !== 0 || kernMember.bitOff % 8 !== 0) {
      throw this.#error(`bitfield ${name} is not supported`, EOPNOTSUPP);
    }
    const [ownType, kernType] = [btf.resolveType(member.type), kern.btf.resolveType(kernMember.type)];
    const [ownKind, kernKind] = [btf.kind(ownType), kern.btf.kind(kernType)];
    if (ownKind !== kernKind) throw this.#error(`Unmatched member type ${name} ${ownKind} != ${kernKind}(kernel)`, EOPNOTSUPP);
    const kernOff = kern.dataOff + kernMember.bitOff / 8;
    if (ownKind === BTF_KIND_PTR) {
      // Pointers to anything but functions mean nothing to the kernel.
      if (program === undefined) return;
      this.#requireProgram(program, name);
      if (kern.btf.kind(kern.btf.resolveType(kern.btf.refType(kernType))) !== BTF_KIND_FUNC_PROTO) throw this.#error(`kernel member ${name} is not a func ptr`, EOPNOTSUPP);
      if (kernOff + POINTER_BYTES > value.length) throw this.#error(`member ${name} lies outside of the kernel's struct`, EINVAL);
      funcs.push({ program, member: name, memberIdx, byteOff: kernOff });
      return;
    }
    const [size, kernSize] = [this.#sizeOf(btf, member), kern.btf.resolveSize(kernType)];
    if (size !== kernSize) throw this.#error(`Error in size of member ${name}: ${size} != ${kernSize}(kernel)`, EOPNOTSUPP);
    if (byteOff + size > own.size || kernOff + size > value.length) throw this.#error(`member ${name} lies outside of its struct`, EINVAL);
    value.set(this.#bytes.subarray(byteOff, byteOff + size), kernOff);
  }

  #sizeOf(btf: Btf, member: BtfMember): number {
    return btf.resolveSize(member.type);
  }

  get #bytes(): Uint8Array {
    return this.#map.initialValue ?? new Uint8Array(0);
  }

  #isZero(byteOff: number, size: number): boolean {
    return this.#bytes.subarray(byteOff, byteOff + size).every((byte) => byte === 0);
  }

  #programAt(byteOff: number): string | undefined {
    return this.#map.structOps?.find((func) => func.byteOff === byteOff)?.program;
  }

  #requireProgram(name: string, member: string): void {
    const program = this.#spec.programs.find((candidate) => candidate.name === name);
    if (program?.type !== BPF_PROG_TYPE_STRUCT_OPS) throw this.#error(`member ${member} is not a struct_ops program`, EINVAL);
  }

  #error(problem: string, errno: number): LoadError {
    return tableError(this.#spec, this.#map, problem, errno);
  }
}

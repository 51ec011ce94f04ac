// What may a map or program be called in the kernel?
import { BPF_OBJ_NAME_LEN } from '@rootlet/uapi';

/** A name cut to what the kernel keeps, other characters than letters, digits, `_` and `.` replaced by `_`. */
export function kernelName(name: string): string {
  return name.slice(0, BPF_OBJ_NAME_LEN - 1).replace(/[^A-Za-z0-9_.]/g, '_');
}

/** The sections whose maps share the object's name. */
const CLASSIC: ReadonlySet<string> = /* @__PURE__ */ new Set(['.data', '.rodata', '.bss', '.kconfig']);

/** Shortest that a classic section's name counts as: what is left goes to the object's. */
const CLASSIC_SUFFIX_LEN = 7;

/**
 * Name of a data section's map in the kernel: of a classic section the object's name shortened, then the section's; of
 * others their own.
 *
 * @source bpf_map__name of objects that libbpf opened: `prog.rodata`
 */
export function dataMapKernelName(objectName: string, sectionName: string): string {
  if (!CLASSIC.has(sectionName)) return kernelName(sectionName);
  const room = BPF_OBJ_NAME_LEN - 1 - Math.max(sectionName.length, CLASSIC_SUFFIX_LEN);
  return kernelName(objectName.slice(0, room) + sectionName);
}

/** Name of a data section's map in libbpf: custom ones keep what the kernel cuts off, but for `.bss.*`. */
export function dataMapName(objectName: string, sectionName: string): string {
  const whole = sectionName.startsWith('.data.') || sectionName.startsWith('.rodata.');
  return whole ? sectionName : dataMapKernelName(objectName, sectionName);
}

// What may a map or program be called in the kernel?
import { BPF_OBJ_NAME_LEN } from '@rootlet/uapi';

/** A name cut to what the kernel keeps, other characters than letters, digits, `_` and `.` replaced by `_`. */
export function kernelName(name: string): string {
  return name.slice(0, BPF_OBJ_NAME_LEN - 1).replace(/[^A-Za-z0-9_.]/g, '_');
}

/**
 * Name of a data section's map in the kernel: the object's name shortened, then the section's.
 *
 * @source bpf_object__open: `prog.rodata`
 */
export function dataMapKernelName(objectName: string, sectionName: string): string {
  const room = BPF_OBJ_NAME_LEN - 1;
  const suffix = sectionName.slice(0, room);
  // libbpf keeps at least 7 characters of the object's name for the classic sections.
  const prefix = objectName.slice(0, Math.max(0, Math.min(room - suffix.length, 8)));
  return kernelName(prefix + suffix);
}

// What are relocation types called in messages?
import { R_BPF_64_32, R_BPF_64_64, R_BPF_64_ABS32, R_BPF_64_ABS64, R_BPF_64_NODYLD32 } from '@rootlet/elf';

/** Name of a relocation type for messages, e.g. `R_BPF_64_32`. */
export function relocTypeName(type: number): string {
  switch (type) {
    case R_BPF_64_64:
      return 'R_BPF_64_64';
    case R_BPF_64_ABS64:
      return 'R_BPF_64_ABS64';
    case R_BPF_64_ABS32:
      return 'R_BPF_64_ABS32';
    case R_BPF_64_NODYLD32:
      return 'R_BPF_64_NODYLD32';
    case R_BPF_64_32:
      return 'R_BPF_64_32';
    default:
      return `relocation type ${type}`;
  }
}

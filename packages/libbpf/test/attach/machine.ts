// What does this machine let nobody load?
import { readFileSync } from 'node:fs';
import type { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject } from '../../src/index.ts';

/**
 * Whether iterators over the elements of maps are loaded here. A hardened machine answers EPERM to all that may change what they
 * walk; what is asked of them is asked in the guests only.
 *
 * @param folder where `trace.o` lies
 */
export function mayWalkElements(kernel: LinuxKernel, folder: string): boolean {
  const object = BpfObject.open({ name: 'trace', bytes: readFileSync(`${folder}/trace.o`) }, { kernel });
  object.findProgram('elements')?.setAutoload(true);
  try {
    object.load();
    return true;
  } catch (error) {
    if ((error as { code?: string; errno?: number }).errno !== 1 && (error as { code?: string }).code !== 'EPERM') throw error;
  } finally {
    object.close();
  }
  process.stderr.write('attach: this machine loads no iterators over elements of maps (EPERM): they are tested in the guests only\n');
  return false;
}

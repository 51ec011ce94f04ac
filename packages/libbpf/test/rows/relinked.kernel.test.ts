// Does a program that is linked again on a stock kernel keep what it had, though the owner of it is gone?
import { expect, it } from '@jest/globals';
import { countsOf, loadAll, newKernel, runProgram } from '../support.ts';

it('maps of a provider whose object was closed are there when another provider comes', () => {
  const kernel = newKernel();
  const objects = loadAll(kernel, ['map_helpers', 'two_main']);
  objects.get('map_helpers')?.close();
  const later = loadAll(kernel, ['helpers']);
  expect([1, 2, 3].map(() => runProgram(objects.values(), 'two_main'))).toEqual([16, 17, 18]);
  later.get('helpers')?.close();
  expect(runProgram(objects.values(), 'two_main')).toBe(19);
  objects.get('two_main')?.close();
  // The kernel frees maps when it has time to; what holds them is counted.
  expect(countsOf(kernel)).toMatchObject({ progs: 0, links: 0, fds: 0 });
});

// Are functions found that somebody else pinned, and linked from what is pinned?
//
// Also run on the running kernel, by pinned-library.kernel.test.ts.
import { describe, expect, it } from '@jest/globals';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject, PinnedLibrary } from '../src/index.ts';
import type { Kernel } from '../src/index.ts';
import { useBpffs } from './bpffs.ts';
import { openFds } from './streams/producers.ts';
import { errorOf, example, loadAll, newKernel, onLinux, packet, runProgram } from './support.ts';

describe(`libraries pinned on ${onLinux ? 'the running kernel' : 'a simulated kernel'}`, () => {
  const bpffs = useBpffs();

  /** Loads objects, pins them, and closes them: another process would know as little as the kernel that is returned. */
  function pin(...names: readonly string[]): Kernel {
    const kernel = newKernel();
    const objects = loadAll(kernel, names);
    for (const [name, object] of objects) object.pin(`${bpffs.folder}/${name}`);
    for (const object of objects.values()) object.close();
    return onLinux ? new LinuxKernel() : kernel;
  }

  function unpin(kernel: Kernel, ...names: readonly string[]): void {
    for (const name of names) for (const pinned of kernel.objList?.(`${bpffs.folder}/${name}`) ?? []) kernel.objUnpin(`${bpffs.folder}/${name}/${pinned}`);
    expect(names.flatMap((name) => kernel.objList?.(`${bpffs.folder}/${name}`) ?? [])).toEqual([]);
  }

  it('provide for objects that are loaded before and after them', () => {
    const before = openFds();
    const kernel = pin('helpers');
    const early = loadAll(kernel, ['main_prog']);
    expect(errorOf(() => runProgram(early.values(), 'main_prog'))).toMatchObject({ code: 'ENOEXEC' });
    const library = PinnedLibrary.open(`${bpffs.folder}/helpers`, kernel);
    expect([...library.functions].sort()).toEqual(['bar', 'foo']);
    expect(runProgram(early.values(), 'main_prog')).toBe(23);
    const late = BpfObject.open({ ...example('main_prog'), name: 'late' }, { kernel });
    expect(late.linkPlan()).toMatchObject([{ extern: 'foo', provider: { objectName: 'helpers' } }, { extern: 'bar', provider: { objectName: 'helpers' } }]);
    late.load();
    library.close();
    // What is bound stays bound.
    expect(runProgram([late], 'main_prog')).toBe(23);
    expect(runProgram(early.values(), 'main_prog')).toBe(23);
    for (const object of [late, ...early.values()]) object.close();
    unpin(kernel, 'helpers');
    expect(openFds()).toBe(before);
  });

  it('bring their maps, with what is in them', () => {
    const before = openFds();
    const first = newKernel();
    const objects = loadAll(first, ['map_helpers', 'map_main']);
    const values = [1, 2].map(() => runProgram(objects.values(), 'map_main'));
    objects.get('map_helpers')?.pin(`${bpffs.folder}/map_helpers`);
    for (const object of objects.values()) object.close();
    const kernel = onLinux ? new LinuxKernel() : first;
    const library = PinnedLibrary.open(`${bpffs.folder}/map_helpers`, kernel);
    const main = loadAll(kernel, ['map_main']);
    expect(runProgram(main.values(), 'map_main') - (values[1] ?? 0)).toBe((values[1] ?? 0) - (values[0] ?? 0));
    for (const object of main.values()) object.close();
    library.close();
    unpin(kernel, 'map_helpers');
    expect(openFds()).toBe(before);
  });

  it('call each other', () => {
    const before = openFds();
    const kernel = pin('graph1', 'graph2', 'graph3');
    const libraries = ['graph3', 'graph2', 'graph1'].map((name) => PinnedLibrary.open(`${bpffs.folder}/${name}`, kernel));
    const main = loadAll(kernel, ['graph_main']);
    const fresh = newKernel();
    expect(runProgram(main.values(), 'graph_main')).toBe(runProgram(loadAll(fresh, ['graph1', 'graph2', 'graph3', 'graph_main']).values(), 'graph_main', packet()));
    for (const object of main.values()) object.close();
    for (const library of libraries) library.close();
    unpin(kernel, 'graph1', 'graph2', 'graph3');
    if (!onLinux) expect(openFds()).toBe(before);
  });

  it('are refused by those that declare another prototype', () => {
    const kernel = pin('proto_provider');
    const library = PinnedLibrary.open(`${bpffs.folder}/proto_provider`, kernel);
    expect(errorOf(() => BpfObject.open(example('proto_size'), { kernel }).load())).toMatchObject({ code: 'PROTOTYPE_MISMATCH' });
    library.close();
    unpin(kernel, 'proto_provider');
  });

  it('are not taken from what is no library', () => {
    const kernel = pin('map_main', 'rootlet');
    expect(PinnedLibrary.open(`${bpffs.folder}/rootlet`, kernel).functions).toEqual(['rootlet']);
    unpin(kernel, 'map_main', 'rootlet');
    if (onLinux) expect(errorOf(() => PinnedLibrary.open(`${bpffs.folder}/nothing`, kernel))).toMatchObject({ code: 'ENOENT' });
  });
});

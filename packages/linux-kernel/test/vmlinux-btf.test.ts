// Is the kernel's BTF found where libbpf looks for it?
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findVmlinuxBtf } from '../src/vmlinux-btf.ts';

/** An ELF file with BTF. */
const WITH_BTF = join(__dirname, '../../../docs/examples/objects/settings.o');

describe('BTF of the kernel', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'rootlet-vmlinux-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const place = (path: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };

  it.each([
    '/boot/vmlinux-5.4.0',
    '/lib/modules/5.4.0/vmlinux-5.4.0',
    '/lib/modules/5.4.0/build/vmlinux',
    '/usr/lib/modules/5.4.0/kernel/vmlinux',
    '/usr/lib/debug/boot/vmlinux-5.4.0',
    '/usr/lib/debug/boot/vmlinux-5.4.0.debug',
    '/usr/lib/debug/lib/modules/5.4.0/vmlinux',
  ])('is found in %s', (path) => {
    cpSync(WITH_BTF, place(path));
    expect(findVmlinuxBtf('5.4.0', root)?.findByName('settings')).toBeGreaterThan(0);
    expect(findVmlinuxBtf('5.4.1', root)).toBeUndefined();
  });

  it('is looked for further where a file has none', () => {
    writeFileSync(place('/sys/kernel/btf/vmlinux'), 'no BTF');
    mkdirSync(place('/boot/vmlinux-5.4.0'));
    expect(findVmlinuxBtf('5.4.0', root)).toBeUndefined();
    cpSync(WITH_BTF, place('/lib/modules/5.4.0/build/vmlinux'));
    expect(findVmlinuxBtf('5.4.0', root)).toBeDefined();
  });
});

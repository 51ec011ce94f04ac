// How are the objects of the cases built?
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allUnits, objectName, PAIRS, RICH, sourceOf, VARIANTS } from './cases.mjs';

const BASE = ['-g', '-Wall', '-Wno-unused-const-variable', '-fdebug-compilation-dir=.', '-ffile-prefix-map=./='];

/** Compiles everything into a folder, without DWARF. */
export function buildObjects(folder, clang = process.env.CLANG ?? 'clang-19') {
  const compile = (source, object, flags, target = 'bpfel') => {
    execFileSync(clang, [...(source.endsWith('.cc') ? ['-x', 'c++'] : []), '-target', target, ...BASE, ...flags, '-c', source, '-o', `${object}.o`], { cwd: folder, stdio: 'inherit' });
    execFileSync('llvm-strip-19', ['-g', `${object}.o`], { cwd: folder });
  };
  for (const { kind, role, place } of allUnits()) {
    const name = objectName(kind, role, place);
    // Only the objects are kept: their sources are a line of cases.mjs each.
    writeFileSync(join(folder, `${name}.c`), sourceOf(kind, role, place).replace('"rootlet.h"', '"../rootlet.h"'));
    compile(`${name}.c`, name, ['-O2', '-mcpu=v3']);
    rmSync(join(folder, `${name}.c`));
  }
  for (const { name, flags, target } of VARIANTS) for (const source of RICH) compile(`${source}.c`, `${source}.${name}`, flags, target);
  for (const { name, ending } of PAIRS) for (const unit of ['a', 'b']) compile(`${name}_${unit}.${ending}`, `${name}_${unit}`, ['-O2', '-mcpu=v3']);
}

/** The recorded answers. */
export function readExpected(folder) {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
}

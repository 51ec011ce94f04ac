// Which kernel modules does a guest need, and in which order are they loaded?
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { listFiles } from '../lib/workspace.mjs';

/** Kernel modules of one kernel by name, with the modules each needs. */
export class Modules {
  #paths = new Map();

  /** @param {string} folder `lib/modules/RELEASE` */
  constructor(folder) {
    for (const path of listFiles(folder, (name) => /\.ko(\.xz|\.zst)?$/.test(name))) this.#paths.set(moduleName(path), path);
  }

  /** Unpacked contents of a module. */
  read(name) {
    const path = this.#paths.get(name);
    if (path.endsWith('.xz')) return execFileSync('xz', ['-dc', path], { maxBuffer: 1 << 28 });
    return path.endsWith('.zst') ? execFileSync('zstd', ['-qdc', path], { maxBuffer: 1 << 28 }) : readFileSync(path);
  }

  /** The modules that are not built in, each after those it needs. */
  order(names) {
    const ordered = [];
    const visit = (name) => {
      if (!this.#paths.has(name) || ordered.includes(name)) return;
      // `.modinfo` is a list of NUL-terminated texts.
      const depends = /\0depends=([^\0]*)\0/.exec(this.read(name).toString('latin1'))?.[1] ?? '';
      for (const other of depends.split(',').filter(Boolean)) visit(other.replaceAll('-', '_'));
      ordered.push(name);
    };
    names.forEach(visit);
    return ordered;
  }
}

function moduleName(path) {
  return basename(path).replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}

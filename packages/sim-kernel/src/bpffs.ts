// What is pinned where?
import { KernelError } from '@rootlet/loader';
import { EBUSY, EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY, EPERM } from '@rootlet/uapi';
import type { KernelObject } from './kernel-object.ts';

const MAX_PATH = 4096;
const MAX_NAME = 255;

interface Directory {
  readonly entries: Map<string, Directory | KernelObject>;
}

/**
 * A virtual bpffs, mounted at `/sys/fs/bpf`. A pinned object is held until it is unpinned. Directories on the way to a pin
 * are made as `mkdir -p` would; they count nothing and hold nothing.
 */
export class Bpffs {
  readonly mount: string;
  readonly #root: Directory = { entries: new Map() };

  constructor(mount = '/sys/fs/bpf') {
    this.mount = mount;
  }

  /** Pins an object. @throws KernelError `EEXIST`, `EPERM` outside of the mount, `ENOTDIR` */
  pin(path: string, object: KernelObject): void {
    const { parent, name } = this.#place(path, 'obj pin', true);
    if (parent.entries.has(name)) throw new KernelError('obj pin', EEXIST, `'${path}' exists`);
    parent.entries.set(name, object.holdByUser());
  }

  /** The object pinned at a path. @throws KernelError `ENOENT`, `EISDIR` */
  get(path: string): KernelObject {
    const { parent, name } = this.#place(path, 'obj get', false);
    const entry = parent.entries.get(name);
    if (entry === undefined) throw new KernelError('obj get', ENOENT, `nothing is pinned at '${path}'`);
    if (isDirectory(entry)) throw new KernelError('obj get', EISDIR, `'${path}' is a directory`);
    return entry;
  }

  /** Removes a pin, or an empty directory. @throws KernelError `ENOENT`, `ENOTEMPTY`, `EBUSY` */
  unpin(path: string): void {
    const { parent, name } = this.#place(path, 'obj unpin', false);
    const entry = parent.entries.get(name);
    if (entry === undefined) throw new KernelError('obj unpin', ENOENT, `nothing is pinned at '${path}'`);
    if (isDirectory(entry) && entry.entries.size > 0) throw new KernelError('obj unpin', ENOTEMPTY, `'${path}' is not empty`);
    parent.entries.delete(name);
    if (!isDirectory(entry)) entry.releaseByUser();
  }

  /** Makes a directory. @throws KernelError `EEXIST`, `ENOENT` when its parent is missing */
  mkdir(path: string): void {
    const { parent, name } = this.#place(path, 'mkdir', false);
    if (parent.entries.has(name)) throw new KernelError('mkdir', EEXIST, `'${path}' exists`);
    parent.entries.set(name, { entries: new Map() });
  }

  /** Paths of all pins, sorted. */
  paths(): string[] {
    const paths: string[] = [];
    const open: [string, Directory][] = [[this.mount, this.#root]];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      for (const [name, entry] of top[1].entries) {
        if (isDirectory(entry)) open.push([`${top[0]}/${name}`, entry]);
        else paths.push(`${top[0]}/${name}`);
      }
    }
    return paths.sort();
  }

  /** Removes everything. */
  clear(): void {
    for (const path of this.paths()) this.unpin(path);
    this.#root.entries.clear();
  }

  #place(path: string, operation: string, create: boolean): { parent: Directory; name: string } {
    if (path.length >= MAX_PATH) throw new KernelError(operation, ENAMETOOLONG, `path of ${path.length} bytes`);
    if (path.includes('\0')) throw new KernelError(operation, EINVAL, `NUL within ${JSON.stringify(path)}`);
    if (!path.startsWith(`${this.mount}/`)) {
      throw new KernelError(operation, path === this.mount ? EBUSY : EPERM, `'${path}' is not below ${this.mount}`);
    }
    const names = path.slice(this.mount.length + 1).split('/').filter((part) => part !== '' && part !== '.');
    const name = names.pop();
    if (name === undefined || names.includes('..') || name === '..') throw new KernelError(operation, EINVAL, `'${path}' is no place`);
    if (name.length > MAX_NAME) throw new KernelError(operation, ENAMETOOLONG, `name of ${name.length} bytes`);
    // bpffs keeps names with dots for itself.
    if (create && name.includes('.')) throw new KernelError(operation, EPERM, `'${name}': names in bpffs have no dots`);
    let parent = this.#root;
    for (const part of names) {
      let next = parent.entries.get(part);
      if (next === undefined) {
        if (!create) throw new KernelError(operation, ENOENT, `'${part}' of '${path}' is missing`);
        next = { entries: new Map() };
        parent.entries.set(part, next);
      }
      if (!isDirectory(next)) throw new KernelError(operation, ENOTDIR, `'${part}' of '${path}' is no directory`);
      parent = next;
    }
    return { parent, name };
  }
}

function isDirectory(entry: Directory | KernelObject): entry is Directory {
  return 'entries' in entry;
}

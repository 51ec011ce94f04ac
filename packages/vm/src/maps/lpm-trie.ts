// Which of several prefixes is the longest that matches?
import { EINVAL, ENOENT, ENOMEM, ENOSPC } from '@rootlet/uapi';
import { checkPresence, VmMap } from './map.ts';

/** A prefix: where its bits branch, and its value if it was entered itself. */
interface Node {
  /** Bits that count. */
  readonly length: number;
  readonly bits: Uint8Array;
  /** Address of the value; 0 for a node that only branches. */
  value: number;
  readonly children: [Node | undefined, Node | undefined];
}

/** `BPF_MAP_TYPE_LPM_TRIE`. A key is a 32-bit prefix length (host order) and the bits, first bit first. */
export class LpmTrieMap extends VmMap {
  #root: Node | undefined = undefined;
  #count = 0;

  override find(key: number): number {
    const { length, bits } = this.#read(key);
    if (length > 8 * bits.length) return 0;
    let found = 0;
    let node = this.#root;
    while (node !== undefined && node.length <= length && common(node.bits, bits, node.length) === node.length) {
      if (node.value !== 0) found = node.value;
      if (node.length === length) break;
      node = node.children[bit(bits, node.length)];
    }
    return found;
  }

  override enter(key: number, flags: number): number {
    const { length, bits } = this.#read(key);
    if (length > 8 * bits.length) return -EINVAL;
    const there = this.#exact(length, bits);
    const problem = checkPresence(there !== undefined && there.value !== 0, flags);
    if (problem !== 0) return problem;
    if (there !== undefined && there.value !== 0) return there.value;
    if (this.#count >= this.attr.maxEntries) return -ENOSPC;
    const value = this.memory.allocate(this.attr.valueSize, { what: `map ${this.attr.name}` });
    if (value === undefined) return -ENOMEM;
    this.#count++;
    if (there !== undefined) there.value = value;
    else this.#insert({ length, bits, value, children: [undefined, undefined] });
    return value;
  }

  override delete(key: number): number {
    const { length, bits } = this.#read(key);
    if (length > 8 * bits.length) return -EINVAL;
    const node = this.#exact(length, bits);
    if (node === undefined || node.value === 0) return -ENOENT;
    this.memory.free(node.value);
    node.value = 0;
    this.#count--;
    if (this.#count === 0) this.#root = undefined;
    return 0;
  }

  override next(key: number, out: number): number {
    const nodes = this.#ordered();
    let at = 0;
    if (key !== 0) {
      const { length, bits } = this.#read(key);
      const found = nodes.findIndex((node) => node.length === length && common(node.bits, bits, length) === length);
      if (found >= 0) at = found + 1;
    }
    const node = nodes[at];
    if (node === undefined) return -ENOENT;
    this.memory.data.setUint32(out, node.length, true);
    this.memory.bytes.set(node.bits, out + 4);
    return 0;
  }

  override dispose(): void {
    for (const node of this.#ordered()) this.memory.free(node.value);
    this.#root = undefined;
  }

  #read(key: number): { length: number; bits: Uint8Array } {
    return {
      length: this.memory.data.getUint32(key, true),
      bits: this.memory.bytes.slice(key + 4, key + this.attr.keySize),
    };
  }

  #exact(length: number, bits: Uint8Array): Node | undefined {
    let node = this.#root;
    while (node !== undefined && node.length < length) {
      if (common(node.bits, bits, node.length) < node.length) return undefined;
      node = node.children[bit(bits, node.length)];
    }
    return node !== undefined && node.length === length && common(node.bits, bits, length) === length ? node : undefined;
  }

  #insert(added: Node): void {
    let parent: Node | undefined;
    let node = this.#root;
    while (node !== undefined) {
      const shared = common(node.bits, added.bits, Math.min(node.length, added.length));
      if (shared < node.length) break;
      parent = node;
      node = node.children[bit(added.bits, node.length)];
    }
    let top = added;
    if (node !== undefined) {
      const shared = common(node.bits, added.bits, Math.min(node.length, added.length));
      if (shared === added.length) added.children[bit(node.bits, shared)] = node;
      else {
        top = { length: shared, bits: added.bits, value: 0, children: [undefined, undefined] };
        top.children[bit(added.bits, shared)] = added;
        top.children[bit(node.bits, shared)] = node;
      }
    }
    if (parent === undefined) this.#root = top;
    else parent.children[bit(added.bits, parent.length)] = top;
  }

  /** Entered prefixes, longer ones before those that contain them: the kernel's order of iteration. */
  #ordered(): Node[] {
    const nodes: Node[] = [];
    const open: { node: Node; done: boolean }[] = this.#root === undefined ? [] : [{ node: this.#root, done: false }];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      if (top.done) {
        if (top.node.value !== 0) nodes.push(top.node);
        continue;
      }
      open.push({ node: top.node, done: true });
      const [left, right] = top.node.children;
      if (right !== undefined) open.push({ node: right, done: false });
      if (left !== undefined) open.push({ node: left, done: false });
    }
    return nodes;
  }
}

function bit(bits: Uint8Array, index: number): 0 | 1 {
  return ((bits[index >>> 3] ?? 0) >>> (7 - (index & 7)) & 1) as 0 | 1;
}

/** How many of the first `limit` bits agree. */
function common(left: Uint8Array, right: Uint8Array, limit: number): number {
  let at = 0;
  while (at < limit) {
    const differ = (left[at >>> 3] ?? 0) ^ (right[at >>> 3] ?? 0);
    if (differ !== 0) return Math.min(limit, (at & ~7) + Math.clz32(differ) - 24);
    at = (at & ~7) + 8;
  }
  return limit;
}

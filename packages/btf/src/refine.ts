// Which types are equal all the way down, cycles included?
import type { ForwardGroup, TypeGraph } from './dedup-graph.ts';
import { hashWords } from './dedup-graph.ts';

/**
 * Splits the classes of types that look alike until the members of each refer to the same classes in the same order: the coarsest
 * partition that is stable, so types are equal exactly when no path tells them apart, and cycles need no special care.
 *
 * Only types whose references changed class are looked at again, and of a split class the largest part keeps its number, so the time is
 * O(references × log types) whatever the graph. (Partition refinement: Paige and Tarjan, 1987.)
 *
 * A forward declaration counts as a member of the class of the types with its name as long as these are all of one class.
 *
 * @returns for each type the least type it equals
 */
export function refine(graph: TypeGraph): Int32Array {
  return new Refinement(graph).run();
}

class Refinement {
  readonly #graph: TypeGraph;
  readonly #color: Int32Array;
  /** Members of a class as a doubly linked list. */
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  readonly #head: number[] = [];
  readonly #size: number[] = [];
  /** Who refers to a type. */
  readonly #userStart: Uint32Array;
  readonly #users: Uint32Array;
  /** For a forward declaration the full type it stands for; else -1. */
  readonly #standsFor: Int32Array;
  /** For a full type with forward declarations: 1 + index of the group. */
  readonly #groupOf: Int32Array;
  /** Types to look at in the next round; `#isDirty` keeps them single. */
  #dirty: number[] = [];
  readonly #isDirty: Uint8Array;

  constructor(graph: TypeGraph) {
    const { count } = graph;
    this.#graph = graph;
    this.#color = graph.color;
    this.#next = new Int32Array(count).fill(-1);
    this.#prev = new Int32Array(count).fill(-1);
    this.#standsFor = new Int32Array(count).fill(-1);
    this.#groupOf = new Int32Array(count);
    this.#isDirty = new Uint8Array(count);
    for (let color = 0; color < graph.colorCount; color++) {
      this.#head.push(-1);
      this.#size.push(0);
    }
    for (let id = count - 1; id >= 0; id--) this.#link(id, graph.color[id]!);

    this.#userStart = new Uint32Array(count + 1);
    this.#users = new Uint32Array(graph.refs.length);
    for (const ref of graph.refs) this.#userStart[ref + 1]!++;
    for (let id = 0; id < count; id++) this.#userStart[id + 1]! += this.#userStart[id]!;
    const fill = this.#userStart.slice(0, count);
    for (let id = 0; id < count; id++) {
      for (let i = graph.refStart[id]!; i < graph.refStart[id + 1]!; i++) this.#users[fill[graph.refs[i]!]!++] = id;
    }

    graph.forwards.forEach((group, idx) => {
      for (const id of group.full) this.#groupOf[id] = idx + 1;
      if (this.#isOneClass(group)) for (const id of group.forwards) this.#standsFor[id] = group.full[0]!;
    });
  }

  run(): Int32Array {
    const { count, refStart } = this.#graph;
    for (let id = 0; id < count; id++) if (refStart[id] !== refStart[id + 1]) this.#markDirty(id);
    while (this.#dirty.length > 0) this.#round();

    const least = new Int32Array(count);
    const leastOf = new Int32Array(this.#head.length).fill(-1);
    for (let id = 0; id < count; id++) {
      const color = this.#colorSeen(id);
      // A forward declaration is never the least: its full type may come later.
      if (leastOf[color] === -1 && this.#standsFor[id] === -1) leastOf[color] = id;
    }
    for (let id = 0; id < count; id++) least[id] = leastOf[this.#colorSeen(id)]!;
    return least;
  }

  /** Class of a type as those see it that refer to it. */
  #colorSeen(id: number): number {
    const full = this.#standsFor[id]!;
    return this.#color[full === -1 ? id : full]!;
  }

  /** Splits every class that has dirty members by what these refer to now. */
  #round(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const id of dirty) this.#isDirty[id] = 0;

    const parts = this.#partition(dirty);
    const touched = new Set<number>();
    const moved: number[] = [];
    for (const [color, groups] of parts) {
      let largest = 0;
      let dirtyCount = 0;
      groups.forEach((group, i) => {
        dirtyCount += group.length;
        if (group.length > groups[largest]!.length) largest = i;
      });
      const rest = this.#size[color]! - dirtyCount;
      if (rest > 0 && rest < groups[largest]!.length) {
        // The untouched part is smaller than a touched one: it moves instead.
        const members = new Set<number>();
        for (let id = this.#head[color]!; id !== -1; id = this.#next[id]!) members.add(id);
        for (const group of groups) for (const id of group) members.delete(id);
        groups.push([...members]);
      } else if (rest > 0) {
        largest = -1;
      }
      groups.forEach((group, i) => {
        if (i === largest) return;
        const fresh = this.#head.length;
        this.#head.push(-1);
        this.#size.push(0);
        for (const id of group) {
          this.#unlink(id);
          this.#link(id, fresh);
          moved.push(id);
          if (this.#groupOf[id] !== 0) touched.add(this.#groupOf[id]! - 1);
        }
      });
    }
    for (const id of moved) this.#markUsers(id);
    for (const idx of touched) this.#updateForwards(this.#graph.forwards[idx]!);
  }

  /** Dirty types by class, and within a class by the classes they refer to. Colours do not change meanwhile. */
  #partition(dirty: readonly number[]): Map<number, number[][]> {
    const { refStart, refs } = this.#graph;
    let size = 16;
    while (size < 2 * dirty.length) size *= 2;
    const slots: (number[] | undefined)[] = new Array<number[] | undefined>(size);
    const parts = new Map<number, number[][]>();
    let seen = new Int32Array(64);
    for (const id of dirty) {
      const from = refStart[id]!;
      const length = refStart[id + 1]! - from;
      if (length + 1 > seen.length) seen = new Int32Array(2 * (length + 1));
      seen[0] = this.#color[id]!;
      for (let i = 0; i < length; i++) seen[i + 1] = this.#colorSeen(refs[from + i]!);
      let slot = hashWords(seen, 0, length + 1) & (size - 1);
      for (;;) {
        const group = slots[slot];
        if (group === undefined) {
          const fresh = [id];
          slots[slot] = fresh;
          const groups = parts.get(this.#color[id]!);
          if (groups === undefined) parts.set(this.#color[id]!, [fresh]);
          else groups.push(fresh);
          break;
        }
        if (this.#refersAlike(group[0]!, id)) {
          group.push(id);
          break;
        }
        slot = (slot + 1) & (size - 1);
      }
    }
    return parts;
  }

  #refersAlike(a: number, b: number): boolean {
    const { refStart, refs } = this.#graph;
    if (this.#color[a] !== this.#color[b]) return false;
    const length = refStart[a + 1]! - refStart[a]!;
    if (length !== refStart[b + 1]! - refStart[b]!) return false;
    for (let i = 0; i < length; i++) {
      if (this.#colorSeen(refs[refStart[a]! + i]!) !== this.#colorSeen(refs[refStart[b]! + i]!)) return false;
    }
    return true;
  }

  /** A full type moved: its forward declarations move along, or stand for themselves from now on. */
  #updateForwards(group: ForwardGroup): void {
    if (this.#standsFor[group.forwards[0]!] === -1) return;
    const together = this.#isOneClass(group);
    for (const id of group.forwards) {
      if (!together) this.#standsFor[id] = -1;
      this.#markUsers(id);
    }
  }

  #isOneClass(group: ForwardGroup): boolean {
    return group.full.every((id) => this.#color[id] === this.#color[group.full[0]!]);
  }

  #markUsers(id: number): void {
    for (let i = this.#userStart[id]!; i < this.#userStart[id + 1]!; i++) this.#markDirty(this.#users[i]!);
  }

  #markDirty(id: number): void {
    if (this.#isDirty[id] === 1) return;
    this.#isDirty[id] = 1;
    this.#dirty.push(id);
  }

  #link(id: number, color: number): void {
    const head = this.#head[color]!;
    this.#color[id] = color;
    this.#next[id] = head;
    this.#prev[id] = -1;
    if (head !== -1) this.#prev[head] = id;
    this.#head[color] = id;
    this.#size[color]!++;
  }

  #unlink(id: number): void {
    const color = this.#color[id]!;
    const next = this.#next[id]!;
    const prev = this.#prev[id]!;
    if (next !== -1) this.#prev[next] = prev;
    if (prev === -1) this.#head[color] = next;
    else this.#next[prev] = next;
    this.#size[color]!--;
  }
}

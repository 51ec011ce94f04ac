// Which types are equal all the way down, cycles included?
import type { ForwardGroup, TypeGraph } from './dedup-graph.ts';

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
  readonly #groups: DirtyGroups;

  constructor(graph: TypeGraph) {
    const { count } = graph;
    this.#graph = graph;
    this.#color = graph.color;
    this.#next = new Int32Array(count).fill(-1);
    this.#prev = new Int32Array(count).fill(-1);
    this.#standsFor = new Int32Array(count).fill(-1);
    this.#groupOf = new Int32Array(count);
    this.#isDirty = new Uint8Array(count);
    this.#groups = new DirtyGroups(count);
    for (let color = 0; color < graph.colorCount; color++) {
      this.#head.push(-1);
      this.#size.push(0);
    }
    for (let id = count - 1; id >= 0; id--) this.#link(id, graph.color[id]!);

    this.#userStart = new Uint32Array(count + 1);
    this.#users = new Uint32Array(graph.refs.length);
    for (let i = 0; i < graph.refs.length; i++) this.#userStart[graph.refs[i]! + 1]!++;
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

    const groups = this.#partition(dirty);
    const moved: number[] = [];
    for (let first = 0; first < groups.count; first++) {
      if (groups.isFirstOfClass(first)) this.#split(groups, first, moved);
    }
    const touched = new Set<number>();
    for (const id of moved) {
      this.#markUsers(id);
      if (this.#groupOf[id] !== 0) touched.add(this.#groupOf[id]! - 1);
    }
    for (const idx of touched) this.#updateForwards(this.#graph.forwards[idx]!);
  }

  /** Gives all parts of a class but the largest a class of their own. The members that are not dirty are a part, too. */
  #split(groups: DirtyGroups, first: number, moved: number[]): void {
    const color = this.#color[groups.head[first]!]!;
    let largest = first;
    let dirtyCount = 0;
    for (let group = first; group !== -1; group = groups.nextOfClass[group]!) {
      dirtyCount += groups.size[group]!;
      if (groups.size[group]! > groups.size[largest]!) largest = group;
    }
    const rest = this.#size[color]! - dirtyCount;
    if (rest >= groups.size[largest]!) largest = -1;
    for (let group = first; group !== -1; group = groups.nextOfClass[group]!) {
      if (group === largest) continue;
      const fresh = this.#newClass();
      for (let id = groups.head[group]!; id !== -1; id = groups.next[id]!) this.#move(id, fresh, moved);
    }
    if (rest === 0 || largest === -1) return;
    // What is left now is the largest part, which keeps the class, and those that are not dirty.
    const stay = this.#newClass();
    for (let id = groups.head[largest]!; id !== -1; id = groups.next[id]!) this.#move(id, stay);
    const fresh = this.#newClass();
    for (let id = this.#head[color]!; id !== -1; id = this.#head[color]!) this.#move(id, fresh, moved);
    for (let id = this.#head[stay]!; id !== -1; id = this.#head[stay]!) this.#move(id, color);
  }

  #newClass(): number {
    this.#head.push(-1);
    return this.#size.push(0) - 1;
  }

  #move(id: number, color: number, moved?: number[]): void {
    this.#unlink(id);
    this.#link(id, color);
    moved?.push(id);
  }

  /** Groups dirty types by class and the classes they refer to. Colours do not change meanwhile. */
  #partition(dirty: readonly number[]): DirtyGroups {
    const { refStart, refs } = this.#graph;
    const groups = this.#groups;
    groups.reset(dirty.length);
    for (const id of dirty) {
      const end = refStart[id + 1]!;
      let hash = Math.imul(this.#color[id]! + 1, 0x9e3779b1);
      for (let i = refStart[id]!; i < end; i++) {
        hash = Math.imul(hash ^ this.#colorSeen(refs[i]!), 0x85ebca6b);
        hash ^= hash >>> 15;
      }
      let slot = hash & groups.mask;
      for (;;) {
        const group = groups.slots[slot]! - 1;
        if (group === -1) {
          groups.slots[slot] = groups.add(id, this.#color[id]!) + 1;
          break;
        }
        if (this.#refersAlike(groups.head[group]!, id)) {
          groups.put(group, id);
          break;
        }
        slot = (slot + 1) & groups.mask;
      }
    }
    return groups;
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

/** Lists of dirty types that go together, and which of these lists are of one class; kept from round to round to save allocation. */
class DirtyGroups {
  count = 0;
  /** Hash table of 1 + group; 0 when free. */
  slots: Int32Array = new Int32Array(16);
  mask = 15;
  /** By group: first member, number of members, next group of the same class or -1. */
  head: Int32Array = new Int32Array(16);
  size: Int32Array = new Int32Array(16);
  nextOfClass: Int32Array = new Int32Array(16);
  /** By type: the next member of its group, or -1. */
  readonly next: Int32Array;
  /** By class: 1 + its group added first, of this round. */
  readonly #firstOf: Int32Array;
  #isFirst: Uint8Array = new Uint8Array(16);
  #colors: number[] = [];

  constructor(types: number) {
    this.next = new Int32Array(types);
    // Classes never outnumber types by more than the two that a split needs for a moment.
    this.#firstOf = new Int32Array(2 * types + 16);
  }

  /** Makes room for as many types. */
  reset(types: number): void {
    for (const color of this.#colors) this.#firstOf[color] = 0;
    this.#colors = [];
    this.count = 0;
    let size = 16;
    while (size < 2 * types) size *= 2;
    if (size > this.slots.length) {
      this.head = new Int32Array(size);
      this.size = new Int32Array(size);
      this.nextOfClass = new Int32Array(size);
      this.#isFirst = new Uint8Array(size);
      this.slots = new Int32Array(size);
    } else {
      this.slots.fill(0, 0, size);
    }
    this.mask = size - 1;
  }

  /** A new group of one. */
  add(id: number, color: number): number {
    const group = this.count++;
    this.head[group] = id;
    this.size[group] = 1;
    this.next[id] = -1;
    const first = this.#firstOf[color]! - 1;
    this.#isFirst[group] = first === -1 ? 1 : 0;
    if (first === -1) {
      this.#firstOf[color] = group + 1;
      this.#colors.push(color);
      this.nextOfClass[group] = -1;
    } else {
      this.nextOfClass[group] = this.nextOfClass[first]!;
      this.nextOfClass[first] = group;
    }
    return group;
  }

  put(group: number, id: number): void {
    this.next[id] = this.head[group]!;
    this.head[group] = id;
    this.size[group]!++;
  }

  /** Whether a group is the first of its class, from which the others are reached. */
  isFirstOfClass(group: number): boolean {
    return this.#isFirst[group] === 1;
  }
}

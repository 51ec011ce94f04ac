// What can differ between the types of two BTFs?

/** Kinds of types that have names, as C calls them. Enumerations of 32 and of 64 bits are one kind. */
export type BtfDiffKind = 'struct' | 'union' | 'enum' | 'fwd' | 'typedef' | 'int' | 'float' | 'func' | 'var' | 'datasec';

/** A type on one side only. */
export interface BtfDiffType {
  readonly kind: BtfDiffKind;
  readonly name: string;
  /** Its type id on that side. */
  readonly id: number;
  /** C text: a function's prototype, a variable's declaration, a typedef's target; empty for others. */
  readonly text: string;
  /** Size in bytes, where it has one. */
  readonly size: number | undefined;
}

/** Place and type of a member, or of a variable in a section. */
export interface BtfDiffMember {
  /** Declaration as C text, e.g. `unsigned int flags: 3`. */
  readonly text: string;
  /** Offset from the start of the outermost struct, bits. */
  readonly bitOff: number;
  /** Width in bits, of a bitfield or of its type; 0 where the type has no size. */
  readonly bits: number;
}

/** A member that is not what it was: only `after` when it was added, only `before` when it was removed. */
export interface BtfMemberChange {
  /** How C reaches it: members of anonymous members by their names alone, those of members with an anonymous type as `pos.x`, `regs[].lo`. */
  readonly path: string;
  readonly before: BtfDiffMember | undefined;
  readonly after: BtfDiffMember | undefined;
  readonly moved: boolean;
  /** Whether the type is another one. What a pointer points to counts by its name only. */
  readonly retyped: boolean;
  readonly resized: boolean;
  /** Values of its declaration tags, in order; undefined when they are the same. */
  readonly tags: BtfBeforeAfter<readonly string[]> | undefined;
}

/** An enumerator that is not what it was: only `after` when it was added, only `before` when it was removed. */
export interface BtfEnumeratorChange {
  readonly name: string;
  readonly before: bigint | undefined;
  readonly after: bigint | undefined;
}

/** Something before and after. */
export interface BtfBeforeAfter<T> {
  readonly before: T;
  readonly after: T;
}

/** A type that both have under one name, and what is different. */
export interface BtfTypeChange {
  /** Kind on both sides, or before. */
  readonly kind: BtfDiffKind;
  /** Empty for the enumerators of all anonymous enumerations together. */
  readonly name: string;
  readonly ids: BtfBeforeAfter<number>;
  /** Where it became another kind of type; nothing else is compared then. */
  readonly kinds: BtfBeforeAfter<BtfDiffKind> | undefined;
  /** Size in bytes. */
  readonly sizes: BtfBeforeAfter<number> | undefined;
  /** C text of what a typedef, function, variable or base type is. */
  readonly texts: BtfBeforeAfter<string> | undefined;
  /** Declaration tags, in order; those of parameters are behind their names: `ctx: arg:nonnull`. Undefined when they are the same. */
  readonly tags: BtfBeforeAfter<readonly string[]> | undefined;
  /** Of structs, unions, sections, and typedefs of anonymous structs. */
  readonly members: readonly BtfMemberChange[];
  /** Of enumerations and typedefs of anonymous ones. */
  readonly enumerators: readonly BtfEnumeratorChange[];
}

/** What differs, each list ordered by name and kind. All empty when nothing does. */
export interface BtfDiff {
  readonly added: readonly BtfDiffType[];
  readonly removed: readonly BtfDiffType[];
  readonly changed: readonly BtfTypeChange[];
}

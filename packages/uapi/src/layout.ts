// Where do the fields of a kernel struct stand?

/** One field of a {@link StructLayout}. Unnamed structs and unions are flattened, so fields may overlap. */
export interface StructField {
  /** Name; fields of a named struct inside are dotted: `tracing.target_btf_id`. */
  readonly name: string;
  readonly byteOff: number;
  /** Size in bytes, all elements of an array together. */
  readonly size: number;
  /** Number of elements, for arrays. */
  readonly count?: number;
  /** What a pointer points to, e.g. `struct bpf_sock`. */
  readonly pointee?: string;
  /** First bit within the byte at `byteOff`, for bit fields of little-endian machines. */
  readonly bitOff?: number;
  /** Size in bits, for bit fields. */
  readonly bitSize?: number;
}

/** A struct of the kernel's interface on a 64-bit machine. */
export interface StructLayout {
  /** Struct tag, e.g. `__sk_buff`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** In the order of declaration. */
  readonly fields: readonly StructField[];
}

/** The field called `name`; undefined when the struct has none. */
export function findField(layout: StructLayout, name: string): StructField | undefined {
  return layout.fields.find((field) => field.name === name);
}

/** The first field that covers the byte at `byteOff`; undefined in padding and outside. */
export function findFieldAt(layout: StructLayout, byteOff: number): StructField | undefined {
  return layout.fields.find((field) => byteOff >= field.byteOff && byteOff < field.byteOff + field.size);
}

// How is a `union bpf_attr` put together, and an info struct taken apart?
import { bug } from '@rootlet/bytes';
import { KernelError } from '@rootlet/loader';
import { EINVAL, findField } from '@rootlet/uapi';
import type { StructLayout } from '@rootlet/uapi';

/** Field values by name: integers, or bytes for arrays such as names. */
export type AttrFields = Readonly<Record<string, number | bigint | Uint8Array | undefined>>;

/** A `union bpf_attr` variant with the given fields set and all others 0, cut after the last field that is set. */
export function encodeAttr(layout: StructLayout, fields: AttrFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(layout.size);
  const data = new DataView(bytes.buffer);
  let end = 0;
  for (const [name, value] of Object.entries(fields)) {
    // Old kernels refuse attributes that reach beyond what they know unless the rest is 0 and absent.
    if (value === undefined || value === 0 || value === 0n) continue;
    const field = findField(layout, name) ?? bug(`${layout.name} has no field ${name}`);
    end = Math.max(end, field.byteOff + field.size);
    if (value instanceof Uint8Array) bytes.set(value.subarray(0, field.size), field.byteOff);
    else if (field.size === 8) data.setBigUint64(field.byteOff, BigInt.asUintN(64, BigInt(value)), true);
    else data.setUint32(field.byteOff, Number(value), true);
  }
  return bytes.slice(0, Math.max(4, end));
}

/** The same at its full size, for commands that answer in it. */
export function encodeFull(layout: StructLayout, fields: AttrFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(layout.size);
  bytes.set(encodeAttr(layout, fields));
  return bytes;
}

/** Text as a NUL-terminated field of the kernel: at most 15 bytes and a NUL. */
export function encodeName(name: string): Uint8Array {
  return new TextEncoder().encode(name).slice(0, 15);
}

/** Text of any length with its NUL. @throws KernelError `EINVAL` when it holds another, where the kernel would take it to end */
export function encodeText(operation: string, text: string): Uint8Array<ArrayBuffer> {
  if (text.includes('\0')) throw new KernelError(operation, EINVAL, `NUL within ${JSON.stringify(text)}`);
  return new TextEncoder().encode(`${text}\0`);
}

/** Reads one integer field of a struct. */
export function readField(layout: StructLayout, bytes: Uint8Array, name: string): number {
  const field = findField(layout, name) ?? bug(`${layout.name} has no field ${name}`);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return field.size === 8 ? Number(data.getBigUint64(field.byteOff, true)) : data.getUint32(field.byteOff, true);
}

/** Reads a NUL-terminated name. */
export function readName(layout: StructLayout, bytes: Uint8Array, name: string): string {
  const field = findField(layout, name) ?? bug(`${layout.name} has no field ${name}`);
  const text = bytes.slice(field.byteOff, field.byteOff + field.size);
  const end = text.indexOf(0);
  return new TextDecoder().decode(end < 0 ? text : text.slice(0, end));
}

// How does a pinned library function stay linkable for another process?
//
// What the kernel keeps of a program cannot be linked again: the verifier rewrites its instructions. So beside a pinned function a
// frozen map is pinned, whose one value is the function as it was given:
//
//     u32 magic, u32 bytes of the header, the header as JSON, instructions, BTF; each padded to 8
import { BtfBuilder, parseBtf } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { DecodeError } from '@rootlet/bytes';
import { decodeInsns, encodeInsns } from '@rootlet/insn';
import type { ProgAttr } from '@rootlet/loader';
import { mapLoads } from './unit.ts';
import type { Unit } from './unit.ts';

const MAGIC = 0x544c_5452;
const FIXED_BYTES = 8;

/** A library function as another process gave it. */
export interface SavedUnit {
  /** Instructions name maps, and `fdArray` names BTF, by fds of this process. */
  readonly attr: ProgAttr;
  readonly btf: Btf;
  readonly extType: number | undefined;
  readonly extAttachType: number;
  readonly perCall: string | undefined;
  /** Fds that were opened for it. */
  readonly fds: readonly number[];
}

/** Ids stand for fds: those mean something in every process. */
export interface IdsOfFds {
  idOf(fd: number): number;
  fdOf(kind: 'map' | 'btf', id: number): number;
  close(fd: number): void;
}

/** Header: what is neither instructions nor BTF. */
interface Header {
  readonly name: string;
  readonly type: number;
  readonly expectedAttachType: number;
  readonly license: string;
  readonly flags: number;
  readonly funcInfo: NonNullable<ProgAttr['funcInfo']>;
  readonly lineInfo: NonNullable<ProgAttr['lineInfo']>;
  readonly btfIds: readonly number[];
  readonly insnBytes: number;
  readonly extType: number | null;
  readonly extAttachType: number;
  readonly perCall: string | null;
}

const pad = (length: number): number => (length + 7) & ~7;

/** @returns undefined for a function that is more than its object: one loaded for a certain target */
export function encodeUnit(unit: Unit, ids: IdsOfFds): Uint8Array | undefined {
  const { attr } = unit;
  if (attr.attachProgFd !== undefined || attr.attachBtfObjFd !== undefined) return undefined;
  const insns = attr.insns.slice();
  for (const idx of mapLoads(insns)) insns.imm[idx] = ids.idOf(insns.imm[idx] as number);
  const code = encodeInsns(insns, true);
  const btf = BtfBuilder.from(unit.btf).encode();
  const header: Header = {
    name: attr.name,
    type: attr.type,
    expectedAttachType: attr.expectedAttachType,
    license: attr.license,
    flags: attr.flags,
    funcInfo: attr.funcInfo ?? [],
    lineInfo: attr.lineInfo ?? [],
    btfIds: (attr.fdArray ?? []).map((fd) => (fd === 0 ? 0 : ids.idOf(fd))),
    insnBytes: code.length,
    extType: unit.extType ?? null,
    extAttachType: unit.extAttachType,
    perCall: unit.perCall ?? null,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(pad(FIXED_BYTES + text.length) + code.length + btf.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  bytes.set(text, FIXED_BYTES);
  bytes.set(code, pad(FIXED_BYTES + text.length));
  bytes.set(btf, pad(FIXED_BYTES + text.length) + code.length);
  return bytes;
}

/** @throws DecodeError `PINNED_CODE` for what {@link encodeUnit} did not make; KernelError when a map of it is gone */
export function decodeUnit(bytes: Uint8Array, ids: IdsOfFds): SavedUnit {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textBytes = bytes.length >= FIXED_BYTES && view.getUint32(0, true) === MAGIC ? view.getUint32(4, true) : undefined;
  if (textBytes === undefined || FIXED_BYTES + textBytes > bytes.length) throw bad('begins otherwise');
  const header = readHeader(new TextDecoder().decode(bytes.subarray(FIXED_BYTES, FIXED_BYTES + textBytes)));
  const start = pad(FIXED_BYTES + textBytes);
  if (start + header.insnBytes > bytes.length) throw bad(`ends before its ${header.insnBytes} bytes of instructions do`);
  const insns = decodeInsns(bytes.slice(start, start + header.insnBytes), true);
  const btf = parseBtf(bytes.slice(start + header.insnBytes));
  const fds: number[] = [];
  const fdOf = (kind: 'map' | 'btf', id: number): number => {
    const fd = ids.fdOf(kind, id);
    fds.push(fd);
    return fd;
  };
  let fdArray: readonly number[];
  try {
    for (const idx of mapLoads(insns)) insns.imm[idx] = fdOf('map', insns.imm[idx] as number);
    fdArray = header.btfIds.map((id) => (id === 0 ? 0 : fdOf('btf', id)));
  } catch (error) {
    for (const fd of fds) ids.close(fd);
    throw error;
  }
  const { name, type, expectedAttachType, license, flags, funcInfo, lineInfo, extType, extAttachType, perCall } = header;
  const attr = { name, type, expectedAttachType, license, flags, funcInfo, lineInfo, insns, fdArray, library: true };
  return { attr, btf, extType: extType ?? undefined, extAttachType, perCall: perCall ?? undefined, fds };
}

function readHeader(text: string): Header {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('has a header that is no JSON');
  }
  const header = value as Header;
  const isNumber = (each: unknown): boolean => Number.isInteger(each) && (each as number) >= 0;
  const areRecords = (list: unknown, ...names: readonly string[]): boolean =>
    Array.isArray(list) && list.every((each) => typeof each === 'object' && each !== null && names.every((name) => isNumber((each as Record<string, unknown>)[name])));
  const isWhole =
    typeof value === 'object' &&
    value !== null &&
    typeof header.name === 'string' &&
    typeof header.license === 'string' &&
    [header.type, header.expectedAttachType, header.flags, header.insnBytes, header.extAttachType].every(isNumber) &&
    (header.extType === null || isNumber(header.extType)) &&
    (header.perCall === null || typeof header.perCall === 'string') &&
    areRecords(header.funcInfo, 'insnIdx', 'typeId') &&
    areRecords(header.lineInfo, 'insnIdx', 'fileNameOff', 'lineOff') &&
    Array.isArray(header.btfIds) &&
    header.btfIds.every(isNumber);
  if (!isWhole) throw bad('has a header that lacks something');
  return header;
}

function bad(problem: string): DecodeError {
  return new DecodeError('PINNED_CODE', 'pinned function', `its code ${problem}`);
}

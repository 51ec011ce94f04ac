// How does the kernel print numbers, addresses and strings for programs?
import type { VmMemory } from '../memory.ts';

/** Longest result of one conversion, so that a width of nine digits costs nothing. */
const MAX_WIDTH = 512;

/** A string, or a bare pointer, ends before a space or a mark, Latin-1's included. */
const END = '(?=$|[\\t-\\r -/:-@[-`{-~\\xa0-\\xbf\\xd7\\xf7])';
const CONVERSION = new RegExp(`^%([0+\\- ]*)([1-9][0-9]*)?(?:(p)(?:(K|x|s|S|B|[iI][46]|[ku]s${END})|${END})|(s)${END}|(c)|(ll|l)?([diuxX]))`);

/**
 * Formats as `bpf_trace_printk` and `bpf_snprintf` do. Text is bytes here, one a character: see `bytesToText`.
 *
 * @param args 64-bit arguments
 * @returns undefined for a format that the kernel refuses (`-EINVAL`)
 */
export function formatPrintk(memory: VmMemory, format: string, args: readonly bigint[]): string | undefined {
  let text = '';
  let taken = 0;
  for (let at = 0; at < format.length; at++) {
    const char = format[at] as string;
    if (char === '\x7f' || (char < ' ' && !'\n\t\r\v\f'.includes(char))) return undefined;
    if (char !== '%') {
      text += char;
      continue;
    }
    if (format[at + 1] === '%') {
      text += '%';
      at++;
      continue;
    }
    const spec = CONVERSION.exec(format.slice(at));
    if (spec === null) return undefined;
    at += spec[0].length - 1;
    if (taken >= args.length) return undefined;
    const value = args[taken++] as bigint;
    const flags = spec[1] as string;
    const width = Math.min(Number(spec[2] ?? 0), MAX_WIDTH);
    let part: string;
    if (spec[3] !== undefined) part = formatPointer(memory, value, spec[4] ?? '');
    else if (spec[5] !== undefined) part = readString(memory, value);
    else if (spec[6] !== undefined) part = String.fromCharCode(Number(value & 0xffn));
    else {
      text += formatInteger(value, spec[7] !== undefined, spec[8] as string, flags, width);
      continue;
    }
    text += flags.includes('-') ? part.padEnd(width) : part.padStart(width);
  }
  return text;
}

function formatInteger(value: bigint, long: boolean, conversion: string, flags: string, width: number): string {
  const bits = long ? 64 : 32;
  const signed = conversion === 'd' || conversion === 'i';
  const number = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  const negative = number < 0n;
  let digits = (negative ? -number : number).toString(conversion === 'x' || conversion === 'X' ? 16 : 10);
  if (conversion === 'X') digits = digits.toUpperCase();
  const sign = negative ? '-' : signed && flags.includes('+') ? '+' : signed && flags.includes(' ') ? ' ' : '';
  if (flags.includes('-')) return (sign + digits).padEnd(width);
  if (flags.includes('0')) return sign + digits.padStart(Math.max(0, width - sign.length), '0');
  return (sign + digits).padStart(width);
}

/** Addresses are not hashed: they mean nothing outside of the machine. */
function formatPointer(memory: VmMemory, value: bigint, kind: string): string {
  switch (kind) {
    case 'ks':
    case 'us':
      return readString(memory, value);
    case 'i4':
    case 'I4': {
      const bytes = readBytes(memory, value, 4);
      return [...bytes].map((byte) => (kind === 'i4' ? byte.toString().padStart(3, '0') : byte.toString())).join('.');
    }
    case 'i6':
    case 'I6': {
      const bytes = readBytes(memory, value, 16);
      const groups: string[] = [];
      for (let i = 0; i < 16; i += 2) groups.push(hex(bytes[i] ?? 0, 2) + hex(bytes[i + 1] ?? 0, 2));
      return kind === 'i6' ? groups.join('') : groups.join(':');
    }
    case 's':
    case 'S':
    case 'B':
      return `0x${value.toString(16)}`;
    default:
      return value.toString(16).padStart(16, '0');
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function readBytes(memory: VmMemory, value: bigint, size: number): Uint8Array {
  const address = value <= 0xffff_ffffn ? Number(value) : 0;
  return memory.isReadable(address, size) ? memory.copyOut(address, size) : new Uint8Array(size);
}

/** The string at an address; empty when it cannot be read, and ended by what cannot. */
function readString(memory: VmMemory, value: bigint): string {
  if (value > 0xffff_ffffn) return '';
  const address = Number(value);
  let end = address;
  while (end - address < MAX_WIDTH && memory.isReadable(end, 1) && memory.bytes[end] !== 0) end++;
  return bytesToText(memory.bytes.subarray(address, end));
}

/** Bytes as a string of characters 0 to 255, so that nothing is lost or checked on the way. */
export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The reverse of `bytesToText`. */
export function textToBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

// How do the tools ask the running kernel? bpf(2) through koffi: maps and program loads with the log.
import koffi from 'koffi';

const BPF_MAP_CREATE = 0;
const BPF_MAP_UPDATE_ELEM = 2;
const BPF_PROG_LOAD = 5;
const BPF_OBJ_GET_INFO_BY_FD = 15;
const BPF_BTF_LOAD = 18;
const BPF_MAP_FREEZE = 22;
const INSN_BYTES = 8;
const SYS_bpf = process.arch === 'arm64' ? 280 : 321;

const libc = koffi.load('libc.so.6');
const syscall = libc.func('long syscall(long number, long cmd, void *attr, long size)');
const closeFd = libc.func('int close(int fd)');

const attr = Buffer.alloc(256);
const logBuffer = Buffer.alloc(1 << 24);
const license = Buffer.alloc(256);
const funcInfoBuffer = Buffer.alloc(1 << 16);
const lineInfoBuffer = Buffer.alloc(1 << 16);
const fdArrayBuffer = Buffer.alloc(256);
const insnBuffer = Buffer.alloc(1 << 23);
const infoBuffer = Buffer.alloc(256);
// Kept alive here, since the kernel sees addresses only, and optimized code lets go of a variable after its last use.
const keyBuffer = Buffer.alloc(8);
let valueBuffer = Buffer.alloc(1 << 16);
let btfBuffer = Buffer.alloc(1 << 16);

function call(cmd, size) {
  const result = Number(syscall(SYS_bpf, cmd, attr, size));
  return result < 0 ? -koffi.errno() : result;
}

function pointer(buffer) {
  return BigInt(koffi.address(buffer));
}

/** Creates a map; returns its fd, or minus errno. */
export function createMap({ type, keySize, valueSize, maxEntries, flags = 0, innerFd = 0, btfFd = 0, btfKey = 0, btfValue = 0, extra = 0n, name = '' }) {
  attr.fill(0);
  attr.write(name.slice(0, 15), 28, 'latin1');
  [type, keySize, valueSize, maxEntries, flags, innerFd].forEach((value, i) => attr.writeUInt32LE(value, i * 4));
  attr.writeUInt32LE(btfFd, 48);
  attr.writeUInt32LE(btfKey, 52);
  attr.writeUInt32LE(btfValue, 56);
  attr.writeBigUInt64LE(BigInt(extra), 64);
  return call(BPF_MAP_CREATE, 80);
}

/** Writes the value of an array map's first element and freezes the map; returns 0 or minus errno. */
export function freezeMap(fd, value) {
  if (valueBuffer.length < value.length) valueBuffer = Buffer.alloc(value.length);
  valueBuffer.set(value);
  attr.fill(0);
  attr.writeUInt32LE(fd, 0);
  attr.writeBigUInt64LE(pointer(keyBuffer), 8);
  attr.writeBigUInt64LE(pointer(valueBuffer), 16);
  const updated = call(BPF_MAP_UPDATE_ELEM, 32);
  if (updated < 0) return updated;
  attr.fill(0);
  attr.writeUInt32LE(fd, 0);
  return call(BPF_MAP_FREEZE, 32);
}

/** Loads BTF; returns its fd, or minus errno. */
export function loadBtf(bytes) {
  if (btfBuffer.length < bytes.length) btfBuffer = Buffer.alloc(bytes.length);
  btfBuffer.set(bytes);
  attr.fill(0);
  attr.writeBigUInt64LE(pointer(btfBuffer), 0);
  attr.writeUInt32LE(bytes.length, 16);
  return call(BPF_BTF_LOAD, 32);
}

/** Writes records of words, as far as they fit their size, and puts size, address and number into the attributes from `at` on. */
function writeRecords(buffer, records, size, at) {
  buffer.fill(0);
  records.forEach((words, i) => words.slice(0, size / 4).forEach((word, j) => buffer.writeUInt32LE(word >>> 0, i * size + j * 4)));
  attr.writeUInt32LE(size, at);
  attr.writeBigUInt64LE(pointer(buffer), at + 4);
  attr.writeUInt32LE(records.length, at + 12);
}

/**
 * Loads a program and closes it again, unless it is to be kept.
 *
 * @param funcInfo `{ insnIdx, typeId }` of every function, when there is a `btfFd`
 * @param lineInfo `{ insnIdx, fileNameOff, lineOff, line, column }`, likewise
 * @returns `{ errno, log, fd }`; errno 0 when it was accepted
 */
export function loadProgram({ type, insns, logLevel = 2, license: text = 'GPL', flags = 0, attachType = 0, attachBtfId = 0, attachProgFd = 0, ifindex = 0, fdArray = [], btfFd = 0, funcInfo = [], funcInfoRecSize = 8, lineInfo = [], lineInfoRecSize = 16, keep = false }) {
  attr.fill(0);
  license.fill(0);
  license.write(text);
  insnBuffer.set(insns);
  attr.writeUInt32LE(type, 0);
  attr.writeUInt32LE(insns.length / 8, 4);
  attr.writeBigUInt64LE(pointer(insnBuffer), 8);
  attr.writeBigUInt64LE(pointer(license), 16);
  if (logLevel !== 0) {
    attr.writeUInt32LE(logLevel, 24);
    attr.writeUInt32LE(logBuffer.length, 28);
    attr.writeBigUInt64LE(pointer(logBuffer), 32);
    logBuffer[0] = 0;
  }
  attr.writeUInt32LE(flags, 44);
  attr.writeUInt32LE(ifindex, 64);
  attr.writeUInt32LE(attachType, 68);
  attr.writeUInt32LE(attachBtfId, 108);
  attr.writeUInt32LE(attachProgFd, 112);
  if (btfFd !== 0) {
    attr.writeUInt32LE(btfFd, 72);
    const funcs = funcInfo.map(({ insnIdx, typeId }) => [insnIdx, typeId]);
    writeRecords(funcInfoBuffer, funcs, funcInfoRecSize, 76);
    const lines = lineInfo.map(({ insnIdx, fileNameOff, lineOff, line, column }) => [insnIdx, fileNameOff, lineOff, (line << 10) | column]);
    if (lines.length > 0) writeRecords(lineInfoBuffer, lines, lineInfoRecSize, 92);
  }
  if (fdArray.length > 0) {
    fdArray.forEach((fd, i) => fdArrayBuffer.writeInt32LE(fd, i * 4));
    attr.writeBigUInt64LE(pointer(fdArrayBuffer), 120);
  }
  const fd = call(BPF_PROG_LOAD, 128);
  const log = logLevel === 0 ? '' : logBuffer.toString('latin1', 0, logBuffer.indexOf(0));
  if (fd >= 0 && !keep) closeFd(fd);
  return { errno: fd < 0 ? -fd : 0, log, fd };
}

/** Instructions of a loaded program once the kernel has translated it. */
export function translatedLength(fd) {
  infoBuffer.fill(0);
  attr.fill(0);
  attr.writeUInt32LE(fd, 0);
  attr.writeUInt32LE(infoBuffer.length, 4);
  attr.writeBigUInt64LE(pointer(infoBuffer), 8);
  const result = call(BPF_OBJ_GET_INFO_BY_FD, 16);
  if (result < 0) throw new Error(`info of a program: errno ${-result}`);
  return infoBuffer.readUInt32LE(20) / INSN_BYTES;
}

export { closeFd };

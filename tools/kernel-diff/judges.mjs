// What do the running kernel and the simulated verifier say of one program?
//
// Both get the same value: `{ progType, attachType, flags, license, maps, insns, btf? }`, a parsed case or a generated program, in
// which number n stands for the fd of the n-th map.
import { existsSync, readFileSync } from 'node:fs';
import { closeFd, createMap, freezeMap, loadBtf, loadProgram } from '../bpf-syscall.mjs';
import { rootlet } from './rootlet.mjs';

const { encodeInsns, verify, caseInput, parseBtf } = rootlet;

/** Maps made already, by what they are: one process makes each kind once. */
const mapFds = new Map();
const VMLINUX = '/sys/kernel/btf/vmlinux';
let vmlinux;

function mapFd(map, all) {
  const key = JSON.stringify([map.name, map.type, map.keySize, map.valueSize, map.maxEntries, map.flags, map.inner, map.frozen && [...map.frozen]]);
  const known = mapFds.get(key);
  if (known !== undefined) return known;
  const inner = all.find((other) => other.name === map.inner);
  const fd = createMap({ ...map, innerFd: inner === undefined ? 0 : mapFd(inner, all) });
  if (fd < 0) throw new Error(`map ${map.name}: errno ${-fd}`);
  if (map.frozen !== undefined) {
    const result = freezeMap(fd, map.frozen);
    if (result < 0) throw new Error(`map ${map.name}: freeze: errno ${-result}`);
  }
  mapFds.set(key, fd);
  return fd;
}

/** BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE. */
const isMapLoad = (insns, idx) => insns.code[idx] === 0x18 && (insns.src[idx] === 1 || insns.src[idx] === 2);

/** @returns {{ errno: number, log: string }} */
export function askKernel(program, logLevel) {
  const fds = program.maps.map((map) => mapFd(map, program.maps));
  const bytes = encodeInsns(program.insns, true);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let idx = 0; idx < program.insns.length; idx++) {
    const fd = fds[program.insns.imm[idx] - 1];
    if (isMapLoad(program.insns, idx) && fd !== undefined) view.setInt32(idx * 8 + 4, fd, true);
  }
  const btfFd = program.btf === undefined ? 0 : loadBtf(program.btf.bytes);
  if (btfFd < 0) throw new Error(`btf: errno ${-btfFd}`);
  const answer = loadProgram({
    type: program.progType,
    insns: bytes,
    logLevel,
    license: program.license,
    flags: program.flags,
    attachType: program.attachType,
    btfFd,
    funcInfo: program.btf?.funcInfo ?? [],
  });
  if (btfFd > 0) closeFd(btfFd);
  return answer;
}

/** @returns {{ errno: number, log: string, unsupported?: string, crash?: Error }} */
export function askSim(program, logLevel) {
  if (vmlinux === undefined && existsSync(VMLINUX)) vmlinux = parseBtf(readFileSync(VMLINUX));
  try {
    const result = verify(caseInput(program, vmlinux), { logLevel });
    return { errno: result.errno, log: result.log };
  } catch (error) {
    if (error.code === 'UNSUPPORTED') return { errno: -1, log: '', unsupported: error.message };
    return { errno: -1, log: '', crash: error };
  }
}

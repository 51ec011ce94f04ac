// What do the running kernel and the simulated verifier say of one program?
//
// Both get the same value: `{ progType, attachType, flags, license, maps, insns, btf? }`, a parsed case or a generated program, in
// which numbers from FIRST_MAP_FD on stand for the fds of the maps.
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { closeFd, createMap, freezeMap, loadBtf, loadProgram, translatedLength } from '../bpf-syscall.mjs';
import { deviceIndex } from './devices.mjs';
import { rootlet } from './rootlet.mjs';

const { caseInput, encodeInsns, FIRST_MAP_FD, parseBtf, profileOf, verify } = rootlet;
/** The simulated kernel that is like the running one. */
const profile = profileOf(/^\d+\.\d+/.exec(release())?.[0] ?? '');

/** Maps made already, by what they are: one process makes each kind once. */
const mapFds = new Map();
/** Maps that may hold programs (program, device and CPU maps) belong to the first program that uses them: each gets its own. */
const OWNED_MAPS = [3, 14, 16, 25];
const owned = [];
const VMLINUX = '/sys/kernel/btf/vmlinux';
/** The running kernel's BTF. */
export const vmlinux = existsSync(VMLINUX) ? parseBtf(readFileSync(VMLINUX)) : undefined;

/** BTF loaded already, by its bytes: maps and program share it. To the kernel, BTF loaded anew is another one, so all go at once. */
const btfFds = new Map();
const MOST_BTF = 64;

function forgetAll() {
  for (const known of [mapFds, btfFds]) {
    for (const fd of known.values()) closeFd(fd);
    known.clear();
  }
}

function sharedBtf(bytes) {
  const key = Buffer.from(bytes).toString('base64');
  let fd = btfFds.get(key);
  if (fd === undefined) {
    fd = loadBtf(bytes);
    if (fd < 0) return fd;
    btfFds.set(key, fd);
  }
  return fd;
}

/** A map as text; what it holds maps of is part of it. */
function mapKey(map, all) {
  const inner = innerOf(map, all);
  return JSON.stringify([map.name, map.type, map.keySize, map.valueSize, map.maxEntries, map.flags, String(map.extra ?? 0), inner === undefined ? map.inner : mapKey(inner, all), map.frozenValue && [...map.frozenValue], map.btfBytes && Buffer.from(map.btfBytes).toString('base64')]);
}

const innerOf = (map, all) => all.find((other) => other.name === map.inner);

function mapFd(map, all) {
  const key = mapKey(map, all);
  const known = mapFds.get(key);
  if (known !== undefined) return known;
  const inner = innerOf(map, all);
  const btfFd = map.btfBytes === undefined ? 0 : sharedBtf(map.btfBytes);
  if (btfFd < 0) throw new Error(`map ${map.name}: btf: errno ${-btfFd}`);
  const innerFd = inner === undefined ? 0 : mapFd(inner, all);
  const fd = createMap({ ...map, innerFd, btfFd, btfKey: map.btfKeyTypeId ?? 0, btfValue: map.btfValueTypeId ?? 0 });
  if (fd < 0) throw new Error(`map ${map.name}: errno ${-fd}`);
  if (map.frozenValue !== undefined) {
    const result = freezeMap(fd, map.frozenValue);
    if (result < 0) throw new Error(`map ${map.name}: freeze: errno ${-result}`);
  }
  mapFds.set(key, fd);
  if (OWNED_MAPS.includes(map.type)) owned.push(key);
  return fd;
}

/** BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE. */
const isMapLoad = (insns, idx) => insns.code[idx] === 0x18 && (insns.src[idx] === 1 || insns.src[idx] === 2);

/** Calls that make Linux 6.18.44 fall (oops) when they are given, in place of a map, what is none, or one that has nothing special: not to be varied. */
export const OOPSES = /call bpf_(wq_init|task_work_schedule_\w+)/;

const isPacketLoad = (code) => (code & 7) === 0 && ((code >> 5) === 1 || (code >> 5) === 2);
const isCall = ({ code, src }, idx) => code[idx] === 0x85 && src[idx] === 1;

/**
 * Whether the kernel would go back out of the main function, past a packet load that left another one: 6.18.44 then changes memory
 * 16 GB beyond its own, and falls (oops) where nothing is there.
 */
function isDangerous(program) {
  const { insns } = program;
  const some = (test) => insns.code.some((_, idx) => test(idx));
  if (!some((idx) => isPacketLoad(insns.code[idx])) || !some((idx) => isCall(insns, idx))) return false;
  return askSim(program, 1).log.includes('subprog exit from frame 0');
}

/** Dangerous programs are not asked: the answer is the simulation's. @returns {{ errno: number, log: string, translated?: number }} */
export function askKernel(program, logLevel) {
  if (isDangerous(program)) return askSim(program, logLevel);
  if (btfFds.size > MOST_BTF) forgetAll();
  const targetFd = loadTarget(program.target);
  const { errno, log, fd } = load(program, { logLevel, attachProgFd: targetFd, keep: true });
  const answer = { errno, log, ...(errno === 0 ? { translated: translatedLength(fd) } : {}) };
  if (errno === 0) closeFd(fd);
  if (targetFd !== 0) closeFd(targetFd);
  for (const key of owned.splice(0)) {
    closeFd(mapFds.get(key));
    mapFds.delete(key);
  }
  return answer;
}

/** What is extended or traced, and what that extends. @returns its fd; 0 for none */
function loadTarget(target) {
  if (target === undefined) return 0;
  const attachProgFd = loadTarget(target.target);
  const { errno, log, fd } = load(target, { logLevel: 1, attachProgFd, keep: true });
  if (attachProgFd !== 0) closeFd(attachProgFd);
  if (errno !== 0) throw new Error(`target: errno ${errno}: ${log}`);
  return fd;
}

function load(program, how) {
  const bytes = encodeInsns(program.insns, true);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let idx = 0; idx < program.insns.length; idx++) {
    const map = program.maps[program.insns.imm[idx] - FIRST_MAP_FD];
    if (isMapLoad(program.insns, idx) && map !== undefined) view.setInt32(idx * 8 + 4, mapFd(map, program.maps), true);
  }
  const btfFd = program.btf === undefined ? 0 : sharedBtf(program.btf.bytes);
  if (btfFd < 0) throw new Error(`btf: errno ${-btfFd}`);
  return loadProgram({
    ...how,
    type: program.progType,
    insns: bytes,
    license: program.license,
    flags: program.flags,
    attachType: program.attachType,
    attachBtfId: program.attachBtfId ?? 0,
    fdArray: program.fds?.map((word) => (word === 'own' ? btfFd : 0)),
    ifindex: deviceIndex(program.device),
    btfFd,
    funcInfo: program.btf?.funcInfo ?? [],
    ...program.records,
  });
}

/** `onProgress` may throw to give up: the error is the crash. @returns {{ errno: number, log: string, translated?: number, unsupported?: string, crash?: Error }} */
export function askSim(program, logLevel, onProgress) {
  try {
    const result = verify({ ...caseInput(program, vmlinux, profile), ...program.records }, { logLevel, profile, ...(onProgress === undefined ? {} : { onProgress }) });
    return { errno: result.errno, log: result.log, translated: result.translatedInsns };
  } catch (error) {
    if (error.code === 'UNSUPPORTED') return { errno: -1, log: '', unsupported: error.message };
    return { errno: -1, log: '', crash: error };
  }
}

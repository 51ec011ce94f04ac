// How do two judges get to see the same program, relocated and with its maps?
//
// A Kernel that is the running one in everything but programs: those go to both judges, and are closed again at once.
import koffi from 'koffi';
import { rootlet } from './rootlet.mjs';

const { parseBtf, verify } = rootlet;

const CLOCK_THREAD_CPUTIME_ID = 3;
const clockGettime = koffi.load('libc.so.6').func('int clock_gettime(int clock, void *time)');
const time = new BigInt64Array(2);

const FIRST_PROG_FD = 1 << 30;

/**
 * Milliseconds of processor time this thread has used: neither others on the machine count, nor the threads in which V8 compiles and
 * collects garbage meanwhile. The kernel verifies in the thread that asks, too.
 */
function cpuMs() {
  clockGettime(CLOCK_THREAD_CPUTIME_ID, time);
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}

/** What the simulated verifier is told of a map. */
function viewOf(attr, maps, btfs) {
  return {
    name: attr.name,
    type: attr.type,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags,
    ...(attr.extra === undefined ? {} : { extra: attr.extra }),
    ...(attr.innerMapFd === undefined ? {} : { innerMap: maps.get(attr.innerMapFd) }),
    ...(attr.btfFd === undefined ? {} : { btf: btfs.get(attr.btfFd), btfKeyTypeId: attr.btfKeyTypeId ?? 0, btfValueTypeId: attr.btfValueTypeId ?? 0 }),
  };
}

/**
 * Wraps the running kernel.
 *
 * @param linux LinuxKernel
 * @param {(attr: object, real: (level: number) => object, sim: (level: number) => object) => void} onProgram given, for every program,
 *   how to ask either judge at a level, of its instructions or others: `{ verdict, errno, log, message, ms }`
 */
export function teeKernel(linux, onProgram) {
  const maps = new Map();
  const btfs = new Map();
  let nextFd = FIRST_PROG_FD;
  const vmlinux = linux.vmlinuxBtf();

  const real = (attr) => (logLevel, insns = attr.insns) => {
    const started = cpuMs();
    try {
      const { fd, log } = linux.progLoad({ ...attr, insns, logLevel });
      const ms = cpuMs() - started;
      linux.close(fd);
      return { verdict: 'accept', errno: 0, log, message: '', ms };
    } catch (error) {
      return { verdict: 'reject', errno: error.errno, log: error.log ?? '', message: error.message, ms: cpuMs() - started };
    }
  };
  const sim = (attr) => (logLevel, insns = attr.insns) => {
    const input = {
      name: attr.name,
      progType: attr.type,
      expectedAttachType: attr.expectedAttachType,
      insns,
      license: attr.license,
      flags: attr.flags,
      ...(attr.btfFd === undefined ? {} : { btf: btfs.get(attr.btfFd), funcInfo: attr.funcInfo ?? [], lineInfo: attr.lineInfo ?? [] }),
      mapByFd: (fd) => maps.get(fd),
      mapByIdx: (idx) => maps.get(attr.fdArray?.[idx]),
      fdByIdx: (idx) => attr.fdArray?.[idx] ?? 0,
      ...(attr.attachBtfId === undefined ? {} : { attachBtfId: attr.attachBtfId }),
      vmlinux,
    };
    const started = cpuMs();
    try {
      const { verdict, errno, log, error } = verify(input, { logLevel });
      return { verdict, errno, log, message: error ?? '', ms: cpuMs() - started };
    } catch (error) {
      if (error.code === 'UNSUPPORTED') return { verdict: 'unsupported', errno: 0, log: '', message: error.message, ms: 0 };
      return { verdict: 'thrown', errno: 0, log: '', message: String(error.stack), ms: 0 };
    }
  };

  const own = {
    btfLoad(bytes) {
      const fd = linux.btfLoad(bytes);
      btfs.set(fd, parseBtf(bytes));
      return fd;
    },
    mapCreate(attr) {
      const fd = linux.mapCreate(attr);
      // Linux may have refused its types: LinuxKernel makes it without them then.
      const { btfId } = attr.btfFd === undefined ? { btfId: 0 } : linux.info(fd);
      maps.set(fd, viewOf(btfId === 0 ? { ...attr, btfFd: undefined } : attr, maps, btfs));
      return fd;
    },
    mapUpdate(fd, key, value, flags) {
      if (value.length === 4 && new DataView(value.buffer, value.byteOffset).getUint32(0, true) >= FIRST_PROG_FD) return;
      linux.mapUpdate(fd, key, value, flags);
      const map = maps.get(fd);
      if (map !== undefined && map.type === 2 && map.maxEntries === 1) map.value = Uint8Array.from(value);
    },
    mapFreeze(fd) {
      linux.mapFreeze(fd);
      const map = maps.get(fd);
      if (map?.value !== undefined) map.frozenValue = map.value;
    },
    progLoad(attr) {
      onProgram(attr, real(attr), sim(attr));
      return { fd: nextFd++, log: '' };
    },
    close(fd) {
      if (fd >= FIRST_PROG_FD) return;
      linux.close(fd);
      maps.delete(fd);
      btfs.delete(fd);
    },
  };
  return new Proxy(linux, {
    get(target, name) {
      const value = own[name] ?? target[name];
      return typeof value === 'function' && own[name] === undefined ? value.bind(target) : value;
    },
  });
}

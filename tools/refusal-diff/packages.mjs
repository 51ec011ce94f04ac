// What does rootlet say when the kernel refuses? The other side of probe.c, asked by tools/refusal-diff.mjs.
import { readFileSync } from 'node:fs';
import { createKoffiFfi, LinuxKernel } from '@rootlet/linux-kernel';
import { BpfObject } from '@rootlet/libbpf';
import { BPF_LINK_CREATE, BPF_PROG_LOAD, BPF_RAW_TRACEPOINT_OPEN, ECANCELED } from '@rootlet/uapi';

/** Places of `union bpf_attr` for program loads. */
const [LOG_SIZE_AT, LOG_BUF_AT, NAME_AT] = [28, 32, 48];

/**
 * @typedef {object} Scenario a refusal: which call of the kernel fails, and how
 * @property {string} file
 * @property {string} program the only one that is loaded
 * @property {number | 'perf' | '-'} call command of bpf(2), `perf` for perf_event_open(2), or `-` for none
 * @property {number} errno
 * @property {string} [log] what the verifier says
 * @property {string[]} [attach] kind and arguments
 *
 * @param {Scenario} scenario
 * @returns {string | undefined} what the error says, log included; undefined when nothing was refused
 */
export function refusalOf({ file, program: name, call, errno, log, attach }) {
  const real = createKoffiFfi();
  /** What addresses were taken of, to write logs to. */
  const buffers = new Map();
  let [armed, attaching] = [false, false];
  const kernel = new LinuxKernel({
    ...real,
    address: (bytes) => {
      const address = real.address(bytes);
      buffers.set(address, bytes);
      return address;
    },
    bpfAt: (cmd, address, size) => (armed && cmd === call ? -errno : real.bpfAt(cmd, address, size)),
    perfEventOpen: (...args) => (armed && call === 'perf' ? -errno : real.perfEventOpen(...args)),
    bpf: (cmd, attr) => {
      if (armed && cmd === call && (cmd !== BPF_PROG_LOAD || name.startsWith(nameOf(attr)))) {
        const data = new DataView(attr.buffer);
        if (cmd === BPF_PROG_LOAD && log !== undefined && data.getUint32(LOG_SIZE_AT, true) > 0) buffers.get(data.getBigUint64(LOG_BUF_AT, true))?.set(new TextEncoder().encode(log));
        return -errno;
      }
      return attaching && (cmd === BPF_LINK_CREATE || cmd === BPF_RAW_TRACEPOINT_OPEN) ? -ECANCELED : real.bpf(cmd, attr);
    },
  });
  const object = BpfObject.open({ name: file.replace(/.*\/|\.o$/g, ''), bytes: readFileSync(file) }, { kernel });
  for (const program of object.programs) program.setAutoload(program.name === name);
  try {
    armed = true;
    object.load();
    attaching = true;
    if (attach !== undefined) attachAs(object.findProgram(name), attach);
    return undefined;
  } catch (error) {
    return error.log === undefined || error.log === '' ? error.message : `${error.message}\n${error.log}`;
  } finally {
    armed = false;
    object.close();
  }
}

function nameOf(attr) {
  const bytes = attr.subarray(NAME_AT, NAME_AT + 16);
  return attr.length <= NAME_AT || bytes[0] === 0 ? '\0' : new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

function attachAs(program, [kind, first, second, third]) {
  const ways = {
    auto: () => program.attach(),
    xdp: () => program.attachXdp(Number(first)),
    cgroup: () => program.attachCgroup(Number(first)),
    netns: () => program.attachNetns(Number(first)),
    tcx: () => program.attachTcx(Number(first)),
    tracepoint: () => program.attachTracepoint(first, second),
    kprobe: () => program.attachKprobe(first),
    perf_event: () => program.attachPerfEvent(Number(first)),
    usdt: () => program.attachUsdt(first, second, third),
    uprobe: () => program.attachUprobe(first, { func: second }),
    uprobe_multi: () => program.attachUprobeMulti(first, { pattern: second }),
    kprobe_multi: () => program.attachKprobeMulti(first),
  };
  return ways[kind]();
}

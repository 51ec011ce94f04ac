// For which network devices does the running kernel load a case's program?
//
// A veth pair in a network namespace that only this thread is in, made when a case first names a device.
import { execFileSync } from 'node:child_process';
import koffi from 'koffi';

const CLONE_NEWNET = 0x4000_0000;
/** No device has it. */
const MISSING = 9999;
let known;

/** `prog_ifindex` of `veth`, `lo` or `missing`; 0 for none. */
export function deviceIndex(name) {
  if (name === undefined) return 0;
  if (name === 'missing') return MISSING;
  known ??= makeDevices();
  return known[name];
}

function makeDevices() {
  const libc = koffi.load(null);
  if (libc.func('int unshare(int flags)')(CLONE_NEWNET) !== 0) throw new Error(`no network namespace: errno ${koffi.errno()}`);
  execFileSync('ip', ['link', 'add', 'veth', 'type', 'veth', 'peer', 'name', 'other']);
  const indexOf = libc.func('unsigned int if_nametoindex(const char *name)');
  return { veth: indexOf('veth'), lo: indexOf('lo') };
}

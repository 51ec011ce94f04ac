// How are dynamic probes opened as perf events?
import { existsSync, readFileSync } from 'node:fs';
import { openPerfEvent } from './perf.ts';
import type { AttachHost } from './host.ts';

/** Shift of the offset of a reference counter in `config`. @source Documentation/ABI: event_source/devices/uprobe/format/ref_ctr_offset */
const REF_CTR_SHIFT = 32n;

/** Whether the kernel offers kprobes or uprobes as perf events. */
export function hasPmu(kind: 'kprobe' | 'uprobe'): boolean {
  return existsSync(`/sys/bus/event_source/devices/${kind}/type`);
}

/** A dynamic probe. */
export interface ProbeAttr {
  /** Function of the kernel, or path of a file. */
  readonly name: string;
  readonly byteOff: number;
  readonly retprobe: boolean;
  readonly refCtrOff?: number;
}

/** Opens a probe as perf event. @returns fd, or the negative errno */
export function openProbe(host: AttachHost, kind: 'kprobe' | 'uprobe', probe: ProbeAttr, pid: number): number {
  const folder = `/sys/bus/event_source/devices/${kind}`;
  const type = Number(readFileSync(`${folder}/type`, 'utf8').trim());
  const retprobeBit = /config:(\d+)/.exec(readFileSync(`${folder}/format/retprobe`, 'utf8'))?.[1] ?? '0';
  const name = host.text(probe.name);
  const attr = {
    type,
    config: (probe.retprobe ? 1n << BigInt(retprobeBit) : 0n) | (BigInt(probe.refCtrOff ?? 0) << REF_CTR_SHIFT),
    config1: host.ffi.address(name),
    config2: BigInt(probe.byteOff),
  };
  return openPerfEvent(host, attr, pid);
}

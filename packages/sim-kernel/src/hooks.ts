// Where can programs be attached, and what happens there?
import { KernelError } from '@rootlet/loader';
import type { LinkAttr, LinkInfo, TestRunOptions } from '@rootlet/loader';
import {
  BPF_CGROUP_INET_EGRESS,
  BPF_CGROUP_INET_INGRESS,
  BPF_LINK_TYPE_CGROUP,
  BPF_LINK_TYPE_PERF_EVENT,
  BPF_LINK_TYPE_RAW_TRACEPOINT,
  BPF_LINK_TYPE_TCX,
  BPF_LINK_TYPE_XDP,
  BPF_PERF_EVENT,
  BPF_PROG_TYPE_CGROUP_SKB,
  BPF_PROG_TYPE_KPROBE,
  BPF_PROG_TYPE_PERF_EVENT,
  BPF_PROG_TYPE_RAW_TRACEPOINT,
  BPF_PROG_TYPE_SCHED_CLS,
  BPF_PROG_TYPE_TRACEPOINT,
  BPF_PROG_TYPE_XDP,
  BPF_TCX_EGRESS,
  BPF_TCX_INGRESS,
  BPF_TRACE_RAW_TP,
  BPF_XDP,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOEXEC,
} from '@rootlet/uapi';
import type { LinkBody, SimLink, SimProg } from './objects.ts';
import type { KernelState } from './state.ts';
import { runOn } from './test-run.ts';
import type { SimRunResult } from './test-run.ts';
import { requireBound } from './unbound.ts';

/** What programs of a type attach to. */
interface HookKind {
  readonly progTypes: readonly number[];
  readonly attachTypes: readonly number[];
  readonly linkType: number;
  /** What names the place: an interface index, a cgroup or other fd, or a name. */
  readonly target: 'ifindex' | 'fd' | 'name';
  /** Only one program at a time. */
  readonly exclusive: boolean;
  /** With several programs: the answer after which the next one is asked. */
  readonly next?: number;
}

const TCX_NEXT = 0xffff_ffff;

const KINDS: readonly HookKind[] = [
  { progTypes: [BPF_PROG_TYPE_XDP], attachTypes: [BPF_XDP], linkType: BPF_LINK_TYPE_XDP, target: 'ifindex', exclusive: true },
  {
    progTypes: [BPF_PROG_TYPE_SCHED_CLS],
    attachTypes: [BPF_TCX_INGRESS, BPF_TCX_EGRESS],
    linkType: BPF_LINK_TYPE_TCX,
    target: 'ifindex',
    exclusive: false,
    next: TCX_NEXT,
  },
  {
    progTypes: [BPF_PROG_TYPE_CGROUP_SKB],
    attachTypes: [BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS],
    linkType: BPF_LINK_TYPE_CGROUP,
    target: 'fd',
    exclusive: false,
  },
  {
    progTypes: [BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_PERF_EVENT],
    attachTypes: [BPF_PERF_EVENT],
    linkType: BPF_LINK_TYPE_PERF_EVENT,
    target: 'name',
    exclusive: false,
  },
  {
    progTypes: [BPF_PROG_TYPE_RAW_TRACEPOINT],
    attachTypes: [BPF_TRACE_RAW_TP],
    linkType: BPF_LINK_TYPE_RAW_TRACEPOINT,
    target: 'name',
    exclusive: false,
  },
];

/** A place where programs are attached. */
export interface HookPoint {
  /** `BPF_*` attach type. */
  readonly attachType: number;
  readonly ifindex?: number;
  /** cgroup or other fd. */
  readonly fd?: number;
  /** Tracepoint or function, e.g. `syscalls/sys_enter_openat`. */
  readonly name?: string;
}

/** A run of an attached program. */
export interface HookRun extends SimRunResult {
  readonly progId: number;
  readonly linkId: number;
}

/** A hook with what is attached to it, in the order in which it runs. */
export interface AttachedHook extends HookPoint {
  readonly progIds: readonly number[];
}

interface Place {
  readonly kind: HookKind;
  readonly point: HookPoint;
  readonly key: string;
}

/** Attaches a program to a virtual hook. @throws KernelError `ENOEXEC` unbound, `EBUSY` taken, `EINVAL` */
export function createHookLink(state: KernelState, attr: LinkAttr, prog: SimProg): LinkBody {
  const place = placeOf(attr, prog);
  requireBound(state, prog, 'link create', ENOEXEC);
  const there = state.hooks.get(place.key) ?? [];
  if (place.kind.exclusive && there.length > 0) throw new KernelError('link create', EBUSY, `something is attached to ${place.key}`);
  return new Attachment(state, place, prog, attr.cookie ?? 0n);
}

/** Puts a new link where triggers find it. */
export function enterHook(state: KernelState, link: SimLink): void {
  if (!(link.body instanceof Attachment)) return;
  const { key } = link.body.place;
  state.hooks.set(key, [...(state.hooks.get(key) ?? []), link]);
}

/**
 * Lets something happen at a hook: runs what is attached, in order. Where several programs share a hook, tc ones decide
 * whether the next one is asked; of the others all run.
 *
 * @throws KernelError `ENOENT` when nothing is attached
 */
export function triggerHook(state: KernelState, point: HookPoint, options: TestRunOptions): HookRun[] {
  const links = state.hooks.get(keyOf(point)) ?? [];
  if (links.length === 0) throw new KernelError('trigger', ENOENT, `nothing is attached to ${keyOf(point)}`);
  const runs: HookRun[] = [];
  let input = options;
  for (const link of links) {
    if (!(link.body instanceof Attachment)) continue;
    const { prog, cookie, place } = link.body;
    requireBound(state, prog, 'trigger', ENOEXEC);
    const run = runOn(state, prog, input, 'trigger', cookie);
    runs.push({ ...run, progId: prog.id, linkId: link.id });
    if (place.kind.next !== undefined && run.retval !== place.kind.next) break;
    // The next program sees the packet as this one left it.
    if (run.dataOut.length > 0) input = { ...input, dataIn: run.dataOut };
  }
  return runs;
}

/** Every hook that has programs. */
export function listHooks(state: KernelState): AttachedHook[] {
  return [...state.hooks.values()].flatMap((links) => {
    const [first] = links;
    if (first === undefined || !(first.body instanceof Attachment)) return [];
    return [{ ...first.body.place.point, progIds: links.map((link) => link.body.prog.id) }];
  });
}

class Attachment implements LinkBody {
  readonly place: Place;
  readonly cookie: bigint;
  readonly #state: KernelState;
  #prog: SimProg;

  constructor(state: KernelState, place: Place, prog: SimProg, cookie: bigint) {
    this.#state = state;
    this.place = place;
    this.cookie = cookie;
    this.#prog = prog.hold();
  }

  get prog(): SimProg {
    return this.#prog;
  }

  info(): Omit<LinkInfo, 'id' | 'progId'> {
    const { point, kind } = this.place;
    return { type: kind.linkType, targetObjId: point.ifindex ?? point.fd ?? 0, targetBtfId: 0, attachType: point.attachType };
  }

  update(prog: SimProg): void {
    if (!this.place.kind.progTypes.includes(prog.type)) {
      throw new KernelError('link update', EINVAL, `program '${prog.name}' is of another type`);
    }
    requireBound(this.#state, prog, 'link update', ENOEXEC);
    const old = this.#prog;
    this.#prog = prog.hold();
    old.release();
  }

  detach(): void {
    const rest = (this.#state.hooks.get(this.place.key) ?? []).filter((link) => link.body !== this);
    if (rest.length > 0) this.#state.hooks.set(this.place.key, rest);
    else this.#state.hooks.delete(this.place.key);
    this.#prog.release();
  }
}

function placeOf(attr: LinkAttr, prog: SimProg): Place {
  const kind = KINDS.find((candidate) => candidate.progTypes.includes(prog.type));
  if (kind === undefined) throw new KernelError('link create', EINVAL, `there is no hook for program '${prog.name}' of type ${prog.type}`);
  const [usual = 0] = kind.attachTypes;
  // 0 is both "not said" and BPF_CGROUP_INET_INGRESS.
  const attachType = attr.attachType === 0 && !kind.attachTypes.includes(0) ? usual : attr.attachType;
  if (!kind.attachTypes.includes(attachType)) {
    throw new KernelError('link create', EINVAL, `program '${prog.name}' cannot be attached as type ${attr.attachType}`);
  }
  const point: HookPoint = { attachType, ...targetOf(attr, kind, prog) };
  return { kind, point, key: keyOf(point) };
}

function targetOf(attr: LinkAttr, kind: HookKind, prog: SimProg): Omit<HookPoint, 'attachType'> {
  if (kind.target === 'ifindex') {
    const ifindex = attr.targetIfindex ?? attr.targetFd ?? 0;
    if (ifindex <= 0) throw new KernelError('link create', ENODEV, `program '${prog.name}': no interface is named`);
    return { ifindex };
  }
  if (kind.target === 'fd') return { fd: attr.targetFd ?? 0 };
  if (attr.targetName === undefined) throw new KernelError('link create', EINVAL, `program '${prog.name}': no hook is named`);
  return { name: attr.targetName };
}

function keyOf({ attachType, ifindex, fd, name }: HookPoint): string {
  const where = ifindex !== undefined ? `ifindex ${ifindex}` : name !== undefined ? `'${name}'` : `fd ${fd ?? 0}`;
  return `attach type ${attachType}, ${where}`;
}

// What is remembered of a loaded program, so that it can be bound to others?
import type { Btf } from '@rootlet/btf';
import { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE, BPF_PSEUDO_PROG_CALL, CALL } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import type { ProgAttr } from '@rootlet/loader';
import * as uapi from '@rootlet/uapi';

/** A call of a function that another program has. */
export interface Extern {
  /** FUNC id in the unit's BTF; in the kernel it is the id of the stub that stands for it. */
  readonly btfId: number;
  readonly name: string;
  /** Who provides it; undefined while nothing does. */
  provider: Unit | undefined;
  /** Link that puts the provider over the stub; undefined where there is none. */
  linkFd: number | undefined;
  /** The provider's body stands in the program itself. */
  isInlined: boolean;
  /** Index of its slot in the unit's program array; undefined where it is no slot. */
  slotIdx: number | undefined;
  /** What stands in the slot. */
  inSlot: Unit | undefined;
}

/** A program or library function, as it was given and as it stands in the kernel. */
export class Unit {
  /** As the loader gave it, with its pending calls; its maps are its own once its owner is gone. */
  attr: ProgAttr;
  readonly btf: Btf;
  readonly externs: readonly Extern[];
  /** Its fd; -1 after its owner closed it. */
  fd = -1;
  /** A function that is verified at each call only: its prototype says too little to Linux. The reason, for the plan. */
  perCall: string | undefined;
  /** Type of the carrier it was loaded over, as an EXT program; undefined when it is none. */
  extType: number | undefined;
  /** Expected attach type of that carrier. */
  extAttachType = 0;
  /** The copy of it that replaces a function, as it was made last. */
  replacementFd: number | undefined;
  /** What runs in its place in slots of program arrays; the unit itself when undefined. */
  replacedBy: Unit | undefined;
  /** Its program array; undefined where it has no slots. */
  arrayFd: number | undefined;
  /** Whether what stands in its slots may move the packet. */
  slotsMayMove = false;
  /** Fds of maps that go with it though it does not use them; its owner's. */
  readonly companions: Set<number> = new Set();
  /** Fds of maps that are kept for it. */
  readonly #mapFds = new Map<number, number>();
  /** Who needs it: its fd, links, units that call it. */
  #holders = 0;
  readonly #onGone: (unit: Unit) => void;

  constructor(attr: ProgAttr, btf: Btf, onGone: (unit: Unit) => void) {
    this.attr = attr;
    this.btf = btf;
    this.#onGone = onGone;
    if (changesPacketData(attr.insns)) this.perCall = 'it may move the packet';
    const ids = new Set(pendingCalls(attr.insns).map((idx) => attr.insns.imm[idx] as number));
    this.externs = [...ids].map((btfId) => ({ btfId, name: btf.name(btfId), provider: undefined, linkFd: undefined, isInlined: false, slotIdx: undefined, inSlot: undefined }));
  }

  get name(): string {
    return this.attr.name;
  }

  /** FUNC id of its entry; undefined without func info. */
  get entryBtfId(): number | undefined {
    return this.attr.funcInfo?.find(({ insnIdx }) => insnIdx === 0)?.typeId;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  /** Whether anything but its fd needs it. */
  get isShared(): boolean {
    return this.#holders > 1;
  }

  /** Its owner closes its maps; it may have to be loaded again. @param dup a second fd for what one names */
  keepMaps(dup: (fd: number) => number): void {
    const insns = this.attr.insns.slice();
    for (const idx of mapLoads(insns)) {
      const fd = insns.imm[idx] as number;
      const own = this.#mapFds.get(fd) ?? dup(fd);
      this.#mapFds.set(fd, own);
      insns.imm[idx] = own;
    }
    this.attr = { ...this.attr, insns };
  }

  /** Fds that were opened for it: they are its own already. */
  adoptFds(fds: readonly number[]): void {
    for (const fd of fds) this.#mapFds.set(fd, fd);
  }

  /** Fds that {@link keepMaps} made, or that it was given. */
  get mapFds(): Iterable<number> {
    return new Set(this.#mapFds.values());
  }

  release(): void {
    if (--this.#holders === 0) this.#onGone(this);
  }
}

/** Indices of the calls that are to be bound: `src` 3, `off` -1, `imm` the extern's FUNC id. */
export function pendingCalls(insns: Insns): number[] {
  const found: number[] = [];
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === CALL && insns.src[idx] === BPF_PSEUDO_PROG_CALL && insns.off[idx] === -1) found.push(idx);
    if (insns.isWide(idx)) idx++;
  }
  return found;
}

/** Indices of the loads that name a map by fd. */
export function mapLoads(insns: Insns): number[] {
  const found: number[] = [];
  for (let idx = 0; idx < insns.length; idx++) {
    if (!insns.isWide(idx)) continue;
    if (insns.src[idx] === BPF_PSEUDO_MAP_FD || insns.src[idx] === BPF_PSEUDO_MAP_VALUE) found.push(idx);
    idx++;
  }
  return found;
}

/** Helpers after which packet pointers are void. @source bpf-helpers(7): "invalidated … all checks on pointers" */
const PACKET_HELPERS: ReadonlySet<number> = /* @__PURE__ */ new Set([
  uapi.BPF_FUNC_skb_store_bytes,
  uapi.BPF_FUNC_skb_pull_data,
  uapi.BPF_FUNC_l3_csum_replace,
  uapi.BPF_FUNC_l4_csum_replace,
  uapi.BPF_FUNC_skb_vlan_push,
  uapi.BPF_FUNC_skb_vlan_pop,
  uapi.BPF_FUNC_skb_change_proto,
  uapi.BPF_FUNC_skb_change_tail,
  uapi.BPF_FUNC_skb_change_head,
  uapi.BPF_FUNC_skb_adjust_room,
  uapi.BPF_FUNC_clone_redirect,
  uapi.BPF_FUNC_xdp_adjust_head,
  uapi.BPF_FUNC_xdp_adjust_tail,
  uapi.BPF_FUNC_xdp_adjust_meta,
  uapi.BPF_FUNC_lwt_push_encap,
  uapi.BPF_FUNC_lwt_seg6_store_bytes,
  uapi.BPF_FUNC_lwt_seg6_adjust_srh,
  uapi.BPF_FUNC_lwt_seg6_action,
  uapi.BPF_FUNC_msg_pull_data,
  uapi.BPF_FUNC_msg_push_data,
  uapi.BPF_FUNC_msg_pop_data,
]);

/** Whether instructions call a helper that may move the packet. */
export function changesPacketData(insns: Insns): boolean {
  for (let idx = 0; idx < insns.length; idx++) {
    if (insns.code[idx] === CALL && insns.src[idx] === 0 && PACKET_HELPERS.has(insns.imm[idx] as number)) return true;
    if (insns.isWide(idx)) idx++;
  }
  return false;
}

/** Everything that a unit reaches through bound externs, itself first, each once. */
export function closureOf(unit: Unit): readonly Unit[] {
  const seen = new Set<Unit>([unit]);
  for (const member of seen) {
    for (const { provider } of member.externs) {
      if (provider !== undefined) seen.add(provider);
      if (provider?.replacedBy !== undefined) seen.add(provider.replacedBy);
    }
  }
  return [...seen];
}

/** The units on a way from one to another along bound externs, both included; undefined when there is none. */
export function findPath(from: Unit, to: Unit, seen: Set<Unit> = new Set()): readonly Unit[] | undefined {
  if (from === to) return [from];
  seen.add(from);
  for (const { provider } of from.externs) {
    const rest = provider === undefined || seen.has(provider) ? undefined : findPath(provider, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}

/** The externs that a unit reaches and that nothing provides, with who wants each. */
export function missingOf(unit: Unit): readonly { readonly extern: Extern; readonly owner: Unit }[] {
  return closureOf(unit).flatMap((owner) => owner.externs.filter(({ provider }) => provider === undefined).map((extern) => ({ extern, owner })));
}

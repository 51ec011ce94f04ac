// What does the kernel keep of a BTF, a map, a program and a link?
import type { Btf } from '@rootlet/btf';
import { KernelError } from '@rootlet/loader';
import type { LinkInfo, ProgAttr } from '@rootlet/loader';
import type { VerifiedSubprogram, VerifierMap } from '@rootlet/verifier-sim';
import { BPF_F_RDONLY_PROG, EBUSY } from '@rootlet/uapi';
import { ObjectMap } from '@rootlet/vm';
import type { ExternCall, FuncSlot, Vm, VmMap, VmProgram } from '@rootlet/vm';
import type { MapOwner } from './map-owner.ts';
import { KernelObject } from './kernel-object.ts';
import type { ObjectTable } from './kernel-object.ts';

/** A loaded BTF. */
export class SimBtf extends KernelObject {
  readonly kind = 'btf';
  readonly btf: Btf;
  readonly #table: ObjectTable<SimBtf>;

  constructor(table: ObjectTable<SimBtf>, btf: Btf) {
    super(table.nextId());
    this.#table = table;
    this.btf = btf;
    table.add(this);
  }

  protected override free(): void {
    this.#table.remove(this);
  }
}

/** What a map is created from, with fds resolved. */
export interface SimMapParts {
  readonly map: VmMap;
  readonly btf: SimBtf | undefined;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly extra: bigint;
  readonly innerMap: SimMap | undefined;
  /** Hash of the one program that may use it. */
  readonly exclusiveHash: Uint8Array | undefined;
}

/** A map. */
export class SimMap extends KernelObject {
  readonly kind = 'map';
  readonly map: VmMap;
  readonly parts: SimMapParts;
  /** User space may not write it any more. */
  frozen = false;
  /** Users that share its memory to write it. */
  writers = 0;
  /** Which programs it is for, when it holds or runs programs and one names it. */
  owner: MapOwner | undefined = undefined;
  readonly #table: ObjectTable<SimMap>;
  readonly #vm: Vm;
  #view: VerifierMap | undefined;

  constructor(table: ObjectTable<SimMap>, vm: Vm, parts: SimMapParts) {
    super(table.nextId());
    this.#table = table;
    this.#vm = vm;
    this.map = parts.map;
    this.parts = parts;
    parts.btf?.hold();
    parts.innerMap?.hold();
    table.add(this);
  }

  /** The map as the verifier sees it: the same object each time while nothing changes. */
  view(): VerifierMap {
    const { attr } = this.map;
    const { btf, btfKeyTypeId, btfValueTypeId, innerMap, extra } = this.parts;
    this.#view ??= {
      name: attr.name,
      type: attr.type,
      keySize: attr.keySize,
      valueSize: attr.valueSize,
      maxEntries: attr.maxEntries,
      flags: attr.flags,
      extra,
      ...(innerMap === undefined ? {} : { innerMap: innerMap.view() }),
      ...(btf === undefined ? {} : { btf: btf.btf, btfKeyTypeId, btfValueTypeId }),
      ...this.#constants(),
    };
    return this.#view;
  }

  #constants(): { frozenValue?: Uint8Array } {
    const { attr, memory, stride } = this.map;
    const address = this.map.directAddress();
    if (!this.frozen || address === undefined || (attr.flags & BPF_F_RDONLY_PROG) === 0) return {};
    return { frozenValue: memory.copyOut(address, attr.maxEntries * stride) };
  }

  /** User space may not write it any more; its contents are constants to the verifier from now on. @throws KernelError `EBUSY` */
  freeze(): void {
    if (this.writers > 0) throw new KernelError('map freeze', EBUSY, `the memory of map '${this.map.attr.name}' is shared`);
    this.frozen = true;
    this.#view = undefined;
  }

  /** What it holds, when it holds objects rather than bytes. */
  get held(): ObjectMap<unknown> | undefined {
    return this.map instanceof ObjectMap ? this.map : undefined;
  }

  /** Called when no fd and no pin is left. */
  onUserGone: (() => void) | undefined = undefined;
  /** Called when the map goes, for what it holds. */
  onFree: (() => void) | undefined = undefined;

  protected override userGone(): void {
    this.onUserGone?.();
  }

  protected override free(): void {
    this.onFree?.();
    this.#table.remove(this);
    this.#vm.freeMap(this.map);
    this.parts.btf?.release();
    this.parts.innerMap?.release();
  }
}

/** A function of a loaded program. */
export interface SimFunc {
  readonly prog: SimProg;
  /** First instruction. */
  readonly insnIdx: number;
  /** One past the last instruction. */
  readonly endIdx: number;
  readonly name: string;
  /** FUNC id; undefined without BTF. */
  readonly btfId: number | undefined;
  /** Global functions can be called and replaced from outside; static ones are private. */
  readonly global: boolean;
  /** Stack bytes it uses itself. */
  readonly stackDepth: number;
  /** Whether its own code, or what it called when it was loaded, may change packet data. See `CallGraph.changesPacketData`. */
  readonly changesPacketData: boolean;
  /** Functions of the same program that it calls or passes as callbacks, by first instruction. */
  readonly calls: readonly number[];
  /** Its calls of other programs. */
  readonly externs: readonly SimExtern[];
  readonly slot: FuncSlot;
}

/** A call of a function in another program. */
export interface SimExtern {
  readonly call: ExternCall;
  /** FUNC id of the extern in the program's own BTF while it was pending at load; undefined when bound at load. */
  readonly externBtfId: number | undefined;
  readonly name: string;
  /** What it is bound to. */
  target: SimFunc | undefined;
  /** The program was verified on the understanding that this call leaves the packet alone. */
  keepsPacket: boolean;
}

/** A loaded program. */
export class SimProg extends KernelObject {
  readonly kind = 'prog';
  readonly attr: ProgAttr;
  readonly program: VmProgram;
  readonly btf: SimBtf | undefined;
  readonly maps: readonly SimMap[];
  readonly tag: string;
  /** Functions by first instruction, entry first. Filled once after the program is loaded. */
  functions: ReadonlyMap<number, SimFunc> = new Map();
  /** What the verifier found out about its functions. */
  verified: readonly VerifiedSubprogram[] = [];
  /** Programs it calls, one reference each. */
  readonly providers: Map<SimProg, number> = new Map<SimProg, number>();
  /** It is safe only as long as the functions it calls in other programs leave the packet alone. */
  needsPacketKept = false;
  /** Whether it is safe only as long as its own global functions leave the packet alone. */
  reliesOnGlobals: () => boolean = () => true;
  /** Program arrays it is in. */
  arrays = 0;
  /** Functions of it that are replaced. */
  replaced = 0;
  runTimeNs = 0;
  /** `BPF_PROG_TYPE_*` it attaches to a program as: EXT and tracing. */
  readonly target: SimProg | undefined;
  readonly #table: ObjectTable<SimProg>;
  readonly #vm: Vm;

  constructor(
    table: ObjectTable<SimProg>,
    vm: Vm,
    parts: {
      attr: ProgAttr;
      program: VmProgram;
      btf: SimBtf | undefined;
      maps: readonly SimMap[];
      tag: string;
      target: SimProg | undefined;
    },
  ) {
    super(table.nextId());
    this.#table = table;
    this.#vm = vm;
    this.attr = parts.attr;
    this.program = parts.program;
    this.btf = parts.btf?.hold();
    this.maps = parts.maps.map((map) => map.hold());
    this.tag = parts.tag;
    this.target = parts.target?.hold();
    table.add(this);
  }

  get name(): string {
    return this.attr.name;
  }

  get type(): number {
    return this.attr.type;
  }

  /** Whether it is a function for others to call. */
  get isLibrary(): boolean {
    return this.attr.library === true;
  }

  /** The function that runs when the program runs. */
  get entry(): SimFunc {
    const entry = this.functions.get(0);
    if (entry === undefined) throw new Error('bug in rootlet: a program without functions');
    return entry;
  }

  /** Holds a program that one of its calls is bound to. */
  depend(provider: SimProg): void {
    const count = this.providers.get(provider) ?? 0;
    if (count === 0) provider.hold();
    this.providers.set(provider, count + 1);
  }

  /** A call is bound to it no longer. */
  undepend(provider: SimProg): void {
    const count = this.providers.get(provider) ?? 0;
    if (count > 1) this.providers.set(provider, count - 1);
    else if (this.providers.delete(provider)) provider.release();
  }

  protected override free(): void {
    this.#table.remove(this);
    this.#vm.freeProgram(this.program);
    for (const provider of this.providers.keys()) provider.release();
    this.providers.clear();
    for (const map of this.maps) map.release();
    this.btf?.release();
    this.target?.release();
  }
}

/** What a link does; the link itself only holds and shows it. */
export interface LinkBody {
  readonly prog: SimProg;
  /** What `info` shows. */
  info(): Omit<LinkInfo, 'id' | 'progId'>;
  /** Exchanges the program. @throws KernelError */
  update(prog: SimProg): void;
  /** Undoes what it does. Called once. */
  detach(): void;
}

/** A link. */
export class SimLink extends KernelObject {
  readonly kind = 'link';
  readonly body: LinkBody;
  #attached = true;
  readonly #table: ObjectTable<SimLink>;

  constructor(table: ObjectTable<SimLink>, body: LinkBody) {
    super(table.nextId());
    this.#table = table;
    this.body = body;
    table.add(this);
  }

  get attached(): boolean {
    return this.#attached;
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.body.detach();
  }

  protected override free(): void {
    this.#table.remove(this);
    this.detach();
  }
}

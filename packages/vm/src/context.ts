// What is a program started with?
import type { VmMemory } from './memory.ts';
import { Packet } from './packet.ts';
import type { PacketRoom } from './packet.ts';

/** Which struct the context is: it says where the packet pointers stand. */
export type ContextKind = 'raw' | 'xdp' | 'skb';

/** What to make a context from. */
export interface ContextInput {
  /** `xdp`: `struct xdp_md`; `skb`: `struct __sk_buff`; `raw`: any other bytes. */
  readonly kind: ContextKind;
  /** The struct; its packet pointers are filled in. For `xdp` and `skb` 24 and 192 zero bytes when absent. */
  readonly bytes?: Uint8Array;
  /** The packet, metadata first; none when absent. */
  readonly packet?: Uint8Array;
  /** Bytes of metadata before the packet's data. */
  readonly metaSize?: number;
  /** Bytes of the packet's data before `data`: headers that are already taken off. */
  readonly pulled?: number;
  readonly room?: PacketRoom;
}

const XDP_SIZE = 24;
const SKB_SIZE = 192;
/** A socket buffer grows where it must; this much is enough for all that helpers add at a time. */
const SKB_ROOM: PacketRoom = { headroom: 8192, tailroom: 4096 };

/** A context, and the packet it points to, in the machine's memory. Good for any number of runs; `dispose` when done. */
export class VmContext {
  readonly kind: ContextKind;
  readonly memory: VmMemory;
  readonly address: number;
  readonly size: number;
  readonly packet: Packet | undefined;
  /** Bytes before `data` that belong to the packet (the Ethernet header of programs that start behind it). */
  readonly pulled: number;

  private constructor(
    input: ContextInput,
    memory: VmMemory,
    address: number,
    size: number,
    packet: Packet | undefined,
  ) {
    this.kind = input.kind;
    this.memory = memory;
    this.address = address;
    this.size = size;
    this.packet = packet;
    this.pulled = input.pulled ?? 0;
    if (input.bytes !== undefined) memory.bytes.set(input.bytes.subarray(0, size), address);
    this.sync();
  }

  /** @returns undefined when memory is used up */
  static create(memory: VmMemory, input: ContextInput): VmContext | undefined {
    const size = input.kind === 'xdp' ? XDP_SIZE : input.kind === 'skb' ? SKB_SIZE : (input.bytes?.length ?? 0);
    const address = memory.allocate(size, { what: 'context' });
    if (address === undefined) return undefined;
    let packet: Packet | undefined;
    if (input.packet !== undefined) {
      const room = input.room ?? (input.kind === 'xdp' ? Packet.xdpRoom(input.packet.length) : SKB_ROOM);
      packet = Packet.create(memory, input.packet, input.metaSize ?? 0, room);
      if (packet === undefined) {
        memory.free(address);
        return undefined;
      }
      if (input.pulled !== undefined) packet.data += input.pulled;
    }
    return new VmContext(input, memory, address, size, packet);
  }

  /** Writes the packet's place into the context, after it moved. @source UAPI struct xdp_md, struct __sk_buff */
  sync(): void {
    const { packet, address } = this;
    const { data } = this.memory;
    if (packet === undefined) return;
    if (this.kind === 'xdp') {
      data.setUint32(address, packet.data, true);
      data.setUint32(address + 4, packet.end, true);
      data.setUint32(address + 8, packet.meta, true);
    } else if (this.kind === 'skb') {
      data.setUint32(address, packet.length, true);
      data.setUint32(address + 76, packet.data, true);
      data.setUint32(address + 80, packet.end, true);
      data.setUint32(address + 140, Math.min(packet.meta, packet.data), true);
    }
  }

  /** A copy of the struct. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.memory.copyOut(this.address, this.size);
  }

  /** Gives its memory back. */
  dispose(): void {
    this.packet?.dispose();
    this.memory.free(this.address);
  }
}

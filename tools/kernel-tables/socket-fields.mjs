// Which bytes may be read through a socket pointer of each kind?
import { closeFd, createMap, loadProgram } from '../bpf-syscall.mjs';
import { growthOf } from './lengths.mjs';

const SCHED_CLS = 3;
const BPF_MAP_TYPE_XSKMAP = 17;
const LAST_OFFSET = 256;
const LOADS = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 };
const SIGNED_LOADS = { 1: 0x91, 2: 0x89, 4: 0x81 };
const EXIT = [[0xb7, 0, 0, 0, 0], [0x95]];
const leaveIfNull = [[0x55, 0, 0, 2, 0], ...EXIT];
const fromContext = [[0x79, 0, 1, 168], ...leaveIfNull];
const cast = (helper) => [...fromContext, [0xbf, 1, 0], [0x85, 0, 0, 0, helper], ...leaveIfNull];

/** How a pointer of each kind comes to R0. */
const SOURCES = {
  sock_common: { layout: 'BPF_SOCK_LAYOUT', head: () => fromContext },
  sock: { layout: 'BPF_SOCK_LAYOUT', head: () => cast(95) },
  tcp_sock: { layout: 'BPF_TCP_SOCK_LAYOUT', head: () => cast(96) },
  xdp_sock: {
    layout: 'BPF_XDP_SOCK_LAYOUT',
    head: (fd) => [[0x62, 10, 0, -4, 0], [0xbf, 2, 10], [0x07, 2, 0, 0, -4], [0x18, 1, 1, 0, fd], [0], [0x85, 0, 0, 0, 1], ...leaveIfNull],
  },
};

function masks(assemble, head, codes) {
  return Array.from({ length: LAST_OFFSET }, (_, off) => {
    let mask = 0;
    for (const [size, code] of Object.entries(codes)) {
      const insns = assemble(...head, [code, 2, 0, off], ...EXIT);
      if (loadProgram({ type: SCHED_CLS, insns, logLevel: 0 }).errno === 0) mask |= Number(size);
    }
    return mask;
  });
}

/** @returns the text of `socket-fields.ts` */
export function socketFieldFile({ assemble, header, rowsOfFields, formatRow, uapi }) {
  const fd = createMap({ type: BPF_MAP_TYPE_XSKMAP, keySize: 4, valueSize: 4, maxEntries: 1 });
  if (fd < 0) throw new Error(`xskmap: errno ${-fd}`);
  const lists = Object.entries(SOURCES).map(([name, { layout, head }]) => {
    const insns = head(fd);
    const load = (dst) => (off, size) => growthOf({ type: SCHED_CLS, insns: assemble(...insns, [LOADS[size], dst, 0, off], ...EXIT) }) - growthOf({ type: SCHED_CLS, insns: assemble(...insns, ...EXIT) });
    const lengths = { load: load(2), loadSame: load(0) };
    const probed = { lengths, reads: masks(assemble, insns, LOADS), signed: masks(assemble, insns, SIGNED_LOADS), writes: [], pointers: {} };
    const rows = rowsOfFields(uapi[layout].fields.slice(), probed, LAST_OFFSET);
    return `  ${name}: [\n${rows.map((row) => `    ${formatRow(row)}`).join('\n')}\n  ],`;
  });
  closeFd(fd);
  return `${header('Which bytes may be read through a socket pointer of each kind?')}import type { ContextField } from '../types.ts';

/** Fields by what the log calls the pointer. */
export const SOCKET_FIELDS: Readonly<Record<'sock_common' | 'sock' | 'tcp_sock' | 'xdp_sock', readonly ContextField[]>> = {
${lists.join('\n')}
};
`;
}

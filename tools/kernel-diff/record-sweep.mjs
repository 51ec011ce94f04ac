// Which function and line records may be given with a program, right and wrong?

const MAIN = `prog sched_cls
func main int main(u64 ctx)
---
  r0 = 1
  r0 += 1
  exit
`;
const STATIC = `prog sched_cls
struct pair 16
func main int main(u64 ctx)
func sub static int sub(u64 a)
func none int gone(struct pair *p)
---
  call sub
  r1 = 0x123456789a ll
  exit
sub:
  r0 = 1
  exit
`;
const GLOBAL = `prog sched_cls
func main int main(u64 ctx)
func sub int sub(u64 a)
func last static void last(u64 a)
---
  r1 = 1
  call sub
  r0 = 1
  exit
sub:
  r0 = r1
  if r0 == 0 goto pc+1
  r0 = 3
  exit
last:
  r0 = 1
  exit
`;
const PACKET = STATIC.replace('r0 = 1\n  exit\n', 'r6 = r1\n  r0 = *(u8 *)skb[0]\n  exit\n');
const CALLED_BACK = `prog sched_cls
func main int main(u64 ctx)
func cb static int cb(u64 i, u64 ctx)
---
  r1 = 3
  r2 = subprog[cb]
  r3 = 0
  r4 = 0
  call bpf_loop
  r0 = 1
  exit
cb:
  r0 = 0
  exit
`;
const PROGRAMS = { main: MAIN, static: STATIC, global: GLOBAL, packet: PACKET, 'called back': CALLED_BACK };
const FUNC_SIZES = [0, 1, 4, 7, 8, 10, 12, 16, 100, 248, 252, 253, 256, 260, 1024, 65536, 0x7fffffff, 0xffffffff];
const LINE_SIZES = [0, 8, 12, 16, 17, 18, 20, 32, 248, 252, 256, 0xffffffff];

/** The list with one of its records left out, doubled, put elsewhere, or changed in a field. */
function* changes(list, fields) {
  yield ['as they are', list];
  for (let at = 0; at < list.length; at++) {
    yield [`without ${at}`, list.filter((_, idx) => idx !== at)];
    yield [`${at} twice`, list.toSpliced(at, 0, list[at])];
    yield [`${at} at the end`, [...list.filter((_, idx) => idx !== at), list[at]]];
    yield [`${at} at the start`, [list[at], ...list.filter((_, idx) => idx !== at)]];
    for (const [field, values] of Object.entries(fields)) {
      for (const value of values) yield [`${at}.${field} = ${value}`, list.with(at, { ...list[at], [field]: value })];
    }
  }
}

/** @returns programs as case text, and what replaces their records */
export function* records() {
  for (const [name, text] of Object.entries(PROGRAMS)) {
    const program = (what, change) => ({ what: `${name}: ${what}`, text, records: change });
    const lengthOf = ({ insns }) => [...Array(insns.length + 2).keys(), 255, 65535, 0x7fffffff, 0xffffffff];
    yield { what: name, text, many: ({ insns, btf }) => functionChanges(program, insns.length, btf, lengthOf({ insns })) };
    yield { what: name, text, many: ({ insns, btf }) => lineChanges(program, insns.length, btf, lengthOf({ insns })) };
  }
}

function* functionChanges(program, length, { btf, funcInfo }, places) {
  const types = [...Array(btf.typeCount + 2).keys(), 0x7fffffff, 0xffffffff];
  for (const [what, list] of changes(funcInfo, { insnIdx: places, typeId: types })) yield program(`functions ${what}`, { funcInfo: list });
  for (const size of FUNC_SIZES) yield program(`functions of ${size}`, { funcInfoRecSize: size });
  yield program('no functions', { funcInfo: [] });
  for (const size of FUNC_SIZES) yield program(`no functions of ${size}`, { funcInfo: [], funcInfoRecSize: size });
}

function* lineChanges(program, length, { bytes, btf, funcInfo }, places) {
  const strings = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(20, true);
  const names = [...Array(strings + 2).keys(), 0xffffffff].filter((at) => at < 12 || at > strings - 4);
  const line = (insnIdx, idx) => ({ insnIdx, byteOff: insnIdx * 8, fileNameOff: 1, lineOff: 3, line: 10 + idx, column: 4 });
  const starts = funcInfo.map(({ insnIdx }) => insnIdx);
  const every = [...Array(length).keys()];
  const lists = { starts: starts.map(line), 'every second': every.filter((idx) => idx % 2 === 0 || starts.includes(idx)).map(line), 'all of one line': every.map((idx) => line(idx, 0)) };
  for (const [kind, given] of Object.entries(lists)) {
    for (const [what, list] of changes(given, { insnIdx: places, fileNameOff: names, lineOff: names, line: [0, 1, 0x3fffff], column: [0, 1023] })) yield program(`${kind} ${what}`, { lineInfo: list });
    for (const size of LINE_SIZES) yield program(`${kind} of ${size}`, { lineInfo: given, lineInfoRecSize: size });
    for (const [what, list] of changes(funcInfo, { insnIdx: places })) yield program(`${kind} and functions ${what}`, { lineInfo: given, funcInfo: list });
  }
}

// How is a case written down, so that a person can read it, run it, and compare it with a kernel?
//
//   # A loop the kernel unrolls.
//   prog xdp
//   flags 8
//   device veth                                      (the device that it is for: veth, lo, or one that is missing)
//   kernel 6.12                                      (who was asked, where the running kernel does not answer: verdict and last line)
//   map m: array key=4 value=8 entries=1
//   map a: arena key=0 value=0 entries=10 flags=1024 extra=0x100000000000
//   map n: hash key=4 value=24 entries=1 type=item   (its value is the struct below)
//   fds none own                                     (the fd array: nothing, or the program's own BTF)
//   attach_btf btf_trace_task_newtask                (what is traced, by its name in the kernel's BTF)
//   attach 17                                        (or an attach type's name; of struct_ops the member's place)
//   struct pair 16                                   (a struct of 16 bytes)
//   struct item { u64 key; struct task_struct __kptr *task; u32 more[2] }
//   section data { struct bpf_spin_lock lock; u64 n } (a section of variables, .bss.data, which a map is for)
//   func main int main(struct xdp_md *ctx)           (the function at a label, or at the start; gives the program BTF)
//   func none int gone(void)                         (a function in BTF that the program does not have)
//   replaces sub                                     (what is extended or traced: a function of the target below)
//   --- target                                       (a loaded program, with a head and instructions of its own; perhaps one with a target, which follows)
//   prog xdp
//   func main int main(struct xdp_md *ctx)
//   --- its instructions
//     r0 = 0
//     exit
//   ---
//     r1 = btf[runqueues]                            (a variable of the kernel)
//     r1 = type[item]                                (id of a struct of the case)
//     call bpf_rcu_read_lock                         (a helper, or a function of the kernel)
//     raw 0xb7 1 0 0 7                               (an instruction by its fields: code, dst, src, off, imm)
//     times 8192 r1 /= r2                            (the same instruction again and again; parts of one line end in `;`)
//     r0 = 0
//     exit
//   --- accept
//   (the kernel's log at level 2)
//   --- level 1
//   (the kernel's log at level 1)
import { BTF_KIND_DATASEC, BTF_KIND_FUNC, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_VAR } from '@rootlet/btf';
import type { Btf } from '@rootlet/btf';
import { assembleProgram } from '@rootlet/insn';
import type { Insns } from '@rootlet/insn';
import { findMapType, findProgType, findAttachType, helperId } from '@rootlet/uapi';
import { buildMapBtf } from './case-map-btf.ts';
import type { KernelProfile, VerifierDevice, VerifierInput, VerifierMap, VerifierTarget } from '../src/types.ts';
import { verify } from '../src/verify.ts';
import { CaseBtfBuilder } from './case-btf.ts';
import type { CaseBtf } from './case-btf.ts';

/** A map that a case names. */
export interface CaseMap extends VerifierMap {
  readonly inner: string | undefined;
  /** BTF as the kernel is given it. */
  readonly btfBytes?: Uint8Array | undefined;
}

/** One case. */
export interface Case {
  readonly head: readonly string[];
  readonly title: string;
  readonly progType: number;
  readonly attachType: number;
  /** What is traced or implemented, in the kernel's BTF or in that of the target; 0 for nothing. */
  readonly attachBtfId: number;
  /** The loaded program a function of which is extended or traced. */
  readonly target: CaseTarget | undefined;
  readonly license: string;
  readonly flags: number;
  /** What the fd array holds. */
  readonly fds: readonly string[] | undefined;
  /** The network device that the program is for. */
  readonly device: string | undefined;
  readonly maps: readonly CaseMap[];
  readonly asm: string;
  readonly insns: Insns;
  readonly btf: CaseBtf | undefined;
  /** `accept`, `reject 13`; undefined before it was recorded. */
  readonly verdict: string | undefined;
  readonly log2: string;
  readonly log1: string;
  /** The kernel that was asked, where it is not the one of the tables. */
  readonly kernel: string | undefined;
  /** Why rootlet's log is known to differ: what differs (`log`, `stats`) and the reason. */
  readonly known: string | undefined;
}

/** What a case is about, without what was recorded. */
export type CaseProgram = Omit<Case, 'head' | 'title' | 'asm' | 'verdict' | 'log1' | 'log2' | 'known' | 'kernel'>;

/** A program that is loaded before. */
export interface CaseTarget extends CaseProgram {
  /** As it is written in the case. */
  readonly text: string;
}

/** First number that stands for a map's fd in the assembled instructions. */
export const FIRST_MAP_FD = 1000;

/**
 * Reads a case.
 *
 * @param vmlinux the kernel's BTF, for cases that name what is in it
 * @throws Error naming the line that is wrong
 */
export function parseCase(text: string, vmlinux?: Btf): Case {
  const { head: headText, asm, recorded, targets } = splitSections(text);
  const target = targets.reduceRight<CaseTarget | undefined>((next, section) => ({ ...parseSections(section.head, section.asm, [], next, vmlinux), text: section.text }), undefined);
  return parseSections(headText, asm, recorded, target, vmlinux);
}

function parseSections(headText: string, asm: string, recorded: readonly string[], target: CaseTarget | undefined, vmlinux: Btf | undefined): Case {
  const head = headText.split('\n').filter((line) => line.trim() !== '');
  const mapTexts: string[] = [];
  let progType = 6;
  let attachType = 0;
  let attachBtfId = 0;
  let license = 'GPL';
  let flags = 0;
  let known: string | undefined;
  let kernel: string | undefined;
  let fds: readonly string[] | undefined;
  let device: string | undefined;
  const title: string[] = [];
  const structs: string[] = [];
  const funcs: { label: string; prototype: string }[] = [];
  for (const line of head) {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    const value = rest.join(' ');
    if (word === '#') title.push(value);
    else if (word === 'prog') progType = need(findProgType(value), line);
    else if (word === 'attach') attachType = /^\d+$/.test(value) ? Number(value) : need(findAttachType(value), line);
    else if (word === 'attach_btf') attachBtfId = findKernelType(vmlinux, value);
    else if (word === 'replaces') attachBtfId = findFunction(target, value);
    else if (word === 'license') license = value;
    else if (word === 'flags') flags = Number(value);
    else if (word === 'map') mapTexts.push(value);
    else if (word === 'known') known = value;
    else if (word === 'fds') fds = rest;
    else if (word === 'device') device = value;
    else if (word === 'kernel') kernel = value;
    else if (word === 'struct') structs.push(value);
    else if (word === 'section') structs.push(`section ${value}`);
    else if (word === 'func') funcs.push({ label: rest[0] ?? '', prototype: rest.slice(1).join(' ') });
    else throw new Error(`case: what is "${line}"?`);
  }
  const types = new CaseBtfBuilder(structs);
  const mapNames = mapTexts.map((line) => /^\w+/.exec(line)?.[0]);
  const fdOf = (name: string): number | undefined => {
    const at = mapNames.indexOf(name);
    return at < 0 ? undefined : FIRST_MAP_FD + at;
  };
  const kfuncId = (name: string): { btfId: number } | undefined => {
    const btfId = helperId(name) === undefined ? vmlinux?.findByNameKind(name, BTF_KIND_FUNC) : undefined;
    return btfId === undefined ? undefined : { btfId };
  };
  const plain = repeatLines(asm)
    .replace(/\bbtf\[([a-zA-Z_]\w*)\]/g, (_, name: string) => `btf[id:${findKernelType(vmlinux, name)}]`)
    .replace(/\btype\[(\w+)\]/g, (_, name: string) => String(types.typeId(name)));
  const raws: number[][] = [];
  const assembled = assembleProgram(hideRaws(plain, raws), { helperId, kfuncId, mapFd: fdOf });
  const { labels } = assembled;
  const insns = putRaws(assembled.insns, raws);
  const placeOf = (label: string): number | undefined => (label === 'main' ? 0 : label === 'none' ? -1 : labels.get(label));
  const places = funcs.map(({ label, prototype }) => ({ insnIdx: need(placeOf(label), `func ${label}`), text: prototype }));
  // Maps and program share one BTF, as those of an object do.
  const typed = mapTexts.some((line) => line.includes(' type='));
  const whole = funcs.length === 0 && !typed ? undefined : types.finish(places);
  const btf = funcs.length === 0 ? undefined : whole;
  const maps: CaseMap[] = [];
  for (const line of mapTexts) maps.push(parseMap(line, maps, types, whole));
  const [verdictLine, log2] = splitFirstLine(recorded[0]);
  const [, log1] = splitFirstLine(recorded[1]);
  return { head, title: title.join(' '), progType, attachType, attachBtfId, target, license, flags, fds, device, maps, asm, insns, btf, verdict: verdictLine, log2, log1, known, kernel };
}

/** What stands in a raw instruction's place while the rest is assembled: `r0 = RAW_IMM + its number`. */
const RAW_CODE = 0xb7;
const RAW_IMM = 0x7aa0_0000;

function hideRaws(asm: string, raws: number[][]): string {
  return asm.replace(/^(\s*)raw ([^;#\n]*)/gm, (_, indent: string, fields: string) => {
    raws.push(fields.trim().split(/\s+/).map(Number));
    return `${indent}r0 = ${RAW_IMM + raws.length - 1}`;
  });
}

/** `times 3 r1 = 0; r2 = 0` is three times two lines. */
function repeatLines(asm: string): string {
  return asm.replace(/^\s*times (\d+) (.*)$/gm, (_, count: string, lines: string) => `${lines.replaceAll(';', '\n')}\n`.repeat(Number(count)));
}

function putRaws(insns: Insns, raws: readonly number[][]): Insns {
  for (let idx = 0; idx < insns.length; idx++) {
    const raw = insns.code[idx] === RAW_CODE ? raws[(insns.imm[idx] ?? 0) - RAW_IMM] : undefined;
    if (raw === undefined) continue;
    const [code = 0, dst = 0, src = 0, off = 0, imm = 0] = raw;
    insns.code[idx] = code;
    insns.dst[idx] = dst;
    insns.src[idx] = src;
    insns.off[idx] = off;
    insns.imm[idx] = imm;
  }
  return insns;
}

function need<T>(value: T | undefined, line: string): T {
  if (value === undefined) throw new Error(`case: unknown name in "${line}"`);
  return value;
}

/** Id of what the kernel's BTF calls so: a tracepoint's typedef, a function, a variable, a struct. */
function findKernelType(vmlinux: Btf | undefined, name: string): number {
  for (const kind of [BTF_KIND_TYPEDEF, BTF_KIND_FUNC, BTF_KIND_VAR, BTF_KIND_STRUCT]) {
    const id = vmlinux?.findByNameKind(name, kind);
    if (id !== undefined) return id;
  }
  throw new Error(`case: the kernel has no "${name}"`);
}

/** A number, or the name of a function of the target. */
function findFunction(target: CaseTarget | undefined, name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  return need(target?.btf?.btf.findByNameKind(name, BTF_KIND_FUNC), `replaces ${name}`);
}

interface TargetSection {
  readonly head: string;
  readonly asm: string;
  readonly text: string;
}

/** Head, targets, program, level 2, level 1: each ends in the newline before the next `---`. */
function splitSections(text: string): { head: string; asm: string; recorded: string[]; targets: TargetSection[] } {
  const [head = '', ...parts] = text.split(/^---/m);
  const body = (part = ''): string => part.slice(part.indexOf('\n') + 1);
  const targets: TargetSection[] = [];
  while (parts[0]?.startsWith(' target') === true) {
    const [first = '', second = ''] = parts.splice(0, 2);
    targets.push({ head: body(first), asm: body(second), text: `---${first}---${second}` });
  }
  const [asm, ...recorded] = parts;
  return { head, asm: body(asm), recorded, targets };
}

function splitFirstLine(part: string | undefined): [string | undefined, string] {
  if (part === undefined) return [undefined, ''];
  const end = part.indexOf('\n');
  return end < 0 ? [part.trim(), ''] : [part.slice(0, end).trim(), part.slice(end + 1)];
}

/** `m: array key=4 value=8 entries=1 flags=0 frozen=hex inner=other fields=count:u32,lock:bpf_spin_lock type=item`. */
function parseMap(text: string, before: readonly CaseMap[], types: CaseBtfBuilder, whole: CaseBtf | undefined): CaseMap {
  const [name = '', type = '', ...fields] = text.replace(':', ' ').split(/\s+/);
  const values = new Map(fields.map((field) => field.split('=') as [string, string]));
  const number = (key: string): number => Number(values.get(key) ?? 0);
  const frozen = values.get('frozen');
  const inner = values.get('inner');
  const members = values.get('fields');
  const typeName = values.get('type');
  const btf =
    typeName !== undefined && whole !== undefined
      ? { ...whole, btfKeyTypeId: whole.btf.kind(types.typeId(typeName)) === BTF_KIND_DATASEC ? 0 : keyTypeId(types, number('key')), btfValueTypeId: types.typeId(typeName) }
      : members === undefined
        ? undefined
        : buildMapBtf(members, number('key'), number('value'));
  return {
    name,
    type: need(findMapType(type), text),
    keySize: number('key'),
    valueSize: number('value'),
    maxEntries: number('entries'),
    flags: number('flags'),
    ...(values.has('extra') ? { extra: BigInt(values.get('extra') ?? 0) } : {}),
    placed: values.has('extra'),
    btf: btf?.btf,
    btfKeyTypeId: btf?.btfKeyTypeId,
    btfValueTypeId: btf?.btfValueTypeId,
    btfBytes: btf?.bytes,
    inner,
    innerMap: before.find((map) => map.name === inner),
    frozenValue: frozen === undefined ? undefined : Uint8Array.from(frozen.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16)),
  };
}

function keyTypeId(types: CaseBtfBuilder, size: number): number {
  return size === 0 ? 0 : types.typeId(size === 8 ? 'u64' : 'u32');
}

/**
 * What the verifier is given for a case.
 *
 * @param vmlinux the kernel's BTF, where a case wants it
 * @param profile the kernel that took the target, if there is one
 */
export function caseInput(given: CaseProgram, vmlinux?: Btf, profile?: KernelProfile): VerifierInput {
  return {
    name: 'case',
    progType: given.progType,
    expectedAttachType: given.attachType,
    ...(given.attachBtfId === 0 ? {} : { attachBtfId: given.attachBtfId }),
    ...(given.target === undefined ? {} : { attachTarget: caseTarget(given.target, vmlinux, profile) }),
    insns: given.insns,
    license: given.license,
    flags: given.flags,
    ...(given.device === undefined ? {} : { device: caseDevice(given.device) }),
    btf: given.btf?.btf,
    funcInfo: given.btf?.funcInfo,
    ...(given.fds === undefined ? {} : { btfByIdx: (idx: number) => (given.fds?.[idx] === 'own' ? given.btf?.btf : undefined) }),
    vmlinux,
    mapByFd: (fd) => given.maps[fd - FIRST_MAP_FD],
  };
}

function caseTarget(target: CaseTarget, vmlinux?: Btf, profile?: KernelProfile): VerifierTarget {
  const input = caseInput(target, vmlinux, profile);
  const { verdict, error = '', subprograms } = verify(input, { logLevel: 1, ...(profile === undefined ? {} : { profile }) });
  if (verdict === 'reject') throw new Error(`case: the target is refused: ${error}`);
  return {
    type: target.progType,
    expectedAttachType: target.attachType,
    btf: target.btf === undefined || target.btf.funcInfo.length === 0 ? undefined : target.btf.btf,
    functions: subprograms,
    isForDevice: target.device !== undefined,
    target: input.attachTarget,
  };
}

function caseDevice(name: string): VerifierDevice {
  return { exists: name !== 'missing', runsXdp: name === 'veth' };
}

/** A case as text, with what was recorded. */
export function formatCase(given: Case, verdict: string, log2: string, log1: string): string {
  let targets = '';
  for (let { target } = given; target !== undefined; { target } = target) targets += target.text;
  return `${given.head.join('\n')}\n${targets}---\n${given.asm.replace(/\n*$/, '')}\n--- ${verdict}\n${log2}--- level 1\n${log1}`;
}

/** A log without what differs from run to run and from build to build of a kernel: addresses of maps, the time, ids in its BTF. */
export function normalizeLog(log: string): string {
  return log
    .replace(/(\bcall \w+#(?=\d{4})|btf_id )\d+/g, '$1ID')
    .replace(/(\(18\) r\d+ = )0xffff[0-9a-f]{12}/g, '$1MAP')
    .replace(/^(\(18\) r\d+ = MAP) +/gm, '$1 ')
    .replace(/(= MAP) +;/g, '$1 ;')
    .replace(/verification time \d+ usec$/gm, 'verification time N usec');
}

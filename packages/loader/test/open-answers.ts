// Does rootlet see in an object what libbpf sees?
import { createHash } from 'node:crypto';
import { encodeInsns } from '@rootlet/insn';
import { LIBBPF_PIN_BY_NAME, parseObject } from '../src/index.ts';
import type { MapSpec, ObjectSpec } from '../src/index.ts';

/** A map as tools/open-diff/probe.c prints it; bytes as the hash of their hexadecimal digits. */
export interface MapAnswer {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra: string;
  readonly numaNode: number;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  readonly internal: number;
  readonly autocreate: number;
  readonly autoattach: number;
  readonly pinPath: string | null;
  readonly initial: string | null;
  readonly inner: MapAnswer | null;
}

/** A program as the probe prints it. */
export interface ProgramAnswer {
  readonly name: string;
  readonly section: string;
  readonly type: number;
  readonly attachType: number;
  readonly autoload: number;
  readonly insnCount: number;
  readonly insns: string;
}

/** What libbpf answered for one object; recorded by tools/open-diff.mjs. */
export interface ObjectAnswer {
  /** Name it was opened under. */
  readonly object: string;
  /** Negative errno when libbpf does not open it. */
  readonly error?: number;
  readonly programs?: readonly ProgramAnswer[];
  readonly maps?: readonly MapAnswer[];
  /** Of rootlet: the object is one that it opens on purpose and libbpf does not: it wants functions, variables or maps of others, or has static maps. */
  readonly more?: boolean;
}

/** Short hash of bytes in hexadecimal. */
export function digest(hex: string): string {
  return createHash('sha256').update(hex).digest('hex').slice(0, 16);
}

/** What rootlet sees, in libbpf's words. */
export function describeObject(name: string, bytes: Uint8Array): ObjectAnswer {
  let spec: ObjectSpec;
  try {
    spec = parseObject(bytes, { name });
  } catch (error) {
    if (error instanceof Error && ['DecodeError', 'RelocError', 'UnsupportedError'].includes(error.name)) return { object: name, error: -1 };
    throw error;
  }
  const wants = spec.code.externs.some(({ sectionName }) => sectionName !== '.kconfig' && sectionName !== '.ksyms');
  const places = [...spec.variables.values()].flat();
  return {
    object: name,
    more: wants || places.some(({ sectionName, visible }) => sectionName === '.maps' && !visible),
    // What libbpf counts among a program's parts, rootlet offers to other objects.
    programs: spec.programs.filter((program) => program.sectionName !== '.text').map((program) => {
      const insns = spec.code.funcs[program.funcIdx]?.insns;
      const hex = insns === undefined ? '' : Buffer.from(encodeInsns(insns, true)).toString('hex');
      return {
        name: program.name,
        section: program.sectionName,
        type: program.type,
        attachType: program.expectedAttachType,
        autoload: Number(program.autoload),
        insnCount: insns?.length ?? 0,
        insns: digest(hex),
      };
    }),
    maps: spec.maps.map((map) => describeMap(map)),
  };
}

function describeMap(map: MapSpec): MapAnswer {
  const initial = map.initialValue ?? (map.internal ? new Uint8Array(map.valueSize) : undefined);
  return {
    name: map.name,
    type: map.type,
    keySize: map.keySize,
    valueSize: map.valueSize,
    maxEntries: map.maxEntries,
    flags: map.flags,
    extra: String(map.extra),
    numaNode: map.numaNode,
    keyTypeId: map.btfKeyTypeId,
    valueTypeId: map.btfValueTypeId,
    internal: Number(map.internal),
    autocreate: Number(map.autocreate),
    autoattach: Number(map.autoattach),
    pinPath: map.pinning === LIBBPF_PIN_BY_NAME ? `/sys/fs/bpf/${map.name}` : null,
    initial: initial === undefined ? null : digest(Buffer.from(initial).toString('hex')),
    inner: map.inner === undefined ? null : describeMap(map.inner),
  };
}

/** Differences in words. What libbpf refuses, rootlet must refuse; which errno it would be is not compared. */
export function compareObject(ours: ObjectAnswer, theirs: ObjectAnswer): string[] {
  if (theirs.error !== undefined && ours.more === true) return [];
  if (theirs.error !== undefined || ours.error !== undefined) {
    const [left, right] = [ours, theirs].map(({ error }) => (error === undefined ? 'opens it' : 'refuses it'));
    return left === right ? [] : [`${theirs.object}: rootlet ${left}, libbpf ${right}`];
  }
  return [
    ...compareList(`${theirs.object}: program`, ours.programs ?? [], theirs.programs ?? []),
    ...compareList(`${theirs.object}: map`, ours.maps ?? [], theirs.maps ?? []),
  ];
}

function compareList<T extends { readonly name: string }>(what: string, ours: readonly T[], theirs: readonly T[]): string[] {
  const names = [ours, theirs].map((list) => list.map(({ name }) => name).join(' '));
  if (names[0] !== names[1]) return [`${what}s: rootlet ${names[0]}, libbpf ${names[1]}`];
  return theirs.flatMap((item, idx) => {
    const own = ours[idx];
    return Object.entries(item).flatMap(([key, value]) => {
      const left = JSON.stringify(own?.[key as keyof T]);
      const right = JSON.stringify(value);
      return left === right ? [] : [`${what} '${item.name}': ${key}: rootlet ${left}, libbpf ${right}`];
    });
  });
}

// What is number N called, and what number has that name?
import { ATTACH_TYPE_NAMES } from './generated/attach-type.ts';
import { CMD_NAMES } from './generated/cmd.ts';
import { FUNC_NAMES } from './generated/func-id.ts';
import { LINK_TYPE_NAMES } from './generated/link-type.ts';
import { MAP_TYPE_NAMES } from './generated/map-type.ts';
import { PROG_TYPE_NAMES } from './generated/prog-type.ts';

/** Kernel's name of a program type, e.g. `BPF_PROG_TYPE_XDP`; undefined beyond Linux 6.18. */
export function progTypeName(type: number): string | undefined {
  return PROG_TYPE_NAMES[type];
}

/** Kernel's name of a map type, e.g. `BPF_MAP_TYPE_HASH`; undefined beyond Linux 6.18. */
export function mapTypeName(type: number): string | undefined {
  return MAP_TYPE_NAMES[type];
}

/** Kernel's name of an attach type, e.g. `BPF_CGROUP_INET_INGRESS`; undefined beyond Linux 6.18. */
export function attachTypeName(type: number): string | undefined {
  return ATTACH_TYPE_NAMES[type];
}

/** Kernel's name of a link type, e.g. `BPF_LINK_TYPE_XDP`; undefined beyond Linux 6.18. */
export function linkTypeName(type: number): string | undefined {
  return LINK_TYPE_NAMES[type];
}

/** Kernel's name of a command of bpf(2), e.g. `BPF_PROG_LOAD`; undefined beyond Linux 6.18. */
export function cmdName(cmd: number): string | undefined {
  return CMD_NAMES[cmd];
}

/** libbpf's short name of a program type, e.g. `sched_cls`. @libbpf libbpf_bpf_prog_type_str */
export function progTypeStr(type: number): string | undefined {
  return shorten(PROG_TYPE_NAMES[type], 'BPF_PROG_TYPE_');
}

/** libbpf's short name of a map type, e.g. `lru_hash`. @libbpf libbpf_bpf_map_type_str */
export function mapTypeStr(type: number): string | undefined {
  return shorten(MAP_TYPE_NAMES[type], 'BPF_MAP_TYPE_');
}

/** libbpf's short name of an attach type, e.g. `cgroup_inet_ingress`. @libbpf libbpf_bpf_attach_type_str */
export function attachTypeStr(type: number): string | undefined {
  return shorten(ATTACH_TYPE_NAMES[type], 'BPF_');
}

/** libbpf's short name of a link type, e.g. `kprobe_multi`. @libbpf libbpf_bpf_link_type_str */
export function linkTypeStr(type: number): string | undefined {
  return shorten(LINK_TYPE_NAMES[type], 'BPF_LINK_TYPE_');
}

/** Number of a program type by either name: `xdp` or `BPF_PROG_TYPE_XDP`. */
export function findProgType(name: string): number | undefined {
  return findByEither(PROG_TYPE_NAMES, name, 'BPF_PROG_TYPE_');
}

/** Number of a map type by either name: `hash` or `BPF_MAP_TYPE_HASH`. */
export function findMapType(name: string): number | undefined {
  return findByEither(MAP_TYPE_NAMES, name, 'BPF_MAP_TYPE_');
}

/** Number of an attach type by either name: `xdp` or `BPF_XDP`. */
export function findAttachType(name: string): number | undefined {
  return findByEither(ATTACH_TYPE_NAMES, name, 'BPF_');
}

/** Name of a helper as C spells it, e.g. `bpf_map_lookup_elem` for 1; undefined beyond the last helper. */
export function helperName(id: number): string | undefined {
  const name = FUNC_NAMES[id];
  return name === undefined ? undefined : `bpf_${name.slice('BPF_FUNC_'.length)}`;
}

/** Number of a helper by its C name, e.g. 1 for `bpf_map_lookup_elem`; undefined when there is no such helper. */
export function helperId(name: string): number | undefined {
  return name.startsWith('bpf_') ? indexOf(FUNC_NAMES, `BPF_FUNC_${name.slice('bpf_'.length)}`) : undefined;
}

function shorten(name: string | undefined, prefix: string): string | undefined {
  return name?.slice(prefix.length).toLowerCase();
}

function findByEither(names: readonly string[], name: string, prefix: string): number | undefined {
  return indexOf(names, name) ?? (name === name.toLowerCase() ? indexOf(names, prefix + name.toUpperCase()) : undefined);
}

function indexOf(names: readonly string[], name: string): number | undefined {
  const index = names.indexOf(name);
  return index < 0 ? undefined : index;
}

// What stands for a map whose contents the simulation does not keep?
//
// Programs that name it can be verified; what they do to it when they run fails.
import {
  BPF_MAP_TYPE_ARENA,
  BPF_MAP_TYPE_BLOOM_FILTER,
  BPF_MAP_TYPE_CGROUP_STORAGE,
  BPF_MAP_TYPE_CGRP_STORAGE,
  BPF_MAP_TYPE_INODE_STORAGE,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
  BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
  BPF_MAP_TYPE_SK_STORAGE,
  BPF_MAP_TYPE_SOCKHASH,
  BPF_MAP_TYPE_SOCKMAP,
  BPF_MAP_TYPE_STACK_TRACE,
  BPF_MAP_TYPE_STRUCT_OPS,
  BPF_MAP_TYPE_TASK_STORAGE,
  EOPNOTSUPP,
} from '@rootlet/uapi';
import { VmMap } from '@rootlet/vm';

/** Types of maps that can be created, and not filled. */
const OPAQUE: readonly number[] = [
  BPF_MAP_TYPE_STACK_TRACE,
  BPF_MAP_TYPE_SOCKMAP,
  BPF_MAP_TYPE_SOCKHASH,
  BPF_MAP_TYPE_CGROUP_STORAGE,
  BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
  BPF_MAP_TYPE_SK_STORAGE,
  BPF_MAP_TYPE_INODE_STORAGE,
  BPF_MAP_TYPE_TASK_STORAGE,
  BPF_MAP_TYPE_CGRP_STORAGE,
  BPF_MAP_TYPE_BLOOM_FILTER,
  BPF_MAP_TYPE_ARENA,
  BPF_MAP_TYPE_STRUCT_OPS,
];

/** Whether maps of the type can be created, and not filled. */
export function isOpaque(type: number): boolean {
  return OPAQUE.includes(type);
}

/** A map without contents. */
export class OpaqueMap extends VmMap {
  find(): number {
    return 0;
  }

  enter(): number {
    return -EOPNOTSUPP;
  }

  delete(): number {
    return -EOPNOTSUPP;
  }

  next(): number {
    return -EOPNOTSUPP;
  }

  dispose(): void {
    // Nothing was taken.
  }
}

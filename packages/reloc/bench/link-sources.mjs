// Which objects does the benchmark link?
//
// Units of about 8 KB, each with programs, a map, globals, statics, strings, CO-RE records and calls of its neighbours; all
// different, sharing the types that a header gives every unit, as real projects do.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** C source of unit `at` of `count`. */
export function sourceOf(at, count) {
  const next = (at + 1) % count;
  return `#include "rootlet.h"
struct task { int pid; char comm[16]; struct task *parent; } __core;
struct event_${at} { __u64 stamp; __u32 kind_${at}; char name[${8 + (at % 7)}]; };
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, ${16 + at});
  __type(key, __u32);
  __type(value, struct event_${at});
} events_${at} SEC(".maps");
static volatile int private_count[${2 + (at % 3)}] = {${at}, 2};
static volatile const int limit = ${100 + at};
int total_${at};
extern int total_${next};
int *total_pointer_${at} = &total_${next};
int account_${next}(struct task *task, int amount);
__weak int policy(int value) { return value + ${at}; }
static __noinline int weigh(struct task *task, int amount) {
  return (task ? task->pid + task->parent->pid : limit) + private_count[amount & 1];
}
int account_${at}(struct task *task, int amount) {
  struct event_${at} *known = bpf_map_lookup_elem(&events_${at}, &amount);
  if (known) known->kind_${at} += amount;
  total_${at} += weigh(task, amount);
  return policy(total_${at});
}
SEC("xdp") int count_${at}(struct xdp_md *ctx) {
  bpf_trace_printk("unit ${at} saw %d", 20, ctx->data);
  return account_${next}(0, weigh(0, 1)) + total_${next} + *total_pointer_${at};
}
LICENSE;
`;
}

/** Compiles what is not there yet. @returns paths of the first `count` units of a project of `of` */
export async function compileUnits(folder, include, count, of) {
  mkdirSync(folder, { recursive: true });
  const paths = Array.from({ length: count }, (_, at) => join(folder, `unit_${at}_of_${of}.o`));
  const missing = paths.map((path, at) => ({ path, at })).filter(({ path }) => !existsSync(path));
  const worker = async () => {
    for (let job = missing.pop(); job !== undefined; job = missing.pop()) {
      const source = job.path.replace(/\.o$/, '.c');
      writeFileSync(source, sourceOf(job.at, of));
      await run(process.env.CLANG ?? 'clang-19', ['-target', 'bpfel', '-O2', '-g', '-mcpu=v3', '-I', include, '-c', source, '-o', job.path]);
    }
  };
  await Promise.all([worker(), worker()]);
  return paths;
}

// What C, in one file or several that belong together, makes objects with all that libbpf reads, in random combinations?

const SECTIONS = [
  'xdp', 'xdp.frags', 'xdp/devmap', 'xdp.frags/cpumap', 'tc', 'tc/ingress', 'tcx/egress', 'classifier', 'action', 'socket', 'cgroup_skb/ingress', 'cgroup/skb',
  'cgroup/sock_create', 'cgroup/connect4', 'cgroup/sysctl', 'cgroup/dev', 'sockops', 'sk_skb/stream_parser', 'sk_skb', 'sk_msg', 'sk_lookup', 'sk_reuseport', 'flow_dissector',
  'kprobe/do_nothing', 'kretprobe/do_nothing+0', 'kprobe', 'ksyscall/getpid', 'uprobe', 'uprobe//bin/true:main+4', 'uretprobe.s', 'tracepoint/sched/sched_switch', 'tp/syscalls/sys_enter_read',
  'raw_tp/sched_switch', 'raw_tracepoint.w/x', 'perf_event', 'syscall', 'lwt_in', 'lwt_xmit', 'lwt_seg6local', 'netfilter', 'iter/task', 'iter.s/bpf_map', 'tp_btf/sched_switch',
  'fentry/do_nanosleep', 'fexit.s/do_nanosleep', 'lsm/file_open', 'kprobe.multi/vfs_*', 'cgroup/getsockopt', 'netkit/peer', 'usdt//bin/true:a:b', 'cgroup/sock_release', 'unknown_section',
];
const INTS = ['char', 'signed char', 'unsigned char', 'short', '__u16', 'int', '__u32', 'long', '__u64', '__s64', '_Bool', 'unsigned int'];
const DATA_SECTIONS = ['.data.own', '.rodata.own', '.bss.own', '.data.x.y', '.rodata.a_very_long_section_name', '.data'];
const MAP_TYPES = {
  ARRAY: ['u32', 'any'], HASH: ['any', 'any'], LRU_HASH: ['any', 'any'], PERCPU_HASH: ['any', 'any'], PERCPU_ARRAY: ['u32', 'any'], LRU_PERCPU_HASH: ['any', 'any'], LPM_TRIE: ['any', 'any'],
  QUEUE: ['none', 'any'], STACK: ['none', 'any'], BLOOM_FILTER: ['none', 'any'], RINGBUF: ['none', 'none'], USER_RINGBUF: ['none', 'none'], PERF_EVENT_ARRAY: ['u32', 'u32'],
  CGROUP_ARRAY: ['u32', 'u32'], STACK_TRACE: ['u32', 'any'], SOCKMAP: ['u32', 'u32'], SOCKHASH: ['any', 'u32'], SK_STORAGE: ['int', 'any'], TASK_STORAGE: ['int', 'any'],
  DEVMAP: ['u32', 'u32'], CPUMAP: ['u32', 'u32'], XSKMAP: ['u32', 'u32'], REUSEPORT_SOCKARRAY: ['u32', 'u64'],
};
const HEADER = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct deep { int a; struct { short b; union { char c[3]; __u16 d; }; } e[2]; };
struct value { __u64 n; __u32 flags : 3, more : 12; struct deep deep; const char *text; };
typedef struct { int x, y; } point_t;
struct sock;
enum color { RED, GREEN = 7, BLUE = -1 };
enum huge { HUGE_A = 1, HUGE_B = 0x123456789ab };
`;

const LICENSES = ['char _license[] SEC("license") = "GPL";', 'const char LICENSE[] SEC("license") = "Dual BSD/GPL";', ''];

/** C sources of one random project: what one file declares another defines. */
export class ProjectWriter {
  #random;
  #serial = 0;
  #license = '';
  #hasArena = false;

  constructor(random) {
    this.#random = random;
  }

  /** @returns {string[]} one source for each file */
  write() {
    const random = this.#random;
    const count = random.pick([1, 1, 2, 3]);
    this.#license = random.pick(LICENSES);
    /** What some file defines for all: kind, name, and how another declares it. */
    const shared = [];
    const files = [];
    for (let at = 0; at < count; at++) files.push(this.#file(at, shared));
    // Files before the definition may want a function, too; of variables and maps libbpf then keeps a wrong place.
    const late = files.map((file, at) => shared.filter((one) => one.kind === 'func' && one.file !== at && !file.uses.has(one.name) && random.chance(25)));
    return files.map((file, at) => file.text(late[at]));
  }

  #name(prefix) {
    const random = this.#random;
    const long = random.chance(12) ? '_with_a_name_that_is_longer_than_kernels_keep' : '';
    return `${prefix}${this.#serial++}${long}`;
  }

  #file(at, shared) {
    const random = this.#random;
    const decls = [];
    /** Expressions of type int that programs may read, and statements. */
    const reads = [];
    const uses = new Set();
    const share = (kind, name, declaration, read) => shared.push({ file: at, kind, name, declaration, read });

    for (const one of shared.filter(() => random.chance(50))) {
      decls.push(one.declaration);
      uses.add(one.name);
      reads.push(one.read);
    }
    for (let i = random.below(4); i > 0; i--) this.#map(decls, reads, share);
    for (let i = random.below(6); i > 0; i--) this.#variable(decls, reads, share);
    if (random.chance(25)) this.#externs(decls, reads);
    if (random.chance(40)) this.#oddity(decls, reads);
    for (let i = random.below(4); i > 0; i--) this.#func(decls, reads, share);
    const programs = Array.from({ length: random.below(4) }, () => this.#program(reads));
    const license = random.chance(90) ? this.#license : random.pick(LICENSES);
    const version = random.chance(10) ? '__u32 _version SEC("version") = 0x60c00;' : '';
    return {
      uses,
      text: (late) => {
        const users = late.map(({ read }) => `SEC("xdp") int ${this.#name('late')}(void *ctx) { return ${read}; }`);
        return [HEADER, ...late.map(({ declaration }) => declaration), ...decls, ...programs, ...users, license, version, ''].join('\n');
      },
    };
  }

  #valueType() {
    return this.#random.pick([...INTS, 'struct value', 'struct deep', 'point_t', 'enum color', 'enum huge', 'struct { int q; }']);
  }

  #map(decls, reads, share) {
    const random = this.#random;
    const name = this.#name('map');
    const type = random.pick(Object.keys(MAP_TYPES));
    const [key, value] = MAP_TYPES[type];
    const fields = [`__uint(type, BPF_MAP_TYPE_${type})`];
    if (random.chance(90)) fields.push(`__uint(max_entries, ${random.pick([1, 2, 64, 4096, 1 << 20])})`);
    const part = (what, kind) => {
      if (kind === 'none') return;
      if (kind !== 'any' && random.chance(15)) return;
      const typed = { u32: '__u32', int: 'int', u64: '__u64', any: this.#valueType() }[kind];
      fields.push(random.chance(65) ? `__type(${what}, ${typed})` : `__uint(${what}_size, sizeof(${typed}))`);
    };
    part('key', key);
    part('value', value);
    if (random.chance(20)) fields.push(`__uint(map_flags, ${random.pick(['BPF_F_NO_PREALLOC', 'BPF_F_RDONLY_PROG', '1 << 10', '0'])})`);
    if (random.chance(8)) fields.push(`__uint(pinning, ${random.pick(['LIBBPF_PIN_BY_NAME', 'LIBBPF_PIN_NONE'])})`);
    if (random.chance(6)) fields.push('__uint(numa_node, 0)');
    if (type === 'BLOOM_FILTER' && random.chance(50)) fields.push('__uint(map_extra, 3)');
    if (random.chance(10)) fields.reverse();
    const body = `struct {\n  ${fields.join(';\n  ')};\n}`;
    const section = random.chance(4) ? '__hidden' : random.chance(6) ? '__weak' : '';
    if (random.chance(10)) {
      const tag = this.#name('map_t');
      decls.push(`typedef ${body} ${tag};`, `${tag} ${name} SEC(".maps");`);
      if (random.chance(50)) decls.push(`${tag} ${name}_b SEC(".maps");`);
    } else if (random.chance(15)) {
      // A map of maps, with some in place; or a table of programs.
      decls.push(`struct ${name}_inner {\n  ${fields.filter((field) => !/pinning/.test(field)).join(';\n  ')};\n} ${name}_a SEC(".maps"), ${name}_z SEC(".maps");`);
      const outer = random.pick(['ARRAY_OF_MAPS', 'HASH_OF_MAPS']);
      const values = random.pick(['', `.values = { [0] = &${name}_a }`, `.values = { &${name}_z, &${name}_a }`, `.values = { [2] = &${name}_z }`]);
      decls.push(`struct {\n  __uint(type, BPF_MAP_TYPE_${outer});\n  __uint(max_entries, 4);\n  __uint(key_size, 4);\n  __array(values, struct ${name}_inner);\n} ${name} SEC(".maps")${values === '' ? '' : ` = { ${values} }`};`);
    } else if (random.chance(8)) {
      const target = this.#name('target');
      decls.push(`SEC("tc") int ${target}(void *ctx) { return 1; }`);
      decls.push(`struct {\n  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);\n  __uint(max_entries, 4);\n  __uint(key_size, 4);\n  __array(values, int(void *));\n} ${name} SEC(".maps") = { .values = { [${random.below(4)}] = (void *)&${target} } };`);
    } else {
      decls.push(`${body} ${name} SEC(".maps")${section === '' ? '' : ` ${section}`};`);
      const read = `({ __u64 k[16] = {}; bpf_map_lookup_elem(&${name}, k) ? 1 : 2; })`;
      if (section === '') share('map', name, `extern ${body} ${name} SEC(".maps");`, read);
    }
    reads.push(`({ __u64 k[16] = {}; bpf_map_lookup_elem(&${name}, k) ? 1 : 2; })`);
  }

  #initial(type) {
    const random = this.#random;
    if (INTS.includes(type)) return `${random.pick([0, 1, 5, 100, -1])}`;
    return { 'struct value': '{ .n = 5, .more = 9, .deep = { .a = 1, .e = { { 2 }, { 3, { "ab" } } } } }', 'struct deep': '{ 1 }', point_t: '{ 3, 4 }', 'enum color': 'GREEN', 'enum huge': 'HUGE_B' }[type];
  }

  #variable(decls, reads, share) {
    const random = this.#random;
    const name = this.#name('var');
    const type = random.pick([...INTS, 'struct value', 'struct deep', 'point_t', 'enum color', 'enum huge']);
    const isArray = random.chance(25);
    const dims = isArray ? random.pick(['[4]', '[3][2]', '[1]', '[100]']) : '';
    const isConst = random.chance(35);
    const volatile = random.chance(70) || isConst ? 'volatile ' : '';
    const initial = random.chance(60) ? ` = ${isArray ? `{ ${dims === '[3][2]' ? '{ ' : ''}${this.#initial(type)}${dims === '[3][2]' ? ' }' : ''} }` : this.#initial(type)}` : '';
    let section = random.chance(20) ? random.pick(DATA_SECTIONS) : '';
    if (section.startsWith('.rodata') !== isConst) section = '';
    if (section.startsWith('.bss') && initial !== '') section = '';
    const align = random.chance(10) ? ` __attribute__((aligned(${random.pick([8, 16, 32, 64])})))` : '';
    const isStatic = random.chance(25);
    const visibility = !isStatic && random.chance(8) ? ' __hidden' : !isStatic && random.chance(8) ? ' __weak' : '';
    const place = section === '' ? '' : ` SEC("${section}")`;
    const full = `${isConst ? 'const ' : ''}${volatile}${type} ${name}${dims}`;
    decls.push(`${isStatic ? 'static ' : ''}${full}${place}${align}${visibility}${initial};`);
    const read = `((char)*(volatile const char *)&${name})`;
    reads.push(read);
    if (!isStatic && visibility === '') share('var', name, `extern ${full}${place}${align};`, read);
    if (random.chance(15)) {
      const text = this.#name('text');
      decls.push(`static const char ${text}[] = "${random.pick(['hello %d', 'x', 'a longer string with more than one word: %d %s'])}";`);
      reads.push(`(int)bpf_trace_printk(${text}, sizeof(${text}), 1)`);
    }
  }

  #externs(decls, reads) {
    const random = this.#random;
    const all = [
      ['extern int LINUX_KERNEL_VERSION __kconfig;', 'LINUX_KERNEL_VERSION'],
      ['extern _Bool CONFIG_A_BOOL __kconfig __weak;', 'CONFIG_A_BOOL'],
      ['extern int CONFIG_AN_INT __kconfig __weak;', 'CONFIG_AN_INT'],
      ['extern long CONFIG_A_LONG __kconfig;', '(int)CONFIG_A_LONG'],
      ['extern short CONFIG_MISSING __kconfig __weak;', 'CONFIG_MISSING'],
      ['extern const char CONFIG_A_STRING[12] __kconfig __weak;', 'CONFIG_A_STRING[1]'],
      ['extern enum libbpf_tristate CONFIG_A_TRISTATE __kconfig __weak;', '(CONFIG_A_TRISTATE == TRI_MODULE)'],
      ['extern const void bpf_prog_put __ksym __weak;', '(&bpf_prog_put ? 1 : 2)'],
      ['extern const void no_such_symbol __ksym __weak;', '(&no_such_symbol ? 1 : 2)'],
      ['extern void bpf_rcu_read_lock(void) __ksym __weak;', '(bpf_rcu_read_lock ? 1 : 2)'],
      ['extern void bpf_rcu_read_unlock(void) __ksym;', '({ bpf_rcu_read_unlock(); 3; })'],
      ['extern int bpf_no_such_function(int) __ksym __weak;', '(bpf_no_such_function ? bpf_no_such_function(1) : 2)'],
      ['extern const int bpf_prog_active __ksym __weak;', '(&bpf_prog_active ? 1 : 2)'],
    ];
    for (const [decl, read] of all) {
      if (!random.chance(25)) continue;
      decls.push(decl);
      reads.push(read);
    }
  }

  /** What occurs now and then. */
  #oddity(decls, reads) {
    const random = this.#random;
    const name = this.#name('odd');
    switch (random.below(14)) {
      case 0:
        // Strings behind pointers, in a table that is read only by index.
        decls.push(`static int ${name}(int i) { static const char ${name}_t[4][8] = { "one", "two", "three" }; return ${name}_t[i & 3][1]; }`);
        reads.push(`${name}(${random.below(4)})`);
        break;
      case 1:
        // A variable inside a function.
        decls.push(`static __noinline int ${name}(void) { static volatile int counter = 3; static volatile long zero; return counter++ + zero; }`);
        reads.push(`${name}()`);
        break;
      case 2:
        decls.push(`struct task_struct___x { int pid; int tgid; const char *no_such_field; } __attribute__((preserve_access_index));`);
        decls.push(`static __noinline int ${name}(struct task_struct___x *t) { return t ? __builtin_preserve_field_info(t->pid, 0) + __builtin_preserve_field_info(t->no_such_field, 2) : 1; }`);
        reads.push(`${name}((void *)bpf_get_current_task())`);
        break;
      case 3:
        decls.push(`struct ${name}_t { __u64 a; struct { int b; } c __attribute__((btf_decl_tag("tag:c"))); };`);
        decls.push(`__noinline int ${name}(struct ${name}_t *v __attribute__((btf_decl_tag("arg:nonnull"))), void *ctx __attribute__((btf_decl_tag("arg:ctx")))) { return v->a + 1; }`);
        reads.push(`({ struct ${name}_t v = {}; ${name}(&v, (void *)0); })`);
        break;
      case 4:
        decls.push(`int __attribute__((btf_type_tag("x"))) *${name};`);
        reads.push(`(${name} ? 1 : 2)`);
        break;
      case 5:
        decls.push(`static volatile const struct { int id; char bytes[${1 + random.below(40)}]; } ${name}[${1 + random.below(5)}] = { { 1, "ab" } };`);
        reads.push(`${name}[0].id`);
        break;
      case 6:
        // A switch that may become a table of numbers.
        decls.push(`static __noinline int ${name}(int x) { switch (x) { case 0: return 7; case 1: return 900; case 2: return -3; case 3: return 44; case 4: return 1; case 5: return 12; case 6: return 5; } return 0; }`);
        reads.push(`${name}(bpf_get_prandom_u32())`);
        break;
      case 7:
        decls.push(`union ${name}_t { int a; struct { __u16 lo, hi; }; } ${name} = { .hi = 5 };`, `typedef union ${name}_t ${name}_alias; ${name}_alias ${name}_b[2];`);
        reads.push(`${name}.lo + ${name}_b[1].a`);
        break;
      case 8:
        decls.push(`struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } ${name} SEC(".maps");`);
        decls.push(`SEC("xdp") int ${name}_prog(void *ctx) { bpf_tail_call_static(ctx, &${name}, 1); return 0; }`);
        break;
      case 9:
        decls.push(`struct tcp_congestion_ops___x { char name[16]; __u32 flags; void *owner; int (*undo)(void *); };`);
        decls.push(`char ${name}[] = { 1, 2, 3, 4, 5 };`);
        reads.push(`${name}[2]`);
        break;
      case 10:
      case 11:
        this.#table(decls, name);
        break;
      case 12:
        // One arena in a project: a second one is refused, as two of libbpf's are.
        if (this.#hasArena) break;
        this.#hasArena = true;
        decls.push(`struct { __uint(type, 33); __uint(map_flags, 1 << 10); __uint(max_entries, ${10 + random.below(90)}); } ${name} SEC(".maps");`);
        decls.push(`int __attribute__((address_space(1))) ${name}_a = ${random.below(9)}; __u64 __attribute__((address_space(1))) ${name}_b[${1 + random.below(20)}];`);
        decls.push(`SEC("syscall") int ${name}_prog(void *ctx) { ${name}_a++; ${name}_b[0] += 2; __u64 k = 0; bpf_map_update_elem(&${name}, &k, &k, 0); return ${name}_a; }`);
        break;
      default:
        decls.push(`__u64 ${name} SEC(".data.${name}") = 1; const volatile int ${name}_r SEC(".rodata.${name}") = 2; __u32 ${name}_z[3] SEC(".bss.${name}");`);
        reads.push(`${name}_z[1] + ${name}_r`);
    }
  }

  /** A table of functions for the kernel, with members in another order or that no kernel has. */
  #table(decls, name) {
    const random = this.#random;
    const members = ['__u32 (*ssthresh)(struct sock *sk)', 'void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked)', '__u32 (*undo_cwnd)(struct sock *sk)', 'char name[16]'];
    if (random.chance(40)) members.reverse();
    if (random.chance(20)) members.push('__u32 flags');
    if (random.chance(20)) members.push('__u64 not_there');
    const type = `tcp_congestion_ops___${name}`;
    decls.push(`struct ${type} {\n  ${members.join(';\n  ')};\n};`);
    const section = random.pick(['struct_ops', 'struct_ops', `struct_ops/${name}`, '?struct_ops', 'struct_ops.s']);
    decls.push(`SEC("${section}") __u32 ${name}_ssthresh(unsigned long long *ctx) { return ${random.below(9)}; }`);
    decls.push(`SEC("struct_ops") void ${name}_avoid(unsigned long long *ctx) { }`);
    const values = [`.ssthresh = (void *)${name}_ssthresh`, `.cong_avoid = (void *)${name}_avoid`, `.undo_cwnd = (void *)${name}_ssthresh`, `.name = "${name.slice(0, 12)}"`];
    const given = values.filter(() => random.chance(85));
    decls.push(`SEC("${random.chance(10) ? '?' : ''}.struct_ops${random.pick(['', '.link'])}") struct ${type} ${name} = { ${given.join(', ')} };`);
  }

  #sum(reads, most) {
    const random = this.#random;
    const parts = [`${random.below(100)}`];
    for (let i = random.below(most); i > 0 && reads.length > 0; i--) parts.push(random.pick(reads));
    return parts.join(' + ');
  }

  #func(decls, reads, share) {
    const random = this.#random;
    const name = this.#name('func');
    const linkage = random.pick(['static __noinline', 'static __noinline', '__noinline', '__noinline', '__weak __noinline', '__hidden __noinline', 'static __always_inline']);
    decls.push(`${linkage} int ${name}(int x) { volatile int y = x; return y + ${this.#sum(reads, 4)}; }`);
    reads.push(`${name}(${random.below(9)})`);
    if (linkage === '__noinline') share('func', name, `extern int ${name}(int x);`, `${name}(2)`);
    if (random.chance(15)) {
      const callback = this.#name('callback');
      decls.push(`static int ${callback}(__u32 i, void *ctx) { return i > ${random.below(5)}; }`);
      reads.push(`(int)bpf_loop(${random.below(9)}, ${callback}, (void *)0, 0)`);
    }
  }

  #program(reads) {
    const random = this.#random;
    const name = this.#name('prog');
    const section = random.pick(SECTIONS);
    const off = random.chance(15) ? '?' : '';
    const linkage = random.chance(6) ? '__weak ' : random.chance(5) ? '__hidden ' : '';
    return `SEC("${off}${section}") ${linkage}int ${name}(void *ctx) { return ${this.#sum(reads, 5)}; }`;
  }
}

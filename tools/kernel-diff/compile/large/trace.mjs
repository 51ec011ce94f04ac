// How do large tracing programs write down what happens: arguments, paths, command lines, stacks?
import { counter, scratch, unrolling } from './words.mjs';

export const DECLARATIONS = `
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct qstr { union { struct { __u32 hash, len; }; __u64 hash_len; }; const unsigned char *name; };
struct super_block { unsigned int s_dev; unsigned long s_magic; };
struct inode { unsigned short i_mode; unsigned long i_ino; struct super_block *i_sb; };
struct dentry { unsigned int d_flags; struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { struct inode *f_inode; struct path f_path; unsigned int f_flags; };
struct pid_namespace { unsigned int level; };
struct nsproxy { void *uts_ns; };
#pragma clang attribute pop
#define read(D, P, F) bpf_probe_read_kernel(&(D), sizeof(D), __builtin_preserve_access_index(&(P)->F))
MAP(stacks, BPF_MAP_TYPE_STACK_TRACE, __u32, __u64[16], 64);
struct cut { __u32 size; __u32 kinds[8]; };
MAP(cuts, BPF_MAP_TYPE_HASH, __u32, struct cut, 64);
`;

const MASK = 4095;

/** Moves on by what was read. */
function advance(w, off, n) {
  return w.random.pick([`if (${n} > 0 && ${n} <= 255) ${off} += ${n};`, `if (${n} < 0) ${w.leave()} ${off} += ${n} & 255;`, `${off} += ${n} & 0xff;`, `if (${n} > 0) ${off} += ${n};`]);
}

/** A place in the buffer that leaves room for `size`. */
function place(w, off, size) {
  return w.random.pick([`if (${off} > ${4096 - size}) ${w.leave()}`, `${off} &= ${MASK}; if (${off} > ${4096 - size}) ${w.leave()}`, `asm volatile("" : "+r"(${off})); if (${off} >= ${4097 - size}) ${w.leave()}`, `${off} &= ${(2048 - 1)};`]);
}

/** One argument after the other, each as its kind wants it. */
function values(w) {
  const { random } = w;
  const b = scratch(w);
  const [off, i, n, pid] = ['off', 'i', 'n', 'pid'].map((letter) => w.name(letter));
  w.emit(`${random.pick(['__u32', '__u64', '__u16'])} ${off} = 0; __u32 ${pid} = ${w.expression(2)};`);
  const source = () => random.pick(w.numbers);
  const put = (kind, index) =>
    ({
      word: `${place(w, off, 8)} *(__u64 *)&${b}[${off}] = ${source()}; ${off} += 8;`,
      half: `${place(w, off, 8)} *(__u32 *)&${b}[${off}] = ${source()} ^ ${index}; ${off} += 4;`,
      text: `{ ${place(w, off, 256)} long ${n}_ = bpf_probe_read_${random.pick(['user', 'kernel', 'user'])}_str(&${b}[${off}], ${random.pick([255, 256, 128])}, (void *)(long)${source()}); ${advance(w, off, `${n}_`)} }`,
      bytes: `{ ${place(w, off, 256)} __u32 ${n}_ = ${source()}; ${random.pick([`${n}_ &= 127;`, `if (${n}_ > 200) ${n}_ = 200;`])} if (!bpf_probe_read_${random.pick(['user', 'kernel'])}(&${b}[${off}], ${n}_, (void *)(long)${source()})) ${off} += ${n}_; }`,
      byte: `if (${off} < 4096) ${b}[${off}] = ${index}; ${off}++;`,
    })[kind];
  if (random.chance(50)) {
    for (let left = random.pick([2, 4, 6, 9]); left > 0; left--) w.emit(put(random.pick(['word', 'half', 'text', 'bytes', 'byte']), String(left)));
  } else {
    const c = w.name('c');
    w.emit(`struct cut *${c} = bpf_map_lookup_elem(&cuts, &${pid}); if (!${c}) ${w.leave()}`);
    unrolling(w);
    w.emit(`for (${counter(w)} ${i} = 0; ${i} < ${random.pick([3, 6, 8])}; ${i}++) { switch (${c}->kinds[${i} & 7]) {`);
    ['word', 'half', 'text', 'bytes', 'byte'].slice(0, random.between(2, 5)).forEach((kind, no) => w.emit(`\tcase ${no}: ${put(kind, i)} break;`));
    w.emit('\t} }');
  }
  send(w, b, off);
}

/** As much of the buffer as was filled. */
function send(w, b, off) {
  const { random } = w;
  w.emit(
    random.weighted([
      [w.kind?.tracing ? 4 : 0, `if (${off} > ${MASK}) ${off} = ${MASK}; bpf_perf_event_output(ctx, &samples, 0xffffffffULL, ${b}, ${off} ${random.pick(['', '& 4095'])});`],
      [2, `if (${off} > 0 && ${off} < 4096) bpf_ringbuf_output(&events, ${b}, ${off}, 0);`],
      [2, `bpf_ringbuf_output(&events, ${b}, ${off} & 1023, 0);`],
      [1, `all.n[1] += ${off};`],
    ]),
  );
}

/** Names of folders, from the file up to the root. */
function path(w) {
  const { random } = w;
  const b = scratch(w);
  const [d, m, off, i] = ['d', 'm', 'off', 'i'].map((letter) => w.name(letter));
  w.emit(`struct file *f_${d} = (void *)(long)${random.pick(w.numbers)}; struct dentry *${d} = 0, *root_${d} = 0; struct vfsmount *${m} = 0; read(${d}, f_${d}, f_path.dentry); read(${m}, f_${d}, f_path.mnt); read(root_${d}, ${m}, mnt_root); __u32 ${off} = ${random.pick([0, 2048, 4095])};`);
  unrolling(w);
  const steps = random.pick([4, 8, 12, 20, 32]);
  const backward = random.chance(50);
  w.emit(`for (${random.pick(['int', '__u32'])} ${i} = 0; ${i} < ${steps}; ${i}++) {`);
  w.emit(`\tstruct dentry *up_ = 0; read(up_, ${d}, d_parent); ${random.chance(60) ? `if (${d} == root_${d} || ${d} == up_) break;` : ''} struct qstr q_ = {}; read(q_, ${d}, d_name);`);
  if (backward) w.emit(`\t__u32 len_ = q_.len & 255; if (${off} < len_ + 1) break; ${off} -= len_ + 1; long n_ = bpf_probe_read_kernel_str(&${b}[${off} & 2047], len_ + 1, q_.name); if (n_ <= 1) break; ${random.chance(50) ? `${b}[(${off} + n_ - 1) & 4095] = '/';` : ''}`);
  else w.emit(`\t${random.pick([`if (${off} > 3840) break;`, `${off} &= 2047;`])} long n_ = bpf_probe_read_kernel_str(&${b}[${off}], 256, q_.name); if (n_ ${random.pick(['<= 0', '< 2'])}) break; ${off} += ${random.pick(['n_', '(n_ & 255)'])}; ${random.chance(50) ? `if (${off} < 4096) ${b}[${off}] = '/';` : ''}`);
  w.emit(`\t${d} = up_;\n\t}`);
  w.emit(`struct inode *in_${d} = 0; read(in_${d}, ${d}, d_inode); unsigned long no_${d} = 0; if (in_${d}) read(no_${d}, in_${d}, i_ino);`);
  w.numbers.push(`no_${d}`);
  send(w, b, off);
}

/** Strings that pointers in the user's memory name. */
function commandLine(w) {
  const { random } = w;
  const b = scratch(w);
  const [argv, off, i] = ['argv', 'off', 'i'].map((letter) => w.name(letter));
  w.emit(`const char **${argv} = (void *)(long)${random.pick(w.numbers)}; __u32 ${off} = 0;`);
  unrolling(w);
  w.emit(`for (${random.pick(['int', '__u32'])} ${i} = 0; ${i} < ${random.pick([5, 10, 20, 40])}; ${i}++) { const char *one_ = 0; if (bpf_probe_read_user(&one_, sizeof(one_), ${argv} + ${i}) || !one_) break; if (${off} > ${4096 - 128}) break; long n_ = bpf_probe_read_user_str(&${b}[${off}], 128, one_); if (n_ ${random.pick(['< 0', '<= 0', '> 128 || n_ < 1'])}) break; ${off} += n_; }`);
  send(w, b, off);
}

/** The task, its parents, and what they are in. */
function tasks(w) {
  const { random } = w;
  const [t, i, n] = ['t', 'i', 'n'].map((letter) => w.name(letter));
  w.emit(`struct task_struct *${t} = (void *)bpf_get_current_task(); int ${n} = 0; __u64 id_${t} = bpf_get_current_pid_tgid();`);
  unrolling(w);
  w.emit(`for (int ${i} = 0; ${i} < ${random.pick([2, 4, 8, 16])}; ${i}++) { struct task_struct *up_ = 0; int pid_ = 0; read(up_, ${t}, real_parent); if (!up_ || up_ == ${t}) break; read(pid_, up_, tgid); if (pid_ == ${random.pick(['1', `(int)(id_${t} >> 32)`])}) break; ${random.chance(50) ? `char comm_[16] = {}; read(comm_, up_, comm); if (!differ(comm_, "sshd", 4)) { ${n} |= 256; break; }` : ''} ${n} += pid_; ${t} = up_; }`);
  w.emit(`struct session s_${t} = { .first = id_${t}, .bytes = ${n} }; __u64 key_${t} = id_${t}; bpf_map_update_elem(&starts, &key_${t}, &s_${t}, 0);`);
  w.numbers.push(n, `id_${t}`);
}

/** How long it took since it began, and where it was. */
function profile(w) {
  const { random } = w;
  const [s, k] = [w.name('s'), w.name('k')];
  w.emit(`__u64 ${k} = bpf_get_current_pid_tgid(); struct session *${s} = bpf_map_lookup_elem(&starts, &${k}); if (!${s}) ${w.leave()} __u64 took_${k} = bpf_ktime_get_ns() - ${s}->first; if (took_${k} < set.window) ${w.leave()}`);
  w.emit(`all.n[log2_of(took_${k}) & 15]++; ${random.chance(60) ? `bpf_map_delete_elem(&starts, &${k});` : ''}`);
  if (/^(kprobe|perf_event|tracepoint|raw_tp)/.test(w.kind?.section ?? '')) {
    w.emit(`{ __s32 id_ = bpf_get_stackid(ctx, &stacks, ${random.pick([0, 256, 512])}); if (id_ >= 0) seen[id_ & 63]++; }`);
    if (random.chance(50)) {
      const b = scratch(w);
      w.emit(`long n_${k} = bpf_get_stack(ctx, ${b}, ${random.pick([1024, 2048, 4096])}, ${random.pick([0, 256])}); if (n_${k} > 0) { if (n_${k} < 4096) bpf_ringbuf_output(&events, ${b}, n_${k}, 0); for (int j_ = 0; j_ < ${random.pick([4, 16])}; j_++) all.n[j_] ^= ((__u64 *)${b})[j_]; }`);
    }
  }
  w.numbers.push(`took_${k}`);
}

export const trace = {
  fits: (kind) => kind?.tracing === true,
  declarations: DECLARATIONS,
  statements: [
    { weight: 6, most: 0, write: values },
    { weight: 5, most: 0, write: path },
    { weight: 3, most: 0, write: commandLine },
    { weight: 4, most: 1, write: tasks },
    { weight: 4, write: profile },
  ],
};

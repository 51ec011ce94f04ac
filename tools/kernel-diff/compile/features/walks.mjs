// How do tracing programs follow the kernel's pointers?

const DECLARATIONS = `
#define field(P, F) (&(P)->F)
#define probe(D, P, F) bpf_probe_read_kernel(&(D), sizeof(D), __builtin_preserve_access_index(&(P)->F))
struct spotted { struct task_struct __kptr *task; struct cgroup __kptr *group; __u64 n; };
MAP(kept, BPF_MAP_TYPE_HASH, __u32, struct spotted, 16);
static __noinline int depth_of(struct task_struct *t) {
	int n = 0;
	for (int i = 0; i < 4; i++) { struct task_struct *p = 0; if (probe(p, t, real_parent) || !p) break; t = p; n++; }
	return n;
}
__noinline int pid_of(struct task_struct *t __attribute__((btf_decl_tag("arg:trusted")))) { return t->pid + t->prio; }
__noinline int maybe_pid(struct task_struct *t __attribute__((btf_decl_tag("arg:trusted"), btf_decl_tag("arg:nullable")))) { return t ? t->tgid : -1; }
`;

const FIELDS = ['pid', 'tgid', 'prio', 'static_prio', 'flags', 'start_time', 'comm[3]'];
const LINKS = ['real_parent', 'group_leader', 'real_parent->group_leader', 'group_leader->real_parent->real_parent'];

function anyTask(w) {
  return w.random.chance(75) ? (w.pointer('task') ?? 'bpf_get_current_task_btf()') : 'bpf_get_current_task_btf()';
}

/** Names a pointer to a task; what was assigned is checked where it may be null. */
function named(w, text, check) {
  const name = w.name('t');
  w.emit(`struct task_struct *${name} = ${text};`);
  if (check && !w.slips()) w.emit(`if (!${name}) ${w.leave()}`);
  return name;
}

function follow(w) {
  const { random } = w;
  const name = named(w, `${anyTask(w)}->${random.pick(LINKS)}`, random.chance(30));
  w.pointers.push({ kind: 'task', name });
  w.declare(random.pick(['int', '__u64', '__u32']), `${name}->${random.pick(FIELDS)}`);
}

function deeper(w) {
  const { random } = w;
  const task = anyTask(w);
  random.weighted([
    [3, () => w.declare('__u64', `${task}->cgroups->dfl_cgrp->kn->id`)],
    [2, () => w.declare('int', `${task}->cgroups->dfl_cgrp->level`)],
    [3, () => {
      const mm = w.name('m');
      w.emit(`struct mm_struct *${mm} = ${task}->mm;`);
      w.emit(random.chance(75) ? `if (${mm}) out += ${mm}->total_vm;` : `out += ${mm}->total_vm;`);
    }],
    [2, () => w.declare('__u64', `${task}->cpus_ptr->bits[0]`)],
    [2, () => w.declare('__u8', `${task}->comm[${w.index(16)}]`)],
  ])();
}

/** Reads field by field, as programs do that may not follow pointers. */
function probes(w) {
  const { random } = w;
  const [p, q, v] = [w.name('t'), w.name('t'), w.name('n')];
  w.emit(`struct task_struct *${p} = ${random.chance(60) ? '(void *)bpf_get_current_task()' : anyTask(w)}, *${q} = 0; int ${v} = 0;`);
  for (let left = random.between(1, 3); left > 0; left--) w.emit(`probe(${q}, ${p}, ${random.pick(['real_parent', 'group_leader'])}); ${random.chance(50) ? `if (!${q}) ${w.leave()}` : ''} ${p} = ${q};`);
  w.emit(`probe(${v}, ${p}, ${random.pick(['pid', 'tgid', 'prio'])});`);
  w.numbers.push(v);
  if (random.chance(30)) w.declare('int', `depth_of(${p})`);
}

/** Holds a task or group, whatever is done meanwhile. */
function hold(w, depth) {
  const { random } = w;
  if (w.kind?.generic !== true) return;
  const group = random.chance(30);
  const name = w.name('t');
  if (group) w.emit(`struct cgroup *${name} = ${random.chance(50) ? `bpf_cgroup_from_id(${w.expression(2)})` : `bpf_cgroup_acquire(${anyTask(w)}->cgroups->dfl_cgrp)`};`);
  else w.emit(`struct task_struct *${name} = ${random.chance(40) ? `bpf_task_from_pid(${w.expression(2)})` : `bpf_task_acquire(${anyTask(w)}${random.chance(12) ? '->real_parent' : ''})`};`);
  if (!w.slips()) w.emit(`if (!${name}) ${w.leave()}`);
  const end = `bpf_${group ? 'cgroup' : 'task'}_release(${name});`;
  w.holding(end, () => {
    if (!group) w.pointers.push({ kind: 'task', name });
    w.block(depth, [group ? `${name}->level` : `${name}->pid`]);
    if (random.chance(25) && !group) w.declare('int', random.chance(60) ? `pid_of(${name})` : `maybe_pid(${name})`);
  });
  w.pointers = w.pointers.filter((pointer) => pointer.name !== name);
  if (random.chance(35)) keep(w, name, group ? 'group' : 'task', end);
  else if (!w.slips()) w.emit(end);
}

/** Leaves it in a map, and gives back what was there. */
function keep(w, name, member, end) {
  const [p, k, old] = [w.name('p'), w.name('k'), w.name('t')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct spotted *${p} = bpf_map_lookup_elem(&kept, &${k});`);
  w.holding(end, () => w.emit(`if (!${p}) ${w.leave()}`));
  w.emit(`struct ${member === 'task' ? 'task_struct' : 'cgroup'} *${old} = bpf_kptr_xchg(&${p}->${member}, ${w.slips() ? '0' : name});`);
  if (!w.slips()) w.emit(`if (${old}) ${end.replace(name, old)}`);
}

/** Reads what a map holds, where RCU keeps it. */
function kept(w, depth) {
  const { random } = w;
  const [p, k, t] = [w.name('p'), w.name('k'), w.name('t')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct spotted *${p} = bpf_map_lookup_elem(&kept, &${k});`);
  w.emit(`if (!${p}) ${w.leave()}`);
  const lock = !w.rcu && random.chance(90);
  if (w.kind?.generic !== true) return;
  if (lock) w.emit('bpf_rcu_read_lock();');
  const inside = () => {
    const [member, type, field] = random.pick([['task', 'task_struct', 'pid'], ['group', 'cgroup', 'level']]);
    w.emit(`struct ${type} *${t} = ${p}->${member};`);
    if (!w.slips(10)) w.emit(`if (!${t}) ${w.leave()}`);
    if (member === 'task') w.pointers.push({ kind: 'task', name: t });
    w.block(depth, [`${t}->${field}`]);
    w.pointers = w.pointers.filter((pointer) => pointer.name !== t);
  };
  if (lock) w.holding('bpf_rcu_read_unlock();', () => w.under('rcu', inside));
  else inside();
  if (lock && !w.slips()) w.emit('bpf_rcu_read_unlock();');
  if (random.chance(8)) w.emit(`out += (__u64)${t} & 1;`);
}

function masks(w, depth) {
  if (w.kind?.btf !== true && w.kind?.section !== 'syscall') return;
  const m = w.name('m');
  w.emit(`struct bpf_cpumask *${m} = bpf_cpumask_create();`);
  if (!w.slips()) w.emit(`if (!${m}) ${w.leave()}`);
  w.emit(`bpf_cpumask_set_cpu(${w.expression(2)}, ${m});`);
  const task = w.pointer('task');
  w.holding(`bpf_cpumask_release(${m});`, () => {
    if (task !== undefined) w.emit(`bpf_cpumask_and(${m}, (const struct cpumask *)${m}, ${task}->cpus_ptr);`);
    w.declare('__u32', `bpf_cpumask_test_cpu(${w.expression(2)}, (const struct cpumask *)${m})`);
    w.block(depth);
  });
  if (!w.slips()) w.emit(`bpf_cpumask_release(${m});`);
}

function casts(w) {
  const { random } = w;
  const t = w.name('t');
  w.emit(`struct task_struct *${t} = bpf_rdonly_cast((void *)${w.expression(1)}, bpf_core_type_id_kernel(struct task_struct));`);
  w.pointers.push({ kind: 'task', name: t });
  w.declare('int', `${t}->${random.pick(FIELDS)}`);
}

export const walks = {
  name: 'kernel objects',
  fits: (kind) => kind.tracing === true || kind.section === 'syscall',
  declarations: DECLARATIONS,
  statements: [
    { weight: 6, write: follow },
    { weight: 6, write: deeper },
    { weight: 5, write: probes },
    { weight: 6, nests: true, write: hold },
    { weight: 4, nests: true, write: kept },
    { weight: 3, nests: true, write: masks },
    { weight: 2, write: casts },
  ],
};

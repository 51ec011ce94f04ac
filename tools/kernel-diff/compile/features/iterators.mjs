// How do programs walk numbers, bits, tasks, groups and memory areas?

const DECLARATIONS = `
extern void bpf_iter_css_task_destroy(void *it) __ksym;
#define each_number(I, FROM, TO) for (struct bpf_iter_num it_##I __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))), \\
	*at_##I __attribute__((unused)) = (bpf_iter_num_new(&it_##I, (FROM), (TO)), (void)bpf_iter_num_destroy, (void *)0); \\
	({ int *next_ = bpf_iter_num_next(&it_##I); (at_##I = (void *)next_) && ((I = *next_), 1); });)
#define repeat(N) for (struct bpf_iter_num it_ __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))) = ({ struct bpf_iter_num i_; bpf_iter_num_new(&i_, 0, (N)); i_; }); bpf_iter_num_next(&it_);)
`;

/** What may be begun and has to be ended, whatever happens in between. */
function region(w, depth, { begin, guard, head, end, numbers = [], pointers = [] }) {
  w.emit(begin);
  w.holding(end, () => {
    if (guard !== undefined && !w.slips()) w.emit(`if (${guard}) ${w.leave()}`);
    w.emit(`while (${head}) {`);
    w.pointers.push(...pointers);
    w.loopBlock(depth, numbers);
    for (let left = pointers.length; left > 0; left--) w.pointers.pop();
    w.emit('}');
  });
  if (!w.slips()) w.emit(end);
}

function numbers(w, depth) {
  const { random } = w;
  const [from, to] = [random.chance(60) ? '0' : w.expression(2), random.chance(50) ? random.pick([4, 10, 100, 1000]) : w.expression(1)];
  if (random.chance(50)) {
    const i = w.name('i');
    w.emit(`int ${i};`);
    w.emit(`each_number(${i}, ${from}, ${to}) {`);
    w.loopBlock(depth, [i]);
    w.emit('}');
    return;
  }
  const [it, v] = [w.name('it'), w.name('v')];
  w.emit(`struct bpf_iter_num ${it}; int *${v};`);
  region(w, depth, { begin: `bpf_iter_num_new(&${it}, ${from}, ${to});`, head: `(${v} = bpf_iter_num_next(&${it}))`, end: `bpf_iter_num_destroy(&${it});`, numbers: [`*${v}`] });
}

function bits(w, depth) {
  const { random } = w;
  const [it, v, words] = [w.name('it'), w.name('v'), w.name('b')];
  const count = random.pick([1, 1, 2, 4]);
  w.emit(`__u64 ${words}[${count}] = { ${w.expression(1)} }; struct bpf_iter_bits ${it}; int *${v};`);
  region(w, depth, { begin: `bpf_iter_bits_new(&${it}, ${words}, ${random.chance(90) ? count : w.expression(2)});`, head: `(${v} = bpf_iter_bits_next(&${it}))`, end: `bpf_iter_bits_destroy(&${it});`, numbers: [`*${v}`] });
}

/** Walks what only stays while RCU holds it. */
function guarded(w, depth, what) {
  const { random } = w;
  const lock = !w.rcu && random.chance(93);
  if (lock) w.emit('bpf_rcu_read_lock();');
  const walk = () => what(w, depth);
  if (lock) w.holding('bpf_rcu_read_unlock();', () => w.under('rcu', walk));
  else walk();
  if (lock && !w.slips()) w.emit('bpf_rcu_read_unlock();');
}

function tasks(w, depth) {
  const [it, t] = [w.name('it'), w.name('t')];
  w.emit(`struct bpf_iter_task ${it}; struct task_struct *${t};`);
  const of = w.pointer('task');
  const [from, flags] = of !== undefined && w.random.chance(50) ? [of, w.random.pick(['1', '2'])] : ['0', w.random.pick(['0', '2'])];
  region(w, depth, { begin: `bpf_iter_task_new(&${it}, ${from}, ${flags});`, head: `(${t} = bpf_iter_task_next(&${it}))`, end: `bpf_iter_task_destroy(&${it});`, numbers: [`${t}->pid`, `${t}->tgid`, `${t}->flags`], pointers: [{ kind: 'task', name: t }] });
}

function groups(w, depth) {
  const [it, c, g] = [w.name('it'), w.name('c'), w.name('g')];
  w.emit(`struct cgroup *${g} = bpf_cgroup_from_id(${w.expression(2)});`);
  if (!w.slips()) w.emit(`if (!${g}) ${w.leave()}`);
  w.emit(`struct bpf_iter_css ${it}; struct cgroup_subsys_state *${c};`);
  w.holding(`bpf_cgroup_release(${g});`, () =>
    guarded(w, depth, () =>
      region(w, depth, { begin: `bpf_iter_css_new(&${it}, &${g}->self, ${w.random.pick([1, 2, 3])});`, head: `(${c} = bpf_iter_css_next(&${it}))`, end: `bpf_iter_css_destroy(&${it});`, numbers: [`${c}->id`] })),
  );
  if (!w.slips()) w.emit(`bpf_cgroup_release(${g});`);
}

function areas(w, depth) {
  const [it, v] = [w.name('it'), w.name('v')];
  const of = w.pointer('task') ?? 'bpf_get_current_task_btf()';
  w.emit(`struct bpf_iter_task_vma ${it}; struct vm_area_struct *${v};`);
  region(w, depth, { begin: `bpf_iter_task_vma_new(&${it}, ${of}, ${w.expression(2)});`, head: `(${v} = bpf_iter_task_vma_next(&${it}))`, end: `bpf_iter_task_vma_destroy(&${it});`, numbers: [`${v}->vm_start`, `${v}->vm_end`, `${v}->vm_flags`] });
}

export const iterators = {
  name: 'iterators',
  fits: () => true,
  declarations: DECLARATIONS,
  statements: [
    { weight: 9, nests: true, write: numbers },
    { weight: 6, nests: true, write: bits },
  ],
};

export const objectIterators = {
  name: 'object iterators',
  fits: (kind) => kind.btf === true || kind.section === 'syscall',
  statements: [
    { weight: 7, nests: true, write: (w, depth) => guarded(w, depth, tasks) },
    { weight: 5, nests: true, write: groups },
    { weight: 4, nests: true, write: areas },
  ],
};

// What happens where RCU, preemption or interrupts are held?

const DECLARATIONS = `
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
struct bpf_res_spin_lock { __u32 val; };
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
struct guarded { struct bpf_res_spin_lock lock; __u64 n; };
MAP(guards, BPF_MAP_TYPE_ARRAY, __u32, struct guarded, 4);
`;

function held(w, depth, begin, end, what) {
  w.emit(begin);
  w.holding(end, () => w.under(what, () => w.block(depth)));
  if (!w.slips()) w.emit(end);
}

function interrupts(w, depth) {
  const flags = w.name('f');
  w.emit(`unsigned long ${flags};`);
  held(w, depth, `bpf_local_irq_save(&${flags});`, `bpf_local_irq_restore(&${flags});`, 'irq');
}

/** A lock of map values, around what calls nothing. */
function spin(w, depth) {
  if (w.kind?.tracing || w.locked) return;
  const [p, k] = [w.name('p'), w.name('k')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct locked *${p} = bpf_map_lookup_elem(&locks, &${k});`);
  w.emit(`if (!${p}) ${w.leave()}`);
  w.emit(`bpf_spin_lock(&${p}->lock);`);
  w.locked = true;
  w.block(depth, [`${p}->count`, `${p}->words[1]`]);
  w.emit(`${p}->words[${w.index(4)}] += ${w.expression(2)};`);
  w.locked = false;
  if (!w.slips()) w.emit(`bpf_spin_unlock(&${p}->lock);`);
}

function resilient(w, depth) {
  if (w.locked) return;
  const [p, k] = [w.name('p'), w.name('k')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct guarded *${p} = bpf_map_lookup_elem(&guards, &${k});`);
  w.emit(`if (!${p}) ${w.leave()}`);
  w.emit(w.slips() ? `bpf_res_spin_lock(&${p}->lock);` : `if (bpf_res_spin_lock(&${p}->lock)) ${w.leave()}`);
  w.locked = true;
  w.block(depth, [`${p}->n`]);
  w.emit(`${p}->n = ${w.expression(2)};`);
  w.locked = false;
  if (!w.slips()) w.emit(`bpf_res_spin_unlock(&${p}->lock);`);
}

export const regions = {
  name: 'regions',
  fits: () => true,
  declarations: DECLARATIONS,
  statements: [
    { weight: 5, nests: true, write: (w, depth) => w.rcu || held(w, depth, 'bpf_rcu_read_lock();', 'bpf_rcu_read_unlock();', 'rcu') },
    { weight: 4, nests: true, write: (w, depth) => held(w, depth, 'bpf_preempt_disable();', 'bpf_preempt_enable();', 'preempt') },
    { weight: 4, nests: true, write: interrupts },
    { weight: 4, nests: true, write: spin },
    { weight: 3, nests: true, write: resilient },
  ],
};

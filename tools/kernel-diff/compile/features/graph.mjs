// What do programs do with objects of their own, in lists, trees and map values?

const DECLARATIONS = `
struct item { __u64 key; struct bpf_list_node ln; struct bpf_rb_node rn; struct bpf_refcount ref; __u64 weight; __u32 cpu; __u8 name[12]; };
struct entry { struct bpf_list_node ln; __u64 key; __u32 cpu, weight; };
struct branch { struct bpf_rb_node rn; __u64 key, weight; __s32 cpu; };
struct queue { struct bpf_spin_lock lock; struct bpf_list_head items __contains(item, ln); struct bpf_rb_root tree __contains(item, rn); __u64 count; };
struct spot { struct item __kptr *item; struct entry __kptr *entry; __u64 n; };
MAP(queues, BPF_MAP_TYPE_ARRAY, __u32, struct queue, 4);
MAP(spots, BPF_MAP_TYPE_HASH, __u32, struct spot, 16);
private(entries) struct bpf_spin_lock entries_lock;
private(entries) struct bpf_list_head entries __contains(entry, ln);
private(branches) struct bpf_spin_lock branches_lock;
private(branches) struct bpf_rb_root branches __contains(branch, rn);
static bool item_less(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return container_of(a, struct item, rn)->key < container_of(b, struct item, rn)->key; }
static bool branch_less(struct bpf_rb_node *a, const struct bpf_rb_node *b) {
	struct branch *x = container_of(a, struct branch, rn), *y = container_of(b, struct branch, rn);
	return x->weight == y->weight ? x->key < y->key : x->weight > y->weight;
}
`;

/** The kinds of objects: where they go, and how they are found there again. */
const TYPES = {
  item: { numbers: ['key', 'weight', 'cpu', 'name[3]'], writes: ['key', 'weight', 'cpu'] },
  entry: { numbers: ['key', 'weight', 'cpu'], writes: ['key', 'weight', 'cpu'], lock: 'entries_lock', list: 'entries' },
  branch: { numbers: ['key', 'weight', 'cpu'], writes: ['key', 'weight', 'cpu'], lock: 'branches_lock', tree: 'branches' },
};

/** Where the lock, list and tree for a type are: globals, or a map value that is looked up. */
function place(w, type) {
  if (type !== 'item') return { ...TYPES[type] };
  const [q, k] = [w.name('q'), w.name('k')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct queue *${q} = bpf_map_lookup_elem(&queues, &${k});`);
  if (!w.slips()) w.emit(`if (!${q}) ${w.leave()}`);
  return { lock: `${q}->lock`, list: `${q}->items`, tree: `${q}->tree`, count: `${q}->count` };
}

function locked(w, lock, write) {
  if (!w.slips()) w.emit(`bpf_spin_lock(&${lock});`);
  write();
  if (!w.slips()) w.emit(`bpf_spin_unlock(&${lock});`);
}

function insert(w, type, name, { list, tree, lock, count }) {
  const { random } = w;
  const intoTree = tree !== undefined && (list === undefined || random.chance(50));
  locked(w, lock, () => {
    if (intoTree) w.emit(`bpf_rbtree_add_impl(&${tree}, &${name}->rn, ${type}_less, 0, 0);`);
    else w.emit(`bpf_list_push_${random.pick(['front', 'back'])}_impl(&${list}, &${name}->ln, 0, 0);`);
    if (count !== undefined && random.chance(40)) w.emit(`${count} += ${w.expression(2)};`);
    if (random.chance(25)) w.emit(`${name}->${random.pick(TYPES[type].writes)} = ${w.expression(2)};`);
  });
  if (random.chance(8)) w.emit(`out += ${name}->key;`);
}

/** Makes an object, uses it, and gives it away by one of the ways there are. */
function make(w, depth) {
  const { random } = w;
  const type = random.pick(['item', 'item', 'entry', 'branch']);
  const name = w.name('o');
  w.emit(`struct ${type} *${name} = bpf_obj_new(struct ${type});`);
  if (!w.slips()) w.emit(`if (!${name}) ${w.leave()}`);
  w.emit(`${name}->key = ${w.expression(1)};`);
  w.holding(`bpf_obj_drop_impl(${name}, 0);`, () => {
    w.pointers.push({ kind: type, name });
    if (random.chance(55)) w.block(depth, TYPES[type].numbers.map((field) => `${name}->${field}`));
    if (random.chance(30)) w.emit(`if ${w.condition()} ${w.leave()}`);
  });
  w.pointers = w.pointers.filter((pointer) => pointer.name !== name);
  finish(w, depth, type, name);
}

function finish(w, depth, type, name) {
  const { random } = w;
  random.weighted([
    [4, () => w.emit(`bpf_obj_drop_impl(${name}, 0);`)],
    [5, () => {
      let where;
      w.holding(`bpf_obj_drop_impl(${name}, 0);`, () => (where = place(w, type)));
      insert(w, type, name, where);
    }],
    [type === 'branch' ? 0 : 3, () => exchange(w, type, name)],
    [type === 'item' ? 3 : 0, () => share(w, depth, name)],
    [1, () => undefined],
  ])();
}

/** A second reference to the same object. */
function share(w, depth, name) {
  const other = w.name('o');
  w.emit(`struct item *${other} = bpf_refcount_acquire_impl(${name}, 0);`);
  let where;
  w.holding(`bpf_obj_drop_impl(${name}, 0);`, () => w.holding(`bpf_obj_drop_impl(${other}, 0);`, () => {
    if (w.slips(10)) w.emit(`if (!${other}) return 0;`);
    where = place(w, 'item');
  }));
  const [first, second] = w.random.chance(50) ? [name, other] : [other, name];
  insert(w, 'item', first, where);
  w.holding(`bpf_obj_drop_impl(${second}, 0);`, () => {
    if (w.random.chance(40)) w.block(depth, [`${second}->key`, `${second}->weight`]);
  });
  if (w.random.chance(40)) insert(w, 'item', second, where);
  else w.emit(`bpf_obj_drop_impl(${second}, 0);`);
}

function exchange(w, type, name) {
  const [p, k, old] = [w.name('p'), w.name('k'), w.name('o')];
  w.emit(`__u32 ${k} = ${w.expression(2)}; struct spot *${p} = bpf_map_lookup_elem(&spots, &${k});`);
  w.holding(`bpf_obj_drop_impl(${name}, 0);`, () => w.emit(`if (!${p}) ${w.leave()}`));
  w.emit(`struct ${type} *${old} = bpf_kptr_xchg(&${p}->${type}, ${name});`);
  w.emit(`if (${old}) { out += ${old}->key; ${w.slips() ? '' : `bpf_obj_drop_impl(${old}, 0);`} }`);
}

/** Takes one out again. */
function take(w, depth) {
  const { random } = w;
  const type = random.pick(['item', 'item', 'entry', 'branch']);
  const where = place(w, type);
  const [node, name] = [w.name('x'), w.name('o')];
  const fromTree = where.tree !== undefined && (where.list === undefined || random.chance(55));
  const member = fromTree ? 'rn' : 'ln';
  w.emit(`struct bpf_${fromTree ? 'rb' : 'list'}_node *${node}; struct ${type} *${name};`);
  locked(w, where.lock, () => {
    if (!fromTree) {
      w.emit(`${node} = bpf_list_pop_${random.pick(['front', 'back'])}(&${where.list});`);
      return;
    }
    w.emit(`${node} = bpf_rbtree_${random.pick(['first', 'first', 'root'])}(&${where.tree});`);
    if (random.chance(30)) descend(w, type, node, where.tree);
    w.holding(`bpf_spin_unlock(&${where.lock});`, () => w.emit(`if (!${node}) ${w.leave()}`));
    if (random.chance(50)) w.emit(`out += container_of(${node}, struct ${type}, rn)->key;`);
    w.emit(`${node} = bpf_rbtree_remove(&${where.tree}, ${node});`);
  });
  if (!w.slips()) w.emit(`if (!${node}) ${w.leave()}`);
  w.emit(`${name} = container_of(${node}, struct ${type}, ${member});`);
  w.holding(`bpf_obj_drop_impl(${name}, 0);`, () => {
    if (random.chance(60)) w.block(depth, TYPES[type].numbers.map((field) => `${name}->${field}`));
  });
  finish(w, depth, type, name);
}

/** A search from the root: a few steps left or right. */
function descend(w, type, node, tree) {
  const i = w.name('i');
  w.emit('#pragma clang loop unroll(disable)');
  w.emit(`for (int ${i} = 0; ${i} < ${w.random.pick([2, 4, 16])} && ${node}; ${i}++) { __u64 key_ = container_of(${node}, struct ${type}, rn)->key; if (key_ == ${w.expression(2)}) break; ${node} = key_ > ${w.expression(2)} ? bpf_rbtree_left(&${tree}, ${node}) : bpf_rbtree_right(&${tree}, ${node}); }`);
}

function touch(w) {
  const type = w.random.pick(Object.keys(TYPES));
  const name = w.pointer(type);
  if (name !== undefined) w.emit(`${name}->${w.random.pick(TYPES[type].writes)} ${w.random.pick(['=', '+=', '^='])} ${w.expression(1)};`);
}

export const graph = {
  name: 'lists and trees',
  fits: (kind) => kind.generic === true && !kind.tracing,
  declarations: DECLARATIONS,
  statements: [
    { weight: 9, nests: true, write: make },
    { weight: 8, nests: true, write: take },
    { weight: 4, quiet: true, write: touch },
  ],
};

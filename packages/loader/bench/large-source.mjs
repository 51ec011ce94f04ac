// What does an object of 200 KB look like? Many programs of several kinds, subprograms, maps, global data, CO-RE.

/** C source of an object with 75 programs; the same each time. */
export function largeSource(programs = 75) {
  const parts = [
    '#include <linux/bpf.h>',
    '#include <bpf/bpf_helpers.h>',
    'struct event { __u64 time; __u32 pid; __u32 kind; char comm[16]; __u8 data[32]; };',
    'struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); } events SEC(".maps");',
    'const volatile __u32 limit = 100; const volatile char prefix[16] = "rootlet";',
    'static __noinline int mix(__u64 a, __u32 b) { volatile __u64 x = a * 31 + b; return x >> 3; }',
    '__noinline int checksum(__u32 seed) { __u32 sum = seed; for (int i = 0; i < 8; i++) sum = sum * 33 + i; return sum; }',
  ];
  for (let i = 0; i < 30; i++) {
    parts.push(
      `struct key${i} { __u32 a${i}; __u16 port; __u16 zone; };`,
      `struct value${i} { __u64 packets; __u64 bytes; __u32 last[${2 + (i % 5)}]; struct key${i} peer; };`,
      `struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, ${64 + i}); __type(key, struct key${i}); __type(value, struct value${i}); } table${i} SEC(".maps");`,
      `__u64 counter${i}; int tunable${i} = ${i + 1};`,
      `struct kernel_thing${i} { int first; long second; struct kernel_thing${i} *next; } __attribute__((preserve_access_index));`,
    );
  }
  const sections = ['xdp', 'tc', 'kprobe/do_nanosleep', 'tp/sched/sched_switch', 'raw_tp/sched_switch', 'cgroup_skb/ingress', 'fentry/do_nanosleep'];
  for (let i = 0; i < programs; i++) {
    const m = i % 30;
    const section = sections[i % sections.length];
    parts.push(`
SEC("${section}")
int program${i}(void *ctx)
{
	struct key${m} key = { .a${m} = ${i}, .port = 80 };
	struct value${m} *value = bpf_map_lookup_elem(&table${m}, &key);
	struct event *event;
	struct kernel_thing${m} *thing = (void *)counter${m};

	counter${m}++;
	if (!value) {
		struct value${m} fresh = { .packets = 1, .bytes = tunable${m}, .peer = key };
		bpf_map_update_elem(&table${m}, &key, &fresh, BPF_ANY);
		return mix(counter${m}, limit);
	}
	__sync_fetch_and_add(&value->packets, 1);
	value->bytes += checksum(value->last[1]) + limit;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->time = bpf_ktime_get_ns();
	event->pid = value->peer.a${m};
	event->kind = ${i};
	__builtin_memcpy(event->comm, (void *)prefix, sizeof(event->comm));
	event->data[0] = __builtin_preserve_field_info(thing->second, 0);
	bpf_ringbuf_submit(event, 0);
	return mix(value->bytes, key.port);
}`);
  }
  parts.push('char _license[] SEC("license") = "GPL";', '');
  return parts.join('\n');
}

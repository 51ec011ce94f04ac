/* What does a skeleton know of events? Records of one type, told by a pointer that keeps the type in BTF, and keys and values that are structs.
 * Returns the number of packets of that length so far.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum verdict {
	TOO_SHORT,
	SEEN,
};

struct event {
	__u64 number;
	enum verdict verdict;
	__u32 length;
	char note[8];
};

struct shape {
	__u32 length;
	__u32 queue;
};

struct seen {
	__u64 packets;
	__s64 last;
};

/* clang writes BTF only for types that something has. */
const struct event *unused_event __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct shape);
	__type(value, struct seen);
} shapes SEC(".maps");

const volatile __u32 shortest = 14;
const volatile char note[8] = "packet";
__u64 count;

SEC("xdp")
int typed_events(struct xdp_md *ctx)
{
	struct shape shape = {.length = ctx->data_end - ctx->data, .queue = ctx->rx_queue_index};
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	struct seen *seen, first = {.packets = 1, .last = -1};

	if (!event)
		return -1;
	event->number = count++;
	event->length = shape.length;
	event->verdict = shape.length < shortest ? TOO_SHORT : SEEN;
	for (int i = 0; i < sizeof(note); i++)
		event->note[i] = note[i];
	bpf_ringbuf_submit(event, 0);
	seen = bpf_map_lookup_elem(&shapes, &shape);
	if (!seen) {
		bpf_map_update_elem(&shapes, &shape, &first, BPF_ANY);
		return 1;
	}
	seen->packets++;
	seen->last = -(__s64)count;
	return seen->packets;
}

char _license[] SEC("license") = "GPL";

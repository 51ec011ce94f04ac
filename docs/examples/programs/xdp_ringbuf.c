/* How are events told to user space? Reserve and submit, reserve and discard, and output in one call. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 length;
	__u32 queue;
	__u8 head[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("xdp")
int xdp_ringbuf(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *data_end = (void *)(long)ctx->data_end;
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u32 word = 0xfeedface;

	if (!event)
		return XDP_ABORTED;
	if (data + sizeof(event->head) > data_end || data[0] == 0xff) {
		bpf_ringbuf_discard(event, 0);
		return XDP_DROP;
	}
	event->length = data_end - data;
	event->queue = ctx->rx_queue_index;
	for (int i = 0; i < sizeof(event->head); i++)
		event->head[i] = data[i];
	bpf_ringbuf_submit(event, 0);
	bpf_ringbuf_output(&events, &word, sizeof(word), BPF_RB_NO_WAKEUP);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

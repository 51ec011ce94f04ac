// What does the verifier have to do with ordinary programs? Loops over text, headers in loops, hashing, calls, states that match.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define ETH_HLEN 14
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))

struct event { __u32 words, digits; long number; char text[256]; };
struct flow { __u32 src, dst; __u16 ports[2]; __u8 proto, flags; };
struct entry { __u64 packets, bytes; __u32 last, state; };

struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct event); } scratch SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, struct flow); __type(value, struct entry); } flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 256); __type(key, __u32); __type(value, __u64); } counters SEC(".maps");

/* A bounded loop over a string, a state machine inside. */
SEC("kprobe/vfs_read") int text(void *ctx)
{
	__u32 zero = 0;
	struct event *e = bpf_map_lookup_elem(&scratch, &zero);
	if (!e)
		return 0;
	long n = bpf_probe_read_kernel_str(e->text, sizeof(e->text), ctx);
	if (n <= 0 || n > 256)
		return 0;
	__u32 words = 0, digits = 0;
	__u64 number = 0;
	int in = 0, neg = 0;
	for (int i = 0; i < 64; i++) {
		if (i >= n)
			break;
		char c = e->text[i];
		if (c == 0)
			break;
		if (c == ' ' || c == '\t') {
			in = 0;
			continue;
		}
		if (!in) {
			words++;
			in = 1;
			neg = c == '-';
		}
		if (c >= '0' && c <= '9') {
			number = number * 10 + (c - '0');
			digits++;
		}
	}
	e->words = words;
	e->digits = digits;
	e->number = neg ? -number : number;
	return 0;
}

static __always_inline __u32 mix(__u32 a, __u32 b, __u32 c)
{
	for (int i = 0; i < 6; i++) {
		a -= b; a -= c; a ^= c >> 13;
		b -= c; b -= a; b ^= a << 8;
		c -= a; c -= b; c ^= b >> 13;
	}
	return c;
}

static __noinline int account(struct flow *flow, __u32 len)
{
	struct entry *entry = bpf_map_lookup_elem(&flows, flow), fresh = { 1, len };
	if (!entry)
		return bpf_map_update_elem(&flows, flow, &fresh, BPF_ANY);
	__sync_fetch_and_add(&entry->packets, 1);
	entry->bytes += len;
	if (entry->state < 4)
		entry->state++;
	return entry->state;
}

/* Headers in a loop, then a hash, a lookup and a call. */
SEC("tc") int packet(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct flow flow = {};
	__u32 off = ETH_HLEN;
	if (data + off + 40 > end)
		return 0;
	__u8 next = data[off + 6];
	flow.src = *(__u32 *)(data + off + 8);
	flow.dst = *(__u32 *)(data + off + 24);
	off += 40;
	for (int i = 0; i < 8; i++) {
		if (next != 0 && next != 43 && next != 60 && next != 44)
			break;
		if (data + off + 8 > end)
			return 2;
		__u8 len = data[off + 1];
		next = data[off];
		off += (len + 1) * 8;
		if (off > 400)
			return 2;
	}
	if (data + off + 8 > end)
		return 2;
	flow.proto = next;
	flow.ports[0] = *(__u16 *)(data + off);
	flow.ports[1] = *(__u16 *)(data + off + 2);
	__u32 key = mix(flow.src, flow.dst, flow.ports[0]) & 255;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);
	if (!count)
		return 0;
	(*count)++;
	int result = account(&flow, skb->len);
	for (int i = 0; i < 4 && result > 0; i++) {
		flow.flags = i;
		result = account(&flow, i);
	}
	return result & 3;
}

/* Sums in a long loop over the packet. */
SEC("xdp") int sum(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 total = 0;
	for (__u32 i = 0; i < 600; i++) {
		__u8 *at = data + i;
		if (at + 1 > end)
			break;
		total += *at;
		if (total & 0x8000)
			total = (total & 0x7fff) + 1;
	}
	return total & 1 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";

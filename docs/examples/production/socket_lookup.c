/* Which socket gets a connection? Prefixes of addresses and ranges of ports choose among sockets in a map; groups pick by hash. */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct prefix {
	__u32 len;
	__u8 proto, pad;
	__u16 port;
	__u8 addr[16];
};

struct range {
	__u16 low, high;
	__u32 slot;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct prefix);
	__type(value, __u32);
} bindings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} group SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct { struct range r[32]; __u32 count; });
} ranges SEC(".maps");

volatile __u64 misses, errors;
const volatile __u32 mode = 1;

static __always_inline int assign(struct bpf_sk_lookup *ctx, __u32 slot, __u64 flags)
{
	struct bpf_sock *sk = bpf_map_lookup_elem(&sockets, &slot);
	long err;

	if (!sk)
		return SK_DROP;
	if (sk->protocol != ctx->protocol && sk->state != 10) {
		bpf_sk_release(sk);
		return SK_PASS;
	}
	err = bpf_sk_assign((void *)ctx, sk, flags);
	bpf_sk_release(sk);
	if (err)
		errors++;
	return err ? SK_DROP : SK_PASS;
}

SEC("sk_lookup")
int dispatch(struct bpf_sk_lookup *ctx)
{
	struct prefix key = { .len = 32 + 128, .proto = ctx->protocol, .port = ctx->local_port };
	__u32 *slot;

	if (ctx->family == 2) {
		key.addr[10] = key.addr[11] = 0xff;
		*(__u32 *)&key.addr[12] = ctx->local_ip4;
	} else {
		*(__u32 *)&key.addr[0] = ctx->local_ip6[0];
		*(__u32 *)&key.addr[4] = ctx->local_ip6[1];
		*(__u32 *)&key.addr[8] = ctx->local_ip6[2];
		*(__u32 *)&key.addr[12] = ctx->local_ip6[3];
	}
	slot = bpf_map_lookup_elem(&bindings, &key);
	if (!slot) {
		key.port = 0;
		slot = bpf_map_lookup_elem(&bindings, &key);
	}
	if (!slot) {
		misses++;
		return SK_PASS;
	}
	return assign(ctx, *slot, mode ? BPF_SK_LOOKUP_F_REPLACE : 0);
}

/* Bisects sorted ranges. */
SEC("sk_lookup")
int by_range(struct bpf_sk_lookup *ctx)
{
	__u32 zero = 0, low = 0, high;
	typeof(*ranges.value) *all = bpf_map_lookup_elem(&ranges, &zero);
	__u32 port = ctx->local_port;

	if (!all)
		return SK_PASS;
	high = all->count;
	for (int i = 0; i < 6; i++) {
		__u32 middle = (low + high) / 2;

		if (low >= high || middle >= 32)
			break;
		if (port < all->r[middle].low)
			high = middle;
		else if (port > all->r[middle].high)
			low = middle + 1;
		else
			return assign(ctx, all->r[middle].slot, BPF_SK_LOOKUP_F_NO_REUSEPORT);
	}
	return SK_PASS;
}

SEC("sk_reuseport")
int pick(struct sk_reuseport_md *ctx)
{
	void *data = ctx->data, *end = ctx->data_end;
	__u32 slot = ctx->hash % 16;

	if (ctx->ip_protocol == IPPROTO_UDP && data + 8 + 4 <= end) {
		__u32 id = *(__u32 *)(data + 8);

		slot = bpf_ntohl(id) & 15;
	}
	if (bpf_sk_select_reuseport(ctx, &group, &slot, 0) == 0)
		return SK_PASS;
	slot = ctx->bind_inany ? 0 : 1;
	return bpf_sk_select_reuseport(ctx, &group, &slot, 0) ? SK_DROP : SK_PASS;
}

SEC("sk_reuseport/migrate")
int migrate(struct sk_reuseport_md *ctx)
{
	__u32 slot = 2;

	if (!ctx->migrating_sk)
		return SK_PASS;
	if (ctx->sk->state == 10 && ctx->migrating_sk->family == 10)
		return SK_DROP;
	return bpf_sk_select_reuseport(ctx, &group, &slot, 0) ? SK_DROP : SK_PASS;
}

/* The same choice before the stack: a listener is looked up and given the packet. */
SEC("tc")
int steer(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk, *listener;
	int ret = 0;

	if (bpf_skb_load_bytes(skb, 14 + 12, &tuple.ipv4.saddr, 8) < 0)
		return 0;
	if (bpf_skb_load_bytes(skb, 14 + 20, &tuple.ipv4.sport, 4) < 0)
		return 0;
	sk = bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 0;
	if (sk->state == 12 || sk->state == 6) {
		bpf_sk_release(sk);
		return 0;
	}
	if (sk->state != 10) {
		listener = bpf_get_listener_sock(sk);
		ret = listener ? listener->mark & 1 : 0;
		bpf_sk_release(sk);
		return ret;
	}
	ret = bpf_sk_assign(skb, sk, 0);
	bpf_sk_release(sk);
	return ret ? 2 : 0;
}

char _license[] SEC("license") = "GPL";

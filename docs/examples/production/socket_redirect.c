/* How does a proxy splice sockets? Established connections go into a hash, messages and streams are passed on without the stack. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct pair {
	__u32 local_ip, remote_ip;
	__u32 local_port, remote_port;
	__u32 family;
};

struct peer6 {
	__u32 addr[4];
	__u32 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 4096);
	__type(key, struct pair);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct peer6);
	__type(value, __u32);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct { __u64 bytes; __u64 since; __u32 rtt; __u32 state; });
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &which);

	if (value)
		*value += 1;
}

static __always_inline void pair_of(struct bpf_sock_ops *ops, struct pair *key)
{
	key->family = ops->family;
	key->local_ip = ops->local_ip4;
	key->remote_ip = ops->remote_ip4;
	key->local_port = bpf_htonl(ops->local_port);
	key->remote_port = ops->remote_port;
}

SEC("sockops")
int watch(struct bpf_sock_ops *ops)
{
	struct pair key = {};
	struct bpf_sock *sk = ops->sk;
	__u32 op = ops->op;

	switch (op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_TIMEOUT_INIT:
		ops->reply = 3000;
		bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_RTT_CB_FLAG | BPF_SOCK_OPS_STATE_CB_FLAG);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB: {
		int cork = 1;

		if (ops->family == 2) {
			pair_of(ops, &key);
			bpf_sock_hash_update(ops, &sockets, &key, BPF_NOEXIST);
		} else if (ops->family == 10) {
			struct peer6 six = { .port = ops->remote_port };

			six.addr[0] = ops->remote_ip6[0];
			six.addr[1] = ops->remote_ip6[1];
			six.addr[2] = ops->remote_ip6[2];
			six.addr[3] = ops->remote_ip6[3];
			bpf_map_update_elem(&peers, &six, &op, BPF_ANY);
		}
		if (bpf_setsockopt(ops, 6, 3, &cork, sizeof(cork)))
			count(1);
		break;
	}
	case BPF_SOCK_OPS_RTT_CB:
	case BPF_SOCK_OPS_STATE_CB:
		if (sk) {
			struct bpf_tcp_sock *tp = bpf_tcp_sock(sk);
			typeof(*seen.value) *mine = bpf_sk_storage_get(&seen, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

			if (!tp || !mine)
				break;
			mine->rtt = tp->srtt_us >> 3;
			mine->bytes = tp->bytes_acked + tp->bytes_received;
			if (op == BPF_SOCK_OPS_STATE_CB) {
				mine->state = ops->args[1];
				if (ops->args[1] == BPF_TCP_CLOSE)
					bpf_sk_storage_delete(&seen, sk);
			}
		}
		break;
	case BPF_SOCK_OPS_PARSE_HDR_OPT_CB: {
		struct { __u8 kind, len; __u16 magic; __u32 data; } opt = {};
		void *data = ops->skb_data, *end = ops->skb_data_end;

		opt.kind = 254;
		opt.magic = bpf_htons(0xeb9f);
		if (data + 20 <= end && ((__u8 *)data)[13] & 2)
			count(2);
		if (bpf_load_hdr_opt(ops, &opt, sizeof(opt), 0) > 0)
			count(opt.data & 7);
		break;
	}
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		bpf_reserve_hdr_opt(ops, 8, 0);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB: {
		__u8 opt[8] = {};

		opt[0] = 254;
		opt[1] = 8;
		opt[2] = 0xeb;
		opt[3] = 0x9f;
		bpf_store_hdr_opt(ops, opt, sizeof(opt), 0);
		break;
	}
	}
	return 1;
}

SEC("sk_msg")
int splice(struct sk_msg_md *msg)
{
	void *data = msg->data, *end = msg->data_end;
	struct pair key = {};
	__u32 size = msg->size;

	if (msg->family != 2)
		return SK_PASS;
	if (size > 65536) {
		bpf_msg_cork_bytes(msg, 4096);
		return SK_PASS;
	}
	if (data + 16 > end) {
		if (bpf_msg_pull_data(msg, 0, 16, 0))
			return SK_PASS;
		data = msg->data;
		end = msg->data_end;
		if (data + 16 > end)
			return SK_DROP;
	}
	if (*(__u32 *)data == bpf_htonl(0x50524920)) {
		if (bpf_msg_push_data(msg, 0, 4, 0))
			return SK_DROP;
		data = msg->data;
		end = msg->data_end;
		if (data + 4 > end)
			return SK_DROP;
		*(__u32 *)data = bpf_htonl(size);
	}
	bpf_msg_apply_bytes(msg, size);
	key.family = 2;
	key.local_ip = msg->remote_ip4;
	key.remote_ip = msg->local_ip4;
	key.local_port = msg->remote_port;
	key.remote_port = bpf_htonl(msg->local_port);
	return bpf_msg_redirect_hash(msg, &sockets, &key, BPF_F_INGRESS);
}

SEC("sk_skb/stream_parser")
int frame(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u32 len;

	if (data + 4 > end) {
		if (bpf_skb_pull_data(skb, 4))
			return 0;
		data = (void *)(long)skb->data;
		end = (void *)(long)skb->data_end;
		if (data + 4 > end)
			return 0;
	}
	len = bpf_ntohl(*(__u32 *)data);
	if (len > skb->len)
		return 0;
	return len;
}

SEC("sk_skb/stream_verdict")
int route(struct __sk_buff *skb)
{
	struct pair key = {};
	__u8 head[8];

	key.family = 2;
	if (bpf_skb_load_bytes(skb, 0, head, sizeof(head)) < 0)
		return SK_DROP;
	if (head[4] == 'Q')
		return SK_DROP;
	bpf_skb_adjust_room(skb, -4, 0, 0);
	key.local_ip = skb->remote_ip4;
	key.remote_ip = skb->local_ip4;
	key.local_port = skb->remote_port;
	key.remote_port = bpf_htonl(skb->local_port);
	return bpf_sk_redirect_hash(skb, &sockets, &key, 0);
}

char _license[] SEC("license") = "GPL";

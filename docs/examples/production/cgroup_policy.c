/* What may the processes of a group do? Connections, addresses, socket options, devices and settings are judged by maps. */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct service {
	__u32 addr;
	__u16 port;
	__u8 proto, scope;
};

struct backend {
	__u32 addr;
	__u16 port;
	__u16 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct service);
	__type(value, struct { __u32 count; __u32 affinity; });
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct { struct service s; __u32 slot; });
	__type(value, struct backend);
} backends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct { __u64 cookie; __u32 addr; __u32 port; });
	__type(value, struct service);
} reverse SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, struct { __u64 packets; __u64 bytes; });
} usage SEC(".maps");

static __always_inline int translate(struct bpf_sock_addr *ctx, __u8 proto)
{
	struct service key = { .addr = ctx->user_ip4, .port = ctx->user_port, .proto = proto };
	typeof(*services.value) *found = bpf_map_lookup_elem(&services, &key);
	typeof(*backends.key) slot = {};
	typeof(*reverse.key) back = {};
	struct backend *backend;

	if (!found) {
		key.port = 0;
		found = bpf_map_lookup_elem(&services, &key);
		if (!found)
			return -1;
	}
	if (!found->count)
		return -2;
	slot.s = key;
	slot.slot = bpf_get_prandom_u32() % found->count;
	backend = bpf_map_lookup_elem(&backends, &slot);
	if (!backend)
		return -3;
	back.cookie = bpf_get_socket_cookie((void *)ctx);
	back.addr = backend->addr;
	back.port = backend->port;
	if (bpf_map_update_elem(&reverse, &back, &key, 0) < 0)
		return -4;
	ctx->user_ip4 = backend->addr;
	ctx->user_port = backend->port;
	return 0;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	int mark = 7;

	if (ctx->protocol == IPPROTO_TCP || ctx->protocol == IPPROTO_UDP)
		if (translate(ctx, ctx->protocol) < -1)
			return 0;
	if (sk && sk->mark == 0)
		bpf_setsockopt(ctx, 1, 36, &mark, sizeof(mark));
	return 1;
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	if (ctx->msg_src_ip4 == 0)
		ctx->msg_src_ip4 = bpf_htonl(0x7f000001);
	return translate(ctx, IPPROTO_UDP) >= -1;
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	typeof(*reverse.key) key = { .cookie = bpf_get_socket_cookie((void *)ctx), .addr = ctx->user_ip4, .port = (__u16)ctx->user_port };
	struct service *was = bpf_map_lookup_elem(&reverse, &key);

	if (was) {
		ctx->user_ip4 = was->addr;
		ctx->user_port = was->port;
	}
	return 1;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	if (ctx->user_ip6[0] == 0 && ctx->user_ip6[1] == 0 && ctx->user_ip6[2] == bpf_htonl(0xffff)) {
		ctx->user_ip6[3] = bpf_htonl(0x7f000001);
		return 1;
	}
	return (ctx->user_ip6[0] & bpf_htonl(0xffc00000)) != bpf_htonl(0xfe800000);
}

SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx)
{
	__u16 port = bpf_ntohs(ctx->user_port);

	if (ctx->type != 1 && ctx->type != 2)
		return 0;
	if (port >= 1024)
		return 1;
	return port == 80 || port == 443 ? 3 : 0;
}

SEC("cgroup/post_bind4")
int post_bind4(struct bpf_sock *sk)
{
	return sk->src_port > 1023 || sk->src_ip4 == bpf_htonl(0x7f000001);
}

SEC("cgroup/sock_create")
int create(struct bpf_sock *sk)
{
	if (sk->family != 2 && sk->family != 10 && sk->family != 1)
		return 0;
	if (sk->type == 3)
		return (bpf_get_current_uid_gid() & 0xffffffff) == 0;
	sk->mark = bpf_get_current_cgroup_id() & 0xffff;
	sk->priority = 3;
	return 1;
}

SEC("cgroup/setsockopt")
int setsockopt(struct bpf_sockopt *ctx)
{
	__u8 *val = ctx->optval, *end = ctx->optval_end;

	if (ctx->level == 1 && ctx->optname == 7) {
		if ((void *)val + 4 > (void *)end)
			return 0;
		if (*(__u32 *)val > 1 << 20)
			*(__u32 *)val = 1 << 20;
		ctx->optlen = 4;
		return 1;
	}
	if (ctx->level == 6 && ctx->optname == 13) {
		if (val + 5 > end)
			return 1;
		if (val[0] == 'c' && val[1] == 'u' && val[2] == 'b' && val[3] == 'i' && val[4] == 'c') {
			val[0] = 'r'; val[1] = 'e'; val[2] = 'n'; val[3] = 'o'; val[4] = 0;
			ctx->optlen = 5;
			return 1;
		}
	}
	ctx->optlen = -1;
	return 1;
}

SEC("cgroup/getsockopt")
int getsockopt(struct bpf_sockopt *ctx)
{
	__u8 *val = ctx->optval, *end = ctx->optval_end;

	if (ctx->level != 0xeb9f)
		return 1;
	if (val + 8 > end)
		return 0;
	if (ctx->retval && ctx->retval != -92)
		return 0;
	*(__u64 *)val = bpf_get_current_ancestor_cgroup_id(1);
	ctx->optlen = 8;
	ctx->retval = 0;
	return 1;
}

SEC("cgroup/dev")
int device(struct bpf_cgroup_dev_ctx *ctx)
{
	short type = ctx->access_type & 0xffff, access = ctx->access_type >> 16;

	if (type != BPF_DEVCG_DEV_CHAR)
		return 0;
	if (ctx->major == 1)
		return ctx->minor == 3 || ctx->minor == 5 || (ctx->minor == 9 && !(access & BPF_DEVCG_ACC_WRITE));
	return ctx->major == 5 && access != BPF_DEVCG_ACC_MKNOD;
}

SEC("cgroup/sysctl")
int setting(struct bpf_sysctl *ctx)
{
	static const char wanted[] = "net/ipv4/tcp_mem";
	unsigned long numbers[3] = {};
	char name[32] = {}, value[48] = {};
	int off = 0, ret;

	if (!ctx->write)
		return 1;
	ret = bpf_sysctl_get_name(ctx, name, sizeof(name), 0);
	if (ret < 0 || ret != sizeof(wanted) - 1)
		return 0;
	for (int i = 0; i < sizeof(wanted); i++)
		if (name[i] != wanted[i])
			return 1;
	ret = bpf_sysctl_get_new_value(ctx, value, sizeof(value));
	if (ret < 0 || ret >= sizeof(value))
		return 0;
	for (int i = 0; i < 3; i++) {
		ret = bpf_strtoul(value + off, sizeof(value) - off, 0, numbers + i);
		if (ret <= 0 || ret > 16)
			return 0;
		off += ret & 0xf;
		if (off >= sizeof(value))
			return 0;
	}
	return numbers[0] < numbers[1] && numbers[1] < numbers[2];
}

SEC("cgroup_skb/egress")
int account(struct __sk_buff *skb)
{
	typeof(*usage.value) *mine = bpf_get_local_storage(&usage, 0);
	struct bpf_sock *sk = skb->sk;

	__sync_fetch_and_add(&mine->packets, 1);
	__sync_fetch_and_add(&mine->bytes, skb->len);
	if (sk) {
		sk = bpf_sk_fullsock(sk);
		if (sk && sk->mark == 0xdead)
			return 0;
	}
	if (mine->bytes > 1 << 30) {
		bpf_skb_ecn_set_ce(skb);
		return 2;
	}
	return 1;
}

char _license[] SEC("license") = "GPL";

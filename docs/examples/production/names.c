/* Which names do packets carry? Questions of DNS and the server name of TLS, read from packets, from sockets and with a callback. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <linux/tcp.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define NAME 64

struct dns {
	__u16 id, flags, questions, answers, authorities, more;
};

struct name {
	__u8 text[NAME];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct name);
	__type(value, __u32);
} blocked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct { __u8 raw[512]; struct name name; });
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("xdp")
int dns_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	struct dns *dns = (void *)(udp + 1);
	struct name name = {};
	__u8 *at = (void *)(dns + 1);
	__u32 *verdict;
	int left = 0, i;

	if ((void *)(dns + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	if (udp->dest != bpf_htons(53) || dns->questions != bpf_htons(1))
		return XDP_PASS;
	for (i = 0; i < NAME - 1; i++) {
		__u8 c;

		if ((void *)(at + i + 1) > end)
			return XDP_DROP;
		c = at[i];
		if (left == 0) {
			if (c == 0)
				break;
			if (c > 63)
				return XDP_DROP;
			left = c;
			name.text[i] = '.';
			continue;
		}
		left--;
		name.text[i] = c >= 'A' && c <= 'Z' ? c + 32 : c;
	}
	verdict = bpf_map_lookup_elem(&blocked, &name);
	return verdict ? *verdict & 3 : XDP_PASS;
}

SEC("socket")
int dns_socket(struct __sk_buff *skb)
{
	__u32 zero = 0, off = ETH_HLEN + 20 + 8 + 12, len = 0;
	typeof(*scratch.value) *s = bpf_map_lookup_elem(&scratch, &zero);
	__u8 label;

	if (!s)
		return 0;
	for (int labels = 0; labels < 8; labels++) {
		if (bpf_skb_load_bytes(skb, off, &label, 1) < 0 || label == 0 || label > 63)
			break;
		if (len + label >= 448)
			break;
		if (bpf_skb_load_bytes(skb, off + 1, &s->raw[len & 511 & ~64], label & 63) < 0)
			break;
		len += label;
		off += label + 1;
	}
	return len;
}

struct hello {
	struct __sk_buff *skb;
	__u32 off, end;
	int found;
	__u16 len;
};

static long extension(__u32 idx, struct hello *h)
{
	struct { __u16 type, len; } ext;

	if (h->off + 4 > h->end)
		return 1;
	if (bpf_skb_load_bytes(h->skb, h->off, &ext, sizeof(ext)) < 0)
		return 1;
	if (ext.type == 0) {
		h->found = h->off + 9;
		h->len = bpf_ntohs(ext.len) - 5;
		return 1;
	}
	h->off += 4 + bpf_ntohs(ext.len);
	return 0;
}

SEC("tc")
int tls_tc(struct __sk_buff *skb)
{
	struct hello h = { .skb = skb };
	struct name name = {};
	__u32 off = ETH_HLEN + 20, *verdict;
	__u8 doff, session;
	__u16 ciphers, size;
	__u8 compression;

	if (skb->protocol != bpf_htons(ETH_P_IP) || bpf_skb_load_bytes(skb, off + 12, &doff, 1) < 0)
		return TC_ACT_OK;
	off += (doff >> 4) * 4 + 5 + 4 + 2 + 32;
	if (bpf_skb_load_bytes(skb, off, &session, 1) < 0)
		return TC_ACT_OK;
	off += 1 + session;
	if (bpf_skb_load_bytes(skb, off, &ciphers, 2) < 0)
		return TC_ACT_OK;
	off += 2 + bpf_ntohs(ciphers);
	if (bpf_skb_load_bytes(skb, off, &compression, 1) < 0)
		return TC_ACT_OK;
	off += 1 + compression;
	if (bpf_skb_load_bytes(skb, off, &size, 2) < 0)
		return TC_ACT_OK;
	h.off = off + 2;
	h.end = h.off + bpf_ntohs(size);
	bpf_loop(32, extension, &h, 0);
	if (!h.found)
		return TC_ACT_OK;
	size = h.len;
	if (size == 0 || size > NAME)
		return TC_ACT_OK;
	if (bpf_skb_load_bytes(skb, h.found, name.text, size) < 0)
		return TC_ACT_OK;
	verdict = bpf_map_lookup_elem(&blocked, &name);
	if (!verdict)
		return TC_ACT_OK;
	bpf_ringbuf_output(&events, &name, sizeof(name), 0);
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";

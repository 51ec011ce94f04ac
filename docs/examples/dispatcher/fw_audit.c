/* A firewall for a rootlet's slot: counts what is seen, and drops nothing. Datagrams to port 7777 count, whose first byte is their number. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>
#include <datagram.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} audit_counts SEC(".maps");

int fw_audit(struct xdp_md *ctx)
{
	if (datagram_number(ctx, 7777) >= 0)
		count(&audit_counts, SEEN);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

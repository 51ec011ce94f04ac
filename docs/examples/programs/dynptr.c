/* How is memory of a size unknown at verification reached? Dynptrs on a map value and on a ring buffer record. Returns 77. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[64]);
} bytes SEC(".maps");

SEC("xdp")
int dynptr(struct xdp_md *ctx)
{
	struct bpf_dynptr local, record;
	__u32 zero = 0, size = ctx->data_end - ctx->data;
	char *value = bpf_map_lookup_elem(&bytes, &zero), put = 77, got = 0, *slice;

	if (!value || bpf_dynptr_from_mem(value, 64, 0, &local))
		return -1;
	bpf_dynptr_write(&local, 8, &put, 1, 0);
	bpf_dynptr_read(&got, 1, &local, 8, 0);
	if (bpf_ringbuf_reserve_dynptr(&ring, size & 0xff, 0, &record)) {
		bpf_ringbuf_discard_dynptr(&record, 0);
		return -2;
	}
	slice = bpf_dynptr_data(&record, 0, 4);
	if (slice)
		slice[3] = got;
	bpf_ringbuf_submit_dynptr(&record, 0);
	return got;
}

char _license[] SEC("license") = "GPL";

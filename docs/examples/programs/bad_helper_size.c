/* Rejected: a helper is told of more memory than there is. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("kprobe/do_nanosleep")
int bad_helper_size(void *ctx)
{
	char comm[8];

	return bpf_get_current_comm(comm, 16);
}

char _license[] SEC("license") = "GPL";

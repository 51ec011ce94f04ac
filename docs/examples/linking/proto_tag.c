/* T9, refused: a pointer that may be NULL where p_tag says it is not. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int p_tag(int *value);

int proto_tag(struct xdp_md *ctx)
{
	int value = 1;

	return p_tag(&value);
}

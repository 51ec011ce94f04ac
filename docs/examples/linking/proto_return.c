/* T9, refused: 64 bits come back where p_return gives 32. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

long p_return(int a);

int proto_return(struct xdp_md *ctx)
{
	return p_return(1);
}

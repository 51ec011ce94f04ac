/* T10, refused: calls a chain of ten frames. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int frame1(int var);

int frames_main(struct xdp_md *ctx)
{
	return frame1(0);
}

/* T9: declared with other names, typedefs, modifiers and signs: the same prototype. Returns 3 + 1 + 2 = 6. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

typedef int number;
struct shape {
	int width, height;
};
typedef struct shape shape_t;

number p_equal(const int a, shape_t *b, volatile long c);

int proto_equal(struct xdp_md *ctx)
{
	shape_t shape = {3, 4};

	return p_equal(1, &shape, 2);
}

/* T10: some 170 bytes of stack here: alone that is fine, deep_main → deep1 → deep2 → deep3 together is more than 512. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

int deep3(int var)
{
	char room[160], *first = room;

	barrier_var(first);
	*first = var;
	return var + *first;
}

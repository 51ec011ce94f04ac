/* T9: functions that others declare differently. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <rootlet.h>

struct shape {
	int width, height;
};

enum colour { RED, GREEN = 5 };

int p_count(int a)
{
	return a;
}

int p_kind(struct shape *shape)
{
	return shape ? shape->width : 0;
}

int p_size(int a)
{
	return a;
}

int p_struct(struct shape *shape)
{
	return shape ? shape->height : 0;
}

int p_name(struct shape *shape)
{
	return shape ? shape->width + shape->height : 0;
}

int p_return(int a)
{
	return a + 1;
}

int p_enum(enum colour colour)
{
	return colour == GREEN;
}

int p_equal(unsigned int first, const struct shape *shape, unsigned long third)
{
	return shape ? shape->width + first + third : 0;
}

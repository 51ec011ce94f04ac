/* What do user-space probes hit? A library with functions, versions, and static probes as sys/sdt.h would write them. */

/* .note.stapsdt: location, base, semaphore, then provider, name, arguments. */
#define PROBE(name, semaphore, args_text, ...)                                                                                             \
	__asm__ __volatile__("990: nop\n"                                                                                                  \
			     ".pushsection .note.stapsdt,\"?\",\"note\"\n"                                                                 \
			     ".balign 4\n"                                                                                                 \
			     ".4byte 992f-991f, 994f-993f, 3\n"                                                                            \
			     "991: .asciz \"stapsdt\"\n"                                                                                   \
			     "992: .balign 4\n"                                                                                            \
			     "993: .8byte 990b\n"                                                                                          \
			     ".8byte _.stapsdt.base\n"                                                                                     \
			     ".8byte " semaphore "\n"                                                                                      \
			     ".asciz \"rootlet\"\n"                                                                                        \
			     ".asciz \"" name "\"\n"                                                                                       \
			     ".asciz \"" args_text "\"\n"                                                                                  \
			     "994: .balign 4\n"                                                                                            \
			     ".popsection\n"                                                                                               \
			     ".ifndef _.stapsdt.base\n"                                                                                    \
			     ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                                       \
			     ".weak _.stapsdt.base\n"                                                                                      \
			     ".hidden _.stapsdt.base\n"                                                                                    \
			     "_.stapsdt.base: .space 1\n"                                                                                  \
			     ".size _.stapsdt.base, 1\n"                                                                                   \
			     ".popsection\n"                                                                                               \
			     ".endif\n" ::__VA_ARGS__)

/* The kernel raises it while somebody listens. */
__attribute__((section(".probes"), visibility("hidden"), used)) unsigned short listened_semaphore = 0;

/* Registers that stay the ones the text names. */
#define CALL __attribute__((noinline))

CALL int target_add(int a, int b)
{
	__asm__ __volatile__("");
	return a + b;
}

CALL int target_sub(int a, int b)
{
	__asm__ __volatile__("");
	return a - b;
}

CALL int target_mul(int a, int b)
{
	__asm__ __volatile__("");
	return a * b;
}

/* A constant, a register, a signed narrow register, memory. */
CALL int target_probe(long a, signed char b, int *c)
{
	PROBE("args", "0", "-4@$-9 8@%%rdi -1@%%sil -4@4(%%rdx)", "D"(a), "S"(b), "d"(c), "m"(*(int(*)[2])c));
	return 0;
}

/* Base and index. */
CALL int target_index(int *table, long index)
{
	PROBE("index", "0", "-4@4(%%rdi,%%rsi,4)", "D"(table), "S"(index), "m"(*(int(*)[8])table));
	return 0;
}

CALL int target_listened(void)
{
	if (!listened_semaphore)
		return 0;
	PROBE("listened", "listened_semaphore", "");
	return 1;
}

/* One probe at two places. */
CALL int target_twice(int which)
{
	if (which)
		PROBE("twice", "0", "-4@$1");
	else
		PROBE("twice", "0", "-4@$2");
	return which;
}

/* The same name in two versions: which one a probe means must be said, or is the default. */
CALL int target_old(void)
{
	__asm__ __volatile__("");
	return 1;
}

CALL int target_new(void)
{
	__asm__ __volatile__("");
	return 2;
}

__asm__(".symver target_old, target_versioned@ROOTLET_1");
__asm__(".symver target_new, target_versioned@@ROOTLET_2");

/* How fast is libbpf at what against-libbpf.ts measures? Reads lines "op id id n", prints nanoseconds for each. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static unsigned long sum;

static int on_record(void *ctx, void *data, size_t size)
{
	sum += *(unsigned char *)data + size;
	return 0;
}

static double lookup(int fd, int n)
{
	double begin = now();
	unsigned long value;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int key = i & 255;

		bpf_map_lookup_elem(fd, &key, &value);
		sum += value;
	}
	return (now() - begin) / n;
}

static double batch(int fd, int n)
{
	static unsigned int keys[256], out;
	static unsigned long values[256];
	double begin = now();

	for (int i = 0; i < n; i++) {
		unsigned int count = 256;

		if (bpf_map_lookup_batch(fd, NULL, &out, keys, values, &count, NULL) && errno != ENOENT)
			exit(2);
		sum += values[count - 1];
	}
	return (now() - begin) / n;
}

static double ring(int fd, int prog_fd, int n)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = n);
	struct ring_buffer *rb = ring_buffer__new(fd, on_record, NULL, NULL);
	double begin, took;
	int count;

	if (!rb || bpf_prog_test_run_opts(prog_fd, &opts))
		exit(3);
	begin = now();
	count = ring_buffer__consume(rb);
	took = (now() - begin) / count;
	ring_buffer__free(rb);
	if (count != n)
		exit(4);
	return took;
}

static double load(int n)
{
	struct bpf_insn *insns = calloc(n, sizeof(*insns));
	double begin, took;
	int fd;

	for (int i = 0; i < n; i++)
		insns[i] = (struct bpf_insn){ .code = i ? BPF_ALU64 | BPF_ADD | BPF_K : BPF_ALU64 | BPF_MOV | BPF_K, .imm = i ? 1 : 0 };
	insns[n - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	begin = now();
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "bench", "GPL", insns, n, NULL);
	took = now() - begin;
	if (fd < 0)
		exit(5);
	close(fd);
	free(insns);
	return took;
}

int main(void)
{
	char op[16];
	int map, prog, n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (scanf("%15s %d %d %d", op, &map, &prog, &n) == 4) {
		int map_fd = map ? bpf_map_get_fd_by_id(map) : -1, prog_fd = prog ? bpf_prog_get_fd_by_id(prog) : -1;
		double took = !strcmp(op, "lookup") ? lookup(map_fd, n) : !strcmp(op, "batch") ? batch(map_fd, n) :
			      !strcmp(op, "ring") ? ring(map_fd, prog_fd, n) : load(n);

		printf("%f\n", took);
		if (map_fd >= 0)
			close(map_fd);
		if (prog_fd >= 0)
			close(prog_fd);
	}
	return sum == 42;
}

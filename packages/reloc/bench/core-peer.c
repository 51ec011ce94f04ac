/* How long does libbpf take for CO-RE?
 *
 * core-peer OBJECT BTF COUNT prints COUNT lines: nanoseconds of parsing the BTF, and of relocating the object. The latter is what
 * bpf_object__prepare takes with all programs less what it takes with none: parsing and what is done in the kernel cancel out. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long long prepare(const char *object, const char *btf, int autoload)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct bpf_object *obj = bpf_object__open_file(object, &opts);
	struct bpf_program *prog;
	long long start, took;
	if (!obj)
		exit(1);
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, autoload);
	start = now();
	if (bpf_object__prepare(obj))
		exit(2);
	took = now() - start;
	bpf_object__close(obj);
	return took;
}

int main(int argc, char **argv)
{
	FILE *file = fopen(argv[2], "rb");
	size_t size = 0, room = 64 << 20;
	char *data = malloc(room);
	libbpf_set_print(NULL);
	if (!file || !data)
		return 3;
	size = fread(data, 1, room, file);
	prepare(argv[1], argv[2], 0);
	for (int i = 0; i < atoi(argv[3]); i++) {
		long long start = now();
		struct btf *btf = btf__new(data, size);
		long long parse = now() - start;
		if (!btf)
			return 4;
		btf__free(btf);
		long long without = prepare(argv[1], argv[2], 0);
		long long with = prepare(argv[1], argv[2], 1);
		printf("%lld %lld\n", parse, with - without);
	}
	return 0;
}

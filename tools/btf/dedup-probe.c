// What does libbpf's dedup keep? Usage: dedup-probe BASE|- BTF EXT|- OUT_BTF OUT_EXT
// Prints the number of types and the nanoseconds that btf__dedup took.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *load(const char *path, unsigned *size) {
  FILE *in = fopen(path, "rb");
  if (!in) exit(3);
  fseek(in, 0, SEEK_END);
  *size = ftell(in);
  rewind(in);
  void *data = malloc(*size + 1);
  if (fread(data, 1, *size, in) != *size) exit(3);
  fclose(in);
  return data;
}

static void store(const char *path, const void *data, unsigned size) {
  FILE *out = fopen(path, "wb");
  if (!out || fwrite(data, 1, size, out) != size) exit(4);
  fclose(out);
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args) {
  (void)level, (void)fmt, (void)args;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  libbpf_set_print(quiet);
  unsigned size;
  struct btf *base = NULL;
  if (strcmp(argv[1], "-")) {
    void *data = load(argv[1], &size);
    base = btf__new(data, size);
    if (!base) return 5;
  }
  void *data = load(argv[2], &size);
  struct btf *btf = base ? btf__new_split(data, size, base) : btf__new(data, size);
  if (!btf) return 6;
  struct btf_ext *ext = NULL;
  if (strcmp(argv[3], "-")) {
    data = load(argv[3], &size);
    ext = btf_ext__new(data, size);
    if (!ext) return 7;
  }
  LIBBPF_OPTS(btf_dedup_opts, opts, .btf_ext = ext);
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  int err = btf__dedup(btf, &opts);
  clock_gettime(CLOCK_MONOTONIC, &b);
  if (err) {
    printf("error %d\n", err);
    return 0;
  }
  const void *raw = btf__raw_data(btf, &size);
  if (!raw) return 8;
  store(argv[4], raw, size);
  if (ext) {
    raw = btf_ext__raw_data(ext, &size);
    if (!raw) return 9;
    store(argv[5], raw, size);
  }
  printf("%u %lld\n", btf__type_cnt(btf), (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec);
  return 0;
}

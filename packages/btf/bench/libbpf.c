// How long does libbpf take? Usage: libbpf BLOB OP ROUNDS; prints the nanoseconds of each round on a line.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *blob;
static size_t blob_size;

static char *text;
static size_t text_len, text_cap;

static void emit(void *ctx, const char *fmt, va_list args) {
  (void)ctx;
  for (;;) {
    va_list copy;
    va_copy(copy, args);
    int n = vsnprintf(text + text_len, text_cap - text_len, fmt, copy);
    va_end(copy);
    if (n < 0) exit(3);
    if (text_len + n < text_cap) {
      text_len += n;
      return;
    }
    text_cap = 2 * text_cap + n;
    text = realloc(text, text_cap);
    if (!text) exit(3);
  }
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct btf *twice(struct btf *btf) {
  struct btf *all = btf__new_empty();
  if (btf__add_btf(all, btf) < 0 || btf__add_btf(all, btf) < 0) exit(4);
  return all;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  FILE *in = fopen(argv[1], "r");
  blob = malloc(64 << 20);
  if (!in || !blob) return 2;
  blob_size = fread(blob, 1, 64 << 20, in);
  fclose(in);
  const char *op = argv[2];
  struct btf *btf = btf__new(blob, blob_size);
  if (!btf) return 2;
  int count = btf__type_cnt(btf);
  // The same 1,000 names for both sides: every (count / 1000)th named struct, union, enum, typedef or function.
  for (int round = atoi(argv[3]); round > 0; round--) {
    long long start = now();
    if (!strcmp(op, "parse")) {
      btf__free(btf__new(blob, blob_size));
    } else if (!strcmp(op, "lookup")) {
      int found = 0, step = count / 2000;
      for (int id = 1, n = 0; n < 1000 && id < count; id += step) {
        const struct btf_type *t = btf__type_by_id(btf, id);
        const char *name = btf__name_by_offset(btf, t->name_off);
        if (!*name) continue;
        n++;
        found += btf__find_by_name_kind(btf, name, btf_kind(t)) > 0;
      }
      if (found < 500) return 5;
    } else if (!strcmp(op, "dump-c")) {
      text_len = 0;
      struct btf_dump *dump = btf_dump__new(btf, emit, NULL, NULL);
      for (int id = 1; id < count; id++) if (btf_dump__dump_type(dump, id)) return 6;
      btf_dump__free(dump);
    } else if (!strcmp(op, "append")) {
      btf__free(twice(btf));
    } else if (!strcmp(op, "dedup")) {
      struct btf *all = twice(btf);
      start = now();
      if (btf__dedup(all, NULL)) return 7;
      long long end = now();
      btf__free(all);
      printf("%lld\n", end - start);
      continue;
    } else {
      return 2;
    }
    printf("%lld\n", now() - start);
  }
  return 0;
}

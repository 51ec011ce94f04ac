// What do programs of linked objects return? Reads paths, one a line; prints `PATH<tab>ok|errno<tab>prog=retval,…`.
//
// Each object is opened and loaded by libbpf into the running kernel, its programs are test-run on an empty packet in order of their
// names, and everything is closed again. Nothing is attached or pinned.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PROGS 64

static int by_name(const void *a, const void *b) {
  struct bpf_program *const *x = a, *const *y = b;
  return strcmp(bpf_program__name(*x), bpf_program__name(*y));
}

static void run(const char *path) {
  struct bpf_object *obj = bpf_object__open_file(path, NULL);
  if (!obj) {
    printf("%s\topen\t\n", path);
    return;
  }
  int err = bpf_object__load(obj);
  if (err) {
    printf("%s\tload %d\t\n", path, -err);
    bpf_object__close(obj);
    return;
  }
  struct bpf_program *progs[MAX_PROGS], *prog;
  int count = 0;
  bpf_object__for_each_program(prog, obj) if (count < MAX_PROGS && bpf_program__fd(prog) >= 0) progs[count++] = prog;
  qsort(progs, count, sizeof(*progs), by_name);
  printf("%s\tok\t", path);
  for (int i = 0; i < count; i++) {
    char packet[64] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);
    err = bpf_prog_test_run_opts(bpf_program__fd(progs[i]), &opts);
    printf("%s%s=%d", i ? "," : "", bpf_program__name(progs[i]), err ? err : (int)opts.retval);
  }
  printf("\n");
  bpf_object__close(obj);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args) {
  if (!getenv("VERBOSE")) return 0;
  return vfprintf(stderr, format, args);
}

int main(void) {
  char line[4096];
  libbpf_set_print(quiet);
  while (fgets(line, sizeof(line), stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (*line) run(line);
    fflush(stdout);
  }
  return 0;
}

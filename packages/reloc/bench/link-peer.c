// How long does libbpf's linker take? Usage: libbpf ROUNDS FILE...; prints the nanoseconds of each round on a line.
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  int count = argc - 2;
  if (count < 1) return 2;
  char **data = calloc(count, sizeof(char *));
  size_t *size = calloc(count, sizeof(size_t));
  for (int i = 0; i < count; i++) {
    FILE *in = fopen(argv[i + 2], "r");
    if (!in) return 2;
    data[i] = malloc(1 << 20);
    size[i] = fread(data[i], 1, 1 << 20, in);
    fclose(in);
  }
  // The same bytes in, bytes in memory out, as on the other side.
  for (int round = atoi(argv[1]); round > 0; round--) {
    int fd = memfd_create("linked", 0);
    long long start = now();
    struct bpf_linker *linker = bpf_linker__new_fd(fd, NULL);
    if (!linker) return 3;
    for (int i = 0; i < count; i++) if (bpf_linker__add_buf(linker, data[i], size[i], NULL)) return 4;
    if (bpf_linker__finalize(linker)) return 5;
    long long end = now();
    bpf_linker__free(linker);
    close(fd);
    printf("%lld\n", end - start);
  }
  return 0;
}

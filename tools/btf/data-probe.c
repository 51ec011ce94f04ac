// What does libbpf print for the data of a type? Usage: data-probe BTF_FILE
//
// Each line of standard input asks: type id, flags, indent level, number of bytes, the bytes in hexadecimal (- for none). Flags: 1 compact,
// 2 skip_names, 4 emit_zeroes, 8 emit_strings, 16 two spaces to indent with, 32 no options at all.
// Each answer is the text, byte 1, the returned value, byte 2.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void emit(void *ctx, const char *fmt, va_list args) {
  (void)ctx;
  vprintf(fmt, args);
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args) {
  (void)level, (void)fmt, (void)args;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  libbpf_set_print(quiet);
  struct btf *btf = btf__parse(argv[1], NULL);
  if (!btf) return 3;
  static char hex[1 << 20];
  static unsigned char data[1 << 19] __attribute__((aligned(64)));
  unsigned id;
  int flags, level;
  size_t size;
  struct btf_dump *dump = btf_dump__new(btf, emit, NULL, NULL);
  if (!dump) return 4;
  while (scanf("%u %d %d %zu %1048000s", &id, &flags, &level, &size, hex) == 5) {
    memset(data, 0xa5, sizeof(data));
    for (size_t i = 0; i < size; i++) {
      char pair[3] = { hex[2 * i], hex[2 * i + 1], 0 };
      data[i] = strtoul(pair, NULL, 16);
    }
    LIBBPF_OPTS(btf_dump_type_data_opts, opts, .compact = flags & 1, .skip_names = flags & 2, .emit_zeroes = flags & 4,
                .emit_strings = flags & 8, .indent_str = flags & 16 ? "  " : NULL, .indent_level = level);
    int result = btf_dump__dump_type_data(dump, id, data, size, flags & 32 ? NULL : &opts);
    printf("\001%d\002", result);
  }
  return 0;
}

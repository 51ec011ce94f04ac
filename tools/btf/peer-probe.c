// What does libbpf answer? One command a line on standard input, one line of answer each: `ok NUMBER…`, `error ERRNO`, `refused ERRNO`.
//
// Built by tools/btf-peers.mjs against the newest libbpf; names of files hold no blanks.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORDS 64

static char *words[MAX_WORDS];
static int word_count;
static jmp_buf next_command;

static void *read_file(const char *path, __u32 *size) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  void *data = malloc(*size + 1);
  if (fread(data, 1, *size, file) != *size) { perror(path); exit(1); }
  fclose(file);
  return data;
}

static void write_file(const char *path, const void *data, __u32 size) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size) { perror(path); exit(1); }
  fclose(file);
}

static void write_btf(const char *path, const struct btf *btf) {
  __u32 size;
  const void *data = btf__raw_data(btf, &size);
  if (!data) { perror(path); exit(1); }
  write_file(path, data, size);
}

static void answer(long result) {
  if (result < 0) printf("error %ld\n", -result);
  else printf("ok %ld\n", result);
}

/** A raw BTF; `-` is none. When libbpf does not read it, the answer is `refused ERRNO`. */
static struct btf *raw(const char *path, struct btf *base) {
  if (strcmp(path, "-") == 0) return NULL;
  struct btf *btf = btf__parse_raw_split(path, base);
  if (btf) return btf;
  printf("refused %d\n", errno);
  longjmp(next_command, 1);
}

/** distill BASE SPLIT NEW_BASE NEW_SPLIT */
static void distill(void) {
  struct btf *base = raw(words[1], NULL), *split = raw(words[2], base), *new_base = NULL, *new_split = NULL;
  int err = btf__distill_base(split, &new_base, &new_split);
  if (!err) {
    write_btf(words[3], new_base);
    write_btf(words[4], new_split);
    btf__free(new_split);
    btf__free(new_base);
  }
  answer(err);
  btf__free(split);
  btf__free(base);
}

/** relocate OLD_BASE SPLIT NEW_BASE OUT */
static void relocate(void) {
  struct btf *old = raw(words[1], NULL), *split = raw(words[2], old), *base = raw(words[3], NULL);
  int err = btf__relocate(split, base);
  if (!err) write_btf(words[4], split);
  answer(err);
  btf__free(split);
  btf__free(old);
  btf__free(base);
}

/** permute BASE|- BTF MAP OUT [EXT OUT_EXT], MAP is a file of 32-bit numbers */
static void permute(void) {
  struct btf *base = raw(words[1], NULL), *btf = raw(words[2], base);
  __u32 size, ext_size;
  __u32 *map = read_file(words[3], &size);
  LIBBPF_OPTS(btf_permute_opts, opts);
  void *ext_data = NULL;
  if (word_count > 5) {
    ext_data = read_file(words[5], &ext_size);
    opts.btf_ext = btf_ext__new(ext_data, ext_size);
  }
  int err = btf__permute(btf, map, size / 4, &opts);
  if (!err) write_btf(words[4], btf);
  if (!err && opts.btf_ext) {
    const void *out = btf_ext__raw_data(opts.btf_ext, &ext_size);
    write_file(words[6], out, ext_size);
  }
  answer(err);
  btf_ext__free(opts.btf_ext);
  free(ext_data);
  free(map);
  btf__free(btf);
  btf__free(base);
}

/** elf FILE BASE|- OUT OUT_EXT|-: what btf__parse and btf__parse_split make of a file */
static void elf(void) {
  struct btf *base = raw(words[2], NULL);
  struct btf_ext *ext = NULL;
  int want_ext = strcmp(words[4], "-") != 0;
  struct btf *btf = want_ext ? btf__parse_elf(words[1], &ext) : base ? btf__parse_split(words[1], base) : btf__parse(words[1], NULL);
  long err = btf ? 0 : -errno;
  if (btf) {
    write_btf(words[3], btf);
    if (ext) {
      __u32 size;
      const void *data = btf_ext__raw_data(ext, &size);
      write_file(words[4], data, size);
    }
    printf("ok %u %u\n", btf__type_cnt(btf), btf__base_btf(btf) ? btf__type_cnt(btf__base_btf(btf)) : 0);
  } else answer(err);
  btf_ext__free(ext);
  // A base that was made from .BTF.base is the library's own.
  btf__free(btf);
  btf__free(base);
}

/** ext-order EXT OUT big|little */
static void ext_order(void) {
  __u32 size;
  void *data = read_file(words[1], &size);
  struct btf_ext *ext = btf_ext__new(data, size);
  long err = ext ? 0 : -errno;
  if (ext) err = btf_ext__set_endianness(ext, strcmp(words[3], "big") == 0 ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
  if (!err) {
    const void *out = btf_ext__raw_data(ext, &size);
    if (out) write_file(words[2], out, size);
    else err = -errno;
  }
  answer(err);
  btf_ext__free(ext);
  free(data);
}

static const char *text(int idx) { return strcmp(words[idx], "-") == 0 ? NULL : words[idx]; }
static long number(int idx) { return strtoll(words[idx], NULL, 0); }

/** new BASE|-, then btf__add_… as `add-…` with their arguments (`-` is no name), then end OUT big|little */
static int build_step(struct btf **btf, struct btf **base) {
  const char *w = words[0];
  if (strcmp(w, "new") == 0) {
    *base = raw(words[1], NULL);
    *btf = btf__new_empty_split(*base);
    answer(0);
  } else if (strcmp(w, "end") == 0) {
    btf__set_endianness(*btf, strcmp(words[2], "big") == 0 ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
    write_btf(words[1], *btf);
    answer(0);
    btf__free(*btf);
    btf__free(*base);
  } else if (strcmp(w, "add-str") == 0) answer(btf__add_str(*btf, words[1]));
  else if (strcmp(w, "find-str") == 0) answer(btf__find_str(*btf, words[1]));
  else if (strcmp(w, "add-int") == 0) answer(btf__add_int(*btf, text(1), number(2), number(3)));
  else if (strcmp(w, "add-float") == 0) answer(btf__add_float(*btf, text(1), number(2)));
  else if (strcmp(w, "add-ptr") == 0) answer(btf__add_ptr(*btf, number(1)));
  else if (strcmp(w, "add-array") == 0) answer(btf__add_array(*btf, number(1), number(2), number(3)));
  else if (strcmp(w, "add-struct") == 0) answer(btf__add_struct(*btf, text(1), number(2)));
  else if (strcmp(w, "add-union") == 0) answer(btf__add_union(*btf, text(1), number(2)));
  else if (strcmp(w, "add-field") == 0) answer(btf__add_field(*btf, text(1), number(2), number(3), number(4)));
  else if (strcmp(w, "add-enum") == 0) answer(btf__add_enum(*btf, text(1), number(2)));
  else if (strcmp(w, "add-enum-value") == 0) answer(btf__add_enum_value(*btf, text(1), number(2)));
  else if (strcmp(w, "add-enum64") == 0) answer(btf__add_enum64(*btf, text(1), number(2), number(3)));
  else if (strcmp(w, "add-enum64-value") == 0) answer(btf__add_enum64_value(*btf, text(1), strtoull(words[2], NULL, 0)));
  else if (strcmp(w, "add-fwd") == 0) answer(btf__add_fwd(*btf, text(1), number(2)));
  else if (strcmp(w, "add-typedef") == 0) answer(btf__add_typedef(*btf, text(1), number(2)));
  else if (strcmp(w, "add-volatile") == 0) answer(btf__add_volatile(*btf, number(1)));
  else if (strcmp(w, "add-const") == 0) answer(btf__add_const(*btf, number(1)));
  else if (strcmp(w, "add-restrict") == 0) answer(btf__add_restrict(*btf, number(1)));
  else if (strcmp(w, "add-type-tag") == 0) answer(btf__add_type_tag(*btf, text(1), number(2)));
  else if (strcmp(w, "add-type-attr") == 0) answer(btf__add_type_attr(*btf, text(1), number(2)));
  else if (strcmp(w, "add-func") == 0) answer(btf__add_func(*btf, text(1), number(2), number(3)));
  else if (strcmp(w, "add-func-proto") == 0) answer(btf__add_func_proto(*btf, number(1)));
  else if (strcmp(w, "add-func-param") == 0) answer(btf__add_func_param(*btf, text(1), number(2)));
  else if (strcmp(w, "add-var") == 0) answer(btf__add_var(*btf, text(1), number(2), number(3)));
  else if (strcmp(w, "add-datasec") == 0) answer(btf__add_datasec(*btf, text(1), number(2)));
  else if (strcmp(w, "add-datasec-var-info") == 0) answer(btf__add_datasec_var_info(*btf, number(1), number(2), number(3)));
  else if (strcmp(w, "add-decl-tag") == 0) answer(btf__add_decl_tag(*btf, text(1), number(2), number(3)));
  else if (strcmp(w, "add-decl-attr") == 0) answer(btf__add_decl_attr(*btf, text(1), number(2), number(3)));
  else if (strcmp(w, "add-btf") == 0) {
    struct btf *src = raw(words[1], NULL);
    answer(btf__add_btf(*btf, src));
    btf__free(src);
  } else if (strcmp(w, "pointer-size") == 0) {
    if (number(1) != 0) answer(btf__set_pointer_size(*btf, number(1)));
    else answer(btf__pointer_size(*btf));
  } else if (strcmp(w, "sizes") == 0) printf("ok %lld %d\n", btf__resolve_size(*btf, number(1)), btf__align_of(*btf, number(1)));
  else return 0;
  return 1;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args) {
  return getenv("PROBE_VERBOSE") ? vfprintf(stderr, format, args) : (void)level, 0;
}


int main(void) {
  static char line[1 << 16];
  struct btf *btf = NULL, *base = NULL;
  libbpf_set_print(quiet);
  while (fgets(line, sizeof line, stdin)) {
    word_count = 0;
    for (char *word = strtok(line, " \n"); word && word_count < MAX_WORDS; word = strtok(NULL, " \n")) words[word_count++] = word;
    if (word_count == 0 || setjmp(next_command)) continue;
    if (strcmp(words[0], "distill") == 0) distill();
    else if (strcmp(words[0], "relocate") == 0) relocate();
    else if (strcmp(words[0], "permute") == 0) permute();
    else if (strcmp(words[0], "elf") == 0) elf();
    else if (strcmp(words[0], "ext-order") == 0) ext_order();
    else if (!build_step(&btf, &base)) { fprintf(stderr, "no command %s\n", words[0]); return 1; }
    fflush(stdout);
  }
  return 0;
}

// What does libbpf see in an object? Built by tools/lib/peers.mjs; answers in JSON, a line for each object or name.
//
//   probe names                 names on stdin, a line each: program and attach type by name
//   probe open NAME=FILE...     opens each object under NAME: programs, maps and their bytes
//   probe prepare NAME=FILE...  the same, then creates its maps in the running kernel and says what the kernel calls them
//   probe load NAME=FILE...     opens and loads each, over a kernel that says yes to everything: what libbpf asks of it; with ATTACH set,
//                               attaches each program too; with NOCREATE set, without the map of that name; with ATTACHMAPS set, tables of functions; with TWICE set, loads each
//                               before unseen, so that what libbpf finds out about the kernel is known and left out; VMLINUX=FILE is
//                               the kernel's BTF, MODULES=NAME=FILE,... those of its modules, ONLY=NAME the one program to load
//   probe bench FILE ROUNDS     nanoseconds of bpf_object__open_mem and close, a line for each round
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static char last_warning[4096];

static int keep(enum libbpf_print_level level, const char *fmt, va_list args) {
  va_list again;
  va_copy(again, args);
  if (level == LIBBPF_WARN) vsnprintf(last_warning, sizeof last_warning, fmt, again);
  va_end(again);
  if (getenv("VERBOSE")) return vfprintf(stderr, fmt, args);
  return 0;
}

static void text(const char *s) {
  if (!s) {
    printf("null");
    return;
  }
  putchar('"');
  for (; *s; s++) {
    if (*s == '"' || *s == '\\') printf("\\%c", *s);
    else if ((unsigned char)*s < 32) printf("\\u%04x", *s);
    else putchar(*s);
  }
  putchar('"');
}

static void hex(const void *data, size_t size) {
  const unsigned char *bytes = data;
  putchar('"');
  for (size_t i = 0; i < size; i++) printf("%02x", bytes[i]);
  putchar('"');
}

static char *read_file(const char *path, size_t *size) {
  FILE *in = fopen(path, "r");
  if (!in) exit(3);
  fseek(in, 0, SEEK_END);
  *size = ftell(in);
  rewind(in);
  char *bytes = malloc(*size);
  if (fread(bytes, 1, *size, in) != *size) exit(3);
  fclose(in);
  return bytes;
}

// The kernel that says yes: libbpf calls syscall(2) of the C library, and this one stands before it.
static bool faking;
static const char *call_comma;

/** libbpf moves a new map to an fd that it reserved, and then fills it. */
static unsigned fresh_key_size, fresh_value_size;

static int fake_map(union bpf_attr *attr);

static int fake_fd(void) {
  int fd = memfd_create("fake", 0);
  if (ftruncate(fd, 64 << 20)) exit(5);
  return fd;
}

/** Modules of the kernel that says yes; ids count from FIRST_MODULE, fds are remembered. */
#define FIRST_MODULE 1000
#define MAX_MODULES 64
static struct { const char *name; const char *bytes; size_t size; int fd; } modules[MAX_MODULES];
static unsigned module_count;

static char *read_file(const char *path, size_t *size);

static void read_modules(const char *list) {
  if (!list) return;
  for (char *entry = strtok(strdup(list), ","); entry && module_count < MAX_MODULES; entry = strtok(NULL, ",")) {
    char *path = strchr(entry, '=');
    if (!path) exit(2);
    *path++ = 0;
    modules[module_count].name = entry;
    modules[module_count].bytes = read_file(path, &modules[module_count].size);
    modules[module_count++].fd = -1;
  }
}

/** Name of the module whose BTF this fd is; empty for the kernel itself. libbpf may have moved the fd. */
static const char *module_of(int fd) {
  for (unsigned i = 0; i < module_count; i++) if (fd > 0 && modules[i].fd == fd) return modules[i].name;
  return "";
}

static int module_info(union bpf_attr *attr) {
  struct bpf_btf_info *info = (void *)(long)attr->info.info;
  for (unsigned i = 0; i < module_count; i++) {
    if (modules[i].fd != (int)attr->info.bpf_fd) continue;
    if (info->name && info->name_len) snprintf((char *)(long)info->name, info->name_len, "%s", modules[i].name);
    if (info->btf) memcpy((void *)(long)info->btf, modules[i].bytes, info->btf_size < modules[i].size ? info->btf_size : modules[i].size);
    info->btf_size = modules[i].size;
    info->name_len = strlen(modules[i].name) + 1;
    info->id = FIRST_MODULE + i;
    info->kernel_btf = 1;
    return 0;
  }
  memset(info, 0, attr->info.info_len);
  return 0;
}

/** What libbpf asks while nobody listens is thrown away. */
static FILE *nowhere;

static void begin_call(const char *what) {
  printf("%s{\"call\":\"%s\"", call_comma, what);
  call_comma = ",";
}

static void number(const char *key, unsigned long long value) {
  if (value) printf(",\"%s\":%llu", key, value);
}

static void name_of(const char *key, const char *name) {
  printf(",\"%s\":", key);
  text(name);
}

/** Jump tables are filled one entry after the other, each with another fd. */
#define INSN_ARRAY 34
static int table_fd = -1;

static int fake_map(union bpf_attr *attr) {
  int fd = fake_fd();
  if (attr->map_type == INSN_ARRAY) table_fd = fd;
  fresh_key_size = attr->key_size;
  fresh_value_size = attr->value_size;
  return fd;
}

static long fake_bpf(int cmd, union bpf_attr *attr) {
  // Only what follows at once is about the map that was created.
  if (cmd != BPF_MAP_CREATE && cmd != BPF_MAP_UPDATE_ELEM) fresh_key_size = fresh_value_size = 0;
  switch (cmd) {
  case BPF_MAP_CREATE: {
    begin_call("mapCreate");
    name_of("name", attr->map_name);
    number("type", attr->map_type), number("keySize", attr->key_size), number("valueSize", attr->value_size);
    number("maxEntries", attr->max_entries), number("flags", attr->map_flags), number("numaNode", attr->numa_node);
    number("extra", attr->map_extra), number("hasInner", attr->inner_map_fd != 0), number("hasBtf", attr->btf_fd != 0);
    number("keyTypeId", attr->btf_key_type_id), number("valueTypeId", attr->btf_value_type_id);
    number("vmlinuxValueTypeId", attr->btf_vmlinux_value_type_id);
    int map_fd = fake_map(attr);
    // libbpf moves the fds of other maps, and tells them later.
    if (attr->map_type == INSN_ARRAY) number("fd", map_fd);
    putchar('}');
    return map_fd;
  }
  case BPF_PROG_LOAD: {
    begin_call("progLoad");
    name_of("name", attr->prog_name);
    number("type", attr->prog_type), number("attachType", attr->expected_attach_type), number("flags", attr->prog_flags);
    number("kernVersion", attr->kern_version), number("insnCount", attr->insn_cnt), number("attachBtfId", attr->attach_btf_id);
    number("hasAttachFd", attr->attach_prog_fd != 0), number("funcInfo", attr->func_info_cnt), number("lineInfo", attr->line_info_cnt);
    // Index 0 is nobody's; the others are those that calls of kernel functions name.
    const struct bpf_insn *insns = (const void *)(long)attr->insns;
    int last = 0;
    for (unsigned i = 0; i < attr->insn_cnt; i++) if (insns[i].code == 0x85 && insns[i].src_reg == 2 && insns[i].off > last) last = insns[i].off;
    if (last && attr->fd_array) {
      printf(",\"fdArray\":\"");
      for (int i = 1; i <= last; i++) printf("%s ", module_of(((int *)(long)attr->fd_array)[i]));
      putchar('"');
    }
    if (attr->attach_btf_obj_fd && *module_of(attr->attach_btf_obj_fd)) name_of("attachModule", module_of(attr->attach_btf_obj_fd));
    if (attr->func_info_cnt) printf(",\"funcInfoBytes\":"), hex((const void *)(long)attr->func_info, attr->func_info_cnt * attr->func_info_rec_size);
    if (attr->line_info_cnt) printf(",\"lineInfoBytes\":"), hex((const void *)(long)attr->line_info, attr->line_info_cnt * attr->line_info_rec_size);
    name_of("license", (const char *)(long)attr->license);
    printf(",\"insns\":");
    hex((const void *)(long)attr->insns, 8 * attr->insn_cnt);
    // Numbers that a table of functions holds for nothing else.
    int prog_fd = fcntl(fake_fd(), F_DUPFD, 700);
    number("fd", prog_fd);
    putchar('}');
    return prog_fd;
  }
  case BPF_LINK_CREATE:
    // libbpf's question whether there are cookies.
    if (attr->link_create.target_fd == (unsigned)-1) {
      errno = EBADF;
      return -1;
    }
    begin_call("linkCreate");
    number("attachType", attr->link_create.attach_type), number("flags", attr->link_create.flags);
    number("targetBtfId", attr->link_create.target_btf_id), number("targetFd", attr->link_create.target_fd);
    number("iterInfo", attr->link_create.iter_info_len);
    putchar('}');
    return fake_fd();
  case BPF_RAW_TRACEPOINT_OPEN:
    begin_call("rawTracepointOpen");
    if (attr->raw_tracepoint.name) name_of("name", (const char *)(long)attr->raw_tracepoint.name);
    putchar('}');
    return fake_fd();
  case BPF_BTF_LOAD:
    begin_call("btfLoad");
    printf(",\"bytes\":");
    hex((const void *)(long)attr->btf, attr->btf_size);
    putchar('}');
    return fake_fd();
  case BPF_OBJ_GET_INFO_BY_FD:
    return module_info(attr);
  case BPF_BTF_GET_NEXT_ID:
    if (attr->start_id < FIRST_MODULE + module_count - 1 && module_count) {
      attr->next_id = attr->start_id < FIRST_MODULE ? FIRST_MODULE : attr->start_id + 1;
      return 0;
    }
    errno = ENOENT;
    return -1;
  case BPF_BTF_GET_FD_BY_ID:
    return modules[attr->btf_id - FIRST_MODULE].fd = fake_fd();
  case BPF_OBJ_GET:
  case 36: // BPF_TOKEN_CREATE, newer than some headers
    errno = ENOENT;
    return -1;
  case BPF_MAP_UPDATE_ELEM:
    begin_call("mapUpdate");
    if ((int)attr->map_fd == table_fd) fresh_key_size = 4, fresh_value_size = 16;
    number("map", attr->map_fd);
    printf(",\"key\":");
    hex((const void *)(long)attr->key, fresh_key_size ? fresh_key_size : 4);
    printf(",\"value\":");
    hex((const void *)(long)attr->value, fresh_value_size ? fresh_value_size : 4);
    fresh_key_size = fresh_value_size = 0;
    putchar('}');
    return 0;
  case BPF_OBJ_PIN:
    begin_call("objPin");
    name_of("path", (const char *)(long)attr->pathname);
    putchar('}');
    return 0;
  case BPF_MAP_FREEZE:
    begin_call("mapFreeze");
    number("map", attr->map_fd);
    putchar('}');
    return 0;
  default:
    return 0;
  }
}

long syscall(long nr, ...) {
  static long (*real)(long, ...);
  va_list args;
  va_start(args, nr);
  long a = va_arg(args, long), b = va_arg(args, long), c = va_arg(args, long), d = va_arg(args, long), e = va_arg(args, long), f = va_arg(args, long);
  va_end(args);
  if (faking && nr == SYS_bpf) return fake_bpf((int)a, (union bpf_attr *)b);
  if (faking && nr == SYS_perf_event_open) {
    begin_call("perfEventOpen");
    putchar('}');
    return fake_fd();
  }
  if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real(nr, a, b, c, d, e, f);
}

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/** libbpf reads the kernel's BTF by its path. */
static const char *other_path(const char *path) {
  return getenv("VMLINUX") && !strcmp(path, KERNEL_BTF) ? getenv("VMLINUX") : path;
}

int open(const char *path, int flags, ...) {
  static int (*real)(const char *, int, ...);
  va_list args;
  va_start(args, flags);
  int mode = va_arg(args, int);
  va_end(args);
  if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  return real(other_path(path), flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = va_arg(args, int);
  va_end(args);
  return open(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode) {
  static FILE *(*real)(const char *, const char *);
  if (!real) real = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen");
  return real(other_path(path), mode);
}

FILE *fopen64(const char *path, const char *mode) {
  return fopen(path, mode);
}

int ioctl(int fd, unsigned long request, ...) {
  (void)fd, (void)request;
  return 0;
}

/** Every folder is one to pin in. */
int statfs64(const char *path, struct statfs64 *found) {
  (void)path;
  memset(found, 0, sizeof *found);
  found->f_type = 0xcafe4a11;
  return 0;
}

static int by_name(void) {
  static char line[65536];
  while (fgets(line, sizeof line, stdin)) {
    enum bpf_prog_type type = 0;
    enum bpf_attach_type expected = 0, attach = 0;
    line[strcspn(line, "\n")] = 0;
    int prog_err = libbpf_prog_type_by_name(line, &type, &expected);
    int attach_err = libbpf_attach_type_by_name(line, &attach);
    printf("{\"name\":");
    text(line);
    printf(",\"prog\":");
    if (prog_err) printf("%d", prog_err);
    else printf("[%d,%d]", type, expected);
    printf(",\"attach\":");
    if (attach_err) printf("%d", attach_err);
    else printf("[%d]", attach);
    printf("}\n");
  }
  return 0;
}

static bool print_fds;

static void print_map(struct bpf_map *map, bool created) {
  printf("{\"name\":");
  text(bpf_map__name(map));
  printf(",\"type\":%u,\"keySize\":%u,\"valueSize\":%u,\"maxEntries\":%u", bpf_map__type(map), bpf_map__key_size(map), bpf_map__value_size(map),
         bpf_map__max_entries(map));
  printf(",\"flags\":%u,\"extra\":\"%llu\",\"numaNode\":%u", bpf_map__map_flags(map), (unsigned long long)bpf_map__map_extra(map), bpf_map__numa_node(map));
  printf(",\"keyTypeId\":%u,\"valueTypeId\":%u", bpf_map__btf_key_type_id(map), bpf_map__btf_value_type_id(map));
  // Of inner maps one must not ask.
  if (print_fds && bpf_map__fd(map) >= 0) printf(",\"fd\":%d", bpf_map__fd(map));
  printf(",\"internal\":%d,\"autocreate\":%d,\"autoattach\":%d,\"pinPath\":", bpf_map__is_internal(map), bpf_map__autocreate(map), bpf_map__autoattach(map));
  text(bpf_map__pin_path(map));
  size_t size = 0;
  const void *initial = bpf_map__initial_value(map, &size);
  printf(",\"initial\":");
  if (initial) hex(initial, size);
  else printf("null");
  struct bpf_map *inner = bpf_map__inner_map(map);
  printf(",\"inner\":");
  bool outer = print_fds;
  print_fds = false;
  if (inner && inner != map) print_map(inner, false);
  else printf("null");
  print_fds = outer;
  if (created && bpf_map__fd(map) >= 0) {
    struct bpf_map_info info = {0};
    __u32 len = sizeof info;
    if (!bpf_map_get_info_by_fd(bpf_map__fd(map), &info, &len)) {
      printf(",\"kernel\":{\"name\":");
      text(info.name);
      printf(",\"flags\":%u,\"valueSize\":%u,\"keyTypeId\":%u,\"valueTypeId\":%u}", info.map_flags, info.value_size, info.btf_key_type_id, info.btf_value_type_id);
    }
  }
  putchar('}');
}

/** With ONLY set, the program of that name is loaded and no other. */
static void only_wanted(struct bpf_object *object) {
  struct bpf_program *prog;
  if (!getenv("ONLY")) return;
  bpf_object__for_each_program(prog, object) bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), getenv("ONLY")));
}

/** Loads an object so that libbpf finds out what the kernel can, and forgets what it asked. */
static void load_unseen(const char *name, const void *bytes, size_t size) {
  LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name, .kconfig = getenv("KCONFIG"), .pin_root_path = getenv("PIN_ROOT"));
  struct bpf_object *object = bpf_object__open_mem(bytes, size, &opts);
  if (!object) return;
  FILE *out = stdout;
  if (!nowhere) nowhere = fopen("/dev/null", "w");
  stdout = nowhere;
  only_wanted(object);
  faking = true;
  bpf_object__load(object);
  faking = false;
  stdout = out;
  bpf_object__close(object);
}

/** Gives the tables of functions to the kernel; links are not kept. */
static void attach_maps(struct bpf_object *object) {
  struct bpf_map *map;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS || !bpf_map__autocreate(map)) continue;
    fresh_key_size = 4;
    fresh_value_size = bpf_map__value_size(map);
    bpf_map__attach_struct_ops(map);
  }
}

static void print_object(char *arg, bool prepare, bool load) {
  char *path = strchr(arg, '=');
  if (!path) exit(2);
  *path++ = 0;
  size_t size;
  char *bytes = read_file(path, &size);
  if (load && getenv("TWICE")) load_unseen(arg, bytes, size);
  last_warning[0] = 0;
  LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = arg, .kconfig = getenv("KCONFIG"), .pin_root_path = getenv("PIN_ROOT"));
  struct bpf_object *object = bpf_object__open_mem(bytes, size, &opts);
  printf("{\"object\":");
  text(arg);
  if (!object) {
    printf(",\"error\":%d,\"warning\":", -errno);
    text(last_warning);
    printf("}\n");
    free(bytes);
    return;
  }
  struct bpf_map *unwanted = getenv("NOCREATE") ? bpf_object__find_map_by_name(object, getenv("NOCREATE")) : NULL;
  if (unwanted) bpf_map__set_autocreate(unwanted, false);
  only_wanted(object);
  int err = prepare ? bpf_object__prepare(object) : 0;
  if (load) {
    call_comma = "";
    printf(",\"calls\":[");
    faking = true;
    err = bpf_object__load(object);
    if (!err && getenv("ATTACHMAPS")) attach_maps(object);
    faking = false;
    printf("]");
  }
  printf(",\"prepared\":%d,\"warning\":", err);
  text(err ? last_warning : "");
  printf(",\"kversion\":%u,\"programs\":[", prepare ? 0 : bpf_object__kversion(object));
  struct bpf_program *prog;
  const char *comma = "";
  bpf_object__for_each_program(prog, object) {
    printf("%s{\"name\":", comma);
    text(bpf_program__name(prog));
    printf(",\"section\":");
    text(bpf_program__section_name(prog));
    printf(",\"type\":%d,\"attachType\":%d,\"flags\":%u", bpf_program__type(prog), bpf_program__expected_attach_type(prog), bpf_program__flags(prog));
    printf(",\"autoload\":%d,\"autoattach\":%d,\"insnCount\":%zu,\"insns\":", bpf_program__autoload(prog), bpf_program__autoattach(prog), bpf_program__insn_cnt(prog));
    hex(bpf_program__insns(prog), 8 * bpf_program__insn_cnt(prog));
    if (prepare) {
      printf(",\"funcInfo\":%u,\"lineInfo\":%u", bpf_program__func_info_cnt(prog), bpf_program__line_info_cnt(prog));
    } else if (load && !err && getenv("ATTACH")) {
      call_comma = "";
      printf(",\"attach\":[");
      faking = true;
      struct bpf_link *link = bpf_program__attach(prog);
      int attach_err = link ? 0 : -errno;
      faking = false;
      printf("],\"attachError\":%d", attach_err);
    }
    putchar('}');
    comma = ",";
  }
  printf("],\"maps\":[");
  comma = "";
  struct bpf_map *map;
  print_fds = load;
  bpf_object__for_each_map(map, object) {
    printf("%s", comma);
    print_map(map, prepare);
    comma = ",";
  }
  printf("]");
  if (getenv("BTF")) {
    __u32 btf_size = 0;
    const void *raw = bpf_object__btf(object) ? btf__raw_data(bpf_object__btf(object), &btf_size) : NULL;
    printf(",\"btf\":");
    if (raw) hex(raw, btf_size);
    else printf("null");
  }
  printf("}\n");
  bpf_object__close(object);
  free(bytes);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int bench(const char *path, int rounds) {
  size_t size;
  char *bytes = read_file(path, &size);
  LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bench");
  for (; rounds > 0; rounds--) {
    long long start = now();
    struct bpf_object *object = bpf_object__open_mem(bytes, size, &opts);
    if (!object) return 4;
    bpf_object__close(object);
    printf("%lld\n", now() - start);
  }
  return 0;
}

int main(int argc, char **argv) {
  libbpf_set_print(keep);
  read_modules(getenv("MODULES"));
  if (argc > 1 && !strcmp(argv[1], "names")) return by_name();
  if (argc > 3 && !strcmp(argv[1], "bench")) return bench(argv[2], atoi(argv[3]));
  bool prepare = argc > 1 && !strcmp(argv[1], "prepare"), load = argc > 1 && !strcmp(argv[1], "load");
  if (!prepare && !load && (argc < 2 || strcmp(argv[1], "open"))) return 2;
  for (int i = 2; i < argc; i++) print_object(argv[i], prepare, load);
  return 0;
}

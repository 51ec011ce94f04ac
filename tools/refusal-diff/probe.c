// What does libbpf say when the kernel refuses? Built by tools/lib/peers.mjs; prints its warnings, then the result.
//
//   probe FILE PROGRAM CALL ERRNO [ATTACH [ARGUMENTS]]
//
// CALL is the number of a command of bpf(2) that fails with ERRNO once the object is open, `perf` for perf_event_open(2), or `-` for
// none; LOG what the verifier says then. ATTACH is `auto`, or a kind: what would attach always fails, so nothing is attached.
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int armed, failing_cmd = -1, failing_perf, failing_errno;

/** Programs that libbpf loads to find out about the kernel are none of the object's. */
static int is_own(const union bpf_attr *attr, const char *program) {
  return !strncmp(attr->prog_name, program, strnlen(attr->prog_name, sizeof attr->prog_name)) && attr->prog_name[0];
}

static const char *wanted;

long syscall(long number, ...) {
  static long (*real)(long, ...);
  va_list args;
  long a[6];
  if (!real) real = dlsym(RTLD_NEXT, "syscall");
  va_start(args, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(args, long);
  va_end(args);
  if (armed && number == SYS_perf_event_open && failing_perf) {
    errno = failing_errno;
    return -1;
  }
  const union bpf_attr *attr = (const void *)a[1];
  if (armed && number == SYS_bpf && (int)a[0] == failing_cmd && !(failing_cmd == BPF_LINK_CREATE && attr->link_create.target_fd == (__u32)-1)) {
    if (failing_cmd != BPF_PROG_LOAD || is_own(attr, wanted)) {
      const char *log = getenv("LOG");
      if (failing_cmd == BPF_PROG_LOAD && log && attr->log_buf && attr->log_size)
        strncpy((char *)(long)attr->log_buf, log, attr->log_size - 1);
      errno = failing_errno;
      return -1;
    }
  }
  /* With fd -1 it asks whether the kernel has such links. */
  if (armed == 2 && number == SYS_bpf && (a[0] == BPF_LINK_CREATE || a[0] == BPF_RAW_TRACEPOINT_OPEN) && attr->link_create.target_fd != (__u32)-1) {
    errno = ECANCELED;
    return -1;
  }
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int say(enum libbpf_print_level level, const char *fmt, va_list args) {
  return level == LIBBPF_WARN || getenv("VERBOSE") ? vprintf(fmt, args) : 0;
}

static struct bpf_link *attach(struct bpf_program *program, const char *kind, char **argv) {
  if (!strcmp(kind, "xdp")) return bpf_program__attach_xdp(program, atoi(argv[0]));
  if (!strcmp(kind, "cgroup")) return bpf_program__attach_cgroup(program, atoi(argv[0]));
  if (!strcmp(kind, "netns")) return bpf_program__attach_netns(program, atoi(argv[0]));
  if (!strcmp(kind, "tcx")) return bpf_program__attach_tcx(program, atoi(argv[0]), NULL);
  if (!strcmp(kind, "tracepoint")) return bpf_program__attach_tracepoint(program, argv[0], argv[1]);
  if (!strcmp(kind, "kprobe")) return bpf_program__attach_kprobe(program, 0, argv[0]);
  if (!strcmp(kind, "perf_event")) return bpf_program__attach_perf_event(program, atoi(argv[0]));
  if (!strcmp(kind, "usdt")) return bpf_program__attach_usdt(program, -1, argv[0], argv[1], argv[2], NULL);
  if (!strcmp(kind, "uprobe")) {
    LIBBPF_OPTS(bpf_uprobe_opts, opts, .func_name = argv[1]);
    return bpf_program__attach_uprobe_opts(program, -1, argv[0], 0, &opts);
  }
  if (!strcmp(kind, "uprobe_multi")) return bpf_program__attach_uprobe_multi(program, -1, argv[0], argv[1], NULL);
  if (!strcmp(kind, "kprobe_multi")) return bpf_program__attach_kprobe_multi_opts(program, argv[0], NULL);
  return bpf_program__attach(program);
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  libbpf_set_print(say);
  setvbuf(stdout, NULL, _IOLBF, 0);
  wanted = argv[2];
  if (!strcmp(argv[3], "perf")) failing_perf = 1;
  else if (strcmp(argv[3], "-")) failing_cmd = atoi(argv[3]);
  failing_errno = atoi(argv[4]);
  struct bpf_object *object = bpf_object__open(argv[1]);
  if (!object) return 1;
  struct bpf_program *program;
  bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), wanted));
  program = bpf_object__find_program_by_name(object, wanted);
  if (!program) return 2;
  armed = 1;
  int result = bpf_object__load(object);
  if (result == 0 && argc > 5) {
    armed = 2;
    errno = 0;
    result = attach(program, argv[5], argv + 6) ? 0 : -errno;
  }
  armed = 0;
  printf("result %d\n", result);
  bpf_object__close(object);
  return 0;
}

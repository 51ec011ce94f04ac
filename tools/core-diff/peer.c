/* What does libbpf make of an object for a target BTF? Usage: peer BTF OBJECT...
 *
 * Prints, per object: `object PATH`, for each program `prog NAME HEX` with its instructions after bpf_object__prepare, or
 * `fail NAME ERRNO` for each program that libbpf refuses: it is left out then, and the rest is tried again. With LOG=1 in the
 * environment libbpf's messages go to standard error. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char failing[256];
static int show;
/* What libbpf said in the current attempt. */
static char *log_text;
static size_t log_len, log_size;

static void keep(const char *line)
{
	size_t len = strlen(line);
	if (log_len + len + 1 > log_size) {
		log_size = 2 * (log_len + len + 1);
		log_text = realloc(log_text, log_size);
	}
	memcpy(log_text + log_len, line, len + 1);
	log_len += len;
}

static int on_print(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[4096];
	char name[256];
	vsnprintf(line, sizeof(line), format, args);
	if (show)
		keep(line);
	if ((strstr(line, "failed to relocate") || strstr(line, "failed to patch insn")) && sscanf(line, "libbpf: prog '%255[^']'", name) == 1)
		strcpy(failing, name);
	return 0;
}

int main(int argc, char **argv)
{
	show = getenv("LOG") != NULL;
	libbpf_set_print(on_print);
	for (int i = 2; i < argc; i++) {
		char **skipped = calloc(100000, sizeof(char *));
		int count = 0;
		printf("object %s\n", argv[i]);
		for (;;) {
			int again = 0;
			log_len = 0;
			LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = argv[1]);
			struct bpf_object *obj = bpf_object__open_file(argv[i], &opts);
			struct bpf_program *prog;
			int err;
			if (!obj) {
				printf("unopened %d\n", errno);
				break;
			}
			bpf_object__for_each_program(prog, obj) {
				bpf_program__set_autoload(prog, true);
				for (int s = 0; s < count; s++)
					if (!strcmp(skipped[s], bpf_program__name(prog)))
						bpf_program__set_autoload(prog, false);
			}
			failing[0] = 0;
			err = bpf_object__prepare(obj);
			for (int s = 0; s < count; s++)
				again |= !strcmp(skipped[s], failing);
			if (err && failing[0] && !again) {
				printf("fail %s %d\n", failing, err);
				skipped[count++] = strdup(failing);
				bpf_object__close(obj);
				if (count == 4000)
					break;
				continue;
			}
			if (err)
				printf("error %d\n", err);
			else
				bpf_object__for_each_program(prog, obj) {
					const unsigned char *bytes = (const unsigned char *)bpf_program__insns(prog);
					size_t len = 8 * bpf_program__insn_cnt(prog);
					if (!bpf_program__autoload(prog))
						continue;
					printf("prog %s ", bpf_program__name(prog));
					for (size_t b = 0; b < len; b++)
						printf("%02x", bytes[b]);
					putchar('\n');
				}
			bpf_object__close(obj);
			break;
		}
		fflush(stdout);
		if (log_len)
			fputs(log_text, stderr);
	}
	return 0;
}

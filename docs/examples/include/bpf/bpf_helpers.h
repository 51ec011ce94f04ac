/* What does every BPF program in C need?
 *
 * A small stand-in for libbpf's header of this name, written for rootlet (BSD-2-Clause) so that the examples build without libbpf.
 * It spells things the same way; sources that include it also build with libbpf's.
 */
#pragma once

#include <linux/types.h>

#include "bpf_helper_defs.h"

/* Places a function or variable in an ELF section; kept even when nothing in C refers to it. */
#define SEC(name) __attribute__((section(name), used))

/* Fields of a map definition in SEC(".maps"): the numbers and types are read from BTF, the values never are. */
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define __ulong(name, val) enum { __concat(__unique_value, __COUNTER__) = val } name
#define __concat(a, b) __concat_expanded(a, b)
#define __concat_expanded(a, b) a##b

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
/* Global for the verifier's sake, yet not part of what the object offers to others. */
#define __hidden __attribute__((visibility("hidden")))

/* Marks on parameters of global functions. */
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))

/* Externs that the kernel provides. */
#define __ksym SEC(".ksyms")
#define __kconfig SEC(".kconfig")
#define __kptr __attribute__((btf_type_tag("kptr")))

/* The compiler forgets what it knows of a variable, and thus keeps the comparisons that the verifier needs to see. */
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif

/* What a map's `pinning` field may say. */
enum libbpf_pin_type {
	LIBBPF_PIN_NONE,
	LIBBPF_PIN_BY_NAME,
};

/* Prints to the trace pipe; up to three arguments after the format. */
#define bpf_printk(fmt, ...)                                                   \
	({                                                                     \
		static const char ____fmt[] = fmt;                             \
		bpf_trace_printk(____fmt, sizeof(____fmt), ##__VA_ARGS__);     \
	})

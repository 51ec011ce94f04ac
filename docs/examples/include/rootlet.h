/* What does rootlet add to BPF in C? (BSD-2-Clause) */
#pragma once

/*
 * Number of elements behind the pointer parameter that stands before it:
 *
 *	int bar(int *array, bpf_size_t size);
 *
 * The caller must own that many elements; the callee may use array[i] where i < size is proved.
 */
typedef unsigned long bpf_size_t;

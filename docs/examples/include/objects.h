/* What do the objects in objects/ need that an older linux/bpf.h does not have? */
#pragma once

#define MAP_TYPE_ARENA 33

#ifndef bpf_ksym_exists
#define bpf_ksym_exists(sym) (!!sym)
#endif

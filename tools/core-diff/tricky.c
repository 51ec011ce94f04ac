/* Questions whose answer depends on rules that kernel types seldom meet. */
#define SEC(name) __attribute__((section(name), used))
#define CORE __attribute__((preserve_access_index))
#define INFO(field, kind) __builtin_preserve_field_info(field, kind)
#define TYPE(type, kind) __builtin_preserve_type_info(*(type *)0, kind)
#define TYPE_ID(type, kind) __builtin_btf_type_id(*(type *)0, kind)
#define VALUE(type, value, kind) __builtin_preserve_enum_value(*(type *)value, kind)
#define ASK(name, value) SEC("socket") long name(void *ctx) { return (long)(value); }
struct flexible { int count; struct { short a; int b; } items[]; } CORE;
struct zero { int first[0]; int last[0]; } CORE;
struct zero_inside { int before; int none[0]; int after; } CORE;
struct bits { unsigned a : 3; int b : 13; unsigned long long c : 40; unsigned long long d : 33; unsigned char e : 1; } CORE;
struct deep { struct { union { struct { int x; union { int y; char z[8]; }; }; long w; }; }; int end; } CORE;
struct grid { int cells[3][4]; struct deep deeps[2]; struct bits *ptr; void (*call)(int, struct deep *); } CORE;
struct double_____underscore { int a; } CORE;
struct trailing___ { int a; } CORE;
struct two___of___them { int a; } CORE;
struct ___leading { int a; } CORE;
typedef struct { int a; struct grid *g; } CORE anonymous_t;
typedef int number_t;
typedef number_t number_number_t;
typedef int (*callback_t)(struct grid *, const char *, unsigned long);
typedef struct deep deep_t;
typedef float real_t;
typedef char text_t[16];
enum small { SMALL_A, SMALL_B = -5, SMALL_C___x = 7 };
enum wide { WIDE_A = 1, WIDE_B = 0x123456789abcULL, WIDE_C = 0xffffffffffffffffULL };
enum wide_signed { WS_A = -1, WS_B = 0x7fffffffffffLL };
struct holder { enum small s; enum wide w; enum wide_signed ws; number_t n; callback_t f; deep_t d; text_t t; const volatile int *const p; _Bool flag; float real; __int128 big; } CORE;
union either { int a; struct holder *h; struct deep d; } CORE;
struct forward;
struct with_forward { struct forward *f; struct forward **ff; struct grid *g; } CORE;
#define P(type) ((struct type *)ctx)
ASK(f0, INFO(P(flexible)->items[5].b, 0)) ASK(f1, INFO(P(flexible)->items[5].b, 1)) ASK(f2, INFO(P(flexible)->items[0], 0)) ASK(f3, P(flexible)->items[2].a)
ASK(z0, INFO(P(zero)->first[0], 0)) ASK(z1, INFO(P(zero)->last[3], 0)) ASK(z2, INFO(P(zero_inside)->none[0], 0)) ASK(z3, INFO(P(zero_inside)->after, 0))
ASK(b0, P(bits)->a) ASK(b1, P(bits)->b) ASK(b2, P(bits)->c) ASK(b3, P(bits)->d) ASK(b4, P(bits)->e)
ASK(b5, INFO(P(bits)->c, 4)) ASK(b6, INFO(P(bits)->d, 5)) ASK(b7, INFO(P(bits)->b, 3)) ASK(b8, INFO(P(bits)->d, 1)) ASK(b9, INFO(P(bits)->d, 0))
ASK(d0, P(deep)->x) ASK(d1, P(deep)->y) ASK(d2, INFO(P(deep)->z[3], 0)) ASK(d3, P(deep)->w) ASK(d4, P(deep)->end)
ASK(g0, INFO(P(grid)->cells[2][3], 0)) ASK(g1, INFO(P(grid)->cells[1], 1)) ASK(g2, INFO(P(grid)->deeps[1].z[2], 0)) ASK(g3, P(grid)->ptr) ASK(g4, P(grid)->call) ASK(g5, INFO(P(grid)[2].cells[1][1], 0)) ASK(g6, INFO(P(grid)[3], 0))
ASK(u0, P(double_____underscore)->a) ASK(u1, P(trailing___)->a) ASK(u2, P(two___of___them)->a) ASK(u3, P(___leading)->a)
ASK(a0, ((anonymous_t *)ctx)->a) ASK(a1, INFO(((anonymous_t *)ctx)->g, 0)) ASK(a2, TYPE(anonymous_t, 0)) ASK(a3, TYPE(anonymous_t, 2)) ASK(a4, TYPE(anonymous_t, 1))
#define TYPES(n, t) ASK(n##0, TYPE(t, 0)) ASK(n##1, TYPE(t, 1)) ASK(n##2, TYPE(t, 2)) ASK(n##3, TYPE_ID(t, 0)) ASK(n##4, TYPE_ID(t, 1))
TYPES(ta, number_t) TYPES(tb, number_number_t) TYPES(tc, callback_t) TYPES(td, deep_t) TYPES(te, text_t) TYPES(tf, struct holder) TYPES(tg, union either) TYPES(th, struct with_forward)
TYPES(ti, enum small) TYPES(tj, enum wide) TYPES(tk, struct grid) TYPES(tl, struct bits) TYPES(tm, struct deep) TYPES(tn, enum wide_signed)
ASK(e0, VALUE(enum small, SMALL_A, 0)) ASK(e1, VALUE(enum small, SMALL_B, 1)) ASK(e2, VALUE(enum small, SMALL_C___x, 1)) ASK(e3, VALUE(enum wide, WIDE_B, 1)) ASK(e4, VALUE(enum wide, WIDE_C, 1)) ASK(e5, VALUE(enum wide_signed, WS_A, 1)) ASK(e6, VALUE(enum wide_signed, WS_B, 1)) ASK(e7, VALUE(enum wide, WIDE_B, 0))
ASK(h0, P(holder)->s) ASK(h1, P(holder)->w) ASK(h2, P(holder)->ws) ASK(h3, P(holder)->n) ASK(h4, P(holder)->f) ASK(h5, INFO(P(holder)->d.z[1], 0)) ASK(h6, INFO(P(holder)->t[3], 0)) ASK(h7, P(holder)->p) ASK(h8, P(holder)->flag) ASK(h9, INFO(P(holder)->real, 0)) ASK(h10, INFO(P(holder)->big, 1)) ASK(h11, INFO(P(holder)->s, 3)) ASK(h12, INFO(P(holder)->ws, 3))
ASK(w0, P(with_forward)->f) ASK(w1, P(with_forward)->ff) ASK(w2, INFO(P(with_forward)->g->cells[1][2], 0))
ASK(i0, ((union either *)ctx)->a) ASK(i1, ((union either *)ctx)->h) ASK(i2, INFO(((union either *)ctx)->d.end, 0))
SEC("socket") int store(void *ctx) { P(deep)->x = 3; P(bits)[1].e = 1; P(holder)->w = 5; P(holder)->n = 1; return 0; }
char _license[] SEC("license") = "GPL";

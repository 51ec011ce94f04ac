// Layouts that kernels have, and some that they might: for pahole to describe and for our header to reproduce.
#include <stdbool.h>
#include <stdint.h>

struct packed_inside { char tag; struct __attribute__((packed)) { uint16_t a; uint64_t b; uint8_t c; } body; uint32_t tail; };
struct packed_by_member { char c; uint32_t at_one __attribute__((packed)); uint16_t next; };
struct __attribute__((packed, aligned(2))) packed_aligned { char a; uint64_t b; char c; };
struct cacheline { uint64_t hot; uint8_t cold __attribute__((aligned(64))); } __attribute__((aligned(64)));
struct holds_cacheline { uint8_t first; struct cacheline line; uint32_t last; };
struct bits_across { uint32_t a : 7, b : 25, c : 1; uint64_t d : 33, e : 31; uint8_t f : 3; uint8_t : 0; uint8_t g : 2; };
struct bits_mixed { uint8_t a : 1; bool b : 1; uint16_t c : 9; uint32_t d : 17; int64_t e : 50; char f; unsigned g : 4; };
struct bits_then_member { uint64_t a : 12; uint16_t whole; uint32_t b : 12; uint8_t byte; };
struct bits_skipped { unsigned a : 3; unsigned : 13; unsigned b : 9; unsigned : 23; unsigned c : 30; };
struct __attribute__((packed)) bits_packed { uint32_t a : 5; uint64_t b : 44; uint16_t c : 15; char d; };
union overlays { struct { uint8_t low : 4, high : 4; }; uint8_t whole; struct { uint16_t x; union { uint8_t y; uint32_t z; }; } deep; };
struct anonymous { int a; struct { char b; union { short c; long d; }; }; union { int e[3]; char f; }; struct { int g; } named[2][3]; };
struct trailing { uint64_t a; uint8_t b; };
struct padded_tail { struct trailing t; uint8_t c; } __attribute__((aligned(16)));
struct flexible { uint16_t n; uint8_t kind; uint64_t items[]; };
struct zero { uint32_t a; struct {} nothing; uint64_t none[0]; uint32_t b; };
enum __attribute__((packed)) tiny { TINY_A, TINY_B = 200 };
enum wide { WIDE_A = 1, WIDE_B = 0x100000000 };
enum negative { NEGATIVE = -3, POSITIVE = 7 };
enum __attribute__((packed)) halfword { HALF_A = 1, HALF_B = 1000 };
struct enums { enum tiny t; enum wide w; enum negative n; enum halfword h; enum tiny bits : 5; };
struct wide_int { char c; __int128 big; unsigned __int128 more __attribute__((packed)); };
struct floats { float f; double d; float g[3]; };
struct self { struct self *next, **prev; int (*call)(struct self *, const struct self *restrict, ...); };
struct functions { void (*(*returns)(int))(char); int (*table[4])(void *); const volatile char *const *volatile names[2]; int (*matrix)[3][4]; };
typedef struct { int only; } typedefed;
typedef typedefed again;
struct uses { again a; typedefed *b; struct never *c; union overlays o; struct holds_cacheline h; };
void stop(void) __attribute__((noreturn));
struct noreturns { void (*stop)(void) __attribute__((noreturn)); };

struct {
  struct packed_inside m0; struct packed_by_member m1; struct packed_aligned m2; struct holds_cacheline m3; struct bits_across m4; struct bits_mixed m5;
  struct bits_then_member m6; struct bits_skipped m7; struct bits_packed m8; struct anonymous m9; struct padded_tail m10; struct zero m11;
  struct enums m12; struct wide_int m13; struct floats m14; struct self m15; struct functions m16; struct uses m17; struct noreturns m18;
  struct flexible m19;
} all;

int compute(struct uses *u, enum wide w) { return u->a.only + (int)w; }

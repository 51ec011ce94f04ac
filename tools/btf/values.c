// Which values does the compiler see in its own data? Prints, for each variable, a line `= name bytes`, then lines `path value`.
#include <stdio.h>
#include <string.h>

enum color { RED, GREEN = 5, BLUE };
enum depth { LOW = -3, HIGH = 2147483647 };
enum wide { WIDE = 0xffffffff00000000ULL, NARROW = 1 };

struct bits {
  unsigned a : 3;
  int b : 5;
  unsigned : 4;
  unsigned char c : 2;
  unsigned long long d : 33;
  enum color e : 4;
  enum depth g : 3;
  _Bool f : 1;
  long long h : 61;
};

struct __attribute__((packed)) packed {
  unsigned char a;
  unsigned long long b;
  struct { unsigned char x; unsigned y; } c;
  unsigned d : 7;
  unsigned e : 30;
};

struct mixed {
  signed char tiny;
  unsigned short small;
  int number;
  long long large;
  unsigned long long larger;
  float single;
  double twice;
  _Bool yes;
  char text[8];
  enum color color;
  enum depth depth;
  enum wide wide;
  void *pointer;
  union { unsigned word; unsigned char bytes[4]; };
  struct { int x, y; } point[2];
  __int128 huge;
  int grid[2][3];
};

struct tail {
  int count;
  short items[];
};

struct bits bits = { 5, -3, 2, 0x123456789ULL, GREEN, LOW, 1, -0x0123456789abcdefLL };
struct packed packed = { 0xfe, 0x1122334455667788ULL, { 7, 0xdeadbeef }, 0x55, 0x2abcdef0 };
struct mixed mixed = {
  -7, 65000, -2000000000, -0x7edcba9876543210LL, 0xfedcba9876543210ULL, 1.5f, -0.1, 1, "rootlet", BLUE, LOW, WIDE,
  (void *)0xffff800012345678UL, { 0x01020304 }, { { -1, 2 }, { 3, -4 } }, ((__int128)-5 << 64) + 9, { { 1, 2, 3 }, { 4, 5, -6 } },
};
struct tail tail = { 3, { 1, -2, 3 } };

#define VARIABLE(name, size) \
  do { \
    printf("= " #name " "); \
    for (size_t i = 0; i < (size); i++) printf("%02x", ((unsigned char *)&name)[i]); \
    puts(""); \
  } while (0)
#define INT(path) printf(#path " %lld\n", (long long)(path))
#define UINT(path) printf(#path " %llu\n", (unsigned long long)(path))
#define REAL(path) printf(#path " %.17g\n", (double)(path))

int main(void) {
  VARIABLE(bits, sizeof(bits));
  INT(bits.a); INT(bits.b); INT(bits.c); INT(bits.d); INT(bits.e); INT(bits.g); INT(bits.f); INT(bits.h);
  VARIABLE(packed, sizeof(packed));
  INT(packed.a); UINT(packed.b); INT(packed.c.x); UINT(packed.c.y); INT(packed.d); INT(packed.e);
  VARIABLE(mixed, sizeof(mixed));
  INT(mixed.tiny); INT(mixed.small); INT(mixed.number); INT(mixed.large); UINT(mixed.larger); REAL(mixed.single); REAL(mixed.twice);
  INT(mixed.yes); INT(mixed.color); INT(mixed.depth); UINT(mixed.wide); UINT(mixed.pointer); UINT(mixed.word);
  for (int i = 0; i < 8; i++) printf("mixed.text.%d %d\n", i, mixed.text[i]);
  for (int i = 0; i < 4; i++) printf("mixed.bytes.%d %d\n", i, mixed.bytes[i]);
  for (int i = 0; i < 2; i++) printf("mixed.point.%d.x %d\nmixed.point.%d.y %d\n", i, mixed.point[i].x, i, mixed.point[i].y);
  // pahole writes arrays of arrays as one.
  for (int i = 0; i < 6; i++) printf("mixed.grid.%d %d\n", i, mixed.grid[i / 3][i % 3]);
  // 128 bits by two halves.
  printf("mixed.huge %s0x%llx%016llx\n", mixed.huge < 0 ? "-" : "", (unsigned long long)(-mixed.huge >> 64), (unsigned long long)-mixed.huge);
  VARIABLE(tail, sizeof(tail) + 3 * sizeof(short));
  INT(tail.count); INT(tail.items[0]); INT(tail.items[1]); INT(tail.items[2]);
}

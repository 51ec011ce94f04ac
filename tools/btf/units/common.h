// Declarations that several units share.
struct later;
enum sort { NONE, SOME = 3, MANY };
typedef unsigned long size_type;
struct link { struct link *next, *prev; };
union word { unsigned value; unsigned char bytes[4]; };
struct node {
  struct link link;
  struct later *later;
  union word word;
  enum sort sort : 4;
  int (*compare)(const struct node *a, const struct node *b);
  size_type sizes[3];
};
typedef int (*visit_t)(struct node *node, void *context);

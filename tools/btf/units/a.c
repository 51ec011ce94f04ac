#include "common.h"
struct later { struct node *owner; int count; };
struct mine { int x; struct node node; };
static struct mine mine;
int walk(struct node *node, visit_t visit) { return mine.x + visit(node, node->later->owner); }

#include "common.h"
struct mine { long y; struct node *node; };
static struct mine mine;
struct hidden *hidden;
int count(struct node *node) { return mine.y + node->sort; }

#include "common.h"
struct hidden { double weight; struct mine *mine; };
struct hidden *hidden;
int weigh(struct hidden *one, visit_t visit, struct later *later) { return one->weight; }

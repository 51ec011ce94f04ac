/* How do dense switches come out of a compiler that writes jump tables (clang 22)? Two programs with tables of their own, one of them
 * with two, a subprogram with one that both call; and a goto whose labels stand in .rodata, which no kernel takes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

volatile __u32 seen;

static __noinline int weigh(__u32 kind) {
  switch (kind) {
  case 0: seen = 11; return 31;
  case 1: seen = 5; return 7;
  case 2: return 100;
  case 3: seen = 9; return 5;
  case 4: return 77;
  case 5: seen += 3; return 1;
  case 6: seen = 44; return 66;
  default: return 2;
  }
}

SEC("xdp")
int plain(struct xdp_md *ctx) {
  return ctx->ingress_ifindex ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int one_table(struct xdp_md *ctx) {
  int sum = 1;
  switch (ctx->rx_queue_index) {
  case 0: seen = 1; sum = 4; break;
  case 1: seen = 7; sum = 99; break;
  case 2: seen = 2; sum = 3; break;
  case 3: seen = 8; break;
  case 4: seen ^= 3; break;
  case 5: seen -= 5; sum = 9; break;
  case 6: sum = seen * 3; break;
  }
  return sum + weigh(ctx->ingress_ifindex);
}

SEC("xdp")
int two_tables(struct xdp_md *ctx) {
  int sum = 1;
  switch (ctx->rx_queue_index) {
  case 3: seen = 3; sum = 40; break;
  case 4: seen = 7; sum = 41; break;
  case 5: seen = 2; sum = 3; break;
  case 6: seen = 8; break;
  case 7: seen ^= 7; break;
  case 8: seen -= 1; sum = 9; break;
  case 9: sum = seen * 11; break;
  }
  switch (ctx->ingress_ifindex) {
  case 0: seen += 3; sum *= 40; break;
  case 1: seen += 7; sum -= 41; break;
  case 2: seen += 2; sum ^= 3; break;
  case 3: seen = 5; break;
  case 4: seen ^= 1; break;
  case 5: seen -= 9; sum += 9; break;
  }
  return sum + weigh(sum);
}

SEC("tc")
int only_calls(struct __sk_buff *skb) {
  return weigh(skb->mark);
}

SEC("?xdp")
int labels(struct xdp_md *ctx) {
  static const void *const table[] = {&&first, &&second, &&third};
  __u32 at = ctx->rx_queue_index;
  if (at > 2) return 0;
  goto *table[at];
first:
  return 1;
second:
  seen = 3;
  return 2;
third:
  return 44;
}

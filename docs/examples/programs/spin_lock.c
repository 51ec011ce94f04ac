/* How do two CPUs change one value together? A lock inside the value. Returns how often it ran. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct account {
	struct bpf_spin_lock lock;
	__u32 deposits;
	__u64 balance;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct account);
} accounts SEC(".maps");

SEC("tc")
int spin_lock(struct __sk_buff *skb)
{
	__u32 owner = 1;
	struct account first = {}, *account;
	int deposits;

	account = bpf_map_lookup_elem(&accounts, &owner);
	if (!account) {
		bpf_map_update_elem(&accounts, &owner, &first, BPF_NOEXIST);
		account = bpf_map_lookup_elem(&accounts, &owner);
		if (!account)
			return -1;
	}
	bpf_spin_lock(&account->lock);
	account->balance += skb->len;
	deposits = ++account->deposits;
	bpf_spin_unlock(&account->lock);
	return deposits;
}

char _license[] SEC("license") = "GPL";

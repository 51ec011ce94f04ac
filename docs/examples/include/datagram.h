/* What do the firewalls of the dispatcher know of packets? */
#ifndef DATAGRAM_H
#define DATAGRAM_H

/* Keys of a firewall's counts. */
#define SEEN 0
#define DROPPED 1

static __always_inline void count(void *counts, __u32 key)
{
	__u64 *value = bpf_map_lookup_elem(counts, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
}

/* First byte of an IPv4 datagram without options to a port; -1 for all other packets. */
static __always_inline int datagram_number(struct xdp_md *ctx, __u16 port)
{
	unsigned char *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	/* Ethernet 14 bytes, IPv4 20, UDP 8. */
	if ((void *)(data + 43) > data_end)
		return -1;
	if (data[12] != 0x08 || data[13] != 0x00 || data[14] != 0x45 || data[23] != 17)
		return -1;
	if (data[36] != port >> 8 || data[37] != (port & 0xff))
		return -1;
	return data[42];
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bounded reassembly of IP fragments, the same for every source (RFC 791 3.2, RFC 815, RFC 8200 4.5, RFC 5722: overlaps that
 * disagree give the datagram up; exact duplicates are harmless). Owned by one worker. The key holds the protocol.
 */
#ifndef SIGCANARY_IP_DEFRAGMENT_H
#define SIGCANARY_IP_DEFRAGMENT_H

#include <stddef.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/nanos.h"
#include "dataplane/ip/ip.h"

struct defragmenter;

struct defragment_limits {
	size_t datagrams; /* held at once, at least 1 and at most 65,536; each 64 KiB of address space that becomes memory where it is used
			   */
	nanos age;        /* given up after this long */
	struct hash_key key;
};

/* Takes all the address space it will ever need, and touches little of it; NULL when there is none. */
struct defragmenter *defragmenter_new(const struct defragment_limits *limits);
void defragmenter_free(struct defragmenter *d);

/*
 * Takes one fragment. VERDICT_DECODED: `ret_payload` is the whole datagram's payload, valid until the next call.
 * VERDICT_FRAGMENT_HELD: waits for others. VERDICT_DUPLICATE: had it. VERDICT_IP_FRAGMENT: cannot be right.
 * VERDICT_FRAME_CUT: the capture cut the fragment. When there is no room the datagram that has waited longest is given up.
 * A packet that is no fragment comes back as it is. ip_whole() then finds the protocol of what was put together.
 */
enum verdict defragmenter_take(struct defragmenter *d, const struct ip *fragment, nanos clock, struct cursor *ret_payload);

/* Datagrams given up before all fragments came: their age was reached, or they had waited longest when room was needed. */
uint64_t defragmenter_expired(const struct defragmenter *d);

/* How many of them were given up for want of room. */
uint64_t defragmenter_evicted(const struct defragmenter *d);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where in a frame the signalling stands: for those who keep or pass on whole frames and have to look into them a second time. The same
 * reading of link, tunnels and IP as the walk's, without its tables. Not on a packet's path: called by control's evidence thread.
 */
#ifndef SIGCANARY_WORKER_INSIDE_H
#define SIGCANARY_WORKER_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/frame.h"
#include "dataplane/ip/address.h"

#define INSIDE_PARTS_MAX 32
#define INSIDE_TCP       6
#define INSIDE_SCTP      132

/* One stretch of user data, by its place in the frame. */
struct inside_part {
	size_t at;
	size_t length;
	uint32_t ppid; /* SCTP's payload protocol; 0 of TCP */
	bool is_whole; /* a whole user message: neither cut nor a fragment. Of TCP: not cut */
};

struct inside {
	struct ip_address source;
	struct ip_address destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t protocol; /* INSIDE_*, or another number for frames that begin with a layer of SS7 */
	bool is_cut;
	size_t transport; /* where the transport header stands, and how long the packet is from there */
	size_t length;
	struct inside_part parts[INSIDE_PARTS_MAX];
	size_t part_count; /* of SCTP: DATA chunks, at most INSIDE_PARTS_MAX */
};

struct inside_reader;

/* NULL when there is no memory. */
struct inside_reader *inside_reader_new(void);
void inside_reader_free(struct inside_reader *r);

/* False when no whole transport packet stands in the frame itself: not IP, another transport, an IP fragment, malformed. */
bool inside_read(struct inside_reader *r, const struct frame *frame, struct inside *ret);

/*
 * The checksum of the transport after bytes of its packet were changed: right where it was right `before`, and as wrong as before where it
 * was not. Both are whole frames of the same length.
 */
void inside_mend(const struct inside *in, const uint8_t *before, uint8_t *after);

#endif

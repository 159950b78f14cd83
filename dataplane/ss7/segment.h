/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reassembly of segmented XUDT and LUDT (Q.714 4.1.1.2.2): up to 16 segments of up to 272 bytes, told apart by the calling address, the
 * local reference and the direction; in any order, since an SCTP tap may reorder. Owned by one worker.
 */
#ifndef SIGCANARY_SS7_SEGMENT_H
#define SIGCANARY_SS7_SEGMENT_H

#include <stddef.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/nanos.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/sccp.h"

struct sccp_segments;

struct sccp_segment_limits {
	size_t messages; /* unfinished at once */
	nanos age;       /* given up after this */
	struct hash_key key;
};

struct sccp_segments *sccp_segments_new(const struct sccp_segment_limits *limits);
void sccp_segments_free(struct sccp_segments *s);

/*
 * Takes one segment. VERDICT_DECODED: `ret` is the whole user data, valid until the next call. VERDICT_FRAGMENT_HELD, VERDICT_DUPLICATE,
 * VERDICT_SCCP_SEGMENT (does not fit), VERDICT_REASSEMBLY_FULL. `path` tells hops and directions apart (any hash of the association and
 * route). Call it for messages with is_segmented; one whose only segment is flagged as segmented passes through unchanged.
 */
enum verdict sccp_segments_take(struct sccp_segments *s, uint64_t path, const struct mtp3 *mtp3, const struct sccp *segment, nanos clock,
				struct cursor *ret);

/* How many segments the message had that the last VERDICT_DECODED gave. */
unsigned int sccp_segments_count(const struct sccp_segments *s);

/* Messages given up because a segment never came. */
uint64_t sccp_segments_given_up(const struct sccp_segments *s);

#endif

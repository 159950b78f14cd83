/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frames of a bench: preloaded, and made to look like new traffic in every round.
 *
 * A patch is a place in a frame that changes from round to round: a TSN, a TCP sequence or acknowledgement number goes on by what its
 * stream carries in one round; an octet of a transaction id is mixed with the round's mask, the same for all octets that mean the same. A
 * share is what one worker polls; its frames and patches are its own, so that each worker can begin its next round by itself.
 */
#ifndef SIGCANARY_BENCH_SET_H
#define SIGCANARY_BENCH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/frame.h"

/* Octets of a round's mask: from the end of a TCAP transaction id; hop-by-hop id; end-to-end id. */
enum { MASK_TCAP = 0, MASK_HOP = 4, MASK_END = 8, MASK_OCTETS = 12 };

#define PATCH_NO_STREAM UINT32_MAX

struct bench_patch {
	uint8_t *at;
	uint32_t stream; /* a number of four octets that goes on with this stream; PATCH_NO_STREAM: one octet to be mixed */
	uint8_t mask;    /* then: with this octet of the round's mask */
};

struct bench_share {
	struct frame *frames; /* the bytes belong to the set */
	struct bench_patch *patches;
	size_t count;
	size_t patch_count;
	uint64_t round;
};

struct bench_set {
	uint8_t *memory;
	size_t size;
	size_t used;
	struct frame *frames;
	uint64_t *owners; /* of each frame: a number that is the same for all of an association's direction or a connection */
	bool *opens;      /* of each frame: a handshake, which would set back what goes on; first round only */
	size_t count;
	size_t room;
	uint64_t wire_bytes;
	size_t opening_count;
	size_t unpatched; /* places that could not be found again in their frames */
	struct bench_patch *patches;
	size_t patch_count;
	size_t patch_room;
	uint32_t *advances; /* of each stream, per round */
	size_t stream_count;
	nanos period; /* time from one round to the next, whole ticks */
	struct bench_share *shares;
	unsigned int share_count;
};

/*
 * Reads whole captures into memory, at most `max_mib` of it. False and one sentence in `error` (of SOURCE_ERROR_MAX) when they cannot be
 * read, are too large or hold nothing; `*ret_is_damaged` with true: what came before the damage is there.
 */
bool bench_set_read(struct bench_set *s, const char *const *inputs, size_t input_count, size_t max_mib, nanos tick, char *error,
		    bool *ret_is_damaged);
void bench_set_free(struct bench_set *s);

/* One more patch; false when there is no memory. */
bool bench_set_patch(struct bench_set *s, const struct bench_patch *patch);

/* Deals the frames to `count` workers; what was dealt before is brought to one round first. False: no memory. */
bool bench_set_deal(struct bench_set *s, unsigned int count);

/* Makes the frames of a share those of `round`. */
void bench_share_turn(const struct bench_set *s, struct bench_share *share, uint64_t round);

#endif

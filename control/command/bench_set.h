/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frames of a bench: preloaded, and made to look like new traffic in every round.
 *
 * A patch is a place in a frame that changes from round to round: a TSN, a TCP sequence or acknowledgement number goes on by what its
 * stream carries in one round; an octet of a transaction id is mixed with the round's mask, the same for all octets that mean the same. A
 * share is what one worker polls; its frames and patches are its own, so that each worker can begin its next round by itself.
 *
 * A set may lie in memory several times over, so that it is larger than any cache: a round plays one copy, and all copies are patched
 * together before the first of them is played. With a lag, answers bear the ids of as many rounds before: their requests stay open.
 */
#ifndef SIGCANARY_BENCH_SET_H
#define SIGCANARY_BENCH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/frame.h"

/* Octets of a round's mask: a TCAP transaction id (a shorter one takes its last octets); hop-by-hop id; end-to-end id. */
enum { MASK_TCAP = 0, MASK_HOP = 4, MASK_END = 8, MASK_OCTETS = 12 };

#define PATCH_NO_STREAM UINT32_MAX

struct bench_patch {
	uint8_t *at;     /* in the first copy */
	uint32_t stream; /* a number of four octets that goes on with this stream; PATCH_NO_STREAM: octets to be mixed */
	uint8_t mask;    /* then: with these octets of the round's mask, from this one on */
	uint8_t octets;
	bool is_answer; /* of the round that lies a lag back */
};

/* An SCTP packet whose checksum is mended after its patches. */
struct bench_sum {
	uint8_t *at; /* in the first copy */
	uint32_t length;
};

/* What the patches of one copy have made of it. */
struct bench_copy {
	uint64_t round;
	uint8_t masks[2][MASK_OCTETS]; /* of requests and of answers; zero: as captured */
};

struct bench_share {
	struct frame *opening; /* the first round: with handshakes; the bytes belong to the set */
	size_t opening_count;
	struct frame *frames; /* a later round: `count` for each copy */
	size_t count;
	struct bench_patch *patches;
	size_t patch_count;
	struct bench_sum *sums;
	size_t sum_count;
	struct bench_copy *copies;
	uint64_t round;
};

struct bench_set {
	uint8_t *memory;
	size_t size;
	size_t used; /* by the first copy; the others follow, `stride` apart */
	size_t stride;
	size_t copies;
	struct frame *frames;
	uint64_t *owners; /* of each frame: a number that is the same for all of an association's direction or a connection */
	bool *opens;      /* of each frame: a handshake, which would set back what goes on; first round only */
	size_t count;
	size_t room;
	uint64_t wire_bytes;
	size_t opening_count;
	size_t request_count; /* TCAP Begins and Diameter requests, copies among them */
	size_t unpatched;     /* places that could not be found again in their frames */
	struct bench_patch *patches;
	size_t patch_count;
	size_t patch_room;
	struct bench_sum *sums;
	size_t sum_count;
	size_t sum_room;
	uint32_t *advances; /* of each stream, per round */
	size_t stream_count;
	nanos period; /* time from one round to the next */
	uint64_t lag; /* rounds from a request to its answer; 0: both in the same one */
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

/* Memory of `size` bytes for a set, which bench_set_read() takes itself; false when there is none. */
bool bench_set_take(struct bench_set *s);

/* One more patch; false when there is no memory. */
bool bench_set_patch(struct bench_set *s, const struct bench_patch *patch);

/* One more packet whose checksum is mended; false when there is no memory. */
bool bench_set_sum(struct bench_set *s, const struct bench_sum *sum);

/*
 * Puts copies of the set beside it until all together take `bytes` of memory; false when there is none. Once, after all patches are found
 * and before anything is dealt.
 */
bool bench_set_copy(struct bench_set *s, size_t bytes);

/* Sets the times of frames as if they came one behind the other at `bits_per_s` on Ethernet. Again as often as wanted, before dealing. */
void bench_set_pace(struct bench_set *s, double bits_per_s);

/* Deals the frames to `count` workers, as they were captured; lag and pace are settled before. False: no memory. */
bool bench_set_deal(struct bench_set *s, unsigned int count);

/* Makes the frames of a share those of `round`; rounds come in their order, from 0. */
void bench_share_turn(const struct bench_set *s, struct bench_share *share, uint64_t round);

/* The frames of the round that the share is in. */
static inline const struct frame *bench_share_frames(const struct bench_set *s, const struct bench_share *share, size_t *ret_count)
{
	*ret_count = share->round == 0 ? share->opening_count : share->count;
	return share->round == 0 ? share->opening : share->frames + share->round % s->copies * share->count;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* From a captured frame to its transport packet: what walk.c has in common with the frames that are not the usual one. */
#ifndef SIGCANARY_WORKER_WALK_FRAME_H
#define SIGCANARY_WORKER_WALK_FRAME_H

#include "dataplane/worker/walk.h"

/* All of a packet but its addresses and what happened to it on the way. */
static inline void packet_fill(const struct frame *frame, struct cursor bytes, uint8_t protocol, struct packet *ret)
{
	ret->bytes = bytes;
	ret->sequence = frame->sequence;
	ret->time = frame->time;
	ret->clock = frame->clock;
	ret->number = frame->number;
	ret->tap = frame->tap;
	ret->protocol = protocol;
}

/* Every frame there is, as walk_frame() promises. Out of line, so that the usual one does not pay for its locals. */
enum verdict any_frame_walk(struct walk *w, const struct frame *frame, struct packet *ret);

#endif

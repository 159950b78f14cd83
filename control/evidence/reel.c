/* SPDX-License-Identifier: BSD-3-Clause */
/* Several tapes as one, see reel.h: the head with the lowest time is next; heads are read anew each time, since a producer may overwrite.
 */
#include "control/evidence/reel.h"

void reel_begin(struct reel *r, const struct reel_tapes *from)
{
	r->from = from;
	for (unsigned int i = 0; i < from->count; i++)
		tape_begin(from->tapes[i], &r->readers[i]);
}

void reel_begin_at(struct reel *r, const struct reel_tapes *from, uint64_t tick)
{
	r->from = from;
	for (unsigned int i = 0; i < from->count; i++)
		tape_begin_at(from->tapes[i], tick, &r->readers[i]);
}

/* The tape whose head is next, and the head; false when no tape has one. */
static bool head_choose(struct reel *r, nanos until, unsigned int *ret_tape, struct tape_record *ret)
{
	bool has_any = false;

	for (unsigned int i = 0; i < r->from->count; i++) {
		struct tape_record head;

		if (!tape_peek(r->from->tapes[i], &r->readers[i], &head) || head.clock >= until)
			continue;
		if (has_any && head.time >= ret->time)
			continue;
		*ret = head;
		*ret_tape = i;
		has_any = true;
	}
	return has_any;
}

bool reel_next(struct reel *r, nanos until, uint8_t *bytes, struct frame *ret)
{
	struct tape_record head = { 0 };
	unsigned int tape = 0;

	while (head_choose(r, until, &tape, &head)) {
		/* What is overwritten meanwhile is lost, and the next look says so. */
		if (!tape_copy(r->from->tapes[tape], &r->readers[tape], &head, bytes))
			continue;
		tape_skip(&r->readers[tape], &head);
		*ret = (struct frame){ .bytes = bytes,
				       .captured = head.captured,
				       .wire_length = head.wire_length,
				       .time = head.time,
				       .number = head.number,
				       .tap = head.tap,
				       .link_type = head.link_type,
				       .is_cut = head.captured < head.wire_length };
		return true;
	}
	return false;
}

uint64_t reel_lost(const struct reel *r)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < r->from->count; i++)
		lost += r->readers[i].lost;
	return lost;
}

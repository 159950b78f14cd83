/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data of connections in several messages (Q.713 3.7 segmenting/reassembling, 3.8 sequencing/segmenting; Q.714 3.6 for both protocol
 * classes). Owned by one worker, which hands in each DT1 and DT2 of a direction in their order: SCTP keeps it, so the pieces only have to
 * be put behind each other.
 *
 * Nearly no connection uses this: while nothing is held a message without more data costs one comparison. What is held lies in sets of four
 * places, found by a hash over direction, point codes and local reference, which are compared whole. A place is free again when its data
 * are whole, too long, or older than the limit. When all places of a set hold living data the newest is refused. Nothing allocates after
 * connection_data_new().
 */
#include "dataplane/ss7/connection_data.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4

struct identity {
	uint64_t path;
	uint64_t route; /* originating and destination point code */
	uint64_t reference;
};

struct held {
	struct identity identity;
	nanos touched;
	size_t length;
	bool is_used;
	uint8_t bytes[CONNECTION_DATA_MAX];
};

struct connection_data {
	struct connection_data_limits limits;
	struct held (*sets)[WAYS];
	size_t set_mask;
	size_t used;
	uint8_t whole[CONNECTION_DATA_MAX];
};

/* In both directions of time: a clock that went back by more belongs to another capture. */
static bool is_over(const struct connection_data *d, const struct held *h, nanos clock)
{
	nanos age = clock - h->touched;

	return age > d->limits.age || age < -d->limits.age;
}

static void held_drop(struct connection_data *d, struct held *h)
{
	h->is_used = false;
	d->used--;
}

/* The place of that identity, or else a free one, given as unused; NULL when neither is there. */
static struct held *held_find(struct connection_data *d, const struct identity *identity, nanos clock)
{
	struct held *set = d->sets[hash_bytes(&d->limits.key, identity, sizeof(*identity)) & d->set_mask];
	struct held *spare = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		struct held *h = &set[i];

		if (h->is_used && is_over(d, h, clock))
			held_drop(d, h);
		if (h->is_used && memcmp(&h->identity, identity, sizeof(*identity)) == 0)
			return h;
		if (!h->is_used)
			spare = h;
	}
	return spare;
}

enum verdict connection_data_take(struct connection_data *d, uint64_t path, const struct mtp3 *mtp3, const struct sccp *message,
				  nanos clock, struct cursor *ret)
{
	struct identity identity = { path, (uint64_t)mtp3->opc << 32 | mtp3->dpc, message->destination_reference };
	struct cursor piece = message->user;
	size_t length = cursor_left(&piece);
	struct held *h = d->used == 0 && !message->has_more ? NULL : held_find(d, &identity, clock);

	if (!message->has_more && (h == NULL || !h->is_used)) {
		*ret = piece;
		return VERDICT_DECODED;
	}
	if (h == NULL)
		return VERDICT_REASSEMBLY_FULL;
	if (!h->is_used) {
		h->identity = identity;
		h->length = 0;
		h->is_used = true;
		d->used++;
	}
	if (length > CONNECTION_DATA_MAX - h->length) {
		held_drop(d, h);
		return VERDICT_SCCP_SEGMENT;
	}
	cursor_copy(&piece, h->bytes + h->length, length);
	h->length += length;
	h->touched = clock;
	if (message->has_more)
		return VERDICT_FRAGMENT_HELD;
	memcpy(d->whole, h->bytes, h->length);
	*ret = cursor_of(d->whole, h->length);
	held_drop(d, h);
	return VERDICT_DECODED;
}

struct connection_data *connection_data_new(const struct connection_data_limits *limits)
{
	struct connection_data *d = calloc(1, sizeof(*d));
	size_t sets = 1;

	assert(limits->connections > 0 && limits->connections < SIZE_MAX / sizeof(struct held) / 4);
	while (sets * WAYS < limits->connections)
		sets *= 2;
	if (!d)
		return NULL;
	d->limits = *limits;
	d->set_mask = sets - 1;
	d->sets = calloc(sets, sizeof(*d->sets));
	if (d->sets)
		return d;
	connection_data_free(d);
	return NULL;
}

void connection_data_free(struct connection_data *d)
{
	if (!d)
		return;
	free(d->sets);
	free(d);
}

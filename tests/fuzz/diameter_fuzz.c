/* SPDX-License-Identifier: BSD-3-Clause */
/* Diameter messages from any bytes: the walk ends, windows stay inside the message, and both searches for a header agree. */
#include <assert.h>

#include "dataplane/diameter/detail.h"
#include "dataplane/diameter/diameter.h"
#include "dataplane/diameter/find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void window_check(const struct cursor *window, const struct cursor *message)
{
	assert(window->at == NULL || (window->at >= message->at && window->end <= message->end && window->at <= window->end));
}

static void body_check(const struct diameter *message)
{
	struct diameter_body body;
	enum verdict verdict = diameter_body_read(message, &body);

	assert(verdict == VERDICT_DECODED || verdict == VERDICT_DIAMETER_AVP_LENGTH);
	window_check(&body.session, &message->avps);
	window_check(&body.origin_host, &message->avps);
	window_check(&body.origin_realm, &message->avps);
	window_check(&body.destination_host, &message->avps);
	window_check(&body.destination_realm, &message->avps);
	window_check(&body.user_name, &message->avps);
	window_check(&body.error_reporting_host, &message->avps);
	window_check(&body.apn, &message->avps);
	assert(memchr(body.visited_plmn, 0, sizeof(body.visited_plmn)) != NULL);
}

static void detail_check(const struct diameter *message)
{
	struct diameter_detail detail;

	diameter_detail_read(message, &detail);
	for (unsigned int row = 0; row < DETAIL_COUNT; row++) {
		enum diameter_detail_kind kind = diameter_detail_kind((enum diameter_detail_number)row);
		bool is_seen = (detail.seen >> row & 1) != 0;

		assert(!is_seen || kind != DETAIL_GROUP);
		assert(!is_seen || kind == DETAIL_NUMBER || cursor_left(&detail.texts[row]) > 0);
		window_check(&detail.texts[row], &message->avps);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct diameter message = { .avps = c };
	size_t found = diameter_find_portable(&c);

	assert(diameter_find_lanes(&c) == found);
	assert(!diameter_find_has_vector() || diameter_find_vector(&c) == found);
	assert(found == size || diameter_is_plausible(&(struct cursor){ c.at + found, c.end }));
	body_check(&message);
	detail_check(&message);
	diameter_is_coherent(&c);
	while (diameter_read(&c, &message) == VERDICT_DECODED) {
		assert(message.length >= DIAMETER_HEADER_LENGTH && cursor_left(&message.avps) == message.length - DIAMETER_HEADER_LENGTH);
		body_check(&message);
		detail_check(&message);
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCCP and its reassembly, of segments and of the data of connections: the input is a row of messages, each with a length octet before it,
 * all given to one small reassembler of each kind whose clock goes on with every message. Each is read under every label.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ss7/connection_data.h"
#include "dataplane/ss7/sccp.h"
#include "dataplane/ss7/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool address_is(const struct sccp_address *a, const struct sccp_address *b)
{
	return a->global_title == b->global_title && a->point_code == b->point_code && a->subsystem == b->subsystem &&
	       a->gt_indicator == b->gt_indicator && a->translation_type == b->translation_type && a->numbering_plan == b->numbering_plan &&
	       a->nature == b->nature && a->has_point_code == b->has_point_code && a->has_subsystem == b->has_subsystem &&
	       a->routes_on_subsystem == b->routes_on_subsystem;
}

/* The short way and the general one read the same. */
static void message_check(struct cursor c, const struct sccp *s, enum verdict verdict)
{
	struct sccp any;

	assert(sccp_read_any(&c, &any) == verdict);
	if (verdict != VERDICT_DECODED)
		return;
	assert(address_is(&any.called, &s->called) && address_is(&any.calling, &s->calling));
	assert(any.user.at == s->user.at && any.user.end == s->user.end && any.segment_reference == s->segment_reference);
	assert(any.type == s->type && any.return_cause == s->return_cause && any.protocol_class == s->protocol_class);
	assert(any.segments_left == s->segments_left && any.is_return == s->is_return && any.is_segmented == s->is_segmented);
	assert(any.is_first_segment == s->is_first_segment && any.is_connectionless == s->is_connectionless);
}

/* Under every label what is read lies inside the message, refused or not. */
static void labels_check(struct cursor message)
{
	for (uint8_t variant = MTP3_ITU; variant <= MTP3_JAPAN; variant++) {
		struct cursor c = message;
		struct sccp s;

		sccp_read_under(variant, &c, &s);
		assert(s.user.at == NULL || (s.user.at >= message.at && s.user.at <= s.user.end && s.user.end <= message.end));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct connection_data_limits data_limits = { .connections = 4, .age = 20, .key = { { 1, 2 } } };
	struct connection_data *pieces = connection_data_new(&data_limits);
	const struct sccp_segment_limits limits = { .messages = 3, .age = 20, .key = { { 1, 2 } } };
	const struct mtp3 mtp3 = { .opc = 1, .dpc = 2 };
	struct sccp_segments *segments = sccp_segments_new(&limits);
	struct cursor input = cursor_of(data, size);
	struct cursor message;
	uint8_t length = 0;

	assert(segments && pieces);
	for (nanos clock = 0; cursor_u8(&input, &length); clock++) {
		struct sccp s;
		struct cursor user;
		struct sccp_management management;
		struct cursor whole;
		enum verdict verdict;

		cursor_take(&input, length < cursor_left(&input) ? length : cursor_left(&input), &message);
		whole = message;
		verdict = sccp_read(&message, &s);
		message_check(whole, &s, verdict);
		labels_check(whole);
		if (verdict != VERDICT_DECODED)
			continue;
		assert(s.user.at == s.user.end || (s.user.at >= data && s.user.at <= s.user.end && s.user.end <= data + size));
		if (!s.is_connectionless) {
			if (connection_data_take(pieces, length & 1U, &mtp3, &s, clock, &user) == VERDICT_DECODED)
				assert(cursor_left(&user) <= CONNECTION_DATA_MAX);
			continue;
		}
		if (sccp_segments_take(segments, length & 1U, &mtp3, &s, clock, &user) == VERDICT_DECODED)
			assert(cursor_left(&user) <= 16U * 272U);
		sccp_management_read(MTP3_ITU, &s.user, &management);
	}
	connection_data_free(pieces);
	sccp_segments_free(segments);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCCP and its reassembly: the input is a row of messages, each with a length octet before it, all given to one small reassembler whose
 * clock goes on with every message. User data lie inside the message or are at most 16 segments long.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ss7/sccp.h"
#include "dataplane/ss7/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sccp_segment_limits limits = { .messages = 3, .age = 20, .key = { { 1, 2 } } };
	const struct mtp3 mtp3 = { .opc = 1, .dpc = 2 };
	struct sccp_segments *segments = sccp_segments_new(&limits);
	struct cursor input = cursor_of(data, size);
	struct cursor message;
	uint8_t length = 0;

	assert(segments);
	for (nanos clock = 0; cursor_u8(&input, &length); clock++) {
		struct sccp s;
		struct cursor user;
		struct sccp_management management;

		cursor_take(&input, length < cursor_left(&input) ? length : cursor_left(&input), &message);
		if (sccp_read(&message, &s) != VERDICT_DECODED)
			continue;
		assert(s.user.at >= data && s.user.at <= s.user.end && s.user.end <= data + size);
		if (sccp_segments_take(segments, length & 1U, &mtp3, &s, clock, &user) == VERDICT_DECODED)
			assert(cursor_left(&user) <= 16U * 272U);
		sccp_management_read(&s.user, &management);
	}
	sccp_segments_free(segments);
	return 0;
}

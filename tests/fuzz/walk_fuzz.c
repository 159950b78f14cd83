/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole walk under fuzzing: the input is cut into frames (two bytes of length each), so that associations, streams, fragments and
 * segments meet each other. Every frame must end in exactly one verdict.
 */
#include <assert.h>
#include <stdlib.h>

#include "dataplane/worker/walk.h"

static struct walk walk;
static struct plan plan;
static struct segments *segments;

static void set_up(void)
{
	char error[SEGMENT_ERROR_MAX];

	plan = (struct plan){
		.diameter_ports = { 3868 },
		.diameter_port_count = 1,
		.m3ua_ports = { 2905 },
		.m3ua_port_count = 1,
		.finds_diameter_anywhere = true,
		.limits = { .transactions = 64,
			    .associations = 8,
			    .streams = 8,
			    .reassembly = 4,
			    .held_bytes = 262144,
			    .names = 64,
			    .cells = 64,
			    .message_bytes = 65535 },
		.detection = { .tick = 200 * NANOS_PER_MS },
	};
	segments = segments_new(&plan, error);
	if (segments == NULL || !walk_open(&walk, &plan, segments))
		abort();
}

/* The bits of a length beyond the longest frame: mostly IP with and without Ethernet, else what has no network layer. */
static uint8_t link_type_of(uint16_t length)
{
	static const uint8_t bare[] = { LINK_TYPE_ETHERNET, LINK_TYPE_EXPORTED, LINK_TYPE_MTP2_PSEUDO, LINK_TYPE_SCCP };

	return length & 0x8000 ? LINK_TYPE_RAW_IP : bare[length >> 12 & 3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct frame frame = { .link_type = LINK_TYPE_ETHERNET };
	uint64_t before = walk.account.packets;
	uint64_t frames = 0;
	uint16_t length = 0;

	if (segments == NULL)
		set_up();
	while (cursor_be16(&c, &length)) {
		struct packet packet;
		struct cursor bytes;
		enum verdict v;

		if (!cursor_take(&c, length & 0x0fff, &bytes))
			bytes = c, c.at = c.end;
		frame.link_type = link_type_of(length);
		frame.bytes = bytes.at;
		frame.captured = frame.wire_length = (uint32_t)cursor_left(&bytes);
		frame.is_cut = (length & 0x4000) != 0;
		frame.sequence++;
		frame.number++;
		frame.time = frame.clock += 100 * NANOS_PER_MS;
		v = walk_frame(&walk, &frame, &packet);
		if (v == VERDICT_DECODED)
			walk_packet(&walk, &packet, frame.wire_length);
		else
			account_packet(&walk.account, v, frame.wire_length);
		assert(walk.indication_count <= WALK_INDICATIONS);
		walk.indication_count = 0;
		frames++;
	}
	assert(walk.account.packets == before + frames);
	return 0;
}

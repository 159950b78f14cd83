/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCTP packets through the chunk walk and the association table. The input is a row of packets: a control byte (which of two paths, cut or
 * not, a step of the clock), length (two bytes), bytes. Reassembled messages keep their limit; the counters agree with what came back.
 */
#include <stdlib.h>

#include "dataplane/transport/association.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MESSAGE_MAX 3000

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void touch(const struct cursor *window)
{
	struct cursor c = *window;
	volatile uint8_t last = 0;
	uint8_t byte = 0;

	while (cursor_u8(&c, &byte))
		last = byte;
	(void)last;
}

static void data_take(struct associations *a, const struct association_path *path, const struct sctp_chunk *chunk, nanos clock)
{
	struct sctp_data data;
	struct user_message message;

	if (sctp_data_read(chunk, &data) != VERDICT_DECODED)
		return;
	if (association_data(a, path, &data, clock, &message) != VERDICT_DECODED)
		return;
	require(cursor_left(&message.bytes) > 0);
	require(message.is_reassembled ? cursor_left(&message.bytes) <= MESSAGE_MAX : message.bytes.at == data.user.at);
	touch(&message.bytes);
}

static void chunk_take(struct associations *a, const struct association_path *path, const struct sctp_chunk *chunk, nanos clock)
{
	struct sctp_init init;
	uint32_t tsn = 0;

	switch (chunk->type) {
	case SCTP_DATA:
	case SCTP_I_DATA:
		data_take(a, path, chunk, clock);
		break;
	case SCTP_INIT_ACK:
		if (sctp_init_read(chunk, &init) == VERDICT_DECODED)
			association_init_ack(a, path, &init, clock);
		break;
	case SCTP_FORWARD_TSN:
	case SCTP_I_FORWARD_TSN:
		if (sctp_forward_tsn_read(chunk, &tsn) == VERDICT_DECODED)
			association_forward(a, path, tsn, clock);
		break;
	case SCTP_ABORT:
	case SCTP_SHUTDOWN_COMPLETE:
		association_end(a, path);
		break;
	default:
		break;
	}
}

static void packet_take(struct associations *a, struct cursor packet, uint8_t control, nanos clock)
{
	struct association_path path = { 0 };
	struct sctp_chunk chunk;
	struct sctp sctp;

	sctp_checksum_is_right(&packet);
	if (sctp_read(&packet, &sctp) != VERDICT_DECODED)
		return;
	path.verification_tag = sctp.verification_tag;
	path.source_port = sctp.source_port;
	path.destination_port = sctp.destination_port;
	path.source.bytes[15] = control & 1;
	while (cursor_left(&packet) > 0) {
		size_t before = cursor_left(&packet);

		if (sctp_chunk_read(&packet, (control & 2) != 0, &chunk) != VERDICT_DECODED)
			break;
		require(cursor_left(&packet) < before);
		touch(&chunk.value);
		chunk_take(a, &path, &chunk, clock);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct association_limits limits = {
		.directions = 3, .messages = 5, .message_bytes = MESSAGE_MAX, .idle = 2000, .age = 300, .key = { { 1, 2 } }
	};
	struct associations *a = associations_new(&limits);
	struct cursor c = cursor_of(data, size);
	struct cursor packet;
	uint16_t length = 0;
	uint8_t control = 0;
	nanos clock = 0;

	while (cursor_u8(&c, &control) && cursor_be16(&c, &length)) {
		if (!cursor_take(&c, length, &packet)) {
			packet = c;
			c.at = c.end;
		}
		clock += control >> 2;
		packet_take(a, packet, control, clock);
	}
	require(associations_counters(a)->duplicates <= associations_counters(a)->chunks);
	associations_free(a);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCTP packets (RFC 9260 3), see sctp.h. Pure functions, called by the walk of every worker.
 *
 * The common header (3.1), the walk over chunks with their padding (3.2), and the fixed parts of the chunks that carry or bound user
 * data: DATA (3.3.1), I-DATA (RFC 8260 2.1), INIT and INIT ACK (3.3.2, 3.3.3), FORWARD-TSN and I-FORWARD-TSN (RFC 3758 3.2, RFC
 * 8260 2.3.1). A last chunk without its padding is accepted: old stacks leave it out and the receiver can tell.
 *
 * Refused: chunks shorter than their header or longer than the packet, DATA without user data (RFC 9260 6.2: the receiver must abort),
 * an initiate tag of zero (3.3.2). Not looked at: parameters of INIT, gap reports, cookies, AUTH.
 */
#include "dataplane/transport/sctp.h"

#include "dataplane/base/bits.h"
#include "dataplane/transport/crc32c.h"

#define SCTP_INIT_FIXED 16

bool sctp_checksum_is_right(const struct cursor *packet)
{
	uint8_t header[SCTP_HEADER] = { 0 };
	struct cursor rest = *packet;
	uint32_t sent = 0;
	uint32_t sum;

	/* RFC 9260 6.8 and appendix A: the field counts as zero, and the sum travels with its least significant byte first. */
	if (!cursor_copy(&rest, header, SCTP_CHECKSUM_AT) || !cursor_le32(&rest, &sent))
		return false;
	sum = crc32c_add(CRC32C_START, header, sizeof(header));
	sum = crc32c_add(sum, rest.at, cursor_left(&rest));
	return crc32c_end(sum) == sent;
}

enum verdict sctp_odd_chunk_read(struct cursor *c, bool is_cut, struct sctp_chunk *ret)
{
	struct cursor at = *c;
	struct sctp_chunk chunk = { 0 };
	uint16_t length = 0;
	size_t padding = 0;

	if (!cursor_u8(&at, &chunk.type) || !cursor_u8(&at, &chunk.flags) || !cursor_be16(&at, &length))
		return is_cut ? VERDICT_FRAME_CUT : VERDICT_SCTP_CHUNK_LENGTH;
	if (length < SCTP_CHUNK_HEADER)
		return VERDICT_SCTP_CHUNK_LENGTH;
	length = (uint16_t)(length - SCTP_CHUNK_HEADER);
	if (cursor_left(&at) < length) {
		if (!is_cut)
			return VERDICT_SCTP_CHUNK_LENGTH;
		chunk.is_cut = true;
		length = (uint16_t)cursor_left(&at);
	}
	cursor_take(&at, length, &chunk.value);
	padding = -(size_t)length & 3;
	if (padding > cursor_left(&at))
		padding = cursor_left(&at);
	cursor_skip(&at, padding);
	*c = at;
	*ret = chunk;
	return VERDICT_DECODED;
}

enum verdict sctp_init_read(const struct sctp_chunk *chunk, struct sctp_init *ret)
{
	struct cursor value = chunk->value;
	struct cursor fixed;
	struct sctp_init init = { 0 };

	if (!cursor_take(&value, SCTP_INIT_FIXED, &fixed))
		return sctp_chunk_is_short(chunk);
	cursor_be32(&fixed, &init.initiate_tag);
	cursor_skip(&fixed, 4);
	cursor_be16(&fixed, &init.outbound_streams);
	cursor_be16(&fixed, &init.inbound_streams);
	cursor_be32(&fixed, &init.initial_tsn);
	if (init.initiate_tag == 0)
		return VERDICT_SCTP_CHUNK_VALUE;
	*ret = init;
	return VERDICT_DECODED;
}

/* RFC 9260 3.3.10: a code, a length that counts both, and what the cause is about, padded. */
static void causes_read(struct cursor value, struct sctp_event *event)
{
	uint16_t code = 0;
	uint16_t length = 0;

	while (event->cause_count < SCTP_CAUSES_MAX && cursor_be16(&value, &code) && cursor_be16(&value, &length) && length >= 4) {
		event->causes[event->cause_count++] = code;
		if (!cursor_skip(&value, (((size_t)length + 3) & ~(size_t)3) - 4))
			return;
	}
}

enum verdict sctp_event_read(const struct sctp_chunk *chunk, struct sctp_event *ret)
{
	struct sctp_event event = { .type = chunk->type };
	enum verdict verdict = VERDICT_DECODED;

	if (chunk->type == SCTP_INIT || chunk->type == SCTP_INIT_ACK) {
		verdict = sctp_init_read(chunk, &event.init);
		event.has_init = verdict == VERDICT_DECODED;
	}
	if (chunk->type == SCTP_ABORT || chunk->type == SCTP_ERROR)
		causes_read(chunk->value, &event);
	if (chunk->type == SCTP_ABORT || chunk->type == SCTP_SHUTDOWN_COMPLETE)
		event.reflects_tag = bits(chunk->flags, 0, 1) != 0;
	*ret = event;
	return verdict;
}

enum verdict sctp_forward_tsn_read(const struct sctp_chunk *chunk, uint32_t *ret_tsn)
{
	struct cursor value = chunk->value;

	if (!cursor_be32(&value, ret_tsn))
		return sctp_chunk_is_short(chunk);
	return VERDICT_DECODED;
}

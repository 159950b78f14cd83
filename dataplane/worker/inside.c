/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signalling inside of frames, see inside.h. Link, tunnels and IP are read by walk_frame() on a walk that has nothing but room for a few
 * fragments, so that what the walk finds is found here too; chunks of SCTP (RFC 9260 3.2) and the header of TCP (RFC 9293 3.1) are stepped
 * over once more.
 */
#include "dataplane/worker/inside.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/ip/ip.h"
#include "dataplane/transport/crc32c.h"
#include "dataplane/transport/sctp.h"
#include "dataplane/transport/tcp.h"
#include "dataplane/worker/walk.h"

#define DATAGRAMS       16
#define TCP_CHECKSUM_AT 16

struct inside_reader {
	struct walk walk;
};

struct inside_reader *inside_reader_new(void)
{
	struct defragment_limits limits = { .datagrams = DATAGRAMS, .age = NANOS_PER_S };
	struct inside_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->walk.defragmenter = defragmenter_new(&limits);
	if (r->walk.defragmenter != NULL)
		return r;
	free(r);
	return NULL;
}

void inside_reader_free(struct inside_reader *r)
{
	if (r == NULL)
		return;
	defragmenter_free(r->walk.defragmenter);
	free(r);
}

static void part_add(struct inside *in, const struct frame *frame, const struct inside_part *part, const uint8_t *at)
{
	if (in->part_count == INSIDE_PARTS_MAX)
		return;
	in->parts[in->part_count] = *part;
	in->parts[in->part_count++].at = (size_t)(at - frame->bytes);
}

static bool sctp_parts(const struct frame *frame, const struct packet *packet, struct inside *ret)
{
	struct cursor c = packet->bytes;
	struct sctp sctp;

	if (sctp_read(&c, &sctp) != VERDICT_DECODED)
		return false;
	ret->source_port = sctp.source_port;
	ret->destination_port = sctp.destination_port;
	while (cursor_left(&c) > 0) {
		struct sctp_chunk chunk;
		struct sctp_data data;

		if (sctp_chunk_read(&c, packet->is_cut, &chunk) != VERDICT_DECODED)
			break;
		if ((chunk.type != SCTP_DATA && chunk.type != SCTP_I_DATA) || sctp_data_read(&chunk, &data) != VERDICT_DECODED)
			continue;
		part_add(ret, frame,
			 &(struct inside_part){ .length = cursor_left(&data.user),
						.ppid = data.ppid,
						.is_whole = data.begins && data.ends && !data.is_cut },
			 data.user.at);
	}
	return true;
}

static bool tcp_parts(const struct frame *frame, const struct packet *packet, struct inside *ret)
{
	struct cursor c = packet->bytes;
	struct tcp tcp;

	if (tcp_read(&c, &tcp) != VERDICT_DECODED)
		return false;
	ret->source_port = tcp.source_port;
	ret->destination_port = tcp.destination_port;
	if (cursor_left(&tcp.payload) > 0)
		part_add(ret, frame, &(struct inside_part){ .length = cursor_left(&tcp.payload), .is_whole = !packet->is_cut },
			 tcp.payload.at);
	return true;
}

bool inside_read(struct inside_reader *r, const struct frame *frame, struct inside *ret)
{
	struct packet packet;

	if (walk_frame(&r->walk, frame, &packet) != VERDICT_DECODED || packet.is_reassembled)
		return false;
	*ret = (struct inside){ .source = packet.source,
				.destination = packet.destination,
				.source_port = packet.source_port,
				.destination_port = packet.destination_port,
				.protocol = packet.protocol,
				.is_cut = packet.is_cut,
				.transport = (size_t)(packet.bytes.at - frame->bytes),
				.length = cursor_left(&packet.bytes) };
	if (packet.protocol == IP_PROTOCOL_SCTP)
		return sctp_parts(frame, &packet, ret);
	if (packet.protocol == IP_PROTOCOL_TCP)
		return tcp_parts(frame, &packet, ret);
	part_add(ret, frame, &(struct inside_part){ .length = ret->length, .ppid = packet.payload_protocol, .is_whole = !packet.is_cut },
		 packet.bytes.at);
	return true;
}

static void sctp_mend(const struct inside *in, const uint8_t *before, uint8_t *after)
{
	static const uint8_t zeros[4];
	const struct cursor was = cursor_of(before + in->transport, in->length);
	uint8_t *packet = after + in->transport;
	uint32_t sum;

	if (in->is_cut || !sctp_checksum_is_right(&was))
		return;
	sum = crc32c_add(CRC32C_START, packet, SCTP_CHECKSUM_AT);
	sum = crc32c_add(sum, zeros, sizeof(zeros));
	sum = crc32c_end(crc32c_add(sum, packet + SCTP_HEADER, in->length - SCTP_HEADER));
	for (int i = 0; i < 4; i++)
		packet[SCTP_CHECKSUM_AT + i] = (uint8_t)(sum >> 8 * i);
}

/* The sum of RFC 1071 over a packet, but for its checksum; a last odd byte counts as if a zero followed. */
static uint32_t internet_sum(const uint8_t *packet, size_t length)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < length; i += 2) {
		if (i != TCP_CHECKSUM_AT)
			sum += (uint32_t)packet[i] << 8 | (i + 1 < length ? packet[i + 1] : 0);
	}
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

/* RFC 1624 eqn. 3: the addresses of the pseudo header need not be known to take the difference. */
static void tcp_mend(const struct inside *in, const uint8_t *before, uint8_t *after)
{
	uint8_t *checksum = after + in->transport + TCP_CHECKSUM_AT;
	uint32_t sum = ~((uint32_t)checksum[0] << 8 | checksum[1]) & 0xffff;

	sum += ~internet_sum(before + in->transport, in->length) & 0xffff;
	sum += internet_sum(after + in->transport, in->length);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	checksum[0] = (uint8_t)(sum >> 8);
	checksum[1] = (uint8_t)sum;
}

void inside_mend(const struct inside *in, const uint8_t *before, uint8_t *after)
{
	if (in->protocol == IP_PROTOCOL_SCTP && in->length >= SCTP_HEADER)
		sctp_mend(in, before, after);
	else if (in->protocol == IP_PROTOCOL_TCP && in->length >= TCP_CHECKSUM_AT + 2)
		tcp_mend(in, before, after);
}

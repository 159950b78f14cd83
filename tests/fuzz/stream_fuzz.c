/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments of two connections in any order. Every payload byte is the low octet of its sequence number, so the bytes that a stream hands
 * out must count upwards, whatever was lost, repeated or given up; and each frame is freed as soon as it was read.
 * Input, eight octets per segment: flags and direction, clock step, sequence (4, big endian), payload length, bytes used.
 */
#include <assert.h>
#include <stdlib.h>

#include "dataplane/transport/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct stream_limits limits = {
	.streams = 3, .held_bytes = 1024, .stream_bytes = 512, .hold = 100 * NANOS_PER_MS, .idle = NANOS_PER_S, .key = { { 3, 4 } }
};

struct step {
	uint8_t flags;
	uint8_t direction;
	uint8_t clock_step;
	uint8_t length;
	uint8_t used;
	uint32_t sequence;
};

static bool step_read(struct cursor *c, struct step *ret)
{
	uint8_t first = 0;

	if (cursor_left(c) < 8)
		return false;
	cursor_u8(c, &first);
	cursor_u8(c, &ret->clock_step);
	cursor_be32(c, &ret->sequence);
	cursor_u8(c, &ret->length);
	cursor_u8(c, &ret->used);
	ret->flags = first & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
	ret->direction = first >> 5;
	return true;
}

static void bytes_take(struct streams *s, struct stream *stream, size_t used)
{
	struct cursor bytes;
	bool is_fresh = false;
	uint8_t octet = 0;
	uint8_t last = 0;

	if (stream == NULL || !stream_bytes(s, stream, &bytes, &is_fresh))
		return;
	used = used < cursor_left(&bytes) ? used : cursor_left(&bytes);
	for (size_t i = 0; cursor_u8(&bytes, &octet); i++) {
		assert(i == 0 || octet == (uint8_t)(last + 1));
		last = octet;
	}
	if (used != 255)
		stream_use(s, stream, used);
}

static void step_push(struct streams *s, const struct step *step, nanos clock)
{
	struct stream_path path = { .source_port = (uint16_t)(1 + (step->direction & 1)),
				    .destination_port = (uint16_t)(2 - (step->direction & 1)) };
	uint8_t *frame = malloc((size_t)step->length + 1);
	struct tcp tcp = { .sequence = step->sequence, .acknowledgement = step->sequence, .flags = step->flags };
	struct stream *stream = NULL;
	enum verdict verdict = VERDICT_DECODED;

	assert(frame != NULL);
	path.source.bytes[0] = step->direction & 2;
	path.destination.bytes[0] = step->direction & 2;
	for (size_t i = 0; i < step->length; i++)
		frame[i] = (uint8_t)(step->sequence + ((step->flags & TCP_SYN) != 0) + i);
	tcp.payload = cursor_of(frame, step->length);
	verdict = stream_push(s, &path, &tcp, clock, &stream);
	if (verdict == VERDICT_DECODED || verdict == VERDICT_REASSEMBLY_FULL)
		bytes_take(s, stream, step->used);
	bytes_take(s, streams_awakened(s), step->used);
	if (stream != NULL && step->direction == 7 && step->used == 99)
		stream_ignore(s, stream);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct streams *s = streams_new(&limits);
	struct cursor c = cursor_of(data, size);
	struct stream *waiting[2];
	struct step step = { 0 };
	nanos clock = 0;
	size_t count = 0;

	assert(s != NULL);
	while (step_read(&c, &step)) {
		clock += (step.clock_step - 16) * NANOS_PER_MS;
		step_push(s, &step, clock);
	}
	for (size_t calls = 0; (count = streams_flush(s, waiting, 2)) > 0; calls++) {
		assert(calls < 1000);
		for (size_t i = 0; i < count; i++)
			bytes_take(s, waiting[i], SIZE_MAX);
	}
	streams_free(s);
	return 0;
}

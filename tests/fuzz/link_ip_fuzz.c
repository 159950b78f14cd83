/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of every link type through link, ip and defragment. The input is a row of frames: link type, length (two bytes), bytes. What
 * comes out must lie inside the frame, or be a datagram of at most 65,535 bytes.
 */
#include <stdlib.h>

#include "dataplane/ip/defragment.h"
#include "dataplane/link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Touches every byte so that the sanitizers see a window that lies outside. */
static void touch(const struct cursor *window)
{
	struct cursor c = *window;
	volatile uint8_t last = 0;
	uint8_t byte = 0;

	while (cursor_u8(&c, &byte))
		last = byte;
	(void)last;
}

/* What is read in line must be what the general readers say; `c` stands where link_read() put it. */
static void usual_compare(struct cursor frame, struct cursor c, bool is_cut)
{
	struct ip_address source;
	struct ip_address destination;
	const struct ip_ends ends = { .source = &source, .destination = &destination };
	struct cursor usual = c;
	uint8_t protocol = 0;
	struct ip ip;

	if (ip_usual_read(&usual, &ends, &protocol)) {
		require(ip_read(&c, is_cut, &ip) == VERDICT_DECODED && !ip.is_fragment && !ip.is_cut && ip.protocol == protocol);
		require(usual.at == ip.payload.at && usual.end == ip.payload.end);
		require(ip_address_is_same(&source, &ip.source) && ip_address_is_same(&destination, &ip.destination));
	} else {
		require(usual.at == c.at && usual.end == c.end);
	}
	usual = frame;
	if (link_usual_read(&usual)) {
		struct link link;

		require(link_read(&frame, LINK_TYPE_ETHERNET, &link) == VERDICT_DECODED);
		require(usual.at == frame.at && usual.end == frame.end);
	}
}

static void frame_read(struct defragmenter *d, struct cursor frame, uint8_t type, nanos clock)
{
	bool is_cut = (type & 0x80) != 0;
	struct cursor c = frame;
	struct cursor whole;
	struct link link;
	struct ip ip;

	if (link_read(&c, (enum link_type)(type % (LINK_TYPE_PPPOE + 1)), &link) != VERDICT_DECODED) {
		require(c.at == frame.at && c.end == frame.end);
		return;
	}
	usual_compare(frame, c, is_cut);
	require(link.ip_version == 4 || link.ip_version == 6);
	require(c.at >= frame.at && c.end == frame.end);
	if (ip_read(&c, is_cut, &ip) != VERDICT_DECODED)
		return;
	require(ip.version == link.ip_version && (is_cut || !ip.is_cut));
	require(ip.payload.at >= frame.at && ip.payload.end <= frame.end);
	touch(&ip.payload);
	if (defragmenter_take(d, &ip, clock, &whole) != VERDICT_DECODED)
		return;
	touch(&whole);
	require(!ip.is_fragment || cursor_left(&whole) <= 65535);
	if (ip_whole(&whole, &ip) == VERDICT_DECODED)
		require(ip.payload.at >= whole.at && ip.payload.end <= whole.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct defragment_limits limits = { .datagrams = 3, .age = 40, .key = { { 1, 2 } } };
	struct defragmenter *d = defragmenter_new(&limits);
	struct cursor c = cursor_of(data, size);
	struct cursor frame;
	uint16_t length = 0;
	uint8_t type = 0;

	for (nanos clock = 0; cursor_u8(&c, &type) && cursor_be16(&c, &length); clock++) {
		if (!cursor_take(&c, length, &frame)) {
			frame = c;
			c.at = c.end;
		}
		frame_read(d, frame, type, clock);
	}
	defragmenter_free(d);
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng blocks, see pcapng_write.h; sections and codes are those of draft-ietf-opsawg-pcapng. In the byte order of this machine, which the
 * section says. Called by the thread that keeps evidence.
 */
#include "control/evidence/pcapng_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)512 << 10)
/* Without the packet, its comments and its padding: header, trailer, fixed part, end of options. */
#define PACKET_FIXED 64

/* 4.1 */
#define BYTE_ORDER_MARK 0x1a2b3c4d
/* 3.5, 4.1, 4.2 */
#define OPTION_END         0
#define OPTION_APPLICATION 4
#define OPTION_NAME        2
#define OPTION_RESOLUTION  9

/* LINKTYPE_ numbers (www.tcpdump.org/linktypes.html); 147 is reserved for private use. */
static const uint16_t link_numbers[] = {
	[LINK_TYPE_UNSUPPORTED] = 147, [LINK_TYPE_ETHERNET] = 1, [LINK_TYPE_LINUX_SLL] = 113,   [LINK_TYPE_LINUX_SLL2] = 276,
	[LINK_TYPE_RAW_IP] = 101,      [LINK_TYPE_NULL] = 0,     [LINK_TYPE_PPP] = 9,           [LINK_TYPE_CISCO_HDLC] = 104,
	[LINK_TYPE_PPPOE] = 51,        [LINK_TYPE_MTP2] = 140,   [LINK_TYPE_MTP2_PSEUDO] = 139, [LINK_TYPE_MTP3] = 141,
	[LINK_TYPE_SCCP] = 142,        [LINK_TYPE_SCTP] = 248,   [LINK_TYPE_EXPORTED] = 252,
};

uint8_t pcapng_link_type(uint16_t number)
{
	for (size_t i = 0; i < sizeof(link_numbers) / sizeof(link_numbers[0]); i++) {
		if (link_numbers[i] == number)
			return (uint8_t)i;
	}
	return LINK_TYPE_UNSUPPORTED;
}

static void put(struct pcapng_writer *w, const void *bytes, size_t length)
{
	if (length > 0)
		memcpy(w->buffer + w->waiting, bytes, length);
	w->waiting += length;
}

static void put_u32(struct pcapng_writer *w, uint32_t value)
{
	put(w, &value, sizeof(value));
}

static void put_padding(struct pcapng_writer *w)
{
	static const uint8_t zeros[4];

	put(w, zeros, (4 - w->waiting % 4) % 4);
}

static void put_option(struct pcapng_writer *w, uint16_t code, const void *value, size_t length)
{
	uint16_t head[2] = { code, (uint16_t)length };

	put(w, head, sizeof(head));
	put(w, value, length);
	put_padding(w);
}

static void put_text(struct pcapng_writer *w, uint16_t code, const char *text)
{
	size_t length = strlen(text);

	put_option(w, code, text, length < PCAPNG_COMMENT_MAX ? length : PCAPNG_COMMENT_MAX);
}

bool pcapng_flush(struct pcapng_writer *w)
{
	size_t done = 0;

	while (w->error == 0 && done < w->waiting) {
		ssize_t written = write(w->file, w->buffer + done, w->waiting - done);

		if (written > 0)
			done += (size_t)written;
		else if (written < 0 && errno != EINTR)
			w->error = errno;
	}
	w->waiting = 0;
	return w->error == 0;
}

/* Begins a block that takes at most `most` bytes; returns where. Every block begins at a multiple of 4 in the buffer. */
static size_t block_begin(struct pcapng_writer *w, uint32_t type, size_t most)
{
	size_t at;

	if (w->waiting + most > BUFFER_BYTES)
		pcapng_flush(w);
	at = w->waiting;
	put_u32(w, type);
	put_u32(w, 0);
	return at;
}

static void block_end(struct pcapng_writer *w, size_t at)
{
	uint32_t length;

	put_option(w, OPTION_END, NULL, 0);
	length = (uint32_t)(w->waiting - at) + 4;
	put_u32(w, length);
	memcpy(w->buffer + at + 4, &length, sizeof(length));
	w->written += length;
}

bool pcapng_begin(struct pcapng_writer *w, int file, const char *comment)
{
	const uint16_t version[2] = { 1, 0 };
	const uint64_t length_unknown = UINT64_MAX;
	size_t at;

	memset(w, 0, sizeof(*w));
	w->file = file;
	w->buffer = malloc(BUFFER_BYTES);
	if (w->buffer == NULL)
		return false;
	at = block_begin(w, PCAPNG_BLOCK_SECTION, PACKET_FIXED + 2 * (size_t)PCAPNG_COMMENT_MAX);
	put_u32(w, BYTE_ORDER_MARK);
	put(w, version, sizeof(version));
	put(w, &length_unknown, sizeof(length_unknown));
	put_text(w, PCAPNG_OPTION_COMMENT, comment);
	put_text(w, OPTION_APPLICATION, "sigcanary " SIGCANARY_VERSION);
	block_end(w, at);
	return true;
}

static void interface_put(struct pcapng_writer *w, const struct pcapng_interface *interface)
{
	const uint16_t fixed[2] = { link_numbers[interface->link_type], 0 };
	const uint8_t nanoseconds = 9;
	char name[] = "tap 00000";
	unsigned int number = interface->tap;
	size_t at = block_begin(w, PCAPNG_BLOCK_INTERFACE, PACKET_FIXED + sizeof(name));

	for (size_t i = sizeof(name) - 2; i >= 4; i--, number /= 10)
		name[i] = (char)('0' + number % 10);
	put(w, fixed, sizeof(fixed));
	put_u32(w, 0); /* no limit of length is known */
	put_text(w, OPTION_NAME, name);
	put_option(w, OPTION_RESOLUTION, &nanoseconds, 1);
	block_end(w, at);
}

/* The number of the frame's interface, which is described first where it is new. With too many the first stands for the rest. */
static uint32_t interface_of(struct pcapng_writer *w, const struct frame *frame)
{
	const struct pcapng_interface wanted = { frame->tap, frame->link_type };

	for (size_t i = 0; i < w->interface_count; i++) {
		if (w->interfaces[i].tap == wanted.tap && w->interfaces[i].link_type == wanted.link_type)
			return (uint32_t)i;
	}
	if (w->interface_count == PCAPNG_INTERFACES_MAX)
		return 0;
	w->interfaces[w->interface_count] = wanted;
	interface_put(w, &wanted);
	return (uint32_t)w->interface_count++;
}

void pcapng_packet(struct pcapng_writer *w, const struct frame *frame, const char *const *comments, size_t count)
{
	uint32_t interface = interface_of(w, frame);
	size_t most = PACKET_FIXED + frame->captured + PCAPNG_COMMENTS_MAX * (size_t)(PCAPNG_COMMENT_MAX + 8);
	size_t at = block_begin(w, PCAPNG_BLOCK_PACKET, most);

	put_u32(w, interface);
	put_u32(w, (uint32_t)((uint64_t)frame->time >> 32));
	put_u32(w, (uint32_t)frame->time);
	put_u32(w, frame->captured);
	put_u32(w, frame->wire_length);
	put(w, frame->bytes, frame->captured);
	put_padding(w);
	for (size_t i = 0; i < count && i < PCAPNG_COMMENTS_MAX; i++)
		put_text(w, PCAPNG_OPTION_COMMENT, comments[i]);
	block_end(w, at);
}

bool pcapng_end(struct pcapng_writer *w)
{
	bool is_whole = w->buffer != NULL && pcapng_flush(w);

	free(w->buffer);
	w->buffer = NULL;
	return is_whole;
}

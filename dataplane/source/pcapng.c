/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reader of pcapng (draft-ietf-opsawg-pcapng-03; section numbers below are its own): Section Header (4.1), Interface Description (4.2),
 * Enhanced (4.3) and Simple Packet Blocks (4.4), the obsolete Packet Block (appendix A). Everything else is stepped over unread. Both byte
 * orders, several sections, interfaces of different link types and time resolutions, which libpcap refuses in one file.
 *
 * Called by capture.c from the thread that owns the source; block.c carves the blocks out of the stream.
 *
 * Refused: blocks that block.c refuses or that are shorter than their fixed part, options that do not fit, packets of an interface that
 * was not described or larger than their block, more than 4,096 interfaces in a section, versions other than 1.0 and 1.2. A Simple Packet
 * Block has no time: it gets the time of the packet before it in the file. Interface statistics, names, decryption secrets and comments
 * are not used.
 */
#include "dataplane/source/pcapng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/bits.h"
#include "dataplane/base/cursor.h"
#include "dataplane/frame.h"
#include "dataplane/source/block.h"
#include "dataplane/source/clock.h"
#include "dataplane/source/linktype.h"
#include "dataplane/source/source.h"

#define INTERFACES_MAX 4096

#define OPTION_END           0
#define OPTION_TSRESOL       9
#define OPTION_TSOFFSET      14
#define TSRESOL_DEFAULT      6
#define TSRESOL_DECIMALS_MAX 28 /* the divisor is 10^19, more does not fit in 64 bits: all of them reach no further than 2 ns */
#define TSRESOL_BITS_MAX     63 /* all 64 bits reach 2 s */

struct interface {
	uint32_t snap_length;
	uint8_t link_type;
	bool is_binary; /* units of 2^-exponent seconds, otherwise of 10^-exponent */
	uint8_t exponent;
	uint64_t multiplier; /* nanoseconds in a unit, when a unit is at least that long */
	uint64_t divisor;    /* units in a nanosecond otherwise */
	nanos offset;
};

struct pcapng {
	nanos last_time;
	size_t interface_count; /* of this section */
	struct interface interfaces[INTERFACES_MAX];
	struct blocks blocks;
};

/* 4.1: magic, version, section length (not used: blocks say where they end), options. */
static bool section_read(struct pcapng *p, struct cursor *c)
{
	uint16_t major;
	uint16_t minor;

	if (!cursor_skip(c, sizeof(uint32_t)) || !block_u16(&p->blocks, c, &major) || !block_u16(&p->blocks, c, &minor) ||
	    !cursor_skip(c, sizeof(uint64_t)))
		return blocks_broken(&p->blocks, "a section header shorter than its fixed part");
	/* 1.2 is 1.0 by the name of some early writers. */
	if (major != 1 || (minor != 0 && minor != 2))
		return blocks_broken(&p->blocks, "version %u.%u of pcapng, only 1.0 is known", major, minor);
	p->interface_count = 0;
	return true;
}

/* if_tsresol (4.2): the highest bit tells powers of 2 from powers of 10. */
static void resolution_set(struct interface *i, uint8_t value)
{
	i->is_binary = bits(value, 7, 1) != 0;
	i->exponent = (uint8_t)bits(value, 0, 7);
	i->multiplier = 1;
	i->divisor = 1;
	for (unsigned int e = i->exponent; e < 9; e++)
		i->multiplier *= 10;
	for (unsigned int e = 9; e < i->exponent && e < TSRESOL_DECIMALS_MAX; e++)
		i->divisor *= 10;
}

static bool options_read(struct pcapng *p, struct cursor *c, struct interface *i)
{
	while (cursor_left(c) > 0) {
		struct cursor value;
		uint16_t code;
		uint16_t length;
		uint8_t resolution;
		int64_t seconds;

		if (!block_u16(&p->blocks, c, &code) || !block_u16(&p->blocks, c, &length))
			return blocks_broken(&p->blocks, "an option that does not fit in its interface description");
		if (code == OPTION_END)
			return true;
		/* Padded to 32 bits (3.5). */
		if (!cursor_take(c, ((size_t)length + 3) & ~(size_t)3, &value))
			return blocks_broken(&p->blocks, "an option that does not fit in its interface description");
		cursor_trim(&value, length);
		if (code == OPTION_TSRESOL && cursor_u8(&value, &resolution))
			resolution_set(i, resolution);
		if (code == OPTION_TSOFFSET && block_offset(&p->blocks, &value, &seconds) &&
		    __builtin_mul_overflow(seconds, NANOS_PER_S, &i->offset))
			i->offset = seconds < 0 ? -CLOCK_TIME_MAX : CLOCK_TIME_MAX;
	}
	return true;
}

/* 4.2 */
static bool interface_read(struct pcapng *p, struct cursor *c)
{
	struct interface i = { 0 };
	uint16_t link_type;

	if (!block_u16(&p->blocks, c, &link_type) || !cursor_skip(c, sizeof(uint16_t)) || !block_u32(&p->blocks, c, &i.snap_length))
		return blocks_broken(&p->blocks, "an interface description shorter than its fixed part");
	if (p->interface_count == INTERFACES_MAX)
		return blocks_broken(&p->blocks, "more than %u interfaces in a section", INTERFACES_MAX);
	i.link_type = linktype_read(link_type);
	resolution_set(&i, TSRESOL_DEFAULT);
	if (!options_read(p, c, &i))
		return false;
	p->interfaces[p->interface_count++] = i;
	return true;
}

/* Nanoseconds since the epoch; what lies beyond the year 2116 is held there. The division is met with units below a nanosecond only. */
static nanos time_convert(const struct interface *i, uint64_t units)
{
	uint64_t result;
	nanos time;

	if (i->is_binary) {
		unsigned int shift = i->exponent < TSRESOL_BITS_MAX ? i->exponent : TSRESOL_BITS_MAX;
		uint64_t fraction = units & ((UINT64_C(1) << shift) - 1);
		uint64_t seconds = units >> shift;

		/* 30 bits of the fraction are finer than a nanosecond and leave room for the product. */
		if (shift > 30) {
			fraction >>= shift - 30;
			shift = 30;
		}
		if (__builtin_mul_overflow(seconds, (uint64_t)NANOS_PER_S, &result))
			result = CLOCK_TIME_MAX;
		else if (result < CLOCK_TIME_MAX)
			result += (fraction * (uint64_t)NANOS_PER_S) >> shift;
	} else if (i->divisor > 1) {
		result = units / i->divisor;
	} else if (__builtin_mul_overflow(units, i->multiplier, &result)) {
		result = CLOCK_TIME_MAX;
	}
	if (result > CLOCK_TIME_MAX)
		result = CLOCK_TIME_MAX;
	if (__builtin_add_overflow((nanos)result, i->offset, &time))
		time = i->offset < 0 ? -CLOCK_TIME_MAX : CLOCK_TIME_MAX;
	if (time > CLOCK_TIME_MAX)
		return CLOCK_TIME_MAX;
	return time < -CLOCK_TIME_MAX ? -CLOCK_TIME_MAX : time;
}

struct packet_header {
	uint32_t interface;
	bool has_time;
	uint64_t units;
	uint32_t captured;
	uint32_t wire_length;
};

/* The fixed part of a packet block: 4.3, 4.4, appendix A. */
static bool packet_header_read(struct pcapng *p, struct block *b, struct packet_header *ret)
{
	struct packet_header h = { .has_time = b->type != BLOCK_SIMPLE_PACKET };
	struct cursor *c = &b->body;
	uint16_t interface = 0;

	if (b->type == BLOCK_SIMPLE_PACKET) {
		if (!block_u32(&p->blocks, c, &h.wire_length))
			return false;
		h.captured = h.wire_length;
		*ret = h;
		return true;
	}
	if (b->type == BLOCK_PACKET) {
		if (!block_u16(&p->blocks, c, &interface) || !cursor_skip(c, sizeof(uint16_t)))
			return false;
		h.interface = interface;
	} else if (!block_u32(&p->blocks, c, &h.interface)) {
		return false;
	}
	if (!block_time(&p->blocks, c, &h.units) || !block_u32(&p->blocks, c, &h.captured) || !block_u32(&p->blocks, c, &h.wire_length))
		return false;
	*ret = h;
	return true;
}

static bool packet_read(struct pcapng *p, struct block *b, struct capture_record *ret)
{
	struct packet_header h;
	const struct interface *i;

	if (!packet_header_read(p, b, &h))
		return blocks_broken(&p->blocks, "a packet block shorter than its fixed part");
	if (h.interface >= p->interface_count)
		return blocks_broken(&p->blocks, "a packet of interface %u, but only %zu are described", h.interface, p->interface_count);
	i = &p->interfaces[h.interface];
	/* A Simple Packet Block leaves its captured length to the snap length (4.4). */
	if (!h.has_time && i->snap_length > 0 && h.captured > i->snap_length)
		h.captured = i->snap_length;
	if (h.captured > cursor_left(&b->body))
		return blocks_broken(&p->blocks, "a packet of %u bytes in a block that has room for %zu", h.captured,
				     cursor_left(&b->body));
	if (h.has_time)
		p->last_time = time_convert(i, h.units);
	p->blocks.packets++;
	*ret = (struct capture_record){
		.bytes = b->body.at,
		.captured = h.captured < CAPTURE_BYTES_MAX ? h.captured : CAPTURE_BYTES_MAX,
		.wire_length = h.wire_length > h.captured ? h.wire_length : h.captured,
		.time = p->last_time,
		.link_type = i->link_type,
	};
	return true;
}

struct pcapng *pcapng_open(struct inflate *input, char *error)
{
	struct pcapng *p = malloc(sizeof(*p));
	struct block b;

	if (p == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: no memory to read it", inflate_name(input));
		return NULL;
	}
	p->last_time = 0;
	p->interface_count = 0;
	blocks_begin(&p->blocks, input);
	if (blocks_next(&p->blocks, &b) != BLOCK_READ || !section_read(p, &b.body)) {
		snprintf(error, SOURCE_ERROR_MAX, "%s", p->blocks.error);
		free(p);
		return NULL;
	}
	return p;
}

enum capture_state pcapng_next(struct pcapng *p, struct capture_record *ret)
{
	while (p->blocks.error[0] == '\0') {
		struct block b;
		enum block_state state = blocks_next(&p->blocks, &b);

		if (state == BLOCK_NONE)
			return CAPTURE_END;
		if (state != BLOCK_READ)
			continue;
		if (b.type == BLOCK_SECTION_HEADER)
			section_read(p, &b.body);
		else if (b.type == BLOCK_INTERFACE)
			interface_read(p, &b.body);
		else if (packet_read(p, &b, ret))
			return CAPTURE_RECORD;
	}
	return CAPTURE_DAMAGED;
}

const char *pcapng_error(const struct pcapng *p)
{
	return p->blocks.error;
}

void pcapng_close(struct pcapng *p)
{
	free(p);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes of what is usual. Owned by control, called by memory.c; pure functions but for the memory that grows. */
#include "control/detect/pack.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MOST 1e18

void pack_bytes(struct pack *p, const void *bytes, size_t length)
{
	if (p->has_failed)
		return;
	if (p->room - p->length < length) {
		size_t room = 2 * (p->room + length);
		uint8_t *more = realloc(p->bytes, room);

		if (more == NULL) {
			p->has_failed = true;
			return;
		}
		p->bytes = more;
		p->room = room;
	}
	memcpy(p->bytes + p->length, bytes, length);
	p->length += length;
}

void pack_number(struct pack *p, uint64_t number, unsigned int width)
{
	uint8_t bytes[8];

	for (unsigned int i = 0; i < width; i++)
		bytes[i] = (uint8_t)(number >> 8 * (width - 1 - i));
	pack_bytes(p, bytes, width);
}

void pack_double(struct pack *p, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	pack_number(p, bits, 8);
}

void pack_text(struct pack *p, const char *text)
{
	size_t length = strlen(text);

	pack_number(p, length, 2);
	pack_bytes(p, text, length);
}

uint32_t pack_crc32(const uint8_t *bytes, size_t length)
{
	static const uint32_t nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}

/* Nothing that is kept is negative, infinite, or not a number. */
bool unpack_double(struct cursor *c, double *ret)
{
	uint64_t bits;

	if (!cursor_be64(c, &bits))
		return false;
	memcpy(ret, &bits, sizeof(*ret));
	return *ret >= 0 && *ret <= NUMBER_MOST;
}

bool unpack_text(struct cursor *c, char *text, size_t room)
{
	uint16_t length;

	if (!cursor_be16(c, &length) || length >= room || !cursor_copy(c, text, length))
		return false;
	text[length] = '\0';
	return strlen(text) == length;
}

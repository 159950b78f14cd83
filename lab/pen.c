/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing bytes for the encoders of lab/. Elements of BER are written forwards: one octet is kept for the length and the contents
 * move when the long form (X.690 8.1.3.5) is needed, which only long messages pay for.
 *
 * Used by every encode_*.c and by the transports; knows no protocol.
 */
#include "lab/pen.h"

#include <assert.h>
#include <string.h>

void pen_octets(struct pen *p, const void *bytes, size_t length)
{
	assert(length <= p->capacity - p->length);
	memcpy(p->bytes + p->length, bytes, length);
	p->length += length;
}

void pen_zeros(struct pen *p, size_t count)
{
	assert(count <= p->capacity - p->length);
	memset(p->bytes + p->length, 0, count);
	p->length += count;
}

void pen_8(struct pen *p, uint8_t value)
{
	pen_octets(p, &value, 1);
}

void pen_16(struct pen *p, uint16_t value)
{
	uint8_t octets[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	pen_octets(p, octets, 2);
}

void pen_24(struct pen *p, uint32_t value)
{
	uint8_t octets[3] = { (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };

	pen_octets(p, octets, 3);
}

void pen_32(struct pen *p, uint32_t value)
{
	pen_16(p, (uint16_t)(value >> 16));
	pen_16(p, (uint16_t)value);
}

void pen_pad_4(struct pen *p)
{
	pen_zeros(p, (4 - p->length % 4) % 4);
}

void pen_16_at(struct pen *p, size_t at, uint16_t value)
{
	assert(at + 2 <= p->length);
	p->bytes[at] = (uint8_t)(value >> 8);
	p->bytes[at + 1] = (uint8_t)value;
}

void pen_24_at(struct pen *p, size_t at, uint32_t value)
{
	assert(at + 3 <= p->length);
	p->bytes[at] = (uint8_t)(value >> 16);
	pen_16_at(p, at + 1, (uint16_t)value);
}

size_t pen_ber_open(struct pen *p, uint8_t tag)
{
	pen_8(p, tag);
	pen_8(p, 0);
	return p->length;
}

void pen_ber_close(struct pen *p, size_t mark)
{
	size_t length = p->length - mark;
	size_t extra = length < 128 ? 0 : length < 256 ? 1 : 2;

	assert(length < 65536);
	if (extra == 0) {
		p->bytes[mark - 1] = (uint8_t)length;
		return;
	}
	pen_zeros(p, extra);
	memmove(p->bytes + mark + extra, p->bytes + mark, length);
	p->bytes[mark - 1] = (uint8_t)(0x80 + extra);
	if (extra == 1)
		p->bytes[mark] = (uint8_t)length;
	else
		pen_16_at(p, mark, (uint16_t)length);
}

void pen_ber(struct pen *p, uint8_t tag, const void *bytes, size_t length)
{
	size_t mark = pen_ber_open(p, tag);

	pen_octets(p, bytes, length);
	pen_ber_close(p, mark);
}

void pen_ber_8(struct pen *p, uint8_t tag, uint8_t value)
{
	pen_ber(p, tag, &value, 1);
}

size_t pen_tbcd(struct pen *p, const char *digits)
{
	size_t count = strlen(digits);

	for (size_t i = 0; i < count; i += 2) {
		unsigned int low = (unsigned int)(digits[i] - '0');
		unsigned int high = i + 1 < count ? (unsigned int)(digits[i + 1] - '0') : 15;

		pen_8(p, (uint8_t)(high << 4 | low));
	}
	return (count + 1) / 2;
}

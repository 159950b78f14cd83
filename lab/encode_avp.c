/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Diameter header (RFC 6733 3) and AVPs (4.1): length without padding, padding to four octets, vendor when not zero. Marks are the
 * place where the header began. Pure functions over a pen.
 */
#include "lab/encode_avp.h"

#include "dataplane/base/hash.h"

#define FLAG_VENDOR    0x80
#define FLAG_MANDATORY 0x40

size_t message_open(struct pen *p, const struct diameter_head *head)
{
	size_t mark = p->length;

	pen_8(p, 1);
	pen_24(p, 0);
	pen_8(p, head->flags);
	pen_24(p, head->command);
	pen_32(p, head->application);
	pen_32(p, head->hop);
	pen_32(p, head->end);
	return mark;
}

void message_close(struct pen *p, size_t mark)
{
	pen_24_at(p, mark + 1, (uint32_t)(p->length - mark));
}

static size_t avp_begin(struct pen *p, uint32_t code, uint32_t vendor, uint8_t flags)
{
	size_t mark = p->length;

	pen_32(p, code);
	pen_8(p, (uint8_t)(flags | (vendor != 0 ? FLAG_VENDOR : 0)));
	pen_24(p, 0);
	if (vendor != 0)
		pen_32(p, vendor);
	return mark;
}

size_t avp_open(struct pen *p, uint32_t code, uint32_t vendor)
{
	return avp_begin(p, code, vendor, FLAG_MANDATORY);
}

size_t avp_open_free(struct pen *p, uint32_t code, uint32_t vendor)
{
	return avp_begin(p, code, vendor, 0);
}

void avp_close(struct pen *p, size_t mark)
{
	size_t length = p->length - mark;

	pen_24_at(p, mark + 5, (uint32_t)length);
	pen_zeros(p, (4 - length % 4) % 4);
}

void avp_octets(struct pen *p, uint32_t code, uint32_t vendor, const void *bytes, size_t length)
{
	size_t mark = avp_open(p, code, vendor);

	pen_octets(p, bytes, length);
	avp_close(p, mark);
}

void avp_text(struct pen *p, uint32_t code, const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	avp_octets(p, code, 0, text, length);
}

void avp_32(struct pen *p, uint32_t code, uint32_t vendor, uint32_t value)
{
	size_t mark = avp_open(p, code, vendor);

	pen_32(p, value);
	avp_close(p, mark);
}

void avp_random(struct pen *p, uint32_t code, uint64_t nonce, size_t count)
{
	size_t mark = avp_open(p, code, VENDOR_3GPP);

	for (size_t i = 0; i < count; i++)
		pen_8(p, (uint8_t)(hash_mix(nonce + code + i / 8) >> 8 * (i % 8)));
	avp_close(p, mark);
}

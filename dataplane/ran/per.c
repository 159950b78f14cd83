/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aligned PER, X.691: bits, alignment, constrained numbers (11.5), lengths (11.9), open types (11.2), indices of CHOICE (23) and ENUMERATED
 * (14); and the frame of RANAP, S1AP and NGAP: a CHOICE of PDUs, each a SEQUENCE of procedureCode, criticality and an open type that holds
 * a SEQUENCE with the protocolIEs. Pure functions, called by the decoders of dataplane/ran for the walk of every worker.
 *
 * Refused: whatever ends before it should, lengths in fragments of 16,384, extensions of the PDU's own CHOICE.
 */
#include "dataplane/ran/per.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

#define PDU_OF_RANAP 4

bool per_bits(struct per *p, unsigned int width, uint32_t *ret)
{
	uint32_t value = 0;

	if (cursor_left(&p->bytes) * 8 < (size_t)p->bit + width)
		return false;
	while (width > 0) {
		unsigned int left = 8U - p->bit;
		unsigned int taken = width < left ? width : left;

		value = (uint32_t)((uint64_t)value << taken) | bits(cursor_fixed_u8(&p->bytes, 0), left - taken, taken);
		width -= taken;
		p->bit = (uint8_t)(p->bit + taken);
		if (p->bit == 8) {
			p->bit = 0;
			cursor_skip(&p->bytes, 1);
		}
	}
	*ret = value;
	return true;
}

void per_align(struct per *p)
{
	if (p->bit != 0)
		cursor_skip(&p->bytes, 1);
	p->bit = 0;
}

static unsigned int width_of(uint64_t range)
{
	unsigned int width = 0;

	while (width < 32 && UINT64_C(1) << width < range)
		width++;
	return width;
}

bool per_number(struct per *p, uint64_t range, uint32_t *ret)
{
	uint32_t octets = 0;

	*ret = 0;
	if (range <= 1)
		return true;
	if (range <= 255)
		return per_bits(p, width_of(range), ret);
	if (range > 65536 && (!per_bits(p, 2, &octets) || (range <= 1 << 24 && octets == 3)))
		return false;
	per_align(p);
	if (range <= 65536)
		return per_bits(p, range == 256 ? 8 : 16, ret);
	return per_bits(p, 8 * (octets + 1), ret);
}

bool per_length(struct per *p, uint32_t *ret)
{
	uint32_t first = 0;
	uint32_t second = 0;

	per_align(p);
	if (!per_bits(p, 8, &first))
		return false;
	if (first < 0x80) {
		*ret = first;
		return true;
	}
	if (first >= 0xc0 || !per_bits(p, 8, &second))
		return false;
	*ret = (first & 0x3f) << 8 | second;
	return true;
}

bool per_octets(struct per *p, size_t length, struct cursor *ret)
{
	per_align(p);
	return cursor_take(&p->bytes, length, ret);
}

bool per_open(struct per *p, struct cursor *ret)
{
	uint32_t length = 0;

	return per_length(p, &length) && per_octets(p, length, ret);
}

/* 11.6: a normally small number, six bits or a semi-constrained number. */
static bool small_number(struct per *p, uint32_t *ret)
{
	uint32_t is_big = 0;
	uint32_t length = 0;

	if (!per_bits(p, 1, &is_big))
		return false;
	if (is_big == 0)
		return per_bits(p, 6, ret);
	return per_length(p, &length) && length >= 1 && length <= 3 && per_bits(p, 8 * length, ret);
}

bool per_index(struct per *p, unsigned int count, bool is_extensible, uint32_t *ret)
{
	uint32_t is_extended = 0;

	if (is_extensible && !per_bits(p, 1, &is_extended))
		return false;
	if (is_extended == 0)
		return per_number(p, count, ret);
	if (!small_number(p, ret))
		return false;
	*ret += count;
	return true;
}

bool elementary_read(struct cursor c, unsigned int alternatives, struct elementary *ret)
{
	struct elementary e = { 0 };
	struct per p = per_of(c);
	struct cursor value;
	uint32_t kind = 0;
	uint32_t code = 0;
	uint32_t criticality = 0;
	uint32_t flag = 0;

	if (!per_index(&p, alternatives, true, &kind) || kind >= alternatives || !per_number(&p, 256, &code) ||
	    !per_number(&p, 3, &criticality) || criticality > 2 || !per_open(&p, &value))
		return false;
	p = per_of(value);
	if (!per_bits(&p, 1, &flag)) /* the SEQUENCE may be extended */
		return false;
	if (alternatives == PDU_OF_RANAP) {
		if (!per_bits(&p, 1, &flag))
			return false;
		e.has_extensions = flag != 0;
	}
	if (!per_number(&p, 65536, &e.fields_left))
		return false;
	e.fields = p;
	e.kind = (uint8_t)kind;
	e.procedure_code = (uint8_t)code;
	e.criticality = (uint8_t)criticality;
	*ret = e;
	return true;
}

bool elementary_field_read(struct elementary *e, struct elementary_field *ret)
{
	struct elementary_field f = { 0 };
	uint32_t id = 0;
	uint32_t criticality = 0;

	if (e->fields_left == 0 || !per_number(&e->fields, 65536, &id) || !per_number(&e->fields, 3, &criticality) ||
	    !per_open(&e->fields, &f.value))
		return false;
	e->fields_left--;
	f.id = (uint16_t)id;
	f.criticality = (uint8_t)criticality;
	*ret = f;
	return true;
}

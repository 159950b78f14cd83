/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The messages of SCCP's connections: CR, CC, CREF, RLSD, RLC, DT1, DT2, AK, ED, EA, RSR, RSC, ERR, IT (Q.713 4.2 to 4.9, 4.12 to 4.17).
 * Called by sccp_read() for their types.
 *
 * What a message consists of stands in one table, as the figures of Q.713 4 draw it; all have fixed octets first, in the same order.
 * Refused: a message shorter than its fixed part, pointers that leave it, addresses shorter than they say. Sequence numbers are stepped
 * over: what a tap sees in order is in order.
 */
#include "dataplane/ss7/sccp_part.h"

#include "dataplane/base/bits.h"
#include "dataplane/ss7/sccp_address.h"

struct layout {
	bool is_known;
	bool has_destination; /* local references (3.2, 3.3) */
	bool has_source;
	bool has_class;     /* 3.6 */
	bool has_cause;     /* 3.11 release, 3.13 reset, 3.14 error, 3.15 refusal */
	uint8_t sequence;   /* octets of segmenting and sequencing (3.7 to 3.9) */
	bool has_more;      /* the last of these says whether the next message goes on */
	bool has_credit;    /* 3.10 */
	bool has_called;    /* mandatory variable parts */
	bool has_user_data; /* 3.16 */
	bool has_optional;
};

static const struct layout layouts[] = {
	[SCCP_CR] = { .is_known = true, .has_source = true, .has_class = true, .has_called = true, .has_optional = true },        /* 4.2 */
	[SCCP_CC] = { .is_known = true, .has_destination = true, .has_source = true, .has_class = true, .has_optional = true },   /* 4.3 */
	[SCCP_CREF] = { .is_known = true, .has_destination = true, .has_cause = true, .has_optional = true },                     /* 4.4 */
	[SCCP_RLSD] = { .is_known = true, .has_destination = true, .has_source = true, .has_cause = true, .has_optional = true }, /* 4.5 */
	[SCCP_RLC] = { .is_known = true, .has_destination = true, .has_source = true },                                           /* 4.6 */
	[SCCP_DT1] = { .is_known = true, .has_destination = true, .sequence = 1, .has_more = true, .has_user_data = true },       /* 4.7 */
	[SCCP_DT2] = { .is_known = true, .has_destination = true, .sequence = 2, .has_more = true, .has_user_data = true },       /* 4.8 */
	[SCCP_AK] = { .is_known = true, .has_destination = true, .sequence = 1, .has_credit = true },                             /* 4.9 */
	[SCCP_ED] = { .is_known = true, .has_destination = true, .has_user_data = true },                                         /* 4.12 */
	[SCCP_EA] = { .is_known = true, .has_destination = true },                                                                /* 4.13 */
	[SCCP_RSR] = { .is_known = true, .has_destination = true, .has_source = true, .has_cause = true },                        /* 4.14 */
	[SCCP_RSC] = { .is_known = true, .has_destination = true, .has_source = true },                                           /* 4.15 */
	[SCCP_ERR] = { .is_known = true, .has_destination = true, .has_cause = true },                                            /* 4.16 */
	[SCCP_IT] = { .is_known = true,
		      .has_destination = true,
		      .has_source = true,
		      .has_class = true,
		      .sequence = 2,
		      .has_credit = true }, /* 4.17 */
};

bool sccp_is_of_connection(uint8_t type)
{
	return type < sizeof(layouts) / sizeof(layouts[0]) && layouts[type].is_known;
}

/* Everything before the pointers. Of a reference Q.713 names no order; like every other number of SS7 it is read low octet first. */
static bool fixed_read(struct cursor *c, const struct layout *layout, struct sccp *s)
{
	uint8_t octet = 0;

	if (layout->has_destination && !(s->has_destination_reference = cursor_le24(c, &s->destination_reference)))
		return false;
	if (layout->has_source && !(s->has_source_reference = cursor_le24(c, &s->source_reference)))
		return false;
	if (layout->has_class && !cursor_u8(c, &octet))
		return false;
	s->protocol_class = (uint8_t)bits(octet, 0, 4);
	if (layout->has_cause && !(s->has_cause = cursor_u8(c, &s->cause)))
		return false;
	for (unsigned int i = 0; i < layout->sequence; i++) {
		if (!cursor_u8(c, &octet))
			return false;
	}
	s->has_more = layout->has_more && bits(octet, 0, 1) != 0;
	return !layout->has_credit || (s->has_credit = cursor_u8(c, &s->credit));
}

enum verdict sccp_connection_read(struct cursor *c, uint8_t variant, struct sccp *s)
{
	const struct layout *layout = &layouts[s->type];
	struct cursor called;
	struct cursor optional;
	enum verdict verdict = VERDICT_DECODED;

	if (!fixed_read(c, layout, s))
		return VERDICT_SCCP_TRUNCATED;
	if (layout->has_called) {
		if (!sccp_variable_read(c, false, false, &called))
			return VERDICT_SCCP_POINTER;
		if (!sccp_address_read_under(variant, called, &s->called))
			return VERDICT_SCCP_ADDRESS;
	}
	if (layout->has_user_data && !sccp_variable_read(c, false, false, &s->user))
		return VERDICT_SCCP_POINTER;
	if (layout->has_optional)
		verdict = sccp_pointer_read(c, false, &optional) ? sccp_optional_read(optional, variant, s) : VERDICT_SCCP_POINTER;
	return verdict;
}

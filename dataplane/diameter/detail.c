/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The AVPs of detail.def, with their clauses: RFC 6733 (routing, errors), RFC 7683 (overload), RFC 7944 (priority), RFC 8583 (load),
 * RFC 8506 (credit control), TS 29.229 (Cx), TS 29.272 (S6a, S13), TS 29.329 and 29.336 (who is meant).
 *
 * Called by the walk of a worker when somebody looks at its messages (`decode`); pure. One cursor per level of grouped AVPs and no
 * recursion; groups that the table does not name are stepped over. A broken AVP ends its group, which is no verdict here:
 * diameter_body_read() has said so.
 */
#include "dataplane/diameter/detail.h"

#include <stddef.h>

#define DETAIL_DEPTH_MAX 3
#define VENDOR_BASE      0
#define VENDOR_3GPP      DIAMETER_VENDOR_3GPP

enum detail_place {
	IN_TOP = 1 << 0,
	IN_USER_IDENTITY = 1 << 1,     /* User-Identity, User-Identifier */
	IN_TERMINAL = 1 << 2,          /* Terminal-Information */
	IN_AUTH_ITEM = 1 << 3,         /* SIP-Auth-Data-Item */
	IN_REQUESTED = 1 << 4,         /* Requested-EUTRAN-Authentication-Info, Requested-UTRAN-GERAN-Authentication-Info */
	IN_VECTORS = 1 << 5,           /* Authentication-Info */
	IN_OVERLOAD_FEATURES = 1 << 6, /* OC-Supported-Features */
	IN_OVERLOAD = 1 << 7,          /* OC-OLR */
	IN_LOAD = 1 << 8,              /* Load */
};

/* Numbers above those of enum detail_place; anything below is the place that a group opens. */
enum detail_type {
	TYPE_FIRST = 1 << 12,
	TYPE_U32 = TYPE_FIRST,
	TYPE_U64,
	TYPE_TEXT,
	TYPE_COUNT,
	TYPE_FIRST_CODE,
	TYPE_IDENTITY,
	TYPE_IMEI,
};

/* So that the table can name a place where others name a type. */
#define TYPE_IN_USER_IDENTITY     IN_USER_IDENTITY
#define TYPE_IN_TERMINAL          IN_TERMINAL
#define TYPE_IN_AUTH_ITEM         IN_AUTH_ITEM
#define TYPE_IN_REQUESTED         IN_REQUESTED
#define TYPE_IN_VECTORS           IN_VECTORS
#define TYPE_IN_OVERLOAD_FEATURES IN_OVERLOAD_FEATURES
#define TYPE_IN_OVERLOAD          IN_OVERLOAD
#define TYPE_IN_LOAD              IN_LOAD

struct detail_row {
	uint32_t vendor;
	uint32_t code;
	uint16_t within;
	uint16_t type; /* enum detail_type, or the enum detail_place that a group opens */
	const char *key;
};

static const struct detail_row rows[DETAIL_COUNT] = {
#define DETAIL(vendor, code, within, type, key, clause)                                                                                    \
	[DETAIL_##vendor##_##code] = { VENDOR_##vendor, (code), (within), (uint16_t)TYPE_##type, (key) },
#include "dataplane/diameter/detail.def"
#undef DETAIL
};

struct detail_walk {
	struct diameter_detail *detail;
	struct cursor levels[DETAIL_DEPTH_MAX]; /* what is left of each group that is open */
	uint16_t places[DETAIL_DEPTH_MAX];
	size_t depth;
};

enum diameter_detail_kind diameter_detail_kind(enum diameter_detail_number row)
{
	switch (rows[row].type) {
	case TYPE_TEXT:
		return DETAIL_TEXT;
	case TYPE_IDENTITY:
		return DETAIL_IDENTITY;
	case TYPE_IMEI:
		return DETAIL_IMEI;
	default:
		return rows[row].type < TYPE_FIRST ? DETAIL_GROUP : DETAIL_NUMBER;
	}
}

const char *diameter_detail_key(enum diameter_detail_number row)
{
	return rows[row].key;
}

/* The row of an AVP where it stands, DETAIL_COUNT when there is none. */
static size_t row_of(const struct diameter_avp *avp, uint16_t place)
{
	for (size_t i = 0; i < DETAIL_COUNT; i++) {
		if (rows[i].code == avp->code && rows[i].vendor == avp->vendor)
			return (rows[i].within & place) != 0 ? i : DETAIL_COUNT;
	}
	return DETAIL_COUNT;
}

/* The number of a value; false when its length is not that of its type. */
static bool number_read(uint16_t type, struct cursor value, uint64_t *ret)
{
	size_t length = cursor_left(&value);
	uint32_t word = 0;

	if (type == TYPE_U64)
		return length == 8 && cursor_be64(&value, ret);
	if (type == TYPE_U32 ? length != 4 : length < 4)
		return false;
	if (!cursor_be32(&value, &word))
		return false;
	*ret = word;
	return true;
}

static void value_take(struct diameter_detail *detail, size_t at, const struct cursor *value)
{
	const struct detail_row *row = &rows[at];
	bool is_seen = (detail->seen >> at & 1) != 0;

	if (row->type == TYPE_COUNT) {
		detail->numbers[at]++;
		detail->texts[at] = *value;
	} else if (row->type == TYPE_U32 || row->type == TYPE_U64 || row->type == TYPE_FIRST_CODE) {
		if (is_seen || !number_read(row->type, *value, &detail->numbers[at]))
			return;
	} else {
		if (is_seen || cursor_left(value) == 0)
			return;
		detail->texts[at] = *value;
	}
	detail->seen |= UINT64_C(1) << at;
}

void diameter_detail_read(const struct diameter *message, struct diameter_detail *ret)
{
	struct detail_walk walk = { .detail = ret, .levels = { message->avps }, .places = { IN_TOP }, .depth = 1 };

	memset(ret, 0, sizeof(*ret));
	while (walk.depth > 0) {
		struct diameter_avp avp;
		size_t at;

		if (diameter_avp_read(&walk.levels[walk.depth - 1], &avp) != VERDICT_DECODED) {
			walk.depth--;
			continue;
		}
		at = row_of(&avp, walk.places[walk.depth - 1]);
		if (at == DETAIL_COUNT)
			continue;
		if (rows[at].type >= TYPE_FIRST) {
			value_take(ret, at, &avp.value);
		} else if (walk.depth < DETAIL_DEPTH_MAX) {
			walk.levels[walk.depth] = avp.value;
			walk.places[walk.depth] = rows[at].type;
			walk.depth++;
		}
	}
}

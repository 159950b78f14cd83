/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Diameter message says that transactions do not need: overload (RFC 7683), load (RFC 8583), routing, flags and types of the
 * interfaces. The rows of detail.def are its numbers; it is read for `decode` only, so that a live probe does not pay for it.
 */
#ifndef SIGCANARY_DIAMETER_DETAIL_H
#define SIGCANARY_DIAMETER_DETAIL_H

#include "dataplane/diameter/diameter.h"

enum diameter_detail_kind {
	DETAIL_GROUP, /* has no value */
	DETAIL_NUMBER,
	DETAIL_TEXT,
	DETAIL_IDENTITY, /* text that names a subscriber */
	DETAIL_IMEI,     /* text that names a device */
};

enum diameter_detail_number {
#define DETAIL(vendor, code, ...) DETAIL_##vendor##_##code,
#include "dataplane/diameter/detail.def"
#undef DETAIL
	DETAIL_COUNT
};

_Static_assert(DETAIL_COUNT <= 64, "the rows seen in a message are the bits of one word");

struct diameter_detail {
	uint64_t seen;                     /* bits of enum diameter_detail_number: those that have a value */
	uint64_t numbers[DETAIL_COUNT];    /* DETAIL_NUMBER */
	struct cursor texts[DETAIL_COUNT]; /* the others, and the last of those that are counted: windows into the message */
};

/* What the row holds, and its key; "" for a group. */
enum diameter_detail_kind diameter_detail_kind(enum diameter_detail_number row);
const char *diameter_detail_key(enum diameter_detail_number row);

/*
 * Walks all AVPs as diameter_body_read() does; of an AVP that is there several times the first one counts, unless its type says otherwise.
 * What stands before a broken AVP is in `ret`. Values of a wrong length are left out.
 */
void diameter_detail_read(const struct diameter *message, struct diameter_detail *ret);

#endif

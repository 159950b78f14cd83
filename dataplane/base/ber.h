/* SPDX-License-Identifier: BSD-3-Clause */
/* BER elements (X.690 8.1): tag, length and value, definite and indefinite, without recursion. */
#ifndef SIGCANARY_BASE_BER_H
#define SIGCANARY_BASE_BER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"

/* Nesting of indefinite lengths that is followed. */
#define BER_DEPTH_MAX 16

/*
 * A tag as its identifier octets, big endian: 0x02 INTEGER, 0x30 SEQUENCE, 0xa1 [1] constructed, 0x5f48 ... So tables can be written as
 * they stand in hex dumps. At most three octets.
 */
struct ber {
	struct cursor value; /* without the end-of-contents octets */
	uint32_t tag;
	bool is_constructed;
};

enum ber_error { BER_OK, BER_TRUNCATED, BER_TOO_DEEP, BER_BAD_TAG };

/* Reads one element and steps over it (and over its end-of-contents). Lengths of at most four octets. */
enum ber_error ber_read(struct cursor *c, struct ber *ret);

/* The tag of the next element, 0 at the end of the window. Does not step. */
uint32_t ber_peek(const struct cursor *c);

/* Reads an element that must have `tag`. */
bool ber_expect(struct cursor *c, uint32_t tag, struct ber *ret);

/* The first element of `tag` in the window, without stepping; false when there is none or the window is not readable that far. */
bool ber_find(const struct cursor *c, uint32_t tag, struct ber *ret);

/* A two's-complement INTEGER or ENUMERATED of one to four octets. */
bool ber_integer(const struct ber *element, int32_t *ret);

#endif

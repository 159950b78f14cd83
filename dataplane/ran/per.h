/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Aligned PER (X.691, the BASIC-PER of RANAP, S1AP and NGAP): a reader of bits over a cursor, and the frame that the three protocols share.
 *
 * Every function returns false, and may have stepped, when the window ends too early: the caller gives up the message then.
 */
#ifndef SIGCANARY_RAN_PER_H
#define SIGCANARY_RAN_PER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"

struct per {
	struct cursor bytes; /* from the octet in which the next bit stands */
	uint8_t bit;         /* of that octet, 0 being the most significant */
};

static inline struct per per_of(struct cursor bytes)
{
	return (struct per){ .bytes = bytes, .bit = 0 };
}

/* The next `width` bits, 1 to 32. */
bool per_bits(struct per *p, unsigned int width, uint32_t *ret);

/* Steps to the next octet, unless at the begin of one (X.691 11.2.7 and wherever "octet-aligned" stands). */
void per_align(struct per *p);

/*
 * A constrained whole number of 0 to `range` - 1, in the form that X.691 11.5.7 prescribes for that range: a bit-field up to 255, an
 * aligned octet for 256, two aligned octets up to 65,536, and for more a length of at most four octets with as many octets.
 */
bool per_number(struct per *p, uint64_t range, uint32_t *ret);

/* A length determinant without upper bound (11.9.3.5 to 11.9.3.8), aligned. False for fragments of 16,384 items: no signalling has them. */
bool per_length(struct per *p, uint32_t *ret);

/* An open type, or an OCTET STRING without upper bound: an aligned length and so many octets. */
bool per_open(struct per *p, struct cursor *ret);

/* The next `length` octets, aligned. */
bool per_octets(struct per *p, size_t length, struct cursor *ret);

/*
 * The index of a CHOICE (23) or ENUMERATED (14) with `count` alternatives in the root. An extension, where `is_extensible` allows one,
 * gives `count` + its number.
 */
bool per_index(struct per *p, unsigned int count, bool is_extensible, uint32_t *ret);

/* RANAP-PDU, S1AP-PDU, NGAP-PDU (TS 25.413 9.3.2, 36.413 9.3.2, 38.413 9.4.3): which alternative the message is. */
enum elementary_kind { ELEMENTARY_INITIATING, ELEMENTARY_SUCCESSFUL, ELEMENTARY_UNSUCCESSFUL, ELEMENTARY_OUTCOME };

struct elementary {
	struct per fields;    /* of the protocolIEs, at the first one */
	uint32_t fields_left; /* how many protocolIEs are left to read */
	uint8_t kind;         /* enum elementary_kind */
	uint8_t procedure_code;
	uint8_t criticality; /* 0 reject, 1 ignore, 2 notify */
	bool has_extensions; /* RANAP: protocolExtensions follow the protocolIEs */
};

/* One ProtocolIE-Field. */
struct elementary_field {
	struct cursor value; /* the open type */
	uint16_t id;
	uint8_t criticality;
};

/*
 * Reads the frame of a message. `alternatives` of its PDU: 4 for RANAP (which has "outcome" and optional protocolExtensions), 3 for the
 * others. False when it does not fit. Bytes behind the message are forgiven.
 */
bool elementary_read(struct cursor c, unsigned int alternatives, struct elementary *ret);

/* The next field; false at the end (`fields_left` is 0) and when it does not fit (`fields_left` is not 0). */
bool elementary_field_read(struct elementary *e, struct elementary_field *ret);

#endif

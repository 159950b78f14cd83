/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of S1AP and NGAP messages (TS 36.413, TS 38.413) that are written alike in both, over dataplane/ran/per.h. */
#ifndef SIGCANARY_RAN_PER_PART_H
#define SIGCANARY_RAN_PER_PART_H

#include "dataplane/ran/per.h"

/* Which alternative and which procedure, for messages of which nothing more can be read. */
bool elementary_peek(struct cursor c, uint8_t *ret_kind, uint8_t *ret_procedure_code);

/*
 * The frame of a message (elementary_read()) also when its open type is longer than the message, or its criticality none: then the fields
 * are read as far as they go.
 */
bool elementary_read_cut(struct cursor c, struct elementary *ret);

/* A whole number of 0 to 2^40 at most, with a length of at most five octets (X.691 11.5.7.4). */
bool per_wide_number(struct per *p, uint64_t *ret);

/* ProtocolExtensionContainer: up to 65,535 extensions, each an open type. */
bool per_skip_extensions(struct per *p);

/* What follows the root of an extended SEQUENCE: a bitmap, and an open type for each bit that is set (X.691 19.7 to 19.9). */
bool per_skip_additions(struct per *p);

/* The end of an item that has `iE-Extensions` and may be extended. */
bool per_skip_end(struct per *p, bool has_extensions, bool is_extended);

/* The bits of a SEQUENCE's head: whether it is extended, and `count` (at most 7) bits for what is optional, the first one highest. */
bool per_sequence(struct per *p, unsigned int count, bool *ret_is_extended, uint32_t *ret_optionals);

/* A cause: group and value (36.413 9.2.1.3, 38.413 9.3.1.2). */
#define CAUSE_GROUPS 5

struct elementary_cause {
	uint8_t group; /* radio network, transport, NAS, protocol, miscellaneous */
	uint8_t value;
};

/* `alternatives` of the CHOICE and whether it may be extended; `roots` says how many values each group's root has. */
bool elementary_cause_read(struct cursor value, unsigned int alternatives, bool is_extensible, const uint8_t roots[CAUSE_GROUPS],
			   struct elementary_cause *ret);

/* "radioNetwork", "transport", "nas", "protocol", "misc"; NULL beyond. */
const char *elementary_cause_group(uint8_t group);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters of MAP operations, results and errors (TS 29.002 17.7) as the lab writes them. */
#ifndef SIGCANARY_LAB_ENCODE_MAP_H
#define SIGCANARY_LAB_ENCODE_MAP_H

#include "lab/pen.h"
#include "lab/world.h"

/* Whom and what a component is about. */
struct map_subject {
	const char *imsi, *msisdn;
	const char *client, *server; /* titles of who asks and who answers */
	const char *serving;         /* title of the MSC where the subscriber is */
	const char *service_centre;
	const uint8_t *address; /* IPv4 of the SGSN */
	uint64_t nonce;         /* what must look random */
	uint8_t version;
	uint8_t vectors;
};

/* The parameter of an invoke; every procedure has one. */
void encode_map_argument(struct pen *p, enum lab_procedure procedure, const struct map_subject *s);

/* The parameter of a result; false and nothing written when it has none. */
bool encode_map_result(struct pen *p, enum lab_procedure procedure, const struct map_subject *s);

/* The parameter of an error, if it is usual to send one. */
void encode_map_error(struct pen *p, uint8_t error, uint8_t version);

#endif

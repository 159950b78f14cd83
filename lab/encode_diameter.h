/* SPDX-License-Identifier: BSD-3-Clause */
/* Diameter (RFC 6733) and S6a (TS 29.272) messages as the lab writes them. */
#ifndef SIGCANARY_LAB_ENCODE_DIAMETER_H
#define SIGCANARY_LAB_ENCODE_DIAMETER_H

#include "lab/pen.h"
#include "lab/world.h"

struct s6a_subject {
	char imsi[16];
	uint64_t msisdn;
	const struct node *origin, *destination;
	const char *destination_host; /* NULL: the realm only */
	char session[128];
	const char *visited_plmn;
	uint64_t nonce;
	uint32_t hop, end;
};

/* The peer messages of RFC 6733 5.3 and 5.5: CER 257 and DWR 280, or their answers. */
void encode_diameter_peer(struct pen *p, const struct node *origin, const uint8_t address[4], uint32_t command, bool is_request,
			  uint32_t id);

/* A request, and the answer that fits: AIR, ULR, CLR, PUR, NOR by procedure. */
void encode_s6a_request(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s);
void encode_s6a_answer(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s, const struct answer *answer);

#endif

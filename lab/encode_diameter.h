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
	const struct node *assigned;  /* S-CSCF of a subscriber that is called */
	char session[128];
	const char *visited_plmn;
	uint64_t nonce;
	uint32_t hop, end;
};

/* The peer messages of RFC 6733 5.3 to 5.5: CER 257, DWR 280 and DPR 282, or their answers. */
struct diameter_peer {
	const struct node *origin;
	uint32_t command, id;
	bool is_request;
	bool is_ims; /* Cx, else S6a */
};

void encode_diameter_peer(struct pen *p, const struct diameter_peer *peer);

/* A request, and the answer that fits: AIR, ULR, CLR, PUR, NOR, RSR, ECR, and those of Cx, by procedure. */
void encode_s6a_request(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s);
void encode_s6a_answer(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s, const struct answer *answer);

#endif

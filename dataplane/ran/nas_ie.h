/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the NAS messages of EPS and 5GS have in common: the optional information elements behind the mandatory ones (TS 24.007 11.2.1.1),
 * mobile identities, and the NAS messages that stand inside another one.
 */
#ifndef SIGCANARY_RAN_NAS_IE_H
#define SIGCANARY_RAN_NAS_IE_H

#include "dataplane/base/cursor.h"
#include "dataplane/ran/nas.h"

/* Which way a message goes, where its type alone does not say what it holds. */
enum nas_direction { NAS_DIRECTION_UNKNOWN, NAS_UPLINK, NAS_DOWNLINK };

/* How a message inside another one begins. */
enum nas_form {
	NAS_FORM_EPS, /* security header type and protocol discriminator */
	NAS_FORM_ESM, /* an ESM message container: whatever stands there is ESM */
	NAS_FORM_5GS, /* extended protocol discriminator */
};

struct nas_inner {
	struct cursor bytes;
	uint8_t form; /* enum nas_form */
};

/* Messages directly inside one: no message has more containers that are looked into. */
#define NAS_INNER_MAX 4

struct nas_content {
	struct nas_inner inner[NAS_INNER_MAX];
	uint8_t inner_count;
};

/* Formats of optional information elements. */
enum nas_format {
	NAS_TV1,  /* one octet: identifier in the high half, value in the low one */
	NAS_TV,   /* identifier and a value of fixed length */
	NAS_TLV,  /* a length of one octet */
	NAS_TLVE, /* a length of two */
};

/* What a value is good for. */
enum nas_meaning {
	NAS_MEANS_NOTHING,
	NAS_MEANS_CAUSE,
	NAS_MEANS_SECOND_CAUSE, /* pairs of a session and a cause: the first cause counts */
	NAS_MEANS_PAYLOAD_TYPE, /* what the next payload container holds */
	NAS_MEANS_PAYLOAD,
	NAS_MEANS_EPS,
	NAS_MEANS_ESM,
	NAS_MEANS_5GS,
};

struct nas_option {
	uint8_t identifier; /* TV1: the high half alone, as in 0xb0 */
	uint8_t format;     /* enum nas_format */
	uint8_t octets;     /* NAS_TV: of the value */
	uint8_t meaning;    /* enum nas_meaning */
};

struct nas_found {
	struct cursor value; /* TV1: empty */
	uint8_t half;        /* TV1: the value */
	uint8_t meaning;
};

/*
 * The next optional element of a message that lists `count` of them in their order, from `*at` on, which is moved behind it. Elements that
 * are absent are passed over; one that is not listed, or not in its order, ends the reading, as does one that does not fit.
 */
bool nas_option_read(struct cursor *c, const struct nas_option *options, size_t count, size_t *at, struct nas_found *ret);

/* A value behind its length of one octet (LV), or of two (LV-E). */
bool nas_lv(struct cursor *c, struct cursor *ret);
bool nas_lve(struct cursor *c, struct cursor *ret);

/* One message more inside; left out when there is no room. */
void nas_content_add(struct nas_content *content, enum nas_form form, struct cursor bytes);

/* A mobile identity of TS 24.008 10.5.1.4 or 24.301 9.9.3.12: the IMSI, the M-TMSI of a GUTI, or the TMSI. */
void nas_identity_read(struct cursor value, struct nas *nas);

/* A 5GS mobile identity (24.501 9.11.3.4): the IMSI of a SUCI of the null scheme, or the 5G-TMSI. */
void nas_5gs_identity_read(struct cursor value, struct nas *nas);

#endif

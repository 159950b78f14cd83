/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Layer 3 of the radio interface: the header (TS 24.007 11.2.3: protocol discriminator, transaction identifier, message type), and of the
 * messages of TS 24.008 clause 9 in the table below where their cause (10.5.3.6, 10.5.5.14, 10.5.6.6) and the phone's identity (10.5.1.4)
 * stand. Called by the walk for what BSSAP, RANAP and others carry, on the thread of each worker.
 *
 * The mandatory part of a message has no tags, so its parts are stepped over by their formats, one letter each; behind it stand tagged
 * parts in any order. Refused: less than a header. Not read: other discriminators (group calls, location services),
 * and what calls, texts and supplementary services say.
 */
#include "dataplane/ran/layer3.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

/* 24.007 11.2.3.1.3: a transaction identifier that goes on in the next octet. */
#define TI_EXTENDED 7
/* 10.5.1.4, type of identity. */
#define IDENTITY_IMSI 1
#define IDENTITY_TMSI 4

/* By protocol discriminator (24.007 11.2.3.1.1); a mask of 0: none of ours. */
static const struct header {
	uint8_t type_mask;    /* 11.2.3.2: the types of some share their octet with N(SD) */
	bool has_transaction; /* 11.2.3.1.3; the others have a skip indicator */
} headers[16] = {
	[NAS_CC] = { 0x3f, true },  [NAS_MM] = { 0x3f, false }, [NAS_RR] = { 0xff, false }, [NAS_GMM] = { 0xff, false },
	[NAS_SMS] = { 0xff, true }, [NAS_SM] = { 0xff, true },  [NAS_SS] = { 0x3f, true },
};

/*
 * Parts of a message, in their order: 1 to 9 octets to step over; l, a length and so many octets to step over; c, the cause; i, the
 * identity as a length and so many octets; t, tagged parts to the end.
 */
static const struct form {
	uint8_t protocol;
	uint8_t type;
	const char *parts;
} forms[] = {
	{ NAS_MM, 0x01, "1i" },    /* IMSI Detach Indication, 9.2.12: classmark 1, identity */
	{ NAS_MM, 0x04, "c" },     /* Location Updating Reject, 9.2.14 */
	{ NAS_MM, 0x08, "151i" },  /* Location Updating Request, 9.2.15: type and key sequence, area, classmark 1, identity */
	{ NAS_MM, 0x19, "i" },     /* Identity Response, 9.2.11 */
	{ NAS_MM, 0x1a, "5i" },    /* TMSI Reallocation Command, 9.2.17: area, identity */
	{ NAS_MM, 0x1c, "c" },     /* Authentication Failure, 9.2.3a */
	{ NAS_MM, 0x22, "c" },     /* CM Service Reject, 9.2.6 */
	{ NAS_MM, 0x24, "1li" },   /* CM Service Request, 9.2.9: type and key sequence, classmark 2, identity */
	{ NAS_MM, 0x28, "1li" },   /* CM Re-establishment Request, 9.2.4 */
	{ NAS_MM, 0x29, "c" },     /* Abort, 9.2.8 */
	{ NAS_MM, 0x31, "c" },     /* MM Status, 9.2.16 */
	{ NAS_GMM, 0x01, "l12i" }, /* Attach Request, 9.4.1: capability, type and key sequence, DRX, identity */
	{ NAS_GMM, 0x02, "36t" },  /* Attach Accept, 9.4.2: result, timer, priorities, area */
	{ NAS_GMM, 0x04, "c" },    /* Attach Reject, 9.4.4 */
	{ NAS_GMM, 0x05, "1t" },   /* Detach Request, 9.4.5: type */
	{ NAS_GMM, 0x08, "16lt" }, /* Routing Area Update Request, 9.4.14: type and key sequence, area, capability */
	{ NAS_GMM, 0x09, "26t" },  /* Routing Area Update Accept, 9.4.15: result, timer, area */
	{ NAS_GMM, 0x0b, "c" },    /* Routing Area Update Reject, 9.4.17 */
	{ NAS_GMM, 0x0c, "1i" },   /* Service Request, 9.4.20: key sequence and type, identity */
	{ NAS_GMM, 0x0e, "c" },    /* Service Reject, 9.4.22 */
	{ NAS_GMM, 0x10, "i" },    /* P-TMSI Reallocation Command, 9.4.7 */
	{ NAS_GMM, 0x16, "i" },    /* Identity Response, 9.4.13 */
	{ NAS_GMM, 0x1c, "c" },    /* Authentication and Ciphering Failure, 9.4.10a */
	{ NAS_GMM, 0x20, "c" },    /* GMM Status, 9.4.18 */
	{ NAS_SM, 0x43, "c" },     /* Activate PDP Context Reject, 9.5.3 */
	{ NAS_SM, 0x45, "c" },     /* Request PDP Context Activation Reject, 9.5.8 */
	{ NAS_SM, 0x46, "c" },     /* Deactivate PDP Context Request, 9.5.14 */
	{ NAS_SM, 0x4c, "c" },     /* Modify PDP Context Reject, 9.5.13 */
	{ NAS_SM, 0x4f, "c" },     /* Activate Secondary PDP Context Reject, 9.5.6 */
	{ NAS_SM, 0x55, "c" },     /* SM Status, 9.5.21 */
	{ NAS_SM, 0x58, "c" },     /* Activate MBMS Context Reject, 9.5.24 */
	{ NAS_SM, 0x5a, "c" },     /* Request MBMS Context Activation Reject, 9.5.26 */
	{ NAS_SM, 0x5c, "c" },     /* Request Secondary PDP Context Activation Reject */
	{ NAS_RR, 0x27, "1li" },   /* Paging Response, 44.018 9.1.25: key sequence, classmark 2, identity */
};

/* Tagged parts of GMM without a length: tag and octets behind it. Tags from 0x80 on are alone. */
static const struct {
	uint8_t tag;
	uint8_t octets;
} unlengthed[] = {
	{ 0x14, 2 }, /* DRX parameter, 10.5.5.6 */
	{ 0x17, 1 }, /* READY timer, 10.5.7.3 */
	{ 0x19, 3 }, /* P-TMSI signature, 10.5.5.8 */
	{ 0x25, 1 }, /* GMM cause, 10.5.5.14 */
};
#define TAG_CAUSE    0x25
#define TAG_PTMSI    0x18
#define TAG_ALONE    0x80
#define TAG_IDENTITY 0x23

/* 10.5.1.4: the first digit shares its octet with the type; all others follow low nibble first. */
static void identity_read(struct cursor value, struct nas *n)
{
	uint8_t first = 0;
	uint8_t octet = 0;
	digits imsi = 0;
	uint32_t tmsi = 0;

	if (!cursor_u8(&value, &first))
		return;
	if (bits(first, 0, 3) == IDENTITY_TMSI && cursor_be32(&value, &tmsi)) {
		n->tmsi = tmsi;
		n->has_tmsi = true;
	}
	if (bits(first, 0, 3) != IDENTITY_IMSI || bits(first, 4, 4) > 9 || !digits_append(&imsi, bits(first, 4, 4)))
		return;
	while (cursor_u8(&value, &octet)) {
		if (bits(octet, 0, 4) > 9 || !digits_append(&imsi, bits(octet, 0, 4)))
			return;
		if (bits(octet, 4, 4) == 15)
			break;
		if (bits(octet, 4, 4) > 9 || !digits_append(&imsi, bits(octet, 4, 4)))
			return;
	}
	n->imsi = imsi;
}

/* Steps over one tagged part, and takes what is wanted of it. */
static bool tagged_read(struct cursor *c, struct nas *n)
{
	struct cursor value;
	uint8_t tag = 0;
	uint8_t length = 0;

	if (!cursor_u8(c, &tag))
		return false;
	if (tag >= TAG_ALONE)
		return true;
	for (size_t i = 0; i < sizeof(unlengthed) / sizeof(unlengthed[0]); i++) {
		if (unlengthed[i].tag != tag)
			continue;
		if (tag == TAG_CAUSE)
			cursor_peek_u8(c, 0, &n->cause);
		return cursor_skip(c, unlengthed[i].octets);
	}
	if (!cursor_u8(c, &length) || !cursor_take(c, length, &value))
		return false;
	if (tag == TAG_PTMSI || tag == TAG_IDENTITY)
		identity_read(value, n);
	return true;
}

/* The next part of that format; false when it does not fit. */
static bool part_read(struct cursor *c, char format, struct nas *n)
{
	struct cursor value;
	uint8_t length = 0;

	switch (format) {
	case 'c':
		return cursor_u8(c, &n->cause);
	case 'l':
		return cursor_u8(c, &length) && cursor_skip(c, length);
	case 'i':
		if (!cursor_u8(c, &length) || !cursor_take(c, length, &value))
			return false;
		identity_read(value, n);
		return true;
	case 't':
		while (tagged_read(c, n))
			;
		return true;
	default:
		return cursor_skip(c, (size_t)(format - '0'));
	}
}

static void parts_read(struct cursor c, struct nas *n)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].protocol != n->protocol || forms[i].type != n->type)
			continue;
		for (const char *format = forms[i].parts; *format != '\0' && part_read(&c, *format, n); format++)
			;
		return;
	}
}

enum verdict layer3_read(struct cursor c, struct nas *ret)
{
	struct nas n = { .cause = NAS_CAUSE_NONE, .is_readable = true, .has_type = true };
	const struct header *h;
	uint8_t first = 0;

	if (!cursor_u8(&c, &first))
		return VERDICT_NAS_HEADER;
	n.protocol = (uint8_t)bits(first, 0, 4);
	h = &headers[n.protocol];
	if (h->type_mask == 0)
		return VERDICT_NAS_OTHER;
	if (h->has_transaction && bits(first, 4, 3) == TI_EXTENDED && !cursor_skip(&c, 1))
		return VERDICT_NAS_HEADER;
	if (!cursor_u8(&c, &n.type))
		return VERDICT_NAS_HEADER;
	n.type &= h->type_mask;
	parts_read(c, &n);
	*ret = n;
	return VERDICT_DECODED;
}

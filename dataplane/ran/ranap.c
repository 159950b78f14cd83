/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RANAP (TS 25.413 9.3): the frame of its messages is read by per.h; here are those protocolIEs that say what a message means for a phone:
 * NAS-PDU (9.2.3.5), Cause (9.2.1.4), the permanent identity (9.2.3.1) and the domain (9.2.1.5). Called by the walk for connectionless and
 * connection-oriented SCCP messages, on the thread of each worker.
 *
 * They are looked for at top level only. Refused: what is not the frame of a message. Not read: bearers, relocation, containers.
 */
#include "dataplane/ran/ranap.h"

#include "dataplane/ran/per.h"

/* RANAP-PDU: initiatingMessage, successfulOutcome, unsuccessfulOutcome, outcome. */
#define ALTERNATIVES 4
#define FIELDS_MAX   256

enum field {
	FIELD_DOMAIN = 3,
	FIELD_CAUSE = 4,
	FIELD_NAS = 16,
	FIELD_PERMANENT_ID = 23,
};

/* 9.2.1.4 and 9.3.4, the alternatives of Cause: their numbers are of these ranges. */
static const struct {
	uint16_t first;
	uint16_t count;
} cause_groups[] = { { 1, 64 }, { 65, 16 }, { 81, 16 }, { 97, 16 }, { 113, 16 }, { 129, 128 } };
#define CAUSE_GROUPS (sizeof(cause_groups) / sizeof(cause_groups[0]))
/* An extension of Cause, radioNetworkExtension, is an open type with numbers from here on. */
#define CAUSE_EXTENSION_FIRST 257
#define CAUSE_EXTENSION_COUNT 256

static bool cause_read(struct cursor value, struct ranap *r)
{
	struct per p = per_of(value);
	struct cursor open;
	uint32_t group = 0;
	uint32_t number = 0;

	if (!per_index(&p, CAUSE_GROUPS, true, &group))
		return false;
	if (group < CAUSE_GROUPS) {
		if (!per_number(&p, cause_groups[group].count, &number))
			return false;
		number += cause_groups[group].first;
	} else {
		if (group != CAUSE_GROUPS || !per_open(&p, &open))
			return false;
		p = per_of(open);
		if (!per_number(&p, CAUSE_EXTENSION_COUNT, &number))
			return false;
		number += CAUSE_EXTENSION_FIRST;
	}
	r->cause_group = (uint8_t)group;
	r->cause = (uint16_t)number;
	r->has_cause = true;
	return true;
}

/* PermanentNAS-UE-ID: a CHOICE with one alternative, an OCTET STRING of 3 to 8 octets. */
static bool permanent_id_read(struct cursor value, struct ranap *r)
{
	struct per p = per_of(value);
	struct cursor octets;
	uint32_t choice = 0;
	uint32_t length = 0;

	if (!per_index(&p, 1, true, &choice) || choice != 0 || !per_number(&p, 6, &length) || !per_octets(&p, length + 3, &octets))
		return false;
	return digits_read_tbcd(&octets, &r->imsi);
}

static void field_apply(const struct elementary_field *f, struct ranap *r)
{
	struct per p = per_of(f->value);
	uint32_t domain = 0;

	switch (f->id) {
	case FIELD_DOMAIN:
		if (per_bits(&p, 1, &domain))
			r->domain = (uint8_t)domain;
		break;
	case FIELD_CAUSE:
		cause_read(f->value, r);
		break;
	case FIELD_NAS:
		per_open(&p, &r->nas);
		break;
	case FIELD_PERMANENT_ID:
		permanent_id_read(f->value, r);
		break;
	default:
		break;
	}
}

enum verdict ranap_read(struct cursor c, struct ranap *ret)
{
	struct ranap r = { .nas = { c.end, c.end }, .domain = RANAP_DOMAIN_NONE };
	struct elementary e;
	struct elementary_field f;

	if (!elementary_read(c, ALTERNATIVES, &e))
		return VERDICT_RANAP_FRAME;
	r.kind = e.kind;
	r.procedure_code = e.procedure_code;
	for (int i = 0; i < FIELDS_MAX && elementary_field_read(&e, &f); i++)
		field_apply(&f, &r);
	*ret = r;
	return VERDICT_DECODED;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NGAP, TS 38.413: the PDU and its protocol IEs (9.4), of which the UE ids (9.3.3.1, 9.3.3.2), the cause (9.3.1.2) and all NAS-PDUs
 * (9.3.3.4) are read: alone, in the items of PDU session lists (9.2.1, 9.2.2), and in a rerouted message (9.2.5.5). Called by the walk of
 * every worker for user messages of payload protocol 60 or the port of NGAP.
 *
 * Refused: a PDU or field that does not fit, an item that is not readable. Not read: locations, capabilities, transfers between the base
 * station and the session management, transparent containers, among them that of a handover (NASC), which is no NAS message.
 */
#include "dataplane/ran/ngap.h"

#include <stddef.h>

#define CAUSE_ALTERNATIVES 6 /* the last one stands for extensions */
#define RAN_UE_RANGE       (UINT64_C(1) << 32)
#define ITEMS_RANGE        256 /* maxnoofPDUSessions */

/* 9.4.7 */
enum field_id {
	FIELD_AMF_UE = 10,
	FIELD_CAUSE = 15,
	FIELD_NAS = 38,
	FIELD_NGAP_MESSAGE = 42,
	FIELD_MODIFY_LIST = 64,
	FIELD_SETUP_CONTEXT_LIST = 71,
	FIELD_SETUP_LIST = 74,
	FIELD_RAN_UE = 85,
	FIELD_UE_IDS = 114,
};

/* 9.3.1.2: values in the root of each group. */
static const uint8_t cause_roots[CAUSE_GROUPS] = { 45, 2, 4, 7, 6 };

static bool nas_add(struct per *p, struct ngap *n)
{
	struct cursor value;

	if (!per_open(p, &value))
		return false;
	if (n->nas_count < NGAP_NAS_MAX && cursor_left(&value) > 0)
		n->nas[n->nas_count++] = value;
	return true;
}

/* S-NSSAI (9.3.1.24): the type, and perhaps a differentiator of three octets. */
static bool slice_skip(struct per *p)
{
	struct cursor value;
	bool is_extended = false;
	uint32_t optionals = 0;
	uint32_t type = 0;

	if (!per_sequence(p, 2, &is_extended, &optionals) || !per_bits(p, 8, &type) || ((optionals & 2) != 0 && !per_octets(p, 3, &value)))
		return false;
	return per_skip_end(p, (optionals & 1) != 0, is_extended);
}

/* An item: session, perhaps a NAS-PDU, a slice where there is one, a transfer. */
static bool item_read(struct per *p, bool has_slice, struct ngap *n)
{
	struct cursor transfer;
	bool is_extended = false;
	uint32_t optionals = 0;
	uint32_t session = 0;

	if (!per_sequence(p, 2, &is_extended, &optionals) || !per_number(p, 256, &session) || ((optionals & 2) != 0 && !nas_add(p, n)) ||
	    (has_slice && !slice_skip(p)) || !per_open(p, &transfer))
		return false;
	return per_skip_end(p, (optionals & 1) != 0, is_extended);
}

/* PDUSessionResourceSetupListCxtReq, ...SUReq, ...ModifyListModReq. */
static bool items_read(struct cursor value, bool has_slice, struct ngap *n)
{
	struct per p = per_of(value);
	uint32_t count = 0;

	if (!per_number(&p, ITEMS_RANGE, &count))
		return false;
	for (uint32_t i = 0; i <= count; i++) {
		if (!item_read(&p, has_slice, n))
			return false;
	}
	return true;
}

/* UE-NGAP-IDs: the pair, or the AMF's alone. */
static bool ue_ids_read(struct cursor value, struct ngap *n)
{
	struct per p = per_of(value);
	bool is_extended = false;
	uint32_t optionals = 0;
	uint32_t choice = 0;

	if (!per_index(&p, 3, false, &choice) || (choice == 0 && !per_sequence(&p, 1, &is_extended, &optionals)))
		return false;
	if (choice > 1)
		return true;
	n->has_amf_ue = per_wide_number(&p, &n->amf_ue);
	if (choice == 0)
		n->has_ran_ue = n->has_amf_ue && per_number(&p, RAN_UE_RANGE, &n->ran_ue);
	return n->has_amf_ue && (choice == 1 || n->has_ran_ue);
}

/* False when the field is not readable. */
static bool field_apply(const struct elementary_field *field, struct ngap *n)
{
	struct per p = per_of(field->value);

	switch (field->id) {
	case FIELD_AMF_UE:
		n->has_amf_ue = per_wide_number(&p, &n->amf_ue);
		return n->has_amf_ue;
	case FIELD_RAN_UE:
		n->has_ran_ue = per_number(&p, RAN_UE_RANGE, &n->ran_ue);
		return n->has_ran_ue;
	case FIELD_CAUSE:
		n->has_cause = elementary_cause_read(field->value, CAUSE_ALTERNATIVES, false, cause_roots, &n->cause);
		return n->has_cause;
	case FIELD_NAS:
		return nas_add(&p, n);
	case FIELD_SETUP_CONTEXT_LIST:
	case FIELD_SETUP_LIST:
		return items_read(field->value, true, n);
	case FIELD_MODIFY_LIST:
		return items_read(field->value, false, n);
	case FIELD_UE_IDS:
		return ue_ids_read(field->value, n);
	case FIELD_NGAP_MESSAGE:
		n->is_reroute = per_open(&p, &n->inner);
		return n->is_reroute;
	default:
		return true;
	}
}

enum verdict ngap_read(struct cursor c, struct ngap *ret)
{
	struct ngap n = { .nas_count = 0 };
	struct elementary e;
	struct elementary_field field;
	bool is_right = true;

	if (!elementary_peek(c, &n.kind, &n.procedure_code))
		return VERDICT_NGAP_HEADER;
	if (!elementary_read_cut(c, &e)) {
		*ret = n;
		return VERDICT_NGAP_FIELD;
	}
	while (elementary_field_read(&e, &field))
		is_right = field_apply(&field, &n) && is_right;
	*ret = n;
	return is_right && e.fields_left == 0 ? VERDICT_DECODED : VERDICT_NGAP_FIELD;
}

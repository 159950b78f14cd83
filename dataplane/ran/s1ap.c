/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * S1AP, TS 36.413: the PDU and its protocol IEs (9.3), of which the UE ids (9.2.3.3, 9.2.3.4), the cause (9.2.1.3), the paging identity
 * (9.2.3.13) and all NAS-PDUs (9.2.3.5) are read: alone, in the items of E-RAB lists (9.1.3, 9.1.4), and in a rerouted message (9.1.7.3).
 * Called by the walk of every worker for user messages of payload protocol 18 or the port of S1AP.
 *
 * Refused: a PDU or field that does not fit, an item that is not readable. Not read: locations, capabilities, transparent containers.
 */
#include "dataplane/ran/s1ap.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

#define UE_ID_RANGE  (UINT64_C(1) << 32)
#define ENB_ID_RANGE (UINT64_C(1) << 24)
#define ITEMS_RANGE  256 /* maxnoofE-RABs */
#define BIT_RATES    4
#define IMSI_MIN     3 /* octets of the IMSI in Paging, 3 to 8 */

/* 9.3.7 */
enum field_id {
	FIELD_MME_UE = 0,
	FIELD_CAUSE = 2,
	FIELD_ENB_UE = 8,
	FIELD_SETUP_BEARER_LIST = 16,
	FIELD_SETUP_BEARER_ITEM = 17,
	FIELD_SETUP_CONTEXT_LIST = 24,
	FIELD_NAS = 26,
	FIELD_MODIFY_LIST = 30,
	FIELD_MODIFY_ITEM = 36,
	FIELD_PAGING_ID = 43,
	FIELD_SETUP_CONTEXT_ITEM = 52,
	FIELD_UE_IDS = 99,
	FIELD_S1_MESSAGE = 225,
};

/* 9.2.1.3: values in the root of each group. */
static const uint8_t cause_roots[CAUSE_GROUPS] = { 36, 2, 4, 7, 6 };

static bool nas_add(struct per *p, struct s1ap *s)
{
	struct cursor value;

	if (!per_open(p, &value))
		return false;
	if (s->nas_count < S1AP_NAS_MAX && cursor_left(&value) > 0)
		s->nas[s->nas_count++] = value;
	return true;
}

/* GBR-QosInformation (9.2.1.18): four bit rates of up to 10^10. */
static bool bit_rates_skip(struct per *p)
{
	bool is_extended = false;
	uint32_t optionals = 0;
	uint64_t rate = 0;

	if (!per_sequence(p, 1, &is_extended, &optionals))
		return false;
	for (int i = 0; i < BIT_RATES; i++) {
		if (!per_wide_number(p, &rate))
			return false;
	}
	return per_skip_end(p, optionals != 0, is_extended);
}

/* E-RABLevelQoSParameters (9.2.1.15): class, retention priority (9.2.1.60), and perhaps bit rates. */
static bool quality_skip(struct per *p)
{
	bool is_extended = false;
	bool is_priority_extended = false;
	uint32_t optionals = 0;
	uint32_t has_priority_extensions = 0;
	uint32_t number = 0;

	if (!per_sequence(p, 2, &is_extended, &optionals) || !per_number(p, 256, &number) ||
	    !per_sequence(p, 1, &is_priority_extended, &has_priority_extensions) || !per_bits(p, 4 + 1 + 1, &number) ||
	    !per_skip_end(p, has_priority_extensions != 0, is_priority_extended))
		return false;
	if ((optionals & 2) != 0 && !bit_rates_skip(p))
		return false;
	return per_skip_end(p, (optionals & 1) != 0, is_extended);
}

/* E-RAB-ID: 0 to 15, or more in an extension. */
static bool bearer_skip(struct per *p)
{
	struct cursor value;
	uint32_t is_extended = 0;
	uint32_t number = 0;

	if (!per_bits(p, 1, &is_extended))
		return false;
	return is_extended != 0 ? per_open(p, &value) : per_bits(p, 4, &number);
}

/* TransportLayerAddress (9.2.2.1, 1 to 160 bits, or more in an extension) and GTP-TEID. */
static bool tunnel_skip(struct per *p)
{
	struct cursor value;
	uint32_t is_extended = 0;
	uint32_t length = 0;

	if (!per_bits(p, 1, &is_extended))
		return false;
	if (is_extended != 0 ? !per_length(p, &length) : !per_bits(p, 8, &length))
		return false;
	length += is_extended != 0 ? 0 : 1;
	return per_octets(p, (length + 7) / 8, &value) && per_octets(p, 4, &value);
}

/* E-RABToBeSetupItemCtxtSUReq (its NAS-PDU is optional) or E-RABToBeSetupItemBearerSUReq. */
static bool setup_item_read(struct cursor value, bool is_nas_optional, struct s1ap *s)
{
	struct per p = per_of(value);
	bool is_extended = false;
	uint32_t optionals = 0;

	if (!per_sequence(&p, is_nas_optional ? 2 : 1, &is_extended, &optionals) || !bearer_skip(&p) || !quality_skip(&p) ||
	    !tunnel_skip(&p))
		return false;
	return (is_nas_optional && (optionals & 2) == 0) || nas_add(&p, s);
}

/* E-RABToBeModifiedItemBearerModReq. */
static bool modify_item_read(struct cursor value, struct s1ap *s)
{
	struct per p = per_of(value);
	bool is_extended = false;
	uint32_t optionals = 0;

	return per_sequence(&p, 1, &is_extended, &optionals) && bearer_skip(&p) && quality_skip(&p) && nas_add(&p, s);
}

/* A list of items, each a ProtocolIE of its own. */
static bool items_read(struct cursor value, struct s1ap *s)
{
	struct elementary items = { .fields = per_of(value) };
	struct elementary_field item;
	bool is_right = true;

	if (!per_number(&items.fields, ITEMS_RANGE, &items.fields_left))
		return false;
	items.fields_left++;
	while (elementary_field_read(&items, &item)) {
		if (item.id == FIELD_MODIFY_ITEM)
			is_right = modify_item_read(item.value, s) && is_right;
		else if (item.id == FIELD_SETUP_CONTEXT_ITEM || item.id == FIELD_SETUP_BEARER_ITEM)
			is_right = setup_item_read(item.value, item.id == FIELD_SETUP_CONTEXT_ITEM, s) && is_right;
	}
	return is_right && items.fields_left == 0;
}

/* UEPagingID: an S-TMSI, or the IMSI. */
static bool paging_read(struct cursor value, struct s1ap *s)
{
	struct per p = per_of(value);
	struct cursor imsi;
	uint32_t choice = 0;
	uint32_t length = 0;

	if (!per_index(&p, 2, true, &choice))
		return false;
	if (choice != 1)
		return true;
	return per_bits(&p, 3, &length) && per_octets(&p, length + IMSI_MIN, &imsi) && digits_read_tbcd(&imsi, &s->imsi);
}

/* UE-S1AP-IDs: the pair, or the MME's alone. */
static bool ue_ids_read(struct cursor value, struct s1ap *s)
{
	struct per p = per_of(value);
	bool is_extended = false;
	uint32_t optionals = 0;
	uint32_t choice = 0;

	if (!per_index(&p, 2, true, &choice) || (choice == 0 && !per_sequence(&p, 1, &is_extended, &optionals)))
		return false;
	if (choice > 1)
		return true;
	s->has_mme_ue = per_number(&p, UE_ID_RANGE, &s->mme_ue);
	if (choice == 0)
		s->has_enb_ue = s->has_mme_ue && per_number(&p, ENB_ID_RANGE, &s->enb_ue);
	return s->has_mme_ue && (choice == 1 || s->has_enb_ue);
}

/* False when the field is not readable. */
static bool field_apply(const struct elementary_field *field, struct s1ap *s)
{
	struct per p = per_of(field->value);

	switch (field->id) {
	case FIELD_MME_UE:
		s->has_mme_ue = per_number(&p, UE_ID_RANGE, &s->mme_ue);
		return s->has_mme_ue;
	case FIELD_ENB_UE:
		s->has_enb_ue = per_number(&p, ENB_ID_RANGE, &s->enb_ue);
		return s->has_enb_ue;
	case FIELD_CAUSE:
		s->has_cause = elementary_cause_read(field->value, CAUSE_GROUPS, true, cause_roots, &s->cause);
		return s->has_cause;
	case FIELD_NAS:
		return nas_add(&p, s);
	case FIELD_SETUP_CONTEXT_LIST:
	case FIELD_SETUP_BEARER_LIST:
	case FIELD_MODIFY_LIST:
		return items_read(field->value, s);
	case FIELD_PAGING_ID:
		return paging_read(field->value, s);
	case FIELD_UE_IDS:
		return ue_ids_read(field->value, s);
	case FIELD_S1_MESSAGE:
		s->is_reroute = per_open(&p, &s->inner);
		return s->is_reroute;
	default:
		return true;
	}
}

enum verdict s1ap_read(struct cursor c, struct s1ap *ret)
{
	struct s1ap s = { .nas_count = 0 };
	struct elementary e;
	struct elementary_field field;
	bool is_right = true;

	if (!elementary_peek(c, &s.kind, &s.procedure_code))
		return VERDICT_S1AP_HEADER;
	if (!elementary_read_cut(c, &e)) {
		*ret = s;
		return VERDICT_S1AP_FIELD;
	}
	while (elementary_field_read(&e, &field))
		is_right = field_apply(&field, &s) && is_right;
	*ret = s;
	return is_right && e.fields_left == 0 ? VERDICT_DECODED : VERDICT_S1AP_FIELD;
}

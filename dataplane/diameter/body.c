/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Diameter message says besides its header: the AVPs of the base protocol (RFC 6733), of credit control's Subscription-Id
 * (RFC 8506) and of S6a/S6d (TS 29.272) that avp.def lists with their clauses.
 *
 * Called by the walk of a worker for every message; pure. Grouped AVPs are entered only where the table says so, one cursor per
 * level and no recursion: the Result-Code inside Multiple-Services-Credit-Control or the User-Name inside Failed-AVP are not the
 * message's. Where an AVP is repeated the first one counts (RFC 6733 allows most of them once).
 *
 * Refuses AVPs whose length does not fit their message or their type (RFC 6733 4.1, 7.1.5); those before it are kept, and behind a
 * broken AVP inside a group those that follow the group. Values that have the right length but no meaning (a TBCD number of
 * sixteen digits, a PLMN with a digit above nine) leave their field empty. Does not read Public-Identity and other IMS AVPs.
 */
#include "dataplane/diameter/diameter.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

#define AVP_DEPTH_MAX   4
#define BASE_CODES      512
#define THREE_GPP_CODES 2048
#define IMSI_DIGITS_MIN 6
#define PLMN_LENGTH     3

/* Subscription-Id-Type, RFC 8506 8.47. */
#define SUBSCRIPTION_E164 0
#define SUBSCRIPTION_IMSI 1

enum avp_place {
	IN_TOP = 1,
	IN_APPLICATION = 2,  /* Vendor-Specific-Application-Id */
	IN_EXPERIMENTAL = 4, /* Experimental-Result */
	IN_SUBSCRIPTION = 8, /* Subscription-Id */
	IN_PROFILE = 16,     /* Subscription-Data */
	IN_APN_PROFILE = 32, /* APN-Configuration-Profile */
	IN_APN = 64,         /* APN-Configuration */
};

enum avp_type {
	TYPE_TEXT,
	TYPE_U32,
	TYPE_TBCD,
	TYPE_PLMN,
	TYPE_USER,
	TYPE_COUNT,
	TYPE_GROUP,
	TYPE_SUBSCRIPTION_TYPE,
	TYPE_SUBSCRIPTION_DATA,
};

struct avp_row {
	uint16_t field;
	uint16_t flag;  /* 0: none, no has_ member stands at offset 0 */
	uint8_t within; /* bits of enum avp_place */
	uint8_t opens;
	uint8_t type;
};

enum avp_row_number {
	ROW_NONE,
#define AVP(vendor, code, ...) ROW_##vendor##_##code,
#include "dataplane/diameter/avp.def"
#undef AVP
	ROW_COUNT
};

_Static_assert(ROW_COUNT <= 64, "the rows seen in a message are the bits of one word");

#define FIELD(member) .field = offsetof(struct diameter_body, member)
#define OPENS(place)  .opens = place
#define NO_FIELD      .field = 0
#define FLAG(member)  .flag = offsetof(struct diameter_body, member)
#define NO_FLAG       .flag = 0
static const struct avp_row rows[ROW_COUNT] = {
#define AVP(vendor, code, places, kind, target, presence, clause)                                                                          \
	[ROW_##vendor##_##code] = { .within = (places), .type = TYPE_##kind, target, presence },
#include "dataplane/diameter/avp.def"
#undef AVP
};

/* From code to row: one table per vendor, both small enough to stay in the cache. */
#define INDEX_BASE_BASE(code) [code] = ROW_BASE_##code,
#define INDEX_BASE_3GPP(code)
#define INDEX_3GPP_BASE(code)
#define INDEX_3GPP_3GPP(code) [code] = ROW_3GPP_##code,

static const uint8_t base_rows[BASE_CODES] = {
#define AVP(vendor, code, ...) INDEX_BASE_##vendor(code)
#include "dataplane/diameter/avp.def"
#undef AVP
};

static const uint8_t three_gpp_rows[THREE_GPP_CODES] = {
#define AVP(vendor, code, ...) INDEX_3GPP_##vendor(code)
#include "dataplane/diameter/avp.def"
#undef AVP
};

struct subscription {
	struct cursor value;
	uint32_t type;
	bool has_type;
};

struct body_walk {
	struct diameter_body body;
	struct subscription subscription;
	struct cursor levels[AVP_DEPTH_MAX];
	uint8_t places[AVP_DEPTH_MAX];
	size_t depth;  /* levels open */
	uint64_t seen; /* bits of enum avp_row_number */
};

static enum avp_row_number row_of(const struct diameter_avp *avp)
{
	if (avp->vendor == 0 && avp->code < BASE_CODES)
		return base_rows[avp->code];
	if (avp->vendor == DIAMETER_VENDOR_3GPP && avp->code < THREE_GPP_CODES)
		return three_gpp_rows[avp->code];
	return ROW_NONE;
}

/* An IMSI has at most 15 digits (E.212 6.1); fewer than 6 cannot hold a country, a network and a subscriber. */
static bool imsi_read(const struct cursor *text, digits *ret)
{
	digits imsi = 0;

	if (!digits_read_text((const char *)text->at, cursor_left(text), &imsi) || digits_count(imsi) < IMSI_DIGITS_MIN)
		return false;
	*ret = imsi;
	return true;
}

static bool begins_with(const struct cursor *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return cursor_left(text) >= length && memcmp(text->at, prefix, length) == 0;
}

/*
 * The IMSI of a User-Name: the digits alone (TS 29.272 7.3.1), or a network access identifier whose realm behind the '@' does not
 * matter. In the identities of EAP a digit before the IMSI names the method: 0 AKA, 1 SIM, 6 AKA' (TS 23.003 19.3.2, 14.3).
 */
static void user_read(const struct cursor *user_name, digits *ret)
{
	struct cursor left = *user_name;
	struct cursor user = *user_name;
	struct cursor realm = { .at = user_name->end, .end = user_name->end };
	const uint8_t *separator = cursor_left(&left) > 0 ? memchr(left.at, '@', cursor_left(&left)) : NULL;
	uint8_t first = 0;
	bool is_eap = false;

	if (separator != NULL && cursor_take(&left, (size_t)(separator - left.at), &user)) {
		realm = left;
		cursor_skip(&realm, 1);
	}
	is_eap = begins_with(&realm, "nai.epc.") || begins_with(&realm, "wlan.") || cursor_left(&user) == DIGITS_MAX + 1;
	if (is_eap && cursor_peek_u8(&user, 0, &first) && (first == '0' || first == '1' || first == '6'))
		cursor_skip(&user, 1);
	imsi_read(&user, ret);
}

/* TS 29.272 7.3.9, octets as in TS 29.002's PLMN-Id: MCC 2 | MCC 1, MNC 3 (or 15) | MCC 3, MNC 2 | MNC 1. */
static void plmn_read(struct cursor value, char ret[7])
{
	static const uint8_t order[] = { 0, 1, 2, 4, 5, 3 };
	uint8_t nibbles[2 * PLMN_LENGTH] = { 0 };
	char text[7] = "";
	uint8_t octet = 0;

	for (size_t i = 0; i < PLMN_LENGTH && cursor_u8(&value, &octet); i++) {
		nibbles[2 * i] = octet & 0x0f;
		nibbles[2 * i + 1] = octet >> 4;
	}
	for (size_t i = 0; i < sizeof(order); i++) {
		uint8_t digit = nibbles[order[i]];

		if (digit == 15 && i == 5)
			break;
		if (digit > 9)
			return;
		text[i] = (char)('0' + digit);
	}
	memcpy(ret, text, sizeof(text));
}

/* A Subscription-Id whose two halves are there: E.164 number (with or without '+') or IMSI. */
static void subscription_settle(struct body_walk *walk)
{
	struct cursor value = walk->subscription.value;
	uint8_t first = 0;

	if (!walk->subscription.has_type || cursor_left(&value) == 0)
		return;
	if (walk->subscription.type == SUBSCRIPTION_E164 && walk->body.msisdn == 0) {
		if (cursor_peek_u8(&value, 0, &first) && first == '+')
			cursor_skip(&value, 1);
		digits_read_text((const char *)value.at, cursor_left(&value), &walk->body.msisdn);
	}
	if (walk->subscription.type == SUBSCRIPTION_IMSI && walk->body.imsi == 0)
		imsi_read(&value, &walk->body.imsi);
}

static bool u32_read(struct cursor value, uint32_t *ret)
{
	return cursor_left(&value) == sizeof(*ret) && cursor_be32(&value, ret);
}

static enum verdict subscription_read(struct body_walk *walk, const struct avp_row *row, struct cursor value)
{
	if (row->type == TYPE_SUBSCRIPTION_DATA) {
		walk->subscription.value = value;
	} else {
		if (!u32_read(value, &walk->subscription.type))
			return VERDICT_DIAMETER_AVP_LENGTH;
		walk->subscription.has_type = true;
	}
	subscription_settle(walk);
	return VERDICT_DECODED;
}

static void group_enter(struct body_walk *walk, const struct avp_row *row, struct cursor value)
{
	if (walk->depth == AVP_DEPTH_MAX)
		return;
	if (row->opens == IN_SUBSCRIPTION)
		walk->subscription = (struct subscription){ 0 };
	walk->levels[walk->depth] = value;
	walk->places[walk->depth] = row->opens;
	walk->depth++;
}

/* Puts a value into its field. */
static enum verdict field_read(struct body_walk *walk, const struct avp_row *row, struct cursor value)
{
	uint8_t *body = (uint8_t *)&walk->body;
	void *field = body + row->field;
	digits number = 0;

	switch ((enum avp_type)row->type) {
	case TYPE_USER:
		user_read(&value, &walk->body.imsi);
		memcpy(field, &value, sizeof(value));
		break;
	case TYPE_TEXT:
		memcpy(field, &value, sizeof(value));
		break;
	case TYPE_U32:
		if (!u32_read(value, field))
			return VERDICT_DIAMETER_AVP_LENGTH;
		break;
	case TYPE_TBCD:
		if (digits_read_tbcd(&value, &number))
			memcpy(field, &number, sizeof(number));
		break;
	case TYPE_PLMN:
		if (cursor_left(&value) != PLMN_LENGTH)
			return VERDICT_DIAMETER_AVP_LENGTH;
		plmn_read(value, field);
		break;
	case TYPE_COUNT:
	case TYPE_GROUP:
	case TYPE_SUBSCRIPTION_TYPE:
	case TYPE_SUBSCRIPTION_DATA:
		break;
	}
	if (row->flag != 0)
		body[row->flag] = true;
	return VERDICT_DECODED;
}

static enum verdict avp_take(struct body_walk *walk, const struct diameter_avp *avp, uint8_t place)
{
	enum avp_row_number number = row_of(avp);
	const struct avp_row *row = &rows[number];
	enum verdict verdict = VERDICT_DECODED;

	if ((row->within & place) == 0)
		return VERDICT_DECODED;
	if (row->type == TYPE_GROUP) {
		group_enter(walk, row, avp->value);
		return VERDICT_DECODED;
	}
	if (row->type == TYPE_SUBSCRIPTION_TYPE || row->type == TYPE_SUBSCRIPTION_DATA)
		return subscription_read(walk, row, avp->value);
	if (row->type == TYPE_COUNT) {
		uint8_t *count = (uint8_t *)&walk->body + row->field;

		*count = (uint8_t)(*count + (*count < UINT8_MAX));
		return VERDICT_DECODED;
	}
	if (walk->seen >> number & 1)
		return VERDICT_DECODED;
	verdict = field_read(walk, row, avp->value);
	if (verdict == VERDICT_DECODED)
		walk->seen |= UINT64_C(1) << number;
	return verdict;
}

enum verdict diameter_body_read(const struct diameter *message, struct diameter_body *ret)
{
	struct body_walk walk = { .levels = { message->avps }, .places = { IN_TOP }, .depth = 1 };
	enum verdict worst = VERDICT_DECODED;

	while (walk.depth > 0) {
		size_t level = walk.depth - 1;
		struct diameter_avp avp;
		enum verdict verdict = VERDICT_DECODED;

		if (cursor_left(&walk.levels[level]) == 0) {
			walk.depth--;
			continue;
		}
		verdict = diameter_avp_read(&walk.levels[level], &avp);
		if (verdict == VERDICT_DECODED)
			verdict = avp_take(&walk, &avp, walk.places[level]);
		else
			walk.depth--;
		worst = verdict_worse(worst, verdict);
	}
	*ret = walk.body;
	return worst;
}

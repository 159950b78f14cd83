/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Diameter message says besides its header: the AVPs of the base protocol (RFC 6733), of credit control's Subscription-Id
 * (RFC 8506), of S6a/S6d (TS 29.272) and of Cx, Sh and others that name a subscriber (TS 29.229, 29.329, 29.336) that avp.def lists with
 * their clauses. What only `decode` shows is in detail.c.
 *
 * Called by the walk of a worker for every message; pure. Grouped AVPs are entered only where the table says so, one cursor per
 * level and no recursion: the Result-Code inside Multiple-Services-Credit-Control or the User-Name inside Failed-AVP are not the
 * message's. Where an AVP is repeated the first one counts (RFC 6733 allows most of them once).
 *
 * Refuses AVPs whose length does not fit their message or their type (RFC 6733 4.1, 7.1.5); those before it are kept, and behind a
 * broken AVP inside a group those that follow the group. Values that have the right length but no meaning (a TBCD number of
 * sixteen digits, a PLMN with a digit above nine, a Public-Identity that is a name) leave their field empty.
 */
#include "dataplane/diameter/diameter.h"

#include <stddef.h>

#include "dataplane/diameter/decimal.h"

#define AVP_DEPTH_MAX 4
#define AVP_HEADER    8U
/* With the vendor. */
#define AVP_HEADER_VENDOR 12U
/* The first eight octets as one word: code, flags, length. */
#define AVP_HEAD_LENGTH UINT64_C(0xffffff)
#define AVP_HEAD_VENDOR UINT64_C(0x80000000)
#define BASE_CODES      512
#define THREE_GPP_CODES 4096
#define IMSI_DIGITS_MIN 6
#define PLMN_LENGTH     3
#define BODY_PIECE      64
#define PLMN_TEXT       sizeof(((struct diameter_body *)0)->visited_plmn)

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
	IN_USER = 128,       /* User-Identity, User-Identifier */
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
	TYPE_IMPU,
};

struct avp_row {
	uint8_t field;
	uint8_t flag;   /* 0: none, no has_ member stands at offset 0 */
	uint8_t within; /* bits of enum avp_place; 0: an AVP that is not read */
	uint8_t opens;
	uint8_t type;
	uint8_t number; /* enum avp_row_number */
};

enum avp_row_number {
	ROW_NONE,
#define AVP(vendor, code, ...) ROW_##vendor##_##code,
#include "dataplane/diameter/avp.def"
#undef AVP
	ROW_COUNT
};

_Static_assert(ROW_COUNT <= 64, "the rows seen in a message are the bits of one word");
_Static_assert(sizeof(struct diameter_body) <= UINT8_MAX, "a row says where a field is in one octet");

#define FIELD(member) .field = offsetof(struct diameter_body, member)
#define OPENS(place)  .opens = place
#define NO_FIELD      .field = 0
#define FLAG(member)  .flag = offsetof(struct diameter_body, member)
#define NO_FLAG       .flag = 0

/* Rows by code: one table per vendor, so that a look-up is one load. */
#define ROW_BASE_BASE(code, ...) [code] = { __VA_ARGS__ },
#define ROW_BASE_3GPP(code, ...)
#define ROW_3GPP_BASE(code, ...)
#define ROW_3GPP_3GPP(code, ...) [code] = { __VA_ARGS__ },

static const struct avp_row base_rows[BASE_CODES] = {
#define AVP(vendor, code, places, kind, target, presence, clause)                                                                          \
	ROW_BASE_##vendor(code, .within = (places), .type = TYPE_##kind, .number = ROW_##vendor##_##code, target, presence)
#include "dataplane/diameter/avp.def"
#undef AVP
};

static const struct avp_row three_gpp_rows[THREE_GPP_CODES] = {
#define AVP(vendor, code, places, kind, target, presence, clause)                                                                          \
	ROW_3GPP_##vendor(code, .within = (places), .type = TYPE_##kind, .number = ROW_##vendor##_##code, target, presence)
#include "dataplane/diameter/avp.def"
#undef AVP
};

struct subscription {
	struct cursor value;
	uint32_t type;
	bool has_type;
	bool has_value;
};

struct body_walk {
	struct diameter_body *body;
	struct subscription subscription;
	/* The groups around the one that is read: what is left of them, and what they are. Only those below `depth` hold something. */
	struct cursor levels[AVP_DEPTH_MAX - 1];
	uint8_t places[AVP_DEPTH_MAX - 1];
	size_t depth;
	enum verdict worst;
	uint64_t seen; /* bits of enum avp_row_number */
};

/* The AVP that is read, and what is left behind it in its group. */
struct avp_found {
	struct cursor rest;
	struct cursor value;
	const struct avp_row *row;
	uint8_t place; /* enum avp_place */
};

/* The row; where there is none, one that is within nothing: code 0 is assigned to nobody. */
static inline const struct avp_row *row_of(uint32_t vendor, uint32_t code)
{
	if (vendor == 0)
		return &base_rows[code < BASE_CODES ? code : 0];
	return vendor == DIAMETER_VENDOR_3GPP && code < THREE_GPP_CODES ? &three_gpp_rows[code] : &base_rows[0];
}

/* An IMSI has at most 15 digits (E.212 6.1); fewer than 6 cannot hold a country, a network and a subscriber. */
static bool imsi_read(const struct cursor *text, digits *ret)
{
	digits imsi = 0;

	if (!decimal_read(text, &imsi) || digits_count(imsi) < IMSI_DIGITS_MIN)
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
static void identity_read(const struct cursor *user_name, digits *ret)
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

/* Nearly always digits alone, at most fifteen: no realm and no method to look for. */
static void user_read(const struct cursor *user_name, digits *ret)
{
	if (!imsi_read(user_name, ret))
		identity_read(user_name, ret);
}

/* Steps over the letters of a scheme, which may be of either case (RFC 3986 3.1). */
static bool scheme_skip(struct cursor *text, const char *scheme)
{
	size_t length = strlen(scheme);

	if (cursor_left(text) < length)
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((cursor_fixed_u8(text, i) | 0x20) != (scheme[i] | 0x20))
			return false;
	}
	return cursor_skip(text, length);
}

/* Cuts the text before the first `end`; what follows that octet is left in `ret_rest`. */
static void text_cut(struct cursor *text, uint8_t end, struct cursor *ret_rest)
{
	const uint8_t *at = cursor_left(text) > 0 ? memchr(text->at, end, cursor_left(text)) : NULL;

	*ret_rest = (struct cursor){ .at = text->end, .end = text->end };
	if (at == NULL)
		return;
	*ret_rest = *text;
	cursor_skip(ret_rest, (size_t)(at - text->at) + 1);
	cursor_trim(text, (size_t)(at - text->at));
}

/*
 * A Public-Identity (TS 23.003 13.4): "tel:+NUMBER" and "sip:+NUMBER@realm" are telephone numbers; "sip:IMSI@ims.mncNNN.mccNNN..." is the
 * temporary one of a card without an IMS application (13.4B), and a name is neither.
 */
__attribute__((noinline)) static void impu_read(struct cursor text, struct diameter_body *body)
{
	struct cursor parameters;
	struct cursor realm = { .at = text.end, .end = text.end };
	uint8_t first = 0;

	if (scheme_skip(&text, "sip:"))
		text_cut(&text, '@', &realm);
	else if (!scheme_skip(&text, "tel:"))
		return;
	text_cut(&text, ';', &parameters);
	if (cursor_peek_u8(&text, 0, &first) && first == '+') {
		cursor_skip(&text, 1);
		if (body->msisdn == 0)
			decimal_read(&text, &body->msisdn);
	} else if (begins_with(&realm, "ims.mnc") && body->imsi == 0) {
		imsi_read(&text, &body->imsi);
	}
}

/* TS 29.272 7.3.9, octets as in TS 29.002's PLMN-Id: MCC 2 | MCC 1, MNC 3 (or 15) | MCC 3, MNC 2 | MNC 1. */
static void plmn_read(struct cursor value, char ret[PLMN_TEXT])
{
	static const uint8_t order[] = { 0, 1, 2, 4, 5, 3 };
	uint64_t nibbles = nibbles_of_wire(&value);
	char text[PLMN_TEXT] = "";

	for (size_t i = 0; i < sizeof(order); i++) {
		unsigned int digit = digits_at(nibbles, order[i]);

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

	if (!walk->subscription.has_type || !walk->subscription.has_value)
		return;
	if (walk->subscription.type == SUBSCRIPTION_E164 && walk->body->msisdn == 0) {
		if (cursor_peek_u8(&value, 0, &first) && first == '+')
			cursor_skip(&value, 1);
		decimal_read(&value, &walk->body->msisdn);
	}
	if (walk->subscription.type == SUBSCRIPTION_IMSI && walk->body->imsi == 0)
		imsi_read(&value, &walk->body->imsi);
}

static bool u32_read(struct cursor value, uint32_t *ret)
{
	return cursor_left(&value) == sizeof(*ret) && cursor_be32(&value, ret);
}

static enum verdict subscription_read(struct body_walk *walk, enum avp_type type, struct cursor value)
{
	if (type == TYPE_SUBSCRIPTION_DATA) {
		walk->subscription.value = value;
		walk->subscription.has_value = cursor_left(&value) > 0;
	} else {
		if (!u32_read(value, &walk->subscription.type))
			return VERDICT_DIAMETER_AVP_LENGTH;
		walk->subscription.has_type = true;
	}
	subscription_settle(walk);
	return VERDICT_DECODED;
}

/* Opens a group: what follows it waits. */
static void group_enter(struct body_walk *walk, struct avp_found *found)
{
	if (walk->depth == AVP_DEPTH_MAX - 1)
		return;
	walk->subscription.has_type = walk->subscription.has_type && found->row->opens != IN_SUBSCRIPTION;
	walk->subscription.has_value = walk->subscription.has_value && found->row->opens != IN_SUBSCRIPTION;
	walk->levels[walk->depth] = found->rest;
	walk->places[walk->depth] = found->place;
	walk->depth++;
	found->rest = found->value;
	found->place = found->row->opens;
}

static void count_up(uint8_t *count)
{
	*count = (uint8_t)(*count + (*count < UINT8_MAX));
}

/* Puts a value into its field. */
static enum verdict field_read(struct body_walk *walk, const struct avp_row *row, struct cursor value)
{
	uint8_t *body = (uint8_t *)walk->body;
	void *field = body + row->field;
	digits number = 0;

	switch ((enum avp_type)row->type) {
	case TYPE_USER:
		user_read(&value, &walk->body->imsi);
		*(struct cursor *)field = value;
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
	case TYPE_IMPU:
		impu_read(value, walk->body);
		break;
	case TYPE_TEXT:
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

/* An AVP that counts and is no name. */
static enum verdict value_take(struct body_walk *walk, const struct avp_row *row, struct cursor value)
{
	enum verdict verdict;

	if (row->type == TYPE_SUBSCRIPTION_TYPE || row->type == TYPE_SUBSCRIPTION_DATA)
		return subscription_read(walk, (enum avp_type)row->type, value);
	if (row->type == TYPE_COUNT) {
		count_up((uint8_t *)walk->body + row->field);
		return VERDICT_DECODED;
	}
	if ((walk->seen >> row->number & 1) != 0)
		return VERDICT_DECODED;
	verdict = field_read(walk, row, value);
	if (verdict == VERDICT_DECODED)
		walk->seen |= UINT64_C(1) << row->number;
	return verdict;
}

/* In three pieces, which become stores of 16 octets; for more than this gcc 12 takes "rep stos", which costs more to start than they do. */
static inline void body_clear(struct diameter_body *body)
{
	uint8_t *at = (uint8_t *)body;

	memset(at, 0, BODY_PIECE);
	memset(at + BODY_PIECE, 0, BODY_PIECE);
	memset(at + 2 * BODY_PIECE, 0, sizeof(*body) - 2 * BODY_PIECE);
}

/*
 * diameter_avp_read() for an AVP that is whole with its padding and not the last few octets of its window: header and vendor are looked at
 * once, as words. False leaves it to that function. The walk takes 59 instructions per AVP of S6a so, and took 147
 * with a call and a check per field.
 */
static inline bool avp_quick(struct avp_found *found)
{
	struct cursor *c = &found->rest;
	size_t left = cursor_left(c);
	uint64_t head;
	size_t length;
	size_t padded;

	if (left < AVP_HEADER_VENDOR)
		return false;
	head = cursor_fixed_be64(c, 0);
	length = head & AVP_HEAD_LENGTH;
	padded = (length + 3) & ~(size_t)3;
	if (padded > left)
		return false;
	if ((head & AVP_HEAD_VENDOR) != 0) {
		if (length < AVP_HEADER_VENDOR)
			return false;
		found->row = row_of(cursor_fixed_be32(c, AVP_HEADER), (uint32_t)(head >> 32));
		found->value = cursor_fixed_part(c, AVP_HEADER_VENDOR, length - AVP_HEADER_VENDOR);
	} else {
		if (length < AVP_HEADER)
			return false;
		found->row = row_of(0, (uint32_t)(head >> 32));
		found->value = cursor_fixed_part(c, AVP_HEADER, length - AVP_HEADER);
	}
	return cursor_skip(c, padded);
}

/* Goes on behind a group that is read; false: it was the message. */
static bool group_leave(struct body_walk *walk, struct avp_found *found)
{
	if (walk->depth == 0)
		return false;
	walk->depth--;
	found->rest = walk->levels[walk->depth];
	found->place = walk->places[walk->depth];
	return true;
}

/* The next AVP by diameter_avp_read(); a broken one ends its group. */
static __attribute__((noinline)) enum verdict avp_slow(struct cursor rest, struct avp_found *ret)
{
	struct diameter_avp avp = { .value = { .at = rest.end, .end = rest.end } };
	enum verdict verdict = diameter_avp_read(&rest, &avp);

	if (verdict != VERDICT_DECODED)
		cursor_skip(&rest, cursor_left(&rest));
	ret->rest = rest;
	ret->value = avp.value;
	ret->row = verdict == VERDICT_DECODED ? row_of(avp.vendor, avp.code) : &base_rows[0];
	return verdict;
}

enum verdict diameter_body_read(const struct diameter *message, struct diameter_body *ret)
{
	struct avp_found found = { .rest = message->avps, .place = IN_TOP };
	struct body_walk walk;

	body_clear(ret);
	walk.body = ret;
	walk.subscription = (struct subscription){ 0 };
	walk.depth = 0;
	walk.worst = VERDICT_DECODED;
	walk.seen = 0;
	for (;;) {
		if (!avp_quick(&found)) {
			struct avp_found slow;

			if (cursor_left(&found.rest) == 0) {
				if (!group_leave(&walk, &found))
					return walk.worst;
				continue;
			}
			walk.worst = verdict_worse(walk.worst, avp_slow(found.rest, &slow));
			found.rest = slow.rest;
			found.value = slow.value;
			found.row = slow.row;
		}
		if ((found.row->within & found.place) == 0)
			continue;
		if (found.row->type == TYPE_TEXT) {
			/* More than half of what is used are names; the first of a kind counts. */
			struct cursor *field = (struct cursor *)((uint8_t *)ret + found.row->field);

			if (field->at == NULL)
				*field = found.value;
		} else if (found.row->type == TYPE_GROUP) {
			group_enter(&walk, &found);
		} else {
			walk.worst = verdict_worse(walk.worst, value_take(&walk, found.row, found.value));
		}
	}
}

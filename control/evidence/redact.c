/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Redaction, see redact.h. Two passes over the stretches of a frame that hold signalling: the first overwrites what has the form of a
 * subscriber's number and remembers its last digits, the second overwrites these wherever else they stand, in either nibble or as text.
 * Called by the thread that keeps evidence, for evidence.redact and for what leaves the machine.
 *
 * Forms: TBCD of TS 29.002 17.7.8 (IMSI), ISDN-AddressString (same place), mobile identity of TS 24.008 10.5.1.4 and TS 24.301 9.9.3.12,
 * TP addresses of TS 23.040 9.1.2.5, MSISDN of TS 29.329 6.3.2.
 */
#include "control/evidence/redact.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/frame.h"

#define FRAME_MAX ((size_t)256 << 10)
/* Last digits by which a number is found again: 9 of an IMSI are in a global title made of it (E.214), too. */
#define TAIL_MOST          9
#define TAIL_LEAST         6
#define TAILS_MAX          64
#define TEXT_LEAST         8
#define TEXT_SESSION       10 /* digits of a word of a Session-Id (RFC 6733 8.8), which stand between semicolons */
#define TEXT_KEPT          5
#define ISDN_KEPT          2
#define ISDN_LONGEST       9
#define ISDN_INTERNATIONAL 0x91
/* Bytes at the start of an IMSI that hold network codes only, whether its first byte is its type or not. */
#define IMSI_KEPT  3
#define AVP_MSISDN 701
/* Its tag (X.690 8.19), and the length of those of MAP and CAP (TS 29.002 17.3). */
#define OBJECT_IDENTIFIER 6
#define CONTEXT_LENGTH    7
#define IMSI_LEAST        13
/* Digits of a number other than zero. */
#define OTHERS_LEAST 5
/* The same of its last ones, to look for these. */
#define OTHERS_OF_TAIL 3
/* Type IMSI, odd number of digits (TS 24.008 10.5.1.4). */
#define MOBILE_IDENTITY_IMSI 9

struct tail {
	uint8_t digits[TAIL_MOST];
	uint8_t count;
};

struct redactor {
	struct inside_reader *inside;
	struct tail tails[TAILS_MAX];
	size_t tail_count;
	const struct redact_hint *hints;
	size_t hint_count;
	size_t overwritten;
	uint8_t before[FRAME_MAX];
};

struct redactor *redactor_new(void)
{
	struct redactor *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->inside = inside_reader_new();
	if (r->inside != NULL)
		return r;
	free(r);
	return NULL;
}

void redactor_free(struct redactor *r)
{
	if (r != NULL)
		inside_reader_free(r->inside);
	free(r);
}

static void tail_add(struct redactor *r, digits number)
{
	unsigned int count = digits_count(number);
	struct tail *t = &r->tails[r->tail_count];

	if (count < TAIL_LEAST + 1 || r->tail_count == TAILS_MAX)
		return;
	t->count = (uint8_t)(count - 1 < TAIL_MOST ? count - 1 : TAIL_MOST);
	for (unsigned int i = 0; i < t->count; i++)
		t->digits[i] = (uint8_t)digits_at(number, count - t->count + i);
	r->tail_count++;
}

static bool is_node(const struct redactor *r, digits number)
{
	bool is_known = false;

	for (size_t i = 0; i < r->hint_count; i++) {
		const struct redact_hint *h = &r->hints[i];

		if (number == h->msisdn || number == h->imsi)
			return false;
		for (int n = 0; n < REDACT_NODES_MAX; n++)
			is_known = is_known || (node_kind(h->nodes[n]) == NODE_GLOBAL_TITLE && node_digits(h->nodes[n]) == number);
	}
	return is_known;
}

static bool is_decimal(uint8_t octet)
{
	return (octet & 15) <= 9 && octet >> 4 <= 9;
}

/* `length` octets of BCD, low nibble first, the last high one perhaps a filler. False when they are something else. */
static bool bcd_read(const uint8_t *at, size_t length, digits *ret)
{
	digits number = 0;

	for (size_t i = 0; i < length; i++) {
		bool is_filled = i + 1 == length && at[i] >> 4 == 15 && (at[i] & 15) <= 9;

		if (!is_filled && !is_decimal(at[i]))
			return false;
		/* A sixteenth digit is none of a number. */
		(void)digits_append(&number, at[i] & 15);
		if (!is_filled)
			(void)digits_append(&number, at[i] >> 4);
	}
	*ret = number;
	return true;
}

/* Zeros for digits; fillers stay. */
static void bcd_overwrite(uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		at[i] = at[i] >> 4 == 15 ? (uint8_t)0xf0 : 0;
}

/* A mobile identity of odd length: its first nibble says what it is (1, IMSI, and a bit for "odd"), and no filler is needed. */
static digits without_type(const uint8_t *at, size_t length)
{
	digits number = 0;

	for (size_t i = 1; i < 2 * length; i++)
		(void)digits_append(&number, i % 2 == 0 ? at[i / 2] & 15 : at[i / 2] >> 4);
	return number;
}

/* Headers and tags are full of zeros, numbers of subscribers are not. */
static bool is_number(digits number)
{
	unsigned int others = 0;

	for (unsigned int i = 0; i < digits_count(number); i++)
		others += digits_at(number, i) != 0;
	return others >= OTHERS_LEAST;
}

/* Mobile country codes begin with 2 to 7 (ITU-T E.212 annex A). */
static bool is_imsi(digits number)
{
	return digits_count(number) >= IMSI_LEAST && digits_at(number, 0) >= 2 && digits_at(number, 0) <= 7 && is_number(number);
}

/* Behind a length octet: IMSI, or a mobile identity of type IMSI. */
static size_t imsi_overwrite(struct redactor *r, uint8_t *at, size_t length)
{
	digits number;

	if ((length != 7 && length != 8) || !bcd_read(at, length, &number))
		return 0;
	if (at[length - 1] >> 4 != 15 && (at[0] & 15) != MOBILE_IDENTITY_IMSI)
		return 0;
	if ((at[0] & 15) == MOBILE_IDENTITY_IMSI && at[length - 1] >> 4 != 15)
		number = without_type(at, length);
	if (!is_imsi(number))
		return 0;
	tail_add(r, number);
	bcd_overwrite(at + IMSI_KEPT, length - IMSI_KEPT);
	r->overwritten++;
	return length;
}

/*
 * Extension bit, type of number, plan of telephony (TS 29.002 17.7.8): international, or unknown and national, which could as well be tags
 * of BER with a length behind them.
 */
static bool is_isdn(const uint8_t *at)
{
	return at[0] == ISDN_INTERNATIONAL || ((at[0] == 0x81 || at[0] == 0xa1) && at[1] > ISDN_LONGEST);
}

/* An octet of type and plan, and its digits. */
static size_t isdn_overwrite(struct redactor *r, uint8_t *at, size_t length)
{
	digits number;

	if (length < 5 || length > ISDN_LONGEST || !is_isdn(at) || !bcd_read(at + 1, length - 1, &number))
		return 0;
	if (digits_count(number) < TAIL_LEAST + 1 || !is_number(number))
		return 0;
	if (is_node(r, number))
		return length;
	tail_add(r, number);
	bcd_overwrite(at + 1 + ISDN_KEPT / 2, length - 1 - ISDN_KEPT / 2);
	r->overwritten++;
	return length;
}

/* An address of a short message: its length is in digits. */
static size_t short_message_overwrite(struct redactor *r, uint8_t *at, size_t left)
{
	size_t length = 1 + ((size_t)at[0] + 1) / 2;

	return at[0] >= 8 && at[0] <= 15 && length < left && at[1] == ISDN_INTERNATIONAL ? isdn_overwrite(r, at + 1, length) : 0;
}

/* MSISDN of Diameter: code, flags and length, vendor, BCD without a length of its own. */
static size_t avp_overwrite(struct redactor *r, uint8_t *at, size_t left)
{
	static const uint8_t code[4] = { 0, 0, AVP_MSISDN >> 8, AVP_MSISDN & 0xff };
	size_t header = left >= 12 && (at[4] & 0x80) != 0 ? 12 : 8;
	size_t length;
	digits number;

	if (left < 12 || memcmp(at, code, sizeof(code)) != 0)
		return 0;
	length = (size_t)at[5] << 16 | (size_t)at[6] << 8 | at[7];
	if (length <= header + 1 || length > header + 9 || length > left || !bcd_read(at + header, length - header, &number))
		return 0;
	tail_add(r, number);
	bcd_overwrite(at + header + ISDN_KEPT / 2, length - header - ISDN_KEPT / 2);
	r->overwritten++;
	return length;
}

static bool is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

/* A run of digits in text that begins here. */
static size_t text_overwrite(struct redactor *r, uint8_t *at, size_t left, uint8_t before)
{
	digits number = 0;
	size_t length = 0;

	while (length < left && is_digit(at[length]))
		length++;
	if (length < TEXT_LEAST || (length <= TEXT_SESSION && (before == ';' || (length < left && at[length] == ';'))))
		return length;
	if (length <= DIGITS_MAX && digits_read_text((const char *)at, length, &number))
		tail_add(r, number);
	memset(at + TEXT_KEPT, '0', length - TEXT_KEPT);
	r->overwritten++;
	return length;
}

static void forms_overwrite(struct redactor *r, uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t left = length - at;
		size_t size = bytes[at];
		size_t done = 0;

		if (is_digit(bytes[at]))
			done = text_overwrite(r, bytes + at, left, at > 0 ? bytes[at - 1] : 0);
		else if (bytes[at] == 0)
			done = avp_overwrite(r, bytes + at, left);
		else if (bytes[at] == OBJECT_IDENTIFIER && left > 2)
			/* An application context is all small numbers, and has the length of an IMSI. */
			done = 2 + (size_t)bytes[at + 1] <= left && bytes[at + 1] == CONTEXT_LENGTH ? 2 + (size_t)CONTEXT_LENGTH : 1;
		else if (size < left && (size = imsi_overwrite(r, bytes + at + 1, size)) > 0)
			done = 1 + size;
		else if (bytes[at] < left && (size = isdn_overwrite(r, bytes + at + 1, bytes[at])) > 0)
			done = 1 + size;
		else if ((size = short_message_overwrite(r, bytes + at, left)) > 0)
			done = 1 + size;
		at += done > 0 ? done : 1;
	}
}

static uint8_t nibble(const uint8_t *bytes, size_t position)
{
	return position % 2 == 0 ? bytes[position / 2] & 15 : bytes[position / 2] >> 4;
}

/* Sets the nibbles from `position` to zero. */
static void nibbles_overwrite(uint8_t *bytes, size_t position, size_t count)
{
	for (size_t i = position; i < position + count; i++)
		bytes[i / 2] &= i % 2 == 0 ? 0xf0 : 0x0f;
}

static void tail_overwrite(struct redactor *r, const struct tail *t, uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at + t->count <= 2 * length; at++) {
		size_t same = 0;

		while (same < t->count && nibble(bytes, at + same) == t->digits[same])
			same++;
		if (same < t->count)
			continue;
		nibbles_overwrite(bytes, at, t->count);
		r->overwritten++;
	}
	for (size_t at = 0; at + t->count <= length; at++) {
		size_t same = 0;

		while (same < t->count && bytes[at + same] == '0' + t->digits[same])
			same++;
		if (same < t->count)
			continue;
		memset(bytes + at, '0', t->count);
		r->overwritten++;
	}
}

/* What is nearly all zeros would be found in every header. */
static bool is_worth_finding(const struct tail *t)
{
	unsigned int others = 0;

	for (size_t i = 0; i < t->count; i++)
		others += t->digits[i] != 0;
	return others >= OTHERS_OF_TAIL;
}

static void begin(struct redactor *r, const struct redact_hint *hints, size_t hint_count)
{
	r->hints = hints;
	r->hint_count = hint_count;
	r->tail_count = 0;
	r->overwritten = 0;
	for (size_t i = 0; i < hint_count; i++) {
		tail_add(r, hints[i].imsi);
		tail_add(r, hints[i].msisdn);
	}
}

static void tails_overwrite(struct redactor *r, uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < r->tail_count; i++) {
		if (is_worth_finding(&r->tails[i]))
			tail_overwrite(r, &r->tails[i], bytes, length);
	}
}

size_t redact_bytes(struct redactor *r, uint8_t *bytes, size_t length, const struct redact_hint *hints, size_t hint_count)
{
	begin(r, hints, hint_count);
	forms_overwrite(r, bytes, length);
	tails_overwrite(r, bytes, length);
	return r->overwritten;
}

/* A frame whose transport is not there as a whole: behind its headers anything may stand. */
#define HEADERS_LEAST 34

size_t redact_frame(struct redactor *r, const struct frame *frame, uint8_t *bytes, const struct redact_hint *hints, size_t hint_count)
{
	struct inside in;
	size_t skipped = frame->captured < HEADERS_LEAST ? frame->captured : HEADERS_LEAST;

	begin(r, hints, hint_count);
	if (!inside_read(r->inside, frame, &in)) {
		if (frame->link_type >= LINK_TYPE_MTP2)
			skipped = 0;
		return redact_bytes(r, bytes + skipped, frame->captured - skipped, hints, hint_count);
	}
	memcpy(r->before, bytes, frame->captured < FRAME_MAX ? frame->captured : FRAME_MAX);
	for (size_t i = 0; i < in.part_count; i++)
		forms_overwrite(r, bytes + in.parts[i].at, in.parts[i].length);
	for (size_t i = 0; i < in.part_count; i++)
		tails_overwrite(r, bytes + in.parts[i].at, in.parts[i].length);
	if (r->overwritten > 0 && frame->captured <= FRAME_MAX)
		inside_mend(&in, r->before, bytes);
	return r->overwritten;
}

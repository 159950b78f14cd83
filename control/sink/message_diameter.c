/* SPDX-License-Identifier: BSD-3-Clause */
/* A Diameter message in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/codes/codes.h"

#define TYPE_ALLOCATION_DIGITS 8
/* The shortest runs of digits that may be an identity: an IMSI in a session identifier, any number in words. */
#define SESSION_DIGITS 14
#define TEXT_DIGITS    9

static void user_name_write(const struct message_writer *w, struct json *j, const struct diameter_body *b)
{
	if (cursor_left(&b->user_name) == 0)
		return;
	if (b->imsi != 0)
		message_identity_field(w, j, "user_name", PSEUDONYM_IMSI, b->imsi);
	else if (w->pseudonym->is_clear)
		json_bytes(j, "user_name", &b->user_name);
	else
		json_text(j, "user_name", "~");
}

/* Puts stars over a number wherever it stands. */
static void number_mask(char *text, size_t length, digits number)
{
	char wanted[DIGITS_TEXT_MAX];
	char *found;

	if (number == 0)
		return;
	digits_write(number, wanted);
	while ((found = memmem(text, length, wanted, strlen(wanted))) != NULL)
		memset(found, '*', strlen(wanted));
}

/*
 * Some clients build the session identifier from the IMSI or the number of the subscriber, which an answer need not name: hidden where
 * identities are is what the message names, and what is as long as an IMSI. Shorter and longer numbers are counters and times.
 */
static void session_write(const struct message_writer *w, struct json *j, const struct diameter_body *b)
{
	size_t length = cursor_left(&b->session);
	char *text = w->pseudonym->is_clear || length == 0 ? NULL : malloc(length);
	struct cursor shown = b->session;

	if (text == NULL) {
		if (w->pseudonym->is_clear)
			message_text_field(j, "session", &b->session);
		return;
	}
	memcpy(text, b->session.at, length);
	number_mask(text, length, b->imsi);
	number_mask(text, length, b->msisdn);
	shown = cursor_of((const uint8_t *)text, length);
	message_masked_field(w, j, "session", &shown, SESSION_DIGITS);
	free(text);
}

/* Text that names a subscriber: in clear, as the pseudonym of the number that it holds, or that there is one. */
static void public_identity_write(const struct message_writer *w, struct json *j, const char *key, const struct message *m)
{
	const struct cursor *text = &m->detail.texts[DETAIL_3GPP_601];

	if (w->pseudonym->is_clear)
		json_bytes(j, key, text);
	else if (m->body.imsi != 0)
		message_identity_field(w, j, key, PSEUDONYM_IMSI, m->body.imsi);
	else if (m->body.msisdn != 0)
		message_identity_field(w, j, key, PSEUDONYM_MSISDN, m->body.msisdn);
	else
		json_text(j, key, "~");
}

/* An IMEI: hidden, the type of the device is left (TS 23.003 6.2.1: eight digits). */
static void imei_write(const struct message_writer *w, struct json *j, const char *key, const struct cursor *text)
{
	struct cursor shown = *text;
	char type[TYPE_ALLOCATION_DIGITS + 2] = "";

	if (w->pseudonym->is_clear) {
		json_bytes(j, key, text);
		return;
	}
	cursor_trim(&shown, TYPE_ALLOCATION_DIGITS);
	memcpy(type, shown.at, cursor_left(&shown));
	type[cursor_left(&shown)] = '~';
	shown = cursor_of((const uint8_t *)type, strlen(type));
	json_bytes(j, key, &shown);
}

static void detail_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	const struct diameter_detail *detail = &m->detail;

	for (unsigned int at = 0; at < DETAIL_COUNT; at++) {
		const char *key = diameter_detail_key((enum diameter_detail_number)at);

		if ((detail->seen >> at & 1) == 0)
			continue;
		switch (diameter_detail_kind((enum diameter_detail_number)at)) {
		case DETAIL_NUMBER:
			json_number(j, key, (int64_t)detail->numbers[at]);
			break;
		case DETAIL_TEXT:
			message_masked_field(w, j, key, &detail->texts[at], TEXT_DIGITS);
			break;
		case DETAIL_IDENTITY:
			public_identity_write(w, j, key, m);
			break;
		case DETAIL_IMEI:
			imei_write(w, j, key, &detail->texts[at]);
			break;
		case DETAIL_GROUP:
			break;
		}
	}
	if ((detail->seen >> DETAIL_BASE_282 & 1) != 0)
		message_text_field(j, "last_route", &detail->texts[DETAIL_BASE_282]);
}

static void peer_write(struct json *j, const struct message *m)
{
	if (m->peer_event == PEER_NOTHING)
		return;
	json_open(j, "peer", '{');
	message_text_field(j, "host", &m->body.origin_host);
	json_text(j, "event", peer_event_name(m->peer_event));
	json_close(j, '}');
}

void message_diameter_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	const struct diameter *d = &m->diameter;
	const struct diameter_body *b = &m->body;
	const char *name = diameter_command_name(d->command);

	if ((m->layers & LAYER_DIAMETER) == 0 || d->length == 0)
		return;
	json_open(j, "diameter", '{');
	json_number(j, "code", d->command);
	if (name != NULL)
		json_text(j, "name", name);
	json_number(j, "app", d->application);
	json_bool(j, "request", (d->flags & DIAMETER_FLAG_REQUEST) != 0);
	json_bool(j, "error", (d->flags & DIAMETER_FLAG_ERROR) != 0);
	json_bool(j, "retransmit", (d->flags & DIAMETER_FLAG_RETRANSMIT) != 0);
	json_number(j, "hop", d->hop_by_hop);
	json_number(j, "end", d->end_to_end);
	session_write(w, j, b);
	message_text_field(j, "origin_host", &b->origin_host);
	message_text_field(j, "origin_realm", &b->origin_realm);
	message_text_field(j, "dest_host", &b->destination_host);
	message_text_field(j, "dest_realm", &b->destination_realm);
	if (b->has_result)
		json_number(j, "result", b->result);
	if (b->has_experimental) {
		json_number(j, "experimental", b->experimental);
		json_number(j, "experimental_vendor", b->experimental_vendor);
	}
	user_name_write(w, j, b);
	message_identity_field(w, j, "msisdn", PSEUDONYM_MSISDN, b->msisdn);
	if (b->has_rat_type)
		json_number(j, "rat_type", b->rat_type);
	if (b->visited_plmn[0] != '\0')
		json_text(j, "visited_plmn", b->visited_plmn);
	if (b->has_error_diagnostic)
		json_number(j, "error_diagnostic", b->error_diagnostic);
	if (b->has_disconnect_cause)
		json_number(j, "disconnect_cause", b->disconnect_cause);
	if (cursor_left(&b->user_name) == 0)
		message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, b->imsi);
	message_text_field(j, "apn", &b->apn);
	detail_write(w, j, m);
	json_close(j, '}');
	peer_write(j, m);
}

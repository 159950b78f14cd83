/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A decoded message as a JSON line, layer by layer in the order of CONTRACT.md. What could not be read stands as "malformed" with its layer
 * and reason in place of the rest. Called by the walk of `decode` for each message; formats and allocates at will.
 */
#include "control/sink/message.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/message_parts.h"
#include "dataplane/codes/codes.h"

#define DIGITS_OF_IDENTITY_MAX 16 /* TS 23.003 6.2.2: an IMEISV */

void message_digits_field(struct json *j, const char *key, digits d)
{
	char text[DIGITS_TEXT_MAX];

	if (d == 0)
		return;
	digits_write(d, text);
	json_text(j, key, text);
}

void message_identity_field(const struct message_writer *w, struct json *j, const char *key, enum pseudonym_kind kind, digits d)
{
	char text[PSEUDONYM_TEXT_MAX];

	if (d == 0)
		return;
	pseudonym_write(w->pseudonym, kind, d, text);
	json_text(j, key, text);
}

void message_text_field(struct json *j, const char *key, const struct cursor *text)
{
	if (cursor_left(text) > 0)
		json_bytes(j, key, text);
}

static void runs_mask(uint8_t *text, size_t length, size_t shortest)
{
	size_t run = 0;

	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] >= '0' && text[i] <= '9') {
			run++;
			continue;
		}
		if (run >= shortest && run <= DIGITS_OF_IDENTITY_MAX)
			memset(text + i - run, '*', run);
		run = 0;
	}
}

void message_masked_field(const struct message_writer *w, struct json *j, const char *key, const struct cursor *text, size_t shortest)
{
	size_t length = cursor_left(text);
	uint8_t *masked = w->pseudonym->is_clear || length == 0 ? NULL : malloc(length);
	struct cursor shown = *text;

	if (masked != NULL) {
		memcpy(masked, text->at, length);
		runs_mask(masked, length, shortest);
		shown = cursor_of(masked, length);
	}
	if (w->pseudonym->is_clear || masked != NULL || length == 0)
		json_bytes(j, key, &shown);
	free(masked);
}

static void address_write(struct json *j, const char *key, const struct ip_address *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char text[INET6_ADDRSTRLEN];

	if (memcmp(a->bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, a->bytes + sizeof(mapped), text, sizeof(text));
	else
		inet_ntop(AF_INET6, a->bytes, text, sizeof(text));
	json_text(j, key, text);
}

/* Every layer recognised, in order, joined by slashes. */
static void stack_write(struct json *j, const struct message *m)
{
	static const struct {
		uint32_t layer;
		const char *name;
	} names[] = {
		{ LAYER_M3UA, "m3ua" },         { LAYER_M2PA, "m2pa" }, { LAYER_M2UA, "m2ua" },         { LAYER_SUA, "sua" },
		{ LAYER_IUA, "iua" },           { LAYER_MTP2, "mtp2" }, { LAYER_MTP3, "mtp3" },         { LAYER_MTP3_MANAGEMENT, "mtp3mg" },
		{ LAYER_ISUP, "isup" },         { LAYER_SCCP, "sccp" }, { LAYER_SCMG, "scmg" },         { LAYER_TCAP, "tcap" },
		{ LAYER_MAP, "map" },           { LAYER_CAP, "cap" },   { LAYER_BSSAP, "bssap" },       { LAYER_RANAP, "ranap" },
		{ LAYER_SGSAP, "sgsap" },       { LAYER_S1AP, "s1ap" }, { LAYER_NGAP, "ngap" },         { LAYER_NAS, "nas" },
		{ LAYER_DIAMETER, "diameter" }, { LAYER_INAP, "inap" }, { LAYER_ANSI_MAP, "ansi_map" }, { LAYER_TUP, "tup" },
		{ LAYER_BICC, "bicc" },
	};
	char text[96] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((m->layers & names[i].layer) == 0)
			continue;
		if (text[0] != '\0')
			strcat(text, "/");
		strcat(text, names[i].name);
	}
	json_text(j, "stack", (m->layers & LAYER_SCTP_EVENT) != 0 ? "sctp" : text);
}

static void head_write(struct json *j, const struct message *m)
{
	const struct packet *p = m->packet;
	char time[48];

	json_number(j, "frame", p->number);
	snprintf(time, sizeof(time), "%" PRId64 ".%09" PRId64, p->time / NANOS_PER_S, p->time % NANOS_PER_S);
	json_text(j, "time", time);
	address_write(j, "src", &p->source);
	address_write(j, "dst", &p->destination);
	json_number(j, "sport", m->source_port);
	json_number(j, "dport", m->destination_port);
	json_text(j, "transport", m->is_sctp ? "sctp" : m->is_bare ? "none" : "tcp");
	if (m->is_sctp && (m->layers & LAYER_SCTP_EVENT) == 0)
		json_number(j, "ppid", m->ppid);
	stack_write(j, m);
}

static void causes_write(struct json *j, const struct sctp_event *event)
{
	if (event->cause_count == 0)
		return;
	json_open(j, "causes", '[');
	for (size_t i = 0; i < event->cause_count; i++) {
		const char *name = message_name(MESSAGE_SCTP_CAUSE, (uint8_t)(event->causes[i] >> 8), (uint8_t)event->causes[i]);

		json_open(j, NULL, '{');
		json_number(j, "code", event->causes[i]);
		if (name != NULL)
			json_text(j, "name", name);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void event_write(struct json *j, const struct message *m)
{
	const struct sctp_event *event = &m->event;
	const char *name = sctp_chunk_name(event->type);

	json_open(j, "sctp", '{');
	json_number(j, "chunk", event->type);
	if (name != NULL)
		json_text(j, "name", name);
	if (event->has_init) {
		json_number(j, "initiate_tag", event->init.initiate_tag);
		json_number(j, "initial_tsn", event->init.initial_tsn);
		json_number(j, "outbound_streams", event->init.outbound_streams);
		json_number(j, "inbound_streams", event->init.inbound_streams);
	}
	causes_write(j, event);
	json_close(j, '}');
}

static void malformed_write(struct json *j, const struct message *m)
{
	const struct verdict_row *row = verdict_row(m->verdict);

	if (row->kind != VERDICT_KIND_MALFORMED)
		return;
	json_open(j, "malformed", '{');
	json_text(j, "layer", row->layer);
	json_number(j, "offset", (int64_t)m->refused_at);
	json_text(j, "why", row->words);
	json_text(j, "clause", row->clause);
	json_close(j, '}');
}

bool message_was_read(const struct message *m, const char *layer)
{
	const struct verdict_row *row = verdict_row(m->verdict);

	return row->kind != VERDICT_KIND_MALFORMED || strcmp(row->layer, layer) != 0;
}

void message_write(void *writer, const struct message *m)
{
	const struct message_writer *w = writer;
	struct json j = { .out = w->out };

	json_open(&j, NULL, '{');
	head_write(&j, m);
	if ((m->layers & LAYER_SCTP_EVENT) != 0)
		event_write(&j, m);
	message_sigtran_write(&j, m);
	message_ss7_write(w, &j, m);
	message_access_write(w, &j, m);
	message_ran_write(w, &j, m);
	message_nas_write(w, &j, m);
	message_diameter_write(w, &j, m);
	malformed_write(&j, m);
	json_close(&j, '}');
	fputc('\n', w->out);
}

void message_write_wanted(void *writer, const struct message *m)
{
	const struct message_writer *w = writer;
	const struct pseudonym clear = { .is_clear = true };
	struct message_writer shown = { .out = filter_page(w->filter, FILTER_SHOWN), .pseudonym = w->pseudonym };
	struct message_writer plain = { .pseudonym = &clear };

	if (shown.out == NULL) {
		message_write(writer, m);
		return;
	}
	message_write(&shown, m);
	if (!w->pseudonym->is_clear && (plain.out = filter_page(w->filter, FILTER_CLEAR)) != NULL)
		message_write(&plain, m);
	filter_put(w->filter, w->out);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One frame of `explain` from its head to its verdict: the walk takes it as in life, its messages are told as `decode` would, and the place
 * of the refusal is shown with the bytes around it.
 *
 * Bytes that may hold identities (whatever is not a header of link, IP or transport) are shown with --clear-identities only.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/command/explain.h"

/* Bytes shown around a place: so many lines, the place in the second where there is one before it. */
#define DUMP_LINE  16
#define DUMP_LINES 4

struct explain_place explain_place_of(const struct explain *e, const uint8_t *at, const struct cursor *whole, const char *what)
{
	uintptr_t begin = (uintptr_t)e->frame->bytes;
	uintptr_t place = (uintptr_t)at;

	if (place >= begin && place <= begin + e->frame->captured)
		return (struct explain_place){ e->frame->bytes, e->frame->captured, place - begin, 0, "frame" };
	return (struct explain_place){ whole->at, cursor_left(whole), place - (uintptr_t)whole->at, 0, what };
}

void explain_place_keep(struct explain *e, enum verdict verdict, const struct explain_place *place)
{
	if (e->place.bytes != NULL && verdict <= e->placed)
		return;
	e->place = *place;
	e->placed = verdict;
}

enum verdict explain_verdict_since(const struct account *before, const struct account *after)
{
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (after->verdicts[v] != before->verdicts[v])
			return (enum verdict)v;
	}
	return VERDICT_DECODED;
}

/* The lines of bytes around a place; `shown` of them from the place on, and none before it unless everything may be seen. */
static json_t *dump_of(const struct explain_place *p, bool shows_all)
{
	json_t *lines = json_array();
	size_t first = p->at / DUMP_LINE * DUMP_LINE;
	size_t end = p->at + p->header;

	if (shows_all) {
		first = first >= DUMP_LINE ? first - DUMP_LINE : 0;
		end = p->length;
	}
	end = end < p->length ? end : p->length;
	end = end < first + DUMP_LINES * DUMP_LINE ? end : first + DUMP_LINES * DUMP_LINE;
	for (size_t at = first; at < end; at += DUMP_LINE) {
		char text[16 + 4 * DUMP_LINE];
		size_t length = (size_t)snprintf(text, sizeof(text), "%04zx ", at);

		for (size_t i = at; i < at + DUMP_LINE && i < end; i++) {
			const char *mark = i == p->at ? ">" : " ";

			if (shows_all || i >= p->at)
				length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%02x", mark, p->bytes[i]);
			else
				length += (size_t)snprintf(text + length, sizeof(text) - length, "%s..", mark);
		}
		json_array_append_new(lines, json_string(text));
	}
	return lines;
}

/* The walk's observer in this frame. */
static void message_take(void *who, const struct message *m)
{
	struct explain *e = who;
	struct message_writer writer = { .pseudonym = e->pseudonym };
	char *text = NULL;
	size_t size = 0;
	json_t *line;

	writer.out = open_memstream(&text, &size);
	if (writer.out == NULL)
		return;
	message_write(&writer, m);
	if (fclose(writer.out) == 0) {
		line = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
		if (line != NULL)
			json_array_append_new(e->messages, line);
	}
	free(text);
	if (m->verdict != VERDICT_DECODED) {
		struct explain_place place = explain_place_of(e, m->bytes.at, &m->bytes, "reassembled message");

		place.at += m->refused_at;
		if (place.at > place.length)
			return;
		if (m->verdict == e->placed && !e->is_placed_by_message)
			e->place.bytes = NULL;
		explain_place_keep(e, m->verdict, &place);
		e->is_placed_by_message = true;
	}
}

static void piece_count(void *who, const struct message *m)
{
	struct explain *e = who;

	(void)m;
	e->piece_messages++;
}

static void frame_tell(struct explain *e)
{
	static const char *const links[] = { [LINK_TYPE_UNSUPPORTED] = "not supported",
					     [LINK_TYPE_ETHERNET] = "Ethernet",
					     [LINK_TYPE_LINUX_SLL] = "Linux cooked",
					     [LINK_TYPE_LINUX_SLL2] = "Linux cooked v2",
					     [LINK_TYPE_RAW_IP] = "raw IP",
					     [LINK_TYPE_NULL] = "null",
					     [LINK_TYPE_PPP] = "PPP" };
	const struct frame *f = e->frame;
	const char *link = f->link_type < sizeof(links) / sizeof(links[0]) ? links[f->link_type] : NULL;
	json_t *object = json_object();
	time_t second = (time_t)(f->time / NANOS_PER_S);
	struct tm utc;
	char text[48];
	char date[48];

	json_object_set_new(object, "number", json_integer(f->number));
	snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, f->time / NANOS_PER_S, f->time % NANOS_PER_S);
	json_object_set_new(object, "time", json_string(text));
	if (f->time >= 0 && gmtime_r(&second, &utc) != NULL && strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &utc) > 0)
		json_object_set_new(object, "date", json_string(date));
	if (link != NULL)
		json_object_set_new(object, "link_type", json_string(link));
	json_object_set_new(object, "length", json_integer(f->wire_length));
	json_object_set_new(object, "captured", json_integer(f->captured));
	if (f->is_cut != 0)
		json_object_set_new(object, "cut", json_true());
	json_object_set_new(e->root, "frame", object);
}

static void verdict_tell(struct explain *e, enum verdict v)
{
	static const char *const kinds[] = { [VERDICT_KIND_DECODED] = "decoded",
					     [VERDICT_KIND_IGNORED] = "ignored",
					     [VERDICT_KIND_MALFORMED] = "malformed",
					     [VERDICT_KIND_DROPPED] = "dropped" };
	const struct verdict_row *row = verdict_row(v);
	const char *layer = row->layer;
	const char *clause = row->clause;
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(kinds[row->kind]));
	json_object_set_new(object, "name", json_string(row->name));
	json_object_set_new(object, "words", json_string(row->words));
	/* The verdict is one for fragments of all layers, and its row speaks of the lowest. */
	if (v == VERDICT_FRAGMENT_HELD && json_object_get(e->root, "sctp") != NULL) {
		layer = "sctp, sccp";
		clause = "RFC 9260 6.9, Q.714 4.1.1.2";
	}
	if (layer[0] != '\0')
		json_object_set_new(object, "layer", json_string(layer));
	if (clause[0] != '\0')
		json_object_set_new(object, "clause", json_string(clause));
	if (v != VERDICT_DECODED && e->place.bytes != NULL && e->placed == v) {
		bool shows_all = e->pseudonym->is_clear;

		json_object_set_new(object, "at", json_integer((json_int_t)e->place.at));
		json_object_set_new(object, "in", json_string(e->place.what));
		if (shows_all || e->place.header > 0)
			json_object_set_new(object, "bytes", dump_of(&e->place, shows_all));
		if (!shows_all && e->place.header == 0)
			json_object_set_new(object, "hidden", json_string("what may hold identities; --clear-identities shows it"));
	}
	json_object_set_new(e->root, "verdict", object);
}

void explain_frame(struct explain *e)
{
	struct packet packet;
	struct packet piece;
	struct account before = e->walk->account;
	enum verdict v = walk_frame(e->walk, e->frame, &packet);
	bool has_piece = walk_frame(e->pieces, e->frame, &piece) == VERDICT_DECODED;

	e->messages = json_array();
	frame_tell(e);
	explain_link_ip(e, v);
	e->plan = *e->pieces->plan;
	e->plan.verifies_sctp_checksum = false;
	e->pieces->plan = &e->plan;
	e->pieces->observer = piece_count;
	e->pieces->observer_of = e;
	e->walk->observer = message_take;
	e->walk->observer_of = e;
	if (v == VERDICT_DECODED) {
		if (packet.protocol == IP_PROTOCOL_SCTP && has_piece)
			explain_sctp(e, &packet, &piece);
		walk_packet(e->walk, &packet, e->frame->wire_length);
		e->walk->indication_count = 0;
		v = explain_verdict_since(&before, &e->walk->account);
		if (packet.protocol == IP_PROTOCOL_TCP)
			explain_tcp(e, &packet, v, json_array_size(e->messages));
	}
	if (json_array_size(e->messages) > 0)
		json_object_set(e->root, "messages", e->messages);
	json_decref(e->messages);
	verdict_tell(e, v);
}

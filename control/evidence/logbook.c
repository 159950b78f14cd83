/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The logbook, see logbook.h: a ring of entries and, for each of the two packets of an entry, a link in a chain from a table of places.
 * Chains go from new to old, and end where an entry's place has been taken by a newer one: nothing is ever taken out of them.
 */
#include "control/evidence/logbook.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"
#include "dataplane/codes/codes.h"

/* Of a hostile chain no more is looked at. */
#define CHAIN_MAX 256

struct logbook {
	struct logged *entries;
	uint64_t *places; /* newest link: twice its entry's number, plus 1 of an answer, plus 1; 0: none */
	uint64_t mask;
	uint64_t count; /* entries ever added */
};

struct logbook *logbook_new(size_t entries)
{
	struct logbook *l = calloc(1, sizeof(*l));
	size_t size = 1024;

	while (size < entries)
		size <<= 1;
	if (l == NULL)
		return NULL;
	l->mask = size - 1;
	l->entries = calloc(size, sizeof(*l->entries));
	l->places = calloc(size, sizeof(*l->places));
	if (l->entries != NULL && l->places != NULL)
		return l;
	logbook_free(l);
	return NULL;
}

void logbook_free(struct logbook *l)
{
	if (l == NULL)
		return;
	free(l->entries);
	free(l->places);
	free(l);
}

static uint64_t place_of(const struct logbook *l, nanos time, uint32_t number)
{
	return hash_mix((uint64_t)time ^ (uint64_t)number << 40) & l->mask;
}

/* When the packet of request (0) or answer (1) was captured. Of an answer without a request the only time is its own. */
static nanos time_of(const struct logged *e, int which)
{
	return which == 0 || e->latency < 0 ? e->time : e->time + e->latency;
}

static void chain_join(struct logbook *l, struct logged *e, int which)
{
	uint64_t *place;

	if (e->frames[which] == 0)
		return;
	place = &l->places[place_of(l, time_of(e, which), e->frames[which])];
	e->next[which] = *place;
	*place = 2 * l->count + (uint64_t)which + 1;
}

void logbook_add(struct logbook *l, const struct outcome *o)
{
	struct logged *e = &l->entries[l->count & l->mask];

	if (o->event == OUTCOME_EVENT_SIGHTED || o->event == OUTCOME_EVENT_NOTICE || (o->frames[0] == 0 && o->frames[1] == 0))
		return;
	*e = (struct logged){ .time = o->time,
			      .latency = o->latency,
			      .key = o->key,
			      .imsi = o->imsi,
			      .msisdn = o->msisdn,
			      .client = o->client,
			      .server = o->server,
			      .segments = o->segments,
			      .frames = { o->frames[0], o->frames[1] },
			      .cause = o->cause,
			      .procedure = o->procedure,
			      .invoke = o->invoke,
			      .event = o->event,
			      .class = o->class,
			      .cause_layer = o->cause_layer };
	chain_join(l, e, 0);
	chain_join(l, e, 1);
	l->count++;
}

static bool is_same_request(const struct logged *a, const struct logged *b)
{
	return a->key == b->key && a->invoke == b->invoke && a->procedure == b->procedure && a->time == b->time;
}

static bool is_found(const struct logged *const *found, size_t count, const struct logged *e)
{
	for (size_t i = 0; i < count; i++) {
		if (is_same_request(found[i], e))
			return true;
	}
	return false;
}

size_t logbook_find(const struct logbook *l, nanos time, uint32_t number, const struct logged *ret[LOGBOOK_FOUND_MAX])
{
	uint64_t at = l->places[place_of(l, time, number)];
	size_t count = 0;

	for (int steps = 0; at != 0 && steps < CHAIN_MAX && count < LOGBOOK_FOUND_MAX; steps++) {
		uint64_t link = at - 1;
		const struct logged *e = &l->entries[link / 2 & l->mask];
		int which = (int)(link % 2);

		if (link / 2 + l->mask + 1 < l->count)
			break;
		if (time_of(e, which) == time && e->frames[which] == number && !is_found(ret, count, e))
			ret[count++] = e;
		at = e->next[which];
	}
	return count;
}

/* A pen over bounded text. */
struct pen {
	char *text;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void pen_write(struct pen *p, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(p->text + p->used, LOGBOOK_COMMENT_MAX - p->used, format, arguments);
	va_end(arguments);
	if (length > 0)
		p->used += (size_t)length < LOGBOOK_COMMENT_MAX - p->used ? (size_t)length : LOGBOOK_COMMENT_MAX - 1 - p->used;
}

static void fate_write(struct pen *p, const struct logged *e)
{
	const char *name;

	if (e->event == OUTCOME_EVENT_OVERDUE) {
		pen_write(p, "no answer after %.0f s", nanos_to_s(OUTCOME_OVERDUE_AGE));
		return;
	}
	if (e->class == OUTCOME_SUCCESS || e->class == OUTCOME_TIMEOUT || e->cause_layer == CAUSE_NONE || e->cause_layer == CAUSE_TIMEOUT) {
		pen_write(p, "%s", outcome_class_name((enum outcome_class)e->class));
		return;
	}
	name = cause_name((enum cause_layer)e->cause_layer, e->cause);
	pen_write(p, "%s(%" PRIu32 ")", name != NULL ? name : cause_layer_name((enum cause_layer)e->cause_layer), e->cause);
}

static void identity_write(struct pen *p, const struct logbook_words *w, enum pseudonym_kind kind, digits identity)
{
	char text[PSEUDONYM_TEXT_MAX];

	if (identity == 0)
		return;
	pseudonym_write(w->pseudonym, kind, identity, text);
	pen_write(p, ", %s", text);
}

void logged_write(const struct logbook_words *w, const struct logged *e, char text[LOGBOOK_COMMENT_MAX])
{
	const struct procedure_row *row = procedure_row(e->procedure);
	struct pen pen = { .text = text };

	pen_write(&pen, "txn 0x%016" PRIx64 " %s -> ", e->key, row != NULL ? row->name : "unknown");
	fate_write(&pen, e);
	identity_write(&pen, w, PSEUDONYM_IMSI, e->imsi);
	if (e->imsi == 0)
		identity_write(&pen, w, PSEUDONYM_MSISDN, e->msisdn);
	for (size_t i = 0; i < w->segment_count; i++) {
		if ((e->segments >> i & 1) != 0)
			pen_write(&pen, ", %s", w->segment_names[i]);
	}
	if (e->latency >= 0)
		pen_write(&pen, ", %.0f ms", (double)e->latency / 1e6);
}

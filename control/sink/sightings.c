/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines of sightings, see sightings.h:
 *   {"time":"...","frame":12,"kind":"imsi","line":3,"name":"the minister","imsi":"imsi~..."}
 * `line` is the entry's in the list, `name` the operator's own word or the watched text; watched octets and numbers appear as the list's
 * line and a pseudonym only.
 */
#include "control/sink/sightings.h"

#include "control/sink/json.h"

static const char *const kind_names[] = {
	[WATCHED_IMSI] = "imsi",
	[WATCHED_MSISDN] = "msisdn",
	[WATCHED_TEXT] = "text",
	[WATCHED_HEX] = "hex",
};

void sighting_write(void *writer, const struct outcome *o)
{
	const struct sighting_writer *w = writer;
	const struct watched *entry;
	struct json j = { .out = w->out };
	char text[PSEUDONYM_TEXT_MAX];

	if (o->event != OUTCOME_EVENT_SIGHTED || w->watchlist == NULL)
		return;
	entry = watchlist_entry(w->watchlist, o->cause);
	if (entry == NULL)
		return;
	json_open(&j, NULL, '{');
	snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, o->time / NANOS_PER_S, o->time % NANOS_PER_S);
	json_text(&j, "time", text);
	json_number(&j, "frame", o->frames[0]);
	json_text(&j, "kind", kind_names[entry->kind]);
	json_number(&j, "line", entry->line);
	if (entry->kind != WATCHED_HEX && entry->label[0] != '\0')
		json_text(&j, "name", entry->label);
	if (entry->kind == WATCHED_IMSI || entry->kind == WATCHED_MSISDN) {
		pseudonym_write(w->pseudonym, entry->kind == WATCHED_IMSI ? PSEUDONYM_IMSI : PSEUDONYM_MSISDN, entry->number, text);
		json_text(&j, kind_names[entry->kind], text);
	}
	json_close(&j, '}');
	fputc('\n', w->out);
}

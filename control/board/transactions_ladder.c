/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One transaction as the messages it was made of: who asked, over which next hop, who answered, and what. Only what the probe saw has a
 * time of its own. The way beyond the next hop is not seen and bears "assumed"; the way of the answer is not kept, so it stands as one
 * step from who answered to who had asked. The next hop is the far end of the link on which the request was seen (struct outcome): an
 * STP or a DRA, or the server itself where the link ends there.
 */
#include <inttypes.h>
#include <string.h>

#include "control/board/transactions_kept.h"
#include "control/incident/words.h"
#include "control/sink/json.h"

#define PARTY_MAX 320

struct party_texts {
	char client[PARTY_MAX];
	char hop[PARTY_MAX]; /* "": none, or one of the others */
	char server[PARTY_MAX];
};

/* "HLR Slough 1 (447802000001)" */
static void node_text(const struct transaction_writer *w, node n, char text[PARTY_MAX])
{
	const struct words_names names = { .plan = w->plan, .name_of = w->name_of, .names = w->names };
	char words[WORDS_NODE_MAX] = "?";

	if (n != 0)
		words_node(&names, n, words);
	snprintf(text, PARTY_MAX, "%s", words);
}

static void parties_name(const struct transaction_writer *w, const struct outcome *o, struct party_texts *ret)
{
	node server = o->server != 0 ? o->server : o->asked;

	node_text(w, o->client, ret->client);
	node_text(w, server, ret->server);
	ret->hop[0] = '\0';
	if (o->route == 0 || o->route == server || o->route == o->client || o->route == o->asked)
		return;
	node_text(w, o->route, ret->hop);
	strncat(ret->hop, " (next hop)", PARTY_MAX - 1 - strlen(ret->hop));
}

static void step_open(struct json *j, nanos time, const char *from, const char *to)
{
	char text[48];

	snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, time / NANOS_PER_S, time % NANOS_PER_S);
	json_open(j, NULL, '{');
	json_text(j, "time", text);
	json_text(j, "from", from);
	json_text(j, "to", to);
}

static void request_write(struct json *j, const struct outcome *o, const struct party_texts *parties)
{
	const struct procedure_row *row = procedure_row(o->procedure);
	const char *name = row != NULL ? row->name : "request";
	bool has_hop = parties->hop[0] != '\0';
	char words[128];

	step_open(j, o->time, parties->client, has_hop ? parties->hop : parties->server);
	if (o->tries > 1) {
		snprintf(words, sizeof(words), "%s, seen %u times", name, o->tries);
		json_text(j, "words", words);
	} else {
		json_text(j, "words", name);
	}
	json_close(j, '}');
	if (!has_hop)
		return;
	step_open(j, o->time, parties->hop, parties->server);
	json_text(j, "words", name);
	json_bool(j, "assumed", true);
	json_close(j, '}');
}

static void answer_words(const struct outcome *o, char words[160])
{
	const char *cause = cause_name((enum cause_layer)o->cause_layer, o->cause);

	if (o->cause_layer == CAUSE_NONE || o->cause_layer == CAUSE_TIMEOUT)
		snprintf(words, 160, "%s", o->class == OUTCOME_LATE ? "answer, after the time-out" : "answer");
	else if (cause != NULL)
		snprintf(words, 160, "%s", cause);
	else
		snprintf(words, 160, "%s %" PRIu32, cause_layer_name((enum cause_layer)o->cause_layer), o->cause);
}

void kept_ladder_write(const struct transaction_writer *w, const struct outcome *o)
{
	struct json j = { .out = w->out, .needs_comma = true };
	struct party_texts parties;
	char words[160];

	parties_name(w, o, &parties);
	json_open(&j, "ladder", '[');
	if (o->class != OUTCOME_UNMATCHED)
		request_write(&j, o, &parties);
	if (o->latency >= 0 || o->class == OUTCOME_UNMATCHED) {
		step_open(&j, o->time + (o->latency > 0 ? o->latency : 0), parties.server, parties.client);
		answer_words(o, words);
		json_text(&j, "words", words);
		json_close(&j, '}');
	} else if (o->class == OUTCOME_TIMEOUT) {
		step_open(&j, o->clock, parties.server, parties.client);
		snprintf(words, sizeof(words), "no answer within %.3g s", nanos_to_s(o->clock - o->time));
		json_text(&j, "words", words);
		json_bool(&j, "lost", true);
		json_close(&j, '}');
	}
	json_close(&j, ']');
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands below the sentence: what, for whom, where, since when, how sure, what was before; and the names of streams. See words.h.
 * Called when an alarm is announced, and by json.c.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/kinds.h"
#include "control/incident/phrases.h"
#include "control/incident/words.h"

#define STICKY_DATA 0.8 /* so many of those who failed fail again: it is their data */
#define STICKY_NODE 0.6 /* fewer: one of several nodes behind a balancer */

/* The next free line, NULL when there is none. */
struct lines {
	char (*texts)[INCIDENT_DETAIL_MAX];
	size_t count;
};

static struct text line_in(struct lines *l)
{
	return text_in(l->texts[l->count < INCIDENT_DETAILS_MAX ? l->count : INCIDENT_DETAILS_MAX - 1], INCIDENT_DETAIL_MAX);
}

static void line_done(struct lines *l, const struct text *t)
{
	l->count += t->length > 0 && l->count < INCIDENT_DETAILS_MAX;
}

static void services_line(struct lines *l, const struct alarm *a)
{
	static const struct {
		uint8_t bit;
		const char *words;
	} services[] = { { SERVICE_CALLS, "calls" }, { SERVICE_TEXTS, "texts" }, { SERVICE_DATA, "data" } };
	struct text t = line_in(l);
	size_t count = (size_t)__builtin_popcount(a->services & 7U);
	size_t shown = 0;

	if (!a->services || a->state == INCIDENT_CLEARED)
		return;
	text_add(&t, "What: ");
	for (size_t i = 0; i < 3; i++) {
		if (a->services & services[i].bit)
			text_add(&t, "%s%s", list_glue(shown++, count), services[i].words);
	}
	text_add(&t, " suffer; ");
	procedures_add(&t, a);
	text_add(&t, ".");
	line_done(l, &t);
}

static void size_line(struct lines *l, const struct alarm *a)
{
	struct text t = line_in(l);

	if (a->basis == BASIS_NONE || a->affected + a->attempts == 0)
		return;
	text_add(&t, "For whom: ");
	if (a->basis == BASIS_REQUESTS) {
		number_add(&t, number_round(a->attempts));
		text_add(&t, " failed requests; nobody is named in them, one subscriber makes several.");
	} else {
		number_add(&t, number_round(a->seen));
		text_add(&t, " subscribers seen failing");
		if (a->projected) {
			text_add(&t, ", about ");
			number_add(&t, number_round(a->projected));
			text_add(&t, " once all have tried");
		}
		if (a->upper) {
			text_add(&t, ", at most ");
			number_add(&t, number_round(a->upper));
		}
		text_add(&t, "; ");
		number_add(&t, number_round(a->attempts));
		text_add(&t, " failed requests.");
	}
	line_done(l, &t);
}

/* Segments and radio accesses that are not hit. */
static void spared_line(struct lines *l, const struct words_names *names, const struct alarm *a)
{
	struct text t = line_in(l);
	size_t shown = 0;

	if (a->state == INCIDENT_CLEARED || !a->segments || !names->plan)
		return;
	for (size_t i = 0; i < names->plan->segment_count && i < 64; i++) {
		const struct plan_segment *s = &names->plan->segments[i];

		if ((a->segments >> i & 1) || s->kind == PLAN_SEGMENT_NODES || shown == 4)
			continue;
		text_add(&t, "%s%s", shown++ ? ", " : "Not hit: ", s->label && *s->label ? s->label : s->name);
	}
	for (unsigned int i = RAT_NONE + 1; shown && i < RAT_COUNT && a->rats; i++) {
		if (!(a->rats >> i & 1) && (i == RAT_4G || i == RAT_2G3G_CS || i == RAT_2G3G_PS))
			text_add(&t, ", %s", words_rat((enum rat)i));
	}
	text_add(&t, "%s", shown ? "." : "");
	line_done(l, &t);
}

static void sticky_line(struct lines *l, const struct alarm *a)
{
	struct text t = line_in(l);

	if (a->sticky < 0 || a->state == INCIDENT_CLEARED)
		return;
	text_add(&t, "How: ");
	percent_add(&t, a->sticky);
	text_add(&t, " of those who failed failed again");
	if (a->sticky >= STICKY_DATA)
		text_add(&t, a->observed_ratio < 0.7 ? ": their data are at fault, not a node." : ".");
	else if (a->sticky < STICKY_NODE && a->observed_ratio < 0.7)
		text_add(&t, ": whoever tries again may be served, as when one of several nodes behind a balancer is ill.");
	else
		text_add(&t, ".");
	line_done(l, &t);
}

static void sure_line(struct lines *l, const struct alarm *a)
{
	struct text t = line_in(l);

	if (a->severity == SEVERITY_CLEARED)
		return;
	text_add(&t, "How sure: ");
	if (a->stream_count == 0) /* no statistic: the network said so, or the probe sees it */
		text_add(&t, "this is said or seen as it is, and was not reckoned.");
	else if (a->severity == SEVERITY_WARNING && a->false_alarm_odds >= 1)
		text_add(&t, "unlikely to be chance, but nothing to be woken for.");
	else
		text_add(&t, "a false alarm like this is to be expected %.1g times in the interval between pages.", a->false_alarm_odds);
	line_done(l, &t);
}

static void before_line(struct lines *l, const struct alarm *a)
{
	struct text t = line_in(l);

	if (a->earlier[0])
		text_add(&t, "The same again: %s ended shortly before.", a->earlier);
	else if (a->precursor[0])
		text_add(&t, "Before: %s.", a->precursor_words);
	line_done(l, &t);
}

static void restart_line(struct lines *l, const struct words_facts *f)
{
	struct text t = line_in(l);
	char time[16];

	if (!f->recalled)
		return;
	words_time(f->recalled, time);
	text_add(&t, "The probe was started again at %s, in the middle of this; whom it saw failing before is known by number only.", time);
	line_done(l, &t);
}

static void restored_line(struct lines *l, const struct words_names *names, const struct alarm *a)
{
	struct text t = line_in(l);
	size_t shown = 0;

	if (a->state != INCIDENT_RESTORING || !names->plan)
		return;
	for (size_t i = 0; i < names->plan->segment_count && i < PLAN_SEGMENTS_MAX && shown < 6; i++) {
		const struct plan_segment *s = &names->plan->segments[i];

		if (a->restored_segment[i] < 0)
			continue;
		text_add(&t, "%s%s %.0f %%", shown++ ? ", " : "Restored by brand: ", s->label && *s->label ? s->label : s->name,
			 a->restored_segment[i]);
	}
	text_add(&t, "%s", shown ? "." : "");
	line_done(l, &t);
}

void words_details(const struct words_names *names, const struct alarm *a, const struct words_facts *f,
		   char texts[INCIDENT_DETAILS_MAX][INCIDENT_DETAIL_MAX], size_t *ret_count)
{
	struct lines l = { .texts = texts };

	services_line(&l, a);
	size_line(&l, a);
	spared_line(&l, names, a);
	sticky_line(&l, a);
	restored_line(&l, names, a);
	sure_line(&l, a);
	before_line(&l, a);
	restart_line(&l, f);
	if (a->is_statutory) {
		struct text t = line_in(&l);

		text_add(&t, "So many for so long has to be reported to the regulator in some countries.");
		line_done(&l, &t);
	}
	*ret_count = l.count;
}

void words_stream(const struct words_names *names, const struct stream_key *key, char text[WORDS_STREAM_MAX])
{
	static const char *const dimensions[DIMENSION_COUNT] = {
		[DIMENSION_SEGMENT] = "segment",     [DIMENSION_IMSI_PREFIX] = "imsi", [DIMENSION_IMSI_BUCKET] = "bucket",
		[DIMENSION_SERVER] = "server",       [DIMENSION_CLIENT] = "client",    [DIMENSION_IMSI_ENDING] = "ending",
		[DIMENSION_ROUTE] = "route",         [DIMENSION_PLMN] = "plmn",        [DIMENSION_RAT] = "rat",
		[DIMENSION_DIRECTION] = "direction",
	};
	static const char *const directions[DIRECTION_COUNT] = { "unknown", "home", "inbound", "outbound" };
	const struct procedure_row *row = procedure_row(key->procedure);
	const char *name = row ? row->name : key->procedure == PROCEDURE_REGISTRATION ? "registration" : "all";
	enum dimension dimension = (enum dimension)key->dimension;
	char value[WORDS_NODE_MAX];

	snprintf(value, sizeof(value), "%" PRIu64, key->value);
	if (dimension == DIMENSION_SEGMENT && names->plan && key->value < names->plan->segment_count)
		snprintf(value, sizeof(value), "%s", names->plan->segments[key->value].name);
	else if (dimension == DIMENSION_IMSI_PREFIX)
		digits_write(key->value, value);
	else if (dimension == DIMENSION_IMSI_ENDING)
		snprintf(value, sizeof(value), "%02" PRIu64, key->value);
	else if (dimension == DIMENSION_RAT && key->value < RAT_COUNT)
		snprintf(value, sizeof(value), "%s", rat_name((enum rat)key->value));
	else if (dimension == DIMENSION_DIRECTION && key->value < DIRECTION_COUNT)
		snprintf(value, sizeof(value), "%s", directions[key->value]);
	else if (dimension == DIMENSION_SERVER || dimension == DIMENSION_CLIENT || dimension == DIMENSION_ROUTE ||
		 dimension == DIMENSION_NAMED)
		words_node_id(names, key->value, value);
	if (dimension == DIMENSION_NAMED)
		snprintf(text, WORDS_STREAM_MAX, "%s", value);
	else if (dimension < DIMENSION_COUNT && dimensions[dimension])
		snprintf(text, WORDS_STREAM_MAX, "%s/%s=%s", name, dimensions[dimension], value);
	else
		snprintf(text, WORDS_STREAM_MAX, "%s", name);
}

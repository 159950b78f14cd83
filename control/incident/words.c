/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All sentences about incidents, as templates, see words.h.
 *
 * A sentence names the thing, the size, the time and what is normal: "Tesco Mobile: 41 % of location updates refused since 13:31:05
 * (usually 3 %), all by HLR 447802000001; ...". Who reads it may be woken by it, so it says nothing that the numbers do not. Times are UTC,
 * since captures of one incident come from several clocks. Called when an alarm is announced, by announce.c, and by text.c and json.c.
 */
#include "control/incident/words.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/kinds.h"
#include "control/incident/phrases.h"

#define SHARE_TOLD 0.005 /* less is no number to say */

static const char *const rat_words[RAT_COUNT] = {
	[RAT_NONE] = "",
	[RAT_2G3G_CS] = "2G/3G calls and texts",
	[RAT_2G3G_PS] = "2G/3G data",
	[RAT_2G] = "2G",
	[RAT_3G] = "3G",
	[RAT_4G] = "4G",
	[RAT_5G] = "5G",
	[RAT_IMS] = "IMS",
};

const char *words_rat(enum rat rat)
{
	return rat_words[rat];
}

static bool alarm_has_node(const struct alarm *a, bool is_server)
{
	for (size_t i = 0; i < a->node_count; i++) {
		if (a->nodes[i].is_server == is_server)
			return true;
	}
	return false;
}

static bool part_binds_nodes(const struct place *p)
{
	for (size_t i = 0; i < p->part_count; i++) {
		if (p->parts[i].servers_bind || p->parts[i].clients_bind)
			return true;
	}
	return false;
}

/* "Requests from A to B", when nodes and not numbers say who is hit. */
static void path_add(struct text *t, const struct words_names *names, const struct alarm *a, bool is_inside)
{
	text_add(t, is_inside ? "requests" : "Requests");
	if (alarm_has_node(a, false)) {
		text_add(t, " from ");
		nodes_add(t, names, a, false);
	}
	if (alarm_has_node(a, true)) {
		text_add(t, " to ");
		nodes_add(t, names, a, true);
	}
}

static void everywhere_add(struct text *t, const struct words_facts *f, bool is_first)
{
	bool is_random = f->place->vanished_count == 0 && f->place->stand_in == 0;

	if (f->share >= 0.8)
		text_add(t, is_first ? "All subscribers" : "all others");
	else if (f->good_since || f->share < SHARE_TOLD)
		text_add(t, "%subscribers across all number ranges", is_first ? "S" : "s");
	else {
		text_add(t, "%subscribers across all number ranges (about ", is_first ? "S" : "s");
		percent_add(t, f->share);
		text_add(t, is_random ? " at random)" : ")");
	}
}

/* Whether nodes are the place, or a part of it beside the segments that are told. */
static bool has_own_nodes(const struct place *p)
{
	return part_binds_nodes(p) && (!p->only_segments || p->part_count > 1);
}

#define BRANDS_TOLD 3

/* Whose numbers the prefixes are, when that is a few brands or ranges: people know them by name. */
static void brands_add(struct text *t, const struct words_names *names, const struct alarm *a)
{
	uint64_t brands = 0;

	for (size_t i = 0; names->plan && i < names->plan->segment_count; i++) {
		const enum plan_segment_kind kind = names->plan->segments[i].kind;

		if ((a->segments >> i & 1) != 0 && (kind == PLAN_SEGMENT_BRAND || kind == PLAN_SEGMENT_RANGE))
			brands |= (uint64_t)1 << i;
	}
	if (brands == 0 || __builtin_popcountll(brands) > BRANDS_TOLD)
		return;
	text_add(t, " (");
	segments_add(t, names, brands);
	text_add(t, ")");
}

static void who_add(struct text *t, const struct words_names *names, const struct alarm *a, const struct words_facts *f)
{
	bool is_everywhere = place_is_everywhere(f->place);

	if (f->place->only_segments && names->plan) {
		segments_add(t, names, f->place->only_segments);
		if (has_own_nodes(f->place)) {
			text_add(t, " and ");
			path_add(t, names, a, true);
		}
	} else if (a->set_count) {
		set_add(t, names, a);
		if (part_binds_nodes(f->place)) {
			text_add(t, " and ");
			path_add(t, names, a, true);
		} else if (a->prefix_count) {
			text_add(t, " and ");
			prefixes_add(t, a);
		}
	} else if (a->prefix_count && !part_binds_nodes(f->place)) {
		prefixes_add(t, a);
		brands_add(t, names, a);
	} else if (part_binds_nodes(f->place)) {
		path_add(t, names, a, false);
		if (a->prefix_count) {
			text_add(t, " and ");
			prefixes_add(t, a);
		}
	}
	if (is_everywhere) {
		bool is_first = t->length == 0;

		if (!is_first)
			text_add(t, ", and ");
		everywhere_add(t, f, is_first);
	}
}

static double silence_share(const struct alarm *a)
{
	double share = 0;

	for (size_t i = 0; i < a->cause_count; i++)
		share += a->causes[i].cause_layer == CAUSE_TIMEOUT ? a->causes[i].share : 0;
	return share;
}

/* The most frequent cause that is an answer, NULL when there is none. */
static const struct incident_cause *refusal_find(const struct alarm *a)
{
	for (size_t i = 0; i < a->cause_count; i++) {
		if (a->causes[i].cause_layer != CAUSE_TIMEOUT)
			return &a->causes[i];
	}
	return NULL;
}

static void how_add(struct text *t, const struct alarm *a, const struct words_facts *f)
{
	const struct incident_cause *refusal = refusal_find(a);
	double silence = silence_share(a);
	char cause[WORDS_NODE_MAX];

	if (a->cause_count == 0 && (f->facts & FACT_BIT(FACT_SILENT)) && (f->facts & (FACT_BIT(FACT_REFUSED) | FACT_BIT(FACT_USER))))
		text_add(t, "refused or not answered");
	else if (a->cause_count == 0)
		text_add(t, "%s", a->kind == INCIDENT_NO_ANSWER ? "not answered" : "refused");
	else if (!refusal || silence > 0.9)
		text_add(t, "not answered");
	else {
		words_cause(refusal, cause);
		text_add(t, silence < 0.1 ? "refused (%s)" : "refused (%s) or not answered", cause);
	}
}

/* Who answers, when that is not already said. */
static void by_add(struct text *t, const struct words_names *names, const struct alarm *a, const struct words_facts *f)
{
	char text[WORDS_NODE_MAX];

	if (f->place->vanished_count) {
		words_node(names, f->place->vanished[0], text);
		text_add(t, ", nothing more from %s", text);
	}
	if (f->place->stand_in) {
		words_node(names, f->place->stand_in, text);
		text_add(t, ", answered by %s, which is not the server asked", text);
		return;
	}
	if (f->place->vanished_count || !alarm_has_node(a, true))
		return;
	if (has_own_nodes(f->place))
		return; /* already the subject */
	text_add(t, silence_share(a) > 0.5 ? ", all asked of " : ", all by ");
	nodes_add(t, names, a, true);
}

static void rats_add(struct text *t, const struct alarm *a)
{
	size_t count = (size_t)__builtin_popcount(a->rats);
	size_t shown = 0;

	for (unsigned int i = 0; i < RAT_COUNT; i++) {
		if (a->rats & 1U << i)
			text_add(t, "%s%s", shown == 0 ? "; " : list_glue(shown, count), rat_words[i]), shown++;
	}
}

static void normal_add(struct text *t, const struct alarm *a, const struct words_facts *f)
{
	if (f->place->stand_in || f->place->vanished_count)
		text_add(t, "; other servers normal");
	else if (place_is_everywhere(f->place)) {
		if (f->share < 0.8)
			text_add(t, "; no range, brand or server stands out%s",
				 a->sticky >= 0.8 ? ", the same subscribers fail again" : "");
	} else if (f->place->only_segments && has_own_nodes(f->place))
		text_add(t, "; others normal");
	else if (f->place->only_segments)
		text_add(t, "; other brands normal");
	else if (a->set_count)
		text_add(t, "; others normal");
	else if (part_binds_nodes(f->place))
		text_add(t, "; other nodes normal");
	else
		text_add(t, "; other number ranges normal");
}

/* How many; when the fault ends also how many of them are well. */
static void size_add(struct text *t, const struct alarm *a, const struct words_facts *f, bool is_ending)
{
	uint64_t rounded = number_round(a->affected);

	if (f->is_counted || a->kind == INCIDENT_PROBE_BLIND) {
		if (a->basis != BASIS_REQUESTS || a->affected == 0)
			return;
		text_add(t, "; about ");
		number_add(t, number_round(a->affected));
		text_add(t, " failed requests more than usual");
		return;
	}
	if (f->is_unnamed) {
		text_add(t, "; these requests name no subscriber");
		return;
	}
	text_add(t, rounded == a->affected ? "; " : "; about ");
	number_add(t, rounded);
	text_add(t, " subscriber%s", rounded == 1 ? "" : "s");
	if (!is_ending)
		return;
	text_add(t, " hit, ");
	number_add(t, a->recovered);
	text_add(t, " of them seen successful again");
}

/* What the sentence is about: all that its pieces need. */
struct telling {
	const struct words_names *names;
	const struct alarm *a;
	const struct words_facts *f;
};

static void tell_who(struct text *t, const struct telling *x)
{
	who_add(t, x->names, x->a, x->f);
}

static void tell_nodes(struct text *t, const struct telling *x)
{
	if (x->a->node_count)
		nodes_any_add(t, x->names, x->a);
	else
		who_add(t, x->names, x->a, x->f);
}

static void tell_be(struct text *t, const struct telling *x)
{
	text_add(t, x->a->node_count == 1 ? "is" : "are");
}

static void tell_observed(struct text *t, const struct telling *x)
{
	percent_add(t, x->a->observed_ratio);
}

static void tell_usual(struct text *t, const struct telling *x)
{
	percent_add(t, x->a->baseline_ratio);
}

static void tell_procedures(struct text *t, const struct telling *x)
{
	procedures_add(t, x->a);
}

/* What has not come back, without what has; nothing has not, when what fails is what usually does. */
static void tell_still(struct text *t, const struct telling *x)
{
	bool is_told_apart = x->f->still_count > 0;

	if (!is_told_apart && x->a->observed_ratio <= x->a->baseline_ratio) {
		text_add(t, "no more fails than usual, ");
		percent_add(t, x->a->baseline_ratio);
		return;
	}
	percent_add(t, is_told_apart ? x->f->still_share : x->a->observed_ratio);
	text_add(t, " of ");
	if (is_told_apart)
		procedures_list(t, x->f->still, x->f->still_count);
	else
		procedures_add(t, x->a);
	text_add(t, " still fail (usually ");
	percent_add(t, x->a->baseline_ratio);
	text_add(t, ")");
}

static void tell_how(struct text *t, const struct telling *x)
{
	how_add(t, x->a, x->f);
}

static void tell_since(struct text *t, const struct telling *x)
{
	char since[16];

	words_time(x->a->onset, since);
	text_add(t, "%s", since);
}

static void tell_by(struct text *t, const struct telling *x)
{
	by_add(t, x->names, x->a, x->f);
}

static void tell_rats(struct text *t, const struct telling *x)
{
	rats_add(t, x->a);
}

static void tell_normal(struct text *t, const struct telling *x)
{
	normal_add(t, x->a, x->f);
}

static void tell_size(struct text *t, const struct telling *x)
{
	bool is_ending = x->a->state == INCIDENT_RESTORING || x->a->state == INCIDENT_CLEARED;

	size_add(t, x->a, x->f, is_ending);
}

static void tell_given_up(struct text *t, const struct telling *x)
{
	if (x->f->is_given_up)
		text_add(t, "; requests stay away although nothing is repaired: phones give up");
}

static void tell_percent(struct text *t, const struct telling *x)
{
	size_t shown = 0;

	text_add(t, "%.0f %% restored", x->a->recovered_percent);
	for (unsigned int i = 0; i < RAT_COUNT; i++) {
		if ((x->a->rats & 1U << i) && x->f->restored[i] >= 0)
			text_add(t, "%s%s %.0f %%", shown++ ? ", " : " (", rat_words[i], x->f->restored[i]);
	}
	text_add(t, "%s", shown ? ")" : "");
}

static void tell_eta(struct text *t, const struct telling *x)
{
	if (x->a->eta_s < 0)
		return;
	text_add(t, "; at this pace between ");
	duration_add(t, x->a->eta_low_s);
	text_add(t, " and ");
	duration_add(t, x->a->eta_high_s);
	text_add(t, " more");
}

static nanos end_of(const struct telling *x)
{
	return x->f->good_since ? x->f->good_since : x->a->time;
}

static void tell_end(struct text *t, const struct telling *x)
{
	char end[16];

	words_time(end_of(x), end);
	text_add(t, "%s", end);
}

static void tell_duration(struct text *t, const struct telling *x)
{
	duration_add(t, nanos_to_s(end_of(x) - x->a->onset));
}

static void tell_factor(struct text *t, const struct telling *x)
{
	if (x->a->factor <= 0)
		text_add(t, "many times");
	else
		text_add(t, x->a->factor < 9.5 ? "%.1f times" : "%.0f times", x->a->factor);
}

static void tell_left(struct text *t, const struct telling *x)
{
	percent_add(t, fmin(1, fmax(0, x->a->factor)));
}

/* Seconds of the latency, or the share that comes too late. */
static void tell_slow(struct text *t, const struct telling *x)
{
	if (x->a->slow_s <= 0) {
		percent_add(t, x->a->observed_ratio);
		text_add(t, " of answers come after the requester has given up (usually ");
		percent_add(t, x->a->baseline_ratio);
		text_add(t, ")");
		return;
	}
	text_add(t, "answers take up to %.2f s (usually %.2f s)", x->a->slow_s, x->a->slow_usual_s);
}

/* What storms and losses do to the requests. */
static void tell_distress(struct text *t, const struct telling *x)
{
	if (x->a->kind == INCIDENT_VOLUME_DROP && x->f->is_counted) /* what is counted are those that stay away */
		return;
	if (x->a->failed == 0 || x->a->observed_ratio <= 0 || x->a->observed_ratio > 1)
		return;
	text_add(t, "; ");
	percent_add(t, x->a->observed_ratio);
	text_add(t, " of ");
	procedures_add(t, x->a);
	text_add(t, " fail");
}

/* Who says so, and how the node went. */
static void tell_source(struct text *t, const struct telling *x)
{
	for (size_t i = 0; i < x->f->condition_count; i++) {
		const struct condition *c = &x->f->conditions[i];
		char text[WORDS_NODE_MAX];

		if (c->kind == CONDITION_PEER_DOWN) {
			text_add(t, c->is_announced ? ", with a good-bye" : ", without a word");
			return;
		}
		if (!c->said_by)
			continue;
		words_node(x->names, c->said_by, text);
		text_add(t, ", says %s", text);
		if (c->sayers > 1)
			text_add(t, " and %u more", c->sayers - 1);
		return;
	}
}

static void tell_notes(struct text *t, const struct telling *x)
{
	if (x->a->is_partner)
		text_add(t, "; only a roaming partner is concerned");
	if (x->a->is_maintained)
		text_add(t, "; announced work");
	if (x->a->is_flapping)
		text_add(t, "; it comes and goes");
}

/* The pieces of sentences, by the names that templates call them. */
static const struct piece {
	const char *name;
	void (*tell)(struct text *t, const struct telling *x);
} pieces[] = {
	{ "who", tell_who },         { "nodes", tell_nodes },
	{ "be", tell_be },           { "observed", tell_observed },
	{ "usual", tell_usual },     { "procedures", tell_procedures },
	{ "still", tell_still },     { "how", tell_how },
	{ "since", tell_since },     { "by", tell_by },
	{ "rats", tell_rats },       { "normal", tell_normal },
	{ "size", tell_size },       { "given-up", tell_given_up },
	{ "percent", tell_percent }, { "eta", tell_eta },
	{ "end", tell_end },         { "duration", tell_duration },
	{ "factor", tell_factor },   { "left", tell_left },
	{ "slow", tell_slow },       { "distress", tell_distress },
	{ "source", tell_source },   { "notes", tell_notes },
};

/* A row of the table of sentences: by kind, for what is going on, what is getting better, and what is over. */
struct sentence {
	const char *going_on, *restoring, *cleared;
};

#define SHARE_FAILS     "{who}: {observed} of {procedures} {how} since {since} (usually {usual}){by}{rats}{normal}{size}{given-up}{notes}."
#define SHARE_RESTORING "{who}: {percent}; {still}, out of order since {since}{size}{eta}."
#define SHARE_CLEARED   "{who}: back to normal since {end}, after {duration}; {procedures} had been {how}{size}."
#define LOAD_RESTORING  "{who}: {percent}; out of order since {since}{size}{eta}."

static const struct sentence sentences[INCIDENT_KIND_COUNT] = {
	[INCIDENT_REJECT_RATIO] = { SHARE_FAILS, SHARE_RESTORING, SHARE_CLEARED },
	[INCIDENT_NO_ANSWER] = { SHARE_FAILS, SHARE_RESTORING, SHARE_CLEARED },
	[INCIDENT_VOLUME_DROP] = { "{who}: only {left} of the usual {procedures} arrive since {since}{rats}{distress}{size}{notes}.",
				   LOAD_RESTORING, "{who}: {procedures} arrive as usual again since {end}, after {duration}{size}." },
	[INCIDENT_STORM] = { "{who}: {factor} the usual {procedures} since {since}, a storm{distress}{rats}{size}{notes}.", LOAD_RESTORING,
			     "{who}: the storm of {procedures} is over since {end}, after {duration}{size}." },
	[INCIDENT_LATENCY] = { "{who}: {slow} to {procedures} since {since}{distress}{size}{notes}.", LOAD_RESTORING,
			       "{who}: {procedures} are answered in time again since {end}, after {duration}{size}." },
	[INCIDENT_ROUTE_UNAVAILABLE] = { "{nodes} cannot be reached since {since}{source}{distress}{size}{notes}.", LOAD_RESTORING,
					 "{nodes} can be reached again since {end}, after {duration}{size}." },
	[INCIDENT_PEER_DOWN] = { "{nodes} {be} gone since {since}{source}{distress}{size}{notes}.", LOAD_RESTORING,
				 "{nodes} {be} back since {end}, after {duration}{size}." },
	[INCIDENT_NODE_RESTART] = { "{nodes} restarted at {since}{source}{distress}{size}{notes}, and may have lost who is registered.",
				    LOAD_RESTORING, "{nodes} restarted at {since}, and nothing followed{size}." },
	[INCIDENT_MASS_DEREGISTRATION] = { "{who}: {factor} the usual {procedures} since {since}: subscribers are taken out of the "
					   "registers{distress}{size}{notes}.",
					   LOAD_RESTORING, "{who}: registers are as usual again since {end}, after {duration}{size}." },
	[INCIDENT_PROBE_BLIND] = { "The probe does not see what {nodes} sends since {since}; silence seen there is none of the network.",
				   "The probe does not see all that {nodes} sends since {since}.",
				   "The probe sees {nodes} again since {end}, after {duration}." },
};

static const struct sentence dark = { "The probe sees no packet at all since {since}, and cannot tell whether the network is well.",
				      "The probe sees packets again, none since {since}.",
				      "The probe sees packets again since {end}, after {duration}." };

/* Writes the template with its pieces; a piece that nobody knows is a mistake of ours. */
static void template_tell(struct text *t, const char *template, const struct telling *x)
{
	while (*template != '\0') {
		size_t plain = strcspn(template, "{");
		size_t length;
		bool is_known = false;

		text_add(t, "%.*s", (int)plain, template);
		template += plain;
		if (*template == '\0')
			return;
		length = strcspn(template, "}");
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			if (strlen(pieces[i].name) != length - 1 || strncmp(pieces[i].name, template + 1, length - 1) != 0)
				continue;
			pieces[i].tell(t, x);
			is_known = true;
		}
		assert(is_known);
		(void)is_known;
		template += length + 1;
	}
}

bool words_is_dark(const struct alarm *a)
{
	for (size_t i = 0; a->kind == INCIDENT_PROBE_BLIND && i < a->blind_count; i++) {
		if (a->blind[i] == node_of_tap())
			return true;
	}
	return false;
}

void words_summary(const struct words_names *names, const struct alarm *a, const struct words_facts *f, char text[INCIDENT_SUMMARY_MAX])
{
	struct telling x = { .names = names, .a = a, .f = f };
	struct text t = text_in(text, INCIDENT_SUMMARY_MAX);
	const struct sentence *s = words_is_dark(a) ? &dark : &sentences[a->kind];

	template_tell(&t, a->state == INCIDENT_CLEARED ? s->cleared : a->state == INCIDENT_RESTORING ? s->restoring : s->going_on, &x);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All sentences about incidents, as templates, see words.h.
 *
 * A sentence names the thing, the size, the time and what is normal: "Tesco Mobile: 41 % of location updates refused since 13:31:05
 * (usually 3 %), all by HLR 447802000001; ...". Who reads it may be woken by it, so it says nothing that the numbers do not. Times are UTC,
 * since captures of one incident come from several clocks. Called when an alarm is announced, by announce.c, and by text.c and json.c.
 */
#include "control/incident/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/phrases.h"

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
static void path_add(struct text *t, const struct words_names *names, const struct alarm *a)
{
	text_add(t, "Requests");
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
	else if (f->good_since)
		text_add(t, "%subscribers across all number ranges", is_first ? "S" : "s");
	else {
		text_add(t, "%subscribers across all number ranges (about ", is_first ? "S" : "s");
		percent_add(t, f->share);
		text_add(t, is_random ? " at random)" : ")");
	}
}

static void who_add(struct text *t, const struct words_names *names, const struct alarm *a, const struct words_facts *f)
{
	bool is_everywhere = place_is_everywhere(f->place);

	if (f->place->only_segments && names->plan)
		segments_add(t, names, f->place->only_segments);
	else if (a->prefix_count && !part_binds_nodes(f->place))
		prefixes_add(t, a);
	else if (part_binds_nodes(f->place)) {
		path_add(t, names, a);
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

static void how_add(struct text *t, const struct alarm *a)
{
	const struct incident_cause *refusal = refusal_find(a);
	double silence = silence_share(a);
	char cause[WORDS_NODE_MAX];

	if (a->cause_count == 0)
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
	if (part_binds_nodes(f->place) && !f->place->only_segments)
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
	} else if (f->place->only_segments)
		text_add(t, "; other brands normal");
	else if (part_binds_nodes(f->place))
		text_add(t, "; other nodes normal");
	else
		text_add(t, "; other number ranges normal");
}

/* How many; when the fault ends also how many of them are well. */
static void size_add(struct text *t, const struct alarm *a, const struct words_facts *f, bool is_ending)
{
	uint64_t rounded = number_round(a->affected);

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

static void failing_words(struct text *t, const struct words_names *names, const struct alarm *a, const struct words_facts *f)
{
	char since[16];

	words_time(a->onset, since);
	text_add(t, ": ");
	percent_add(t, a->observed_ratio);
	text_add(t, " of ");
	procedures_add(t, a);
	text_add(t, " ");
	how_add(t, a);
	text_add(t, " since %s (usually ", since);
	percent_add(t, a->baseline_ratio);
	text_add(t, ")");
	by_add(t, names, a, f);
	rats_add(t, a);
	normal_add(t, a, f);
	size_add(t, a, f, false);
	if (f->is_given_up)
		text_add(t, "; requests stay away although nothing is repaired: phones give up");
	text_add(t, ".");
}

static void restoring_words(struct text *t, const struct alarm *a, const struct words_facts *f)
{
	char since[16];
	size_t shown = 0;

	words_time(a->onset, since);
	text_add(t, ": %.0f %% restored", a->recovered_percent);
	for (unsigned int i = 0; i < RAT_COUNT; i++) {
		if ((a->rats & 1U << i) && f->restored[i] >= 0)
			text_add(t, "%s%s %.0f %%", shown++ ? ", " : " (", rat_words[i], f->restored[i]);
	}
	text_add(t, "%s; ", shown ? ")" : "");
	percent_add(t, a->observed_ratio);
	text_add(t, " of ");
	procedures_add(t, a);
	text_add(t, " still fail (usually ");
	percent_add(t, a->baseline_ratio);
	text_add(t, "), out of order since %s", since);
	size_add(t, a, f, true);
	if (a->eta_s >= 0) {
		text_add(t, "; at this pace between ");
		duration_add(t, a->eta_low_s);
		text_add(t, " and ");
		duration_add(t, a->eta_high_s);
		text_add(t, " more");
	}
	text_add(t, ".");
}

static void cleared_words(struct text *t, const struct alarm *a, const struct words_facts *f)
{
	nanos end = f->good_since ? f->good_since : a->time;
	char since[16];

	words_time(end, since);
	text_add(t, ": back to normal since %s, after ", since);
	duration_add(t, nanos_to_s(end - a->onset));
	text_add(t, "; ");
	procedures_add(t, a);
	text_add(t, " had been ");
	how_add(t, a);
	size_add(t, a, f, true);
	text_add(t, ".");
}

void words_summary(const struct words_names *names, const struct alarm *a, const struct words_facts *f, char text[INCIDENT_SUMMARY_MAX])
{
	struct text t = text_in(text, INCIDENT_SUMMARY_MAX);

	who_add(&t, names, a, f);
	if (a->state == INCIDENT_CLEARED)
		cleared_words(&t, a, f);
	else if (a->state == INCIDENT_RESTORING)
		restoring_words(&t, a, f);
	else
		failing_words(&t, names, a, f);
}

static void repair_stand_in(struct text *t, const struct words_names *names, const struct alarm *a, const struct words_facts *f)
{
	const struct incident_cause *refusal = refusal_find(a);
	char cause[WORDS_NODE_MAX] = "an error";
	char stand_in[WORDS_NODE_MAX];
	char gone[WORDS_NODE_MAX];

	if (refusal)
		words_cause(refusal, cause);
	words_node(names, f->place->stand_in, stand_in);
	if (f->place->vanished_count == 0) {
		text_add(t, "Look at %s and the routes behind it: it answers %s itself.", stand_in, cause);
		return;
	}
	words_node(names, f->place->vanished[0], gone);
	text_add(t, "Look at %s and the route to it: nothing comes from it any more, %s answers %s for it.", gone, stand_in, cause);
}

static void repair_nodes(struct text *t, const struct words_names *names, const struct alarm *a)
{
	const struct incident_cause *refusal = refusal_find(a);
	char cause[WORDS_NODE_MAX];

	text_add(t, "Look at ");
	if (!alarm_has_node(a, true)) {
		nodes_add(t, names, a, false);
		text_add(t, " and its links: the requests of other nodes are answered.");
		return;
	}
	nodes_add(t, names, a, true);
	if (alarm_has_node(a, false)) {
		text_add(t, " and the route between it and ");
		nodes_add(t, names, a, false);
	}
	if (a->kind == INCIDENT_NO_ANSWER || !refusal)
		text_add(t, ": no answer to ");
	else {
		words_cause(refusal, cause);
		text_add(t, ": it answers %s to ", cause);
	}
	procedures_add(t, a);
	text_add(t, a->kind == INCIDENT_NO_ANSWER ? "; check its processes, its links and the routes to it." : ".");
}

/* Brought back by the network (Q.713 3.12) or by an agent (RFC 6733 7.1.3, DIAMETER_UNABLE_TO_DELIVER). */
static bool is_returned(const struct incident_cause *refusal)
{
	if (!refusal || refusal->share < 0.5)
		return false;
	return refusal->cause_layer == CAUSE_SCCP_RETURN || (refusal->cause_layer == CAUSE_DIAMETER && refusal->cause == 3002);
}

void words_repair(const struct words_names *names, const struct alarm *a, const struct words_facts *f, char text[INCIDENT_SUMMARY_MAX])
{
	struct text t = text_in(text, INCIDENT_SUMMARY_MAX);

	if (a->state == INCIDENT_CLEARED)
		text_add(&t, "Nothing to do; phones that gave up register when they are switched off and on.");
	else if (f->place->stand_in)
		repair_stand_in(&t, names, a, f);
	else if (a->node_count)
		repair_nodes(&t, names, a);
	else if (is_returned(refusal_find(a)))
		text_add(&t, "Look at the signalling routes (STP, DRA): requests come back undelivered before a server has seen them.");
	else if (place_is_everywhere(f->place) && f->share >= 0.8)
		text_add(&t, "Look at what all requests share: the subscriber database and the signalling routes (STP, DRA) before it.");
	else if (place_is_everywhere(f->place))
		text_add(&t, "Look at the subscriber database behind the servers: subscribers fail whatever their range, brand or server, "
			     "as when a "
			     "partition of it is lost.");
	else {
		text_add(&t, "Look at the partition or front end that holds ");
		if (f->place->only_segments && names->plan)
			segments_add(&t, names, f->place->only_segments);
		else
			prefixes_add(&t, a);
		text_add(&t, ": the same servers serve other ranges well.");
	}
}

/* The key is fixed, so that two probes that see one fault give it one name; it protects nothing. */
void words_alarm_id(const struct words_names *names, const struct alarm *a, char text[20])
{
	static const struct hash_key key = { { UINT64_C(0x7369676e616c), UINT64_C(0x63616e617279) } };
	uint64_t sum = hash_words(&key, a->kind, a->segments ? 1 : 0);
	const char *network = names->plan && names->plan->network_name ? names->plan->network_name : "";

	sum += hash_bytes(&key, network, strlen(network));
	/* Sums do not depend on the order in which things were found. */
	for (size_t i = 0; i < a->prefix_count; i++)
		sum += hash_words(&key, a->prefixes[i], 1);
	for (size_t i = 0; names->plan && i < names->plan->segment_count; i++) {
		const char *name = names->plan->segments[i].name;

		if (a->segments & UINT64_C(1) << i)
			sum += 3 * hash_bytes(&key, name, strlen(name));
	}
	for (size_t i = 0; i < a->node_count; i++) {
		char id[WORDS_NODE_MAX];

		words_node_id(names, a->nodes[i].node, id);
		sum += (a->nodes[i].is_server ? 5 : 7) * hash_bytes(&key, id, strlen(id));
	}
	snprintf(text, 20, "%016" PRIx64, hash_mix(sum));
}

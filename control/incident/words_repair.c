/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What to look at next, and the name by which other systems know an alarm, see words.h. Called when an alarm is announced.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/phrases.h"
#include "control/incident/words.h"

static bool alarm_has_node(const struct alarm *a, bool is_server)
{
	for (size_t i = 0; i < a->node_count; i++) {
		if (a->nodes[i].is_server == is_server)
			return true;
	}
	return false;
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

/* The next step by kind; %s is the nodes, or whom it is about. Kinds without a row are told by their place. */
static const char *const kind_steps[INCIDENT_KIND_COUNT] = {
	[INCIDENT_VOLUME_DROP] =
		"Look at what comes before %s: requests do not arrive there any more, so their answers say nothing is wrong.",
	[INCIDENT_STORM] = "Hold back the retries of %s (congestion control, access class barring) before anything is restarted.",
	[INCIDENT_LATENCY] = "Look at the load of %s and of what it asks; raise no timer before the cause is known.",
	[INCIDENT_ROUTE_UNAVAILABLE] = "Look at the links to %s and the server process behind them.",
	[INCIDENT_PEER_DOWN] = "Look at %s: its processes, its links, and whether somebody stopped it.",
	[INCIDENT_NODE_RESTART] = "See why %s restarted, and expect its subscribers to register again.",
	[INCIDENT_MASS_DEREGISTRATION] = "Stop what sends the cancellations at %s; expect a storm of registrations afterwards.",
	[INCIDENT_PROBE_BLIND] = "Look at the tap or mirror port of %s; the network may be well.",
};

static void step_add(struct text *t, const struct words_names *names, const struct alarm *a, const struct words_facts *f)
{
	const char *step = kind_steps[a->kind];
	const char *gap = strstr(step, "%s");

	text_add(t, "%.*s", (int)(gap - step), step);
	if (a->node_count)
		nodes_any_add(t, names, a);
	else if (f->place->only_segments && names->plan)
		segments_add(t, names, f->place->only_segments);
	else if (a->prefix_count)
		prefixes_add(t, a);
	else if (a->set_count)
		set_add(t, names, a);
	else
		text_add(t, "all subscribers");
	text_add(t, "%s", gap + 2);
}

void words_repair(const struct words_names *names, const struct alarm *a, const struct words_facts *f, char text[INCIDENT_SUMMARY_MAX])
{
	struct text t = text_in(text, INCIDENT_SUMMARY_MAX);

	if (a->state == INCIDENT_CLEARED && a->kind == INCIDENT_PROBE_BLIND)
		text_add(&t, "Nothing to do; what failed meanwhile was not seen.");
	else if (words_is_dark(a))
		text_add(&t, "Look at the tap or mirror port and the cable to the probe; the network may be well.");
	else if (a->state == INCIDENT_CLEARED)
		text_add(&t, "Nothing to do; phones that gave up register when they are switched off and on.");
	else if (kind_steps[a->kind])
		step_add(&t, names, a, f);
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
		else if (a->set_count)
			set_add(&t, names, a);
		else
			prefixes_add(&t, a);
		text_add(&t, f->is_counted ? "." : ": the same servers serve other ranges well.");
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

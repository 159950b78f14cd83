/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An alarm as one line of JSON, keys in the order of CONTRACT.md "Alarms"; jansson keeps the order in which keys are set.
 *
 * The block "alarm" carries the names of 3GPP TS 28.532 (12.1) with values of ITU-T X.733 (8.1.2). Identities go through the pseudonym.
 * What is not known is absent, but for "eta_s", which is null. Without memory nothing is written: half a line would be worse.
 * Called by the sinks of control, on its thread.
 */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/text.h"
#include "control/incident/words.h"

static const char *const state_names[] = {
	[INCIDENT_RAISED] = "raised",
	[INCIDENT_CHANGED] = "changed",
	[INCIDENT_RESTORING] = "restoring",
	[INCIDENT_CLEARED] = "cleared",
};

/* In the words of CONTRACT and those of X.733 8.1.2.3. */
static const struct {
	const char *name;
	const char *perceived;
} severities[] = {
	[SEVERITY_CLEARED] = { "cleared", "CLEARED" },    [SEVERITY_WARNING] = { "warning", "WARNING" },
	[SEVERITY_MINOR] = { "minor", "MINOR" },          [SEVERITY_MAJOR] = { "major", "MAJOR" },
	[SEVERITY_CRITICAL] = { "critical", "CRITICAL" },
};

/* X.733 8.1.2.2 has no better words for "does not answer" and "answers wrongly". */
static const struct {
	const char *name;
	const char *probable_cause;
	const char *type; /* X.733 8.1.1 */
} kinds[INCIDENT_KIND_COUNT] = {
	[INCIDENT_REJECT_RATIO] = { "reject-ratio", "APPLICATION_SUBSYSTEM_FAILURE", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_NO_ANSWER] = { "no-answer", "UNDERLYING_RESOURCE_UNAVAILABLE", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_VOLUME_DROP] = { "volume-drop", "COMMUNICATIONS_SUBSYSTEM_FAILURE", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_STORM] = { "storm", "CONGESTION", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_LATENCY] = { "latency", "RESPONSE_TIME_EXCESSIVE", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_ROUTE_UNAVAILABLE] = { "route-unavailable", "LOSS_OF_SIGNAL", "COMMUNICATIONS_ALARM" },
	[INCIDENT_PEER_DOWN] = { "peer-down", "UNDERLYING_RESOURCE_UNAVAILABLE", "COMMUNICATIONS_ALARM" },
	[INCIDENT_NODE_RESTART] = { "node-restart", "SOFTWARE_ERROR", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_MASS_DEREGISTRATION] = { "mass-deregistration", "APPLICATION_SUBSYSTEM_FAILURE", "QUALITY_OF_SERVICE_ALARM" },
	[INCIDENT_PROBE_BLIND] = { "probe-blind", "LOSS_OF_SIGNAL", "EQUIPMENT_ALARM" },
};

static const char *const trend_names[] = {
	[TREND_MORE_SEVERE] = "MORE_SEVERE",
	[TREND_NO_CHANGE] = "NO_CHANGE",
	[TREND_LESS_SEVERE] = "LESS_SEVERE",
};

static const struct {
	enum service bit;
	const char *name;
} services[] = { { SERVICE_CALLS, "calls" }, { SERVICE_TEXTS, "texts" }, { SERVICE_DATA, "data" } };

const char *incident_state_name(enum incident_state s)
{
	return state_names[s];
}

const char *incident_severity_name(enum incident_severity s)
{
	return severities[s].name;
}

const char *incident_kind_name(enum incident_kind k)
{
	return kinds[k].name;
}

static struct words_names names_of(const struct alarm_writer *w)
{
	return (struct words_names){ .plan = w->plan, .name_of = w->name_of, .names = w->names };
}

static json_t *json_time(nanos t)
{
	return json_sprintf("%" PRId64 ".%09" PRId64, t / NANOS_PER_S, t % NANOS_PER_S);
}

/* Numbers that are not finite have no JSON. */
static json_t *json_number(double x)
{
	return json_real(isfinite(x) ? x : 0);
}

static json_t *procedures_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->procedure_count; i++) {
		const struct procedure_row *row = procedure_row(a->procedures[i]);

		if (row)
			json_array_append_new(list, json_string(row->name));
	}
	return list;
}

static json_t *services_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (a->services & services[i].bit)
			json_array_append_new(list, json_string(services[i].name));
	}
	return list;
}

static json_t *rats_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (unsigned int i = RAT_NONE + 1; i < RAT_COUNT; i++) {
		if (a->rats & 1U << i)
			json_array_append_new(list, json_string(rat_name((enum rat)i)));
	}
	return list;
}

static json_t *segments_json(const struct alarm_writer *w, uint64_t segments)
{
	json_t *list = json_array();

	for (size_t i = 0; w->plan && i < w->plan->segment_count; i++) {
		if (segments & UINT64_C(1) << i)
			json_array_append_new(list, json_string(w->plan->segments[i].name));
	}
	return list;
}

static json_t *prefixes_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->prefix_count; i++) {
		char text[DIGITS_TEXT_MAX];

		digits_write(a->prefixes[i], text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *node_json(const struct alarm_writer *w, node n)
{
	struct words_names names = names_of(w);
	char id[WORDS_NODE_MAX];

	words_node_id(&names, n, id);
	return json_string(id);
}

static json_t *nodes_json(const struct alarm_writer *w, const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->node_count; i++) {
		json_t *entry = json_object();
		struct words_names names = names_of(w);
		char id[WORDS_NODE_MAX], words[WORDS_NODE_MAX];

		json_object_set_new(entry, "role", json_string(a->nodes[i].is_server ? "server" : "client"));
		json_object_set_new(entry, "id", node_json(w, a->nodes[i].node));
		words_node_id(&names, a->nodes[i].node, id);
		words_node(&names, a->nodes[i].node, words);
		if (strcmp(id, words) != 0)
			json_object_set_new(entry, "name", json_string(words));
		json_array_append_new(list, entry);
	}
	return list;
}

/* "timeout", else "layer:number". */
static json_t *cause_json(uint8_t layer, uint32_t cause)
{
	if (layer == CAUSE_TIMEOUT)
		return json_string("timeout");
	return json_sprintf("%s:%" PRIu32, cause_layer_name((enum cause_layer)layer), cause);
}

static json_t *causes_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->cause_count; i++) {
		const struct incident_cause *c = &a->causes[i];
		const char *name = c->cause_layer == CAUSE_TIMEOUT ? NULL : cause_name((enum cause_layer)c->cause_layer, c->cause);
		json_t *entry = json_object();

		json_object_set_new(entry, "cause", cause_json(c->cause_layer, c->cause));
		json_object_set_new(entry, "share", json_number(c->share));
		if (name)
			json_object_set_new(entry, "name", json_string(name));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *example_json(const struct alarm_writer *w, const struct outcome *o)
{
	const struct procedure_row *row = procedure_row(o->procedure);
	char identity[PSEUDONYM_TEXT_MAX];
	json_t *entry = json_object();
	json_t *frames = json_array();

	json_object_set_new(entry, "time", json_time(o->time));
	json_object_set_new(entry, "procedure", json_string(row ? row->name : ""));
	json_object_set_new(entry, "outcome", json_string(outcome_class_name((enum outcome_class)o->class)));
	json_object_set_new(entry, "cause", cause_json(o->cause_layer, o->cause));
	if (o->imsi) {
		pseudonym_write(w->pseudonym, PSEUDONYM_IMSI, o->imsi, identity);
		json_object_set_new(entry, "imsi", json_string(identity));
	}
	if (o->client)
		json_object_set_new(entry, "client", node_json(w, o->client));
	if (o->server)
		json_object_set_new(entry, "server", node_json(w, o->server));
	for (size_t i = 0; i < 2; i++) {
		if (o->frames[i])
			json_array_append_new(frames, json_integer(o->frames[i]));
	}
	json_object_set_new(entry, "frames", frames);
	return entry;
}

static json_t *evidence_json(const struct alarm_writer *w, const struct alarm *a)
{
	json_t *object = json_object();
	json_t *examples = json_array();

	for (size_t i = 0; i < a->example_count; i++)
		json_array_append_new(examples, example_json(w, &a->examples[i]));
	json_object_set_new(object, "requests", json_integer((json_int_t)a->requests));
	json_object_set_new(object, "failed", json_integer((json_int_t)a->failed));
	json_object_set_new(object, "window_s", json_number(a->window_s));
	if (a->sticky >= 0)
		json_object_set_new(object, "sticky", json_number(a->sticky));
	json_object_set_new(object, "examples", examples);
	return object;
}

static json_t *affected_json(const struct alarm *a)
{
	static const char *const bases[] = {
		[BASIS_SUBSCRIBERS] = "distinct failing IMSI",
		[BASIS_REQUESTS] = "failed requests",
		[BASIS_NONE] = "not known",
	};
	json_t *object = json_object();

	json_object_set_new(object, "estimate", json_integer((json_int_t)a->affected));
	json_object_set_new(object, "low", json_integer((json_int_t)a->affected_low));
	json_object_set_new(object, "high", json_integer((json_int_t)a->affected_high));
	json_object_set_new(object, "basis", json_string(bases[a->basis]));
	json_object_set_new(object, "recovered", json_integer((json_int_t)a->recovered));
	if (a->basis == BASIS_SUBSCRIBERS)
		json_object_set_new(object, "seen", json_integer((json_int_t)a->seen));
	if (a->projected)
		json_object_set_new(object, "projected", json_integer((json_int_t)a->projected));
	if (a->upper)
		json_object_set_new(object, "upper", json_integer((json_int_t)a->upper));
	json_object_set_new(object, "attempts", json_integer((json_int_t)a->attempts));
	if (a->is_statutory)
		json_object_set_new(object, "statutory", json_true());
	return object;
}

/* Percent restored where it is known, by the name of a radio access or a segment. */
static json_t *restored_rats_json(const struct alarm *a)
{
	json_t *object = json_object();

	for (unsigned int i = RAT_NONE + 1; i < RAT_COUNT; i++) {
		if ((a->rats & 1U << i) && a->restored_rat[i] >= 0)
			json_object_set_new(object, rat_name((enum rat)i), json_number(round(a->restored_rat[i] * 10) / 10));
	}
	return object;
}

static json_t *restored_segments_json(const struct alarm_writer *w, const struct alarm *a)
{
	json_t *object = json_object();

	for (size_t i = 0; w->plan && i < w->plan->segment_count && i < PLAN_SEGMENTS_MAX; i++) {
		if (a->restored_segment[i] >= 0)
			json_object_set_new(object, w->plan->segments[i].name, json_number(round(a->restored_segment[i] * 10) / 10));
	}
	return object;
}

static json_t *recovery_json(const struct alarm_writer *w, const struct alarm *a)
{
	json_t *object = json_object();

	json_object_set_new(object, "percent", json_number(round(a->recovered_percent * 10) / 10));
	json_object_set_new(object, "eta_s", a->eta_s >= 0 ? json_number(round(a->eta_s)) : json_null());
	if (a->eta_s >= 0) {
		json_object_set_new(object, "eta_low_s", json_number(round(a->eta_low_s)));
		json_object_set_new(object, "eta_high_s", json_number(round(a->eta_high_s)));
	}
	if (a->state != INCIDENT_RESTORING)
		return object;
	json_object_set_new(object, "per_rat", restored_rats_json(a));
	json_object_set_new(object, "per_segment", restored_segments_json(w, a));
	return object;
}

/* Further values that describe the place: {"plmn":["20801"]}. */
static json_t *values_json(const struct alarm_writer *w, const struct alarm *a)
{
	static const char *const names[DIMENSION_COUNT] = {
		[DIMENSION_IMSI_ENDING] = "imsi_endings",
		[DIMENSION_IMSI_BUCKET] = "imsi_buckets",
		[DIMENSION_ROUTE] = "routes",
		[DIMENSION_PLMN] = "plmns",
		[DIMENSION_RAT] = "rats",
		[DIMENSION_DIRECTION] = "directions",
		[DIMENSION_NAMED] = "names",
	};
	struct words_names words = names_of(w);
	const char *name = a->set_dimension < DIMENSION_COUNT ? names[a->set_dimension] : NULL;
	json_t *object = json_object();
	json_t *list = json_array();

	for (size_t i = 0; name && i < a->set_count; i++) {
		struct stream_key key = { .value = a->set[i], .dimension = a->set_dimension };
		char text[WORDS_STREAM_MAX];
		const char *value;

		words_stream(&words, &key, text);
		value = a->set_dimension == DIMENSION_NAMED ? NULL : strchr(text, '=');
		json_array_append_new(list, json_string(value ? value + 1 : text));
	}
	json_object_set_new(object, name ? name : "none", list);
	return object;
}

static json_t *streams_json(const struct alarm_writer *w, const struct alarm *a)
{
	struct words_names words = names_of(w);
	json_t *list = json_array();

	for (size_t i = 0; i < a->stream_count; i++) {
		char text[WORDS_STREAM_MAX];

		words_stream(&words, &a->streams[i], text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *details_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->detail_count; i++)
		json_array_append_new(list, json_string(a->details[i]));
	return list;
}

/* What else there is to say; each key only when it is true or known. */
static void more_json(const struct alarm_writer *w, const struct alarm *a, json_t *line)
{
	if (a->detail_count)
		json_object_set_new(line, "details", details_json(a));
	if (a->set_count)
		json_object_set_new(line, "values", values_json(w, a));
	if (a->stream_count)
		json_object_set_new(line, "streams", streams_json(w, a));
	if (a->factor > 0)
		json_object_set_new(line, "volume_factor", json_number(a->factor));
	if (a->is_partner)
		json_object_set_new(line, "partner", json_true());
	if (a->is_maintained)
		json_object_set_new(line, "maintenance", json_true());
	if (a->is_flapping)
		json_object_set_new(line, "flapping", json_true());
	if (a->earlier[0])
		json_object_set_new(line, "earlier", json_string(a->earlier));
	if (a->precursor[0])
		json_object_set_new(line, "precursor", json_string(a->precursor));
}

static json_t *visibility_json(const struct alarm_writer *w, const struct alarm *a)
{
	json_t *object = json_object();
	json_t *blind = json_array();

	json_object_set_new(object, "packets_dropped", json_integer((json_int_t)a->packets_dropped));
	json_object_set_new(object, "loss_estimate", json_number(a->loss_estimate));
	for (size_t i = 0; i < a->blind_count; i++)
		json_array_append_new(blind, node_json(w, a->blind[i]));
	json_object_set_new(object, "blind", blind);
	return object;
}

static bool is_congestion(const struct alarm *a)
{
	if (a->cause_count == 0 || a->causes[0].cause_layer == CAUSE_TIMEOUT)
		return false;
	return cause_class((enum cause_layer)a->causes[0].cause_layer, a->causes[0].cause) == OUTCOME_CONGESTION;
}

static json_t *alarm_json(const struct alarm_writer *w, const struct alarm *a)
{
	const struct procedure_row *row = a->procedure_count ? procedure_row(a->procedures[0]) : NULL;
	struct words_names names = names_of(w);
	json_t *object = json_object();
	char id[20];

	if (a->alarm_id[0])
		memcpy(id, a->alarm_id, sizeof(id));
	else
		words_alarm_id(&names, a, id);
	json_object_set_new(object, "alarmId", json_string(id));
	json_object_set_new(object, "alarmType", json_string(kinds[a->kind].type));
	json_object_set_new(object, "probableCause", json_string(is_congestion(a) ? "CONGESTION" : kinds[a->kind].probable_cause));
	json_object_set_new(object, "specificProblem", json_sprintf("%s %s", kinds[a->kind].name, row ? row->name : ""));
	json_object_set_new(object, "perceivedSeverity", json_string(severities[a->severity].perceived));
	json_object_set_new(object, "trendIndication", json_string(trend_names[a->trend]));
	json_object_set_new(object, "rootCauseIndicator", json_boolean(a->node_count > 0));
	json_object_set_new(object, "proposedRepairActions", json_string(a->repair));
	return object;
}

static json_t *line_json(const struct alarm_writer *w, const struct alarm *a)
{
	json_t *line = json_object();

	json_object_set_new(line, "id", json_string(a->id));
	json_object_set_new(line, "time", json_time(a->time));
	json_object_set_new(line, "state", json_string(state_names[a->state]));
	json_object_set_new(line, "severity", json_string(severities[a->severity].name));
	json_object_set_new(line, "onset", json_time(a->onset));
	json_object_set_new(line, "detected", json_time(a->detected));
	json_object_set_new(line, "kind", json_string(kinds[a->kind].name));
	json_object_set_new(line, "summary", json_string(a->summary));
	json_object_set_new(line, "procedures", procedures_json(a));
	json_object_set_new(line, "services", services_json(a));
	json_object_set_new(line, "rats", rats_json(a));
	json_object_set_new(line, "segments", segments_json(w, a->segments));
	json_object_set_new(line, "imsi_prefixes", prefixes_json(a));
	json_object_set_new(line, "nodes", nodes_json(w, a));
	json_object_set_new(line, "baseline_ratio", json_number(a->baseline_ratio));
	json_object_set_new(line, "observed_ratio", json_number(a->observed_ratio));
	json_object_set_new(line, "false_alarm_odds", json_number(a->false_alarm_odds));
	json_object_set_new(line, "affected_subscribers", affected_json(a));
	json_object_set_new(line, "recovery", recovery_json(w, a));
	json_object_set_new(line, "causes", causes_json(a));
	json_object_set_new(line, "evidence", evidence_json(w, a));
	json_object_set_new(line, "visibility", visibility_json(w, a));
	json_object_set_new(line, "alarm", alarm_json(w, a));
	more_json(w, a, line);
	return line;
}

void alarm_write_json(const struct alarm_writer *w, const struct alarm *a, FILE *out)
{
	json_t *line = line_json(w, a);
	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;

	if (text)
		fprintf(out, "%s\n", text);
	free(text);
	json_decref(line);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A case as JSON and back, see memo.h: what fails and where, what of it is usual, and what the fault looked like, so that a repair is
 * known for one by what was before the restart. The subscribers that failed are a number from then on.
 */
#include <math.h>
#include <string.h>

#include "control/incident/memo.h"

static const char *const group_names[CASE_GROUP_COUNT] = { "refused", "silent", "user" };

static json_t *groups_json(const struct incident *c)
{
	json_t *list = json_array();

	for (int group = 0; group < CASE_GROUP_COUNT; group++) {
		if (c->has_group[group])
			json_array_append_new(list, json_string(group_names[group]));
	}
	return list;
}

static json_t *user_causes_json(const struct incident *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->user_cause_count; i++)
		json_array_append_new(list, json_pack("[i,I]", (int)c->user_causes[i].cause_layer, (json_int_t)c->user_causes[i].cause));
	return list;
}

static json_t *procedures_json(const struct incident *c)
{
	json_t *list = json_array();

	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		json_t *name = c->has_procedure[p] || !case_is_presumed(c, (procedure)p) ? memo_procedure((procedure)p) : NULL;
		json_t *usual;

		if (!name)
			continue;
		usual = json_array();
		for (int group = 0; group < CASE_GROUP_COUNT; group++)
			json_array_append_new(usual, json_real((double)c->baseline[group][p]));
		json_array_append_new(list,
				      json_pack("{s:o,s:b,s:b,s:b,s:o}", "name", name, "is_hit", (int)c->has_procedure[p], "is_failing",
						(int)c->is_failing[p], "is_sized", (int)c->is_sized[p], "usual", usual));
	}
	return list;
}

static json_t *streams_json(const struct memo_scene *s, const struct incident *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->stream_count; i++) {
		json_t *stream = memo_stream(s, &c->streams[i].key);

		if (!stream)
			continue;
		json_object_set_new(stream, "evidence", json_integer(c->streams[i].evidence));
		json_object_set_new(stream, "is_page", json_boolean(c->streams[i].is_page));
		json_object_set_new(stream, "onset", json_integer(c->streams[i].onset));
		json_array_append_new(list, stream);
	}
	return list;
}

static json_t *sum_json(const struct recovery_sum *sum)
{
	return json_pack("[f,f,f]", sum->requests, sum->failed, sum->expected);
}

static json_t *recovery_json(const struct memo_scene *s, const struct recovery *r)
{
	json_t *rats = json_array();
	json_t *segments = json_object();

	for (size_t i = 0; i < s->plan->segment_count; i++)
		json_object_set_new(segments, s->plan->segments[i].name, sum_json(&r->reference_segment[i]));
	for (int i = 0; i < RAT_COUNT; i++)
		json_array_append_new(rats, sum_json(&r->reference_rat[i]));
	return json_pack("{s:o,s:o,s:o,s:o,s:f,s:b,s:f,s:f}", "reference", sum_json(&r->reference), "everybody",
			 sum_json(&r->reference_everybody), "rats", rats, "segments", segments, "peak", r->peak, "is_sure", (int)r->is_sure,
			 "percent", r->percent, "best_percent", r->best_percent);
}

static json_t *conditions_json(const struct memo_scene *s, const struct incident *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->condition_count; i++)
		json_array_append_new(list, memo_condition(s, &c->conditions[i]));
	return list;
}

json_t *memo_case(const struct memo_scene *s, const struct incident *c)
{
	json_t *lead = memo_stream(s, &c->lead);
	json_t *object = json_object();

	json_object_set_new(object, "alarm", memo_alarm(&c->last));
	json_object_set_new(object, "first_page", json_integer(c->first_page));
	json_object_set_new(object, "first_onset", json_integer(c->first_onset));
	json_object_set_new(object, "first_seen", json_integer(c->first_seen));
	json_object_set_new(object, "groups", groups_json(c));
	json_object_set_new(object, "user_causes", user_causes_json(c));
	json_object_set_new(object, "procedures", procedures_json(c));
	json_object_set_new(object, "streams", streams_json(s, c));
	if (lead)
		json_object_set_new(object, "lead", lead);
	json_object_set_new(object, "lead_evidence", json_integer(c->lead_evidence));
	json_object_set_new(object, "lead_baseline", json_real(c->lead_baseline));
	json_object_set_new(object, "evidence_nats", json_real(isfinite(c->evidence_nats) ? c->evidence_nats : 0));
	json_object_set_new(object, "place", memo_place(s, &c->place));
	json_object_set_new(object, "rate_before", json_real(c->rate_before));
	json_object_set_new(object, "network_share", json_real(c->network_share));
	json_object_set_new(object, "recovery", recovery_json(s, &c->recovery));
	json_object_set_new(object, "waves", json_integer((json_int_t)c->waves));
	json_object_set_new(object, "facts", json_integer((json_int_t)c->facts));
	json_object_set_new(object, "silent_share", json_real(c->silent_share));
	json_object_set_new(object, "is_congested", json_boolean(c->is_congested));
	json_object_set_new(object, "factor", json_real(c->factor));
	json_object_set_new(object, "is_partner", json_boolean(c->is_partner));
	json_object_set_new(object, "is_abroad", json_boolean(c->is_abroad));
	json_object_set_new(object, "conditions", conditions_json(s, c));
	return object;
}

static void groups_read(struct incident *c, const json_t *json)
{
	const json_t *list = json_object_get(json, "groups");
	const json_t *causes = json_object_get(json, "user_causes");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		for (int group = 0; name && group < CASE_GROUP_COUNT; group++)
			c->has_group[group] = c->has_group[group] || strcmp(name, group_names[group]) == 0;
	}
	for (size_t i = 0; i < json_array_size(causes) && i < CASE_USER_CAUSES_MAX; i++) {
		const json_t *cause = json_array_get(causes, i);

		c->user_causes[i].cause_layer = (uint8_t)json_integer_value(json_array_get(cause, 0));
		c->user_causes[i].cause = (uint32_t)json_integer_value(json_array_get(cause, 1));
		c->user_cause_count = i + 1;
	}
}

static bool procedures_read(struct incident *c, const json_t *list)
{
	bool has_any = false;

	case_presume_baseline(c);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *usual = json_object_get(entry, "usual");
		procedure p;

		if (!memo_procedure_read(json_object_get(entry, "name"), &p) || p >= CASE_PROCEDURES)
			continue;
		c->has_procedure[p] = json_is_true(json_object_get(entry, "is_hit"));
		has_any = has_any || c->has_procedure[p];
		c->is_failing[p] = json_is_true(json_object_get(entry, "is_failing"));
		c->is_sized[p] = json_is_true(json_object_get(entry, "is_sized"));
		for (size_t group = 0; group < CASE_GROUP_COUNT && group < json_array_size(usual); group++)
			c->baseline[group][p] = (float)json_number_value(json_array_get(usual, group));
	}
	return has_any;
}

static void streams_read(const struct memo_scene *s, struct incident *c, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && c->stream_count < CASE_STREAMS_MAX; i++) {
		const json_t *entry = json_array_get(list, i);
		struct case_stream *stream = &c->streams[c->stream_count];
		json_int_t evidence = json_integer_value(json_object_get(entry, "evidence"));

		if (evidence < 0 || evidence >= EVIDENCE_JUDGED || !memo_stream_read(s, entry, &stream->key))
			continue;
		stream->evidence = (uint8_t)evidence;
		stream->is_page = json_is_true(json_object_get(entry, "is_page"));
		stream->onset = memo_nanos(entry, "onset");
		c->stream_count++;
	}
}

static void sum_read(const json_t *list, struct recovery_sum *ret)
{
	ret->requests = json_number_value(json_array_get(list, 0));
	ret->failed = json_number_value(json_array_get(list, 1));
	ret->expected = json_number_value(json_array_get(list, 2));
}

static void recovery_read(const struct memo_scene *s, const json_t *json, struct recovery *r)
{
	const json_t *rats = json_object_get(json, "rats");
	const json_t *segments = json_object_get(json, "segments");

	sum_read(json_object_get(json, "reference"), &r->reference);
	sum_read(json_object_get(json, "everybody"), &r->reference_everybody);
	for (size_t i = 0; i < RAT_COUNT; i++)
		sum_read(json_array_get(rats, i), &r->reference_rat[i]);
	for (size_t i = 0; i < s->plan->segment_count; i++)
		sum_read(json_object_get(segments, s->plan->segments[i].name), &r->reference_segment[i]);
	r->peak = memo_number(json, "peak");
	r->is_sure = json_is_true(json_object_get(json, "is_sure"));
	r->percent = memo_number(json, "percent");
	r->best_percent = memo_number(json, "best_percent");
}

static void conditions_read(const struct memo_scene *s, struct incident *c, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && c->condition_count < CASE_CONDITIONS_MAX; i++)
		c->condition_count += memo_condition_read(s, json_array_get(list, i), &c->conditions[c->condition_count]);
}

static void lead_read(const struct memo_scene *s, struct incident *c, const json_t *json)
{
	json_int_t evidence = json_integer_value(json_object_get(json, "lead_evidence"));

	if (!memo_stream_read(s, json_object_get(json, "lead"), &c->lead) && c->stream_count > 0)
		c->lead = c->streams[0].key;
	c->lead_evidence = evidence >= 0 && evidence < EVIDENCE_JUDGED ? (enum evidence)evidence : EVIDENCE_NETWORK;
	c->lead_baseline = memo_number(json, "lead_baseline");
	c->evidence_nats = memo_number(json, "evidence_nats");
}

bool memo_case_read(const struct memo_scene *s, const json_t *json, struct incident *ret)
{
	struct incident *c = ret;
	const struct alarm *last = &ret->last;

	memo_alarm_read(json_object_get(json, "alarm"), &c->last);
	c->onset = last->onset;
	c->first_page = memo_nanos(json, "first_page");
	c->first_onset = memo_nanos(json, "first_onset");
	c->first_seen = memo_nanos(json, "first_seen");
	groups_read(c, json);
	if (last->id[0] == '\0' || c->onset <= 0 || !procedures_read(c, json_object_get(json, "procedures")))
		return false;
	streams_read(s, c, json_object_get(json, "streams"));
	lead_read(s, c, json);
	c->is_located = memo_place_read(s, json_object_get(json, "place"), &c->place);
	c->announced = c->place;
	c->announced_registrations = case_registrations(c);
	c->rate_before = memo_number_or(json, "rate_before", -1);
	c->network_share = memo_number(json, "network_share");
	recovery_read(s, json_object_get(json, "recovery"), &c->recovery);
	c->waves = (unsigned int)memo_number(json, "waves");
	c->facts = (uint32_t)memo_number(json, "facts");
	c->silent_share = memo_number(json, "silent_share");
	c->is_congested = json_is_true(json_object_get(json, "is_congested"));
	c->factor = memo_number(json, "factor");
	c->is_partner = json_is_true(json_object_get(json, "is_partner"));
	c->is_abroad = json_is_true(json_object_get(json, "is_abroad"));
	conditions_read(s, c, json_object_get(json, "conditions"));
	c->past.affected = last->affected;
	c->past.low = last->affected_low;
	c->past.high = last->affected_high;
	c->past.recovered = last->recovered;
	c->past.attempts = last->attempts;
	c->phase = c->recovery.is_sure ? CASE_RESTORING : CASE_OPEN;
	return true;
}

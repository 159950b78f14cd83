/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A finding as JSON and back, see memo.h: its streams with what was told of them last, its conditions, its place. The rows of the ledger
 * and the calm before are gone after a restart; how many requests there usually are is kept of each stream.
 */
#include <string.h>

#include "control/incident/memo.h"

static json_t *streams_json(const struct memo_scene *s, const struct finding *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->stream_count; i++) {
		const struct suspicion *last = &f->streams[i].last;
		json_t *stream = memo_stream(s, &last->stream);

		if (!stream)
			continue;
		json_object_set_new(stream, "evidence", json_integer(last->evidence));
		json_object_set_new(stream, "is_page", json_boolean(f->streams[i].is_page));
		json_object_set_new(stream, "is_lead", json_boolean(i == f->lead));
		json_object_set_new(stream, "onset", json_integer(last->onset));
		json_object_set_new(stream, "seen", json_integer(f->streams[i].seen));
		json_object_set_new(stream, "share", json_real(f->streams[i].share));
		json_object_set_new(stream, "peak", json_real(f->streams[i].peak));
		json_object_set_new(stream, "numbers",
				    json_pack("[f,f,f,f,f,f,f,f,f]", last->log_r, last->log_b, last->log_page, last->baseline_ratio,
					      last->observed_ratio, last->fault_share, last->requests, last->failed, last->expected));
		json_array_append_new(list, stream);
	}
	return list;
}

json_t *memo_finding(const struct memo_scene *s, const struct finding *f)
{
	json_t *object = json_object();
	json_t *conditions = json_array();

	for (size_t i = 0; i < f->condition_count; i++)
		json_array_append_new(conditions, memo_condition(s, &f->conditions[i]));
	json_object_set_new(object, "alarm", memo_alarm(&f->last));
	json_object_set_new(object, "first_seen", json_integer(f->first_seen));
	json_object_set_new(object, "first_page", json_integer(f->first_page));
	json_object_set_new(object, "first_onset", json_integer(f->first_onset));
	json_object_set_new(object, "facts", json_integer((json_int_t)f->facts));
	json_object_set_new(object, "streams", streams_json(s, f));
	json_object_set_new(object, "conditions", conditions);
	json_object_set_new(object, "place", memo_place(s, &f->place));
	json_object_set_new(object, "is_located", json_boolean(f->is_located));
	json_object_set_new(object, "sums", json_pack("[f,f,f,f]", f->requests, f->failed, f->expected, f->repeats));
	json_object_set_new(object, "network_share", json_real(f->network_share));
	json_object_set_new(object, "is_partner", json_boolean(f->is_partner));
	json_object_set_new(object, "rate_before", json_real(f->rate_before));
	return object;
}

static bool stream_read(const struct memo_scene *s, const json_t *json, struct finding_stream *ret)
{
	struct suspicion *last = &ret->last;
	double *const numbers[] = { &last->log_r,       &last->log_b,    &last->log_page, &last->baseline_ratio, &last->observed_ratio,
				    &last->fault_share, &last->requests, &last->failed,   &last->expected };
	json_int_t evidence = json_integer_value(json_object_get(json, "evidence"));

	memset(ret, 0, sizeof(*ret));
	if (evidence < 0 || evidence >= EVIDENCE_COUNT || !memo_stream_read(s, json, &last->stream))
		return false;
	last->evidence = (enum evidence)evidence;
	last->is_page = ret->is_page = json_is_true(json_object_get(json, "is_page"));
	last->onset = memo_nanos(json, "onset");
	ret->seen = memo_nanos(json, "seen");
	ret->share = memo_number_or(json, "share", 1);
	ret->peak = memo_number_or(json, "peak", 1);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i] = json_number_value(json_array_get(json_object_get(json, "numbers"), i));
	ret->weight = last->failed > last->expected + 1 ? last->failed - last->expected : 1;
	return true;
}

static void streams_read(const struct memo_scene *s, struct finding *f, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && f->stream_count < FINDING_STREAMS_MAX; i++) {
		const json_t *entry = json_array_get(list, i);

		if (!stream_read(s, entry, &f->streams[f->stream_count]))
			continue;
		if (json_is_true(json_object_get(entry, "is_lead")))
			f->lead = f->stream_count;
		f->has_procedure[sums_procedure(f->streams[f->stream_count].last.stream.procedure)] = true;
		f->stream_count++;
	}
}

bool memo_finding_read(const struct memo_scene *s, const json_t *json, struct finding *ret)
{
	struct finding *f = ret;
	const json_t *conditions = json_object_get(json, "conditions");
	const json_t *sums = json_object_get(json, "sums");

	memo_alarm_read(json_object_get(json, "alarm"), &f->last);
	f->onset = f->last.onset;
	f->first_seen = memo_nanos(json, "first_seen");
	f->first_page = memo_nanos(json, "first_page");
	f->first_onset = memo_nanos(json, "first_onset");
	f->facts = (uint32_t)memo_number(json, "facts");
	streams_read(s, f, json_object_get(json, "streams"));
	for (size_t i = 0; i < json_array_size(conditions) && f->condition_count < FINDING_CONDITIONS_MAX; i++)
		f->condition_count += memo_condition_read(s, json_array_get(conditions, i), &f->conditions[f->condition_count]);
	f->is_located = memo_place_read(s, json_object_get(json, "place"), &f->place) && json_is_true(json_object_get(json, "is_located"));
	f->announced = f->place;
	f->requests = json_number_value(json_array_get(sums, 0));
	f->failed = json_number_value(json_array_get(sums, 1));
	f->expected = json_number_value(json_array_get(sums, 2));
	f->repeats = json_number_value(json_array_get(sums, 3));
	f->network_share = memo_number(json, "network_share");
	f->is_partner = json_is_true(json_object_get(json, "is_partner"));
	f->rate_before = memo_number_or(json, "rate_before", -1);
	f->phase = FINDING_OPEN;
	return f->last.id[0] != '\0' && f->onset > 0 && f->stream_count + f->condition_count > 0;
}

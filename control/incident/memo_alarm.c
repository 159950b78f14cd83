/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of an alarm the next announcements build on, and conditions of the network, as JSON and back, see memo.h. Examples are not kept:
 * they are of subscribers, and those after the restart are as good.
 */
#include <stddef.h>
#include <string.h>

#include "control/incident/memo.h"

static json_t *procedures_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->procedure_count; i++) {
		json_t *name = memo_procedure(a->procedures[i]);

		if (name)
			json_array_append_new(list, name);
	}
	return list;
}

static json_t *causes_json(const struct alarm *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->cause_count; i++)
		json_array_append_new(list, json_pack("{s:i,s:I,s:f}", "layer", (int)a->causes[i].cause_layer, "cause",
						      (json_int_t)a->causes[i].cause, "share", a->causes[i].share));
	return list;
}

/* Texts, numbers of subscribers, and ratios: what they are called and where they stand in an alarm. */
static const struct {
	const char *name;
	size_t offset, room;
} texts[] = {
#define TEXT(field)                                                                                                                        \
	{                                                                                                                                  \
#field, offsetof(struct alarm, field), sizeof(((struct alarm *)0)->field)                                                  \
	}
	TEXT(id), TEXT(alarm_id), TEXT(summary), TEXT(repair), TEXT(earlier), TEXT(precursor), TEXT(precursor_words),
#undef TEXT
};

static const struct {
	const char *name;
	size_t offset;
} counts[] = {
#define COUNT(field)                                                                                                                       \
	{                                                                                                                                  \
#field, offsetof(struct alarm, field)                                                                                      \
	}
	COUNT(affected), COUNT(affected_low), COUNT(affected_high), COUNT(recovered), COUNT(attempts), COUNT(seen),
}, numbers[] = {
	COUNT(baseline_ratio), COUNT(recovered_percent), COUNT(sticky), COUNT(factor), COUNT(slow_s), COUNT(slow_usual_s),
}, times[] = {
	COUNT(time), COUNT(onset), COUNT(detected),
#undef COUNT
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

json_t *memo_alarm(const struct alarm *a)
{
	const char *base = (const char *)a;
	json_t *object = json_object();

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		json_object_set_new(object, texts[i].name, json_string(base + texts[i].offset));
	for (size_t i = 0; i < COUNT_OF(times); i++)
		json_object_set_new(object, times[i].name, json_integer(*(const nanos *)(const void *)(base + times[i].offset)));
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		json_object_set_new(object, counts[i].name,
				    json_integer((json_int_t) * (const uint64_t *)(const void *)(base + counts[i].offset)));
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		json_object_set_new(object, numbers[i].name, json_real(*(const double *)(const void *)(base + numbers[i].offset)));
	json_object_set_new(object, "state", json_integer(a->state));
	json_object_set_new(object, "severity", json_integer(a->severity));
	json_object_set_new(object, "worst", json_integer(a->worst));
	json_object_set_new(object, "kind", json_integer(a->kind));
	json_object_set_new(object, "basis", json_integer(a->basis));
	json_object_set_new(object, "services", json_integer(a->services));
	json_object_set_new(object, "rats", json_integer(a->rats));
	json_object_set_new(object, "is_partner", json_boolean(a->is_partner));
	json_object_set_new(object, "is_flapping", json_boolean(a->is_flapping));
	json_object_set_new(object, "procedures", procedures_json(a));
	json_object_set_new(object, "causes", causes_json(a));
	return object;
}

static uint64_t integer_of(const json_t *object, const char *key, uint64_t most)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value < 0 ? 0 : (uint64_t)value > most ? most : (uint64_t)value;
}

static void lists_read(const json_t *json, struct alarm *a)
{
	const json_t *procedures = json_object_get(json, "procedures");
	const json_t *causes = json_object_get(json, "causes");

	for (size_t i = 0; i < json_array_size(procedures) && a->procedure_count < INCIDENT_PROCEDURES_MAX; i++)
		a->procedure_count += memo_procedure_read(json_array_get(procedures, i), &a->procedures[a->procedure_count]);
	for (size_t i = 0; i < json_array_size(causes) && a->cause_count < INCIDENT_CAUSES_MAX; i++) {
		const json_t *cause = json_array_get(causes, i);

		a->causes[a->cause_count++] = (struct incident_cause){ .cause = (uint32_t)integer_of(cause, "cause", UINT32_MAX),
								       .cause_layer = (uint8_t)integer_of(cause, "layer", UINT8_MAX),
								       .share = memo_number(cause, "share") };
	}
}

void memo_alarm_read(const json_t *json, struct alarm *ret)
{
	struct alarm *a = ret;
	char *base = (char *)ret;

	memset(a, 0, sizeof(*a));
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		memo_text(json, texts[i].name, base + texts[i].offset, texts[i].room);
	for (size_t i = 0; i < COUNT_OF(times); i++)
		*(nanos *)(void *)(base + times[i].offset) = memo_nanos(json, times[i].name);
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		*(uint64_t *)(void *)(base + counts[i].offset) = integer_of(json, counts[i].name, INT64_MAX);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		*(double *)(void *)(base + numbers[i].offset) = memo_number(json, numbers[i].name);
	a->state = (enum incident_state)integer_of(json, "state", INCIDENT_CLEARED);
	a->severity = (enum incident_severity)integer_of(json, "severity", SEVERITY_CRITICAL);
	a->worst = (enum incident_severity)integer_of(json, "worst", SEVERITY_CRITICAL);
	a->kind = (enum incident_kind)integer_of(json, "kind", INCIDENT_KIND_COUNT - 1);
	a->basis = (enum incident_basis)integer_of(json, "basis", BASIS_NONE);
	a->services = (uint8_t)integer_of(json, "services", SERVICE_CALLS | SERVICE_TEXTS | SERVICE_DATA);
	a->rats = (uint16_t)integer_of(json, "rats", (UINT64_C(1) << RAT_COUNT) - 1);
	a->is_partner = json_is_true(json_object_get(json, "is_partner"));
	a->is_flapping = json_is_true(json_object_get(json, "is_flapping"));
	a->eta_s = a->eta_low_s = a->eta_high_s = -1;
	lists_read(json, a);
}

static void node_write_to(const struct memo_scene *s, json_t *object, const char *key, node n)
{
	json_t *text = memo_value(s, DIMENSION_SERVER, n);

	if (text)
		json_object_set_new(object, key, text);
}

json_t *memo_condition(const struct memo_scene *s, const struct condition *c)
{
	json_t *object = json_pack("{s:i,s:i,s:i,s:I,s:I,s:I,s:b,s:b}", "kind", (int)c->kind, "level", (int)c->level, "subsystem",
				   (int)c->subsystem, "since", (json_int_t)c->since, "last", (json_int_t)c->last, "notices",
				   (json_int_t)c->notices, "is_over", (int)c->is_over, "is_announced", (int)c->is_announced);

	node_write_to(s, object, "about", c->about);
	node_write_to(s, object, "address", c->address);
	node_write_to(s, object, "said_by", c->said_by);
	return object;
}

static node node_read_from(const struct memo_scene *s, const json_t *object, const char *key)
{
	node n = 0;

	return memo_value_read(s, DIMENSION_SERVER, json_object_get(object, key), &n) ? n : 0;
}

bool memo_condition_read(const struct memo_scene *s, const json_t *json, struct condition *ret)
{
	struct condition c = { .kind = (uint8_t)integer_of(json, "kind", CONDITION_KIND_COUNT - 1) };

	c.about = node_read_from(s, json, "about");
	if (c.about == 0)
		return false;
	c.address = node_read_from(s, json, "address");
	c.said_by = node_read_from(s, json, "said_by");
	c.level = (uint8_t)integer_of(json, "level", UINT8_MAX);
	c.subsystem = (uint8_t)integer_of(json, "subsystem", UINT8_MAX);
	c.since = memo_nanos(json, "since");
	c.last = memo_nanos(json, "last");
	c.sayers = c.said_by != 0;
	c.notices = (uint32_t)integer_of(json, "notices", UINT32_MAX);
	c.is_over = json_is_true(json_object_get(json, "is_over"));
	c.is_announced = json_is_true(json_object_get(json, "is_announced"));
	*ret = c;
	return true;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calendar of the configuration: holidays, announced work, the time zone that both are written in.
 *
 * Dates and times are those of ISO 8601, with a space or T between them, seconds at will; a time without Z or an offset is one of
 * calendar.time_zone. Refused, each with its place: days that no calendar has, times that local clocks do not know how to read, work that
 * ends before it begins, zones and segments that do not exist. Called by control.
 */
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"
#include "config/zone.h"

#define HOLIDAYS_MAX 1000
#define DAY_S        86400

/* `count` digits; false when there are fewer or another one follows. */
static bool digits_take(const char **at, unsigned int count, int *ret)
{
	int number = 0;

	for (unsigned int i = 0; i < count; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		number = number * 10 + (**at - '0');
	}
	*ret = number;
	return !(**at >= '0' && **at <= '9');
}

static bool sign_take(const char **at, char sign)
{
	return *(*at)++ == sign;
}

static bool date_take(const char **at, int32_t *ret_day)
{
	int year, month, day, same_year, same_month, same_day;

	if (!digits_take(at, 4, &year) || !sign_take(at, '-') || !digits_take(at, 2, &month) || !sign_take(at, '-') ||
	    !digits_take(at, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1)
		return false;
	*ret_day = zone_days(year, month, day);
	zone_date(*ret_day, &same_year, &same_month, &same_day);
	return same_day == day && same_month == month;
}

/* hh:mm[:ss], and Z or an offset behind it. `ret_ahead` is untouched without one. */
static bool clock_take(const char **at, int *ret_clock, bool *ret_is_fixed, int *ret_ahead)
{
	int hour, minute, second = 0, sign;

	if (!digits_take(at, 2, &hour) || !sign_take(at, ':') || !digits_take(at, 2, &minute))
		return false;
	if (**at == ':' && (!sign_take(at, ':') || !digits_take(at, 2, &second)))
		return false;
	if (hour > 24 || minute > 59 || second > 59 || (hour == 24 && minute + second > 0))
		return false;
	*ret_clock = hour * 3600 + minute * 60 + second;
	*ret_is_fixed = **at != '\0';
	if (**at == 'Z') {
		(*at)++;
		*ret_ahead = 0;
	} else if (**at == '+' || **at == '-') {
		sign = *(*at)++ == '-' ? -1 : 1;
		if (!digits_take(at, 2, &hour) || !sign_take(at, ':') || !digits_take(at, 2, &minute) || hour > 14 || minute > 59)
			return false;
		*ret_ahead = sign * (hour * 3600 + minute * 60);
	}
	return **at == '\0';
}

static bool time_read(const char *text, const struct zone *zone, nanos *ret)
{
	int32_t day;
	int clock, ahead = 0;
	bool is_fixed;
	int64_t local;

	if (!date_take(&text, &day) || (*text != ' ' && *text != 'T'))
		return false;
	text += strspn(text, *text == 'T' ? "T" : " ");
	if (!clock_take(&text, &clock, &is_fixed, &ahead))
		return false;
	local = (int64_t)day * DAY_S + clock;
	*ret = (is_fixed ? local - ahead : zone_utc(zone, local)) * NANOS_PER_S;
	return true;
}

static int day_compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

void reader_dates(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	struct plan *plan = base;
	int32_t *days;
	size_t count = 0;

	if (!reader_expects_list(r, k, value))
		return;
	days = arena_take(r->arena, (value->count + 1) * sizeof(*days));
	for (const struct yaml *one = value->first; one; one = one->next) {
		const char *text = one->kind == YAML_SCALAR ? one->text : "";

		if (!date_take(&text, &days[count]) || *text != '\0')
			mistake_note(r->mistakes, one->place, "'%s' is no day; write it as 2026-12-25",
				     one->kind == YAML_SCALAR ? one->text : "this");
		else if (count == HOLIDAYS_MAX)
			mistake_note(r->mistakes, one->place, "more than %d holidays; remove those that are over", HOLIDAYS_MAX);
		else
			count++;
	}
	qsort(days, count, sizeof(*days), day_compare);
	plan->calendar.holidays = days;
	plan->calendar.holiday_count = count;
}

static struct place entry_place(const struct yaml *item, const char *key)
{
	const struct yaml *entry = reader_entry(item, key);

	return entry ? entry->place : item->place;
}

static bool moment_read(struct reader *r, const struct yaml *item, const char *key, const char *text, const struct zone *zone, nanos *ret)
{
	if (time_read(text, zone, ret))
		return true;
	mistake_note(r->mistakes, entry_place(item, key),
		     "'%s' is '%s', which is no time; write it as 2026-12-01 23:00, local or with Z behind it", key, text);
	return false;
}

/* The bits of the segments named; unknown ones are noted with what was probably meant. */
static uint64_t segments_of(struct reader *r, const struct yaml *item, const struct plan *plan)
{
	const struct yaml *list = reader_entry(item, "segments");
	uint64_t bits = 0;

	if (list == NULL || list->kind != YAML_SEQUENCE)
		return 0;
	for (const struct yaml *one = list->first; one; one = one->next) {
		const char *name = one->kind == YAML_SCALAR ? one->text : "";
		struct closest closest = { .word = name };
		size_t i = 0;

		for (; i < plan->segment_count && strcmp(plan->segments[i].name, name) != 0; i++)
			closest_offer(&closest, plan->segments[i].name);
		if (i < plan->segment_count)
			bits |= UINT64_C(1) << i;
		else if (closest.best)
			mistake_note(r->mistakes, one->place, "there is no segment '%s'; did you mean '%s'?", name, closest.best);
		else
			mistake_note(r->mistakes, one->place, "there is no segment '%s'; name one of 'segments'", name);
	}
	return bits;
}

static bool maintenance_read(struct reader *r, const struct yaml *item, const struct plan *plan, struct plan_maintenance *ret)
{
	struct maintenance_draft draft = { 0 };
	size_t before = r->mistakes->count;

	if (!reader_item(r, &schema_maintenance, item, &draft) || r->mistakes->count > before)
		return false;
	*ret = (struct plan_maintenance){ .words = draft.words };
	if (draft.nodes && draft.nodes[0])
		ret->nodes = draft.nodes;
	ret->segments = segments_of(r, item, plan);
	if (!moment_read(r, item, "from", draft.from, plan->calendar.zone, &ret->from) ||
	    !moment_read(r, item, "until", draft.until, plan->calendar.zone, &ret->until))
		return false;
	if (ret->until > ret->from)
		return true;
	mistake_note(r->mistakes, entry_place(item, "until"), "the work ends before it begins; exchange 'from' and 'until'");
	return false;
}

void reader_calendar(struct reader *r, struct place zone_place, struct plan *plan)
{
	struct plan_calendar *c = &plan->calendar;
	struct plan_maintenance *works;

	c->zone = c->time_zone[0] == '\0' ? NULL : zone_read(r->arena, c->time_zone);
	if (c->time_zone[0] != '\0' && c->zone == NULL)
		mistake_note(r->mistakes, zone_place,
			     "'calendar.time_zone' is '%s', which this machine does not know; write a name such as Europe/London (package "
			     "tzdata) or a rule such as GMT0BST,M3.5.0/1,M10.5.0",
			     c->time_zone);
	if (r->maintenance == NULL)
		return;
	works = arena_take(r->arena, (r->maintenance->count + 1) * sizeof(*works));
	for (const struct yaml *item = r->maintenance->first; item; item = item->next)
		c->maintenance_count += maintenance_read(r, item, plan, &works[c->maintenance_count]);
	c->maintenance = works;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time zones from TZif files (RFC 8536) and POSIX rules (IEEE Std 1003.1, 8.3 "TZ"). Called by control when a configuration is read; asked
 * from any thread.
 *
 * The C library knows zones only through the process's TZ, which every thread shares and which the operator may have set for other
 * reasons. So the files are read here: 64-bit transitions of version 2 and later, and the rule of their footer beyond the last of them.
 * Refused: names that leave the database's folder, files of version 1 (none is made since 2005), longer ones than ZONE_BYTES_MAX, counts
 * that do not fit the file, rules that are not of the form above. Leap seconds are not looked at.
 */
#include "config/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/cursor.h"

#define ZONE_BYTES_MAX 65536
#define ZONE_FOLDER    "/usr/share/zoneinfo"
#define NAME_MAX_BYTES 64
#define HEAD_BYTES     44
#define TYPES_MAX      256
#define DAY_S          86400
#define CLOCK_MOST     (167 * 3600) /* RFC 8536 3.3.1 */

/* When the rule changes clocks: on a day of the year, at a local time. */
enum rule_day { RULE_WEEKDAY, RULE_JULIAN, RULE_ZERO };

struct rule_change {
	enum rule_day kind;
	int month, week, day;
	int32_t at; /* seconds after midnight */
};

struct rule {
	bool is_known, has_summer;
	int32_t winter, summer; /* seconds ahead of UTC */
	struct rule_change to_summer, to_winter;
};

struct transition {
	int64_t at;
	int32_t offset;
};

struct zone {
	int32_t first; /* before any transition */
	struct rule rule;
	size_t count;
	struct transition transitions[]; /* ascending */
};

int32_t zone_days(int year, int month, int day)
{
	/* Years begin in March, so that the leap day is their last; 719468 days lie between 0000-03-01 and 1970-01-01. */
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void zone_date(int32_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int z = days + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int of_era = z - era * 146097;
	int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * year + year / 4 - year / 100);
	int month = (5 * of_year + 2) / 153;

	*ret_day = of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = year + era * 400 + (*ret_month <= 2);
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* An unsigned number of at most `most`; false when there is none. */
static bool rule_number(const char **at, int most, int *ret)
{
	int number = 0;
	size_t digits_read = 0;

	for (; **at >= '0' && **at <= '9' && digits_read < 4; (*at)++, digits_read++)
		number = number * 10 + (**at - '0');
	if (digits_read == 0 || number > most)
		return false;
	*ret = number;
	return true;
}

/* hh[:mm[:ss]] with a sign. */
static bool rule_clock(const char **at, int32_t *ret)
{
	int sign = **at == '-' ? -1 : 1, part[3] = { 0 };

	*at += **at == '-' || **at == '+';
	for (int i = 0; i < 3; i++) {
		if (i > 0 && **at != ':')
			break;
		*at += i > 0;
		if (!rule_number(at, i == 0 ? CLOCK_MOST / 3600 : 59, &part[i]))
			return false;
	}
	*ret = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return true;
}

/* Letters, or anything in angle brackets. */
static bool rule_name(const char **at)
{
	const char *begin = *at;

	if (**at == '<') {
		while (**at != '\0' && **at != '>')
			(*at)++;
		return *(*at)++ == '>';
	}
	while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z'))
		(*at)++;
	return *at - begin >= 3;
}

static bool rule_change_read(const char **at, struct rule_change *ret)
{
	struct rule_change change = { .kind = RULE_ZERO, .at = 2 * 3600 };

	if (*(*at)++ != ',')
		return false;
	if (**at == 'M') {
		change.kind = RULE_WEEKDAY;
		(*at)++;
		if (!rule_number(at, 12, &change.month) || *(*at)++ != '.' || !rule_number(at, 5, &change.week) || *(*at)++ != '.' ||
		    !rule_number(at, 6, &change.day) || change.month == 0 || change.week == 0)
			return false;
	} else {
		change.kind = **at == 'J' ? RULE_JULIAN : RULE_ZERO;
		*at += **at == 'J';
		if (!rule_number(at, 365, &change.day) || (change.kind == RULE_JULIAN && change.day == 0))
			return false;
	}
	if (**at == '/') {
		(*at)++;
		if (!rule_clock(at, &change.at))
			return false;
	}
	*ret = change;
	return true;
}

static bool rule_read(const char *text, struct rule *ret)
{
	struct rule rule = { .is_known = true };

	/* What POSIX writes is what is added to local time. */
	if (!rule_name(&text) || !rule_clock(&text, &rule.winter))
		return false;
	rule.winter = -rule.winter;
	if (*text == '\0') {
		*ret = rule;
		return true;
	}
	rule.has_summer = true;
	rule.summer = rule.winter + 3600;
	if (!rule_name(&text))
		return false;
	if (*text != ',') {
		if (!rule_clock(&text, &rule.summer))
			return false;
		rule.summer = -rule.summer;
	}
	if (!rule_change_read(&text, &rule.to_summer) || !rule_change_read(&text, &rule.to_winter) || *text != '\0')
		return false;
	*ret = rule;
	return true;
}

/* Local seconds at which the change is in that year. */
static int64_t change_local(const struct rule_change *c, int year)
{
	int32_t day;

	if (c->kind == RULE_WEEKDAY) {
		int32_t first = zone_days(year, c->month, 1);
		int32_t next = c->month == 12 ? zone_days(year + 1, 1, 1) : zone_days(year, c->month + 1, 1);
		int weekday = (int)((first % 7 + 7 + 4) % 7); /* 1970-01-01 was a Thursday */

		day = first + (c->day - weekday + 7) % 7 + 7 * (c->week - 1);
		while (day >= next)
			day -= 7;
	} else {
		day = zone_days(year, 1, 1) + c->day - (c->kind == RULE_JULIAN ? 1 : 0);
		if (c->kind == RULE_JULIAN && is_leap(year) && c->day >= 60)
			day++;
	}
	return (int64_t)day * DAY_S + c->at;
}

static int32_t rule_offset(const struct rule *rule, int64_t utc)
{
	int year, month, day;
	int64_t begin, end;

	if (!rule->has_summer)
		return rule->winter;
	zone_date((int32_t)((utc + rule->winter - (utc + rule->winter < 0 ? DAY_S - 1 : 0)) / DAY_S), &year, &month, &day);
	begin = change_local(&rule->to_summer, year) - rule->winter;
	end = change_local(&rule->to_winter, year) - rule->summer;
	if (begin <= end)
		return utc >= begin && utc < end ? rule->summer : rule->winter;
	return utc >= end && utc < begin ? rule->winter : rule->summer;
}

int32_t zone_offset(const struct zone *zone, int64_t utc)
{
	size_t low = 0, high;

	if (zone == NULL)
		return 0;
	if (zone->count == 0 || utc < zone->transitions[0].at)
		return zone->count == 0 && zone->rule.is_known ? rule_offset(&zone->rule, utc) : zone->first;
	if (utc >= zone->transitions[zone->count - 1].at && zone->rule.is_known)
		return rule_offset(&zone->rule, utc);
	high = zone->count;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (zone->transitions[middle].at <= utc)
			low = middle;
		else
			high = middle;
	}
	return zone->transitions[low].offset;
}

int64_t zone_utc(const struct zone *zone, int64_t local)
{
	/* Clocks change by some hours and not twice within two days, so one of the offsets of the days around holds. */
	int64_t before = local - zone_offset(zone, local - DAY_S);
	int64_t after = local - zone_offset(zone, local + DAY_S);

	if (before + zone_offset(zone, before) == local)
		return before;
	return after + zone_offset(zone, after) == local ? after : before;
}

struct tzif_counts {
	uint32_t utc_flags, wall_flags, leaps, times, types, characters;
};

static bool tzif_head(struct cursor *c, struct tzif_counts *ret)
{
	uint32_t magic;
	uint8_t version;

	return cursor_left(c) >= HEAD_BYTES && cursor_be32(c, &magic) && magic == 0x545a6966 && cursor_u8(c, &version) && version >= '2' &&
	       cursor_skip(c, 15) && cursor_be32(c, &ret->utc_flags) && cursor_be32(c, &ret->wall_flags) && cursor_be32(c, &ret->leaps) &&
	       cursor_be32(c, &ret->times) && cursor_be32(c, &ret->types) && cursor_be32(c, &ret->characters);
}

static uint64_t tzif_body_bytes(const struct tzif_counts *n, unsigned int time_bytes)
{
	return (uint64_t)n->times * (time_bytes + 1) + (uint64_t)n->types * 6 + n->characters + (uint64_t)n->leaps * (time_bytes + 4) +
	       n->wall_flags + n->utc_flags;
}

/* The transitions; false when a type is missing or times do not ascend. */
static bool tzif_body(struct cursor body, const struct tzif_counts *n, struct zone *zone)
{
	struct cursor times, indices, types;
	uint32_t offset;
	uint8_t is_summer, index;

	if (!cursor_take(&body, (size_t)n->times * 8, &times) || !cursor_take(&body, n->times, &indices) ||
	    !cursor_take(&body, (size_t)n->types * 6, &types))
		return false;
	zone->first = (int32_t)cursor_fixed_be32(&types, 0);
	for (uint32_t i = 0; i < n->types; i++) {
		is_summer = cursor_fixed_u8(&types, i * 6 + 4);
		if (!is_summer) {
			zone->first = (int32_t)cursor_fixed_be32(&types, i * 6);
			break;
		}
	}
	for (uint32_t i = 0; i < n->times; i++) {
		uint64_t at = 0;

		if (!cursor_be64(&times, &at) || !cursor_u8(&indices, &index) || index >= n->types)
			return false;
		offset = cursor_fixed_be32(&types, (size_t)index * 6);
		zone->transitions[i] = (struct transition){ .at = (int64_t)at, .offset = (int32_t)offset };
		if (zone->transitions[i].offset > 2 * DAY_S || zone->transitions[i].offset < -2 * DAY_S ||
		    (i > 0 && (int64_t)at <= zone->transitions[i - 1].at))
			return false;
	}
	zone->count = n->times;
	return true;
}

const struct zone *zone_of_bytes(struct arena *arena, const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length);
	struct cursor body;
	struct tzif_counts n;
	struct zone *zone;
	char footer[80];
	uint8_t newline = 0;
	size_t rule_bytes;

	if (length > ZONE_BYTES_MAX || !tzif_head(&c, &n) || !cursor_skip(&c, (size_t)tzif_body_bytes(&n, 4)) || !tzif_head(&c, &n) ||
	    n.types == 0 || n.types > TYPES_MAX || !cursor_take(&c, (size_t)tzif_body_bytes(&n, 8), &body))
		return NULL;
	zone = arena_take(arena, sizeof(*zone) + n.times * sizeof(zone->transitions[0]));
	if (!tzif_body(body, &n, zone) || !cursor_u8(&c, &newline) || newline != '\n')
		return NULL;
	rule_bytes = cursor_left(&c);
	if (rule_bytes == 0 || rule_bytes > sizeof(footer) || !cursor_copy(&c, footer, rule_bytes) || footer[rule_bytes - 1] != '\n')
		return NULL;
	footer[rule_bytes - 1] = '\0';
	if (footer[0] != '\0' && !rule_read(footer, &zone->rule))
		return NULL;
	return zone;
}

/* Names of the database are words of letters, digits, '_', '+' and '-' between slashes: no way out of its folder. */
static bool name_is_inside(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

	return length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0' && name[0] != '/' && name[length - 1] != '/';
}

static const struct zone *zone_of_file(struct arena *arena, const char *name)
{
	char path[sizeof(ZONE_FOLDER) + 1 + NAME_MAX_BYTES];
	static const size_t room = ZONE_BYTES_MAX + 1;
	const struct zone *zone = NULL;
	uint8_t *bytes;
	FILE *file;

	snprintf(path, sizeof(path), ZONE_FOLDER "/%s", name);
	file = fopen(path, "rb");
	if (file == NULL)
		return NULL;
	bytes = malloc(room);
	if (bytes != NULL)
		zone = zone_of_bytes(arena, bytes, fread(bytes, 1, room, file));
	free(bytes);
	fclose(file);
	return zone;
}

const struct zone *zone_read(struct arena *arena, const char *name)
{
	struct rule rule = { .is_known = true };
	bool is_utc = name[0] == '\0' || strcmp(name, "UTC") == 0;
	struct zone *zone;

	if (!is_utc && !rule_read(name, &rule))
		return name_is_inside(name) ? zone_of_file(arena, name) : NULL;
	zone = arena_take(arena, sizeof(*zone));
	zone->rule = rule;
	return zone;
}

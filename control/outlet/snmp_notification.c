/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See snmp.h. Columns of ALARM-MIB and ITU-ALARM-MIB are named with the index that their row would have (RFC 3877 4.1, 5.1): the list
 * without a name, the onset, and a number made of alarmId, or the model's number and severity. The tables themselves are not served.
 */
#include "control/outlet/snmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALARM_MIB     1, 3, 6, 1, 2, 1, 118
#define ITU_ALARM_MIB 1, 3, 6, 1, 2, 1, 121
#define SIGCANARY_MIB 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7117

#define OID(...) ((struct snmp_oid){ .parts = { __VA_ARGS__ }, .length = sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) })

struct numbered {
	const char *words;
	uint32_t number;
};

/* IANA-ITU-ALARM-TC-MIB, by the words of X.733 that the announcement has. */
static const struct numbered probable_causes[] = {
	{ "APPLICATION_SUBSYSTEM_FAILURE", 501 },
	{ "COMMUNICATIONS_SUBSYSTEM_FAILURE", 505 },
	{ "CONGESTION", 507 },
	{ "LOSS_OF_SIGNAL", 527 },
	{ "RESPONSE_TIME_EXCESSIVE", 542 },
	{ "SOFTWARE_ERROR", 544 },
	{ "UNDERLYING_RESOURCE_UNAVAILABLE", 554 },
};
static const struct numbered event_types[] = {
	{ "COMMUNICATIONS_ALARM", 2 },
	{ "QUALITY_OF_SERVICE_ALARM", 3 },
	{ "PROCESSING_ERROR_ALARM", 4 },
	{ "EQUIPMENT_ALARM", 5 },
};
/* ItuTrendIndication (RFC 3877). */
static const struct numbered trends[] = {
	{ "MORE_SEVERE", 1 },
	{ "NO_CHANGE", 2 },
	{ "LESS_SEVERE", 3 },
};

#define PROBABLE_CAUSE_OTHER 1024
#define EVENT_TYPE_OTHER     1
#define TREND_OTHER          2

/* ItuPerceivedSeverity, and alarmModelState as RFC 3877 5.4 numbers the same. */
static const uint32_t perceived[] = {
	[SEVERITY_CLEARED] = 1, [SEVERITY_WARNING] = 6, [SEVERITY_MINOR] = 5, [SEVERITY_MAJOR] = 4, [SEVERITY_CRITICAL] = 3,
};
static const uint32_t model_states[] = {
	[SEVERITY_CLEARED] = 1, [SEVERITY_WARNING] = 3, [SEVERITY_MINOR] = 4, [SEVERITY_MAJOR] = 5, [SEVERITY_CRITICAL] = 6,
};

static void part_add(struct snmp_oid *oid, uint32_t part)
{
	if (oid->length < SNMP_OID_MAX)
		oid->parts[oid->length++] = part;
}

static struct snmp_variable *variable_add(struct snmp_notification *n, struct snmp_oid name)
{
	struct snmp_variable *v = &n->variables[n->count];

	if (n->count + 1 < SNMP_VARIABLE_MAX)
		n->count++;
	v->name = name;
	return v;
}

static void number_add(struct snmp_notification *n, struct snmp_oid name, enum snmp_type type, uint32_t number)
{
	struct snmp_variable *v = variable_add(n, name);

	v->type = type;
	v->number = number;
}

static void oid_add(struct snmp_notification *n, struct snmp_oid name, struct snmp_oid value)
{
	struct snmp_variable *v = variable_add(n, name);

	v->type = SNMP_IS_OID;
	v->oid = value;
}

static void octets_add(struct snmp_notification *n, struct snmp_oid name, const void *octets, size_t count)
{
	struct snmp_variable *v = variable_add(n, name);

	v->type = SNMP_IS_OCTETS;
	v->octet_count = count < sizeof(v->octets) ? count : sizeof(v->octets);
	memcpy(v->octets, octets, v->octet_count);
}

/* SnmpAdminString (RFC 3411) and shorter: a datagram has to hold them all. */
#define STRING_MAX   255
#define SENTENCE_MAX 512
static void text_add(struct snmp_notification *n, struct snmp_oid name, char *text, size_t most)
{
	text_cut(text, most);
	octets_add(n, name, text, strlen(text));
}

/* DateAndTime (RFC 2579), in UTC. */
#define DATE_OCTETS 11
static void date_make(nanos time, uint8_t octets[DATE_OCTETS])
{
	time_t seconds = (time_t)(time / NANOS_PER_S);
	struct tm t;
	uint8_t made[DATE_OCTETS];

	gmtime_r(&seconds, &t);
	made[0] = (uint8_t)((t.tm_year + 1900) >> 8);
	made[1] = (uint8_t)(t.tm_year + 1900);
	made[2] = (uint8_t)(t.tm_mon + 1);
	made[3] = (uint8_t)t.tm_mday;
	made[4] = (uint8_t)t.tm_hour;
	made[5] = (uint8_t)t.tm_min;
	made[6] = (uint8_t)t.tm_sec;
	made[7] = (uint8_t)(time % NANOS_PER_S / (NANOS_PER_S / 10));
	made[8] = '+';
	made[9] = made[10] = 0;
	memcpy(octets, made, DATE_OCTETS);
}

/* alarmActiveTable's index: alarmListName "", alarmActiveDateAndTime, alarmActiveIndex. */
static struct snmp_oid active_oid(struct snmp_oid column, const uint8_t date[DATE_OCTETS], uint32_t index)
{
	part_add(&column, 0);
	part_add(&column, DATE_OCTETS);
	for (int i = 0; i < DATE_OCTETS; i++)
		part_add(&column, date[i]);
	part_add(&column, index);
	return column;
}

/* alarmModelTable's: alarmListName "", alarmModelIndex, alarmModelState; ituAlarmTable's has the severity in its place. */
static struct snmp_oid model_oid(struct snmp_oid column, uint32_t model, uint32_t state)
{
	part_add(&column, 0);
	part_add(&column, model);
	part_add(&column, state);
	return column;
}

#define NUMBER_OF(table, words, other) number_find(table, sizeof(table) / sizeof(table[0]), words, other)
static uint32_t number_find(const struct numbered *row, size_t rows, const char *words, uint32_t other)
{
	for (size_t i = 0; i < rows; i++) {
		if (strcmp(row[i].words, words) == 0)
			return row[i].number;
	}
	return other;
}

static void standard_add(const struct letter *l, struct snmp_notification *n)
{
	enum incident_severity severity = fact_is_cleared(l->alarm) ? SEVERITY_CLEARED : fact_severity(l->alarm);
	uint32_t model = (uint32_t)fact_kind(l->alarm) + 1;
	uint8_t date[DATE_OCTETS];
	uint32_t index;
	char text[FACT_TEXT_MAX];

	date_make(fact_time(l->alarm, "onset"), date);
	fact_text(l->alarm, "alarm.alarmId", text);
	index = (uint32_t)(strtoull(text, NULL, 16) & 0x7fffffff);
	index += index == 0;
	oid_add(n, active_oid(OID(ALARM_MIB, 1, 2, 2, 1, 13), date, index),
		model_oid(OID(ALARM_MIB, 1, 1, 2, 1, 3), model, model_states[severity]));
	/* What is ill: a branch of our own MIB per alarm, as the node has no agent that could be pointed to. */
	oid_add(n, active_oid(OID(ALARM_MIB, 1, 2, 2, 1, 10), date, index), OID(SIGCANARY_MIB, 2, index));
	fact_text(l->alarm, "alarm.alarmType", text);
	number_add(n, model_oid(OID(ITU_ALARM_MIB, 1, 1, 1, 1, 2), model, perceived[severity]), SNMP_IS_INTEGER,
		   NUMBER_OF(event_types, text, EVENT_TYPE_OTHER));
	fact_text(l->alarm, "alarm.probableCause", text);
	number_add(n, model_oid(OID(ITU_ALARM_MIB, 1, 1, 1, 1, 3), model, perceived[severity]), SNMP_IS_INTEGER,
		   NUMBER_OF(probable_causes, text, PROBABLE_CAUSE_OTHER));
	fact_text(l->alarm, "summary", text);
	text_add(n, model_oid(OID(ITU_ALARM_MIB, 1, 1, 1, 1, 4), model, perceived[severity]), text, STRING_MAX);
	fact_text(l->alarm, "alarm.trendIndication", text);
	number_add(n, active_oid(OID(ITU_ALARM_MIB, 1, 2, 1, 1, 1), date, index), SNMP_IS_INTEGER, NUMBER_OF(trends, text, TREND_OTHER));
}

/* The objects of SIGCANARY-MIB, in its order; scalars, so with instance 0. */
static void own_add(const struct letter *l, struct snmp_notification *n)
{
	static const struct {
		const char *path;
		bool is_list;
	} rows[] = {
		{ "alarm.alarmId", false },
		{ "id", false },
		{ "state", false },
		{ NULL, false },
		{ "kind", false },
		{ "summary", false },
		{ NULL, false },
		{ NULL, false },
		{ NULL, false },
		{ "segments", true },
		{ "nodes", true },
		{ "procedures", true },
		{ "services", true },
		{ "rats", true },
		{ "alarm.proposedRepairActions", false },
	};
	enum incident_severity severity = fact_is_cleared(l->alarm) ? SEVERITY_CLEARED : fact_severity(l->alarm);
	double affected = fact_number(l->alarm, "affected_subscribers.estimate");
	uint8_t date[DATE_OCTETS];
	char text[FACT_TEXT_MAX];

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct snmp_oid name = OID(SIGCANARY_MIB, 1, i + 1, 0);

		if (rows[i].path != NULL) {
			if (rows[i].is_list)
				fact_list(l->alarm, rows[i].path, ",", text);
			else
				fact_text(l->alarm, rows[i].path, text);
			text_add(n, name, text, i == 5 || i == 14 ? SENTENCE_MAX : STRING_MAX);
		}
		if (i == 3)
			number_add(n, name, SNMP_IS_INTEGER, perceived[severity]);
		if (i == 6 || i == 7) {
			date_make(fact_time(l->alarm, i == 6 ? "onset" : "time"), date);
			octets_add(n, name, date, sizeof(date));
		}
		if (i == 8)
			number_add(n, name, SNMP_IS_UNSIGNED, affected < 4294967295.0 ? (uint32_t)affected : UINT32_MAX);
	}
	snprintf(text, sizeof(text), "%s", l->context->network);
	text_add(n, OID(SIGCANARY_MIB, 1, 16, 0), text, STRING_MAX);
	snprintf(text, sizeof(text), "%s", l->context->probe);
	text_add(n, OID(SIGCANARY_MIB, 1, 17, 0), text, STRING_MAX);
	fact_link(l, text);
	text_add(n, OID(SIGCANARY_MIB, 1, 18, 0), text, STRING_MAX);
}

void snmp_notification_make(const struct letter *l, struct snmp_notification *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->name = fact_is_cleared(l->alarm) ? OID(ALARM_MIB, 0, 3) : OID(ALARM_MIB, 0, 2);
	standard_add(l, ret);
	own_add(l, ret);
}

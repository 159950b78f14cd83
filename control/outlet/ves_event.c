/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VES Event Listener 7.2: commonEventHeader 4.1 and faultFields 4.0, required fields first. A fault is known by its source and eventName;
 * the end of one has severity NORMAL and the same eventId.
 */
#include <stdio.h>

#include "control/outlet/facts.h"
#include "control/outlet/ves.h"

static void text_set(json_t *object, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

static json_t *header_make(const struct letter *l)
{
	static const char *const priorities[] = {
		[SEVERITY_CLEARED] = "Normal", [SEVERITY_WARNING] = "Low",   [SEVERITY_MINOR] = "Normal",
		[SEVERITY_MAJOR] = "Medium",   [SEVERITY_CRITICAL] = "High",
	};
	json_t *header = json_object();
	char kind[FACT_TEXT_MAX];
	char text[FACT_TEXT_MAX];

	fact_text(l->alarm, "kind", kind);
	text_set(header, "version", "4.1");
	text_set(header, "vesEventListenerVersion", "7.2");
	text_set(header, "domain", "fault");
	snprintf(text, sizeof(text), "Fault_sigcanary_%.64s", kind);
	text_set(header, "eventName", text);
	fact_text(l->alarm, "alarm.alarmId", text);
	text_set(header, "eventId", text);
	text_set(header, "eventType", "sigcanary");
	json_object_set_new(header, "sequence", json_integer(l->number));
	text_set(header, "priority", priorities[fact_severity(l->alarm)]);
	text_set(header, "reportingEntityName", l->context->probe);
	text_set(header, "sourceName", l->context->network[0] != '\0' ? l->context->network : l->context->probe);
	json_object_set_new(header, "startEpochMicrosec", json_integer(fact_time(l->alarm, "onset") / 1000));
	json_object_set_new(header, "lastEpochMicrosec", json_integer(fact_time(l->alarm, "time") / 1000));
	text_set(header, "timeZoneOffset", "UTC+00:00");
	return header;
}

/* A map of texts (hashMap). */
static json_t *information_make(const struct letter *l)
{
	static const struct {
		const char *name, *path;
		bool is_list;
	} rows[] = {
		{ "summary", "summary", false },
		{ "incident", "id", false },
		{ "state", "state", false },
		{ "segments", "segments", true },
		{ "nodes", "nodes", true },
		{ "procedures", "procedures", true },
		{ "services", "services", true },
		{ "rats", "rats", true },
		{ "imsiPrefixes", "imsi_prefixes", true },
		{ "probableCause", "alarm.probableCause", false },
		{ "proposedRepairActions", "alarm.proposedRepairActions", false },
		{ "trendIndication", "alarm.trendIndication", false },
	};
	json_t *map = json_object();
	char text[FACT_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].is_list)
			fact_list(l->alarm, rows[i].path, ",", text);
		else
			fact_text(l->alarm, rows[i].path, text);
		text_set(map, rows[i].name, text);
	}
	snprintf(text, sizeof(text), "%.0f", fact_number(l->alarm, "affected_subscribers.estimate"));
	text_set(map, "affectedSubscribers", text);
	fact_link(l, text);
	text_set(map, "url", text);
	return map;
}

json_t *ves_event(const struct letter *l)
{
	static const char *const severities[] = {
		[SEVERITY_CLEARED] = "NORMAL", [SEVERITY_WARNING] = "WARNING",   [SEVERITY_MINOR] = "MINOR",
		[SEVERITY_MAJOR] = "MAJOR",    [SEVERITY_CRITICAL] = "CRITICAL",
	};
	json_t *fault = json_object();
	json_t *event = json_object();
	json_t *whole = json_object();
	char text[FACT_TEXT_MAX];

	text_set(fault, "faultFieldsVersion", "4.0");
	fact_text(l->alarm, "kind", text);
	text_set(fault, "alarmCondition", text);
	text_set(fault, "eventSeverity", severities[fact_is_cleared(l->alarm) ? SEVERITY_CLEARED : fact_severity(l->alarm)]);
	text_set(fault, "eventSourceType", "other");
	fact_text(l->alarm, "alarm.specificProblem", text);
	text_set(fault, "specificProblem", text);
	text_set(fault, "vfStatus", "Active");
	fact_text(l->alarm, "alarm.alarmType", text);
	text_set(fault, "eventCategory", text);
	json_object_set_new(fault, "alarmAdditionalInformation", information_make(l));
	json_object_set_new(event, "commonEventHeader", header_make(l));
	json_object_set_new(event, "faultFields", fault);
	json_object_set_new(whole, "event", event);
	return whole;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Labels say what the alert is and whom it concerns, and nothing of the probe or the time, so that two probes that see one fault make one
 * alert. They stay what they were at first, as each change is another alert that may page again, but for what routes go by: severity and
 * segments. Everything else is an annotation.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "control/outlet/alertmanager.h"
#include "control/outlet/facts.h"

/* An open alert lives this many resends, and at least so long: a probe that is restarted is no recovery. */
#define LIVES_RESENDS 4
#define LIVES_LEAST_S 300

static void text_set(json_t *object, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

/* "reject-ratio": "SigcanaryRejectRatio". */
static void name_make(const json_t *alarm, char name[64])
{
	char kind[FACT_TEXT_MAX];
	size_t length = (size_t)snprintf(name, 64, "Sigcanary");
	bool is_start = true;

	fact_text(alarm, "kind", kind);
	for (const char *c = kind; *c != '\0' && length + 1 < 64; c++) {
		if (isalnum((unsigned char)*c))
			name[length++] = is_start ? (char)toupper((unsigned char)*c) : *c;
		is_start = *c == '-';
	}
	name[length] = '\0';
}

static void list_set(json_t *object, const char *key, const json_t *alarm, const char *path)
{
	char text[FACT_TEXT_MAX];

	fact_list(alarm, path, ",", text);
	text_set(object, key, text);
}

static json_t *labels_make(const struct letter *l, const json_t *alarm)
{
	const json_t *first = json_array_size(l->earlier) > 0 ? json_array_get(l->earlier, 0) : alarm;
	json_t *labels = json_object();
	char name[64];
	char text[FACT_TEXT_MAX];

	name_make(first, name);
	text_set(labels, "alertname", name);
	fact_text(first, "alarm.alarmId", text);
	text_set(labels, "alarm_id", text);
	fact_text(first, "kind", text);
	text_set(labels, "kind", text);
	list_set(labels, "service", first, "services");
	text_set(labels, "network", l->context->network);
	list_set(labels, "segment", alarm, "segments");
	fact_text(alarm, "severity", text);
	text_set(labels, "severity", text);
	return labels;
}

static json_t *annotations_make(const struct letter *l)
{
	static const struct {
		const char *name, *path;
		bool is_list;
	} rows[] = {
		{ "summary", "summary", false },
		{ "incident", "id", false },
		{ "state", "state", false },
		{ "nodes", "nodes", true },
		{ "procedures", "procedures", true },
		{ "rats", "rats", true },
		{ "imsi_prefixes", "imsi_prefixes", true },
		{ "description", "alarm.proposedRepairActions", false },
		{ "probable_cause", "alarm.probableCause", false },
	};
	json_t *annotations = json_object();
	char text[FACT_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].is_list)
			fact_list(l->alarm, rows[i].path, ",", text);
		else
			fact_text(l->alarm, rows[i].path, text);
		text_set(annotations, rows[i].name, text);
	}
	snprintf(text, sizeof(text), "%.0f", fact_number(l->alarm, "affected_subscribers.estimate"));
	text_set(annotations, "affected", text);
	text_set(annotations, "probe", l->context->probe);
	return annotations;
}

/* `ends` 0: absent. */
static json_t *alert_make(const struct letter *l, json_t *labels, nanos ends)
{
	json_t *alert = json_object();
	nanos starts = fact_time(l->alarm, "onset");
	char text[FACT_TEXT_MAX];
	char time[FACT_TIME_MAX];

	if (starts > ends)
		starts = ends;
	json_object_set_new(alert, "labels", labels);
	json_object_set_new(alert, "annotations", annotations_make(l));
	time_text(starts, time);
	text_set(alert, "startsAt", time);
	time_text(ends, time);
	text_set(alert, "endsAt", time);
	fact_link(l, text);
	text_set(alert, "generatorURL", text);
	return alert;
}

static bool has_labels(const json_t *alerts, const json_t *labels)
{
	size_t index;
	json_t *alert;

	json_array_foreach((json_t *)alerts, index, alert)
	{
		if (json_equal(json_object_get(alert, "labels"), labels))
			return true;
	}
	return false;
}

/* Ends what earlier announcements began under other labels. */
static void alert_ends_add(const struct letter *l, json_t *alerts, nanos ends)
{
	size_t index;
	json_t *earlier;

	json_array_foreach((json_t *)l->earlier, index, earlier)
	{
		json_t *labels;

		if (fact_is_cleared(earlier))
			continue;
		labels = labels_make(l, earlier);
		if (has_labels(alerts, labels))
			json_decref(labels);
		else
			json_array_append_new(alerts, alert_make(l, labels, ends));
	}
}

json_t *alertmanager_alerts(const struct letter *l, nanos resend)
{
	json_t *alerts = json_array();
	nanos now = l->now_s * NANOS_PER_S;
	nanos time = fact_time(l->alarm, "time");
	nanos life = LIVES_RESENDS * resend > LIVES_LEAST_S * NANOS_PER_S ? LIVES_RESENDS * resend : LIVES_LEAST_S * NANOS_PER_S;

	/* What ends in the future has not ended for Alertmanager. */
	if (time > now || time == 0)
		time = now;
	if (!fact_is_cleared(l->alarm))
		json_array_append_new(alerts, alert_make(l, labels_make(l, l->alarm), now + life));
	if (!l->is_again)
		alert_ends_add(l, alerts, time);
	return alerts;
}

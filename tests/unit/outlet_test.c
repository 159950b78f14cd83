/* SPDX-License-Identifier: BSD-3-Clause */
/* One announcement as message of each kind of outlet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/outlet/alertmanager.h"
#include "control/outlet/facts.h"
#include "control/outlet/journal.h"
#include "control/outlet/mail.h"
#include "control/outlet/snmp.h"
#include "control/outlet/syslog.h"
#include "control/outlet/ves.h"

static const struct outlet_context context = { .network = "O2 UK", .probe = "probe-1", .url = "https://probe1.noc.example" };

#define LINE(state, severity, time, segments)                                                                                              \
	"{\"id\":\"2012-0711-0001\",\"time\":\"" time "\",\"state\":\"" state "\",\"severity\":\"" severity                                \
	"\",\"onset\":\"1342013465.123456789\",\"kind\":\"no-answer\",\"summary\":\"one \\\"sentence\\\" with ] and \\u00fc\\n\","         \
	"\"procedures\":[\"map.updateLocation\"],\"services\":[\"calls\",\"texts\"],\"rats\":[\"2g3g-cs\"],\"segments\":[" segments        \
	"],\"nodes\":[{\"role\":\"server\",\"id\":\"447802000001\",\"name\":\"HLR Slough 1\"}],"                                           \
	"\"affected_subscribers\":{\"estimate\":312000},\"causes\":[{\"cause\":\"timeout\",\"share\":0.97}],\"alarm\":{\"alarmId\":"       \
	"\"00000000000000ff\",\"alarmType\":\"QUALITY_OF_SERVICE_ALARM\",\"probableCause\":\"UNDERLYING_RESOURCE_UNAVAILABLE\","           \
	"\"specificProblem\":\"no-answer map.updateLocation\",\"trendIndication\":\"MORE_SEVERE\",\"proposedRepairActions\":\"look "       \
	"there\"}}"

static const char raised[] = LINE("raised", "major", "1342013468.123456789", "\"tesco-mobile\"");
static const char grown[] = LINE("changed", "critical", "1342013490.000000000", "\"tesco-mobile\",\"giffgaff\"");
static const char cleared[] = LINE("cleared", "cleared", "1342020000.500000000", "\"tesco-mobile\",\"giffgaff\"");

static bool never(const void *self)
{
	(void)self;
	return false;
}

static struct letter letter_of(const char *json)
{
	json_t *alarm = json_loads(json, 0, NULL);

	assert_non_null(alarm);
	return (struct letter){
		.context = &context, .json = json, .length = strlen(json), .alarm = alarm, .number = 7, .now_s = 1342020010, .ends = never
	};
}

static void letter_drop(struct letter *l)
{
	json_decref((json_t *)l->alarm);
	json_decref((json_t *)l->earlier);
}

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void syslog_escapes_what_ends_a_value(void **state)
{
	struct letter l = letter_of(raised);
	size_t length = 0;
	char *message = syslog_message(&l, PLAN_FACILITY_LOCAL0 + 4, &length);

	(void)state;
	assert_non_null(message);
	/* local4 (20) * 8 + error (3) */
	assert_int_equal(0, strncmp(message, "<163>1 2012-07-11T13:31:08.123456Z probe-1 sigcanary ", 53));
	assert_non_null(strstr(message, " raised [sigcanary@32473 incident=\"2012-0711-0001\" alarmId=\"00000000000000ff\""));
	assert_non_null(strstr(message, "nodes=\"HLR Slough 1\""));
	assert_non_null(strstr(message, "onset=\"2012-07-11T13:31:05.123456Z\" affected=\"312000\" network=\"O2 UK\""));
	assert_non_null(strstr(message, "] \xef\xbb\xbfone \"sentence\" with ] and \xc3\xbc "));
	assert_int_equal(strlen(message), length);
	assert_null(strchr(message, '\n'));
	free(message);
	letter_drop(&l);
}

static void the_journal_gets_fields(void **state)
{
	struct letter l = letter_of(cleared);
	struct journal_fields fields;
	size_t found = 0;

	(void)state;
	journal_fields_make(&l, &fields);
	for (size_t i = 0; i < fields.count; i++) {
		found += strcmp(fields.texts[i], "PRIORITY=5") == 0;
		found += strcmp(fields.texts[i], "SIGCANARY_STATE=cleared") == 0;
		found += strcmp(fields.texts[i], "SIGCANARY_SEGMENTS=tesco-mobile,giffgaff") == 0;
		found += strcmp(fields.texts[i], "SIGCANARY_URL=https://probe1.noc.example/#/incidents/2012-0711-0001") == 0;
	}
	assert_int_equal(4, found);
	journal_fields_free(&fields);
	letter_drop(&l);
}

static void an_alert_carries_neither_probe_nor_time_in_its_labels(void **state)
{
	static const char *const labels_wanted[] = { "alertname", "alarm_id", "kind", "service", "network", "segment", "severity" };
	struct letter l = letter_of(raised);
	json_t *alerts = alertmanager_alerts(&l, 60 * NANOS_PER_S);
	const json_t *alert = json_array_get(alerts, 0);
	const json_t *labels = json_object_get(alert, "labels");

	(void)state;
	assert_int_equal(1, json_array_size(alerts));
	assert_int_equal(7, json_object_size(labels));
	for (size_t i = 0; i < 7; i++)
		assert_non_null(json_object_get(labels, labels_wanted[i]));
	assert_string_equal("SigcanaryNoAnswer", text_at(labels, "alertname"));
	assert_string_equal("2012-07-11T13:31:05.123456Z", text_at(alert, "startsAt"));
	/* now and five minutes */
	assert_string_equal("2012-07-11T15:25:10.000000Z", text_at(alert, "endsAt"));
	assert_string_equal("probe-1", text_at(json_object_get(alert, "annotations"), "probe"));
	json_decref(alerts);
	letter_drop(&l);
}

/* What Alertmanager knows under other labels must not stay open. */
static void an_alert_whose_severity_changed_ends_the_earlier_one(void **state)
{
	struct letter l = letter_of(grown);
	json_t *alerts;

	(void)state;
	l.earlier = json_pack("[o]", json_loads(raised, 0, NULL));
	alerts = alertmanager_alerts(&l, 60 * NANOS_PER_S);
	assert_int_equal(2, json_array_size(alerts));
	assert_string_equal("critical", text_at(json_object_get(json_array_get(alerts, 0), "labels"), "severity"));
	assert_string_equal("major", text_at(json_object_get(json_array_get(alerts, 1), "labels"), "severity"));
	assert_string_equal("tesco-mobile", text_at(json_object_get(json_array_get(alerts, 1), "labels"), "segment"));
	assert_string_equal("2012-07-11T13:31:30.000000Z", text_at(json_array_get(alerts, 1), "endsAt"));
	json_decref(alerts);
	l.is_again = true;
	alerts = alertmanager_alerts(&l, 60 * NANOS_PER_S);
	assert_int_equal(1, json_array_size(alerts));
	json_decref(alerts);
	letter_drop(&l);
}

static void the_end_of_an_incident_ends_every_alert_of_it(void **state)
{
	struct letter l = letter_of(cleared);
	json_t *alerts;

	(void)state;
	l.earlier = json_pack("[o, o, o]", json_loads(raised, 0, NULL), json_loads(grown, 0, NULL), json_loads(grown, 0, NULL));
	alerts = alertmanager_alerts(&l, 60 * NANOS_PER_S);
	assert_int_equal(2, json_array_size(alerts));
	for (size_t i = 0; i < 2; i++)
		assert_string_equal("2012-07-11T15:20:00.500000Z", text_at(json_array_get(alerts, i), "endsAt"));
	json_decref(alerts);
	letter_drop(&l);
}

static void a_fault_event_has_what_ves_requires(void **state)
{
	struct letter l = letter_of(cleared);
	json_t *whole = ves_event(&l);
	const json_t *event = json_object_get(whole, "event");
	const json_t *header = json_object_get(event, "commonEventHeader");
	const json_t *fault = json_object_get(event, "faultFields");

	(void)state;
	assert_string_equal("fault", text_at(header, "domain"));
	assert_string_equal("O2 UK", text_at(header, "sourceName"));
	assert_string_equal("probe-1", text_at(header, "reportingEntityName"));
	assert_int_equal(7, json_integer_value(json_object_get(header, "sequence")));
	assert_int_equal(INT64_C(1342013465123456), json_integer_value(json_object_get(header, "startEpochMicrosec")));
	assert_int_equal(INT64_C(1342020000500000), json_integer_value(json_object_get(header, "lastEpochMicrosec")));
	assert_string_equal("NORMAL", text_at(fault, "eventSeverity"));
	assert_string_equal("no-answer", text_at(fault, "alarmCondition"));
	assert_string_equal("312000", text_at(json_object_get(fault, "alarmAdditionalInformation"), "affectedSubscribers"));
	json_decref(whole);
	letter_drop(&l);
}

static const struct snmp_variable *variable_find(const struct snmp_notification *n, const char *start)
{
	for (size_t i = 0; i < n->count; i++) {
		char name[512] = "";

		for (size_t p = 0; p < n->variables[i].name.length; p++)
			snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s%u", p > 0 ? "." : "", n->variables[i].name.parts[p]);
		if (strncmp(name, start, strlen(start)) == 0)
			return &n->variables[i];
	}
	fail_msg("no %s", start);
	return NULL;
}

static void a_notification_numbers_what_the_mibs_number(void **state)
{
	struct letter l = letter_of(grown);
	struct snmp_notification *n = calloc(1, sizeof(*n));
	const struct snmp_variable *v;

	(void)state;
	assert_non_null(n);
	snmp_notification_make(&l, n);
	/* alarmActiveState */
	assert_int_equal(9, n->name.length);
	assert_int_equal(2, n->name.parts[8]);
	/* alarmActiveModelPointer to the row of kind 2 and state critical; its own index: "", onset, 0xff */
	v = variable_find(n, "1.3.6.1.2.1.118.1.2.2.1.13.0.11.7.220.7.11.13.31.5.1.43.0.0.255");
	assert_int_equal(6, v->oid.parts[v->oid.length - 1]);
	assert_int_equal(INCIDENT_NO_ANSWER + 1, v->oid.parts[v->oid.length - 2]);
	assert_int_equal(3, variable_find(n, "1.3.6.1.2.1.121.1.1.1.1.2.0.2.3")->number);
	assert_int_equal(554, variable_find(n, "1.3.6.1.2.1.121.1.1.1.1.3.0.2.3")->number);
	assert_int_equal(1, variable_find(n, "1.3.6.1.2.1.121.1.2.1.1.1.0.11.")->number);
	assert_int_equal(3, variable_find(n, "1.3.6.1.4.1.8072.9999.9999.7117.1.4.0")->number);
	assert_int_equal(312000, variable_find(n, "1.3.6.1.4.1.8072.9999.9999.7117.1.9.0")->number);
	v = variable_find(n, "1.3.6.1.4.1.8072.9999.9999.7117.1.10.0");
	assert_int_equal(strlen("tesco-mobile,giffgaff"), v->octet_count);
	v = variable_find(n, "1.3.6.1.4.1.8072.9999.9999.7117.1.7.0");
	assert_memory_equal("\x07\xdc\x07\x0b\x0d\x1f\x05\x01+\0\0", v->octets, 11);
	free(n);
	letter_drop(&l);
	l = letter_of(cleared);
	n = calloc(1, sizeof(*n));
	assert_non_null(n);
	snmp_notification_make(&l, n);
	assert_int_equal(3, n->name.parts[8]);
	free(n);
	letter_drop(&l);
}

static void a_mail_has_the_sentence_as_subject_and_no_line_of_its_own_making(void **state)
{
	static char noc[] = "noc@example.com";
	char *const to[] = { noc, NULL };
	struct letter l = letter_of(raised);
	size_t length = 0;
	char *text = mail_text(&l, "probe@example.com", to, &length);
	const char *body;

	(void)state;
	assert_non_null(text);
	/* "one "sentence" with ] and ü ", in base64 by RFC 2047 */
	assert_non_null(strstr(text, "\r\nSubject: =?UTF-8?B?b25lICJzZW50ZW5jZSIgd2l0aCBdIGFuZCDDvCA=?=\r\n"));
	assert_non_null(strstr(text, "\r\nDate: Wed, 11 Jul 2012 15:20:10 +0000\r\n"));
	assert_non_null(strstr(text, "\r\nMessage-ID: <2012-0711-0001.7.00000000000000ff@probe-1>\r\n"));
	assert_non_null(strstr(text, "\r\nX-Sigcanary-Severity: major\r\n"));
	body = strstr(text, "\r\n\r\n");
	assert_non_null(body);
	assert_non_null(strstr(body, "Causes         97 % timeout\r\n"));
	for (const char *c = strchr(text, '\n'); c != NULL; c = strchr(c + 1, '\n'))
		assert_int_equal('\r', c[-1]);
	free(text);
	letter_drop(&l);
}

/* The subject's header, or NULL: the caller frees it. */
static char *subject_of(const char *summary)
{
	static char noc[] = "noc@example.com";
	char *const to[] = { noc, NULL };
	char line[2048];
	struct letter l;
	size_t length = 0;
	char *text, *subject, *end;

	snprintf(line, sizeof(line), "{\"id\":\"2012-0711-0001\",\"summary\":\"%s\"}", summary);
	l = letter_of(line);
	text = mail_text(&l, "probe@example.com", to, &length);
	assert_non_null(text);
	subject = strstr(text, "\r\nSubject:");
	assert_non_null(subject);
	end = strstr(subject, "\r\nDate:");
	assert_non_null(end);
	subject = strndup(subject + 2, (size_t)(end - subject) - 2);
	free(text);
	letter_drop(&l);
	return subject;
}

static void a_name_that_looks_like_an_encoded_word_is_shown_as_it_is(void **state)
{
	char longest[200];
	char *subject = subject_of("node =?UTF-8?B?aGlkZGVu?= refuses");

	(void)state;
	/* "node =?UTF-8?B?aGlkZGVu?= refuses" in base64 */
	assert_string_equal("Subject: =?UTF-8?B?bm9kZSA9P1VURi04P0I/YUdsa1pHVnU/PSByZWZ1c2Vz?=", subject);
	free(subject);
	subject = subject_of("plain = words?");
	assert_string_equal("Subject: plain = words?", subject);
	free(subject);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	subject = subject_of(longest);
	for (const char *at = subject; at != NULL; at = strstr(at + 1, "\r\n"))
		assert_true(strcspn(at + 2, "\r") <= 78);
	free(subject);
}

static void a_text_is_cut_at_a_whole_character(void **state)
{
	char text[] = "a\xc3\xbc\xe2\x82\xac";
	char name[OUTLET_NAME_MAX];

	(void)state;
	text_cut(text, 6);
	assert_string_equal("a\xc3\xbc\xe2\x82\xac", text);
	text_cut(text, 5);
	assert_string_equal("a\xc3\xbc", text);
	text_cut(text, 2);
	assert_string_equal("a", text);
	receiver_name("https://user:secret@am1:9093/path", name);
	assert_string_equal("am1:9093", name);
	receiver_name("udp:nms1:162", name);
	assert_string_equal("udp:nms1:162", name);
}

/* Half an announcement, as a program of another version may have stored it. */
static void a_line_without_facts_harms_nobody(void **state)
{
	static char noc[] = "noc@example.com";
	char *const to[] = { noc, NULL };
	struct letter l = letter_of("{}");
	struct snmp_notification *n = calloc(1, sizeof(*n));
	struct journal_fields fields;
	size_t length = 0;

	(void)state;
	free(syslog_message(&l, PLAN_FACILITY_DAEMON, &length));
	free(mail_text(&l, "probe@example.com", to, &length));
	json_decref(alertmanager_alerts(&l, NANOS_PER_S));
	json_decref(ves_event(&l));
	assert_non_null(n);
	snmp_notification_make(&l, n);
	free(n);
	journal_fields_make(&l, &fields);
	journal_fields_free(&fields);
	letter_drop(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syslog_escapes_what_ends_a_value),
		cmocka_unit_test(the_journal_gets_fields),
		cmocka_unit_test(an_alert_carries_neither_probe_nor_time_in_its_labels),
		cmocka_unit_test(an_alert_whose_severity_changed_ends_the_earlier_one),
		cmocka_unit_test(the_end_of_an_incident_ends_every_alert_of_it),
		cmocka_unit_test(a_fault_event_has_what_ves_requires),
		cmocka_unit_test(a_notification_numbers_what_the_mibs_number),
		cmocka_unit_test(a_mail_has_the_sentence_as_subject_and_no_line_of_its_own_making),
		cmocka_unit_test(a_name_that_looks_like_an_encoded_word_is_shown_as_it_is),
		cmocka_unit_test(a_text_is_cut_at_a_whole_character),
		cmocka_unit_test(a_line_without_facts_harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

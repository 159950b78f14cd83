/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary alarms`: the list of alarms as TS 28.532 has it, shown and acknowledged. An alarm may be named by its alarmId or by the id of
 * its incident, which is what people read on the page and in mails, and what `sigcanary incident` takes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/command/asking.h"

/* The first of several members that is there: a record in the names of TS 28.532, or in ours. */
static const char *first_text(const json_t *record, const char *one, const char *other)
{
	const char *text = member_text(record, one);

	return text != NULL ? text : member_text(record, other);
}

static bool is_cleared(const json_t *record)
{
	const char *severity = member_text(record, "perceivedSeverity");

	return (severity != NULL && strcasecmp(severity, "CLEARED") == 0) || member_text(record, "alarmClearedTime") != NULL;
}

static const char *incident_of(const json_t *record)
{
	return member_text(record, "additionalInformation.incident");
}

/* What it is called, both ways, where a program finds it at once. */
static void ids_set(json_t *to, const char *id, const json_t *record)
{
	json_object_set_new(to, "alarmId", json_string(id));
	if (incident_of(record) != NULL)
		json_object_set_new(to, "incident", json_string(incident_of(record)));
}

static void record_add(struct table *t, const char *id, const json_t *record)
{
	const char *acknowledged = member_text(record, "ackState");
	char since[32];

	table_add(t, (const char *const[]){ id, incident_of(record), member_text(record, "perceivedSeverity"),
					    acknowledged != NULL && strcmp(acknowledged, "ACKNOWLEDGED") == 0 ? "yes" : "no",
					    time_words(member_text(record, "alarmRaisedTime"), true, since),
					    first_text(record, "additionalText", "specificProblem") });
}

static int alarms_list(struct asking *a)
{
	struct table t = { .column_count = 6,
			   .heads = { "ALARM", "INCIDENT", "SEVERITY", "ACK", "RAISED (UTC)", "WHAT" },
			   .severity_column = 2 };
	json_t *alarms = NULL;
	const char *id;
	json_t *record;
	int code = asking_json(a, "/api/v1/alarms", &alarms);

	if (code != EXIT_DONE)
		return code;
	json_object_foreach(alarms, id, record)
	{
		if (a->options.is_json) {
			json_t *line = json_object();

			ids_set(line, id, record);
			json_object_update(line, record);
			json_print(line);
			json_decref(line);
		} else if (!is_cleared(record)) {
			record_add(&t, id, record);
		}
	}
	if (t.row_count > 0)
		table_print(&t, a);
	else if (!a->options.is_json)
		puts("No alarm is open.");
	table_free(&t);
	json_decref(alarms);
	return EXIT_DONE;
}

/* The alarmId for what a person typed, the caller's; that of an incident when it is one. EXIT_DONE, or the code after a sentence. */
static int alarm_find(struct asking *a, const char *word, char **ret_id, json_t **ret_record)
{
	char *path = path_join("/api/v1/incidents/", word, "");
	json_t *alarms = NULL;
	json_t *incident = NULL;
	const json_t *lines;
	int code = asking_json(a, "/api/v1/alarms", &alarms);

	*ret_id = NULL;
	*ret_record = NULL;
	if (code == EXIT_DONE && json_object_get(alarms, word) == NULL)
		code = asking_json_maybe(a, path, &incident);
	lines = json_object_get(incident, "announcements");
	if (json_array_size(lines) > 0) {
		const char *id = member_text(json_array_get(lines, json_array_size(lines) - 1), "alarm.alarmId");

		*ret_id = id != NULL ? strdup(id) : NULL;
	} else if (json_object_get(alarms, word) != NULL) {
		*ret_id = strdup(word);
	}
	if (*ret_id != NULL)
		*ret_record = json_incref(json_object_get(alarms, *ret_id));
	json_decref(alarms);
	json_decref(incident);
	free(path);
	if (code != EXIT_DONE || *ret_id != NULL)
		return code;
	fprintf(stderr,
		"sigcanary alarms: there is no alarm and no incident '%s'; 'sigcanary alarms list' and 'sigcanary incident list' show what "
		"there is\n",
		word);
	return EXIT_FAILED;
}

static void comments_show(const json_t *comments)
{
	const char *key;
	json_t *comment;
	char time[32];

	json_object_foreach((json_t *)comments, key, comment)
	{
		printf("%-28s", "comment");
		text_print(time_words(member_text(comment, "commentTime"), true, time), 21);
		text_print(member_text(comment, "commentUserId") != NULL ? member_text(comment, "commentUserId") : "", 0);
		fputs(": ", stdout);
		text_print(member_text(comment, "commentText") != NULL ? member_text(comment, "commentText") : "", 0);
		putchar('\n');
	}
}

static int alarm_show(struct asking *a, const char *word)
{
	char *id = NULL;
	json_t *record = NULL;
	const char *key;
	json_t *value;
	int code = alarm_find(a, word, &id, &record);

	if (code == EXIT_DONE && a->options.is_json) {
		ids_set(record, id, record);
		json_print(record);
	} else if (code == EXIT_DONE) {
		printf("%-28s%s\n", "alarmId", id);
		if (incident_of(record) != NULL)
			printf("%-28s%s\n", "incident", incident_of(record));
		json_object_foreach(record, key, value)
		{
			if (!json_is_string(value) || strcmp(key, "alarmId") == 0)
				continue;
			text_print(key, 28);
			text_print(json_string_value(value), 0);
			putchar('\n');
		}
		comments_show(json_object_get(record, "comments"));
	}
	json_decref(record);
	free(id);
	return code;
}

/* One change of an alarm; `json` is given away. */
static int change_send(struct asking *a, const char *method, const char *id, const char *after, json_t *json)
{
	char *path = path_join("/api/v1/alarms/", id, after);
	char *body = json_dumps(json, JSON_COMPACT);
	struct ask_answer answer = { .body = NULL };
	int code = body != NULL ? asking_do(a, method, path, body, &answer) : EXIT_FAILED;

	free(answer.body);
	free(body);
	free(path);
	json_decref(json);
	return code;
}

static const char *user_name(void)
{
	const char *user = getenv("SUDO_USER");

	user = user != NULL ? user : getenv("USER");
	user = user != NULL ? user : getenv("LOGNAME");
	return user != NULL && user[0] != '\0' ? user : "local";
}

static int alarm_change(struct asking *a, const char *word, const char *state)
{
	char *id = NULL;
	json_t *record = NULL;
	int code = alarm_find(a, word, &id, &record);

	if (code == EXIT_DONE && state != NULL)
		code = change_send(a, "PATCH", id, "", json_pack("{s:s, s:s}", "ackState", state, "ackUserId", user_name()));
	if (code == EXIT_DONE && a->options.message != NULL)
		code = change_send(a, "POST", id, "/comments",
				   json_pack("{s:s, s:s}", "commentText", a->options.message, "commentUserId", user_name()));
	if (code == EXIT_DONE && !a->options.is_json)
		printf("%s: %s\n", id,
		       state == NULL                        ? "commented"
		       : strcmp(state, "ACKNOWLEDGED") == 0 ? "acknowledged"
							    : "not acknowledged any more");
	json_decref(record);
	free(id);
	return code;
}

static int alarms_dispatch(struct asking *a)
{
	const char *what = a->argument_count > 0 ? a->arguments[0] : "list";
	const char *id = a->argument_count == 2 ? a->arguments[1] : NULL;

	if (strcmp(what, "list") == 0 && a->argument_count < 2)
		return alarms_list(a);
	if (id == NULL)
		return asking_usage(a, "it takes 'list', or one of 'show', 'ack', 'unack', 'comment' and the id of an alarm or incident");
	if (strcmp(what, "show") == 0)
		return alarm_show(a, id);
	if (strcmp(what, "ack") == 0)
		return alarm_change(a, id, "ACKNOWLEDGED");
	if (strcmp(what, "unack") == 0)
		return alarm_change(a, id, "UNACKNOWLEDGED");
	if (strcmp(what, "comment") == 0 && a->options.message != NULL)
		return alarm_change(a, id, NULL);
	return asking_usage(a, strcmp(what, "comment") == 0 ? "a comment is given with -m TEXT" : "there is no such word for it");
}

int command_alarms(int argc, char **argv)
{
	struct asking a;
	int code = asking_open(&a, argc, argv, TAKES_JSON | TAKES_REMARK);

	if (code == EXIT_DONE)
		code = alarms_dispatch(&a);
	return asking_end(&a, code);
}

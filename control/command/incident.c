/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary incident`: the incidents of a running probe: which there are, the course of one, its report, its packets, and these opened in
 * the program that people look at packets with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/command/asking.h"

static int incidents_list(struct asking *a)
{
	struct table t = { .column_count = 6,
			   .heads = { "INCIDENT", "SEVERITY", "STATE", "SINCE (UTC)", "SUBSCRIBERS", "WHAT" },
			   .is_number = { [4] = true },
			   .severity_column = 1 };
	json_t *incidents = NULL;
	const json_t *line;
	size_t i;
	int code = asking_json(a, "/api/v1/incidents", &incidents);

	if (code == EXIT_DONE && a->options.is_json)
		json_print(incidents);
	json_array_foreach(incidents, i, line)
	{
		char since[32];
		char subscribers[32];

		if (a->options.is_json)
			continue;
		snprintf(subscribers, sizeof(subscribers), "%.0f", member_number(line, "affected_subscribers.estimate", 0));
		table_add(&t, (const char *const[]){ member_text(line, "id"), member_text(line, "severity"), member_text(line, "state"),
						     time_words(member_text(line, "onset"), true, since), subscribers,
						     member_text(line, "summary") });
	}
	if (t.row_count > 0)
		table_print(&t, a);
	else if (code == EXIT_DONE && !a->options.is_json)
		puts("No incident since the probe was started.");
	table_free(&t);
	json_decref(incidents);
	return code;
}

/* The id that a word means, the caller's: 'last' is the newest. */
static int incident_find(struct asking *a, const char *word, char **ret_id)
{
	json_t *incidents = NULL;
	const char *id = word;
	int code = EXIT_DONE;

	*ret_id = NULL;
	if (strcmp(word, "last") == 0) {
		code = asking_json(a, "/api/v1/incidents", &incidents);
		id = member_text(json_array_get(incidents, 0), "id");
	}
	if (code == EXIT_DONE && id == NULL) {
		fprintf(stderr, "sigcanary incident: there is no incident yet\n");
		code = EXIT_FAILED;
	}
	if (code == EXIT_DONE)
		*ret_id = strdup(id);
	json_decref(incidents);
	return code;
}

static void list_print(const char *name, const json_t *list)
{
	const json_t *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	text_print(name, 14);
	json_array_foreach(list, i, item)
	{
		const char *text = json_is_string(item) ? json_string_value(item) : member_text(item, "id");

		fputs(i > 0 ? ", " : "", stdout);
		text_print(text != NULL ? text : "?", 0);
	}
	putchar('\n');
}

/* What holds now: the newest line. */
static void now_show(const json_t *line)
{
	static const char *const lists[] = { "segments", "procedures", "rats", "imsi_prefixes", "nodes" };
	const char *repair = member_text(line, "alarm.proposedRepairActions");
	char text[32];

	text_print("since", 14);
	printf("%s UTC", time_words(member_text(line, "onset"), true, text));
	printf(", noticed at %s\n", time_words(member_text(line, "detected"), false, text));
	text_print("subscribers", 14);
	printf("%.0f (%.0f to %.0f)\n", member_number(line, "affected_subscribers.estimate", 0),
	       member_number(line, "affected_subscribers.low", 0), member_number(line, "affected_subscribers.high", 0));
	text_print("share", 14);
	printf("%s", share_words(member_number(line, "observed_ratio", -1), text));
	printf(", usually %s\n", share_words(member_number(line, "baseline_ratio", -1), text));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		list_print(lists[i], json_object_get(line, lists[i]));
	if (repair != NULL) {
		text_print("to do", 14);
		text_print(repair, 0);
		putchar('\n');
	}
}

static void remarks_show(const json_t *incident)
{
	const json_t *acknowledged = json_object_get(incident, "acknowledged");
	const json_t *comment;
	char text[32];
	size_t i;

	if (acknowledged != NULL) {
		text_print(time_words(member_text(acknowledged, "time"), true, text), 21);
		fputs("acknowledged by ", stdout);
		text_print(member_text(acknowledged, "by") != NULL ? member_text(acknowledged, "by") : "?", 0);
		putchar('\n');
	}
	json_array_foreach(json_object_get(incident, "comments"), i, comment)
	{
		text_print(time_words(member_text(comment, "time"), true, text), 21);
		text_print(member_text(comment, "by") != NULL ? member_text(comment, "by") : "?", 0);
		fputs(": ", stdout);
		text_print(member_text(comment, "words") != NULL ? member_text(comment, "words") : "", 0);
		putchar('\n');
	}
}

static void incident_print(const struct asking *a, const json_t *incident)
{
	const json_t *lines = json_object_get(incident, "announcements");
	const json_t *newest = json_array_get(lines, json_array_size(lines) - 1);
	const json_t *line;
	char text[32];
	size_t i;

	text_print(member_text(incident, "id") != NULL ? member_text(incident, "id") : "?", 16);
	severity_print(a, member_text(newest, "severity") != NULL ? member_text(newest, "severity") : "?", 0);
	printf(", %s\n", member_text(newest, "state") != NULL ? member_text(newest, "state") : "?");
	text_print(member_text(newest, "summary") != NULL ? member_text(newest, "summary") : "", 0);
	fputs("\n\n", stdout);
	now_show(newest);
	putchar('\n');
	json_array_foreach(lines, i, line)
	{
		text_print(time_words(member_text(line, "time"), true, text), 21);
		text_print(member_text(line, "state") != NULL ? member_text(line, "state") : "", 11);
		severity_print(a, member_text(line, "severity") != NULL ? member_text(line, "severity") : "", 10);
		text_print(member_text(line, "summary") != NULL ? member_text(line, "summary") : "", 0);
		putchar('\n');
	}
	remarks_show(incident);
}

static int incident_show(struct asking *a, const char *id)
{
	char *path = path_join("/api/v1/incidents/", id, "");
	json_t *incident = NULL;
	int code = asking_json(a, path, &incident);

	if (code == EXIT_DONE && a->options.is_json)
		json_print(incident);
	else if (code == EXIT_DONE)
		incident_print(a, incident);
	json_decref(incident);
	free(path);
	return code;
}

/* Packets hold identities: nobody else may read what is written. */
static int file_write(const char *path, const struct ask_answer *answer)
{
	mode_t before = umask(077);
	FILE *out = output_open(path);

	umask(before);
	if (out == NULL)
		return EXIT_FAILED;
	fwrite(answer->body, 1, answer->length, out);
	return output_close(out, path) ? EXIT_DONE : EXIT_FAILED;
}

/* Fetches a file of an incident to --output, or to sigcanary-ID.SUFFIX here. */
static int incident_fetch(struct asking *a, const char *id, const char *what, const char *suffix)
{
	char *path = path_join("/api/v1/incidents/", id, what);
	char name[128];
	const char *output = a->options.output != NULL ? a->options.output : name;
	struct ask_answer answer = { .body = NULL };
	int code = asking_do(a, "GET", path, NULL, &answer);

	snprintf(name, sizeof(name), "sigcanary-%.64s.%s", id, suffix);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;
	if (code == EXIT_DONE)
		code = file_write(output, &answer);
	if (code == EXIT_DONE && strcmp(output, "-") != 0)
		printf("%s\n", output);
	free(answer.body);
	free(path);
	return code;
}

static bool program_is_there(const char *name)
{
	const char *path = getenv("PATH");
	char whole[512];

	while (path != NULL && *path != '\0') {
		size_t length = strcspn(path, ":");

		snprintf(whole, sizeof(whole), "%.*s/%s", (int)length, path, name);
		if (access(whole, X_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}

/* Wireshark where there is a screen, its sister for terminals, else its lines with the comments of packets. */
static void viewer_run(const char *file)
{
	bool has_screen = getenv("DISPLAY") != NULL || getenv("WAYLAND_DISPLAY") != NULL;

	if (has_screen && program_is_there("wireshark"))
		execlp("wireshark", "wireshark", "-r", file, (char *)NULL);
	if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && program_is_there("termshark"))
		execlp("termshark", "termshark", "-r", file, (char *)NULL);
	execlp("tshark", "tshark", "-n", "-r", file, (char *)NULL);
	fprintf(stderr, "sigcanary incident: none of wireshark, termshark and tshark can be run; the packets are in %s\n", file);
}

static int incident_open(struct asking *a, const char *id)
{
	char *path = path_join("/api/v1/incidents/", id, "/pcap");
	const char *folder = getenv("TMPDIR");
	struct ask_answer answer = { .body = NULL };
	char file[256];
	int code = asking_do(a, "GET", path, NULL, &answer);

	free(path);
	if (code != EXIT_DONE)
		return code;
	snprintf(file, sizeof(file), "%s/sigcanary-%.32s-XXXXXX.pcapng", folder != NULL ? folder : "/tmp", id);
	for (char *c = file + strlen(folder != NULL ? folder : "/tmp") + 1; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;
	{
		int descriptor = mkstemps(file, 7);

		if (descriptor < 0 || close(descriptor) != 0) {
			fprintf(stderr, "sigcanary incident: cannot write %s: %s\n", file, strerror(errno));
			code = EXIT_FAILED;
		}
	}
	if (code == EXIT_DONE)
		code = file_write(file, &answer);
	free(answer.body);
	if (code != EXIT_DONE)
		return code;
	viewer_run(file);
	return EXIT_FAILED;
}

static int incident_dispatch(struct asking *a)
{
	const char *what = a->argument_count > 0 ? a->arguments[0] : "list";
	char *id = NULL;
	int code;

	if (strcmp(what, "list") == 0 && a->argument_count < 2)
		return incidents_list(a);
	if (a->argument_count != 2)
		return asking_usage(a, "it takes 'list', or one of 'show', 'report', 'pcap', 'open' and the id of an incident, or 'last'");
	code = incident_find(a, a->arguments[1], &id);
	if (code != EXIT_DONE)
		return code;
	if (strcmp(what, "show") == 0)
		code = incident_show(a, id);
	else if (strcmp(what, "report") == 0)
		code = incident_fetch(a, id, "/report", "html");
	else if (strcmp(what, "pcap") == 0)
		code = incident_fetch(a, id, "/pcap", "pcapng");
	else if (strcmp(what, "open") == 0)
		code = incident_open(a, id);
	else
		code = asking_usage(a, "there is no such word for it");
	free(id);
	return code;
}

int command_incident(int argc, char **argv)
{
	struct asking a;
	int code = asking_open(&a, argc, argv, TAKES_JSON | TAKES_OUTPUT);

	if (code == EXIT_DONE)
		code = incident_dispatch(&a);
	return asking_end(&a, code);
}

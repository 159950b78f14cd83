/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary status`: how the network and the probe are, in about ten lines. The network's state comes from /api/v1/status; the probe's own
 * health from /api/v1/health. A part that the probe does not know is left out, never taken for well.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/command/asking.h"

static void line_begin(const char *name)
{
	text_print(name, 15);
}

static void state_show(const struct asking *a, const json_t *status)
{
	const char *state = member_text(status, "state");
	const char *words = member_text(status, "words");
	const char *network = member_text(status, "network");
	const char *probe = member_text(status, "probe");
	const char *version = member_text(status, "version");
	char time[32];

	severity_print(a, state != NULL ? state : "?", 15);
	text_print(words != NULL ? words : "", 0);
	putchar('\n');
	line_begin("network");
	text_print(network != NULL && network[0] != '\0' ? network : "(no name; set network.name)", 0);
	if (probe != NULL) {
		fputs(", probe ", stdout);
		text_print(probe, 0);
	}
	if (version != NULL) {
		fputs(", sigcanary ", stdout);
		text_print(version, 0);
	}
	putchar('\n');
	line_begin("time");
	printf("%s UTC", time_words(member_text(status, "time"), true, time));
	if (member_text(status, "since") != NULL)
		printf("; like this since %s", time_words(member_text(status, "since"), true, time));
	putchar('\n');
}

static void incidents_show(const json_t *status)
{
	const json_t *open = json_object_get(status, "open");
	const json_t *blind = json_object_get(status, "blind");
	const json_t *item;
	double hit = member_number(status, "subscribers_hit", -1);
	size_t i;

	line_begin("incidents");
	if (json_array_size(open) == 0)
		fputs("none open", stdout);
	json_array_foreach(open, i, item)
	{
		fputs(i > 0 ? ", " : "open: ", stdout);
		text_print(json_string_value(item) != NULL ? json_string_value(item) : "?", 0);
	}
	if (hit >= 0)
		printf("; %.0f subscribers hit", hit);
	putchar('\n');
	json_array_foreach(blind, i, item)
	{
		const char *words = member_text(item, "words");

		line_begin(i == 0 ? "blind" : "");
		if (words == NULL) { /* beside an incident of another kind */
			fputs("not seen: what is sent by ", stdout);
			words = member_text(item, "node");
		}
		text_print(words != NULL ? words : "", 0);
		putchar('\n');
	}
}

static double sum_of(const json_t *counters)
{
	double sum = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)counters, key, value) sum += json_number_value(value);
	return sum;
}

static void traffic_show(const json_t *status, const json_t *health)
{
	const json_t *account = json_object_get(health, "account");
	double rate = member_number(status, "requests_per_s", -1);

	if (rate < 0 && account == NULL)
		return;
	line_begin("traffic");
	if (rate >= 0)
		printf("%.4g requests/s%s", rate, account != NULL ? "; " : "");
	if (account != NULL)
		printf("%.0f packets: %.0f decoded, %.0f of no interest, %.0f malformed, %.0f lost", member_number(account, "packets", 0),
		       member_number(account, "decoded", 0), sum_of(json_object_get(account, "ignored")),
		       sum_of(json_object_get(account, "malformed")), sum_of(json_object_get(account, "dropped")));
	putchar('\n');
}

#define BEHIND_TOLD_S 3

/* A machine that is too slow tells late, and must not be believed to be well. */
static void behind_show(const json_t *health)
{
	double behind = member_number(health, "behind_s", 0);

	if (behind < BEHIND_TOLD_S)
		return;
	line_begin("behind");
	printf("%.0f s: this machine is too busy for the probe; what happens now is told that much later\n", behind);
}

static void ports_show(const json_t *ports)
{
	const json_t *port;
	size_t i;

	if (json_array_size(ports) == 0)
		return;
	line_begin("ports");
	json_array_foreach(ports, i, port)
	{
		const json_t *up = json_object_get(port, "up");

		fputs(i > 0 ? "; " : "", stdout);
		text_print(member_text(port, "name") != NULL ? member_text(port, "name") : "?", 0);
		if (up != NULL)
			fputs(json_is_true(up) ? " up" : " DOWN", stdout);
		if (json_object_get(port, "missed") != NULL)
			printf(", %.0f missed", member_number(port, "missed", 0));
	}
	putchar('\n');
}

static void workers_show(const json_t *workers)
{
	const json_t *worker;
	size_t i;

	if (json_array_size(workers) == 0)
		return;
	line_begin("workers");
	printf("%zu", json_array_size(workers));
	json_array_foreach(workers, i, worker)
	{
		if (json_object_get(worker, "busy") != NULL)
			printf("%s%.0f %%", i > 0 ? ", " : ", busy ", 100 * member_number(worker, "busy", 0));
	}
	putchar('\n');
}

static void outlets_show(const json_t *outlets)
{
	const json_t *outlet;
	size_t i;

	json_array_foreach(outlets, i, outlet)
	{
		const char *error = member_text(outlet, "last_error");
		double refused = member_number(outlet, "refused", 0);
		double left_out = member_number(outlet, "left_out", 0);

		line_begin(i == 0 ? "outlets" : "");
		text_print(member_text(outlet, "name") != NULL ? member_text(outlet, "name") : "?", 0);
		printf(": %.0f sent, %.0f waiting", member_number(outlet, "sent", 0), member_number(outlet, "waiting", 0));
		if (refused > 0)
			printf(", %.0f refused for good", refused);
		if (left_out > 0)
			printf(", %.0f left out since too many waited", left_out);
		if (error != NULL && error[0] != '\0' && (refused > 0 || member_number(outlet, "waiting", 0) > 0)) {
			fputs("; ", stdout);
			text_print(error, 0);
		}
		putchar('\n');
	}
}

static void configuration_show(const json_t *configuration)
{
	const char *file = member_text(configuration, "file");
	const char *error = member_text(configuration, "last_error");
	char time[32];

	if (configuration == NULL)
		return;
	line_begin("configuration");
	text_print(file != NULL ? file : "no file, everything is discovered", 0);
	if (member_text(configuration, "loaded") != NULL)
		printf(", read at %s", time_words(member_text(configuration, "loaded"), true, time));
	putchar('\n');
	if (error == NULL || error[0] == '\0')
		return;
	line_begin("");
	fputs("the last reload kept the old one: ", stdout);
	text_print(error, 0);
	putchar('\n');
}

static void rooms_show(const json_t *health)
{
	const json_t *memory = json_object_get(health, "memory");
	const json_t *evidence = json_object_get(health, "evidence");
	double used = member_number(memory, "transactions", -1);
	double rss = member_number(memory, "resident_bytes", -1);
	char text[32];

	if (rss < 0 && used < 0 && evidence == NULL)
		return;
	line_begin("memory");
	if (rss >= 0)
		printf("%s", bytes_words(rss, text));
	if (used >= 0)
		printf("%s%.0f transactions open, room for %.0f", rss >= 0 ? "; " : "", used,
		       member_number(memory, "transactions_room", NAN));
	if (member_number(evidence, "captures", 0) > 0)
		printf("; %.0f captures of incidents, %s", member_number(evidence, "captures", 0),
		       bytes_words(member_number(evidence, "bytes", 0), text));
	putchar('\n');
}

int command_status(int argc, char **argv)
{
	struct asking a;
	json_t *status = NULL;
	json_t *health = NULL;
	int code = asking_open(&a, argc, argv, TAKES_JSON);

	if (code == EXIT_DONE && a.argument_count > 0)
		code = asking_usage(&a, "it takes no argument");
	if (code == EXIT_DONE)
		code = asking_json(&a, "/api/v1/status", &status);
	if (code == EXIT_DONE)
		code = asking_json_maybe(&a, "/api/v1/health", &health);
	if (code == EXIT_DONE && a.options.is_json) {
		if (health != NULL)
			json_object_set(status, "health", health);
		json_print(status);
	} else if (code == EXIT_DONE) {
		state_show(&a, status);
		incidents_show(status);
		traffic_show(status, health);
		behind_show(health);
		ports_show(json_object_get(health, "ports"));
		workers_show(json_object_get(health, "workers"));
		outlets_show(json_object_get(health, "outlets"));
		configuration_show(json_object_get(health, "configuration"));
		rooms_show(health);
	}
	json_decref(status);
	json_decref(health);
	return asking_end(&a, code);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary send`: announcements from a file of alarms to the outlets of a configuration, to try these before the night in which they are
 * needed. The way is that of a running probe (store, outboxes, threads), with an outbox in memory of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "control/command/command.h"
#include "control/outlet/facts.h"
#include "control/outlet/outlets.h"
#include "control/store/store.h"

#define WAIT_S_DEFAULT 30.0

/* One line into the outboxes; false when it is no announcement. */
static bool line_take(struct store *store, struct outlets *outlets, char *line)
{
	json_t *alarm;
	char texts[6][FACT_TEXT_MAX];
	static const char *const paths[6] = { "id", "alarm.alarmId", "state", "severity", "kind", "summary" };
	bool is_taken;

	line[strcspn(line, "\r\n")] = '\0';
	alarm = json_loads(line, 0, NULL);
	for (int i = 0; i < 6; i++)
		fact_text(alarm, paths[i], texts[i]);
	is_taken = texts[0][0] != '\0' && texts[2][0] != '\0' && texts[5][0] != '\0';
	if (is_taken)
		is_taken = store_announce(store, &(struct announcement){
							 .id = texts[0],
							 .alarm_id = texts[1],
							 .time = fact_time(alarm, "time"),
							 .onset = fact_time(alarm, "onset"),
							 .state = texts[2],
							 .severity = texts[3],
							 .kind = texts[4],
							 .summary = texts[5],
							 .affected = (uint64_t)fact_number(alarm, "affected_subscribers.estimate"),
							 /* Whoever tries outlets wants to hear from each. */
							 .worst = SEVERITY_CRITICAL,
							 .is_open = !fact_is_cleared(alarm),
							 .json = line,
							 .length = strlen(line),
						 });
	if (is_taken)
		outlets_told(outlets, texts[0], !fact_is_cleared(alarm));
	json_decref(alarm);
	return is_taken;
}

/* Outlets begin with the first line, not with the last: standard input may be somebody who types. */
static int file_take(struct store *store, struct outlets *outlets, const char *path)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned long number = 0;
	int code = EXIT_DONE;

	if (in == NULL) {
		fprintf(stderr, "sigcanary send: cannot read %s: %s\n", path, strerror(errno));
		return EXIT_INPUT;
	}
	while (code == EXIT_DONE && getline(&line, &room, in) > 0) {
		number++;
		if (!line_take(store, outlets, line)) {
			fprintf(stderr,
				"sigcanary send: %s:%lu: no announcement of an alarm; give what alarms.file or replay --json writes\n",
				path, number);
			code = EXIT_INPUT;
		}
	}
	free(line);
	if (in != stdin)
		fclose(in);
	return code;
}

static void state_print(const struct outlet_state *s, bool is_json)
{
	if (!is_json) {
		printf("%-40s %" PRIu64 " sent, %" PRIu64 " waiting, %" PRIu64 " refused%s%s\n", s->name, s->sent, s->waiting, s->refused,
		       s->last_error[0] != '\0' ? "; last error: " : "", s->last_error);
		return;
	}
	json_t *line = json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", s->name, "waiting", (json_int_t)s->waiting, "sent",
				 (json_int_t)s->sent, "failed", (json_int_t)s->failed, "refused", (json_int_t)s->refused);

	if (s->last_error[0] != '\0')
		json_object_set_new(line, "last_error", json_string(s->last_error));
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

/* EXIT_DONE when every outlet has taken everything. */
static int outlets_report(struct outlets *outlets, bool is_json)
{
	struct outlet_state states[STORE_OUTLETS_MAX];
	size_t count = outlets_state(outlets, states, STORE_OUTLETS_MAX);
	int code = EXIT_DONE;

	for (size_t i = 0; i < count; i++) {
		state_print(&states[i], is_json);
		if (states[i].waiting > 0 || states[i].refused > 0)
			code = EXIT_FAILED;
	}
	return code;
}

static int send_all(const struct plan *plan, const struct options *o, int file_count, char **files)
{
	char error[OUTLETS_ERROR_MAX > STORE_ERROR_MAX ? OUTLETS_ERROR_MAX : STORE_ERROR_MAX];
	struct store *store = store_open(NULL, NULL, error);
	struct outlets *outlets = store != NULL ? outlets_open(plan, store, error) : NULL;
	int code = EXIT_DONE;

	if (outlets == NULL || outlets_state(outlets, NULL, 0) == 0) {
		fprintf(stderr, "sigcanary send: %s\n",
			outlets == NULL ? error : "the configuration names no outlet; see syslog, webhook, alertmanager, snmp, ves, mail");
		code = EXIT_CONFIG;
	}
	for (int i = 0; code == EXIT_DONE && i < file_count; i++)
		code = file_take(store, outlets, files[i]);
	if (code == EXIT_DONE) {
		outlets_wait(outlets, o->seconds > 0 ? o->seconds : WAIT_S_DEFAULT);
		code = outlets_report(outlets, o->is_json);
	}
	outlets_close(outlets, 0);
	store_close(store);
	return code;
}

int command_send(int argc, char **argv)
{
	struct options options;
	struct plan *plan;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_SECONDS | TAKES_JSON, &options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (options.config == NULL || argc - rest < 1) {
		fprintf(stderr, "sigcanary send: name a configuration with -c, and a file of alarms ('-' is standard input)\n");
		return EXIT_USAGE;
	}
	plan = options_plan(&options);
	if (plan == NULL)
		return EXIT_CONFIG;
	code = send_all(plan, &options, argc - rest, argv + rest);
	plan_free(plan);
	if (!output_close(stdout, "standard output") && code == EXIT_DONE)
		code = EXIT_FAILED;
	return code;
}

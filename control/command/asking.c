/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See asking.h. A probe that does not answer ends a command with EXIT_NOBODY, what it refuses with EXIT_FAILED; the sentence is on standard
 * error in both cases, so that --json gives JSON or nothing.
 */
#include "control/command/asking.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "control/api/server.h"

int asking_connect(struct asking *a)
{
	struct plan *plan = NULL;
	char path[108];

	if (a->options.socket == NULL && a->options.config != NULL) {
		plan = options_plan(&a->options);
		if (plan == NULL)
			return EXIT_CONFIG;
	}
	server_socket_path(a->options.socket != NULL ? a->options.socket : plan != NULL ? plan->api.socket : NULL, path);
	plan_free(plan);
	a->ask = ask_new(path);
	a->has_color = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	return a->ask != NULL ? EXIT_DONE : EXIT_FAILED;
}

int asking_open(struct asking *a, int argc, char **argv, unsigned int takes)
{
	int rest = 0;
	int code;

	/* Widths of names are those of this locale's characters; numbers stay as they are. */
	setlocale(LC_CTYPE, "");
	memset(a, 0, sizeof(*a));
	a->command = argv[0];
	code = options_read(argc, argv, takes | TAKES_CONFIG | TAKES_PROBE, &a->options, &rest);
	if (code != EXIT_DONE)
		return code;
	a->argument_count = argc - rest;
	a->arguments = argv + rest;
	return asking_connect(a);
}

void asking_close(struct asking *a)
{
	ask_free(a->ask);
	a->ask = NULL;
}

int asking_end(struct asking *a, int code)
{
	asking_close(a);
	if (code < 0)
		return EXIT_DONE;
	if (!output_close(stdout, "standard output") && code == EXIT_DONE)
		return EXIT_FAILED;
	return code;
}

int asking_usage(const struct asking *a, const char *words)
{
	fprintf(stderr, "sigcanary %s: %s; see 'sigcanary %s --help'\n", a->command, words, a->command);
	return EXIT_USAGE;
}

static int outcome_code(const struct asking *a, enum ask_outcome outcome, const char *error)
{
	if (outcome == ASK_ANSWERED)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary %s: %s\n", a->command, error);
	return outcome == ASK_NOBODY ? EXIT_NOBODY : EXIT_FAILED;
}

int asking_do(struct asking *a, const char *method, const char *path, const char *json, struct ask_answer *ret)
{
	char error[ASK_ERROR_MAX];

	return outcome_code(a, ask(a->ask, method, path, json, ret, error), error);
}

static int answer_read(const struct asking *a, const char *path, struct ask_answer *answer, json_t **ret)
{
	json_error_t error;

	*ret = json_loadb(answer->body, answer->length, JSON_ALLOW_NUL, &error);
	free(answer->body);
	if (*ret != NULL)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary %s: what the probe answers for %s is no JSON: %s\n", a->command, path, error.text);
	return EXIT_FAILED;
}

int asking_json(struct asking *a, const char *path, json_t **ret)
{
	struct ask_answer answer;
	int code = asking_do(a, "GET", path, NULL, &answer);

	return code == EXIT_DONE ? answer_read(a, path, &answer, ret) : code;
}

int asking_json_maybe(struct asking *a, const char *path, json_t **ret)
{
	char error[ASK_ERROR_MAX];
	struct ask_answer answer;
	enum ask_outcome outcome = ask(a->ask, "GET", path, NULL, &answer, error);

	*ret = NULL;
	if (outcome == ASK_REFUSED)
		return EXIT_DONE;
	return outcome == ASK_ANSWERED ? answer_read(a, path, &answer, ret) : outcome_code(a, outcome, error);
}

char *path_join(const char *before, const char *word, const char *after)
{
	char *encoded = ask_encode(word);
	char *path = NULL;

	if (encoded == NULL || asprintf(&path, "%s%s%s", before, encoded, after) < 0) {
		fprintf(stderr, "sigcanary: no memory\n");
		exit(EXIT_FAILED);
	}
	free(encoded);
	return path;
}

static void line_print(const json_t *json)
{
	json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	putchar('\n');
}

void json_print(const json_t *json)
{
	size_t i;
	json_t *item;

	if (!json_is_array(json)) {
		line_print(json);
		return;
	}
	json_array_foreach(json, i, item) line_print(item);
}

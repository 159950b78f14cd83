/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary reload`: like SIGHUP to a running probe, but it waits and says what came of it. EXIT_CONFIG when the probe kept its old
 * configuration.
 */
#include <stdlib.h>
#include <string.h>

#include "control/command/asking.h"

static int outcome_tell(const struct asking *a, const json_t *outcome)
{
	const char *words = member_text(outcome, "words");
	bool is_reloaded = member_text(outcome, "outcome") != NULL && strcmp(member_text(outcome, "outcome"), "reloaded") == 0;

	if (a->options.is_json)
		json_print(outcome);
	else if (words != NULL)
		/* The sentences of mistakes have lines of their own, with a mark below the place. */
		fprintf(is_reloaded ? stdout : stderr, "%s%s", words, words[0] != '\0' && words[strlen(words) - 1] == '\n' ? "" : "\n");
	return is_reloaded ? EXIT_DONE : EXIT_CONFIG;
}

int command_reload(int argc, char **argv)
{
	struct asking a;
	struct ask_answer answer;
	json_t *outcome = NULL;
	int code = asking_open(&a, argc, argv, TAKES_JSON);

	if (code == EXIT_DONE && a.argument_count > 0)
		code = asking_usage(&a, "it takes no argument");
	if (code == EXIT_DONE)
		code = asking_do(&a, "POST", "/api/v1/reload", NULL, &answer);
	if (code == EXIT_DONE) {
		outcome = json_loads(answer.body, 0, NULL);
		free(answer.body);
		code = outcome_tell(&a, outcome);
	}
	json_decref(outcome);
	return asking_end(&a, code);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* `sigcanary check` and `sigcanary config dump`: the configuration, judged and explained without touching anything. */
#include <string.h>

#include "config/config.h"
#include "control/command/command.h"
#include "control/outlet/outlets.h"
#include "dataplane/segment/segment.h"

/* Compiles the plan as a run would; false after one sentence. */
static bool segments_check(const struct plan *plan)
{
	char error[SEGMENT_ERROR_MAX];
	struct segments *segments = segments_new(plan, error);

	if (segments == NULL)
		fprintf(stderr, "sigcanary check: %s\n", error);
	segments_free(segments);
	return segments != NULL;
}

int command_check(int argc, char **argv)
{
	struct options options;
	struct plan *plan;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_JSON, &options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (argc - rest != 1) {
		fprintf(stderr, "sigcanary check: name one configuration file\n");
		return EXIT_USAGE;
	}
	plan = plan_read(argv[rest], stderr);
	if (plan == NULL)
		return EXIT_CONFIG;
	code = segments_check(plan) ? EXIT_DONE : EXIT_CONFIG;
	if (!outlets_check(plan, stderr))
		code = EXIT_CONFIG;
	if (code == EXIT_DONE && options.is_json)
		plan_explain_json(plan, stdout);
	else if (code == EXIT_DONE)
		plan_explain(plan, stdout);
	plan_free(plan);
	if (!output_close(stdout, "standard output") && code == EXIT_DONE)
		code = EXIT_FAILED;
	return code;
}

int command_config(int argc, char **argv)
{
	struct options options;
	struct plan *plan;
	int rest = 0;
	int code;

	if (argc < 2 || strcmp(argv[1], "dump") != 0) {
		bool is_help = argc > 1 && strcmp(argv[1], "--help") == 0;

		command_help("config", TAKES_CONFIG, is_help ? stdout : stderr);
		return is_help ? EXIT_DONE : EXIT_USAGE;
	}
	code = options_read(argc - 1, argv + 1, TAKES_CONFIG | TAKES_DEFAULTS, &options, &rest);
	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest != argc - 1) {
		fprintf(stderr, "sigcanary config dump: '%s' is too much; a file is named with -c\n", argv[1 + rest]);
		return EXIT_USAGE;
	}
	plan = options_plan(&options);
	if (plan == NULL)
		return EXIT_CONFIG;
	plan_dump(plan, stdout);
	plan_free(plan);
	return output_close(stdout, "standard output") ? EXIT_DONE : EXIT_FAILED;
}

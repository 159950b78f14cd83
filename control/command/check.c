/* SPDX-License-Identifier: BSD-3-Clause */
/* `sigcanary check`: the configuration, judged and explained without touching anything. */
#include "config/config.h"
#include "control/api/access.h"
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

/* Whether the page would be served: users, and nobody else beyond this machine. */
static bool access_check(const struct plan *plan)
{
	char error[SERVER_ERROR_MAX];
	struct gate *access = access_new(plan, error);

	if (access == NULL)
		fprintf(stderr, "sigcanary check: page: %s\n", error);
	access_free(access);
	return access != NULL;
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
	if (!access_check(plan))
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

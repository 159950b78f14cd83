/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary config`: what the keys of the configuration are and mean. `dump` writes a whole configuration with everything that it leaves
 * to the defaults, `schema` the keys for editors, `explain` what one of them means.
 */
#include <string.h>

#include "config/config.h"
#include "control/command/command.h"

static int config_dump(const struct options *o, int argument_count)
{
	struct plan *plan;

	if (argument_count > 1) {
		fprintf(stderr, "sigcanary config dump: it takes no argument; a file is named with -c\n");
		return EXIT_USAGE;
	}
	plan = options_plan(o);
	if (plan == NULL)
		return EXIT_CONFIG;
	plan_dump(plan, stdout);
	plan_free(plan);
	return EXIT_DONE;
}

static int config_explain(int argument_count, char **arguments)
{
	if (argument_count > 2) {
		fprintf(stderr, "sigcanary config explain: name one key or section, or none for all\n");
		return EXIT_USAGE;
	}
	if (plan_explain_key(argument_count == 2 ? arguments[1] : "", stdout) || argument_count < 2)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary config explain: there is no key '%s'; 'sigcanary config explain' lists all\n", arguments[1]);
	return EXIT_USAGE;
}

int command_config(int argc, char **argv)
{
	struct options options;
	const char *what;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_DEFAULTS, &options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	what = rest < argc ? argv[rest] : "";
	if (strcmp(what, "dump") == 0) {
		code = config_dump(&options, argc - rest);
	} else if (strcmp(what, "schema") == 0) {
		plan_schema(stdout);
	} else if (strcmp(what, "explain") == 0) {
		code = config_explain(argc - rest, argv + rest);
	} else {
		fprintf(stderr, "sigcanary config: it takes 'dump', 'schema' or 'explain'; see 'sigcanary config --help'\n");
		code = EXIT_USAGE;
	}
	return output_close(stdout, "standard output") || code != EXIT_DONE ? code : EXIT_FAILED;
}

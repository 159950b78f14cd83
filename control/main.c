/* SPDX-License-Identifier: BSD-3-Clause */
/* sigcanary: finds the command in the table and calls it. The only place that ends the program. */
#include <stdio.h>
#include <string.h>

#include "config/schema.h"
#include "control/command/command.h"

struct command {
	const char *name;
	const char *arguments;
	const char *words;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define COMMAND(name, arguments, words) { #name, arguments, words, command_##name },
#include "control/command/command.def"
#undef COMMAND
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
	fprintf(out, "sigcanary %s: tells that subscribers fail to register before the subscribers do\n\n", SIGCANARY_VERSION);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  sigcanary %-10s %-27s %s\n", commands[i].name,
			strlen(commands[i].arguments) > 27 ? "..." : commands[i].arguments, commands[i].words);
	fprintf(out, "\n'sigcanary COMMAND --help' tells more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration invalid,\n"
		     "4 an input was unreadable or damaged, 5 no probe answers, 10 alarm (with --fail-on).\n");
}

int main(int argc, char **argv)
{
	struct closest closest = { .word = argc > 1 ? argv[1] : "" };

	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("sigcanary %s\n", SIGCANARY_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
		closest_offer(&closest, commands[i].name);
	}
	fprintf(stderr, "sigcanary: there is no command '%s'; ", argv[1]);
	if (closest.best != NULL)
		fprintf(stderr, "did you mean '%s'? ", closest.best);
	fputs("See 'sigcanary --help'\n", stderr);
	return EXIT_USAGE;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary completion bash`: what a shell needs to complete commands, their words and options. All of it is read from the help that each
 * command gives, so it says what this program takes, and nothing else.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "control/command/command.h"

struct completed {
	const char *name;
	const char *arguments;
	int (*run)(int argc, char **argv);
};

static const struct completed commands[] = {
#define COMMAND(name, arguments, words) { #name, arguments, command_##name },
#include "control/command/command.def"
#undef COMMAND
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The help of a command as text, the caller's; NULL without memory. The command prints it to what is standard output meanwhile. */
static char *help_take(const struct completed *c)
{
	char name[32];
	char option[] = "--help";
	char *arguments[] = { name, option, NULL };
	FILE *before = stdout;
	char *text = NULL;
	size_t length = 0;
	FILE *page = open_memstream(&text, &length);

	if (page == NULL)
		return NULL;
	snprintf(name, sizeof(name), "%s", c->name);
	stdout = page;
	c->run(2, arguments);
	stdout = before;
	fclose(page);
	return text;
}

/* The options at the beginnings of lines: "  -c, --config FILE   words". */
static void options_print(const char *help)
{
	for (const char *line = help; line != NULL && *line != '\0'; line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
		size_t blanks = strspn(line, " ");
		const char *at = line + blanks;

		if (blanks == 0 || at[0] != '-')
			continue;
		for (size_t length; at[0] == '-'; at += length + strspn(at + length, ", ")) {
			length = strcspn(at, " ,\n=");
			printf(" %.*s", (int)length, at);
		}
	}
}

/* Words of the usage in lower case: "list | show ID | ack ID". */
static void words_print(const char *arguments)
{
	for (const char *at = arguments; *at != '\0'; at++) {
		size_t length = 0;

		if (!islower((unsigned char)*at) || (at > arguments && strchr(" [|", at[-1]) == NULL))
			continue;
		while (islower((unsigned char)at[length]))
			length++;
		if (length > 1 && strncmp(at, "options", length) != 0 && strchr(" ]|", at[length]) != NULL)
			printf(" %.*s", (int)length, at);
		at += length - 1;
	}
}

static void bash_print(void)
{
	puts("# Completion of sigcanary for bash, made by 'sigcanary completion bash'.\n"
	     "_sigcanary()\n"
	     "{\n"
	     "\tlocal current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options= words=\n"
	     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	fputs("\t\tCOMPREPLY=($(compgen -W \"", stdout);
	for (size_t i = 0; i < COMMANDS; i++)
		printf("%s ", commands[i].name);
	puts("--help --version\" -- \"$current\"))\n\t\treturn\n\tfi\n\tcase $command in");
	for (size_t i = 0; i < COMMANDS; i++) {
		char *help = help_take(&commands[i]);

		printf("\t%s) options=\"", commands[i].name);
		if (help != NULL)
			options_print(help);
		fputs("\" words=\"", stdout);
		words_print(commands[i].arguments);
		puts("\" ;;");
		free(help);
	}
	puts("\tesac\n"
	     "\tcase $current in\n"
	     "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
	     "\t*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\")) ;;\n"
	     "\tesac\n"
	     "}\n"
	     "complete -o filenames -F _sigcanary sigcanary");
}

int command_completion(int argc, char **argv)
{
	struct options options;
	int rest = 0;
	int code = options_read(argc, argv, 0, &options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (argc - rest != 1 || strcmp(argv[rest], "bash") != 0) {
		fprintf(stderr, "sigcanary completion: name the shell: bash\n");
		return EXIT_USAGE;
	}
	bash_print();
	return output_close(stdout, "standard output") ? EXIT_DONE : EXIT_FAILED;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands share that ask a running probe: its socket, its answers as JSON, and how these are shown to people. */
#ifndef SIGCANARY_COMMAND_ASKING_H
#define SIGCANARY_COMMAND_ASKING_H

#include <jansson.h>
#include <stdbool.h>

#include "control/ask/ask.h"
#include "control/command/command.h"

struct asking {
	const char *command;
	struct options options;
	struct ask *ask;
	int argument_count; /* what is neither option nor its argument */
	char **arguments;
	bool has_color; /* of standard output */
};

/* Reads the options and finds the socket. EXIT_DONE, -1 after --help, or the exit code after one sentence. Close it in each case. */
int asking_open(struct asking *a, int argc, char **argv, unsigned int takes);
/* The same for options that were read already. */
int asking_connect(struct asking *a);
void asking_close(struct asking *a);

/* Flushes standard output; the exit code becomes EXIT_FAILED when that does not take everything. */
int asking_end(struct asking *a, int code);

/* EXIT_DONE with an answer, or the exit code after one sentence: EXIT_NOBODY when no probe answers. `json` as of ask(). */
int asking_do(struct asking *a, const char *method, const char *path, const char *json, struct ask_answer *ret);
/* GET of a JSON document, the caller's. */
int asking_json(struct asking *a, const char *path, json_t **ret);
/* The same where the probe may not know the path or have nothing there: NULL then, without a word, and EXIT_DONE. */
int asking_json_maybe(struct asking *a, const char *path, json_t **ret);

/* "/api/v1/incidents/", a word and "/pcap" as one path, the caller's; ends the program without memory. */
char *path_join(const char *before, const char *word, const char *after);

/* Machine output: a list as one line per item, anything else as one line. */
void json_print(const json_t *json);

/* Usage: one sentence that there is no such word for this command. */
int asking_usage(const struct asking *a, const char *words);

/*
 * Values of answers. What is absent is NULL, "" or the preset; text from the network has its control characters made harmless.
 */
const char *member_text(const json_t *object, const char *key);
double member_number(const json_t *object, const char *key, double preset);
/* A member of a member: "alarm.alarmId". */
const json_t *member_of(const json_t *object, const char *path);

/* A time of CONTRACT.md as "2012-07-11 12:05:10" (UTC), or its end only, "12:05:10". `text` holds 32. */
const char *time_words(const char *time, bool with_date, char *text);
/* "4.1 %", "" for a negative share. `text` holds 32. */
const char *share_words(double share, char *text);
/* 412 MiB. `text` holds 32. */
const char *bytes_words(double bytes, char *text);

/* Prints a text without its control characters, in columns of the terminal at least as wide as asked for. */
void text_print(const char *text, int width);
/* The same of a severity, in its colour. */
void severity_print(const struct asking *a, const char *severity, int width);

/* A table, printed with columns as wide as they have to be: at most TABLE_COLUMNS of them. */
#define TABLE_COLUMNS 10
struct table {
	size_t column_count;
	const char *heads[TABLE_COLUMNS];
	bool is_number[TABLE_COLUMNS];
	size_t severity_column; /* the one that is coloured; column_count: none */
	size_t row_count;
	char **cells; /* row by row */
};
/* Adds a row; cells are copied, NULL is "". */
void table_add(struct table *t, const char *const *cells);
void table_print(struct table *t, const struct asking *a);
void table_free(struct table *t);

#endif

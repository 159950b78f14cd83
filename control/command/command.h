/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of sigcanary, one function each, listed in command.def; and what several of them share. */
#ifndef SIGCANARY_COMMAND_H
#define SIGCANARY_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "config/plan.h"
#include "control/incident/incident.h"

/* Exit codes of CONTRACT.md. */
enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CONFIG = 3, EXIT_INPUT = 4, EXIT_NOBODY = 5, EXIT_ALARM = 10 };

#define COMMAND(name, arguments, words) int command_##name(int argc, char **argv);
#include "control/command/command.def"
#undef COMMAND

/* Settings that one run may change. */
#define SETS_MAX 64
/* Captures that `tail` reads. */
#define READS_MAX 64

/* The options that replay, run, bench and decode share. */
struct options {
	const char *config;         /* -c */
	bool is_json;               /* --json */
	bool clear_identities;      /* --clear-identities */
	bool is_quiet;              /* --quiet */
	const char *transactions;   /* --transactions FILE */
	const char *ticks;          /* --ticks FILE */
	const char *stats;          /* --stats FILE */
	const char *report;         /* --report FILE */
	const char *watch;          /* --watch FILE; NULL: the plan's */
	const char *baselines;      /* --baselines FILE; NULL: of run the plan\'s, else none */
	const char *sightings;      /* --sightings FILE; NULL: the plan's */
	unsigned int workers;       /* --workers N; 0: the plan's */
	double speed;               /* --speed X; 0: as fast as possible */
	double idle_s;              /* --exit-when-idle S; 0: never */
	double seconds;             /* --seconds S; 0: the command's own */
	size_t max_mib;             /* --max-mib N; 0: the command's own */
	size_t live;                /* --live N; 0: answers in the round of their requests */
	double line_rate;           /* --line-rate G; 0: the command's own */
	bool is_in_l3;              /* --working-set l3 */
	bool is_in_dram;            /* --working-set dram */
	bool no_huge;               /* --no-huge */
	const char *interface;      /* --iface NAME */
	const char *filter;         /* --filter EXPRESSION; NULL: every line */
	const char *truth;          /* --truth FILE; NULL: what lies beside the inputs */
	const char *sets[SETS_MAX]; /* --set KEY=VALUE */
	size_t set_count;
	bool is_compared;          /* --compare */
	bool is_served;            /* --serve */
	uint32_t frame;            /* --frame N; 0: not given */
	const char *evidence;      /* --evidence DIR; NULL: none */
	bool is_redacted;          /* --redact */
	const char *const *inputs; /* the captures, for headings */
	size_t input_count;
	enum incident_severity fail_on; /* --fail-on SEVERITY; SEVERITY_CLEARED: never */
	const char *socket;             /* --socket PATH; NULL: the configuration's, else the usual place */
	const char *reads[READS_MAX];   /* --read FILE */
	size_t read_count;
	const char *fields;       /* --fields LIST */
	const char *format;       /* --format text, json or tsv */
	size_t lines;             /* --lines N; 0: all */
	const char *message;      /* --message TEXT */
	const char *output;       /* --output FILE */
	const char *root;         /* --root DIR */
	const char *table_format; /* --table csv, tsv or ndjson; NULL: csv */
	double period_s;          /* --period S; 0: the command's own */
	/* What only tail sets: where the lines of transactions go instead of a file; nothing else is written then, whatever the plan names.
	 */
	FILE *transaction_sink;
	bool is_report_only; /* what only report sets: nothing but the report is written, whatever the plan names */
};

/* Which of them a command takes: bits of this. */
enum option_set {
	TAKES_CONFIG = 1 << 0,
	TAKES_JSON = 1 << 1,
	TAKES_IDENTITIES = 1 << 2,
	TAKES_TRANSACTIONS = 1 << 3,
	TAKES_TICKS = 1 << 4,
	TAKES_STATS = 1 << 5,
	TAKES_REPORT = 1 << 6,
	TAKES_WORKERS = 1 << 7,
	TAKES_SPEED = 1 << 8,
	TAKES_IDLE = 1 << 9,
	TAKES_SECONDS = 1 << 10,
	TAKES_INTERFACE = 1 << 11,
	TAKES_FAIL_ON = 1 << 12,
	TAKES_QUIET = 1 << 13,
	TAKES_DEFAULTS = 1 << 14,
	TAKES_MAX_MIB = 1 << 15,
	TAKES_LOAD = 1 << 16,
	TAKES_WATCH = 1 << 17,
	TAKES_SIGHTINGS = 1 << 18,
	TAKES_FILTER = 1 << 19,
	TAKES_FRAME = 1 << 20,
	TAKES_BACKTEST = 1 << 21,
	TAKES_BASELINES = 1 << 22,
	TAKES_SERVE = 1 << 23,
	TAKES_EVIDENCE = 1 << 24,
	TAKES_EXPORT = 1 << 25,
	TAKES_PROBE = 1 << 26,
	TAKES_TAIL = 1 << 27,
	TAKES_REMARK = 1 << 28,
	TAKES_OUTPUT = 1 << 29,
	TAKES_ROOT = 1 << 30,
};

/*
 * Reads the options of `command` (argv[0] is its name). Returns EXIT_DONE with *ret_rest the index of the first other argument; EXIT_USAGE
 * after one sentence on standard error; or -1 when --help was asked for and has been printed.
 */
int options_read(int argc, char **argv, unsigned int takes, struct options *ret, int *ret_rest);

/* The plan of --config, or the embedded one, with what the options say otherwise; NULL after all mistakes were printed. */
struct plan *options_plan(const struct options *o);
/* The same, with the mistakes on another stream than standard error. */
struct plan *options_plan_tell(const struct options *o, FILE *errors);

/* Opens a file for writing, "-" being standard output; NULL after one sentence. */
FILE *output_open(const char *path);
/* The same to add at the end of what is there. */
FILE *output_append(const char *path);
/* Closes it; false after one sentence when what was written did not reach it. */
bool output_close(FILE *file, const char *path);

/* What `replay` does with these options; also `tail` of captures. SIGINT ends it early, as replay_stop() does from a sink. */
int replay_run(const struct options *options);
/* The same of `backtest`. */
int backtest_run(const struct options *options);
void replay_stop(void);

/* One line of usage and the sentence of a command, from command.def. */
void command_help(const char *name, unsigned int takes, FILE *out);

#endif

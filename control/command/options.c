/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options that several commands share, as one table: which command takes which, in what words. Called by the commands before
 * anything runs; bad usage is one sentence on standard error and exit code 2.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/schema.h"
#include "control/command/command.h"
#include "control/incident/text.h"
#include "dataplane/worker/worker.h"

/* Those below OPTION_FIRST are the letters of short options. */
enum option_id {
	OPTION_CONFIG = 'c',
	OPTION_HELP = 'h',
	OPTION_LINES = 'n',
	OPTION_MESSAGE = 'm',
	OPTION_OUTPUT = 'o',
	OPTION_READ = 'r',
	OPTION_FIRST = 256
};

struct option_row {
	const char *name;
	const char *argument; /* NULL: none */
	const char *words;
	unsigned int taken_with;
	int id;
};

static const struct option_row rows[] = {
	{ "config", "FILE", "configuration; without it everything is discovered", TAKES_CONFIG, OPTION_CONFIG },
	{ "json", NULL, "machine output: one JSON object per line", TAKES_JSON, OPTION_FIRST },
	{ "clear-identities", NULL, "IMSI and MSISDN in clear instead of keyed pseudonyms", TAKES_IDENTITIES, OPTION_FIRST + 1 },
	{ "transactions", "FILE", "one JSON line per finished transaction", TAKES_TRANSACTIONS, OPTION_FIRST + 2 },
	{ "ticks", "FILE", "the counts that the detector saw, as CSV", TAKES_TICKS, OPTION_FIRST + 3 },
	{ "stats", "FILE", "what became of every packet, as JSON", TAKES_STATS, OPTION_FIRST + 4 },
	{ "report", "FILE", "self-contained HTML report", TAKES_REPORT, OPTION_FIRST + 5 },
	{ "workers", "N", "decode cores, 1 to 64; the output is the same for every N", TAKES_WORKERS, OPTION_FIRST + 6 },
	{ "speed", "X", "0.001 to 1000000, 1 is real time; default as fast as possible", TAKES_SPEED, OPTION_FIRST + 7 },
	{ "exit-when-idle", "S", "end after S seconds without a frame", TAKES_IDLE, OPTION_FIRST + 8 },
	{ "seconds", "S", "end after S seconds", TAKES_SECONDS, OPTION_FIRST + 9 },
	{ "iface", "NAME", "kernel interface to listen on through libpcap", TAKES_INTERFACE, OPTION_FIRST + 10 },
	{ "fail-on", "SEVERITY", "exit with 10 when an alarm of at least warning, minor, major or critical was raised", TAKES_FAIL_ON,
	  OPTION_FIRST + 11 },
	{ "quiet", NULL, "no progress, no summary", TAKES_QUIET, OPTION_FIRST + 12 },
	{ "defaults", NULL, "the embedded defaults (what is dumped without -c)", TAKES_DEFAULTS, OPTION_FIRST + 13 },
	{ "max-mib", "N", "memory that the captures may take (default 1024)", TAKES_MAX_MIB, OPTION_FIRST + 14 },
	{ "live", "N", "keep N transactions open all the time: answers come that much later", TAKES_LOAD, OPTION_FIRST + 15 },
	{ "line-rate", "G", "let the packets' clock go as if they came at G Gbit/s (default 10 with --live)", TAKES_LOAD,
	  OPTION_FIRST + 16 },
	{ "working-set", "CACHE", "l3: the packets have to fit into it; dram: as many copies of them that they do not", TAKES_LOAD,
	  OPTION_FIRST + 17 },
	{ "no-huge", NULL, "no huge pages, whatever this machine offers", TAKES_LOAD, OPTION_FIRST + 18 },
	{ "watch", "FILE", "watch list of subscribers and strings, looked for in every message", TAKES_WATCH, OPTION_FIRST + 19 },
	{ "sightings", "FILE", "one JSON line per sighting of the watch list", TAKES_SIGHTINGS, OPTION_FIRST + 20 },
	{ "filter", "EXPRESSION", "only lines that it is true of, such as 'proto==map && op==updateLocation && imsi=~^23410'", TAKES_FILTER,
	  OPTION_FIRST + 21 },
	{ "baselines", "FILE", "what is usual, taken from here and kept there", TAKES_BASELINES, OPTION_FIRST + 40 },
	{ "serve", NULL, "page, answers, metrics and outlets of the configuration as of a live probe, until interrupted", TAKES_SERVE,
	  OPTION_FIRST + 41 },
	{ "frame", "N", "the frame to explain, from 1 as Wireshark counts", TAKES_FRAME, OPTION_FIRST + 22 },
	{ "set", "KEY=VALUE", "also judge with this setting, and show both side by side; may be given several times", TAKES_BACKTEST,
	  OPTION_FIRST + 23 },
	{ "compare", NULL, "also judge by three rules that operators use, and show all side by side", TAKES_BACKTEST, OPTION_FIRST + 24 },
	{ "truth", "FILE", "what really happened, as lab writes it; default FILE.truth.json beside the counts", TAKES_BACKTEST,
	  OPTION_FIRST + 25 },
	{ "socket", "PATH", "socket of the probe; default api.socket of the configuration, else the usual place", TAKES_PROBE,
	  OPTION_FIRST + 60 },
	{ "read", "FILE", "a capture instead of the running probe; may be given several times", TAKES_TAIL, OPTION_READ },
	{ "fields", "LIST", "what of a line is shown, such as time,procedure,outcome,server", TAKES_TAIL, OPTION_FIRST + 61 },
	{ "format", "FORMAT", "text, json or tsv; default text", TAKES_TAIL, OPTION_FIRST + 62 },
	{ "lines", "N", "end after N lines", TAKES_TAIL, OPTION_LINES },
	{ "message", "TEXT", "what is to be remembered beside the alarm", TAKES_REMARK, OPTION_MESSAGE },
	{ "output", "FILE", "where the file goes instead of this folder; '-' is standard output", TAKES_OUTPUT, OPTION_OUTPUT },
	{ "output", "FILE", "where the table goes; default standard output", TAKES_EXPORT, OPTION_OUTPUT },
	{ "table", "FORM", "csv, tsv or ndjson; default csv", TAKES_EXPORT, OPTION_FIRST + 70 },
	{ "period", "S", "length of the periods of key figures; default 900", TAKES_EXPORT, OPTION_FIRST + 71 },
	{ "root", "DIR", "look at the files below DIR instead of /, such as a copy of another machine's", TAKES_ROOT, OPTION_FIRST + 63 },
	{ "evidence", "DIR", "a capture (pcapng) of the packets around each incident, into this folder", TAKES_EVIDENCE,
	  OPTION_FIRST + 80 },
	{ "redact", NULL, "overwrite subscribers' digits in the captures of --evidence", TAKES_EVIDENCE, OPTION_FIRST + 81 },
	{ "help", NULL, "this text", ~0U, OPTION_HELP },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct command_row {
	const char *name;
	const char *arguments;
	const char *words;
};

static const struct command_row commands[] = {
#define COMMAND(name, arguments, words) { #name, arguments, words },
#include "control/command/command.def"
#undef COMMAND
};

void command_help(const char *name, unsigned int takes, FILE *out)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			fprintf(out, "usage: sigcanary %s %s\n%s\n\n", name, commands[i].arguments, commands[i].words);
	}
	for (size_t i = 0; i < ROWS; i++) {
		const char letter[] = { '-', (char)rows[i].id, ',', ' ', '\0' };
		char left[64];

		if ((rows[i].taken_with & takes) == 0 && rows[i].taken_with != ~0U)
			continue;
		snprintf(left, sizeof(left), "%s--%s%s%s", rows[i].id < OPTION_FIRST ? letter : "    ", rows[i].name,
			 rows[i].argument != NULL ? " " : "", rows[i].argument != NULL ? rows[i].argument : "");
		fprintf(out, "  %-28s %s\n", left, rows[i].words);
	}
}

static bool number_read(const char *text, double lowest, double highest, double *ret)
{
	char *end = NULL;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(value >= lowest && value <= highest))
		return false;
	*ret = value;
	return true;
}

/* A whole number from 1. */
static bool size_read(const char *text, double highest, size_t *ret)
{
	double number;

	if (!number_read(text, 1, highest, &number) || number != (double)(size_t)number)
		return false;
	*ret = (size_t)number;
	return true;
}

static bool severity_read(const char *text, enum incident_severity *ret)
{
	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++) {
		if (strcmp(text, incident_severity_name((enum incident_severity)s)) == 0) {
			*ret = (enum incident_severity)s;
			return true;
		}
	}
	return false;
}

/* Where an option whose argument is taken as it is goes; NULL for others. */
static const char **text_of(struct options *o, int id)
{
	switch (id) {
	case OPTION_CONFIG:
		return &o->config;
	case OPTION_FIRST + 2:
		return &o->transactions;
	case OPTION_FIRST + 3:
		return &o->ticks;
	case OPTION_FIRST + 4:
		return &o->stats;
	case OPTION_FIRST + 5:
		return &o->report;
	case OPTION_FIRST + 10:
		return &o->interface;
	case OPTION_FIRST + 19:
		return &o->watch;
	case OPTION_FIRST + 20:
		return &o->sightings;
	case OPTION_FIRST + 21:
		return &o->filter;
	case OPTION_FIRST + 40:
		return &o->baselines;
	case OPTION_FIRST + 25:
		return &o->truth;
	case OPTION_FIRST + 80:
		return &o->evidence;
	case OPTION_FIRST + 60:
		return &o->socket;
	case OPTION_FIRST + 61:
		return &o->fields;
	case OPTION_FIRST + 63:
		return &o->root;
	case OPTION_MESSAGE:
		return &o->message;
	case OPTION_OUTPUT:
		return &o->output;
	default:
		return NULL;
	}
}

/* What an option without an argument sets; NULL for others. */
static bool *flag_of(struct options *o, int id)
{
	switch (id) {
	case OPTION_FIRST:
		return &o->is_json;
	case OPTION_FIRST + 1:
		return &o->clear_identities;
	case OPTION_FIRST + 12:
		return &o->is_quiet;
	case OPTION_FIRST + 18:
		return &o->no_huge;
	case OPTION_FIRST + 24:
		return &o->is_compared;
	case OPTION_FIRST + 41:
		return &o->is_served;
	case OPTION_FIRST + 81:
		return &o->is_redacted;
	default:
		return NULL;
	}
}

/* Takes one option; false when its argument is not acceptable. */
static bool option_take(struct options *o, int id, const char *argument)
{
	const char **text = text_of(o, id);
	bool *flag = flag_of(o, id);
	size_t number = 0;

	if (text != NULL)
		*text = argument;
	if (flag != NULL)
		*flag = true;
	if (text != NULL || flag != NULL)
		return true;
	switch (id) {
	case OPTION_FIRST + 6:
		if (!size_read(argument, WORKERS_MAX, &number))
			return false;
		o->workers = (unsigned int)number;
		return true;
	case OPTION_FIRST + 7:
		return number_read(argument, 0.001, 1e6, &o->speed);
	case OPTION_FIRST + 8:
		return number_read(argument, 0.1, 1e9, &o->idle_s);
	case OPTION_FIRST + 9:
		return number_read(argument, 0.1, 1e9, &o->seconds);
	case OPTION_FIRST + 11:
		return severity_read(argument, &o->fail_on);
	case OPTION_FIRST + 13:
		return true;
	case OPTION_FIRST + 14:
		return size_read(argument, 1 << 20, &o->max_mib);
	case OPTION_FIRST + 15:
		return size_read(argument, 1e8, &o->live);
	case OPTION_FIRST + 16:
		return number_read(argument, 0.001, 1000, &o->line_rate);
	case OPTION_FIRST + 17:
		o->is_in_l3 = strcmp(argument, "l3") == 0;
		o->is_in_dram = strcmp(argument, "dram") == 0;
		return o->is_in_l3 || o->is_in_dram;
	case OPTION_FIRST + 22:
		if (!size_read(argument, UINT32_MAX, &number))
			return false;
		o->frame = (uint32_t)number;
		return true;
	case OPTION_FIRST + 23:
		if (o->set_count == SETS_MAX)
			return false;
		o->sets[o->set_count++] = argument;
		return true;
	case OPTION_FIRST + 62:
		o->format = argument;
		return strcmp(argument, "text") == 0 || strcmp(argument, "json") == 0 || strcmp(argument, "tsv") == 0;
	case OPTION_FIRST + 70:
		o->table_format = argument;
		return strcmp(argument, "csv") == 0 || strcmp(argument, "tsv") == 0 || strcmp(argument, "ndjson") == 0;
	case OPTION_FIRST + 71:
		return number_read(argument, 1, 86400, &o->period_s) && o->period_s == (double)(int64_t)o->period_s;
	case OPTION_LINES:
		return size_read(argument, 1e12, &o->lines);
	case OPTION_READ:
		if (o->read_count == READS_MAX)
			return false;
		o->reads[o->read_count++] = argument;
		return true;
	default:
		return false;
	}
}

static const char *option_name(int id)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].id == id)
			return rows[i].name;
	}
	return "";
}

/* Says what is wrong with a word that is no option here, or lacks its argument. */
static void option_refuse(const char *command, const char *word, bool is_unknown, const struct option *longs)
{
	char name[64];
	struct closest closest = { .word = name };

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + strspn(word, "-"), "="), word + strspn(word, "-"));
	fprintf(stderr, "sigcanary %s: %s '%s'; ", command, is_unknown ? "unknown option" : "missing argument of", word);
	for (; is_unknown && strncmp(word, "--", 2) == 0 && longs->name != NULL; longs++)
		closest_offer(&closest, longs->name);
	if (closest.best != NULL)
		fprintf(stderr, "did you mean '--%s'? ", closest.best);
	fprintf(stderr, "See 'sigcanary %s --help'\n", command);
}

int options_read(int argc, char **argv, unsigned int takes, struct options *ret, int *ret_rest)
{
	struct option longs[ROWS + 1] = { 0 };
	char shorts[2 * ROWS + 2] = ":";
	size_t count = 0;
	size_t letters = 1;
	int id;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < ROWS; i++) {
		if ((rows[i].taken_with & takes) == 0 && rows[i].taken_with != ~0U)
			continue;
		longs[count++] = (struct option){ rows[i].name, rows[i].argument != NULL ? required_argument : no_argument, NULL,
						  rows[i].id };
		if (rows[i].id >= OPTION_FIRST)
			continue;
		shorts[letters++] = (char)rows[i].id;
		if (rows[i].argument != NULL)
			shorts[letters++] = ':';
	}
	optind = 1;
	opterr = 0;
	while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (id == OPTION_HELP) {
			command_help(argv[0], takes, stdout);
			return -1;
		}
		if (id == '?' || id == ':') {
			option_refuse(argv[0], argv[optind - 1], id == '?', longs);
			return EXIT_USAGE;
		}
		if (!option_take(ret, id, optarg)) {
			fprintf(stderr, "sigcanary %s: '%s' is not acceptable for --%s; see 'sigcanary %s --help'\n", argv[0], optarg,
				option_name(id), argv[0]);
			return EXIT_USAGE;
		}
	}
	*ret_rest = optind;
	return EXIT_DONE;
}

struct plan *options_plan(const struct options *o)
{
	return options_plan_tell(o, stderr);
}

struct plan *options_plan_tell(const struct options *o, FILE *errors)
{
	struct plan *plan = o->config != NULL ? plan_read(o->config, errors) : plan_default();

	if (plan == NULL)
		return NULL;
	if (o->watch != NULL)
		plan->watch_file = o->watch;
	if (o->baselines != NULL)
		plan->detection.baselines_file = o->baselines;
	if (o->sightings != NULL)
		plan->sightings_file = o->sightings;
	return plan;
}

static FILE *output_complain(FILE *file, const char *path)
{
	if (file == NULL)
		fprintf(stderr, "sigcanary: cannot write %s: %s; choose another place or mend its permissions\n", path, strerror(errno));
	return file;
}

FILE *output_open(const char *path)
{
	return output_complain(strcmp(path, "-") == 0 ? stdout : fopen(path, "we"), path);
}

FILE *output_append(const char *path)
{
	return output_complain(fopen(path, "ae"), path);
}

bool output_close(FILE *file, const char *path)
{
	bool had_failed;
	bool is_whole;

	if (file == NULL)
		return true;
	had_failed = ferror(file) != 0;
	errno = 0;
	is_whole = fflush(file) == 0 && !had_failed;
	if (file != stdout && fclose(file) != 0)
		is_whole = false;
	/* The reason of a write that failed long ago is not known any more; a full disk is the usual one. */
	if (!is_whole)
		fprintf(stderr, "sigcanary: what was written to %s is not whole: %s; mend that and run again\n", path,
			errno != 0 ? strerror(errno) : "a write failed, is the disk full?");
	return is_whole;
}

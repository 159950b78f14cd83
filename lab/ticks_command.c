/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary lab SCENARIO --ticks-only [options] -o FILE`: a run of the simulator of ticks into a tick file, the truth beside it. Exit
 * codes of the contract: 0 done, 1 the file could not be written, 2 wrong usage.
 *
 * Options that shape a fault (--from, --until, --ramp, --flap, --only, --demand) belong to the --fault before them.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "control/sink/ticks.h"
#include "lab/scenario.h"
#include "lab/ticks.h"

#define EXIT_USAGE     2
#define PROGRESS_TICKS 1024

enum value_kind {
	VALUE_NUMBER,
	VALUE_FLAG,
	VALUE_SEED,
	VALUE_TICK,
	VALUE_START,
	VALUE_SIZE,
	VALUE_PROCEDURES,
	VALUE_FAULT,
	VALUE_FROM,
	VALUE_UNTIL,
	VALUE_RAMP,
	VALUE_FLAP,
	VALUE_ONLY,
	VALUE_DEMAND,
	VALUE_OUTPUT,
	VALUE_TRUTH,
	VALUE_QUIET,
	VALUE_TICKS,
	VALUE_HELP
};

struct command {
	struct lab_ticks_options options;
	const char *output, *truth;
	bool is_quiet, wants_help;
};

#define FIELD(name) offsetof(struct lab_ticks_options, name)

static const struct option_row {
	const char *name;
	enum value_kind kind;
	size_t offset;
	const char *value, *words;
} rows[] = {
	{ "ticks-only", VALUE_TICKS, 0, NULL, "no packets: counts by tick, for hours, days and months" },
	{ "output", VALUE_OUTPUT, 0, "FILE", "tick file to write (-o), '-' is standard output; the truth goes to FILE.truth.json" },
	{ "truth", VALUE_TRUTH, 0, "FILE", "where the truth goes instead" },
	{ "seconds", VALUE_NUMBER, FIELD(seconds), "N", "length of the run (the story's own, and what comes before its onset)" },
	{ "seed", VALUE_SEED, 0, "N", "same seed, same bytes (1)" },
	{ "rate", VALUE_NUMBER, FIELD(rate), "N", "requests per second, mean of a working day (150; month 300)" },
	{ "subscribers", VALUE_NUMBER, FIELD(subscribers), "N", "active subscribers (200000)" },
	{ "user-rejects", VALUE_NUMBER, FIELD(user_rejects), "P", "updates refused for the subscriber's own reasons (0.04)" },
	{ "onset", VALUE_NUMBER, FIELD(onset_s), "S", "start of the story in seconds (an hour, or a third of a short run)" },
	{ "tick", VALUE_TICK, 0, "S", "length of a tick (0.2; month 1)" },
	{ "start", VALUE_START, 0, "EPOCH", "first second, UTC" },
	{ "size", VALUE_SIZE, 0, "SIZE", "small (1,000 streams), medium (4,500) or large (17,000)" },
	{ "only-procedures", VALUE_PROCEDURES, 0, "NAMES", "what is asked at all, for example map.updateLocation,s6a.ulr" },
	{ "noise", VALUE_NUMBER, FIELD(noise), "X", "of all that is uneven: 1 as usual, 0 none" },
	{ "blips", VALUE_NUMBER, FIELD(blips_a_day), "N", "short failures of one front end a day (month 16, else 0)" },
	{ "no-changes", VALUE_FLAG, FIELD(without_changes), NULL, "month without the changes of a healthy network" },
	{ "fault", VALUE_FAULT, 0, "SCOPE:EFFECT:N", "adds a fault, see below" },
	{ "from", VALUE_FROM, 0, "S", "start of the fault before it (the onset)" },
	{ "until", VALUE_UNTIL, 0, "S", "end of it (the end of the run)" },
	{ "ramp", VALUE_RAMP, 0, "S", "it grows from nothing during this time" },
	{ "flap", VALUE_FLAP, 0, "ON/OFF", "it comes for ON and goes for OFF seconds" },
	{ "only", VALUE_ONLY, 0, "NAMES", "it hits these procedures" },
	{ "demand", VALUE_DEMAND, 0, "WORD", "what must be said about it: page, ticket or silent; goes to the truth" },
	{ "quiet", VALUE_QUIET, 0, NULL, "no progress bar" },
	{ "help", VALUE_HELP, 0, NULL, "this page" },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))
#define FIRST_ROW 256

static void help_print(FILE *f)
{
	fputs("usage: sigcanary lab SCENARIO --ticks-only [options] -o FILE\n\nA simulated mobile operator with a known fault, as "
	      "ticks.\n\n"
	      "scenarios:\n  month                 thirty days of a healthy network from a cold start, and all that changes in it; "
	      "silent\n",
	      f);
	for (size_t i = 0; scenario_at(i) != NULL; i++)
		fprintf(f, "  %-21s %s; %s\n", scenario_at(i)->name, scenario_at(i)->words,
			scenario_demand_name(scenario_demand(scenario_at(i))));
	fputs("\noptions:\n", f);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		char left[48];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].value == NULL ? "" : rows[i].value);
		fprintf(f, "  %-29s %s\n", left, rows[i].words);
	}
	fputs("\nfaults:\n"
	      "  SCOPE   as without --ticks-only, with more nodes; and bucket=N, bucket=N-M (of 64 by hash), digit=D (the last one of the "
	      "IMSI)\n"
	      "  EFFECT  as without --ticks-only; and volume, storm (the same again and again), slow: N is a factor\n"
	      "  N       a share of the requests in scope, 0 to 1, or a factor\n",
	      f);
}

static bool number_parse(const char *text, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(value) || value < 0)
		return false;
	*ret = value;
	return true;
}

static bool seed_parse(const char *text, uint64_t *ret)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
		return false;
	*ret = value;
	return true;
}

static bool word_parse(const char *text, const char *const *words, int *ret)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static bool fault_add(struct command *c, const char *text, char error[LAB_ERROR_MAX])
{
	struct lab_ticks_fault f;

	if (c->options.fault_count == LAB_TICKS_FAULTS_MAX) {
		snprintf(error, LAB_ERROR_MAX, "at most %d --fault", LAB_TICKS_FAULTS_MAX);
		return false;
	}
	if (!lab_ticks_fault_parse(text, &f, error))
		return false;
	c->options.faults[c->options.fault_count++] = f;
	return true;
}

/* What shapes the last fault. */
static bool fault_shape(struct command *c, const struct option_row *row, const char *text, char error[LAB_ERROR_MAX])
{
	static const char *const demands[] = { "silent", "ticket", "page", NULL };
	struct lab_ticks_fault *f = c->options.fault_count == 0 ? NULL : &c->options.faults[c->options.fault_count - 1];
	double number = 0;
	int word = 0, read = 0;
	bool is_understood = false;

	if (f == NULL) {
		snprintf(error, LAB_ERROR_MAX, "--%s belongs to the --fault before it", row->name);
		return false;
	}
	if (row->kind == VALUE_ONLY)
		return lab_ticks_procedures_parse(text, &f->fault.procedures, error);
	if (row->kind == VALUE_FLAP)
		is_understood = sscanf(text, "%lf/%lf%n", &f->flap_on_s, &f->flap_off_s, &read) == 2 && text[read] == '\0' &&
				f->flap_on_s > 0 && f->flap_off_s > 0;
	else if (row->kind == VALUE_DEMAND)
		is_understood = word_parse(text, demands, &word);
	else
		is_understood = number_parse(text, &number);
	if (row->kind == VALUE_DEMAND)
		f->demand = (enum lab_demand)word;
	if (row->kind == VALUE_FROM)
		f->fault.from_s = number;
	if (row->kind == VALUE_UNTIL)
		f->fault.until_s = number;
	if (row->kind == VALUE_RAMP)
		lab_ticks_fault_ramp(f, number);
	if (!is_understood)
		snprintf(error, LAB_ERROR_MAX, "--%s: '%.60s' is nothing it can take", row->name, text);
	return is_understood;
}

static bool value_set(struct command *c, const struct option_row *row, const char *text, char error[LAB_ERROR_MAX])
{
	static const char *const sizes[] = { "usual", "small", "medium", "large", NULL };
	char *field = (char *)&c->options + row->offset;
	double number = 0;
	int word = 0;
	bool is_understood = true;

	switch (row->kind) {
	case VALUE_FLAG:
		memcpy(field, &(bool){ true }, sizeof(bool));
		return true;
	case VALUE_NUMBER:
		is_understood = number_parse(text, &number);
		if (is_understood)
			memcpy(field, &number, sizeof(number));
		break;
	case VALUE_TICK:
		is_understood = number_parse(text, &number) && number <= 1e6;
		c->options.tick = (nanos)(number * 1e3 + 0.5) * NANOS_PER_MS;
		break;
	case VALUE_START:
		is_understood = number_parse(text, &number) && number <= 4e9;
		c->options.start = (nanos)number * NANOS_PER_S;
		break;
	case VALUE_SEED:
		is_understood = seed_parse(text, &c->options.seed);
		break;
	case VALUE_SIZE:
		is_understood = word_parse(text, sizes, &word);
		c->options.size = (enum lab_ticks_size)word;
		break;
	case VALUE_PROCEDURES:
		return lab_ticks_procedures_parse(text, &c->options.procedures, error);
	case VALUE_FAULT:
		return fault_add(c, text, error);
	case VALUE_FROM:
	case VALUE_UNTIL:
	case VALUE_RAMP:
	case VALUE_FLAP:
	case VALUE_ONLY:
	case VALUE_DEMAND:
		return fault_shape(c, row, text, error);
	case VALUE_OUTPUT:
		c->output = text;
		return true;
	case VALUE_TRUTH:
		c->truth = text;
		return true;
	case VALUE_QUIET:
		c->is_quiet = true;
		return true;
	case VALUE_HELP:
		c->wants_help = true;
		return true;
	case VALUE_TICKS:
		return true;
	}
	if (!is_understood)
		snprintf(error, LAB_ERROR_MAX, "--%s: '%.60s' is nothing it can take", row->name, text);
	return is_understood;
}

/* Fills the command from its words; false and a sentence when they are wrong. */
static bool command_parse(struct command *c, int argc, char **argv, char error[LAB_ERROR_MAX])
{
	struct option longs[ROW_COUNT + 1] = { { 0 } };
	int chosen;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].value == NULL ? no_argument : required_argument;
		longs[i].val = FIRST_ROW + (int)i;
	}
	optind = 0;
	opterr = 0;
	while ((chosen = getopt_long(argc, argv, ":o:h", longs, NULL)) != -1) {
		if (chosen == 'o') {
			c->output = optarg;
		} else if (chosen == 'h') {
			c->wants_help = true;
		} else if (chosen >= FIRST_ROW) {
			if (!value_set(c, &rows[chosen - FIRST_ROW], optarg, error))
				return false;
		} else {
			snprintf(error, LAB_ERROR_MAX, "%s '%.60s'",
				 chosen == ':' ? "a value is missing after" : "unknown option of --ticks-only", argv[optind - 1]);
			return false;
		}
	}
	if (c->wants_help)
		return true;
	if (argc - optind != 1) {
		snprintf(error, LAB_ERROR_MAX, argc == optind ? "which scenario? --help lists them" : "one scenario, please");
		return false;
	}
	c->options.scenario = argv[optind];
	if (c->output == NULL)
		snprintf(error, LAB_ERROR_MAX, "where to? -o FILE, or -o - for standard output");
	return c->output != NULL;
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void progress_print(double done)
{
	char bar[41];

	for (int i = 0; i < 40; i++)
		bar[i] = i < done * 40 ? '#' : '.';
	bar[40] = '\0';
	fprintf(stderr, "\r%s %3.0f %%", bar, 100 * done);
}

static void notices_write(struct tick_writer *w, const struct lab_ticks *l)
{
	size_t count;
	const struct lab_ticks_notice *notices = lab_ticks_notices(l, &count);

	for (size_t i = 0; i < count; i++) {
		struct outcome o = lab_ticks_notice_outcome(&notices[i]);

		tick_write_outcome(w, &o);
	}
}

/* Returns 0 or a negative errno. */
static int ticks_write(const struct command *c, struct lab_ticks *l, const struct plan *plan, FILE *f)
{
	struct tick_writer w = { .out = f, .plan = plan, .name_of = lab_ticks_name, .names = l };
	bool is_watched = !c->is_quiet && isatty(STDERR_FILENO), is_drawn = false;
	double started = is_watched ? seconds_now() : 0;
	struct tally tally;

	for (uint64_t i = 1; !ferror(f) && lab_ticks_next(l, &tally); i++) {
		notices_write(&w, l);
		tick_write(&w, &tally, NULL);
		if (!is_watched || i % PROGRESS_TICKS != 0 || seconds_now() < started + 1)
			continue;
		is_drawn = true;
		progress_print(lab_ticks_done(l));
	}
	if (is_drawn)
		fputs("\r\033[K", stderr);
	return ferror(f) ? -EIO : lab_ticks_done(l) < 1 ? -ENOMEM : 0;
}

static int truth_put(const struct command *c, const struct lab_ticks *l)
{
	char path[4096];
	int failed;

	if (c->truth == NULL && strcmp(c->output, "-") == 0)
		return 0;
	if (c->truth != NULL)
		snprintf(path, sizeof(path), "%s", c->truth);
	else
		snprintf(path, sizeof(path), "%s.truth.json", c->output);
	failed = lab_ticks_truth_write(l, path);
	if (failed != 0)
		fprintf(stderr, "sigcanary lab: cannot write %s: %s\n", path, strerror(-failed));
	return failed == 0 ? 0 : 1;
}

static int output_write(const struct command *c, struct lab_ticks *l, const struct plan *plan)
{
	bool is_standard = strcmp(c->output, "-") == 0;
	FILE *f = is_standard ? stdout : fopen(c->output, "we");
	int failed;

	if (f == NULL) {
		fprintf(stderr, "sigcanary lab: cannot write %s: %s\n", c->output, strerror(errno));
		return 1;
	}
	failed = ticks_write(c, l, plan, f);
	if ((is_standard ? fflush(f) : fclose(f)) != 0 && failed == 0)
		failed = -errno;
	if (failed != 0)
		fprintf(stderr, "sigcanary lab: cannot write %s: %s\n", c->output, strerror(-failed));
	return failed != 0 ? 1 : truth_put(c, l);
}

static int command_run(const struct command *c)
{
	char error[LAB_ERROR_MAX];
	struct lab_ticks *l = lab_ticks_open(&c->options, error);
	int code = l == NULL && errno == EINVAL ? EXIT_USAGE : 1;
	struct plan *plan = plan_default();

	if (l == NULL || plan == NULL) {
		fprintf(stderr, "sigcanary lab: %s\n", l == NULL ? error : "not enough memory");
	} else {
		struct plan named = *plan;

		lab_ticks_plan(l, &named);
		code = output_write(c, l, &named);
	}
	plan_free(plan);
	lab_ticks_close(l);
	return code;
}

int lab_ticks_command(int argc, char **argv)
{
	struct command c = { 0 };
	char error[LAB_ERROR_MAX];

	lab_ticks_options_default(&c.options);
	if (!command_parse(&c, argc, argv, error)) {
		fprintf(stderr, "sigcanary lab: %s\n", error);
		return EXIT_USAGE;
	}
	if (c.wants_help) {
		help_print(stdout);
		return 0;
	}
	return command_run(&c);
}

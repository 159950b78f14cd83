/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary backtest`: recorded ticks, or counts from anywhere, through the very same detector and incidents as a live probe, as fast as
 * they can be read. With --set a second detector with other settings judges the same ticks beside the first, with --compare three rules
 * that operators use; one pass serves all, so standard input will do. One thread.
 *
 * What could not be read is said with its file and line; the rest is judged, and the exit code is 4.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "control/command/backtest_print.h"
#include "control/command/command.h"
#include "control/incident/text.h"
#include "control/sink/report.h"
#include "control/store/baselines.h"
#include "control/tick/engine.h"
#include "control/tick/tick_input.h"

/* The detector with one set of settings. */
struct contest {
	struct plan *plan;
	struct engine *engine;
	struct tale tale;
};

struct backtest {
	struct options options;
	struct contest configured, other; /* the other one only with --set */
	struct stream_names *names;
	struct tick_input *input;
	struct rules *rules;
	struct truth truth;
	struct alarm_writer alarms;
	struct pseudonym pseudonym;
	struct report *report;
	FILE *report_out;
	nanos first, last; /* begin of the first tick, end of the last */
	uint64_t ticks;
	struct timespec began;
	double last_progress_s;
	bool shows_progress;
	bool has_color;
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
	(void)number;
	is_interrupted = 1;
}

static void notice_take(void *self, const struct outcome *notice)
{
	struct backtest *b = self;

	engine_outcome(b->configured.engine, notice);
	if (b->other.engine != NULL)
		engine_outcome(b->other.engine, notice);
}

static void alarm_tell(void *self, const struct alarm *alarm)
{
	struct backtest *b = self;

	alarm_write_json(&b->alarms, alarm, stdout);
	fflush(stdout);
}

/* The plan for a run on counts: what its files tell of ticks and ages. */
static void plan_fit(struct plan *plan, const struct backtest *b)
{
	const nanos *ages = tick_input_ages(b->input);

	plan->detection.tick = tick_input_length(b->input);
	memcpy(plan->detection.ages, ages, sizeof(plan->detection.ages));
	plan->detection.judges_timeouts = ages[0] == 0;
	plan->segments = b->configured.plan->segments;
	plan->segment_count = b->configured.plan->segment_count;
}

static int contest_open(struct contest *c, struct backtest *b)
{
	char error[BASELINES_ERROR_MAX];

	plan_fit(c->plan, b);
	c->engine = engine_new(c->plan, stream_names_text, b->names);
	if (c->engine == NULL) {
		fprintf(stderr, "sigcanary backtest: no memory for the detector; lower limits.cells\n");
		return EXIT_FAILED;
	}
	engine_parents(c->engine, stream_names_parent, b->names);
	if (b->options.baselines != NULL && !baselines_read(b->options.baselines, c->engine, error)) {
		fprintf(stderr, "sigcanary backtest: %s\n", error);
		return EXIT_FAILED;
	}
	engine_listen(c->engine, &(struct audience){ .self = &c->tale, .alarm = tale_alarm });
	return EXIT_DONE;
}

/* The second plan is read anew: settings are changed in it alone. */
static int other_open(struct backtest *b)
{
	bool is_good = true;

	if (b->options.set_count == 0)
		return EXIT_DONE;
	b->other.plan = options_plan(&b->options);
	if (b->other.plan == NULL)
		return EXIT_CONFIG;
	for (size_t i = 0; i < b->options.set_count; i++)
		is_good = plan_set(b->other.plan, b->options.sets[i], stderr) && is_good;
	return is_good ? EXIT_DONE : EXIT_CONFIG;
}

/* --truth, or what lies beside the inputs. */
static int truths_read(struct backtest *b)
{
	if (b->options.truth != NULL)
		return truth_read(&b->truth, b->options.truth, stderr) ? EXIT_DONE : EXIT_INPUT;
	for (size_t i = 0; i < b->options.input_count; i++) {
		char path[4096];
		struct stat facts;

		snprintf(path, sizeof(path), "%s.truth.json", b->options.inputs[i]);
		if (stat(path, &facts) == 0 && !truth_read(&b->truth, path, stderr))
			return EXIT_INPUT;
	}
	return EXIT_DONE;
}

static int audiences_listen(struct backtest *b)
{
	struct engine *e = b->configured.engine;

	b->pseudonym.is_clear = true; /* counts name no subscriber */
	b->alarms = (struct alarm_writer){
		.plan = b->configured.plan, .name_of = stream_names_text, .names = b->names, .pseudonym = &b->pseudonym
	};
	if (b->options.is_json)
		engine_listen(e, &(struct audience){ .self = b, .alarm = alarm_tell });
	if (b->options.is_compared) {
		b->rules = rules_new(&b->configured.plan->hash_key);
		if (b->rules == NULL)
			return EXIT_FAILED;
		engine_listen(e, &(struct audience){ .self = b->rules, .tick = rules_tick });
	}
	if (b->options.report == NULL)
		return EXIT_DONE;
	b->report_out = output_open(b->options.report);
	b->report = report_new(&b->alarms);
	if (b->report_out == NULL || b->report == NULL)
		return EXIT_FAILED;
	engine_listen(e, &(struct audience){ .self = b->report, .tick = report_tick, .alarm = report_alarm });
	return EXIT_DONE;
}

static int backtest_open(struct backtest *b)
{
	int code;

	b->configured.plan = options_plan(&b->options);
	if (b->configured.plan == NULL)
		return EXIT_CONFIG;
	code = other_open(b);
	if (code == EXIT_DONE)
		code = truths_read(b);
	if (code != EXIT_DONE)
		return code;
	b->names = stream_names_new(b->configured.plan, b->configured.plan->limits.cells);
	if (b->names == NULL) {
		fprintf(stderr, "sigcanary backtest: no memory for the names of streams; lower limits.cells\n");
		return EXIT_FAILED;
	}
	b->input = tick_input_open(b->options.inputs, b->options.input_count, b->names, stderr);
	if (b->input == NULL)
		return EXIT_INPUT;
	code = contest_open(&b->configured, b);
	if (code == EXIT_DONE && b->other.plan != NULL)
		code = contest_open(&b->other, b);
	if (code == EXIT_DONE)
		code = audiences_listen(b);
	tick_input_notices(b->input, notice_take, b);
	return code;
}

static double since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static void progress_show(struct backtest *b)
{
	double elapsed = since(&b->began), progress = tick_input_progress(b->input);
	char time[TALE_TIME_MAX];

	if (elapsed < 1 || elapsed - b->last_progress_s < 0.2)
		return;
	b->last_progress_s = elapsed;
	tale_time(b->last, time);
	fprintf(stderr, "\r%s, %" PRIu64 " ticks", time, b->ticks);
	if (progress > 0)
		fprintf(stderr, ", %.0f %%, %.0f s to go", 100 * progress, elapsed * (1 - progress) / progress);
	fprintf(stderr, "\033[K");
}

static void ticks_judge(struct backtest *b)
{
	struct tally tally;

	clock_gettime(CLOCK_MONOTONIC, &b->began);
	while (!is_interrupted && tick_input_next(b->input, &tally)) {
		engine_tally(b->configured.engine, &tally);
		if (b->other.engine != NULL) {
			b->other.plan->segment_count = b->configured.plan->segment_count;
			engine_tally(b->other.engine, &tally);
		}
		if (b->ticks++ == 0)
			b->first = tally.start;
		if (tally.start + tally.length > b->last)
			b->last = tally.start + tally.length;
		if (b->shows_progress && b->ticks % 256 == 0)
			progress_show(b);
	}
	engine_finish(b->configured.engine);
	if (b->other.engine != NULL)
		engine_finish(b->other.engine);
	if (b->last_progress_s > 0)
		fprintf(stderr, "\r\033[K");
	if (is_interrupted)
		fprintf(stderr, "sigcanary backtest: interrupted; what follows was not judged\n");
}

static void head_write(const struct backtest *b)
{
	char from[TALE_TIME_MAX], to[TALE_TIME_MAX];
	size_t pages = tale_pages(&b->configured.tale), tickets = tale_tickets(&b->configured.tale);

	tale_time(b->first, from);
	tale_time(b->last, to);
	printf("%" PRIu64 " ticks of %g s, %s to %s UTC; %" PRIu64 " rows, %zu streams, judged in %.1f s\n", b->ticks,
	       nanos_to_s(tick_input_length(b->input)), from, to, tick_input_rows(b->input),
	       detector_streams(engine_detector(b->configured.engine)), since(&b->began));
	if (tick_input_holes(b->input) > 0)
		printf("%" PRIu64 " times the recording pauses; nothing is judged there\n", tick_input_holes(b->input));
	if (engine_refused_streams(b->configured.engine) > 0)
		printf("%" PRIu64 " rows found no room for their stream; raise limits.cells\n",
		       engine_refused_streams(b->configured.engine));
	printf("%zu page%s, %zu ticket%s\n", pages, pages == 1 ? "" : "s", tickets, tickets == 1 ? "" : "s");
}

static void backtest_write(const struct backtest *b)
{
	const struct comparison comparison = {
		.options = &b->options,
		.plan = b->configured.plan,
		.other_plan = b->other.plan,
		.tale = &b->configured.tale,
		.other = b->other.plan != NULL ? &b->other.tale : NULL,
		.rules = b->rules,
		.truth = &b->truth,
		.tick = tick_input_length(b->input),
		.span = b->last - b->first,
	};
	bool is_compared = b->rules != NULL || b->other.plan != NULL;

	if (b->options.is_json) {
		if (is_compared)
			comparison_write_json(&comparison, stdout);
		return;
	}
	if (!b->options.is_quiet)
		head_write(b);
	if (b->configured.tale.count > 0 && !b->options.is_quiet)
		putchar('\n');
	tale_write(&b->configured.tale, b->has_color, stdout);
	if (b->other.plan != NULL) {
		fputs("\nWith the settings below:\n", stdout);
		tale_write(&b->other.tale, b->has_color, stdout);
		putchar('\n');
		comparison_write_settings(&comparison, stdout);
	}
	if (is_compared || b->truth.is_known) {
		putchar('\n');
		comparison_write_table(&comparison, stdout);
	}
}

static int backtest_close(struct backtest *b)
{
	const struct worker_report none = { 0 };
	bool is_whole = tick_input_finish(b->input);
	int code = EXIT_DONE;

	if (b->report != NULL) {
		report_write(b->report, &none, nanos_to_s(b->last - b->first), b->options.inputs, b->options.input_count, b->report_out);
		if (!output_close(b->report_out, b->options.report))
			code = EXIT_FAILED;
	}
	if (!b->options.is_report_only)
		backtest_write(b);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "sigcanary: standard output was closed before everything was written\n");
		code = EXIT_FAILED;
	}
	if (!is_whole)
		return EXIT_INPUT;
	if (code == EXIT_DONE && b->options.fail_on != SEVERITY_CLEARED && engine_worst(b->configured.engine) >= b->options.fail_on)
		code = EXIT_ALARM;
	return code;
}

static void backtest_free(struct backtest *b)
{
	engine_free(b->configured.engine);
	engine_free(b->other.engine);
	tale_free(&b->configured.tale);
	tale_free(&b->other.tale);
	report_free(b->report);
	rules_free(b->rules);
	truth_free(&b->truth);
	tick_input_close(b->input);
	stream_names_free(b->names);
	plan_free(b->configured.plan);
	plan_free(b->other.plan);
}

int backtest_run(const struct options *options)
{
	struct backtest b = { .options = *options };
	struct sigaction action = { .sa_handler = on_signal };
	int code;

	b.shows_progress = !b.options.is_quiet && isatty(STDERR_FILENO) == 1;
	b.has_color = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	code = backtest_open(&b);
	if (code == EXIT_DONE) {
		ticks_judge(&b);
		code = backtest_close(&b);
		if (b.options.baselines != NULL && !baselines_save(b.options.baselines, b.configured.engine))
			code = EXIT_FAILED;
	}
	backtest_free(&b);
	return code;
}

int command_backtest(int argc, char **argv)
{
	struct options options;
	int rest = 0;
	int code = options_read(argc, argv,
				TAKES_CONFIG | TAKES_JSON | TAKES_REPORT | TAKES_FAIL_ON | TAKES_QUIET | TAKES_BACKTEST | TAKES_BASELINES,
				&options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest == argc) {
		fprintf(stderr,
			"sigcanary backtest: no counts given; name one or more files of --ticks or CSV, or '-' for standard input\n");
		return EXIT_USAGE;
	}
	options.inputs = (const char *const *)(argv + rest);
	options.input_count = (size_t)(argc - rest);
	return backtest_run(&options);
}

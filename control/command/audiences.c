/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who hears of a replay or a live run, see audiences.h. Outputs are opened before the first frame, so that a path that cannot be
 * written is said at once and not after an hour of decoding. At most one output is standard output; alarms move to standard error then.
 */
#include "control/command/audiences.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/sink/stats.h"

/* 0 or a negative errno. A line that a full disk takes in part only is taken back: those behind it stay readable. */
static int line_append(FILE *file, const char *line, size_t length)
{
	struct stat before;
	bool is_regular = fstat(fileno(file), &before) == 0 && S_ISREG(before.st_mode);
	bool is_written = fwrite(line, 1, length, file) == length;
	int error = is_written ? 0 : -errno;

	if (fflush(file) != 0 && is_written)
		error = -errno;
	if (error != 0 && is_regular && ftruncate(fileno(file), before.st_size) != 0)
		error = -errno;
	return error;
}

/* What goes wrong is said at once: a probe may run for weeks until its end. */
static void alarm_file_tell(struct audiences *a, const struct alarm *alarm)
{
	char *line = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&line, &length);
	int error = -ENOMEM;

	if (out != NULL) {
		alarm_write_json(&a->alarms, alarm, out);
		if (fclose(out) == 0)
			error = line_append(a->alarm_file, line, length);
	}
	free(line);
	if (error != 0 && !a->is_alarm_file_ill)
		fprintf(stderr,
			"sigcanary: alarms.file %s takes no alarms: %s; make room there, what is announced until then is not in it\n",
			a->alarm_path, strerror(-error));
	a->is_alarm_file_ill = error != 0;
}

static void alarm_tell(void *self, const struct alarm *alarm)
{
	struct audiences *a = self;

	if (a->options->is_json)
		alarm_write_json(&a->alarms, alarm, a->alarm_out);
	else
		alarm_write_text(&a->alarms, alarm, a->has_color, a->alarm_out);
	fflush(a->alarm_out);
	if (a->alarm_file != NULL)
		alarm_file_tell(a, alarm);
}

static bool is_standard_output(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* Whether two paths name one file that is there. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat x;
	struct stat y;

	if (a == NULL || b == NULL || is_standard_output(a) || is_standard_output(b))
		return false;
	if (stat(a, &x) != 0 || stat(b, &y) != 0)
		return strcmp(a, b) == 0;
	return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* No output may destroy what is read, or another output. */
static int outputs_keep_apart(const struct options *o)
{
	const char *const outputs[] = { o->transactions, o->ticks, o->stats, o->report, o->sightings };
	const size_t count = sizeof(outputs) / sizeof(outputs[0]);
	const char *victim = NULL;

	for (size_t i = 0; i < count && victim == NULL; i++) {
		for (size_t j = 0; j < i; j++)
			victim = is_same_file(outputs[i], outputs[j]) ? outputs[i] : victim;
		for (size_t j = 0; j < o->input_count; j++)
			victim = is_same_file(outputs[i], o->inputs[j]) ? outputs[i] : victim;
		victim = is_same_file(outputs[i], o->config) ? outputs[i] : victim;
	}
	if (victim == NULL)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary: writing %s would destroy what is read or written there already; name another file\n", victim);
	return EXIT_USAGE;
}

static int outputs_check(const struct options *o)
{
	int taken = is_standard_output(o->transactions) + is_standard_output(o->ticks) + is_standard_output(o->stats) +
		    is_standard_output(o->report) + is_standard_output(o->sightings);

	if (taken <= 1)
		return outputs_keep_apart(o);
	fprintf(stderr,
		"sigcanary: only one of --transactions, --ticks, --stats, --report and --sightings can be '-'; give the others a file\n");
	return EXIT_USAGE;
}

static bool open_one(const char *path, FILE **ret)
{
	if (path == NULL)
		return true;
	*ret = output_open(path);
	return *ret != NULL;
}

/* EXIT_DONE with no filter too. */
static int filter_open(struct audiences *a, const struct options *o)
{
	char error[FILTER_ERROR_MAX];

	if (o->filter == NULL)
		return EXIT_DONE;
	if (o->transactions == NULL) {
		fprintf(stderr, "sigcanary: --filter chooses among the lines of --transactions; name a file for them\n");
		return EXIT_USAGE;
	}
	a->transactions.filter = filter_new(o->filter, FILTER_LINES_TRANSACTIONS, error);
	if (a->transactions.filter != NULL)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary: --filter: %s\n", error);
	return EXIT_USAGE;
}

static int report_open(struct audiences *a, const struct options *o)
{
	if (!open_one(o->report, &a->report_out))
		return EXIT_FAILED;
	if (o->report == NULL)
		return EXIT_DONE;
	a->report = report_new(&a->alarms);
	if (a->report != NULL)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary: no memory for the report\n");
	return EXIT_FAILED;
}

/* Whether one thing is made for another command, and nobody hears of the rest. */
static bool is_silent(const struct options *o)
{
	return o->transaction_sink != NULL || o->is_report_only;
}

int audiences_open(struct audiences *a, const struct options *o, const struct plan *plan, incident_name_of name_of, void *names)
{
	int code = outputs_check(o);

	memset(a, 0, sizeof(*a));
	if (code == EXIT_DONE)
		code = filter_open(a, o);
	if (code != EXIT_DONE)
		return code;
	a->options = o;
	if (o->clear_identities || plan->clear_identities) {
		a->pseudonym.is_clear = true;
	} else {
		int error = pseudonym_open(plan->key_file, &a->pseudonym);

		if (error < 0)
			fprintf(stderr,
				"sigcanary: no place for the pseudonym key (%s): identities get other pseudonyms in every run; set "
				"identities.key_file\n",
				strerror(-error));
	}
	a->alarms = (struct alarm_writer){ .plan = plan, .name_of = name_of, .names = names, .pseudonym = &a->pseudonym };
	a->transactions = (struct transaction_writer){
		.plan = plan, .pseudonym = &a->pseudonym, .name_of = name_of, .names = names, .filter = a->transactions.filter
	};
	a->ticks = (struct tick_writer){ .plan = plan, .name_of = name_of, .names = names };
	a->alarm_out = is_standard_output(o->transactions) || is_standard_output(o->ticks) || is_standard_output(o->report) ||
				       is_standard_output(o->sightings)
			       ? stderr
			       : stdout;
	a->has_color = isatty(fileno(a->alarm_out)) == 1 && getenv("NO_COLOR") == NULL;
	if (o->transaction_sink != NULL) {
		a->transactions.out = o->transaction_sink;
		return EXIT_DONE;
	}
	if (!open_one(o->transactions, &a->transactions.out) || !open_one(o->ticks, &a->ticks.out) || !open_one(o->stats, &a->stats))
		return EXIT_FAILED;
	if (o->is_report_only)
		return report_open(a, o);
	a->sightings.pseudonym = &a->pseudonym;
	a->sightings_path = plan->sightings_file;
	if (plan->sightings_file != NULL) {
		/* An option names a file for this run; the configuration's is kept from run to run, as that of alarms. */
		a->sightings.out = o->sightings != NULL ? output_open(o->sightings) : output_append(plan->sightings_file);
		if (a->sightings.out == NULL)
			return EXIT_FAILED;
	}
	a->alarm_path = plan->alarms_file;
	if (plan->alarms_file != NULL && (a->alarm_file = output_append(plan->alarms_file)) == NULL)
		return EXIT_FAILED;
	return report_open(a, o);
}

void audiences_join(struct audiences *a, struct engine *e)
{
	if (a->transactions.out != NULL)
		engine_listen(e, &(struct audience){ .self = &a->transactions, .outcome = transaction_write });
	if (a->ticks.out != NULL)
		engine_listen(e, &(struct audience){ .self = &a->ticks, .outcome = tick_write_outcome, .tick = tick_write });
	if (a->sightings.out != NULL)
		engine_listen(e, &(struct audience){ .self = &a->sightings, .outcome = sighting_write });
	if (a->report != NULL)
		engine_listen(e, &(struct audience){ .self = a->report, .tick = report_tick, .alarm = report_alarm });
	if (!is_silent(a->options))
		engine_listen(e, &(struct audience){ .self = a, .alarm = alarm_tell });
}

void audiences_plan(struct audiences *a, const struct plan *plan, const struct watchlist *watchlist)
{
	a->sightings.watchlist = watchlist;
	a->alarms.plan = plan;
	a->transactions.plan = plan;
	a->ticks.plan = plan;
}

static bool report_close(struct audiences *a, const struct worker_report *r, double seconds)
{
	if (a->report == NULL)
		return true;
	report_write(a->report, r, seconds, a->options->inputs, a->options->input_count, a->report_out);
	report_free(a->report);
	a->report = NULL;
	return output_close(a->report_out, a->options->report);
}

bool audiences_close(struct audiences *a, const struct worker_report *r, double seconds)
{
	bool is_whole = report_close(a, r, seconds);

	if (a->stats != NULL)
		stats_write_json(r, seconds, a->stats);
	is_whole = output_close(a->stats, a->options->stats) && is_whole;
	is_whole = output_close(a->transactions.out, a->options->transactions) && is_whole;
	filter_free(a->transactions.filter);
	a->transactions.filter = NULL;
	is_whole = output_close(a->ticks.out, a->options->ticks) && is_whole;
	is_whole = output_close(a->sightings.out, a->sightings_path) && is_whole;
	is_whole = output_close(a->alarm_file, a->alarm_path) && is_whole;
	if (a->alarm_out == NULL)
		return is_whole;
	if (!a->options->is_quiet && !a->options->is_json && !is_silent(a->options))
		stats_write_text(r, seconds, a->alarm_out);
	if (fflush(a->alarm_out) != 0) {
		fprintf(stderr, "sigcanary: standard output was closed before everything was written\n");
		is_whole = false;
	}
	return is_whole;
}

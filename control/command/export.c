/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary export`: finished requests, or key figures of them per period, as a table for other programs: CSV (RFC 4180), TSV or a JSON
 * object per line. From captures, through the whole pipeline of `replay`, or from the lines that --transactions wrote.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/command/command.h"
#include "control/command/export_row.h"
#include "control/sink/kpi.h"
#include "dataplane/source/inflate.h"
#include "dataplane/source/source.h"

/* The granularity period that operators use most (TS 28.552 and TS 32.401 know 5, 15, 30 and 60 minutes). */
#define PERIOD_S 900

static const char *const transaction_columns[] = { "time",   "procedure", "outcome", "cause",    "cause_name", "latency_ms", "imsi",
						   "msisdn", "client",    "server",  "segments", "rat",        "frames",     NULL };
static const char *const kpi_columns[] = { "begin", "period_s", "segment", "procedure",     "kpi", "value",
					   "unit",  "formula",  "counter", "specification", NULL };

struct export
{
	struct options options;
	struct export_table table;
	struct kpi_book *kpis; /* NULL: the requests themselves */
	const char *out_path;
};

static bool transaction_take(struct export *e, const json_t *transaction)
{
	if (e->kpis != NULL)
		return kpi_book_add(e->kpis, transaction);
	export_row(&e->table, transaction);
	return true;
}

/* Takes every line; the number of the first that is none, 0 when all are. */
static size_t lines_take(struct export *e, FILE *in)
{
	char *text = NULL;
	size_t room = 0;
	size_t number = 0;
	size_t wrong = 0;

	while (getline(&text, &room, in) > 0) {
		json_t *line = json_loads(text, 0, NULL);
		bool is_good = json_object_get(line, "procedure") != NULL && transaction_take(e, line);

		number++;
		if (!is_good && text[strspn(text, " \t\r\n")] != '\0')
			wrong = wrong == 0 ? number : wrong;
		json_decref(line);
	}
	free(text);
	return wrong;
}

static int file_export(struct export *e, const char *path, struct inflate *file)
{
	FILE *in = inflate_stream(file);
	size_t wrong = in != NULL ? lines_take(e, in) : 0;

	if (in != NULL)
		fclose(in);
	if (wrong == 0 && in != NULL && inflate_error(file) == NULL)
		return EXIT_DONE;
	if (wrong > 0)
		fprintf(stderr, "sigcanary export: %s:%zu: this is no transaction; the others are exported\n", path, wrong);
	else
		fprintf(stderr, "sigcanary export: %s\n", in == NULL ? "no memory" : inflate_error(file));
	return EXIT_INPUT;
}

/* The lines of a replay pass through a file without a name: they may be more than memory. */
static int captures_export(struct export *e)
{
	FILE *lines = tmpfile();
	struct options o = e->options;
	int code;

	o.transaction_sink = lines != NULL ? fdopen(dup(fileno(lines)), "w") : NULL;
	if (o.transaction_sink == NULL) {
		fprintf(stderr, "sigcanary export: no temporary file can be made; set TMPDIR to a folder with room\n");
		return EXIT_FAILED;
	}
	o.transactions = "-";
	code = replay_run(&o);
	rewind(lines);
	if (code == EXIT_DONE || code == EXIT_INPUT)
		code = lines_take(e, lines) == 0 ? code : EXIT_FAILED;
	fclose(lines);
	return code;
}

/* Lines of transactions begin with a brace, no capture does. */
static int inputs_export(struct export *e)
{
	int code = EXIT_DONE;

	for (size_t i = 0; i < e->options.input_count; i++) {
		const char *path = e->options.inputs[i];
		char error[SOURCE_ERROR_MAX];
		uint8_t first = 0;
		struct inflate *file = strcmp(path, "-") != 0 ? inflate_open(path, error) : NULL;
		bool is_lines = file != NULL && inflate_peek(file, &first, 1) == 1 && first == '{';

		if (file == NULL && strcmp(path, "-") != 0) {
			fprintf(stderr, "sigcanary export: %s\n", error);
			return EXIT_INPUT;
		}
		if (is_lines && file_export(e, path, file) != EXIT_DONE)
			code = EXIT_INPUT;
		inflate_close(file);
		if (!is_lines && i == 0)
			return captures_export(e); /* all of them, merged by time */
		if (!is_lines || e->options.filter != NULL) {
			fprintf(stderr, "sigcanary export: %s: %s\n", path,
				is_lines ? "--filter is for captures; --transactions takes one when it writes lines"
					 : "captures and lines of transactions are not exported together");
			return EXIT_USAGE;
		}
	}
	return code;
}

static void kpis_write(void *self, const struct kpi_sums *s)
{
	struct export *e = self;

	for (int k = 0; k < KPI_COUNT; k++) {
		const struct kpi_counter *counter = kpi_counter_of(s->procedure, (enum kpi)k);
		double value;
		json_t *row;

		if (!kpi_value(s, (enum kpi)k, &value))
			continue;
		row = json_pack("{s:I, s:I, s:s, s:s, s:s, s:f, s:s, s:s}", "begin", (json_int_t)s->period, "period_s",
				(json_int_t)e->table.period_s, "segment", s->segment, "procedure", s->procedure, "kpi", kpi_rows[k].name,
				"value", value, "unit", kpi_rows[k].unit, "formula", kpi_rows[k].formula);
		if (counter != NULL) {
			json_object_set_new(row, "counter", json_string(counter->counter));
			json_object_set_new(row, "specification", json_string(counter->specification));
		}
		export_row(&e->table, row);
		json_decref(row);
	}
}

static int export_run(struct export *e, bool are_kpis)
{
	int code;

	e->table.period_s = e->options.period_s > 0 ? (int64_t)e->options.period_s : PERIOD_S;
	if (are_kpis && (e->kpis = kpi_book_new(e->table.period_s)) == NULL)
		return EXIT_FAILED;
	e->out_path = e->options.output != NULL ? e->options.output : "-";
	e->table.out = output_open(e->out_path);
	if (e->table.out == NULL)
		return EXIT_FAILED;
	e->table.columns = are_kpis ? kpi_columns : transaction_columns;
	export_head(&e->table);
	code = inputs_export(e);
	if (e->kpis != NULL)
		kpi_book_walk(e->kpis, kpis_write, e);
	kpi_book_free(e->kpis);
	return output_close(e->table.out, e->out_path) ? code : EXIT_FAILED;
}

int command_export(int argc, char **argv)
{
	struct export e = { 0 };
	struct options *o = &e.options;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_IDENTITIES | TAKES_WORKERS | TAKES_QUIET | TAKES_FILTER | TAKES_EXPORT, o,
				&rest);
	bool are_kpis = code == EXIT_DONE && rest < argc && strcmp(argv[rest], "kpis") == 0;

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (argc - rest < 2 || (!are_kpis && strcmp(argv[rest], "transactions") != 0)) {
		fprintf(stderr,
			"sigcanary export: say what of which files: 'transactions' or 'kpis', then captures or lines of transactions\n");
		return EXIT_USAGE;
	}
	o->inputs = (const char *const *)(argv + rest + 1);
	o->input_count = (size_t)(argc - rest - 1);
	for (size_t i = 0; i < o->input_count; i++) {
		if (o->output != NULL && strcmp(o->output, o->inputs[i]) == 0) {
			fprintf(stderr, "sigcanary export: writing %s would destroy what is read; name another file\n", o->output);
			return EXIT_USAGE;
		}
	}
	if (!export_format(&e.table, o->table_format))
		return EXIT_USAGE;
	return export_run(&e, are_kpis);
}

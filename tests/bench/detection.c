/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The goals of detection as a table: scripts/dev bench-detection builds and runs this.
 *
 *     detection_bench [--seed N] [--only GOAL] [--quick] [--days N] [--seeds N] [--case N] [--json FILE] [--table FILE] [--notes]
 *
 * A figure that is not reached is printed as NOT REACHED with its number, and the end is 0 all the same: this measures, it does not test.
 */
#include "tests/bench/detection.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURES_MAX 128
#define NOTES_MAX   1024
#define TEXT_MAX    500
#define SEED        20120711

static const struct {
	const char *name;
	void (*run)(const struct bench *b);
	const char *what;
} parts[] = {
	{ "lorden", bench_lorden, "delay of R against Lorden's bound" },
	{ "faults", bench_faults, "number range, front end, whole network, creep, by the whole detector" },
	{ "null", bench_null, "the martingales on healthy traffic" },
	{ "habits", bench_habits, "healthy traffic that no law describes" },
	{ "where", bench_where, "the place of one fault and of two at once, from outcomes and from counts" },
	{ "months", bench_months, "simulated months with legitimate changes through all of control" },
	{ "cost", bench_cost, "10,000 streams at 200 ms" },
};

static struct figure figures[FIGURES_MAX];
static size_t figure_count;
static struct {
	const char *goal;
	char text[TEXT_MAX];
} notes[NOTES_MAX];
static size_t note_count;
static bool has_notes_shown;

static bool figure_is_reached(const struct figure *f)
{
	return f->is_at_least ? f->value >= f->limit : f->value <= f->limit;
}

void figure_report(const struct figure *figure)
{
	if (figure_count == FIGURES_MAX)
		return;
	figures[figure_count] = *figure;
	if (figure->unit == NULL)
		figures[figure_count].unit = "";
	figure = &figures[figure_count++];
	fprintf(stderr, "%s: %s: %.4g %s", figure->goal, figure->what, figure->value, figure->unit);
	if (!figure->is_information)
		fprintf(stderr, " (%s %g) %s", figure->is_at_least ? ">=" : "<=", figure->limit,
			figure_is_reached(figure) ? "reached" : "NOT REACHED");
	fputc('\n', stderr);
}

void figure_note(const char *goal, const char *format, ...)
{
	va_list list;

	if (note_count == NOTES_MAX)
		return;
	va_start(list, format);
	vsnprintf(notes[note_count].text, TEXT_MAX, format, list);
	va_end(list);
	notes[note_count].goal = goal;
	if (has_notes_shown)
		fprintf(stderr, "  %s\n", notes[note_count].text);
	note_count++;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_quantile(double *values, size_t count, double part)
{
	size_t at = (size_t)ceil(part * (double)count);

	if (count == 0)
		return NAN;
	qsort(values, count, sizeof(*values), double_compare);
	return values[at == 0 ? 0 : at - 1];
}

double bench_mean(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return count == 0 ? NAN : sum / (double)count;
}

static void table_write(FILE *out, const struct bench *b)
{
	fprintf(out, "Seed %llu%s.\n\n| goal | limit | measured | |\n| --- | --- | --- | --- |\n", (unsigned long long)b->seed,
		b->is_quick ? ", a quick run" : "");
	for (size_t i = 0; i < figure_count; i++) {
		const struct figure *f = &figures[i];

		fprintf(out, "| %s | ", f->what);
		if (!f->is_information)
			fprintf(out, "%s %g%s%s", f->is_at_least ? "≥" : "≤", f->limit, *f->unit != 0 ? " " : "", f->unit);
		fprintf(out, " | %.3g%s%s | %s |\n", f->value, *f->unit != 0 ? " " : "", f->unit,
			f->is_information      ? ""
			: figure_is_reached(f) ? "reached"
					       : "**NOT REACHED**");
	}
}

/* JSON knows no infinity: what was never found is null. */
static void json_number(FILE *out, const char *name, double value)
{
	if (isfinite(value))
		fprintf(out, ", \"%s\": %.6g", name, value);
	else
		fprintf(out, ", \"%s\": null", name);
}

static void json_write(FILE *out, const struct bench *b)
{
	fprintf(out, "{\"seed\": %llu, \"quick\": %s, \"figures\": [\n", (unsigned long long)b->seed, b->is_quick ? "true" : "false");
	for (size_t i = 0; i < figure_count; i++) {
		const struct figure *f = &figures[i];

		fprintf(out, "  {\"goal\": \"%s\", \"what\": \"%s\"", f->goal, f->what);
		json_number(out, "value", f->value);
		if (!f->is_information) {
			json_number(out, "limit", f->limit);
			fprintf(out, ", \"at_least\": %s, \"reached\": %s", f->is_at_least ? "true" : "false",
				figure_is_reached(f) ? "true" : "false");
		}
		fprintf(out, ", \"unit\": \"%s\"}%s\n", f->unit, i + 1 < figure_count ? "," : "");
	}
	fprintf(out, "], \"notes\": [\n");
	for (size_t i = 0; i < note_count; i++)
		fprintf(out, "  {\"goal\": \"%s\", \"text\": \"%s\"}%s\n", notes[i].goal, notes[i].text, i + 1 < note_count ? "," : "");
	fprintf(out, "]}\n");
}

static int write_to(const char *path, void (*write)(FILE *out, const struct bench *b), const struct bench *b)
{
	FILE *out = fopen(path, "w");

	if (out == NULL) {
		fprintf(stderr, "detection_bench: %s cannot be written\n", path);
		return 2;
	}
	write(out, b);
	return fclose(out) == 0 ? 0 : 2;
}

static int usage(void)
{
	fprintf(stderr, "usage: detection_bench [--seed N] [--only GOAL] [--quick] [--days N] [--seeds N] [--case N] [--json FILE] "
			"[--table FILE] [--notes]\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		fprintf(stderr, "  %-10s %s\n", parts[i].name, parts[i].what);
	return 2;
}

int main(int argc, char **argv)
{
	struct bench b = { .seed = SEED, .days = 30, .seeds = 5 };
	const char *only = NULL, *json = NULL, *table = NULL;
	int status = 0;

	for (int i = 1; i < argc; i++) {
		bool has_value = i + 1 < argc;

		if (strcmp(argv[i], "--quick") == 0)
			b.is_quick = true;
		else if (strcmp(argv[i], "--notes") == 0)
			has_notes_shown = true;
		else if (has_value && strcmp(argv[i], "--seed") == 0)
			b.seed = strtoull(argv[++i], NULL, 10);
		else if (has_value && strcmp(argv[i], "--days") == 0)
			b.days = strtod(argv[++i], NULL);
		else if (has_value && strcmp(argv[i], "--case") == 0)
			b.only_case = (unsigned int)strtoul(argv[++i], NULL, 10) + 1;
		else if (has_value && strcmp(argv[i], "--seeds") == 0)
			b.seeds = (int)strtol(argv[++i], NULL, 10);
		else if (has_value && strcmp(argv[i], "--only") == 0)
			only = argv[++i];
		else if (has_value && strcmp(argv[i], "--json") == 0)
			json = argv[++i];
		else if (has_value && strcmp(argv[i], "--table") == 0)
			table = argv[++i];
		else
			return usage();
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (only == NULL || strcmp(only, parts[i].name) == 0)
			parts[i].run(&b);
	table_write(stdout, &b);
	if (json != NULL)
		status = write_to(json, json_write, &b);
	if (table != NULL && status == 0)
		status = write_to(table, table_write, &b);
	return status;
}

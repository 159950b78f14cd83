/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary report`: one HTML page of captures (as `replay --report`), of recorded counts (as `backtest --report`), or of announcements
 * that a probe wrote (alarms.file, `replay --json`). What a file is, its first bytes tell. The page comes out the same, byte for byte, for
 * the same input and configuration; `incident report ID` asks a running probe for one of its own.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "control/command/command.h"
#include "control/sink/report_lines.h"
#include "dataplane/source/inflate.h"
#include "dataplane/source/source.h"

#define REPORT_FILE "report.html"

enum material { MATERIAL_CAPTURE, MATERIAL_COUNTS, MATERIAL_LINES, MATERIAL_UNREADABLE };

/* Text that begins with a brace is announcements, other text counts; what is no text is for the readers of captures to judge. */
static enum material material_of(const char *path)
{
	char error[SOURCE_ERROR_MAX];
	uint8_t first[INFLATE_PEEK_MAX];
	struct inflate *file;
	size_t count;
	bool is_text = true;

	if (strcmp(path, "-") == 0)
		return MATERIAL_CAPTURE;
	file = inflate_open(path, error);
	if (file == NULL) {
		fprintf(stderr, "sigcanary report: %s\n", error);
		return MATERIAL_UNREADABLE;
	}
	count = inflate_peek(file, first, sizeof(first));
	inflate_close(file);
	for (size_t i = 0; i < count; i++)
		is_text = is_text && (isprint(first[i]) || isspace(first[i]));
	if (count == 0 || !is_text)
		return MATERIAL_CAPTURE;
	return first[0] == '{' ? MATERIAL_LINES : MATERIAL_COUNTS;
}

/* Adds the announcements of one file; false when something in it is none. */
static bool lines_read(const char *path, json_t *incidents)
{
	char error[SOURCE_ERROR_MAX];
	struct inflate *file = inflate_open(path, error);
	FILE *stream = file != NULL ? inflate_stream(file) : NULL;
	char *text = NULL;
	size_t room = 0;
	size_t number = 0;
	size_t wrong = 0;
	bool is_whole;

	while (stream != NULL && getline(&text, &room, stream) > 0) {
		json_t *line = json_loads(text, 0, NULL);

		number++;
		if (text[strspn(text, " \t\r\n")] != '\0' && (line == NULL || !report_lines_add(incidents, line)))
			wrong = wrong == 0 ? number : wrong;
		json_decref(line);
	}
	is_whole = stream != NULL && wrong == 0 && inflate_error(file) == NULL;
	if (wrong > 0)
		fprintf(stderr, "sigcanary report: %s:%zu: this is no announcement; the others are reported\n", path, wrong);
	else if (!is_whole)
		fprintf(stderr, "sigcanary report: %s\n", file != NULL && inflate_error(file) != NULL ? inflate_error(file) : error);
	free(text);
	if (stream != NULL)
		fclose(stream);
	inflate_close(file);
	return is_whole;
}

static int lines_report(const struct options *o)
{
	struct plan *plan = options_plan(o);
	json_t *incidents = json_array();
	bool is_whole = true;
	int code = EXIT_FAILED;
	FILE *out;

	if (plan == NULL || incidents == NULL) {
		json_decref(incidents);
		return EXIT_CONFIG;
	}
	for (size_t i = 0; i < o->input_count; i++)
		is_whole = lines_read(o->inputs[i], incidents) && is_whole;
	out = output_open(o->report);
	if (out != NULL) {
		report_lines_write(incidents, plan->network_name, out);
		code = !output_close(out, o->report) ? EXIT_FAILED : is_whole ? EXIT_DONE : EXIT_INPUT;
	}
	json_decref(incidents);
	plan_free(plan);
	return code;
}

static bool names_its_input(const struct options *o)
{
	for (size_t i = 0; i < o->input_count; i++) {
		if (strcmp(o->inputs[i], o->report) == 0)
			return true;
	}
	return false;
}

int command_report(int argc, char **argv)
{
	struct options o;
	enum material material = MATERIAL_UNREADABLE;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_IDENTITIES | TAKES_WORKERS | TAKES_BASELINES | TAKES_OUTPUT | TAKES_QUIET,
				&o, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest == argc) {
		fprintf(stderr, "sigcanary report: nothing to report on; name captures, recorded counts, or a file of alarms\n");
		return EXIT_USAGE;
	}
	o.inputs = (const char *const *)(argv + rest);
	o.input_count = (size_t)(argc - rest);
	o.report = o.output != NULL ? o.output : REPORT_FILE;
	o.is_report_only = true;
	for (size_t i = 0; i < o.input_count; i++) {
		enum material of_this = material_of(o.inputs[i]);

		if (of_this == MATERIAL_UNREADABLE)
			return EXIT_INPUT;
		if (i > 0 && of_this != material) {
			fprintf(stderr, "sigcanary report: %s is of another kind than %s; a report is of one kind\n", o.inputs[i],
				o.inputs[0]);
			return EXIT_USAGE;
		}
		material = of_this;
	}
	if (names_its_input(&o)) {
		fprintf(stderr, "sigcanary report: writing %s would destroy what is read; name another file with -o\n", o.report);
		return EXIT_USAGE;
	}
	if (material == MATERIAL_LINES)
		return lines_report(&o);
	return material == MATERIAL_COUNTS ? backtest_run(&o) : replay_run(&o);
}

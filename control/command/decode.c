/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary decode`: a JSON line per signalling message, by the same walk that the pipeline uses, without transactions. What was read
 * before an input turned out damaged is printed first (exit code 4).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "control/command/command.h"
#include "control/sink/message.h"
#include "dataplane/source/source.h"
#include "dataplane/worker/walk.h"

struct decode {
	struct options options;
	struct plan *plan;
	struct segments *segments;
	struct source *source;
	struct walk walk;
	struct pseudonym pseudonym;
	struct message_writer writer;
	struct filter *filter;
	struct frame last;
};

/* EXIT_DONE with no filter too. */
static int filter_open(struct decode *d)
{
	char error[FILTER_ERROR_MAX];

	if (d->options.filter == NULL)
		return EXIT_DONE;
	d->filter = filter_new(d->options.filter, FILTER_LINES_MESSAGES, error);
	if (d->filter != NULL)
		return EXIT_DONE;
	fprintf(stderr, "sigcanary decode: --filter: %s\n", error);
	return EXIT_USAGE;
}

static int decode_open(struct decode *d)
{
	char error[SOURCE_ERROR_MAX];
	char segment_error[SEGMENT_ERROR_MAX];
	int code = filter_open(d);

	if (code != EXIT_DONE)
		return code;
	d->plan = options_plan(&d->options);
	if (d->plan == NULL)
		return EXIT_CONFIG;
	d->segments = segments_new(d->plan, segment_error);
	if (d->segments == NULL) {
		fprintf(stderr, "sigcanary decode: %s\n", segment_error);
		return EXIT_CONFIG;
	}
	d->pseudonym.is_clear = d->options.clear_identities || d->plan->clear_identities;
	if (!d->pseudonym.is_clear)
		pseudonym_open(d->plan->key_file, &d->pseudonym);
	d->source = source_open_files(d->options.inputs, d->options.input_count, error);
	if (d->source == NULL) {
		fprintf(stderr, "sigcanary decode: %s\n", error);
		return EXIT_INPUT;
	}
	if (!walk_open(&d->walk, d->plan, d->segments)) {
		fprintf(stderr, "sigcanary decode: no memory for the decoders; lower limits in the configuration\n");
		return EXIT_FAILED;
	}
	d->writer = (struct message_writer){ .out = stdout, .pseudonym = &d->pseudonym, .filter = d->filter };
	d->walk.observer = d->filter != NULL ? message_write_wanted : message_write;
	d->walk.observer_of = &d->writer;
	return EXIT_DONE;
}

static int decode_read(struct decode *d)
{
	enum source_state state = SOURCE_MORE;

	while (state == SOURCE_MORE) {
		struct frame frames[SOURCE_BURST];
		size_t count = 0;

		state = source_burst(d->source, frames, SOURCE_BURST, &count);
		for (size_t i = 0; i < count; i++) {
			struct packet packet;

			if (walk_frame(&d->walk, &frames[i], &packet) == VERDICT_DECODED)
				walk_packet(&d->walk, &packet, frames[i].wire_length);
			d->walk.indication_count = 0;
			d->last = frames[i];
		}
	}
	while (!walk_finish(&d->walk, &d->last))
		d->walk.indication_count = 0;
	if (state == SOURCE_DAMAGED) {
		fflush(stdout);
		fprintf(stderr, "sigcanary decode: %s\n", source_error(d->source));
		return EXIT_INPUT;
	}
	return EXIT_DONE;
}

int command_decode(int argc, char **argv)
{
	struct decode d = { 0 };
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_JSON | TAKES_IDENTITIES | TAKES_QUIET | TAKES_FILTER, &d.options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest == argc) {
		fprintf(stderr, "sigcanary decode: no capture given; name one or more files, or '-' for standard input\n");
		return EXIT_USAGE;
	}
	d.options.inputs = (const char *const *)(argv + rest);
	d.options.input_count = (size_t)(argc - rest);
	code = decode_open(&d);
	if (code == EXIT_DONE)
		code = decode_read(&d);
	if (!output_close(stdout, "standard output") && code == EXIT_DONE)
		code = EXIT_FAILED;
	walk_close(&d.walk);
	source_close(d.source);
	segments_free(d.segments);
	plan_free(d.plan);
	filter_free(d.filter);
	return code;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary explain FILE --frame N`: what became of one frame, layer by layer, and the clause that refused it.
 *
 * All frames before it are walked as `decode` walks them, so that associations, streams and fragments are as in life; twice, since the
 * chunks of the frame are then given to a second walk one by one (explain_layers.c). A number that the capture has not ends with 2, an
 * input that is damaged before it with 4.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "control/command/command.h"
#include "control/command/explain.h"
#include "dataplane/source/source.h"

struct explaining {
	struct options options;
	struct plan *plan;
	struct segments *segments;
	struct source *source;
	struct walk walk;
	struct walk pieces;
	struct pseudonym pseudonym;
	uint32_t last; /* frame that was read */
};

static int explain_open(struct explaining *x)
{
	char error[SOURCE_ERROR_MAX];
	char segment_error[SEGMENT_ERROR_MAX];

	x->plan = options_plan(&x->options);
	if (x->plan == NULL)
		return EXIT_CONFIG;
	x->segments = segments_new(x->plan, segment_error);
	if (x->segments == NULL) {
		fprintf(stderr, "sigcanary explain: %s\n", segment_error);
		return EXIT_CONFIG;
	}
	x->pseudonym.is_clear = x->options.clear_identities || x->plan->clear_identities;
	if (!x->pseudonym.is_clear)
		pseudonym_open(x->plan->key_file, &x->pseudonym);
	x->source = source_open_files(x->options.inputs, x->options.input_count, error);
	if (x->source == NULL) {
		fprintf(stderr, "sigcanary explain: %s\n", error);
		return EXIT_INPUT;
	}
	if (!walk_open(&x->walk, x->plan, x->segments) || !walk_open(&x->pieces, x->plan, x->segments)) {
		fprintf(stderr, "sigcanary explain: no memory for the decoders; lower limits in the configuration\n");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static void frame_pass(struct walk *w, const struct frame *frame)
{
	struct packet packet;

	if (walk_frame(w, frame, &packet) == VERDICT_DECODED)
		walk_packet(w, &packet, frame->wire_length);
	w->indication_count = 0;
}

static int frame_show(struct explaining *x, const struct frame *frame)
{
	struct explain e = { .frame = frame, .pseudonym = &x->pseudonym, .walk = &x->walk, .pieces = &x->pieces, .root = json_object() };
	int code = EXIT_DONE;

	if (e.root == NULL)
		return EXIT_FAILED;
	explain_frame(&e);
	if (x->options.is_json) {
		if (json_dumpf(e.root, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
			code = EXIT_FAILED;
		putchar('\n');
	} else {
		explain_write_text(e.root, stdout);
	}
	json_decref(e.root);
	/* Nothing more is walked; the plan that the frame was explained with ends here. */
	x->pieces.plan = x->plan;
	return code;
}

static int explain_read(struct explaining *x)
{
	enum source_state state = SOURCE_MORE;

	while (state == SOURCE_MORE) {
		struct frame frames[SOURCE_BURST];
		size_t count = 0;

		state = source_burst(x->source, frames, SOURCE_BURST, &count);
		for (size_t i = 0; i < count; i++) {
			x->last = frames[i].number;
			if (frames[i].number == x->options.frame)
				return frame_show(x, &frames[i]);
			frame_pass(&x->walk, &frames[i]);
			frame_pass(&x->pieces, &frames[i]);
		}
	}
	if (state == SOURCE_DAMAGED) {
		fprintf(stderr, "sigcanary explain: %s\n", source_error(x->source));
		return EXIT_INPUT;
	}
	fprintf(stderr, "sigcanary explain: %s has %" PRIu32 " frames; there is no frame %" PRIu32 "\n", x->options.inputs[0], x->last,
		x->options.frame);
	return EXIT_USAGE;
}

int command_explain(int argc, char **argv)
{
	struct explaining x = { 0 };
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_JSON | TAKES_IDENTITIES | TAKES_FRAME, &x.options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (argc - rest != 1 || x.options.frame == 0) {
		fprintf(stderr, "sigcanary explain: name one capture and a frame of it: sigcanary explain FILE --frame N\n");
		return EXIT_USAGE;
	}
	x.options.inputs = (const char *const *)(argv + rest);
	x.options.input_count = 1;
	code = explain_open(&x);
	if (code == EXIT_DONE)
		code = explain_read(&x);
	if (!output_close(stdout, "standard output") && code == EXIT_DONE)
		code = EXIT_FAILED;
	walk_close(&x.walk);
	walk_close(&x.pieces);
	source_close(x.source);
	segments_free(x.segments);
	plan_free(x.plan);
	return code;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated operator as a source of frames, so that the whole pipeline runs on it without a file. Frames stay in the ring of the wire
 * while a burst is looked at: a burst and what one event adds to it are far fewer than WIRE_SLOTS. It never is damaged and drops nothing.
 */
#include <stdlib.h>

#include "dataplane/source/source.h"
#include "lab/lab.h"
#include "lab/source.h"

struct lab_source {
	struct source source; /* first */
	struct lab *lab;
	uint64_t frames, bytes;
};

static enum source_state lab_burst(struct source *s, struct frame *frames, size_t max, size_t *ret_count)
{
	struct lab_source *source = (struct lab_source *)s;
	struct lab_frame frame;
	size_t count = 0;

	while (count < max && count < SOURCE_BURST && lab_next(source->lab, &frame)) {
		source->frames++;
		source->bytes += frame.length;
		frames[count++] = (struct frame){
			.bytes = frame.bytes,
			.captured = frame.length,
			.wire_length = frame.length,
			.time = frame.time,
			.clock = frame.time,
			.sequence = source->frames,
			.number = (uint32_t)source->frames,
			.link_type = LINK_TYPE_ETHERNET,
		};
	}
	*ret_count = count;
	return count == 0 ? SOURCE_END : SOURCE_MORE;
}

static void lab_statistics(struct source *s, struct source_statistics *ret)
{
	const struct lab_source *source = (const struct lab_source *)s;

	*ret = (struct source_statistics){ .frames = source->frames, .bytes = source->bytes };
}

static const char *lab_error(struct source *s)
{
	(void)s;
	return "";
}

static void lab_source_close(struct source *s)
{
	struct lab_source *source = (struct lab_source *)s;

	lab_close(source->lab);
	free(source);
}

static const struct source_operations operations = {
	.burst = lab_burst,
	.statistics = lab_statistics,
	.error = lab_error,
	.close = lab_source_close,
};

struct source *lab_source_open(const struct lab_options *options, char error[LAB_ERROR_MAX])
{
	struct lab_source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return NULL;
	source->source.operations = &operations;
	source->lab = lab_open(options, error);
	if (source->lab == NULL) {
		free(source);
		return NULL;
	}
	return &source->source;
}

const struct lab *lab_source_lab(const struct source *s)
{
	return ((const struct lab_source *)s)->lab;
}

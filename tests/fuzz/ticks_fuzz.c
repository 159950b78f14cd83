/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a file of counts: columns, times, names and comments of anybody. Besides what the sanitizers see, the promises of
 * tick_input.h. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "control/sink/ticks.h"
#include "control/tick/tick_input.h"
#include "dataplane/outcome.h"

/* Long pauses are many empty ticks. */
#define TICKS_MAX 2000
#define NAMES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void notice_check(void *self, const struct outcome *notice)
{
	(void)self;
	assert(notice->event == OUTCOME_EVENT_NOTICE && notice->cause != 0);
}

static void tally_check(const struct tally *tally, const struct plan *plan, struct stream_names *names)
{
	assert(tally->length >= TICK_SHORTEST && tally->length <= TICK_LONGEST);
	for (size_t i = 0; i < tally->count; i++) {
		char name[STREAM_NAME_MAX];
		struct stream_key parent;

		assert(tally->cells[i].key.dimension < DIMENSION_COUNT);
		stream_name_write(&tally->cells[i].key, plan, stream_names_text, names, name);
		if (stream_names_parent(names, &tally->cells[i].key, &parent))
			assert(stream_names_contain(names, &parent, &tally->cells[i].key));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int descriptor = memfd_create("counts", MFD_CLOEXEC);
	FILE *errors = fopen("/dev/null", "w");
	struct plan *plan = plan_default();
	struct stream_names *names = stream_names_new(plan, NAMES_MAX);
	char path[32];
	const char *paths[] = { path, path };
	struct tick_input *input;
	struct tally tally;

	assert(errors != NULL && names != NULL);
	assert(descriptor >= 0 && write(descriptor, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	/* Twice the same file: everything is merged with itself. */
	input = tick_input_open(paths, 2, names, errors);
	if (input != NULL) {
		tick_input_notices(input, notice_check, NULL);
		for (int i = 0; i < TICKS_MAX && tick_input_next(input, &tally); i++)
			tally_check(&tally, plan, names);
		(void)tick_input_finish(input);
	}
	tick_input_close(input);
	stream_names_free(names);
	plan_free(plan);
	fclose(errors);
	close(descriptor);
	return 0;
}

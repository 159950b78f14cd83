/* SPDX-License-Identifier: BSD-3-Clause */
/* One incident's capture, see cut.h. Called by the thread that keeps evidence, or by a replay's between two ticks. */
#include "control/evidence/cut.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool cut_begin(struct cut *c, int file, const char *words)
{
	c->file = file;
	c->is_full = false;
	c->packets = 0;
	c->known = 0;
	return pcapng_begin(&c->writer, file, words);
}

static struct redact_hint hint_of(const struct logged *e)
{
	return (struct redact_hint){ .imsi = e->imsi, .msisdn = e->msisdn, .nodes = { e->client, e->server } };
}

static void packet_write(struct cut *c, const struct cut_tools *tools, const struct frame *frame)
{
	const struct logged *found[LOGBOOK_FOUND_MAX];
	struct redact_hint hints[LOGBOOK_FOUND_MAX];
	char texts[LOGBOOK_FOUND_MAX][LOGBOOK_COMMENT_MAX];
	char redacted[64];
	const char *comments[LOGBOOK_FOUND_MAX + 1];
	size_t count = logbook_find(tools->logbook, frame->time, frame->number, found);
	size_t numbers = 0;

	for (size_t i = 0; i < count; i++) {
		logged_write(&tools->words, found[i], texts[i]);
		comments[i] = texts[i];
		hints[i] = hint_of(found[i]);
	}
	c->packets++;
	c->known += count > 0;
	if (c->is_redacted)
		numbers = redact_frame(tools->redactor, frame, tools->bytes, hints, count);
	if (numbers > 0) {
		snprintf(redacted, sizeof(redacted), "redacted: %zu numbers overwritten", numbers);
		comments[count++] = redacted;
	}
	pcapng_packet(&c->writer, frame, comments, count);
}

bool cut_advance(struct cut *c, const struct cut_tools *tools, nanos clock)
{
	struct frame frame;

	while (!c->is_full && reel_next(&c->reel, clock < c->until ? clock : c->until, tools->bytes, &frame)) {
		if (frame.time < c->from || frame.time >= c->until)
			continue;
		if (c->writer.written + frame.captured > c->most)
			c->is_full = true;
		else
			packet_write(c, tools, &frame);
	}
	return !pcapng_flush(&c->writer) || c->is_full || clock >= c->until;
}

int cut_end(struct cut *c)
{
	int error = pcapng_end(&c->writer) ? 0 : c->writer.error != 0 ? c->writer.error : ENOMEM;

	if (close(c->file) != 0 && error == 0)
		error = errno;
	return error;
}

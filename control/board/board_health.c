/* SPDX-License-Identifier: BSD-3-Clause */
/* How the probe itself does: sections that others write, as one document and as an event every few seconds. */
#include <stdlib.h>
#include <string.h>

#include "control/board/board_parts.h"

#define TOLD_EVERY_S 5

void board_section(struct board *b, const char *name, board_write_section write, void *self)
{
	if (b->section_count < SECTIONS_MAX)
		b->sections[b->section_count++] = (struct section){ .name = name, .write = write, .self = self };
}

/* A writer that ends its value with a line break, as one of whole documents does, is no harm to JSON; an event must be one line. */
void board_write_health(struct board *b, FILE *out)
{
	fputc('{', out);
	for (size_t i = 0; i < b->section_count; i++) {
		fprintf(out, "%s\"%s\":", i > 0 ? "," : "", b->sections[i].name);
		b->sections[i].write(b->sections[i].self, out);
	}
	fputs("}\n", out);
}

void board_tell_health(struct board *b)
{
	int64_t now = chronicle_end(b->chronicle);
	char *text = NULL;
	size_t length = 0;
	FILE *out;

	if (now >= b->health_told && now < b->health_told + TOLD_EVERY_S)
		return;
	b->health_told = now;
	out = open_memstream(&text, &length);
	if (out == NULL)
		return;
	board_write_health(b, out);
	if (fclose(out) == 0 && b->publish != NULL) {
		for (char *end = text; (end = strchr(end, '\n')) != NULL;)
			*end = ' ';
		b->publish(b->publish_self, "health", text, length);
	}
	free(text);
}

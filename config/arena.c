/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the configuration, see arena.h. Every piece is its own allocation, so that the sanitizers see a read beyond a string; a
 * configuration has a few thousand pieces at most. Called by control alone, before the workers start or while they run with the old plan.
 * Refuses nothing; when the system has no memory left, the program ends here, because there is nothing sensible to do without a plan.
 */
#include "config/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_piece {
	struct arena_piece *next;
	_Alignas(max_align_t) char bytes[];
};

void *arena_take(struct arena *a, size_t size)
{
	struct arena_piece *piece = calloc(1, sizeof(*piece) + size);

	if (!piece) {
		fprintf(stderr, "sigcanary: no memory for the configuration (%zu bytes)\n", size);
		exit(1);
	}
	piece->next = a->pieces;
	a->pieces = piece;
	return piece->bytes;
}

char *arena_text(struct arena *a, const char *text, size_t length)
{
	char *copy = arena_take(a, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_format(struct arena *a, const char *format, ...)
{
	va_list arguments;
	va_list again;
	char *text = NULL;
	int length = 0;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = arena_take(a, length < 0 ? 1 : (size_t)length + 1);
	if (length > 0)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void arena_free(struct arena *a)
{
	while (a->pieces) {
		struct arena_piece *piece = a->pieces;

		a->pieces = piece->next;
		free(piece);
	}
}

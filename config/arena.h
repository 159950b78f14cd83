/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that is given back all at once: of a plan, of a YAML tree, of the mistakes of one reading. Not for the packet's path. */
#ifndef SIGCANARY_CONFIG_ARENA_H
#define SIGCANARY_CONFIG_ARENA_H

#include <stddef.h>

struct arena_piece;

/* Zero-initialised is empty. Owned by whoever reads the configuration. */
struct arena {
	struct arena_piece *pieces;
};

/* `size` zeroed bytes, aligned for anything. Without memory it ends the program with a sentence: nothing runs yet. */
void *arena_take(struct arena *a, size_t size);

/* A copy of `length` bytes of text, 0-terminated. */
char *arena_text(struct arena *a, const char *text, size_t length);

/* A formatted text. */
char *arena_format(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives everything back and leaves the arena empty. */
void arena_free(struct arena *a);

#endif

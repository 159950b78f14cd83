/* SPDX-License-Identifier: BSD-3-Clause */
/* The text of a configuration file and everything that is wrong with it. */
#ifndef SIGCANARY_CONFIG_MISTAKE_H
#define SIGCANARY_CONFIG_MISTAKE_H

#include <stdbool.h>
#include <stdio.h>

#include "config/arena.h"

/* Where something stands: line and column from 1, columns counted in characters. */
struct place {
	int line;
	int column;
};

struct mistake {
	struct place place;
	const char *sentence; /* "what; what to do" */
};

/* Mistakes beyond these are counted only. */
#define MISTAKES_MAX 200
/* Longest configuration file. */
#define SOURCE_BYTES_MAX (8U << 20)

struct mistakes {
	const char *path;
	const char *bytes; /* the file, NULL when it could not be read */
	size_t length;
	struct mistake list[MISTAKES_MAX];
	size_t count; /* all of them */
	struct arena arena;
};

/* Reads the file into `m`; false when that failed or it is not UTF-8, with the mistake noted. */
bool mistakes_open(struct mistakes *m, const char *path);
void mistakes_close(struct mistakes *m);

/* Notes one mistake. */
void mistake_note(struct mistakes *m, struct place place, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes all of them in the order of the file, each with its line and a caret. */
void mistakes_write(struct mistakes *m, FILE *out);

/*
 * The place of the character `index` (in bytes) of a scalar that begins at `start` and whose text is `text`; `start` itself when the scalar
 * is not written in the file as it reads (escapes, folded lines).
 */
struct place mistakes_place_inside(const struct mistakes *m, struct place start, const char *text, size_t index);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* The file in which what is usual is kept over a restart. Control's thread; a helper thread of its own does the slow part of writing. */
#ifndef SIGCANARY_STORE_BASELINES_H
#define SIGCANARY_STORE_BASELINES_H

#include "control/tick/engine.h"

#define BASELINES_ERROR_MAX 512

struct baselines;

/*
 * Reads the file into an engine that has judged nothing yet. A file that is not there is a first start. One that is damaged is set aside as
 * FILE.damaged, said in one sentence on standard error, and learning begins anew. False, with a sentence, for one that must not be written
 * over: it cannot be read, or a newer program made it.
 */
bool baselines_read(const char *path, struct engine *e, char error[BASELINES_ERROR_MAX]);

/*
 * Keeps the file from now on: every minute of the traffic's time, if the writing before has ended, and at the end. NULL when there is no
 * memory or no thread.
 */
struct baselines *baselines_new(const char *path, const struct engine *e);

/* An audience's function. */
void baselines_tick(void *baselines, const struct tally *tally, const struct detector *detector);

/* Writes for the last time and frees; false after a sentence when that failed. */
bool baselines_close(struct baselines *b);

/* What the above write: once, here and now. */
bool baselines_save(const char *path, const struct engine *e);

/*
 * The bytes as the new content of the file: at every moment the file is the old one or the new one, whole, also after a crash. 0 or a
 * negative errno.
 */
int baselines_replace(const char *path, const uint8_t *bytes, size_t length);

#endif

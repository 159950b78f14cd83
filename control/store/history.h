/* SPDX-License-Identifier: BSD-3-Clause */
/* What the store's file knows from before this start. Control's thread, once, before anything new is announced. */
#ifndef SIGCANARY_STORE_HISTORY_H
#define SIGCANARY_STORE_HISTORY_H

#include "control/store/store.h"

#define HISTORY_INCIDENTS 256 /* newest ones whose announcements are told; ids are told of all */

struct history_reader {
	void *self;
	/* An incident, oldest first; `memory` is NULL when there is none. Texts are valid during the call. */
	void (*incident)(void *self, const char *id, bool is_open, const char *memory);
	/* Afterwards, an announcement, in the order in which they were made; `is_open`: whether its incident is. */
	void (*announcement)(void *self, const char *id, bool is_open, const char *json);
	/* And what users said, in that order. */
	void (*remark)(void *self, const struct store_remark *remark);
};

/* Nothing is told without a file. False when the file cannot be read. */
bool history_read(const struct store *s, const struct history_reader *reader);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* An announcement as fields of the journal of systemd. */
#ifndef SIGCANARY_OUTLET_JOURNAL_H
#define SIGCANARY_OUTLET_JOURNAL_H

#include "control/outlet/outlet.h"

#define JOURNAL_FIELDS_MAX 24
/* What `journalctl MESSAGE_ID=` finds all announcements by. */
#define JOURNAL_MESSAGE_ID "8a7e6d4f3c1b4e0f9d2a5b7c6e8f1a03"

struct journal_fields {
	char *texts[JOURNAL_FIELDS_MAX]; /* "NAME=value" */
	size_t count;
};

void journal_fields_make(const struct letter *letter, struct journal_fields *ret);
void journal_fields_free(struct journal_fields *f);

#endif

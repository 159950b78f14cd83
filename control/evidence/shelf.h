/* SPDX-License-Identifier: BSD-3-Clause */
/* The folder of captures: ID.pcapng for each incident, of bounded age and size. Functions without a state of their own; any thread. */
#ifndef SIGCANARY_EVIDENCE_SHELF_H
#define SIGCANARY_EVIDENCE_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"

/* What may stand there: only files whose name is that of an incident's capture are counted or deleted. */
struct shelf_limits {
	nanos keep;
	uint64_t most; /* bytes in all */
};

struct shelf_state {
	uint64_t captures;
	uint64_t bytes;
	uint64_t deleted; /* by this call */
};

/* Whether an incident's id may be a file's name: digits and hyphens, see struct alarm. */
bool shelf_id_is_plain(const char *id);

/* Makes the folder where there is none (mode 0750). Negative errno. */
int shelf_make(const char *folder);

/* Opens a capture for writing (mode 0640): a new file, or instead of an old one. Negative errno; -EEXIST when it is there already. */
int shelf_create(const char *folder, const char *id, bool replaces);
/* For reading. */
int shelf_open(const char *folder, const char *id);

/* Deletes what is too old by the clock of the system, and then the oldest until all fit. */
struct shelf_state shelf_tidy(const char *folder, const struct shelf_limits *limits);

#endif

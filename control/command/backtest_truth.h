/* SPDX-License-Identifier: BSD-3-Clause */
/* The truth beside a recording, as `sigcanary lab` writes it (docs/formats.md): when faults began and ended. */
#ifndef SIGCANARY_COMMAND_BACKTEST_TRUTH_H
#define SIGCANARY_COMMAND_BACKTEST_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "dataplane/base/nanos.h"

#define TRUTH_NAME_MAX 80

struct truth_fault {
	nanos onset, until;
	bool must_page; /* false: a page for it would be a false one */
	char name[TRUTH_NAME_MAX];
};

struct truth {
	struct truth_fault *faults; /* by onset */
	size_t count;
	bool is_known;
};

/* Adds what a file says. False after a sentence on `errors`. */
bool truth_read(struct truth *t, const char *path, FILE *errors);
void truth_free(struct truth *t);

/* A page may come so long after the end of a fault, and its false neighbours begin there. */
#define TRUTH_AFTER (300 * NANOS_PER_S)

/* Whether [from, until] touches the time of a fault that must page. */
bool truth_covers(const struct truth *t, nanos from, nanos until);

#endif

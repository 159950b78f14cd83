/* SPDX-License-Identifier: BSD-3-Clause */
/* What `sigcanary doctor` finds: one finding per question, each with the command that mends it. */
#ifndef SIGCANARY_COMMAND_DOCTOR_H
#define SIGCANARY_COMMAND_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"

#define DOCTOR_FINDINGS_MAX 64
#define DOCTOR_TEXT_MAX     512

enum doctor_state {
	DOCTOR_GOOD,
	DOCTOR_NOTE,  /* it runs, but slower or less surely */
	DOCTOR_WRONG, /* it does not run on DPDK ports, or not as this user */
};

struct doctor_finding {
	const char *name;
	enum doctor_state state;
	char words[DOCTOR_TEXT_MAX];
	char mend[DOCTOR_TEXT_MAX]; /* a command, "" when nothing is to be done */
};

struct doctor {
	const char *root;        /* "" or a folder that files are looked for in instead */
	const struct plan *plan; /* NULL: no configuration was named */
	struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
	size_t count;
};

/* Adds a finding; `words` and `mend` as snprintf() made them in place. NULL when there are enough. */
struct doctor_finding *doctor_find(struct doctor *d, const char *name, enum doctor_state state);

/* Files below the root: the first line of one, false when it cannot be read; a number in it, or `preset`. */
bool doctor_text(const struct doctor *d, const char *path, char *text, size_t size);
double doctor_number(const struct doctor *d, const char *path, double preset);
/* The last part of what a link points to; false when there is none. */
bool doctor_link(const struct doctor *d, const char *path, char *text, size_t size);
bool doctor_is_there(const struct doctor *d, const char *path);

/* Each adds what it finds. */
void doctor_memory(struct doctor *d); /* huge pages, locked memory */
void doctor_ports(struct doctor *d);  /* network devices, drivers, IOMMU, NUMA */
void doctor_cores(struct doctor *d);  /* instructions, isolation, frequency */
void doctor_clock(struct doctor *d);  /* its source, and whether it is set by others */
void doctor_user(struct doctor *d);   /* permissions and limits */

#endif

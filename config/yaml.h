/* SPDX-License-Identifier: BSD-3-Clause */
/* A YAML file as a plain tree, every part with its place. */
#ifndef SIGCANARY_CONFIG_YAML_H
#define SIGCANARY_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "config/mistake.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

/* Immutable once read; lives in the arena it was read into. */
struct yaml {
	enum yaml_kind kind;
	struct place place;
	const char *text;       /* of a scalar, as it reads */
	bool is_plain;          /* a scalar without quotes */
	const struct yaml *key; /* the key of this value, a scalar; NULL in sequences */
	struct yaml *first;     /* of a sequence or mapping */
	struct yaml *last;
	struct yaml *next;
	size_t count;
};

/* Nothing after the colon, or `null`, or `~`. */
bool yaml_is_null(const struct yaml *y);

/* The tree of the opened file; NULL when it is not readable YAML (mistakes noted) or holds nothing (none noted). */
const struct yaml *yaml_read(struct mistakes *m, struct arena *arena);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of values a configuration key can have: how each is read, what it must be, how it is written. */
#ifndef SIGCANARY_CONFIG_VALUE_H
#define SIGCANARY_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/arena.h"
#include "config/plan.h"

enum value_type {
	/* scalars */
	VALUE_BOOL,     /* bool */
	VALUE_COUNT,    /* size_t */
	VALUE_COUNT32,  /* uint32_t */
	VALUE_COUNT64,  /* uint64_t */
	VALUE_WORKERS,  /* unsigned int */
	VALUE_BYTES,    /* size_t, "64 MiB" */
	VALUE_BYTES32,  /* uint32_t */
	VALUE_DURATION, /* nanos, "200 ms" */
	VALUE_SECONDS,  /* double, written like a duration */
	VALUE_SHARE,    /* double from 0 to 1, also "1 %" */
	VALUE_PORT,     /* uint16_t */
	VALUE_TEXT,     /* const char *, NULL when not said */
	VALUE_NAME,     /* const char *, lower-case letters, digits and hyphens */
	VALUE_WORD,     /* const char *, one of `words` */
	VALUE_ENUM,     /* an enum of plan.h, the position among `words` */
	VALUE_CLASS,    /* uint8_t, the position among `words` */
	VALUE_CAUSE,    /* struct plan_outcome: "map-error:34" into cause_layer and cause */
	VALUE_DIGITS,   /* digits */
	VALUE_NUMBER,   /* uint32_t, decimal; 0 when not said */
	VALUE_ADDRESS,  /* const char *, beginning with one of `words`, host and port behind it; NULL when not said */
	VALUE_IP,       /* const char *, IPv4 or IPv6 */
	VALUE_SCALARS,  /* how many kinds of scalars there are */
	/* lists and mappings; config/list.c */
	VALUE_PORTS = VALUE_SCALARS,
	VALUE_TEXTS,
	VALUE_ADDRESSES,
	VALUE_PATTERNS,
	VALUE_TIMEOUTS,
	VALUE_SEGMENTS,
	VALUE_NODES,
	VALUE_OUTCOMES,
	VALUE_DATES,
	VALUE_MAINTENANCE,
};

/* One key. Immutable, static. */
struct schema_key {
	const char *path; /* "limits.transactions"; of a list's items "name" */
	enum value_type type;
	size_t offset;            /* in struct plan, plan_segment, ...; of VALUE_PATTERNS the enum plan_field */
	double minimum, maximum;  /* of numbers, in the member's unit */
	const char *preset;       /* the default as it would be written, NULL when there is none */
	const char *const *words; /* NULL-terminated choice; of an address how it may begin */
	bool is_required;         /* in items of lists */
	bool is_reloadable;
	const char *document;
};

enum value_verdict { VALUE_GOOD, VALUE_WRONG_TYPE, VALUE_OUT_OF_RANGE };

/* Reads the text of a scalar into `member`; texts live in the arena. Untouched when not good. */
enum value_verdict value_read(const struct schema_key *k, struct arena *arena, const char *text, void *member);

/* Writes the value as YAML. */
void value_write(const struct schema_key *k, const void *member, FILE *out);

/* Whether the value is not said (a NULL text, no digits). */
bool value_is_absent(const struct schema_key *k, const void *member);

/* "a duration from 20 ms to 1 h, such as 2 s": what a value of this key must be. */
const char *value_wanted(const struct schema_key *k, struct arena *arena);

/* Text as a YAML (and JSON) double-quoted scalar. */
void text_write_quoted(const char *text, FILE *out);

/* A duration with the largest unit that fits exactly. */
void duration_write(double seconds, FILE *out);

#endif

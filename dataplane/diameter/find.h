/* SPDX-License-Identifier: BSD-3-Clause */
/* The three ways diameter_find() looks for a header; they find the same. Private to the room and its tests. */
#ifndef SIGCANARY_DIAMETER_FIND_H
#define SIGCANARY_DIAMETER_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/cursor.h"

/* Whether this machine has what the vector variant needs. */
bool diameter_find_has_vector(void);

/* Offset by offset, on every machine. */
size_t diameter_find_portable(const struct cursor *c);

/* 16 offsets at a time, on every machine. */
size_t diameter_find_lanes(const struct cursor *c);

/* 32 offsets at a time; only where diameter_find_has_vector(). */
size_t diameter_find_vector(const struct cursor *c);

#endif

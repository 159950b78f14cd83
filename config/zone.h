/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time zones: local time of any moment, without the process's TZ. Immutable once read, any thread may ask. Times are seconds since 1970.
 */
#ifndef SIGCANARY_CONFIG_ZONE_H
#define SIGCANARY_CONFIG_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/arena.h"

struct zone;

/*
 * A zone by its name in the system's TZ database ("Europe/London"), or by a rule as POSIX writes it ("GMT0BST,M3.5.0/1,M10.5.0"), which
 * needs no database. NULL when it is neither. "" and "UTC" are always known. Lives in the arena.
 */
const struct zone *zone_read(struct arena *arena, const char *name);

/* The same from the bytes of a TZif file (RFC 8536), NULL when they are none. */
const struct zone *zone_of_bytes(struct arena *arena, const uint8_t *bytes, size_t length);

/* Seconds by which local clocks are ahead of UTC; 0 for a zone of NULL. */
int32_t zone_offset(const struct zone *zone, int64_t utc);

/* The moment at which local clocks show `local`; of two the first, of an hour that is left out the moment it would have been. */
int64_t zone_utc(const struct zone *zone, int64_t local);

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back. */
int32_t zone_days(int year, int month, int day);
void zone_date(int32_t days, int *ret_year, int *ret_month, int *ret_day);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watch list: subscribers and strings that an operator looks for in the bytes of every message, also of those that the decoder refuses.
 *
 * One line per entry, '#' begins a comment:
 *   imsi DIGITS [NAME]      as TBCD (MAP, Diameter) and as decimal text (Diameter's User-Name)
 *   msisdn DIGITS [NAME]    as TBCD
 *   text WORDS              ASCII, without regard to case
 *   hex OCTETS              "c0 ff ee" or "c0ffee"
 * A number is found wherever its octets stand, whatever they mean there; one of an even number of digits also as the beginning of a longer
 * one. Literals are Hyperscan's, all in one pass: about 330 cycles per message of 250 octets with 100,000 of them.
 */
#ifndef SIGCANARY_SEGMENT_WATCHLIST_H
#define SIGCANARY_SEGMENT_WATCHLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"

#define WATCHLIST_ERROR_MAX 512 /* SEGMENT_ERROR_MAX */
/* Entries of one list; compiling so many takes some ten seconds. */
#define WATCHLIST_ENTRIES_MAX 200000
/* Entries that one message reports at most; the first ones of the list. */
#define WATCHLIST_SIGHTINGS_MAX 8

struct hs_scratch;
struct watchlist; /* compiled; immutable */

enum watched_kind { WATCHED_IMSI, WATCHED_MSISDN, WATCHED_TEXT, WATCHED_HEX };

struct watched {
	enum watched_kind kind;
	digits number;     /* WATCHED_IMSI and WATCHED_MSISDN, else 0 */
	const char *label; /* the operator's name, or the text; "" when a number has no name */
	unsigned int line;
};

/* Reads and compiles a list. NULL and `error` ("FILE:LINE: what; what to do") when it cannot be used. Control's thread. */
struct watchlist *watchlist_open(const char *path, char error[WATCHLIST_ERROR_MAX]);
void watchlist_close(struct watchlist *w);

size_t watchlist_count(const struct watchlist *w);
/* Entry `number`, counted from 0; NULL when there is none. */
const struct watched *watchlist_entry(const struct watchlist *w, uint32_t number);

/* Makes or enlarges one worker's scratch; false without memory. */
bool watchlist_scratch(const struct watchlist *w, struct hs_scratch **scratch);
void watchlist_scratch_free(struct hs_scratch *scratch);

/* Which entries stand in `bytes`, ascending, each once, at most WATCHLIST_SIGHTINGS_MAX; returns how many. Pure but for the scratch. */
size_t watchlist_scan(const struct watchlist *w, struct hs_scratch *scratch, const struct cursor *bytes,
		      uint32_t ret_numbers[WATCHLIST_SIGHTINGS_MAX]);

#endif

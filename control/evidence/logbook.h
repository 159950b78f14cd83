/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What became of recent requests, by the packets that brought request and answer: so that a packet can be said whose it is. Bounded; the
 * newest take the place of the oldest. Owned by the thread that keeps evidence.
 */
#ifndef SIGCANARY_EVIDENCE_LOGBOOK_H
#define SIGCANARY_EVIDENCE_LOGBOOK_H

#include <stddef.h>

#include "dataplane/base/pseudonym.h"
#include "dataplane/outcome.h"

#define LOGBOOK_FOUND_MAX   16
#define LOGBOOK_COMMENT_MAX 256

/* An outcome, without what nobody asks of a packet. */
struct logged {
	nanos time;
	nanos latency; /* -1: no answer, so far */
	uint64_t key;
	digits imsi;
	digits msisdn;
	node client;
	node server;
	uint64_t segments;
	uint32_t frames[2]; /* 0 when absent */
	uint64_t next[2];   /* the logbook's own */
	uint32_t cause;
	procedure procedure;
	int16_t invoke;
	uint8_t event;
	uint8_t class;
	uint8_t cause_layer;
};

struct logbook;

/* For `entries` outcomes, rounded up to a power of two. NULL when there is no memory. */
struct logbook *logbook_new(size_t entries);
void logbook_free(struct logbook *l);

/* Outcomes without a packet are left out. */
void logbook_add(struct logbook *l, const struct outcome *outcome);

/* The requests that the packet of this time and number asked or answered, the newest word on each; at most LOGBOOK_FOUND_MAX. */
size_t logbook_find(const struct logbook *l, nanos time, uint32_t number, const struct logged *ret[LOGBOOK_FOUND_MAX]);

/* "txn 0x1f… map.updateLocation -> systemFailure(34), imsi~23410…, tesco-mobile, 412 ms". Names of segments by their bit. */
struct logbook_words {
	const struct pseudonym *pseudonym;
	const char (*segment_names)[32];
	size_t segment_count;
};
void logged_write(const struct logbook_words *w, const struct logged *entry, char text[LOGBOOK_COMMENT_MAX]);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capture of one incident while it is being written: packets from before its onset until after its first announcement, each with what
 * is known of the requests it asks or answers. Follows the tapes some seconds behind, so that answers are known when their requests are
 * written. Owned by the thread that keeps evidence.
 */
#ifndef SIGCANARY_EVIDENCE_CUT_H
#define SIGCANARY_EVIDENCE_CUT_H

#include "control/evidence/logbook.h"
#include "control/evidence/pcapng_write.h"
#include "control/evidence/redact.h"
#include "control/evidence/reel.h"

/* How far behind the clock packets are written: answers, or that none comes within OUTCOME_OVERDUE_AGE, are known by then. */
#define CUT_BEHIND (OUTCOME_OVERDUE_AGE + 1 * NANOS_PER_S)

struct cut {
	char id[24];
	nanos from;
	nanos until;
	uint64_t most; /* bytes */
	bool is_redacted;
	bool is_full; /* there was more than `most` */
	struct reel reel;
	struct pcapng_writer writer;
	int file;
	uint64_t packets;
	uint64_t known; /* of these, with a comment */
};

/* What every cut shares. */
struct cut_tools {
	const struct logbook *logbook;
	struct logbook_words words;
	struct redactor *redactor;
	uint8_t *bytes; /* TAPE_FRAME_MAX */
};

/* Begins to write into `file`, which is the cut's from now on. id, from, until, most, is_redacted and reel are the caller's to fill in. */
bool cut_begin(struct cut *c, int file, const char *words);

/* Writes what was seen before `clock`. Returns true when the cut is over: nothing more of its time can come, or it could not be written. */
bool cut_advance(struct cut *c, const struct cut_tools *tools, nanos clock);

/* Closes the file; 0, or the errno of what could not be written. */
int cut_end(struct cut *c);

#endif

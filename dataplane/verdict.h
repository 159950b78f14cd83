/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why a packet was used or not. Every packet ends in exactly one verdict, every verdict has a name, a clause and a counter
 * (verdict.def). Order inside verdict.def is severity: where several things happened in one packet, the last-listed one counts.
 */
#ifndef SIGCANARY_VERDICT_H
#define SIGCANARY_VERDICT_H

enum verdict_kind { VERDICT_KIND_DECODED, VERDICT_KIND_IGNORED, VERDICT_KIND_MALFORMED, VERDICT_KIND_DROPPED };

enum verdict {
#define VERDICT(id, kind, name, layer, clause, words) VERDICT_##id,
#include "dataplane/verdict.def"
#undef VERDICT
	VERDICT_COUNT
};

struct verdict_row {
	enum verdict_kind kind;
	const char *name;   /* as in --stats: "sctp-chunk-length" */
	const char *layer;  /* as in decode's "malformed": "sctp" */
	const char *clause; /* "RFC 9260 3.2" */
	const char *words;  /* one sentence for a person */
};

/* The row of a verdict; static storage. */
const struct verdict_row *verdict_row(enum verdict v);

/* The worse of two verdicts, that is the one listed later. */
static inline enum verdict verdict_worse(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

#endif

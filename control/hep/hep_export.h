/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of transactions to a collector of HOMER, over HEP3: each whole message of M3UA, M2PA and M2UA that asked or answered a known
 * request, and for Diameter, which HEP3 takes as JSON only, the request's line. All of a transaction have one correlation id. Subscribers'
 * digits are overwritten (control/evidence/redact.h) unless identities are in clear everywhere.
 */
#ifndef SIGCANARY_HEP_EXPORT_H
#define SIGCANARY_HEP_EXPORT_H

#include <stdio.h>

#include "config/plan.h"
#include "control/evidence/reel.h"
#include "dataplane/base/pseudonym.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"

#define HEP_EXPORT_ERROR_MAX 512

struct hep_export;
struct detector;

/* NULL and a sentence when plan->hep cannot be used. The tapes outlive it. */
struct hep_export *hep_export_open(const struct plan *plan, const struct reel_tapes *tapes, const struct pseudonym *pseudonym,
				   char error[HEP_EXPORT_ERROR_MAX]);
void hep_export_close(struct hep_export *h);

/* An audience's functions. Control's thread. */
void hep_export_outcome(void *hep_export, const struct outcome *outcome);
void hep_export_tick(void *hep_export, const struct tally *tally, const struct detector *detector);

/* One JSON object. Any thread. */
void hep_export_write_state(void *hep_export, FILE *out);
/* The families of /metrics. Any thread. */
void hep_export_write_metrics(void *hep_export, FILE *out);

#endif

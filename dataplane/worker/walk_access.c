/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the A interface and Iu: BSSAP and RANAP, the NAS messages inside, and what they mean for transactions.
 */
#include "dataplane/worker/walk.h"

void walk_connection(struct walk *w)
{
	(void)w;
}

enum verdict walk_bssap(struct walk *w, struct cursor user)
{
	(void)user;
	w->message.layers |= LAYER_BSSAP;
	w->message.verdict = VERDICT_SUBSYSTEM_OTHER;
	return w->message.verdict;
}

enum verdict walk_ranap(struct walk *w, struct cursor user)
{
	(void)user;
	w->message.layers |= LAYER_RANAP;
	w->message.verdict = VERDICT_SUBSYSTEM_OTHER;
	return w->message.verdict;
}

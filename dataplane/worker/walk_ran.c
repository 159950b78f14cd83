/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the radio access of 4G and 5G and for SGs: S1AP, NGAP and SGsAP, the NAS messages inside, and what they mean for
 * transactions.
 */
#include "dataplane/worker/walk.h"

enum verdict walk_s1ap(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_ngap(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_sgsap(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

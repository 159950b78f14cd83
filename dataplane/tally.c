/* SPDX-License-Identifier: BSD-3-Clause */
/* What both sides of the tally seam share, see tally.h. */
#include "dataplane/tally.h"

const nanos tally_checkpoint_age[TALLY_CHECKPOINTS] = {
	400 * NANOS_PER_MS,  600 * NANOS_PER_MS,  800 * NANOS_PER_MS,  1200 * NANOS_PER_MS,
	2000 * NANOS_PER_MS, 4000 * NANOS_PER_MS, 8000 * NANOS_PER_MS,
};

const char *const dimension_names[DIMENSION_COUNT] = {
	[DIMENSION_ALL] = "all",
	[DIMENSION_SEGMENT] = "segment",
	[DIMENSION_IMSI_PREFIX] = "prefix",
	[DIMENSION_IMSI_BUCKET] = "bucket",
	[DIMENSION_SERVER] = "server",
	[DIMENSION_CLIENT] = "client",
	[DIMENSION_IMSI_ENDING] = "ending",
	[DIMENSION_ROUTE] = "route",
	[DIMENSION_PLMN] = "plmn",
	[DIMENSION_RAT] = "rat",
	[DIMENSION_DIRECTION] = "direction",
	[DIMENSION_NAMED] = "name",
};

bool tally_is_registration(procedure p)
{
	const struct procedure_row *row = procedure_row(p);

	return row != NULL && row->weight >= PROCEDURE_WEIGHT_REGISTRATION && row->services != 0;
}

bool tally_has_registration(enum dimension dimension)
{
	return dimension != DIMENSION_IMSI_BUCKET && dimension != DIMENSION_IMSI_ENDING;
}

int stream_key_compare(const void *a, const void *b)
{
	return stream_key_order(a, b);
}

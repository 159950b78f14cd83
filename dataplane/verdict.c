/* SPDX-License-Identifier: BSD-3-Clause */
/* The verdict table, see verdict.h. */
#include "dataplane/verdict.h"

static const struct verdict_row rows[VERDICT_COUNT] = {
#define VERDICT(id, kind, name, layer, clause, words) [VERDICT_##id] = { VERDICT_KIND_##kind, name, layer, clause, words },
#include "dataplane/verdict.def"
#undef VERDICT
};

const struct verdict_row *verdict_row(enum verdict v)
{
	return &rows[v];
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Removals, see removals.h. Owned by control, called by beyond.c.
 *
 * MAP (29.002 8.1.3, 8.1.6) and S6a (29.272 5.2.1.2, 5.2.2.3) are told apart, since the links of one may be shown to the probe long after
 * those of the other.
 */
#include "control/detect/removals.h"

#include <stddef.h>
#include <string.h>

/* A removal comes with every few registrations: of so many one would have been seen. */
#define REGISTRATIONS_LEAST 32.0

static const char *const protocols[REMOVAL_PROTOCOLS] = { "map.", "s6a." };
static const char *const names[] = { "map.cancelLocation", "map.purgeMS", "s6a.clr", "s6a.pur" };

bool removals_has(procedure p)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (procedure_of_name(names[i]) == p)
			return true;
	return false;
}

/* REMOVAL_PROTOCOLS when it is none of them. */
static size_t protocol_of(const struct procedure_row *row)
{
	size_t i = 0;

	while (i < REMOVAL_PROTOCOLS && (row == NULL || strncmp(row->name, protocols[i], strlen(protocols[i])) != 0))
		i++;
	return i;
}

void removals_see(struct removals *r, procedure p, double requests, double seen_s)
{
	const struct procedure_row *row = procedure_row(p);
	size_t protocol = protocol_of(row);

	if (protocol == REMOVAL_PROTOCOLS || row->weight < PROCEDURE_WEIGHT_REGISTRATION || requests <= 0)
		return;
	if (r->registrations[protocol].requests <= 0)
		r->registrations[protocol].since_s = seen_s;
	r->registrations[protocol].requests += requests;
}

double removals_absent_s(const struct removals *r, procedure p, double seen_s)
{
	size_t protocol = protocol_of(procedure_row(p));

	if (protocol == REMOVAL_PROTOCOLS || r->registrations[protocol].requests < REGISTRATIONS_LEAST)
		return 0;
	return seen_s - r->registrations[protocol].since_s;
}

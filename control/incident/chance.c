/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See chance.h. A fault that takes a part of a range at random is found by chance too, at first: its place is named when it is known.
 * Called by locate.c on the control thread.
 */
#include "control/incident/chance.h"

#define SURE_NATS 5.0
#define PER_VALUE 2.0 /* with fewer requests per value, waiting a few seconds would not tell either */

static double requests_sum(const struct samples *s, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += s->cells[i].n;
	return sum;
}

bool chance_is_sure(struct samples *s, double baseline)
{
	static const enum sample_dimension asked[] = {
		SAMPLE_SERVER, SAMPLE_CLIENT, SAMPLE_PREFIX, SAMPLE_PREFIX + 1, SAMPLE_PREFIX + 2, SAMPLE_PREFIX + 3, SAMPLE_PREFIX + 4,
	};

	bool is_any = false;

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		size_t count = samples_sum(s, asked[i]);

		/* Where all requests have the same value there is nothing to tell apart. */
		if (count < 2 || requests_sum(s, count) < PER_VALUE * (double)count)
			continue;
		if (mixture_whole_nats(s->cells, count, baseline) > -SURE_NATS)
			return false;
		is_any = true;
	}
	return is_any;
}

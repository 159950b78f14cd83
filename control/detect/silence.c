/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Silence, see silence.h. Owned by control, called by judge.c.
 *
 * It is dark when twenty packets should have come by the mean of the last half minute and none did: by chance, once in e^20 times. A tap
 * that hands on its packets in bursts is silent between them; where darkness has begun six times within some minutes it is the habit, and
 * means nothing. Counts of others, which say no packets, are never dark.
 *
 * The probe is blind when it has been dark for twenty seconds, and for three times as long as the longest pause that this traffic made
 * lately; a minute of packets must have been seen before, since what comes by ones and twos pauses as it likes.
 */
#include "control/detect/silence.h"

#include <math.h>

#define SMOOTH_S     30.0
#define PACKETS_DUE  20.0
#define AFTER_S      10.0 /* more than the oldest age at which open requests are judged */
#define OFTEN        6.0
#define OFTEN_FADE_S 600.0
#define BLIND_S      20.0
#define BLIND_PAUSES 3.0
#define LIT_LEAST_S  60.0

bool silence_is_broken(const struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		const struct tally_cell *cell = &tally->cells[i];

		if (cell->requests > 0)
			return true;
		for (int class = 0; class < OUTCOME_CLASS_COUNT; class ++)
			if (class != OUTCOME_TIMEOUT && cell->outcomes[class] > 0)
				return true;
	}
	return false;
}

static void light_see(struct silence *s, double packets, double tick_s)
{
	double kept = exp(-tick_s / SMOOTH_S);

	s->packets = s->packets * kept + packets;
	s->seconds = s->seconds * kept + tick_s;
}

void silence_see(struct silence *s, const struct tally *tally, double tick_s)
{
	bool was_dark = s->is_dark;

	s->often *= exp(-tick_s / OFTEN_FADE_S);
	s->after_s = fmax(s->after_s - tick_s, 0);
	s->pause_s *= exp(-tick_s / OFTEN_FADE_S);
	if (tally->packets > 0) {
		if (!silence_is_blindness(s))
			s->pause_s = fmax(s->pause_s, s->silent_s);
		s->lit_s += tick_s;
	}
	s->silent_s = tally->packets > 0 ? 0 : s->silent_s + tick_s;
	s->is_dark = s->silent_s > 0 && s->silent_s * s->packets >= PACKETS_DUE * s->seconds && s->packets > 0;
	if (s->is_dark && !was_dark)
		s->often++;
	if (!s->is_dark)
		light_see(s, (double)tally->packets, tick_s);
	else if (s->often < OFTEN)
		s->after_s = AFTER_S;
}

bool silence_is_blindness(const struct silence *s)
{
	return s->is_dark && s->lit_s >= LIT_LEAST_S && s->silent_s >= fmax(BLIND_S, BLIND_PAUSES * s->pause_s);
}

bool silence_was_within(const struct silence *s, double age_s)
{
	return s->after_s > 0 && age_s > AFTER_S - s->after_s;
}

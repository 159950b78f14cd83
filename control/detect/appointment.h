/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a stream without a cell has to be looked at again, because requests of it reach a checkpoint. Owned by the detector.
 *
 * Most ticks of a slow stream bring nothing; its three kilobytes are not even fetched then. What decides that is small: all of it together
 * fits into a near cache. Nothing is allocated after appointments_new().
 */
#ifndef SIGCANARY_DETECT_APPOINTMENT_H
#define SIGCANARY_DETECT_APPOINTMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct appointments;

/* For streams 0 to limit - 1. NULL when there is no memory. */
struct appointments *appointments_new(size_t limit);
void appointments_free(struct appointments *a);

/* All are off. */
void appointments_clear(struct appointments *a);

/* Those of one stream are off. */
void appointments_cancel(struct appointments *a, uint32_t stream);

/*
 * Stream is looked at in this tick, and has to be again in those that `due` names: bit k is in k ticks, besides those named before.
 * `is_empty`: nothing of before is on its way any more. Once per stream and tick.
 */
void appointments_make(struct appointments *a, uint32_t stream, int64_t now, uint64_t due, bool is_empty);

/* The streams whose time may have come, in the order in which they were looked at last, and how many; valid until appointments_turn(). */
const uint32_t *appointments_open(const struct appointments *a, size_t *ret_count);

bool appointments_are_open(const struct appointments *a);

enum appointment {
	APPOINTMENT_KEPT,  /* the stream was looked at in this tick already */
	APPOINTMENT_NOW,   /* to be looked at, with appointments_make() */
	APPOINTMENT_LATER, /* stays as it is */
	APPOINTMENT_NONE   /* will not be named again */
};
enum appointment appointments_ask(struct appointments *a, uint32_t stream, int64_t now);

/* Whether that stream is due in this tick: to fetch it ahead. */
bool appointments_is_due(const struct appointments *a, uint32_t stream, int64_t now);

/* The tick has ended. */
void appointments_turn(struct appointments *a);

#endif

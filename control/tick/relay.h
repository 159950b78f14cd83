/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine of a replay on a thread of its own, so that one tick is judged while the next is being decoded.
 *
 * The replay's thread gathers a tick into a parcel and sends it; the relay's thread gives parcels to the engine in their order. Few parcels
 * are on the way at a time: who decodes faster than the engine judges waits. The result is the engine's, and does not depend on when
 * the threads run.
 */
#ifndef SIGCANARY_TICK_RELAY_H
#define SIGCANARY_TICK_RELAY_H

#include "control/tick/engine.h"

struct relay;

/*
 * NULL when there is no memory or no thread. From now on the engine belongs to the relay until relay_free() or relay_settle(), and so do
 * the sealed pages of the workers' books.
 */
struct relay *relay_new(struct engine *e, struct book *const *books, size_t count);
/* Waits until all that was sent has been judged. */
void relay_free(struct relay *r);

/* Gathers for the tick that runs, as engine_outcome() does. Copies. */
void relay_outcomes(struct relay *r, const struct outcome *outcomes, size_t count);

/*
 * Sends what was gathered as the tick [start, start + length), of which each book has sealed one page before. Waits while too much is on
 * its way; afterwards each book has room for another page.
 */
void relay_tick(struct relay *r, nanos start, nanos length);

/* The end of a part of the input: sends what was gathered since the last tick as engine_finish() takes it. */
void relay_finish(struct relay *r);

/* Waits until all that was sent has been judged: the engine may be asked until the next tick is sent. */
void relay_settle(struct relay *r);

#endif

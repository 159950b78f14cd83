/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One tick of control: the pages of all workers become one tally, the detector and the incidents judge it, the audience hears of it. The
 * same for a capture and for a live probe. Owned by control's thread.
 */
#ifndef SIGCANARY_TICK_ENGINE_H
#define SIGCANARY_TICK_ENGINE_H

#include "control/tick/audience.h"
#include "dataplane/transaction/book.h"

#define ENGINE_AUDIENCE_MAX 16

struct engine;

/* NULL when there is no memory. */
struct engine *engine_new(const struct plan *plan, incident_name_of name_of, void *names);
void engine_free(struct engine *e);
void engine_plan(struct engine *e, const struct plan *plan);

/* Takes what a detector remembered, see detector_recall(); before the first tick. */
enum recall_verdict engine_recall(struct engine *e, const uint8_t *bytes, size_t length);

/*
 * Over a restart, see incidents_remember(): an open incident as text, and such a text taken in before the first tick; an id that is taken;
 * the name of a host that only such incidents know.
 */
char *engine_remember_incident(const struct engine *e, const char *id);
bool engine_recall_incident(struct engine *e, const char *text);
void engine_know_incident(struct engine *e, const char *id);
const char *engine_recalled_name(const struct engine *e, node host);

/* Adds a listener; at most ENGINE_AUDIENCE_MAX. */
void engine_listen(struct engine *e, const struct audience *a);

/* Gathers for the tick that runs: outcomes in any order, pages in any order. Copies. */
void engine_outcome(struct engine *e, const struct outcome *outcome);
void engine_page(struct engine *e, const struct book_page *page);

/* Judges what was gathered as the tick [start, start + length). */
void engine_tick(struct engine *e, nanos start, nanos length);

/*
 * Judges a tally that is ready, of a tick file or a simulation, instead of gathered pages. Its cells may come in any order, several of a
 * stream add up, and the streams of all registrations together are made unless it has them. Copies.
 */
void engine_tally(struct engine *e, const struct tally *tally);

/* Who tells which stream a named stream is a part of, see detector_parents(). */
void engine_parents(struct engine *e, detector_parent_of parent_of, void *self);

/* The end of the input: outcomes that came after the last tick still reach the audience. */
void engine_finish(struct engine *e);

/* Alarms open now. */
size_t engine_open_alarms(const struct engine *e, const struct alarm **ret);

/* The worst severity announced so far, for --fail-on. */
enum incident_severity engine_worst(const struct engine *e);
const struct detector *engine_detector(const struct engine *e);

/* What control had no room for so far: streams of the detector, incidents. */
uint64_t engine_refused_streams(const struct engine *e);
uint64_t engine_refused_incidents(const struct engine *e);

#endif

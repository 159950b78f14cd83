/* SPDX-License-Identifier: BSD-3-Clause */
/* How much is asked and how fast it is answered, when a phase of the story changes that: storms, throttling, nodes that are away, leaks. */
#ifndef SIGCANARY_LAB_LOAD_H
#define SIGCANARY_LAB_LOAD_H

#include "lab/dialogue.h"
#include "lab/world.h"

/* Finds who makes what the faults add, and plans the first of it; false when there is no memory. */
bool load_prepare(struct lab *l);
void load_free(struct lab *l);

/* Whether a wish stays a wish: its volume is below 1 now. `set`: the procedures that would follow from it. */
bool load_is_dropped(struct lab *l, const struct dialogue_wish *wish, uint32_t set);

/* Somebody attempts what fault `index` adds to the usual; plans the next such event. */
void load_arrival(struct lab *l, uint32_t index);

/* The usual time of an answer, in seconds, as the faults that cover its request make it. */
double load_delay(const struct lab *l, const struct dialogue *d, double usual_s);

/* Whether requests go to the other nodes of that kind now. */
bool load_is_drained(const struct lab *l, const struct node *n);

#endif

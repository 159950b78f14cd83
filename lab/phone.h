/* SPDX-License-Identifier: BSD-3-Clause */
/* Phones and their owners: who attempts what, and what a phone does when it is refused (TS 24.008, TS 24.301). */
#ifndef SIGCANARY_LAB_PHONE_H
#define SIGCANARY_LAB_PHONE_H

#include "lab/world.h"

/* Somebody attempts something; plans the next such event. */
void phone_arrival(struct lab *l);

/* A timer of a phone; void when its life has passed. `b` as in EVENT_PHONE. */
void phone_timer(struct lab *l, uint32_t subscriber, uint32_t b);

/* A transaction has ended for those who waited for it: the phone or a service. */
void phone_answered(struct lab *l, const struct dialogue *d);

/* The share of all activities that lead to one of a set of procedures. */
double phone_share(const struct lab *l, uint32_t set);

/* That subscriber does one of these, beyond what is usual, at that node or, for NODE_NONE, wherever it is. */
void phone_extra(struct lab *l, uint32_t subscriber, uint32_t set, uint16_t client);

/* The network has forgotten that it was there. */
void phone_detached(struct lab *l, uint32_t subscriber, enum domain d);

/* Seconds that an owner takes, on average, to switch off and on a phone that has stopped: half of them do within 83 minutes. */
double phone_owner_mean_s(const struct lab *l);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* What really happened, counted where it is decided, and its JSON. Packets that the tap loses still happened. */
#ifndef SIGCANARY_LAB_TRUTH_H
#define SIGCANARY_LAB_TRUTH_H

#include "lab/world.h"

/* A request was sent. Its silence counts here, as nothing will follow. */
void truth_request(struct lab *l, const struct dialogue *d);

/* Its last message was sent. */
void truth_outcome(struct lab *l, const struct dialogue *d);

/* Subscriber data inside an update: sent, or acknowledged. */
void truth_data(struct lab *l, const struct dialogue *d, enum lab_procedure procedure, bool is_acknowledged);

#endif

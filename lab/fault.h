/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults: whom they hit, when, and what becomes of a request. */
#ifndef SIGCANARY_LAB_FAULT_H
#define SIGCANARY_LAB_FAULT_H

#include "lab/fault_name.h"
#include "lab/world.h"

/* Draws the failing blocks of every fault. */
void fault_prepare(struct lab *l);

/* Decides how a request ends: by the first fault that hits it, by the subscriber's own standing, or by everyday trouble. */
struct answer fault_judge(struct lab *l, const struct dialogue *d);

/* Whether the phone itself asks to be registered by this procedure. */
bool fault_is_registration(enum lab_procedure procedure);

/* Between its beginning and its end, recovery not included. */
bool fault_is_now(const struct lab *l, const struct lab_fault *f);

/* A value on its way from `from` to `to`, during the ramp. */
double fault_grown(const struct lab *l, const struct lab_fault *f, double from, double to);

/* Whether it is about the procedure of that request, and about its subscriber or nodes. */
bool fault_concerns(const struct lab_fault *f, const struct dialogue *d);
bool fault_covers(const struct lab *l, size_t index, const struct dialogue *d);

/* Whether its scope is a kind of subscribers, and that one is of it; a scope of registers means those who belong to them. */
bool fault_covers_subscriber(const struct lab *l, size_t index, const struct subscriber *s);

/* Uniform in [0, 1), fixed for a subscriber and a purpose. */
double fault_turn(const struct lab *l, const struct subscriber *s, uint64_t purpose);

#endif

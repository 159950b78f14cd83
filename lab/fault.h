/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults: whom they hit, when, and what becomes of a request. */
#ifndef SIGCANARY_LAB_FAULT_H
#define SIGCANARY_LAB_FAULT_H

#include "lab/world.h"

/* Draws the failing blocks of every fault. */
void fault_prepare(struct lab *l);

/* Decides how a request ends: by the first fault that hits it, by the subscriber's own standing, or by everyday trouble. */
struct answer fault_judge(struct lab *l, const struct dialogue *d);

/* Whether the phone itself asks to be registered by this procedure. */
bool fault_is_registration(enum lab_procedure procedure);

/* The words of a scope and an effect as in --fault. */
const char *fault_effect_name(enum lab_effect effect);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of a scope and an effect as in --fault. */
#ifndef SIGCANARY_LAB_FAULT_NAME_H
#define SIGCANARY_LAB_FAULT_NAME_H

#include "lab/lab.h"

const char *fault_effect_name(enum lab_effect effect);
const char *fault_scope_name(enum lab_scope scope);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Regular expressions of segments, as Hyperscan takes them. */
#ifndef SIGCANARY_CONFIG_EXPRESSION_H
#define SIGCANARY_CONFIG_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"

#define EXPRESSION_LENGTH_MAX 1000
#define EXPRESSION_ERROR_MAX  256

/* The Hyperscan flags of expressions over this field; names of hosts, realms and access points compare without case (RFC 6733 4.3.1, RFC
 * 1035). */
unsigned int expression_flags(enum plan_field field);

/*
 * Whether Hyperscan takes the expression. If not, `error` holds its words and ret_index the byte in the expression that it complains
 * about (0 when it does not say).
 */
bool expression_check(const char *expression, enum plan_field field, char error[EXPRESSION_ERROR_MAX], size_t *ret_index);

#endif

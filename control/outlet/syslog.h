/* SPDX-License-Identifier: BSD-3-Clause */
/* An announcement as a message of syslog (RFC 5424). */
#ifndef SIGCANARY_OUTLET_SYSLOG_H
#define SIGCANARY_OUTLET_SYSLOG_H

#include "control/outlet/outlet.h"

/* The number of RFC 5424 table 2 for a severity: 2 critical, 3 error, 4 warning, 5 notice. */
int syslog_level(const json_t *alarm);

/* The message without framing, that the caller frees; NULL without memory. */
char *syslog_message(const struct letter *letter, enum plan_facility facility, size_t *ret_length);

#endif

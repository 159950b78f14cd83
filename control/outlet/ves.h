/* SPDX-License-Identifier: BSD-3-Clause */
/* An announcement as fault event of the VES event listener 7 (ONAP). */
#ifndef SIGCANARY_OUTLET_VES_H
#define SIGCANARY_OUTLET_VES_H

#include "control/outlet/outlet.h"

/* The body of a POST, a new reference. */
json_t *ves_event(const struct letter *letter);

#endif

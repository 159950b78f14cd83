/* SPDX-License-Identifier: BSD-3-Clause */
/* An announcement as alerts of Alertmanager's API v2. */
#ifndef SIGCANARY_OUTLET_ALERTMANAGER_H
#define SIGCANARY_OUTLET_ALERTMANAGER_H

#include "control/outlet/outlet.h"

/*
 * The body of POST /api/v2/alerts, a new reference. An alert is its labels: where these have changed during the incident (its severity, its
 * segments), the alerts that earlier announcements made are ended in the same body. `resend` is how often an open one is sent again.
 */
json_t *alertmanager_alerts(const struct letter *letter, nanos resend);

#endif

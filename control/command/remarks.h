/* SPDX-License-Identifier: BSD-3-Clause */
/* What users said about alarms, from the list into the store, to the outlets and to readers of events. Control's thread. */
#ifndef SIGCANARY_COMMAND_REMARKS_H
#define SIGCANARY_COMMAND_REMARKS_H

#include "control/api/api.h"
#include "control/outlet/outlets.h"
#include "control/store/store.h"

struct remarks {
	struct alarm_list *alarms;
	struct store *store;
	struct outlets *outlets;
	struct api *api;
};

void remarks_settle(const struct remarks *r);

#endif

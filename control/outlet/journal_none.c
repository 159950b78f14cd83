/* SPDX-License-Identifier: BSD-3-Clause */
/* In a program without libsystemd: the journal cannot be an outlet, and who asks for it is told. */
#include <stdio.h>

#include "control/outlet/outlet.h"

static size_t count(const struct plan *plan)
{
	return plan->journal.enabled;
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	(void)plan;
	(void)index;
	(void)name;
	snprintf(error, OUTLET_ERROR_MAX,
		 "journal.enabled: this program was built without libsystemd; build it with libsystemd-dev, or use syslog");
	return NULL;
}

const struct outlet_driver journal_driver = { .kind = "journal", .count = count, .open = receiver_open };

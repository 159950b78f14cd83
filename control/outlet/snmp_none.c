/* SPDX-License-Identifier: BSD-3-Clause */
/* In a program without net-snmp: notifications cannot be sent, and who asks for them is told. */
#include <stdio.h>

#include "control/outlet/outlet.h"

static size_t count(const struct plan *plan)
{
	return plan->snmp.targets != NULL && plan->snmp.targets[0] != NULL;
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	(void)plan;
	(void)index;
	(void)name;
	snprintf(error, OUTLET_ERROR_MAX, "snmp.targets: this program was built without net-snmp; build it with libsnmp-dev");
	return NULL;
}

const struct outlet_driver snmp_driver = { .kind = "snmp", .count = count, .open = receiver_open };

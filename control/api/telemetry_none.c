/* SPDX-License-Identifier: BSD-3-Clause */
/* A program without DPDK has no telemetry socket, see telemetry.h. */
#include "control/api/telemetry.h"

int telemetry_open(void)
{
	return 0;
}

void telemetry_publish(enum telemetry_topic topic, const struct telemetry_page *page)
{
	(void)topic;
	(void)page;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The probe's numbers as DPDK telemetry commands (dpdk-telemetry.py -f PREFIX): /sigcanary/packets, /sigcanary/messages,
 * /sigcanary/transactions, /sigcanary/alarms, /sigcanary/stages. Answered by EAL's telemetry thread from the newest copy that control has
 * published.
 */
#ifndef SIGCANARY_API_TELEMETRY_H
#define SIGCANARY_API_TELEMETRY_H

#include <stddef.h>
#include <stdint.h>

enum telemetry_topic {
	TELEMETRY_PACKETS,
	TELEMETRY_MESSAGES,
	TELEMETRY_TRANSACTIONS,
	TELEMETRY_ALARMS,
	TELEMETRY_STAGES,
	TELEMETRY_TOPIC_COUNT
};

/* Entries of one topic; DPDK 22.11 takes 256 per answer, and letters, digits and '_' in names. */
#define TELEMETRY_NUMBERS_MAX 64
#define TELEMETRY_NAME_MAX    48

struct telemetry_number {
	char name[TELEMETRY_NAME_MAX];
	uint64_t value;
};

struct telemetry_page {
	struct telemetry_number numbers[TELEMETRY_NUMBERS_MAX];
	size_t count;
};

/* Registers the commands once; harmless without EAL. Negative when DPDK refuses one. */
int telemetry_open(void);

/* Replaces the numbers of one topic. Control's thread. */
void telemetry_publish(enum telemetry_topic topic, const struct telemetry_page *page);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK telemetry commands, see telemetry.h. A mutex guards the copies: control writes about once a second, EAL's telemetry thread reads. */
#include "control/api/telemetry.h"

#include <pthread.h>
#include <rte_telemetry.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct telemetry_page pages[TELEMETRY_TOPIC_COUNT];

static const struct {
	const char *command;
	const char *help;
} topics[TELEMETRY_TOPIC_COUNT] = {
	[TELEMETRY_PACKETS] = { "/sigcanary/packets", "What became of every packet. No parameters." },
	[TELEMETRY_MESSAGES] = { "/sigcanary/messages", "Messages read, by layer. No parameters." },
	[TELEMETRY_TRANSACTIONS] = { "/sigcanary/transactions", "Requests by what became of them. No parameters." },
	[TELEMETRY_ALARMS] = { "/sigcanary/alarms", "Open alarms by severity. No parameters." },
	[TELEMETRY_STAGES] = { "/sigcanary/stages", "Cycles per message by stage, times ten. No parameters." },
};

static int answer(const char *command, const char *parameters, struct rte_tel_data *data)
{
	int error = -1;

	(void)parameters;
	for (int t = 0; t < TELEMETRY_TOPIC_COUNT; t++) {
		if (strcmp(command, topics[t].command) != 0)
			continue;
		error = rte_tel_data_start_dict(data);
		pthread_mutex_lock(&lock);
		for (size_t i = 0; error == 0 && i < pages[t].count; i++)
			error = rte_tel_data_add_dict_u64(data, pages[t].numbers[i].name, pages[t].numbers[i].value);
		pthread_mutex_unlock(&lock);
	}
	return error;
}

int telemetry_open(void)
{
	static int is_open;
	int error = 0;

	for (int t = 0; !is_open && error == 0 && t < TELEMETRY_TOPIC_COUNT; t++)
		error = rte_telemetry_register_cmd(topics[t].command, answer, topics[t].help);
	is_open = 1;
	return error;
}

void telemetry_publish(enum telemetry_topic topic, const struct telemetry_page *page)
{
	pthread_mutex_lock(&lock);
	pages[topic] = *page;
	pthread_mutex_unlock(&lock);
}

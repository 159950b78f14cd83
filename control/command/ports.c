/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK ports for `run`, see ports.h. Control's thread but for the work that lcores do. */
#include "control/command/ports.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dataplane/source/dpdk.h"

#define PEER_PAUSE_MS    100
#define PEER_WORDS_AFTER 10 /* pauses before the operator is told that a port waits */

struct ports {
	bool is_started;
};

static struct ports the_ports; /* EAL is global, and so is this */

static bool peers_wait(bool is_quiet, char error[SOURCE_ERROR_MAX])
{
	const struct timespec pause = { .tv_nsec = PEER_PAUSE_MS * 1000000L };
	int waiting;

	for (int n = 0; (waiting = dpdk_ports_start(error)) > 0; n++) {
		if (n == PEER_WORDS_AFTER && !is_quiet)
			fprintf(stderr, "sigcanary run: %s\n", error);
		if (run_end_is_asked()) {
			snprintf(error, SOURCE_ERROR_MAX, "ended while a port waited for its peer");
			return false;
		}
		nanosleep(&pause, NULL);
	}
	return waiting == 0;
}

struct ports *ports_open(const struct plan *plan, unsigned int workers, const char *const *arguments, bool is_quiet,
			 char error[SOURCE_ERROR_MAX])
{
	struct dpdk_options options = { .configured = plan->dpdk_arguments, .command_line = arguments, .workers = workers };
	char line[DPDK_LINE_MAX] = "";

	if (dpdk_start(&options, line, error) != 0)
		return NULL;
	the_ports.is_started = true;
	if (!is_quiet)
		fprintf(stderr, "sigcanary run: %s\n", line);
	if (!peers_wait(is_quiet, error)) {
		ports_close(&the_ports);
		return NULL;
	}
	return &the_ports;
}

struct source *ports_source(struct ports *p, unsigned int worker, char error[SOURCE_ERROR_MAX])
{
	(void)p;
	return dpdk_open_worker(worker, error);
}

int ports_launch(unsigned int worker, int (*run)(void *), void *argument)
{
	return dpdk_launch(worker, run, argument);
}

void ports_wait(void)
{
	dpdk_wait();
}

void ports_close(struct ports *p)
{
	if (p == NULL || !p->is_started)
		return;
	p->is_started = false;
	dpdk_stop();
}

bool ports_see(const struct ports *p, unsigned int index, struct port_sight *ret)
{
	struct dpdk_sight sight;

	(void)p;
	if (index >= dpdk_port_count())
		return false;
	dpdk_port_see(index, &sight);
	*ret = (struct port_sight){ .name = dpdk_port_name(index), .is_up = sight.is_up, .packets = sight.packets, .missed = sight.missed };
	return true;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK as `run` uses it: ports started, a source and an lcore for each worker. Without DPDK every start is refused with a sentence. */
#ifndef SIGCANARY_COMMAND_PORTS_H
#define SIGCANARY_COMMAND_PORTS_H

#include <stdbool.h>

#include "config/plan.h"
#include "dataplane/source/source.h"

struct ports;

/* Starts EAL and the ports; waits for peers of memif ports until they are there or SIGINT comes. NULL and a sentence when that fails. */
struct ports *ports_open(const struct plan *plan, unsigned int workers, const char *const *arguments, bool is_quiet,
			 char error[SOURCE_ERROR_MAX]);
struct source *ports_source(struct ports *p, unsigned int worker, char error[SOURCE_ERROR_MAX]);
int ports_launch(unsigned int worker, int (*run)(void *), void *argument);
void ports_wait(void);
void ports_close(struct ports *p);

/* How the index-th port does; false behind the last. `name` lives as long as the ports. Control's thread. */
struct port_sight {
	const char *name;
	bool is_up;
	uint64_t packets, missed;
};
bool ports_see(const struct ports *p, unsigned int index, struct port_sight *ret);

/* Whether the wait for a peer is to be given up; set by `run`. */
bool run_end_is_asked(void);

#endif

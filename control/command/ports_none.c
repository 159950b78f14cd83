/* SPDX-License-Identifier: BSD-3-Clause */
/* `run` in a program built with -Ddpdk=disabled: an interface through libpcap is all there is, see ports.h. */
#include <stdio.h>

#include "control/command/ports.h"

struct ports *ports_open(const struct plan *plan, unsigned int workers, const char *const *arguments, bool is_quiet,
			 char error[SOURCE_ERROR_MAX])
{
	(void)plan;
	(void)workers;
	(void)arguments;
	(void)is_quiet;
	snprintf(error, SOURCE_ERROR_MAX,
		 "this program was built without DPDK; name a kernel interface with --iface, or build with -Ddpdk=enabled");
	return NULL;
}

struct source *ports_source(struct ports *p, unsigned int worker, char error[SOURCE_ERROR_MAX])
{
	(void)p;
	(void)worker;
	(void)error;
	return NULL;
}

int ports_launch(unsigned int worker, int (*run)(void *), void *argument)
{
	(void)worker;
	(void)run;
	(void)argument;
	return -1;
}

void ports_wait(void)
{
}

void ports_close(struct ports *p)
{
	(void)p;
}

bool ports_see(const struct ports *p, unsigned int index, struct port_sight *ret)
{
	(void)p;
	(void)index;
	(void)ret;
	return false;
}

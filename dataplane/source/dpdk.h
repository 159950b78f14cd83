/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK ports: starting EAL and the ports, workers on lcores, receive queues as sources. One EAL per process, so its state is global.
 *
 * Order of calls, all on the control thread but for those said otherwise: dpdk_start, dpdk_ports_start until it says 0, dpdk_open_worker
 * (on either thread), dpdk_launch, dpdk_wait, source_close of every source, dpdk_stop. EAL cannot be started twice in one process.
 */
#ifndef SIGCANARY_SOURCE_DPDK_H
#define SIGCANARY_SOURCE_DPDK_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"
#include "dataplane/source/source.h"

#define DPDK_LINE_MAX 1024
/* Buffers per receive queue: the largest ring of a memif or a card, and the bursts on their way. */
#define DPDK_MBUFS_DEFAULT 8192

struct dpdk_options {
	const char *const *configured;   /* EAL arguments of the configuration, ends with NULL; may be NULL */
	const char *const *command_line; /* those behind "--", ends with NULL; may be NULL */
	unsigned int workers;            /* at least 1: queues of a card, lcores */
	unsigned int mbufs;   /* per receive queue; 0: DPDK_MBUFS_DEFAULT. net_pcap's infinite_rx wants one per packet of its file */
	uint64_t extra_bytes; /* hugepage memory that others will take from EAL */
};

/* How long the queues of a source have given nothing. */
struct dpdk_idle {
	uint64_t empty_polls; /* one after the other, 0 when the last one gave frames */
	nanos since_ns;       /* length of that time */
};

/*
 * Starts EAL, makes the pools and configures every port; `line` says which memory and ports were taken. 0, or negative errno and a
 * sentence; EAL prints details of its own on standard error.
 */
int dpdk_start(const struct dpdk_options *o, char line[DPDK_LINE_MAX], char error[SOURCE_ERROR_MAX]);

/*
 * Tries once to start the ports that do not run yet and returns how many still wait for their peer (a memif client whose server is not
 * there): call again, unless the operator has had enough. It takes at most a second per such port, and a signal ends it. `error` then says
 * who waits for what. Workers may be launched only when it is 0. Negative errno and a sentence when a port fails.
 */
int dpdk_ports_start(char error[SOURCE_ERROR_MAX]);

unsigned int dpdk_port_count(void);

/* Receive queues of all ports together. */
unsigned int dpdk_queue_count(void);

/* "net_memif0" of the index-th port (its index is the tap of its frames); "" beyond the last. */
const char *dpdk_port_name(unsigned int index);

/* How a port does, from the thread of control while workers poll. */
struct dpdk_sight {
	bool is_up;
	uint64_t packets; /* received since its start */
	uint64_t missed;  /* lost before they could be read */
};
void dpdk_port_see(unsigned int index, struct dpdk_sight *ret);

/*
 * The source of a worker: the receive queues whose number, counted over all ports, is `worker` modulo the number of workers, polled in
 * turn. A worker without a queue of its own has a source that gives nothing. A port's losses are reported by the source of its queue 0.
 */
struct source *dpdk_open_worker(unsigned int worker, char error[SOURCE_ERROR_MAX]);

/* Of a source of dpdk_open_worker or source_open_dpdk; by the thread that reads it. A finished rx_pcap file is idle for ever. */
void dpdk_idle_read(const struct source *s, struct dpdk_idle *ret);

/* Runs `run(argument)` on the lcore of a worker, from 0. Negative errno when it is busy or there is none. */
int dpdk_launch(unsigned int worker, int (*run)(void *), void *argument);

/* Waits for all launched workers. */
void dpdk_wait(void);

/* Stops and closes the ports and EAL; harmless when nothing was started. */
void dpdk_stop(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* What dpdk.c (ports) and queue.c (sources) share. Written by dpdk.c before the first source is opened, immutable afterwards. */
#ifndef SIGCANARY_SOURCE_PORT_H
#define SIGCANARY_SOURCE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#define PORT_DRIVER_BYTES 32

struct dpdk_port {
	uint16_t id; /* DPDK's */
	uint16_t queues;
	unsigned int buffers;  /* of its pool */
	bool is_client;        /* memif whose peer has the socket: may have to wait for it */
	bool has_capture_time; /* net_pcap: microseconds since the epoch in the timestamp field, as the capture has them */
	bool is_running;       /* control thread only */
	struct rte_mempool *pool;
	char name[RTE_ETH_NAME_MAX_LEN];
	char driver[PORT_DRIVER_BYTES];
};

/* The index-th port, NULL beyond the last. */
const struct dpdk_port *port_at(unsigned int index);

/* Workers that share the queues. */
unsigned int port_workers(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK's environment and its ports: start, stop, lcores. Called by `run` on the control thread only; the queues themselves are read in
 * queue.c.
 *
 * Every port that EAL finds is taken. Queues: a card that can spread by IP pair gets one per worker, with a key that gives both directions
 * of a pair the same queue; virtual devices whose queues come with their arguments get them all, because a queue that nobody polls
 * loses its frames; everything else has one. A transmit queue per receive queue is set up because some drivers insist on pairs; it is never
 * used.
 *
 * Refused with a sentence: no port, too few lcores, no memory, ports that cannot be configured. A memif client whose server is not there
 * yet does not get its link: that is waiting, not failing, and is tried again by the caller. A memif server that goes away later is not
 * reconnected.
 */
#include "dataplane/source/dpdk.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "dataplane/source/eal.h"
#include "dataplane/source/port.h"

#define MIB (UINT64_C(1024) * 1024)
/* An mbuf with its room and its share of the pool, and what EAL and the drivers take for themselves; both measured, with some air. */
#define MBUF_BYTES     (RTE_MBUF_DEFAULT_BUF_SIZE + sizeof(struct rte_mbuf) + 384)
#define OVERHEAD_BYTES (48 * MIB)
#define BUFFERS_MIN    1024
#define MBUF_CACHE     256
/* How long one attempt of a memif client takes at most: 100 steps of 10 ms. */
#define LINK_WAIT_STEPS   100
#define LINK_WAIT_STEP_US 10000
#define MTU_WANTED        9000
/* Repeated, it makes Toeplitz give both directions of an address pair the same hash. */
#define SYMMETRIC_KEY_HIGH 0x6d
#define SYMMETRIC_KEY_LOW  0x5a
#define KEY_BYTES_DEFAULT  40
#define KEY_BYTES_MAX      64
#define DRIVER_MEMIF       "net_memif"
#define DRIVER_PCAP        "net_pcap"

/* Which virtual devices have as many queues as their arguments say, and which are given one; a ring brings its sender's buffers along. */
static const struct driver_row {
	const char *name;
	bool has_queues_of_its_own;
	bool has_buffers_of_its_own;
} driver_rows[] = {
	{ DRIVER_PCAP, true, false },   { "net_ring", true, true },         { "net_af_packet", true, false },
	{ "net_af_xdp", true, false },  { "net_virtio_user", true, false }, { "net_vhost", true, false },
	{ DRIVER_MEMIF, false, false }, { "net_tap", false, false },        { "net_null", false, false },
};

static struct {
	bool is_running;
	unsigned int workers;
	unsigned int mbufs;
	unsigned int port_count;
	struct dpdk_port ports[RTE_MAX_ETHPORTS];
	struct eal_request request; /* the caller's words: while dpdk_start runs */
	struct eal_arguments arguments;
	char folder[PATH_MAX]; /* EAL's run-time folder */
} dpdk;

static const struct driver_row *driver_find(const char *name)
{
	for (size_t i = 0; i < sizeof(driver_rows) / sizeof(driver_rows[0]); i++)
		if (strcmp(driver_rows[i].name, name) == 0)
			return &driver_rows[i];
	return NULL;
}

static uint16_t port_queues(const struct rte_eth_dev_info *info)
{
	const struct driver_row *row = driver_find(info->driver_name);
	unsigned int queues = 1;

	if (row != NULL && row->has_queues_of_its_own)
		queues = info->max_rx_queues;
	else if (row == NULL && (info->flow_type_rss_offloads & RTE_ETH_RSS_IP) != 0)
		queues = dpdk.workers < info->max_rx_queues ? dpdk.workers : info->max_rx_queues;
	return (uint16_t)(queues > 0 ? queues : 1);
}

static unsigned int port_buffers(const struct dpdk_port *p)
{
	const struct driver_row *row = driver_find(p->driver);

	return row != NULL && row->has_buffers_of_its_own ? BUFFERS_MIN : dpdk.mbufs * p->queues;
}

static int port_refuse(const struct dpdk_port *p, const char *what, int result, char *error)
{
	snprintf(error, SOURCE_ERROR_MAX, "DPDK port %s (%s): %s: %s; what the driver says stands above", p->name, p->driver, what,
		 rte_strerror(-result));
	return result < 0 ? result : -EIO;
}

/* Which end of its socket a memif is, DPDK does not say again; the operator's words do ("client" when they say nothing). */
static bool port_is_client(const struct dpdk_port *p)
{
	return strcmp(p->driver, DRIVER_MEMIF) == 0 && !eal_device_says(&dpdk.request, p->name, "role=server") &&
	       !eal_device_says(&dpdk.request, p->name, "role=master");
}

static int port_set_up(struct dpdk_port *p, const struct rte_eth_dev_info *info, char *error)
{
	static uint8_t key[KEY_BYTES_MAX];
	struct rte_eth_conf configuration = { 0 };
	uint8_t key_length = info->hash_key_size > 0 ? info->hash_key_size : KEY_BYTES_DEFAULT;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i % 2 == 0 ? SYMMETRIC_KEY_HIGH : SYMMETRIC_KEY_LOW;
	if (p->queues > 1 && driver_find(info->driver_name) == NULL) {
		configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		configuration.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & RTE_ETH_RSS_IP;
		/* A card with a longer key than any known today keeps its own. */
		if (key_length <= KEY_BYTES_MAX) {
			configuration.rx_adv_conf.rss_conf.rss_key = key;
			configuration.rx_adv_conf.rss_conf.rss_key_len = key_length;
		}
	}
	if ((info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) {
		configuration.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
		/* Tunnels of taps make frames longer than 1,518 bytes. Virtual devices keep what their kernel interface has. */
		if (driver_find(info->driver_name) == NULL)
			configuration.rxmode.mtu = info->max_mtu < MTU_WANTED ? info->max_mtu : MTU_WANTED;
	}
	return rte_eth_dev_configure(p->id, p->queues, p->queues, &configuration) == 0
		       ? 0
		       : port_refuse(p, "cannot be configured", -EINVAL, error);
}

static int port_queues_set_up(struct dpdk_port *p, const struct rte_eth_dev_info *info, char *error)
{
	uint16_t receive = info->default_rxportconf.ring_size > 0 ? info->default_rxportconf.ring_size : 1024;
	uint16_t transmit = info->default_txportconf.ring_size > 0 ? info->default_txportconf.ring_size : 512;
	int socket = rte_eth_dev_socket_id(p->id);
	char name[RTE_MEMPOOL_NAMESIZE];
	int result;

	snprintf(name, sizeof(name), "receive_%u", p->id);
	p->pool = rte_pktmbuf_pool_create(name, p->buffers, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, socket);
	if (p->pool == NULL) {
		snprintf(error, SOURCE_ERROR_MAX,
			 "DPDK port %s: no memory for %u buffers (%lu MiB): reserve hugepages, or say how much memory to take: -m MIB",
			 p->name, p->buffers, p->buffers * MBUF_BYTES / MIB);
		return -ENOMEM;
	}
	result = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &receive, &transmit);
	for (uint16_t q = 0; result == 0 && q < p->queues; q++) {
		result = rte_eth_rx_queue_setup(p->id, q, receive, (unsigned int)socket, NULL, p->pool);
		if (result == 0)
			result = rte_eth_tx_queue_setup(p->id, q, transmit, (unsigned int)socket, NULL);
	}
	return result == 0 ? 0 : port_refuse(p, "its queues cannot be set up", result, error);
}

static int port_open(uint16_t id, char *error)
{
	struct dpdk_port *p = &dpdk.ports[dpdk.port_count];
	struct rte_eth_dev_info info;
	int result;

	*p = (struct dpdk_port){ .id = id };
	rte_eth_dev_get_name_by_port(id, p->name);
	result = rte_eth_dev_info_get(id, &info);
	if (result != 0)
		return port_refuse(p, "says nothing of itself", result, error);
	snprintf(p->driver, sizeof(p->driver), "%s", info.driver_name);
	p->queues = port_queues(&info);
	p->buffers = port_buffers(p);
	p->is_client = port_is_client(p);
	p->has_capture_time = strcmp(info.driver_name, DRIVER_PCAP) == 0;
	result = port_set_up(p, &info, error);
	if (result == 0)
		result = port_queues_set_up(p, &info, error);
	if (result == 0)
		dpdk.port_count++;
	return result;
}

static int ports_open(size_t named, char *error)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		int result = rte_eth_dev_is_valid_port(id) ? port_open(id, error) : 0;

		if (result != 0)
			return result;
	}
	/* EAL goes on without a virtual device that failed. */
	if (dpdk.port_count > 0 && dpdk.port_count >= named)
		return 0;
	if (named > 0)
		snprintf(error, SOURCE_ERROR_MAX, "DPDK could take %u of the %zu devices that are named; why, its drivers say above",
			 dpdk.port_count, named);
	else
		snprintf(error, SOURCE_ERROR_MAX,
			 "DPDK found no port; name a kernel interface (--iface eth0, or live.interface), or behind \"--\" what DPDK shall "
			 "read: -a PCI-ADDRESS for a card, --vdev=net_memif0,... for a neighbouring process");
	return -ENODEV;
}

/* Keeps the largest page that memory was really taken in. */
static int page_size_keep(const struct rte_memseg_list *list, void *largest)
{
	uint64_t *bytes = largest;

	if (list->memseg_arr.count > 0 && list->page_sz > *bytes)
		*bytes = list->page_sz;
	return 0;
}

static const char *memory_words(void)
{
	uint64_t bytes = 0;

	if (dpdk.arguments.is_without_hugepages)
		return "memory without hugepages";
	rte_memseg_list_walk(page_size_keep, &bytes);
	return bytes >= 1024 * MIB ? "memory in hugepages of 1 GiB" : "memory in hugepages of 2 MiB";
}

/* Whether a worker's lcore is on another NUMA node than this port, which costs its packets a way between sockets. */
static bool port_is_far(const struct dpdk_port *p)
{
	int node = rte_eth_dev_socket_id(p->id);

	if (node < 0)
		return false;
	for (unsigned int lcore = rte_get_next_lcore(UINT_MAX, 1, 0); lcore < RTE_MAX_LCORE; lcore = rte_get_next_lcore(lcore, 1, 0)) {
		if (rte_lcore_to_socket_id(lcore) != (unsigned int)node)
			return true;
	}
	return false;
}

static void line_write(char *line)
{
	size_t used = (size_t)snprintf(line, DPDK_LINE_MAX, "DPDK: %s, %u worker%s of %u lcores, ports:", memory_words(), dpdk.workers,
				       dpdk.workers == 1 ? "" : "s", rte_lcore_count());

	for (unsigned int i = 0; i < dpdk.port_count && used < DPDK_LINE_MAX; i++) {
		const struct dpdk_port *p = &dpdk.ports[i];

		used += (size_t)snprintf(line + used, DPDK_LINE_MAX - used, "%s %s (%s, %u queue%s, %u buffers%s)", i > 0 ? "," : "",
					 p->name, p->driver, p->queues, p->queues == 1 ? "" : "s", p->buffers,
					 port_is_far(p) ? ", on another NUMA node than its workers: choose --lcores" : "");
	}
}

/* EAL leaves its folder behind; it is empty once EAL's own exit handlers, which are registered later, have run. */
static void folder_remove(void)
{
	if (dpdk.folder[0] != '\0')
		rmdir(dpdk.folder);
}

static int eal_begin(const struct dpdk_options *o, size_t *ret_named, char *error)
{
	struct eal_machine machine;
	size_t queues;
	int result;

	dpdk.request = (struct eal_request){ .configured = o->configured, .command_line = o->command_line, .workers = dpdk.workers };
	queues = eal_queues_estimate(&dpdk.request);
	*ret_named = eal_devices_count(&dpdk.request);
	eal_machine_read(&machine);
	dpdk.request.memory_bytes = (queues > 0 ? queues : 1) * dpdk.mbufs * MBUF_BYTES + OVERHEAD_BYTES + o->extra_bytes;
	result = eal_arguments_make(&dpdk.request, &machine, &dpdk.arguments, error);
	if (result != 0)
		return result;
	atexit(folder_remove);
	if (rte_eal_init(dpdk.arguments.count, dpdk.arguments.words) < 0) {
		snprintf(error, SOURCE_ERROR_MAX,
			 "DPDK does not start: %s; what it says itself stands above, its arguments are those behind \"--\"",
			 rte_strerror(rte_errno));
		return -EIO;
	}
	dpdk.is_running = true;
	snprintf(dpdk.folder, sizeof(dpdk.folder), "%s", rte_eal_get_runtime_dir());
	if (rte_lcore_count() > dpdk.workers)
		return 0;
	snprintf(error, SOURCE_ERROR_MAX,
		 "%u workers and control need %u lcores, the DPDK arguments give %u; leave --lcores and -l out to have them chosen",
		 dpdk.workers, dpdk.workers + 1, rte_lcore_count());
	return -EINVAL;
}

int dpdk_start(const struct dpdk_options *o, char line[DPDK_LINE_MAX], char error[SOURCE_ERROR_MAX])
{
	size_t named;
	int result;

	dpdk.workers = o->workers > 0 ? o->workers : 1;
	dpdk.mbufs = o->mbufs > 0 ? o->mbufs : DPDK_MBUFS_DEFAULT;
	result = eal_begin(o, &named, error);
	if (result == 0)
		result = ports_open(named, error);
	if (result != 0) {
		dpdk_stop();
		return result;
	}
	line_write(line);
	return 0;
}

/* Whether the link comes up within a bounded time; a signal ends the wait. */
static bool link_wait(const struct dpdk_port *p)
{
	for (unsigned int i = 0; i < LINK_WAIT_STEPS; i++) {
		struct rte_eth_link link = { 0 };

		if (rte_eth_link_get_nowait(p->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP)
			return true;
		if (usleep(LINK_WAIT_STEP_US) != 0)
			return false;
	}
	return false;
}

/*
 * Starts a memif client. Without a server's socket starting fails; a server that has its socket but is not started itself refuses the
 * client for good (memif driver, 22.11), so that only a link that is up counts and anything less begins anew.
 */
static bool client_start(const struct dpdk_port *p)
{
	/* The driver would complain at every attempt; afterwards the operator's level counts again. */
	int log = rte_log_register("pmd.net.memif");
	int level = log >= 0 ? rte_log_get_level((uint32_t)log) : -1;
	bool is_up;

	if (level >= 0 && level < (int)RTE_LOG_INFO)
		rte_log_set_level((uint32_t)log, RTE_LOG_CRIT);
	is_up = rte_eth_dev_start(p->id) == 0;
	if (is_up && !link_wait(p)) {
		rte_eth_dev_stop(p->id);
		is_up = false;
	}
	if (level >= 0)
		rte_log_set_level((uint32_t)log, (uint32_t)level);
	return is_up;
}

/* 0: runs; 1: waits for its peer; negative errno and a sentence. */
static int port_start(struct dpdk_port *p, char *error)
{
	int result = 0;

	if (p->is_client && !client_start(p)) {
		snprintf(error, SOURCE_ERROR_MAX, "DPDK port %s (%s) waits for the server of its socket", p->name, p->driver);
		return 1;
	}
	if (!p->is_client)
		result = rte_eth_dev_start(p->id);
	if (result != 0)
		return port_refuse(p, "does not start", result, error);
	p->is_running = true;
	/* Virtual devices that cannot be promiscuous hand over everything anyway. */
	rte_eth_promiscuous_enable(p->id);
	rte_eth_stats_reset(p->id);
	return 0;
}

int dpdk_ports_start(char error[SOURCE_ERROR_MAX])
{
	int waiting = 0;

	for (unsigned int i = 0; i < dpdk.port_count; i++) {
		int result = dpdk.ports[i].is_running ? 0 : port_start(&dpdk.ports[i], error);

		if (result < 0)
			return result;
		waiting += result;
	}
	return waiting;
}

unsigned int dpdk_port_count(void)
{
	return dpdk.port_count;
}

unsigned int dpdk_queue_count(void)
{
	unsigned int queues = 0;

	for (unsigned int i = 0; i < dpdk.port_count; i++)
		queues += dpdk.ports[i].queues;
	return queues;
}

const char *dpdk_port_name(unsigned int index)
{
	return index < dpdk.port_count ? dpdk.ports[index].name : "";
}

void dpdk_port_see(unsigned int index, struct dpdk_sight *ret)
{
	struct rte_eth_link link = { 0 };
	struct rte_eth_stats stats = { 0 };

	*ret = (struct dpdk_sight){ 0 };
	if (index >= dpdk.port_count)
		return;
	ret->is_up = rte_eth_link_get_nowait(dpdk.ports[index].id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
	if (rte_eth_stats_get(dpdk.ports[index].id, &stats) == 0) {
		ret->packets = stats.ipackets;
		ret->missed = stats.imissed + stats.ierrors + stats.rx_nombuf;
	}
}

const struct dpdk_port *port_at(unsigned int index)
{
	return index < dpdk.port_count ? &dpdk.ports[index] : NULL;
}

unsigned int port_workers(void)
{
	return dpdk.workers;
}

int dpdk_launch(unsigned int worker, int (*run)(void *), void *argument)
{
	unsigned int index = 0;

	for (unsigned int lcore = 0; lcore < RTE_MAX_LCORE; lcore++)
		if (rte_lcore_is_enabled(lcore) && lcore != rte_get_main_lcore() && index++ == worker)
			return rte_eal_remote_launch(run, argument, lcore);
	return -ENOENT;
}

void dpdk_wait(void)
{
	if (dpdk.is_running)
		rte_eal_mp_wait_lcore();
}

void dpdk_stop(void)
{
	if (!dpdk.is_running)
		return;
	for (unsigned int i = 0; i < dpdk.port_count; i++) {
		if (dpdk.ports[i].is_running)
			rte_eth_dev_stop(dpdk.ports[i].id);
		rte_eth_dev_close(dpdk.ports[i].id);
		rte_mempool_free(dpdk.ports[i].pool);
	}
	dpdk.port_count = 0;
	rte_eal_cleanup();
	dpdk.is_running = false;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel interface as a source, through libpcap: promiscuous, times of the kernel in nanoseconds where it has them.
 *
 * Called by `run` (open, close) and by the one thread that reads. Reading never blocks beyond the timeout: the handle is non-blocking, an
 * empty burst waits in poll() for at most `timeout_ms`, and a signal ends the wait. Frames are copied into an arena that lives until
 * the next burst, because libpcap gives its ring slots back when a burst is over.
 *
 * Refused with a sentence: interfaces that are not there (with a list of those that are), missing rights, interfaces that are down. An
 * interface that vanishes or goes down later ends the source as damaged. The kernel's and the card's own losses are counted as dropped.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pcap/pcap.h>

#include "dataplane/source/capture.h"
#include "dataplane/source/clock.h"
#include "dataplane/source/linktype.h"
#include "dataplane/source/source.h"

#define ARENA_BYTES    (1024 * 1024)
#define ARENA_ALIGN    16
#define BUFFER_MIB_MAX 2047 /* libpcap takes bytes as int */
#define NAME_BYTES     64

struct interface {
	struct source source;
	pcap_t *pcap;
	int descriptor;
	int timeout_ms;
	bool is_announced;        /* frames wait for the next burst, and time has not passed them yet */
	nanos nanos_per_fraction; /* unit of tv_usec: 1 or 1,000 */
	uint8_t link_type;
	uint32_t snap_length;
	nanos clock;
	nanos asked; /* wall clock before the kernel was last asked for frames */
	uint64_t frames;
	uint64_t bytes;
	uint64_t dropped;
	struct pcap_stat seen; /* as asked for last: its counters wrap at 32 bits */
	char name[NAME_BYTES];
	char error[SOURCE_ERROR_MAX];
	/* the burst at hand */
	struct frame *burst;
	size_t max;
	size_t count;
	size_t used;
	uint8_t arena[ARENA_BYTES];
};

static void frame_take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct interface *i = (struct interface *)(void *)user;
	uint32_t captured = header->caplen < i->snap_length ? header->caplen : i->snap_length;
	uint32_t wire_length = header->len > captured ? header->len : captured;
	nanos time = (nanos)header->ts.tv_sec * NANOS_PER_S + (nanos)header->ts.tv_usec * i->nanos_per_fraction;
	uint8_t *to = i->arena + i->used;

	memcpy(to, bytes, captured);
	i->used += (captured + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	i->clock = clock_step(i->clock, time);
	i->frames++;
	i->bytes += captured;
	i->burst[i->count++] = (struct frame){
		.bytes = to,
		.captured = captured,
		.wire_length = wire_length,
		.time = time,
		.clock = i->clock,
		.sequence = i->frames,
		.number = (uint32_t)i->frames,
		.link_type = i->link_type,
		.is_cut = captured < wire_length,
	};
	/* libpcap reads no further than there is room: for a whole frame, and for one more in the caller's array. */
	if (ARENA_BYTES - i->used < i->snap_length || i->count == i->max)
		pcap_breakloop(i->pcap);
}

/* Reads what is there; false when the interface is gone. */
static bool interface_read(struct interface *i)
{
	int result = pcap_dispatch(i->pcap, (int)i->max, frame_take, (u_char *)i);

	if (result >= 0 || result == PCAP_ERROR_BREAK)
		return true;
	snprintf(i->error, sizeof(i->error), "interface %s cannot be read any further: %.256s; is it still there and up?", i->name,
		 pcap_geterr(i->pcap));
	return false;
}

static nanos wall_clock(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (nanos)wall.tv_sec * NANOS_PER_S + wall.tv_nsec;
}

static enum source_state interface_burst(struct source *s, struct frame *frames, size_t max, size_t *ret_count)
{
	struct interface *i = (struct interface *)s;
	struct pollfd wait = { .fd = i->descriptor, .events = POLLIN };
	bool is_there = i->error[0] == '\0';
	bool was_announced = i->is_announced;

	i->burst = frames;
	i->max = max < SOURCE_BURST ? max : SOURCE_BURST;
	i->count = 0;
	i->used = 0;
	i->asked = wall_clock();
	i->is_announced = false;
	if (i->max > 0 && is_there)
		is_there = interface_read(i);
	/* What came is read by the next burst: this one has waited, which is no work. */
	if (i->max > 0 && is_there && i->count == 0 && poll(&wait, 1, i->timeout_ms) > 0)
		i->is_announced = !was_announced;
	*ret_count = i->count;
	return is_there || i->count > 0 ? SOURCE_MORE : SOURCE_DAMAGED;
}

/*
 * The kernel hands frames over up to its block timeout late: an idle clock stays behind by more than that. It is that of before the kernel
 * was asked: a thread that was kept from the processor since then knows nothing of the time in between, and the answers of seconds may
 * wait.
 */
#define IDLE_LAG (100 * NANOS_PER_MS)

static nanos interface_clock(struct source *s)
{
	const struct interface *i = (const struct interface *)s;
	nanos now = i->asked - IDLE_LAG;

	return i->count > 0 || i->is_announced || i->clock > now ? i->clock : now;
}

static void interface_statistics(struct source *s, struct source_statistics *ret)
{
	struct interface *i = (struct interface *)s;
	struct pcap_stat now;

	if (pcap_stats(i->pcap, &now) == 0) {
		i->dropped += (u_int)(now.ps_drop - i->seen.ps_drop) + (u_int)(now.ps_ifdrop - i->seen.ps_ifdrop);
		i->seen = now;
	}
	*ret = (struct source_statistics){ .frames = i->frames, .bytes = i->bytes, .dropped = i->dropped };
}

static const char *interface_error(struct source *s)
{
	return ((struct interface *)s)->error;
}

static void interface_close(struct source *s)
{
	struct interface *i = (struct interface *)s;

	pcap_close(i->pcap);
	free(i);
}

static const struct source_operations interface_operations = {
	.burst = interface_burst,
	.statistics = interface_statistics,
	.error = interface_error,
	.close = interface_close,
	.clock = interface_clock,
};

/* Names the interfaces of this machine. */
static void missing_describe(const char *name, char *error)
{
	char words[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;
	int used = snprintf(error, SOURCE_ERROR_MAX, "there is no interface %.*s; there are:", NAME_BYTES, name);

	if (pcap_findalldevs(&all, words) != 0 || all == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "there is no interface %.*s, nor any other that this user may see", NAME_BYTES, name);
		return;
	}
	for (const pcap_if_t *one = all; one != NULL && used < SOURCE_ERROR_MAX; one = one->next) {
		/* Bluetooth, USB and the like carry no frames of a network. */
		if (one->addresses == NULL && (one->flags & PCAP_IF_UP) == 0)
			continue;
		used += snprintf(error + used, (size_t)(SOURCE_ERROR_MAX - used), " %s", one->name);
	}
	pcap_freealldevs(all);
}

static void refusal_describe(pcap_t *p, const char *name, int result, char *error)
{
	switch (result) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		missing_describe(name, error);
		return;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		snprintf(error, SOURCE_ERROR_MAX,
			 "listening on %.*s is not permitted to this user; start as root, or once give the program the right: "
			 "setcap cap_net_raw,cap_net_admin+ep PROGRAM",
			 NAME_BYTES, name);
		return;
	case PCAP_ERROR_IFACE_NOT_UP:
		snprintf(error, SOURCE_ERROR_MAX, "interface %.*s is down; bring it up: ip link set %.*s up", NAME_BYTES, name, NAME_BYTES,
			 name);
		return;
	default:
		snprintf(error, SOURCE_ERROR_MAX, "interface %.*s cannot be listened on: %.256s (%s)", NAME_BYTES, name, pcap_geterr(p),
			 pcap_statustostr(result));
		return;
	}
}

/* Sets up and activates a handle; NULL and the sentence when that fails. */
static pcap_t *handle_open(const char *name, uint32_t snap_length, unsigned int buffer_mib, char *error)
{
	char words[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(name, words);
	int result;

	if (p == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "interface %.*s cannot be listened on: %.256s", NAME_BYTES, name, words);
		return NULL;
	}
	pcap_set_snaplen(p, (int)snap_length);
	pcap_set_promisc(p, 1);
	/* The kernel hands over a block that is not full after this many ms. */
	pcap_set_timeout(p, 10);
	if (buffer_mib > 0)
		pcap_set_buffer_size(p, (int)(buffer_mib < BUFFER_MIB_MAX ? buffer_mib : BUFFER_MIB_MAX) * 1024 * 1024);
	/* Refused where the kernel has microseconds only: then those. */
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	result = pcap_activate(p);
	if (result < 0) {
		refusal_describe(p, name, result, error);
		pcap_close(p);
		return NULL;
	}
	if (pcap_setnonblock(p, 1, words) != 0) {
		snprintf(error, SOURCE_ERROR_MAX, "interface %.*s cannot be read without blocking: %.256s", NAME_BYTES, name, words);
		pcap_close(p);
		return NULL;
	}
	return p;
}

struct source *source_open_interface(const char *name, unsigned int snap_length, unsigned int buffer_mib, unsigned int timeout_ms,
				     char error[SOURCE_ERROR_MAX])
{
	uint32_t length = snap_length == 0 || snap_length > CAPTURE_BYTES_MAX ? CAPTURE_BYTES_MAX : snap_length;
	pcap_t *p = handle_open(name, length, buffer_mib, error);
	struct interface *i;

	if (p == NULL)
		return NULL;
	i = malloc(sizeof(*i));
	if (i == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "no memory to listen on %.*s", NAME_BYTES, name);
		pcap_close(p);
		return NULL;
	}
	memset(i, 0, offsetof(struct interface, arena));
	i->source.operations = &interface_operations;
	i->pcap = p;
	i->descriptor = pcap_get_selectable_fd(p);
	i->timeout_ms = timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX;
	i->nanos_per_fraction = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO ? 1 : NANOS_PER_US;
	i->link_type = linktype_read((uint32_t)pcap_datalink(p));
	i->snap_length = length;
	i->clock = CLOCK_START;
	snprintf(i->name, sizeof(i->name), "%s", name);
	return &i->source;
}

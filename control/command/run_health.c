/* SPDX-License-Identifier: BSD-3-Clause */
/* See run_health.h. Control sees, under a lock of its own; sections are written by the listener's threads and, for events, by control. */
#include "control/command/run_health.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/sink/json.h"
#include "control/sink/stats.h"

#define PORTS_MAX     32
#define PORT_NAME_MAX 64
#define OUTLETS_MAX   64

struct worker_sight {
	uint64_t packets, pending;
	uint64_t cycles; /* worked, since the start */
	double busy;     /* share of the last second */
};

struct health_port {
	char name[PORT_NAME_MAX];
	bool is_up;
	uint64_t packets, missed;
};

struct run_health {
	pthread_mutex_t lock;
	struct worker_sight workers[WORKERS_MAX];
	unsigned int worker_count;
	struct health_port ports[PORTS_MAX];
	unsigned int port_count;
	struct worker_report sum;
	double seconds;
	struct lag lag;
	double behind_s;
	uint64_t seen_at; /* stages_now() */
	bool is_seen;
	char *file;
	char *store_file;
	uint64_t generation;
	time_t loaded;
	char *last_error;
	size_t room; /* for transactions, of one worker */
	struct outlets *outlets;
};

struct run_health *run_health_new(const char *file, const struct plan *plan)
{
	struct run_health *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	h->file = file != NULL ? strdup(file) : NULL;
	h->store_file = plan->store_file != NULL ? strdup(plan->store_file) : NULL;
	h->room = plan->limits.transactions; /* as it is at the start: a reload does not change it */
	run_health_plan(h, plan);
	return h;
}

void run_health_free(struct run_health *h)
{
	if (h == NULL)
		return;
	pthread_mutex_destroy(&h->lock);
	free(h->file);
	free(h->store_file);
	free(h->last_error);
	free(h);
}

void run_health_plan(struct run_health *h, const struct plan *plan)
{
	(void)plan;
	pthread_mutex_lock(&h->lock);
	h->generation++;
	h->loaded = time(NULL);
	free(h->last_error);
	h->last_error = NULL;
	pthread_mutex_unlock(&h->lock);
}

void run_health_kept(struct run_health *h, const char *why)
{
	pthread_mutex_lock(&h->lock);
	free(h->last_error);
	h->last_error = strdup(why);
	pthread_mutex_unlock(&h->lock);
}

/* A kernel interface is up unless the kernel says that it is not; of some kinds, as loopback, it says nothing. */
static bool interface_is_up(const char *name)
{
	char path[128], state[16] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", name);
	in = fopen(path, "re");
	if (in == NULL)
		return false;
	if (fgets(state, sizeof(state), in) == NULL)
		state[0] = '\0';
	fclose(in);
	return strncmp(state, "up", 2) == 0 || strncmp(state, "unknown", 7) == 0;
}

/* Asks for the ports before the lock is taken: a card may take its time. */
static unsigned int ports_take(const struct run_sight *sight, struct health_port ret[PORTS_MAX])
{
	unsigned int count = 0;
	struct port_sight port;

	if (sight->interface != NULL) {
		ret[0] = (struct health_port){ .is_up = interface_is_up(sight->interface),
					       .packets = sight->sum->account.packets,
					       .missed = sight->sum->account.verdicts[VERDICT_NIC] };
		snprintf(ret[0].name, sizeof(ret[0].name), "%s", sight->interface);
		return 1;
	}
	while (count < PORTS_MAX && sight->ports != NULL && ports_see(sight->ports, count, &port)) {
		ret[count] = (struct health_port){ .is_up = port.is_up, .packets = port.packets, .missed = port.missed };
		snprintf(ret[count].name, sizeof(ret[count].name), "%s", port.name);
		count++;
	}
	return count;
}

static void worker_take(struct worker_sight *w, const struct worker_report *r, uint64_t passed)
{
	uint64_t cycles = 0;

	for (int i = 0; i < STAGE_COUNT; i++)
		cycles += r->stages.cycles[i];
	w->busy = passed > 0 && cycles >= w->cycles ? fmin((double)(cycles - w->cycles) / (double)passed, 1) : 0;
	w->cycles = cycles;
	w->packets = r->account.packets;
	w->pending = r->transactions.open;
}

void run_health_see(struct run_health *h, const struct run_sight *sight)
{
	struct health_port ports[PORTS_MAX];
	unsigned int port_count;
	uint64_t now;

	if (h->is_seen && sight->seconds < h->seconds + 1)
		return;
	port_count = ports_take(sight, ports);
	now = stages_now();
	pthread_mutex_lock(&h->lock);
	for (unsigned int i = 0; i < sight->worker_count; i++)
		worker_take(&h->workers[i], &sight->reports[i], h->is_seen ? now - h->seen_at : 0);
	h->worker_count = sight->worker_count;
	memcpy(h->ports, ports, port_count * sizeof(ports[0]));
	h->port_count = port_count;
	h->sum = *sight->sum;
	h->seconds = sight->seconds;
	h->behind_s = lag_see(&h->lag, &(struct lag_sight){ .seconds = sight->seconds,
							    .judged = sight->judged,
							    .tick = sight->tick,
							    .pages = sight->pages,
							    .worker_count = sight->worker_count });
	h->seen_at = now;
	h->is_seen = true;
	pthread_mutex_unlock(&h->lock);
}

static void workers_write(void *health, FILE *out)
{
	struct run_health *h = health;

	pthread_mutex_lock(&h->lock);
	fputc('[', out);
	for (unsigned int i = 0; i < h->worker_count; i++)
		fprintf(out, "%s{\"worker\":%u,\"busy\":%.3f,\"packets\":%" PRIu64 ",\"pending\":%" PRIu64 "}", i > 0 ? "," : "", i,
			h->workers[i].busy, h->workers[i].packets, h->workers[i].pending);
	fputc(']', out);
	pthread_mutex_unlock(&h->lock);
}

/* How late what is said now is. */
static void behind_write(void *health, FILE *out)
{
	struct run_health *h = health;

	pthread_mutex_lock(&h->lock);
	fprintf(out, "%.1f", h->behind_s);
	pthread_mutex_unlock(&h->lock);
}

static void ports_write(void *health, FILE *out)
{
	struct run_health *h = health;
	struct json j = { .out = out };

	pthread_mutex_lock(&h->lock);
	json_open(&j, NULL, '[');
	for (unsigned int i = 0; i < h->port_count; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "name", h->ports[i].name);
		json_number(&j, "packets", (int64_t)h->ports[i].packets);
		json_number(&j, "missed", (int64_t)h->ports[i].missed);
		json_bool(&j, "up", h->ports[i].is_up);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	pthread_mutex_unlock(&h->lock);
}

static void account_write(void *health, FILE *out)
{
	struct run_health *h = health;

	pthread_mutex_lock(&h->lock);
	stats_write_json(&h->sum, h->seconds, out);
	pthread_mutex_unlock(&h->lock);
}

/* Octets of this process that are in memory, 0 when the kernel does not say. */
static uint64_t resident_bytes(void)
{
	FILE *in = fopen("/proc/self/statm", "re");
	uint64_t all, pages = 0;

	if (in == NULL)
		return 0;
	if (fscanf(in, "%" SCNu64 " %" SCNu64, &all, &pages) != 2)
		pages = 0;
	fclose(in);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void memory_write(void *health, FILE *out)
{
	struct run_health *h = health;

	pthread_mutex_lock(&h->lock);
	fprintf(out, "{\"resident_bytes\":%" PRIu64 ",\"transactions\":%" PRIu64 ",\"transactions_room\":%zu}", resident_bytes(),
		h->sum.transactions.open, h->room * h->worker_count);
	pthread_mutex_unlock(&h->lock);
}

static void configuration_write(void *health, FILE *out)
{
	struct run_health *h = health;
	struct json j = { .out = out };
	char loaded[32];

	pthread_mutex_lock(&h->lock);
	json_open(&j, NULL, '{');
	if (h->file != NULL)
		json_text(&j, "file", h->file);
	json_number(&j, "generation", (int64_t)h->generation);
	snprintf(loaded, sizeof(loaded), "%" PRId64 ".000000000", (int64_t)h->loaded);
	json_text(&j, "loaded", loaded);
	if (h->last_error != NULL)
		json_text(&j, "last_error", h->last_error);
	json_close(&j, '}');
	pthread_mutex_unlock(&h->lock);
}

static void store_write(void *health, FILE *out)
{
	struct run_health *h = health;
	struct json j = { .out = out };
	struct stat found;

	json_open(&j, NULL, '{');
	if (h->store_file != NULL) {
		json_text(&j, "file", h->store_file);
		if (stat(h->store_file, &found) == 0)
			json_number(&j, "bytes", (int64_t)found.st_size);
	} else {
		json_text(&j, "kept", "in memory only; set store.file to keep it over a restart");
	}
	json_close(&j, '}');
}

static void outlets_write(void *health, FILE *out)
{
	struct run_health *h = health;
	struct outlet_state states[OUTLETS_MAX];
	size_t count = outlets_state(h->outlets, states, OUTLETS_MAX);
	struct json j = { .out = out };

	json_open(&j, NULL, '[');
	for (size_t i = 0; i < count && i < OUTLETS_MAX; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "name", states[i].name);
		json_number(&j, "waiting", (int64_t)states[i].waiting);
		json_number(&j, "sent", (int64_t)states[i].sent);
		json_number(&j, "failed", (int64_t)states[i].failed);
		if (states[i].refused > 0)
			json_number(&j, "refused", (int64_t)states[i].refused);
		if (states[i].left_out > 0)
			json_number(&j, "left_out", (int64_t)states[i].left_out);
		json_bool(&j, "failing", states[i].is_failing);
		if (states[i].last_error[0] != '\0')
			json_text(&j, "last_error", states[i].last_error);
		json_close(&j, '}');
	}
	json_close(&j, ']');
}

void run_health_join(struct run_health *h, struct board *board, struct outlets *outlets)
{
	h->outlets = outlets;
	board_section(board, "behind_s", behind_write, h);
	board_section(board, "workers", workers_write, h);
	board_section(board, "ports", ports_write, h);
	board_section(board, "account", account_write, h);
	if (outlets != NULL)
		board_section(board, "outlets", outlets_write, h);
	board_section(board, "memory", memory_write, h);
	board_section(board, "configuration", configuration_write, h);
	board_section(board, "store", store_write, h);
}

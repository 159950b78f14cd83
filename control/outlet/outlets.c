/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All outlets of a plan, see outlets.h: made and exchanged by control, asked for their state by anyone. What one outlet does is in
 * outlet_thread.c.
 */
#include "control/outlet/outlets.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/outlet/outlet_thread.h"

#define CLOSING_LOOK_NS 20000000L

static const struct outlet_driver *const drivers[] = { &syslog_driver, &journal_driver, &webhook_driver, &alertmanager_driver,
						       &snmp_driver,   &ves_driver,     &mail_driver };

#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

struct outlets {
	struct store *store;
	struct outlets_board board;
	/* The array is exchanged under the board's lock. */
	struct outlet *outlets[STORE_OUTLETS_MAX];
	size_t count;
	/* Without an heir at the last reload; `ender` waits for their threads and frees them. */
	struct outlet *gone[STORE_OUTLETS_MAX];
	size_t gone_count;
	pthread_t ender;
	bool has_ender;
};

/* Outlets that are made and do not run yet. */
struct batch {
	struct outlet *outlets[STORE_OUTLETS_MAX];
	struct store_outlet names[STORE_OUTLETS_MAX];
	size_t count;
};

static void drivers_prepare(void)
{
	for (size_t d = 0; d < DRIVERS; d++) {
		if (drivers[d]->prepare != NULL)
			drivers[d]->prepare();
	}
}

static void context_make(const struct plan *plan, struct outlet_context *ret)
{
	size_t length;

	snprintf(ret->network, sizeof(ret->network), "%s", plan->network_name != NULL ? plan->network_name : "");
	if (gethostname(ret->probe, sizeof(ret->probe) - 1) != 0 || ret->probe[0] == '\0')
		snprintf(ret->probe, sizeof(ret->probe), "localhost");
	snprintf(ret->url, sizeof(ret->url), "%s", plan->api.url != NULL ? plan->api.url : "");
	length = strlen(ret->url);
	while (length > 0 && ret->url[length - 1] == '/')
		ret->url[--length] = '\0';
}

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		b->outlets[i]->before = NULL;
		outlet_free(b->outlets[i]);
	}
	b->count = 0;
}

static bool has_name(const struct batch *b, const char *name)
{
	for (size_t i = 0; i < b->count; i++) {
		if (strcmp(b->outlets[i]->state.name, name) == 0)
			return true;
	}
	return false;
}

static bool batch_add(struct outlets *all, struct batch *b, const struct plan *plan, const struct outlet_driver *driver, size_t index,
		      char error[OUTLETS_ERROR_MAX])
{
	struct outlet *o = b->count < STORE_OUTLETS_MAX ? calloc(1, sizeof(*o)) : NULL;
	char why[STORE_ERROR_MAX] = "";
	char name[OUTLET_NAME_MAX] = "";

	if (o == NULL) {
		snprintf(error, OUTLETS_ERROR_MAX, "there are more than %d outlets, or no memory for them", STORE_OUTLETS_MAX);
		return false;
	}
	o->driver = driver;
	o->board = &all->board;
	o->retry_most = plan->outbox.retry_most;
	o->resend = driver == &alertmanager_driver ? plan->alertmanager.resend : 0;
	context_make(plan, &o->context);
	o->receiver = driver->open(plan, index, name, why);
	snprintf(o->state.name, sizeof(o->state.name), "%s%s%s", driver->kind, name[0] != '\0' ? "/" : "", name);
	if (o->receiver != NULL)
		o->box = outbox_open(all->store, o->state.name, why);
	if (o->box == NULL || has_name(b, o->state.name)) {
		snprintf(error, OUTLETS_ERROR_MAX, "outlet %s: %.300s", o->state.name,
			 o->box == NULL ? why : "it is configured twice; leave one away");
		outlet_free(o);
		return false;
	}
	snprintf(b->names[b->count].name, sizeof(b->names[0].name), "%.*s", (int)sizeof(b->names[0].name) - 1, o->state.name);
	b->names[b->count].least = driver == &mail_driver ? (enum incident_severity)plan->mail.severity : SEVERITY_CLEARED;
	b->outlets[b->count++] = o;
	return true;
}

static bool batch_make(struct outlets *all, struct batch *b, const struct plan *plan, char error[OUTLETS_ERROR_MAX])
{
	b->count = 0;
	for (size_t d = 0; d < DRIVERS; d++) {
		size_t receivers = drivers[d]->count(plan);

		for (size_t i = 0; i < receivers; i++) {
			if (batch_add(all, b, plan, drivers[d], i, error))
				continue;
			batch_free(b);
			return false;
		}
	}
	return true;
}

static void *gone_free(void *argument)
{
	struct outlets *all = argument;

	for (size_t i = 0; i < all->gone_count; i++)
		outlet_free(all->gone[i]);
	all->gone_count = 0;
	return NULL;
}

static void ender_wait(struct outlets *all)
{
	if (all->has_ender)
		pthread_join(all->ender, NULL);
	all->has_ender = false;
}

/* A name server that does not answer holds a thread for half a minute, and must not hold control. */
static void gone_end(struct outlets *all)
{
	sigset_t every;
	sigset_t old;

	/* Signals are control's. */
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &old);
	all->has_ender = all->gone_count > 0 && pthread_create(&all->ender, NULL, gone_free, all) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!all->has_ender)
		gone_free(all);
}

/* The new ones take the place of the old ones; one of the same name goes on with its counts, and begins when that has ended. */
static void batch_take(struct outlets *all, struct batch *b, uint32_t entries)
{
	uint64_t dropped = store_outlets(all->store, b->names, b->count, entries);

	if (dropped > 0)
		fprintf(stderr,
			"sigcanary: %" PRIu64
			" announcements waited for outlets that are not in the configuration any more; they are given up\n",
			dropped);
	ender_wait(all);
	for (size_t i = 0; i < all->count; i++)
		outlet_end(all->outlets[i]);
	pthread_mutex_lock(&all->board.lock);
	for (size_t i = 0; i < all->count; i++) {
		struct outlet *heir = NULL;

		for (size_t j = 0; j < b->count; j++) {
			if (strcmp(b->outlets[j]->state.name, all->outlets[i]->state.name) == 0)
				heir = b->outlets[j];
		}
		if (heir == NULL) {
			all->gone[all->gone_count++] = all->outlets[i];
			continue;
		}
		heir->before = all->outlets[i];
		heir->state = all->outlets[i]->state;
	}
	memcpy(all->outlets, b->outlets, sizeof(all->outlets));
	all->count = b->count;
	pthread_mutex_unlock(&all->board.lock);
	gone_end(all);
	for (size_t i = 0; i < all->count; i++) {
		if (!outlet_start(all->outlets[i]))
			fprintf(stderr, "sigcanary: no thread for outlet %s; its announcements wait until the next reload\n",
				all->outlets[i]->state.name);
	}
}

struct outlets *outlets_open(const struct plan *plan, struct store *store, char error[OUTLETS_ERROR_MAX])
{
	struct outlets *o = calloc(1, sizeof(*o));
	pthread_condattr_t monotonic;

	snprintf(error, OUTLETS_ERROR_MAX, "no memory for outlets");
	if (o == NULL)
		return NULL;
	o->store = store;
	pthread_mutex_init(&o->board.lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&o->board.changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	drivers_prepare();
	if (outlets_plan(o, plan, error))
		return o;
	outlets_close(o, 0);
	return NULL;
}

bool outlets_check(const struct plan *plan, FILE *out)
{
	bool is_good = true;

	drivers_prepare();
	for (size_t d = 0; d < DRIVERS; d++) {
		size_t receivers = drivers[d]->count(plan);

		for (size_t i = 0; i < receivers; i++) {
			char name[OUTLET_NAME_MAX] = "";
			char error[OUTLET_ERROR_MAX] = "";
			void *receiver = drivers[d]->open(plan, i, name, error);

			if (receiver != NULL)
				drivers[d]->close(receiver);
			else
				fprintf(out, "sigcanary check: outlet %s%s%s: %s\n", drivers[d]->kind, name[0] != '\0' ? "/" : "", name,
					error);
			is_good = is_good && receiver != NULL;
		}
	}
	return is_good;
}

bool outlets_plan(struct outlets *o, const struct plan *plan, char error[OUTLETS_ERROR_MAX])
{
	struct batch batch;

	if (!batch_make(o, &batch, plan, error))
		return false;
	batch_take(o, &batch, plan->outbox.entries);
	return true;
}

/* Whether nothing more can be done now: each outlet has sent everything, or waits for a receiver that is not there. */
static bool is_settled(struct outlets *o)
{
	bool is_settled = true;

	pthread_mutex_lock(&o->board.lock);
	for (size_t i = 0; i < o->count; i++)
		is_settled = is_settled && o->outlets[i]->is_idle && (o->outlets[i]->state.waiting == 0 || o->outlets[i]->state.is_failing);
	pthread_mutex_unlock(&o->board.lock);
	return is_settled;
}

static bool is_empty(struct outlets *o)
{
	bool is_empty = true;

	pthread_mutex_lock(&o->board.lock);
	for (size_t i = 0; i < o->count; i++)
		is_empty = is_empty && o->outlets[i]->is_idle && o->outlets[i]->state.waiting == 0;
	pthread_mutex_unlock(&o->board.lock);
	return is_empty;
}

static void look(struct outlets *o, double seconds_most, bool (*is_over)(struct outlets *o))
{
	const struct timespec pause = { .tv_nsec = CLOSING_LOOK_NS };

	for (double waited = 0; waited < seconds_most && !is_over(o); waited += (double)CLOSING_LOOK_NS / 1e9)
		nanosleep(&pause, NULL);
}

void outlets_wait(struct outlets *o, double seconds_most)
{
	look(o, seconds_most, is_empty);
}

uint64_t outlets_close(struct outlets *o, double seconds_most)
{
	uint64_t waiting = 0;

	if (o == NULL)
		return 0;
	look(o, seconds_most, is_settled);
	ender_wait(o);
	for (size_t i = 0; i < o->count; i++)
		outlet_end(o->outlets[i]);
	for (size_t i = 0; i < o->count; i++) {
		if (o->outlets[i]->has_thread)
			pthread_join(o->outlets[i]->thread, NULL);
		o->outlets[i]->has_thread = false;
		waiting += outbox_waiting(o->outlets[i]->box);
		outlet_free(o->outlets[i]);
	}
	pthread_cond_destroy(&o->board.changed);
	pthread_mutex_destroy(&o->board.lock);
	free(o);
	return waiting;
}

/* Under the lock. */
static void open_set(struct outlets_board *b, const char *incident, bool is_open)
{
	size_t i = 0;

	while (i < b->open_count && strcmp(b->open[i], incident) != 0)
		i++;
	if (is_open && i == b->open_count && i < OUTLETS_OPEN_MAX)
		snprintf(b->open[b->open_count++], STORE_INCIDENT_MAX, "%s", incident);
	if (!is_open && i < b->open_count)
		memmove(b->open[i], b->open[b->open_count - 1], STORE_INCIDENT_MAX), b->open_count--;
}

void outlets_told(struct outlets *o, const char *incident, bool is_open)
{
	pthread_mutex_lock(&o->board.lock);
	open_set(&o->board, incident, is_open);
	for (size_t i = 0; i < o->count; i++) {
		struct outlet_state *state = &o->outlets[i]->state;

		store_state(o->store, i, &state->waiting, &state->left_out);
		/* Who waits for a receiver that is not there goes on waiting. */
		o->outlets[i]->is_idle = o->outlets[i]->is_idle && state->is_failing;
	}
	o->board.wakes++;
	pthread_cond_broadcast(&o->board.changed);
	pthread_mutex_unlock(&o->board.lock);
}

void outlets_alarm(void *outlets, const struct alarm *alarm)
{
	outlets_told(outlets, alarm->id, alarm->state != INCIDENT_CLEARED);
}

size_t outlets_state(struct outlets *o, struct outlet_state *ret, size_t most)
{
	size_t count;

	pthread_mutex_lock(&o->board.lock);
	count = o->count < most ? o->count : most;
	for (size_t i = 0; i < count; i++)
		ret[i] = o->outlets[i]->state;
	count = o->count;
	pthread_mutex_unlock(&o->board.lock);
	return count;
}

/* 4.x of the text format: the three characters that end a label. */
static void sample_write(FILE *out, const char *family, const char *output, uint64_t value)
{
	fprintf(out, "%s{output=\"", family);
	for (const char *c = output; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', out);
		fputc(*c, out);
	}
	fprintf(out, "\"} %" PRIu64 "\n", value);
}

void outlets_write_metrics(void *outlets, FILE *out)
{
	static const struct {
		const char *family, *type, *help;
		size_t offset;
	} rows[] = {
		{ "sigcanary_alerts_sent_total", "counter", "Announcements that reached the outlet.", offsetof(struct outlet_state, sent) },
		{ "sigcanary_alerts_failed_total", "counter", "Attempts to reach the outlet that failed.",
		  offsetof(struct outlet_state, failed) },
		{ "sigcanary_alerts_refused_total", "counter", "Announcements that the outlet refused for good.",
		  offsetof(struct outlet_state, refused) },
		{ "sigcanary_alerts_left_out_total", "counter", "Announcements that gave way because too many waited.",
		  offsetof(struct outlet_state, left_out) },
		{ "sigcanary_outbox_entries", "gauge", "Announcements that wait for the outlet.", offsetof(struct outlet_state, waiting) },
	};
	struct outlet_state states[STORE_OUTLETS_MAX];
	size_t count = outlets_state(outlets, states, STORE_OUTLETS_MAX);

	for (size_t r = 0; count > 0 && r < sizeof(rows) / sizeof(rows[0]); r++) {
		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[r].family, rows[r].help, rows[r].family, rows[r].type);
		for (size_t i = 0; i < count; i++) {
			uint64_t value;

			memcpy(&value, (const char *)&states[i] + rows[r].offset, sizeof(value));
			sample_write(out, rows[r].family, states[i].name, value);
		}
	}
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Captures of incidents, see evidence.h. Control says which incident begins; the follower's thread writes its packets, tick by tick, and
 * tidies the folder. What both know is guarded by one lock, held for copies.
 */
#include "control/evidence/evidence.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/evidence/cut.h"
#include "control/evidence/follower.h"
#include "control/evidence/shelf.h"

#define CUTS_MAX  INCIDENTS_MAX
#define KNOWN_MAX 256
/* A capture may take so much of what all of them may. */
#define SHARE_OF_ONE 4
#define TIDY_EVERY   (60 * NANOS_PER_S)
#define WORDS_MAX    (INCIDENT_SUMMARY_MAX + 64)
/* Bytes of packets for each request: what two packets of the shortest messages take on a tape. */
#define BYTES_PER_REQUEST 256
#define ENTRIES_LEAST     ((size_t)1 << 16)
#define ENTRIES_MOST      ((size_t)1 << 24)

/* An incident whose capture is to begin. */
struct wish {
	char id[24];
	nanos from;
	nanos until;
	uint64_t tick;
	bool is_new; /* it was just raised: a file of that name is another run's */
	char words[WORDS_MAX];
};

struct evidence_state {
	struct shelf_state shelf;
	uint64_t open;
	uint64_t packets;
	uint64_t known;
	uint64_t lost_blocks;
	uint64_t failed;
	char last_error[EVIDENCE_ERROR_MAX];
};

struct evidence_keeper {
	char folder[256];
	struct reel_tapes tapes;
	struct pseudonym pseudonym;
	bool is_replay;
	bool is_always_redacted;
	nanos tick_length; /* control's */
	uint64_t tick;     /* control's: number of the last one */
	char known[KNOWN_MAX][24];
	size_t known_count; /* control's: incidents that have or had a capture */
	struct follower *follower;
	struct cut cuts[CUTS_MAX]; /* the follower's, as what follows */
	size_t cut_count;
	struct redactor *redactor;
	uint8_t *bytes;
	nanos tidied;
	char names_used[PLAN_SEGMENTS_MAX][32]; /* a copy of segment_names */
	uint64_t lost_before;                   /* of cuts that are over */
	pthread_mutex_t lock;
	struct wish wishes[CUTS_MAX]; /* guarded, as what follows */
	size_t wish_count;
	struct plan_evidence rules;
	char segment_names[PLAN_SEGMENTS_MAX][32];
	size_t segment_count;
	struct evidence_state state;
};

size_t evidence_entries(size_t tape_bytes)
{
	size_t entries = tape_bytes / BYTES_PER_REQUEST;

	return entries < ENTRIES_LEAST ? ENTRIES_LEAST : entries > ENTRIES_MOST ? ENTRIES_MOST : entries;
}

void evidence_plan(struct evidence_keeper *e, const struct plan *plan)
{
	pthread_mutex_lock(&e->lock);
	e->rules = plan->evidence;
	e->rules.directory = e->folder;
	e->rules.redact = plan->evidence.redact || e->is_always_redacted;
	e->segment_count = plan->segment_count;
	for (size_t i = 0; i < plan->segment_count; i++)
		snprintf(e->segment_names[i], sizeof(e->segment_names[i]), "%s", plan->segments[i].name);
	pthread_mutex_unlock(&e->lock);
	e->tick_length = plan->detection.tick;
}

/* The follower's copy of what a reload may change. */
static size_t names_take(struct evidence_keeper *e)
{
	size_t count;

	pthread_mutex_lock(&e->lock);
	count = e->segment_count;
	memcpy(e->names_used, e->segment_names, sizeof(e->names_used));
	pthread_mutex_unlock(&e->lock);
	return count;
}

/* A copy of the rules as they are now. */
static struct plan_evidence rules_now(struct evidence_keeper *e)
{
	struct plan_evidence rules;

	pthread_mutex_lock(&e->lock);
	rules = e->rules;
	pthread_mutex_unlock(&e->lock);
	return rules;
}

/* Said once each time, and kept for who asks. */
static void complain(struct evidence_keeper *e, const char *id, int error)
{
	char words[EVIDENCE_ERROR_MAX];

	snprintf(words, sizeof(words), "the capture of incident %s cannot be written to %s: %s; make room there or mend its permissions",
		 id, e->folder, strerror(error));
	pthread_mutex_lock(&e->lock);
	e->state.failed++;
	snprintf(e->state.last_error, sizeof(e->state.last_error), "%s", words);
	pthread_mutex_unlock(&e->lock);
	fprintf(stderr, "sigcanary: %s\n", words);
}

static void cut_open(struct evidence_keeper *e, const struct wish *w, const struct plan_evidence *rules)
{
	struct cut *c = &e->cuts[e->cut_count];
	int file = shelf_create(e->folder, w->id, w->is_new);

	/* Another life of this probe has begun it. */
	if (file == -EEXIST)
		return;
	if (file < 0) {
		complain(e, w->id, -file);
		return;
	}
	*c = (struct cut){ .from = w->from, .until = w->until, .most = rules->most / SHARE_OF_ONE, .is_redacted = rules->redact };
	snprintf(c->id, sizeof(c->id), "%s", w->id);
	if (e->is_replay)
		reel_begin_at(&c->reel, &e->tapes, w->tick);
	else
		reel_begin(&c->reel, &e->tapes);
	if (cut_begin(c, file, w->words)) {
		e->cut_count++;
		return;
	}
	close(file);
	complain(e, w->id, ENOMEM);
}

static void wishes_take(struct evidence_keeper *e, const struct plan_evidence *rules)
{
	struct wish w;

	for (;;) {
		bool has_one;

		pthread_mutex_lock(&e->lock);
		has_one = e->wish_count > 0 && e->cut_count < CUTS_MAX;
		if (has_one)
			w = e->wishes[--e->wish_count];
		pthread_mutex_unlock(&e->lock);
		if (!has_one)
			return;
		cut_open(e, &w, rules);
	}
}

static void cut_close(struct evidence_keeper *e, size_t i)
{
	struct cut *c = &e->cuts[i];
	int error = cut_end(c);

	if (error != 0)
		complain(e, c->id, error);
	e->lost_before += reel_lost(&c->reel);
	pthread_mutex_lock(&e->lock);
	e->state.packets += c->packets;
	e->state.known += c->known;
	pthread_mutex_unlock(&e->lock);
	*c = e->cuts[--e->cut_count];
}

static void tidy(struct evidence_keeper *e, const struct plan_evidence *rules, nanos clock)
{
	struct shelf_limits limits = { .keep = rules->keep, .most = rules->most };
	struct shelf_state state;

	if (e->is_replay || (clock - e->tidied < TIDY_EVERY && clock >= e->tidied))
		return;
	e->tidied = clock;
	state = shelf_tidy(e->folder, &limits);
	pthread_mutex_lock(&e->lock);
	state.deleted += e->state.shelf.deleted;
	e->state.shelf = state;
	pthread_mutex_unlock(&e->lock);
}

static void step(void *self, const struct logbook *logbook, nanos clock)
{
	struct evidence_keeper *e = self;
	struct plan_evidence rules = rules_now(e);
	struct cut_tools tools = {
		.logbook = logbook,
		.words = { .pseudonym = &e->pseudonym, .segment_names = (const char(*)[32])e->names_used, .segment_count = names_take(e) },
		.redactor = e->redactor,
		.bytes = e->bytes
	};
	uint64_t lost = e->lost_before;

	wishes_take(e, &rules);
	for (size_t i = 0; i < e->cut_count;) {
		if (cut_advance(&e->cuts[i], &tools, clock == FOLLOWER_END ? clock : clock - CUT_BEHIND))
			cut_close(e, i);
		else
			i++;
	}
	while (clock == FOLLOWER_END && e->cut_count > 0)
		cut_close(e, 0);
	for (size_t i = 0; i < e->cut_count; i++)
		lost += reel_lost(&e->cuts[i].reel);
	pthread_mutex_lock(&e->lock);
	e->state.open = e->cut_count;
	e->state.lost_blocks = lost;
	pthread_mutex_unlock(&e->lock);
	tidy(e, &rules, clock);
}

static void evidence_free(struct evidence_keeper *e)
{
	redactor_free(e->redactor);
	free(e->bytes);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

struct evidence_keeper *evidence_open(const struct evidence_settings *s, char error[EVIDENCE_ERROR_MAX])
{
	struct follower_settings follower = { .name = "evidence",
					      .entries = evidence_entries(s->plan->evidence.ring * s->tapes.count),
					      .has_thread = !s->is_replay,
					      .step = step };
	int made = shelf_make(s->folder);
	struct evidence_keeper *e;

	if (made < 0 || strlen(s->folder) >= sizeof(e->folder)) {
		snprintf(error, EVIDENCE_ERROR_MAX,
			 "captures of incidents cannot be kept in %s: %s; name a folder that this user may write", s->folder,
			 made < 0 ? strerror(-made) : "its name is too long");
		return NULL;
	}
	snprintf(error, EVIDENCE_ERROR_MAX, "no memory for captures of incidents; lower evidence.ring");
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	pthread_mutex_init(&e->lock, NULL);
	snprintf(e->folder, sizeof(e->folder), "%s", s->folder);
	e->tapes = s->tapes;
	e->pseudonym = *s->pseudonym;
	e->is_replay = s->is_replay;
	e->is_always_redacted = s->is_redacted;
	e->tidied = INT64_MAX;
	evidence_plan(e, s->plan);
	e->redactor = redactor_new();
	e->bytes = malloc(TAPE_BLOCK);
	follower.self = e;
	e->follower = e->redactor != NULL && e->bytes != NULL ? follower_open(&follower) : NULL;
	if (e->follower != NULL)
		return e;
	evidence_free(e);
	return NULL;
}

bool evidence_close(struct evidence_keeper *e)
{
	bool is_whole;

	if (e == NULL)
		return true;
	follower_close(e->follower);
	is_whole = e->state.failed == 0;
	evidence_free(e);
	return is_whole;
}

void evidence_outcome(void *evidence, const struct outcome *outcome)
{
	struct evidence_keeper *e = evidence;

	follower_outcome(e->follower, outcome);
}

void evidence_tick(void *evidence, const struct tally *tally, const struct detector *detector)
{
	struct evidence_keeper *e = evidence;

	(void)detector;
	e->tick = (uint64_t)(tally->start / e->tick_length);
	follower_tick(e->follower, tally->start + tally->length);
}

static bool is_known(const struct evidence_keeper *e, const char *id)
{
	for (size_t i = 0; i < KNOWN_MAX && i < e->known_count; i++) {
		if (strcmp(e->known[i], id) == 0)
			return true;
	}
	return false;
}

/* The first that is heard of an incident begins its capture. */
void evidence_alarm(void *evidence, const struct alarm *alarm)
{
	struct evidence_keeper *e = evidence;
	struct wish *w;

	if (alarm->state == INCIDENT_CLEARED || is_known(e, alarm->id))
		return;
	snprintf(e->known[e->known_count++ % KNOWN_MAX], sizeof(e->known[0]), "%s", alarm->id);
	pthread_mutex_lock(&e->lock);
	if (e->wish_count < CUTS_MAX) {
		w = &e->wishes[e->wish_count++];
		*w = (struct wish){ .from = alarm->onset - e->rules.before,
				    .until = alarm->time + e->rules.after,
				    .tick = e->tick,
				    .is_new = alarm->state == INCIDENT_RAISED };
		snprintf(w->id, sizeof(w->id), "%s", alarm->id);
		snprintf(w->words, sizeof(w->words), "incident %s: %s", alarm->id, alarm->summary);
	}
	pthread_mutex_unlock(&e->lock);
}

int evidence_read(struct evidence_keeper *e, const char *id)
{
	return shelf_open(e->folder, id);
}

static struct evidence_state state_now(struct evidence_keeper *e)
{
	struct evidence_state state;

	pthread_mutex_lock(&e->lock);
	state = e->state;
	pthread_mutex_unlock(&e->lock);
	return state;
}

void evidence_write_state(void *evidence, FILE *out)
{
	struct evidence_keeper *e = evidence;
	struct evidence_state s = state_now(e);

	fprintf(out,
		"{\"captures\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"deleted\":%" PRIu64 ",\"open\":%" PRIu64 ",\"packets\":%" PRIu64
		",\"packets_of_transactions\":%" PRIu64 ",\"overwritten_kib\":%" PRIu64 ",\"outcomes_refused\":%" PRIu64
		",\"failed\":%" PRIu64,
		s.shelf.captures, s.shelf.bytes, s.shelf.deleted, s.open, s.packets, s.known, s.lost_blocks * (TAPE_BLOCK >> 10),
		follower_refused(e->follower), s.failed);
	if (s.last_error[0] != '\0') {
		fprintf(out, ",\"last_error\":\"");
		for (const char *c = s.last_error; *c != '\0'; c++)
			fputc(*c == '"' || *c == '\\' || (unsigned char)*c < ' ' ? '\'' : *c, out);
		fputc('"', out);
	}
	fputc('}', out);
}

void evidence_write_metrics(void *evidence, FILE *out)
{
	struct evidence_keeper *e = evidence;
	struct evidence_state s = state_now(e);
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} families[] = {
		{ "sigcanary_evidence_captures", "gauge", "Captures of incidents that are kept.", s.shelf.captures },
		{ "sigcanary_evidence_bytes", "gauge", "Their size in all.", s.shelf.bytes },
		{ "sigcanary_evidence_packets_total", "counter", "Packets written to captures that are complete.", s.packets },
		{ "sigcanary_evidence_failed_total", "counter", "Captures that could not be written.", s.failed },
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", families[i].name, families[i].help, families[i].name,
			families[i].type, families[i].name, families[i].value);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps that both drivers share, see worker.h. Every function is called by the thread of the worker it names, but for
 * worker_report_add() (between bursts) and worker_name_of() (any time: name tables are append-only).
 */
#include "dataplane/worker/worker.h"

#include <stdlib.h>
#include <string.h>

static bool worker_open(struct worker *w, const struct plan *plan, const struct segments *segments)
{
	if (!walk_open(&w->walk, plan, segments))
		return false;
	w->book = book_new(plan);
	w->outbox.outcomes = calloc(WORKER_OUTBOX, sizeof(*w->outbox.outcomes));
	w->outbox.capacity = WORKER_OUTBOX;
	if (w->book == NULL || w->outbox.outcomes == NULL)
		return false;
	w->transactions = transactions_new(plan, w->book, &w->outbox);
	if (w->transactions == NULL)
		return false;
	if (w->count == 1)
		return true;
	w->indications_in = calloc(w->count, sizeof(*w->indications_in));
	if (w->indications_in == NULL)
		return false;
	for (unsigned int i = 0; i < w->count; i++) {
		if (!ring_open(&w->indications_in[i], WORKER_RING_BYTES))
			return false;
	}
	return true;
}

bool workers_open(struct worker *workers, unsigned int count, const struct plan *plan, const struct segments *segments)
{
	memset(workers, 0, count * sizeof(*workers));
	for (unsigned int i = 0; i < count; i++) {
		workers[i].index = i;
		workers[i].count = count;
		if (!worker_open(&workers[i], plan, segments)) {
			workers_close(workers, count);
			return false;
		}
	}
	return true;
}

void workers_close(struct worker *workers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct worker *w = &workers[i];

		transactions_free(w->transactions);
		book_free(w->book);
		free(w->outbox.outcomes);
		walk_close(&w->walk);
		for (unsigned int j = 0; w->indications_in != NULL && j < w->count; j++)
			ring_close(&w->indications_in[j]);
		free(w->indications_in);
	}
	memset(workers, 0, count * sizeof(*workers));
}

/* Sends an indication to its owner. */
static void indication_send(struct worker *self, struct worker *owner, const struct indication *indication)
{
	void *place = ring_reserve(&owner->indications_in[self->index], sizeof(*indication));

	if (place == NULL)
		self->refused_indications++;
	else
		memcpy(place, indication, sizeof(*indication));
}

/* Connections are known under the names of both sides: everything between two nodes meets at one worker. */
static inline uint64_t owner_hash(const struct indication *indication)
{
	return hash_mix(indication->meeting != 0 ? indication->meeting : indication->key[0]);
}

void worker_hand_over(struct worker *workers, struct worker *self)
{
	struct walk *w = &self->walk;
	const struct indication *own[TRANSACTIONS_GROUP];
	size_t count = 0;

	if (self->count == 1) {
		transactions_take_burst(self->transactions, w->indications, w->indication_count);
		w->indication_count = 0;
		return;
	}
	for (size_t i = 0; i < w->indication_count; i++) {
		const struct indication *indication = &w->indications[i];
		struct worker *owner = &workers[owner_hash(indication) % self->count];

		/* In a replay own ones wait for those of other workers that belong before them. */
		if (owner != self || self->sees_every_frame) {
			indication_send(self, owner, indication);
			continue;
		}
		own[count++] = indication;
		if (count == TRANSACTIONS_GROUP) {
			transactions_take_group(self->transactions, own, count);
			count = 0;
		}
	}
	transactions_take_group(self->transactions, own, count);
	w->indication_count = 0;
	for (unsigned int i = 0; i < self->count; i++)
		ring_publish(&workers[i].indications_in[self->index]);
}

static bool is_before(const struct indication *a, const struct indication *b)
{
	return a->sequence != b->sequence ? a->sequence < b->sequence : a->order < b->order;
}

/* The indications that come next, from whomever, at most a group; their records stay until they are released. */
static size_t group_gather(struct worker *self, const struct indication *group[TRANSACTIONS_GROUP])
{
	const struct indication *heads[WORKERS_MAX];
	size_t count = 0;
	size_t size;

	for (unsigned int i = 0; i < self->count; i++)
		heads[i] = ring_peek(&self->indications_in[i], &size);
	while (count < TRANSACTIONS_GROUP) {
		unsigned int first = 0;

		for (unsigned int i = 1; i < self->count; i++) {
			if (heads[i] != NULL && (heads[first] == NULL || is_before(heads[i], heads[first])))
				first = i;
		}
		if (heads[first] == NULL)
			break;
		group[count++] = heads[first];
		ring_skip(&self->indications_in[first]);
		heads[first] = ring_peek(&self->indications_in[first], &size);
	}
	return count;
}

size_t worker_take_over(struct worker *self)
{
	const struct indication *group[TRANSACTIONS_GROUP];
	size_t taken = 0;
	size_t count;

	if (self->count == 1)
		return 0;
	while ((count = group_gather(self, group)) > 0) {
		transactions_take_group(self->transactions, group, count);
		for (unsigned int i = 0; i < self->count; i++)
			ring_release(&self->indications_in[i]);
		taken += count;
	}
	return taken;
}

bool worker_end_tick(struct worker *self, nanos start, nanos length, uint64_t dropped)
{
	uint64_t lost = associations_counters(self->walk.associations)->overdue + streams_counters(self->walk.streams)->gaps;
	struct book_page sums = { .packets = self->walk.account.packets - self->packets_sealed,
				  .dropped = dropped - self->dropped_sealed,
				  .sctp_missing = lost - self->missing_sealed,
				  .unseen = transactions_unseen(self->transactions) - self->unseen_sealed };

	if (!transactions_advance(self->transactions, start + length))
		return false;
	if (!book_seal(self->book, start, length, &sums))
		return true;
	self->packets_sealed += sums.packets;
	self->dropped_sealed += sums.dropped;
	self->missing_sealed += sums.sctp_missing;
	self->unseen_sealed += sums.unseen;
	return true;
}

static void transaction_counters_add(struct transaction_counters *sum, const struct transaction_counters *c)
{
	sum->opened += c->opened;
	sum->answered += c->answered;
	sum->timeout += c->timeout;
	sum->evicted += c->evicted;
	sum->open += c->open;
	sum->unmatched += c->unmatched;
	sum->late += c->late;
	sum->repeated += c->repeated;
}

void worker_report_sum(struct worker_report *sum, const struct worker_report *one)
{
	account_add(&sum->account, &one->account);
	transaction_counters_add(&sum->transactions, &one->transactions);
	sum->associations.directions += one->associations.directions;
	sum->associations.chunks += one->associations.chunks;
	sum->associations.duplicates += one->associations.duplicates;
	sum->associations.missing += one->associations.missing;
	sum->associations.restarts += one->associations.restarts;
	sum->associations.given_up += one->associations.given_up;
	sum->streams.streams += one->streams.streams;
	sum->streams.duplicate_bytes += one->streams.duplicate_bytes;
	sum->streams.gaps += one->streams.gaps;
	sum->streams.gap_bytes += one->streams.gap_bytes;
	sum->streams.refused += one->streams.refused;
	sum->expired_datagrams += one->expired_datagrams;
	sum->given_up_segments += one->given_up_segments;
	sum->refused_indications += one->refused_indications;
	sum->refused_outcomes += one->refused_outcomes;
	sum->refused_names += one->refused_names;
	sum->refused_cells += one->refused_cells;
	sum->refused_streams += one->refused_streams;
	sum->refused_incidents += one->refused_incidents;
	sum->refused_connections += one->refused_connections;
	for (int i = 0; i < STAGE_COUNT; i++)
		sum->stages.cycles[i] += one->stages.cycles[i];
}

void worker_report_add(struct worker_report *sum, const struct worker *w)
{
	const struct worker_report one = {
		.account = w->walk.account,
		.transactions = *transactions_counters(w->transactions),
		.associations = *associations_counters(w->walk.associations),
		.streams = *streams_counters(w->walk.streams),
		.expired_datagrams = w->sees_every_frame && w->index > 0 ? 0 : defragmenter_expired(w->walk.defragmenter),
		.given_up_segments = sccp_segments_given_up(w->walk.sccp_segments),
		.refused_indications = w->refused_indications,
		.refused_outcomes = w->outbox.refused,
		.refused_names = names_refused(w->walk.names),
		.refused_cells = book_refused(w->book),
		.refused_connections = transactions_refused_connections(w->transactions),
		.stages = w->stages,
	};

	worker_report_sum(sum, &one);
}

const char *worker_name_of(void *names, node host)
{
	const struct worker_names *n = names;

	for (unsigned int i = 0; i < n->count; i++) {
		const char *text = names_text(n->workers[i].walk.names, host);

		if (text != NULL)
			return text;
	}
	return NULL;
}

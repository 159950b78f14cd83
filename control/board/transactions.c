/* SPDX-License-Identifier: BSD-3-Clause */
/* The rings of recent transactions, see transactions.h: what goes in, and how one is found again by its key. Control's thread inserts. */
#include "control/board/transactions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/compare.h"
#include "control/board/transactions_kept.h"

static const uint64_t rooms[KEPT_KIND_COUNT] = { KEPT_FAILURES, KEPT_REFUSALS, KEPT_SUCCESSES };
static const char letters[KEPT_KIND_COUNT] = { 'f', 'r', 's' };

struct kept_transactions *kept_transactions_new(const struct transaction_writer *writer)
{
	struct kept_transactions *k = calloc(1, sizeof(*k));
	bool has_memory = k != NULL;

	if (k == NULL)
		return NULL;
	pthread_mutex_init(&k->lock, NULL);
	k->inserted = (uint64_t)time(NULL) * 1000000U;
	k->pseudonym = *writer->pseudonym;
	k->writer = *writer;
	k->writer.pseudonym = &k->pseudonym;
	for (int kind = 0; kind < KEPT_KIND_COUNT; kind++) {
		k->rings[kind].room = rooms[kind];
		k->rings[kind].outcomes = calloc(rooms[kind], sizeof(*k->rings[kind].outcomes));
		has_memory = has_memory && k->rings[kind].outcomes != NULL;
	}
	k->shown = (struct kept_ring){ .room = KEPT_SHOWN, .outcomes = calloc(KEPT_SHOWN, sizeof(*k->shown.outcomes)) };
	k->newest = calloc(KEPT_FAILURES, sizeof(*k->newest));
	k->before = calloc(KEPT_FAILURES, sizeof(*k->before));
	if (has_memory && k->shown.outcomes != NULL && k->newest != NULL && k->before != NULL)
		return k;
	kept_transactions_free(k);
	return NULL;
}

void kept_transactions_free(struct kept_transactions *k)
{
	if (k == NULL)
		return;
	for (int kind = 0; kind < KEPT_KIND_COUNT; kind++)
		free(k->rings[kind].outcomes);
	free(k->shown.outcomes);
	free(k->newest);
	free(k->before);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

void kept_transactions_plan(struct kept_transactions *k, const struct plan *plan)
{
	struct segment_places places;

	segment_places_make(k->writer.plan, plan, &places);
	pthread_mutex_lock(&k->lock);
	for (int kind = 0; kind <= KEPT_KIND_COUNT; kind++) {
		struct kept_ring *r = kind == KEPT_KIND_COUNT ? &k->shown : &k->rings[kind];

		for (uint64_t number = kept_oldest(r); number < r->count; number++)
			kept_at(r, number)->segments = segment_places_bits(&places, kept_at(r, number)->segments);
	}
	k->writer.plan = plan;
	pthread_mutex_unlock(&k->lock);
}

static enum kept_kind kind_of(const struct outcome *o)
{
	switch ((enum outcome_class)o->class) {
	case OUTCOME_NETWORK:
	case OUTCOME_CONGESTION:
	case OUTCOME_ABORT:
	case OUTCOME_TIMEOUT:
	case OUTCOME_LATE:
		return KEPT_FAILURE;
	case OUTCOME_USER:
		return KEPT_REFUSAL;
	case OUTCOME_SUCCESS:
	case OUTCOME_OPEN:
	case OUTCOME_UNMATCHED:
	case OUTCOME_CLASS_COUNT:
		break;
	}
	return KEPT_SUCCESS;
}

/* The failure that this one is a later event of; NULL when it is not there. */
static struct outcome *failure_of(struct kept_transactions *k, const struct outcome *o)
{
	const struct kept_ring *r = &k->rings[KEPT_FAILURE];

	for (uint64_t at = k->newest[o->key % KEPT_FAILURES]; at > kept_oldest(r); at = k->before[(at - 1) % KEPT_FAILURES]) {
		struct outcome *known = kept_at(r, at - 1);

		if (known->key == o->key && known->invoke == o->invoke && known->procedure == o->procedure && known->time == o->time)
			return known;
	}
	return NULL;
}

static void insert(struct kept_transactions *k, const struct outcome *o)
{
	enum kept_kind kind = kind_of(o);
	struct kept_ring *r = &k->rings[kind];

	*kept_at(r, r->count) = *o;
	kept_at(r, r->count)->sequence = ++k->inserted;
	if (kind == KEPT_FAILURE) {
		k->before[r->count % KEPT_FAILURES] = k->newest[o->key % KEPT_FAILURES];
		k->newest[o->key % KEPT_FAILURES] = r->count + 1;
	}
	r->count++;
}

/* A timed-out request that was answered after all: it stays where it is. */
static void answered_late(struct outcome *known, const struct outcome *o)
{
	uint64_t sequence = known->sequence;

	*known = *o;
	known->sequence = sequence;
}

void kept_transactions_outcome(void *kept, const struct outcome *o)
{
	struct kept_transactions *k = kept;
	struct outcome *known;

	switch ((enum outcome_event)o->event) {
	case OUTCOME_EVENT_CLOSED:
		pthread_mutex_lock(&k->lock);
		insert(k, o);
		pthread_mutex_unlock(&k->lock);
		break;
	case OUTCOME_EVENT_LATE:
		pthread_mutex_lock(&k->lock);
		known = failure_of(k, o);
		if (known != NULL)
			answered_late(known, o);
		else
			insert(k, o);
		pthread_mutex_unlock(&k->lock);
		break;
	case OUTCOME_EVENT_OVERDUE:
	case OUTCOME_EVENT_WRITTEN:
	case OUTCOME_EVENT_SIGHTED:
	case OUTCOME_EVENT_NOTICE:
		break;
	}
}

void kept_key_write(enum kept_kind kind, const struct outcome *o, char text[KEPT_KEY_MAX])
{
	snprintf(text, KEPT_KEY_MAX, "%c%" PRIx64, letters[kind], o->sequence);
}

bool kept_key_read(const char *text, enum kept_kind *ret_kind, uint64_t *ret_sequence)
{
	const char *letter = text[0] != '\0' ? memchr(letters, text[0], sizeof(letters)) : NULL;

	if (letter == NULL || text[1] == '\0' || strspn(text + 1, "0123456789abcdef") != strlen(text + 1) || strlen(text) >= KEPT_KEY_MAX)
		return false;
	*ret_kind = (enum kept_kind)(letter - letters);
	*ret_sequence = strtoull(text + 1, NULL, 16);
	return true;
}

uint64_t kept_first_after(const struct kept_ring *r, uint64_t sequence)
{
	uint64_t low = kept_oldest(r), high = r->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (kept_at(r, middle)->sequence > sequence)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void kept_show(struct kept_transactions *k, const struct outcome *o)
{
	*kept_at(&k->shown, k->shown.count) = *o;
	k->shown.count++;
}

static const struct outcome *shown_find(const struct kept_transactions *k, enum kept_kind kind, uint64_t sequence)
{
	for (uint64_t number = k->shown.count; number > kept_oldest(&k->shown); number--) {
		const struct outcome *o = kept_at(&k->shown, number - 1);

		if (o->sequence == sequence && kind_of(o) == kind)
			return o;
	}
	return NULL;
}

const struct outcome *kept_find(const struct kept_transactions *k, const char *key)
{
	const struct kept_ring *r;
	enum kept_kind kind;
	uint64_t sequence, number;

	if (!kept_key_read(key, &kind, &sequence) || sequence == 0)
		return NULL;
	r = &k->rings[kind];
	number = kept_first_after(r, sequence - 1);
	if (number < r->count && kept_at(r, number)->sequence == sequence)
		return kept_at(r, number);
	return shown_find(k, kind, sequence);
}

bool kept_transactions_write_one(struct kept_transactions *k, const char *key, FILE *out)
{
	const struct outcome *o;

	pthread_mutex_lock(&k->lock);
	o = kept_find(k, key);
	if (o != NULL) {
		struct transaction_writer w = k->writer;

		w.out = out;
		transaction_write_start(&w, o);
		fprintf(out, ",\"key\":\"%s\"", key);
		kept_ladder_write(&w, o);
		fputs("}\n", out);
	}
	pthread_mutex_unlock(&k->lock);
	return o != NULL;
}

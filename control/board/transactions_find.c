/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search among the recent transactions, newest first, or from one on: the rings are read some hundred records at a time under the
 * lock, and merged in the order in which they ended. What the search compares, a pseudonym's hash above all, it works out without the lock.
 * All hashes of full rings take a quarter of a second and more, so a search is cut into slices, between which its thread, the listener's,
 * serves others.
 */
#include <stdlib.h>
#include <string.h>

#include "control/board/transactions_kept.h"

#define BATCH 256
/* Of a slice: so many records are looked at, of which one that is written counts as many; about 1 ms. */
#define SLICE   512
#define WRITTEN 32

struct batch {
	struct outcome outcomes[BATCH]; /* in the order of the search */
	size_t count, at;
	uint64_t next; /* the number to be read next; backwards one more than that */
};

struct kept_search {
	struct kept_transactions *k;
	struct transactions_wanted wanted; /* texts are the search's own */
	char *texts[3];                    /* the same */
	struct transaction_writer writer;  /* a copy: names and pseudonyms may be asked for without the lock */
	bool is_forward;
	size_t found;
	uint64_t segment; /* its bit; 0: not by a configured segment */
	digits plmn;      /* of "plmn-23410"; 0: not by it */
	digits clear;     /* the subscriber's digits; 0: by pseudonym, or any */
	struct batch batches[KEPT_KIND_COUNT];
};

/* The next records of one ring. What was overwritten meanwhile is left out. */
static void batch_fill(struct kept_search *s, int kind)
{
	const struct kept_ring *r = &s->k->rings[kind];
	struct batch *b = &s->batches[kind];
	uint64_t oldest;

	b->count = b->at = 0;
	pthread_mutex_lock(&s->k->lock);
	oldest = kept_oldest(r);
	if (s->is_forward && b->next < oldest)
		b->next = oldest;
	while (b->count < BATCH && (s->is_forward ? b->next < r->count : b->next > oldest))
		b->outcomes[b->count++] = *kept_at(r, s->is_forward ? b->next++ : --b->next);
	pthread_mutex_unlock(&s->k->lock);
}

/* The ring whose next record is the next of all; -1 when all have been read. */
static int next_ring(struct kept_search *s)
{
	uint64_t best = 0;
	int found = -1;

	for (int kind = 0; kind < KEPT_KIND_COUNT; kind++) {
		struct batch *b = &s->batches[kind];
		uint64_t sequence;

		if (b->at == b->count)
			batch_fill(s, kind);
		if (b->at == b->count)
			continue;
		sequence = b->outcomes[b->at].sequence;
		if (found < 0 || (s->is_forward ? sequence < best : sequence > best)) {
			found = kind;
			best = sequence;
		}
	}
	return found;
}

static bool node_is(const struct kept_search *s, node n, const char *wanted)
{
	const char *name;
	char number[NODE_TEXT_MAX];

	if (n == 0)
		return false;
	name = node_is_named(n) ? s->writer.name_of(s->writer.names, n) : NULL;
	if (name == NULL)
		node_write(n, number);
	return strcmp(name != NULL ? name : number, wanted) == 0;
}

/* The network code stands in the pseudonym, and is compared before anything is hashed. */
static bool pseudonym_is(const struct kept_search *s, enum pseudonym_kind kind, digits identity, const char *wanted)
{
	size_t label = kind == PSEUDONYM_IMSI ? sizeof("imsi~") - 1 : sizeof("msisdn~") - 1;
	unsigned int kept = kind == PSEUDONYM_IMSI ? plmn_length(identity) : 2;
	char text[PSEUDONYM_TEXT_MAX];

	if (identity == 0 || strncmp(wanted, kind == PSEUDONYM_IMSI ? "imsi~" : "msisdn~", label) != 0)
		return false;
	digits_write(digits_prefix(identity, kept), text);
	if (strncmp(wanted + label, text, strlen(text)) != 0)
		return false;
	pseudonym_write(s->writer.pseudonym, kind, identity, text);
	return strcmp(text, wanted) == 0;
}

static bool subscriber_is(const struct kept_search *s, const struct outcome *o)
{
	const char *wanted = s->wanted.subscriber;

	if (wanted == NULL)
		return true;
	if (s->clear != 0)
		return o->imsi == s->clear || o->msisdn == s->clear;
	return pseudonym_is(s, PSEUDONYM_IMSI, o->imsi, wanted) || pseudonym_is(s, PSEUDONYM_MSISDN, o->msisdn, wanted);
}

static bool segment_is(const struct kept_search *s, const struct outcome *o)
{
	const char *wanted = s->wanted.segment;

	if (wanted == NULL || strcmp(wanted, "all") == 0)
		return true;
	if (s->plmn != 0)
		return o->imsi != 0 && digits_prefix(o->imsi, plmn_length(o->imsi)) == s->plmn;
	return (o->segments & s->segment) != 0;
}

static bool fits(const struct kept_search *s, const struct outcome *o)
{
	const struct transactions_wanted *wanted = &s->wanted;

	if (o->time < wanted->since || (wanted->until != 0 && o->time > wanted->until))
		return false;
	if (wanted->procedure != PROCEDURE_NONE && o->procedure != wanted->procedure)
		return false;
	if (wanted->outcomes != 0 && (wanted->outcomes >> o->class & 1) == 0)
		return false;
	if (!segment_is(s, o))
		return false;
	if (wanted->node != NULL && !node_is(s, o->client, wanted->node) && !node_is(s, o->server, wanted->node) &&
	    !node_is(s, o->route, wanted->node))
		return false;
	return subscriber_is(s, o);
}

/* What was a name becomes a bit or a number. Under the lock, for the plan, which may be another one with the next slice. */
static void words_resolve(struct kept_search *s)
{
	const struct plan *plan = s->k->writer.plan;
	const struct transactions_wanted *wanted = &s->wanted;

	s->segment = 0;
	for (size_t i = 0; wanted->segment != NULL && i < plan->segment_count; i++) {
		if (strcmp(plan->segments[i].name, wanted->segment) == 0)
			s->segment = UINT64_C(1) << i;
	}
	if (wanted->segment != NULL && plan->segment_count == 0 && strncmp(wanted->segment, "plmn-", 5) == 0)
		digits_read_text(wanted->segment + 5, strlen(wanted->segment + 5), &s->plmn);
	if (wanted->subscriber != NULL && (wanted->is_clear || s->k->pseudonym.is_clear))
		digits_read_text(wanted->subscriber, strlen(wanted->subscriber), &s->clear);
}

static void found_write(struct kept_search *s, int kind, const struct outcome *o)
{
	char key[KEPT_KEY_MAX];

	kept_key_write((enum kept_kind)kind, o, key);
	/* For the plan, which a reload takes away. */
	pthread_mutex_lock(&s->k->lock);
	s->writer.plan = s->k->writer.plan;
	transaction_write_start(&s->writer, o);
	if (!s->is_forward)
		kept_show(s->k, o);
	pthread_mutex_unlock(&s->k->lock);
	fprintf(s->writer.out, ",\"key\":\"%s\"}", key);
}

enum step { STEP_ON, STEP_FULL, STEP_END };

/* One record; *ret_written when it was one of those. */
static enum step search_step(struct kept_search *s, bool *ret_written)
{
	int kind = next_ring(s);
	const struct outcome *o;

	*ret_written = false;
	if (kind < 0)
		return STEP_END;
	o = &s->batches[kind].outcomes[s->batches[kind].at++];
	/* Those that follow ended still earlier, so they were sent earlier too; but a late answer is kept where its request was. */
	if (!s->is_forward && o->class != OUTCOME_LATE && o->clock < s->wanted.since)
		return STEP_END;
	if (!fits(s, o))
		return STEP_ON;
	if (s->found == s->wanted.limit)
		return STEP_FULL;
	if (s->found++ > 0)
		fputs(",\n", s->writer.out);
	found_write(s, kind, o);
	*ret_written = true;
	return STEP_ON;
}

bool kept_search_go(struct kept_search *s, FILE *out)
{
	enum step step = STEP_ON;
	bool is_written;

	s->writer.out = out;
	pthread_mutex_lock(&s->k->lock);
	words_resolve(s);
	pthread_mutex_unlock(&s->k->lock);
	for (unsigned int work = 0; work < SLICE && step == STEP_ON; work += is_written ? WRITTEN : 1)
		step = search_step(s, &is_written);
	if (step == STEP_ON)
		return true;
	fprintf(out, "],\"more\":%s}\n", step == STEP_FULL ? "true" : "false");
	return false;
}

bool kept_key_is_good(const char *key)
{
	enum kept_kind kind;
	uint64_t sequence;

	return kept_key_read(key, &kind, &sequence);
}

bool kept_transactions_know(struct kept_transactions *k, const struct transactions_wanted *wanted)
{
	digits clear;

	if (wanted->subscriber == NULL || strchr(wanted->subscriber, '~') != NULL)
		return true;
	return (wanted->is_clear || k->pseudonym.is_clear) && digits_read_text(wanted->subscriber, strlen(wanted->subscriber), &clear);
}

/* Where to begin in each ring. Under the lock. */
static void search_begin(struct kept_search *s)
{
	enum kept_kind of_key;
	uint64_t sequence = 0;

	s->is_forward = s->wanted.after != NULL && kept_key_read(s->wanted.after, &of_key, &sequence);
	for (int kind = 0; kind < KEPT_KIND_COUNT; kind++) {
		const struct kept_ring *r = &s->k->rings[kind];

		s->batches[kind].next = s->is_forward ? kept_first_after(r, sequence) : r->count;
	}
}

/* False when there is no memory. */
static bool texts_take(struct kept_search *s)
{
	const char **const texts[] = { &s->wanted.segment, &s->wanted.node, &s->wanted.subscriber };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (*texts[i] == NULL)
			continue;
		*texts[i] = s->texts[i] = strdup(*texts[i]);
		if (s->texts[i] == NULL)
			return false;
	}
	return true;
}

struct kept_search *kept_search_new(struct kept_transactions *k, const struct transactions_wanted *wanted, FILE *out)
{
	struct kept_search *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->k = k;
	s->wanted = *wanted;
	if (!texts_take(s)) {
		kept_search_free(s);
		return NULL;
	}
	pthread_mutex_lock(&k->lock);
	s->writer = k->writer;
	search_begin(s);
	pthread_mutex_unlock(&k->lock);
	fputs("{\"transactions\":[", out);
	return s;
}

void kept_search_free(struct kept_search *s)
{
	for (size_t i = 0; i < sizeof(s->texts) / sizeof(s->texts[0]); i++)
		free(s->texts[i]);
	free(s);
}

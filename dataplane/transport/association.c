/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Directions of SCTP associations, see association.h. Owned by one worker; the TSNs are in tsn.c, the fragments in reassembly.c.
 *
 * A direction is found by its tag and ports (RFC 9260 8.5). Among those that share them, which happens with tags that are not random and
 * with captures of several networks, the addresses and the TSN decide: the same path where the TSN fits; for a random tag any path where it
 * fits (multi-homing, 6.4); the same path where it does not fit (a restart, perhaps); else this is a direction of its own.
 *
 * Nothing gives a direction up but its end (ABORT, SHUTDOWN COMPLETE) and, when there is no room, silence longer than `idle`. After such a
 * silence a TSN that does not simply go on begins the direction anew. So does, in a direction that has gone on for a while, its first TSN
 * come once more (the same capture played again, a peer that counts as before), and at once behind another handshake (5.2). What has ended
 * is remembered for a moment longer where its tag is random: a second tap may bring the last chunks again.
 *
 * Refused: new directions when all places, or DIRECTIONS_PER_NAME_MAX of one tag and ports, hold live ones. Not kept: order within a stream
 * (messages are handed over as they become complete), SACKs, which peer's tag belongs to which.
 */
#include "dataplane/transport/association.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "dataplane/transport/reassembly.h"
#include "dataplane/transport/tsn.h"

/* Tags below come from simulators and old stacks that count them up: they prove nothing without the addresses. */
#define TAG_RANDOM_MIN 65536
/* Directions that share a tag and ports, at most: they are told apart by looking at each. */
#define DIRECTIONS_PER_NAME_MAX 256
/* How long copies of a second tap come behind an end; the same tag does not come again by chance. */
#define ENDED_AGE (1 * NANOS_PER_S)
#define DUE_EVERY (1 * NANOS_PER_S)
/*
 * How long a direction has to go on behind its first TSN until that one, come once more, is another beginning: a stack that still repeats
 * it has nothing acknowledged, and sends nothing new by then (RFC 9260 6.1, 7.2.3). Behind a COOKIE ECHO nothing new is sent at all before
 * the COOKIE ACK (5.1), so that with another one a moment is enough.
 */
#define GONE_ON_AGE         (10 * NANOS_PER_S)
#define GONE_ON_AGE_GREETED (1 * NANOS_PER_S)
/* Of TSNs that one chunk passes over, what counts as overdue: nobody shall make the probe believe in great loss with one packet. */
#define PASSED_OVER_MOST 64

struct direction {
	struct association_path path; /* where it was seen first */
	struct tsn_window window;
	struct reassembly_runs runs;
	nanos last;      /* when something was seen of it */
	nanos due;       /* when somebody may be told of it again */
	nanos began;     /* when its first TSN came */
	nanos news;      /* when a TSN came that had not been seen before */
	bool has_ended;  /* and nothing new came since */
	bool is_greeted; /* a COOKIE ECHO came after it had gone on */
	LIST_ENTRY(direction) bucket;
	TAILQ_ENTRY(direction) queue;
};

LIST_HEAD(direction_bucket, direction);
TAILQ_HEAD(direction_queue, direction);

struct associations {
	struct association_limits limits;
	struct association_counters counters;
	size_t bucket_mask;
	size_t fresh; /* directions from here on were never used, and are no memory yet */
	struct direction *directions;
	struct direction_bucket *buckets;
	struct direction_queue unused;
	struct direction_queue live; /* longest silent first */
	struct direction *recent;    /* the one found last, NULL when it is gone */
	struct reassembly *reassembly;
};

struct associations *associations_new(const struct association_limits *limits)
{
	struct associations *a = calloc(1, sizeof(*a));
	struct reassembly_limits reassembly = { .runs = limits->messages, .message_bytes = limits->message_bytes, .age = limits->age };
	size_t buckets = 16;

	if (a == NULL)
		return NULL;
	while (buckets < 2 * limits->directions)
		buckets *= 2;
	a->limits = *limits;
	a->bucket_mask = buckets - 1;
	a->directions = calloc(limits->directions, sizeof(*a->directions));
	a->buckets = calloc(buckets, sizeof(*a->buckets));
	a->reassembly = reassembly_new(&reassembly, &a->counters.given_up);
	if (a->directions == NULL || a->buckets == NULL || a->reassembly == NULL) {
		associations_free(a);
		return NULL;
	}
	TAILQ_INIT(&a->unused);
	TAILQ_INIT(&a->live);
	return a;
}

void associations_free(struct associations *a)
{
	if (a == NULL)
		return;
	reassembly_free(a->reassembly);
	free(a->directions);
	free(a->buckets);
	free(a);
}

/* Apart from association_owner(), which could be replaced at link time and is therefore never inlined. */
static inline uint64_t name_hash(const struct hash_key *key, uint32_t tag, uint16_t source_port, uint16_t destination_port)
{
	return hash_pair(key, tag, (uint64_t)source_port << 16 | destination_port);
}

/* An ABORT or SHUTDOWN COMPLETE that reflects the tag ends the direction of the swapped path: the order of the ports must not decide. */
uint64_t association_owner(const struct hash_key *key, uint32_t tag, uint16_t source_port, uint16_t destination_port)
{
	bool is_ordered = source_port < destination_port;

	return name_hash(key, tag, is_ordered ? source_port : destination_port, is_ordered ? destination_port : source_port);
}

static struct direction_bucket *bucket_of(struct associations *a, const struct association_path *path)
{
	uint64_t hash = name_hash(&a->limits.key, path->verification_tag, path->source_port, path->destination_port);

	/* The low bits choose the worker; all directions of one worker may share them. */
	return &a->buckets[hash >> 32 & a->bucket_mask];
}

static bool is_same_name(const struct association_path *a, const struct association_path *b)
{
	return a->verification_tag == b->verification_tag && a->source_port == b->source_port && a->destination_port == b->destination_port;
}

static bool is_same_pair(const struct association_path *a, const struct association_path *b)
{
	return ip_address_is_same(&a->source, &b->source) && ip_address_is_same(&a->destination, &b->destination);
}

/* In both directions of time: a clock that went back by more belongs to another capture. */
static bool is_silent(const struct associations *a, const struct direction *direction, nanos clock)
{
	nanos silence = clock - direction->last;
	nanos idle = direction->has_ended ? ENDED_AGE : a->limits.idle;

	return silence > idle || silence < -idle;
}

/* Whether the direction was first seen on this very path, and the TSN fits: there is at most one such, and it comes before all others. */
static inline bool is_first_choice(const struct direction *direction, const struct association_path *path, uint32_t tsn)
{
	return is_same_name(&direction->path, path) && is_same_pair(&direction->path, path) && tsn_is_plausible(&direction->window, tsn);
}

static struct direction *direction_search(struct associations *a, const struct association_path *path, uint32_t tsn)
{
	struct direction *same_pair = NULL;
	struct direction *same_sequence = NULL;
	struct direction *direction = LIST_FIRST(bucket_of(a, path));

	for (; direction != NULL; direction = LIST_NEXT(direction, bucket)) {
		if (!is_same_name(&direction->path, path))
			continue;
		if (is_same_pair(&direction->path, path))
			same_pair = direction;
		else if (same_sequence == NULL && tsn_is_plausible(&direction->window, tsn))
			same_sequence = direction;
	}
	if (same_pair != NULL && tsn_is_plausible(&same_pair->window, tsn))
		return same_pair;
	if (same_sequence != NULL && path->verification_tag >= TAG_RANDOM_MIN)
		return same_sequence;
	return same_pair;
}

/*
 * The direction that a TSN on this path belongs to, or NULL. See the head of the file for the order of preference. The one found last and
 * the first of the bucket are nearly always it: 97 instructions per chunk before, 45 now (callgrind, x86-64).
 */
static inline struct direction *direction_find(struct associations *a, const struct association_path *path, uint32_t tsn)
{
	struct direction *direction = a->recent;

	if (direction != NULL && is_first_choice(direction, path, tsn))
		return direction;
	direction = LIST_FIRST(bucket_of(a, path));
	if (direction == NULL || !is_first_choice(direction, path, tsn))
		direction = direction_search(a, path, tsn);
	a->recent = direction;
	return direction;
}

/* The direction of this path or, where a random tag has none on these addresses, one that it has on others; NULL when there is none. */
static struct direction *direction_named(struct associations *a, const struct association_path *path)
{
	struct direction *other = NULL;
	struct direction *direction = LIST_FIRST(bucket_of(a, path));

	for (; direction != NULL; direction = LIST_NEXT(direction, bucket)) {
		if (!is_same_name(&direction->path, path))
			continue;
		if (is_same_pair(&direction->path, path))
			return direction;
		if (other == NULL && path->verification_tag >= TAG_RANDOM_MIN)
			other = direction;
	}
	return other;
}

static void direction_release(struct associations *a, struct direction *direction)
{
	reassembly_forget(a->reassembly, &direction->runs);
	if (!direction->has_ended)
		a->counters.missing += tsn_unseen(&direction->window);
	if (a->recent == direction)
		a->recent = NULL;
	LIST_REMOVE(direction, bucket);
	TAILQ_REMOVE(&a->live, direction, queue);
	TAILQ_INSERT_HEAD(&a->unused, direction, queue);
}

/* Whether there is room for one more of this tag and ports; one of them that has been silent makes some. */
static bool name_has_room(struct associations *a, const struct association_path *path, nanos clock)
{
	struct direction *silent = NULL;
	struct direction *direction = LIST_FIRST(bucket_of(a, path));
	unsigned int count = 0;

	for (; direction != NULL; direction = LIST_NEXT(direction, bucket)) {
		if (!is_same_name(&direction->path, path))
			continue;
		count++;
		if (direction->has_ended || is_silent(a, direction, clock))
			silent = direction;
	}
	if (count < DIRECTIONS_PER_NAME_MAX)
		return true;
	if (silent != NULL)
		direction_release(a, silent);
	return silent != NULL;
}

/* A place of its own; NULL when all hold directions that live. */
static struct direction *direction_take(struct associations *a, nanos clock)
{
	struct direction *oldest = TAILQ_FIRST(&a->live);
	struct direction *direction;

	if (TAILQ_EMPTY(&a->unused) && a->fresh < a->limits.directions)
		return &a->directions[a->fresh++];
	if (TAILQ_EMPTY(&a->unused) && oldest != NULL && (oldest->has_ended || is_silent(a, oldest, clock)))
		direction_release(a, oldest);
	direction = TAILQ_FIRST(&a->unused);
	if (direction != NULL)
		TAILQ_REMOVE(&a->unused, direction, queue);
	return direction;
}

static struct direction *direction_open(struct associations *a, const struct association_path *path, uint32_t first_tsn, nanos clock)
{
	struct direction *direction = name_has_room(a, path, clock) ? direction_take(a, clock) : NULL;

	if (direction == NULL)
		return NULL;
	direction->path = *path;
	direction->last = clock;
	direction->due = clock;
	direction->began = clock;
	direction->news = clock;
	direction->has_ended = false;
	direction->is_greeted = false;
	LIST_INIT(&direction->runs);
	tsn_start(&direction->window, first_tsn);
	LIST_INSERT_HEAD(bucket_of(a, path), direction, bucket);
	TAILQ_INSERT_TAIL(&a->live, direction, queue);
	a->counters.directions++;
	return direction;
}

static void direction_touch(struct associations *a, struct direction *direction, nanos clock)
{
	direction->last = clock;
	direction->has_ended = false;
	if (TAILQ_NEXT(direction, queue) == NULL)
		return;
	TAILQ_REMOVE(&a->live, direction, queue);
	TAILQ_INSERT_TAIL(&a->live, direction, queue);
}

/* The direction goes on with another sequence: what was held of the old one cannot be completed any more. */
static void sequence_change(struct associations *a, struct direction *direction)
{
	reassembly_forget(a->reassembly, &direction->runs);
	a->counters.restarts++;
}

static void direction_restart(struct associations *a, struct direction *direction, uint32_t first_tsn)
{
	sequence_change(a, direction);
	if (!direction->has_ended)
		a->counters.missing += tsn_unseen(&direction->window);
	direction->has_ended = false;
	direction->began = direction->news;
	tsn_start(&direction->window, first_tsn);
}

static inline bool has_gone_on(const struct direction *direction, nanos age)
{
	return direction->news - direction->began >= age;
}

/* Whether a TSN that is not ahead is the first one of all, of the same capture played again or of a peer that counts from there again. */
static bool begins_again(const struct direction *direction, uint32_t tsn)
{
	return tsn == direction->window.first && has_gone_on(direction, direction->is_greeted ? GONE_ON_AGE_GREETED : GONE_ON_AGE);
}

static void direction_repeat(struct associations *a, struct direction *direction)
{
	if (direction->has_ended) {
		direction_restart(a, direction, direction->window.first);
		return;
	}
	sequence_change(a, direction);
	tsn_repeat(&direction->window, &a->counters.missing);
}

/* The TSN of a chunk in its direction; false when it was seen before or cannot be judged yet. */
static bool tsn_is_fresh(struct associations *a, struct direction *direction, uint32_t tsn, nanos clock)
{
	uint32_t passed_over;
	bool is_late;

	if (tsn_take_next(&direction->window, tsn, &a->counters.missing))
		return true;
	if (is_silent(a, direction, clock) && !tsn_is_ahead(&direction->window, tsn))
		direction_restart(a, direction, tsn);
	if (begins_again(direction, tsn)) {
		direction_repeat(a, direction);
		return true;
	}
	passed_over = tsn_passed_over(&direction->window, tsn);
	is_late = !tsn_is_ahead(&direction->window, tsn);
	switch (tsn_take(&direction->window, tsn, &a->counters.missing)) {
	case TSN_NEW:
		if (is_late)
			a->counters.overdue--;
		else
			a->counters.overdue += passed_over < PASSED_OVER_MOST ? passed_over : PASSED_OVER_MOST;
		return true;
	case TSN_RESTARTED:
		sequence_change(a, direction);
		direction->began = clock;
		return true;
	case TSN_SEEN:
		a->counters.duplicates++;
		return false;
	case TSN_FAR:
		return true;
	case TSN_STRAY:
		a->counters.strays++;
		break;
	}
	return false;
}

static enum verdict fragment_take(struct associations *a, struct direction *direction, const struct sctp_data *data, nanos clock,
				  struct user_message *ret)
{
	struct user_message message = { .stream = data->stream, .is_reassembled = true };
	enum verdict verdict = VERDICT_FRAME_CUT;

	if (!data->is_cut)
		verdict = reassembly_take(a->reassembly, &direction->runs, data, clock, &message.bytes, &message.ppid);
	if (verdict == VERDICT_DECODED)
		*ret = message;
	return verdict;
}

enum verdict association_data(struct associations *a, const struct association_path *path, const struct sctp_data *data, nanos clock,
			      struct user_message *ret)
{
	struct direction *direction = direction_find(a, path, data->tsn);
	bool is_fresh = false;

	reassembly_expire(a->reassembly, clock);
	if (direction == NULL) {
		direction = direction_open(a, path, data->tsn, clock);
		a->recent = direction;
	}
	if (direction == NULL)
		return VERDICT_ASSOCIATIONS_FULL;
	a->counters.chunks++;
	is_fresh = tsn_is_fresh(a, direction, data->tsn, clock);
	if (is_fresh || !direction->has_ended)
		direction_touch(a, direction, clock);
	if (!is_fresh)
		return VERDICT_DUPLICATE;
	direction->news = clock;
	if (data->tsn == direction->window.first) {
		direction->began = clock;
		direction->is_greeted = false;
	}
	if (!data->begins || !data->ends)
		return fragment_take(a, direction, data, clock, ret);
	*ret = (struct user_message){ .bytes = data->user, .ppid = data->ppid, .stream = data->stream, .is_cut = data->is_cut };
	return VERDICT_DECODED;
}

bool association_is_due(struct associations *a, nanos clock)
{
	struct direction *direction = a->recent;

	if (direction == NULL)
		return true;
	if (clock < direction->due && direction->due - clock <= DUE_EVERY)
		return false;
	direction->due = clock + DUE_EVERY;
	return true;
}

void association_init_ack(struct associations *a, const struct association_path *path, const struct sctp_init *init, nanos clock)
{
	struct direction *direction = direction_find(a, path, init->initial_tsn);

	if (direction == NULL) {
		direction_open(a, path, init->initial_tsn, clock);
		return;
	}
	if (direction->has_ended || is_silent(a, direction, clock) || !tsn_is_plausible(&direction->window, init->initial_tsn) ||
	    has_gone_on(direction, GONE_ON_AGE_GREETED))
		direction_restart(a, direction, init->initial_tsn);
	direction_touch(a, direction, clock);
}

void association_cookie_echo(struct associations *a, const struct association_path *path)
{
	struct direction *direction = direction_named(a, path);

	if (direction != NULL && has_gone_on(direction, GONE_ON_AGE_GREETED))
		direction->is_greeted = true;
}

void association_forward(struct associations *a, const struct association_path *path, uint32_t tsn, nanos clock)
{
	struct direction *direction = direction_find(a, path, tsn);

	if (direction == NULL)
		return;
	tsn_forward(&direction->window, tsn);
	direction_touch(a, direction, clock);
}

/* The direction is the first to go when room is needed. */
static void direction_retire(struct associations *a, struct direction *direction)
{
	reassembly_forget(a->reassembly, &direction->runs);
	if (!direction->has_ended)
		a->counters.missing += tsn_unseen(&direction->window);
	direction->has_ended = true;
	TAILQ_REMOVE(&a->live, direction, queue);
	TAILQ_INSERT_HEAD(&a->live, direction, queue);
}

/* False when there is no such direction. */
static bool direction_end(struct associations *a, const struct association_path *path, bool *ret_was_alive)
{
	struct direction *ending = direction_named(a, path);

	if (ending == NULL)
		return false;
	*ret_was_alive = !ending->has_ended;
	if (path->verification_tag >= TAG_RANDOM_MIN)
		direction_retire(a, ending);
	else
		direction_release(a, ending);
	return true;
}

bool association_end(struct associations *a, const struct association_path *path)
{
	struct association_path swapped = { .source = path->destination,
					    .destination = path->source,
					    .verification_tag = path->verification_tag,
					    .source_port = path->destination_port,
					    .destination_port = path->source_port };

	bool was_alive = false;

	if (!direction_end(a, path, &was_alive))
		direction_end(a, &swapped, &was_alive);
	return was_alive;
}

const struct association_counters *associations_counters(const struct associations *a)
{
	return &a->counters;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Localisation by counts, see sums.h and localise.c, which does the same with single requests.
 *
 * Each dimension is asked by the mixture whether some of its values fail and the others do not. The best gives a part of the place; others
 * that explain the same failures describe it. What is explained is taken away: from the same dimension exactly, from prefixes around it
 * exactly, from all other dimensions as if the failures fell on them by their shares of the requests, since counts do not tell which
 * requests are the same. The rest is asked again while it exceeds the usual by 10 nats and an eighth of all that fails.
 * Called by finding_place.c on the control thread.
 */
#include "control/incident/sums.h"

#include "control/incident/sums_named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALM           300  /* units before the onset that show what is usual */
#define SPLIT_NATS     5.0  /* a dimension must be this much better than "alike", and ln of its values */
#define REST_NATS      10.0 /* what is left must be this unlikely */
#define REST_SHARE     0.12 /* and this share of all that fails; */
#define PROOF_NATS     25.0 /* or some values among all that is left are by themselves this unlikely, */
#define PROOF_LEAST    10.0 /* by so many requests, */
#define PROOF_SHARE    0.01
#define SAME_EXCESS    0.7 /* a description explains this much of what the part does, and no more than its inverse */
#define LENGTHS_NATS   1.0
#define OTHERS_LEAST   0.1 /* share of the requests that others must make, to be compared with */
#define PRIOR          0.004
#define PRIOR_WEIGHT   20.0
#define KNOWN_WEIGHT   400.0
#define EVERYBODY      0.7
#define REPEATS_MOST   0.9
#define EVERYBODY_ELSE 0.4
#define NETWORK_CODES  6

/* Values of one dimension that fail. */
struct answer {
	enum dimension dimension;
	unsigned int length;
	uint64_t list[INCIDENT_PREFIXES_MAX];
	size_t count;
	double gain, labels, proof;
	double n, x, excess;
};

/* In this order ties are settled: what an operator can go to, then whom it is, then the rest. */
static const enum dimension asked_dimensions[] = {
	DIMENSION_SERVER, DIMENSION_CLIENT, DIMENSION_SEGMENT,     DIMENSION_IMSI_PREFIX, DIMENSION_ROUTE,
	DIMENSION_PLMN,   DIMENSION_RAT,    DIMENSION_IMSI_ENDING, DIMENSION_DIRECTION,   DIMENSION_IMSI_BUCKET,
};

#define ASKED (sizeof(asked_dimensions) / sizeof(asked_dimensions[0]))

bool sums_make(struct sums *s)
{
	memset(s, 0, sizeof(*s));
	s->entries = calloc(LEDGER_STREAMS, sizeof(*s->entries));
	s->cells = calloc(LEDGER_STREAMS, sizeof(*s->cells));
	return s->entries && s->cells;
}

void sums_free(struct sums *s)
{
	free(s->entries);
	free(s->cells);
	memset(s, 0, sizeof(*s));
}

size_t sums_procedure(procedure p)
{
	return p < SUMS_PROCEDURES - 1 ? p : SUMS_PROCEDURES - 1;
}

static void counts_of(const struct sums_question *q, const struct ledger_sum *sum, double *ret_n, double *ret_x)
{
	*ret_x = (q->refused ? sum->refused : 0) + (q->user ? sum->user : 0) + (q->silent ? sum->silent : 0);
	*ret_n = fmax(*ret_x, sum->answers + (q->silent ? sum->silent : 0));
}

void sums_present(const struct sums_question *q, size_t row, struct sums_entry *ret)
{
	const struct stream_key *key = ledger_key(q->ledger, row);
	struct ledger_sum now = ledger_sum(q->ledger, row, q->onset, q->until);

	memset(ret, 0, sizeof(*ret));
	ret->dimension = key->dimension;
	ret->length = (uint8_t)(key->dimension == DIMENSION_IMSI_PREFIX ? digits_count(key->value) : 0);
	ret->value = key->value;
	counts_of(q, &now, &ret->n, &ret->x);
}

struct ledger_sum sums_calm(const struct sums_question *q, size_t row)
{
	nanos unit = ledger_unit(q->ledger);
	nanos until = q->calm_until ? q->calm_until : q->onset;
	nanos from = until - CALM * unit;

	if (!q->calm)
		return ledger_sum(q->ledger, row, q->calm_from > from ? q->calm_from : from, until - unit);
	return row < q->calm_count ? q->calm[row] : (struct ledger_sum){ 0 };
}

void sums_row(const struct sums_question *q, size_t row, struct sums_entry *ret)
{
	struct ledger_sum calm = sums_calm(q, row);

	sums_present(q, row, ret);
	counts_of(q, &calm, &ret->calm_n, &ret->calm_x);
}

/* What the detector takes for usual in a named stream, from hours and not from minutes. */
static void known_learn(const struct sums_question *q, size_t row, struct sums_entry *e)
{
	const struct stream_key *key = ledger_key(q->ledger, row);
	const bool asked[EVIDENCE_JUDGED] = { [EVIDENCE_NETWORK] = q->refused, [EVIDENCE_USER] = q->user, [EVIDENCE_MISSING] = q->silent };
	double usual = 0;

	for (unsigned int i = 0; i < EVIDENCE_JUDGED; i++) {
		struct stream_state state;

		if (!asked[i])
			continue;
		if (!q->detector || !detector_stream(q->detector, key, (enum evidence)i, &state) || state.baseline_ratio <= 0)
			return;
		usual += state.baseline_ratio;
	}
	e->known_n = fmax(1, e->n);
	e->known_x = fmin(0.9, usual) * e->known_n;
}

static int entry_compare(const void *a, const void *b)
{
	const struct sums_entry *x = a;
	const struct sums_entry *y = b;

	if (x->dimension != y->dimension)
		return x->dimension < y->dimension ? -1 : 1;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

static void entry_add(struct sums_entry *sum, const struct sums_entry *e)
{
	sum->n += e->n;
	sum->x += e->x;
	sum->calm_n += e->calm_n;
	sum->calm_x += e->calm_x;
	sum->known_n += e->known_n;
	sum->known_x += e->known_x;
}

/* What usually fails there, leaning on everything. */
double sums_usual(const struct sums *s, const struct sums_entry *e)
{
	double all = s->total.calm_n > 0 ? (s->total.calm_x + PRIOR * PRIOR_WEIGHT) / (s->total.calm_n + PRIOR_WEIGHT) : PRIOR;

	if (e->known_n > 0)
		return fmin(0.9, (e->calm_x + KNOWN_WEIGHT * e->known_x / e->known_n) / (e->calm_n + KNOWN_WEIGHT));
	return fmin(0.9, (e->calm_x + PRIOR_WEIGHT * all) / (e->calm_n + PRIOR_WEIGHT));
}

/*
 * A phone that cannot register tries again and again, and would convict its number block. The repeats beyond those of calm times are taken
 * off the failures.
 */
static void repeats_strike(const struct sums_question *q, size_t row, struct sums_entry *e)
{
	struct ledger_sum now = ledger_sum(q->ledger, row, q->onset, q->until);
	struct ledger_sum calm = sums_calm(q, row);
	double usual = calm.answers > 0 ? calm.repeats / calm.answers : 0;
	double more = fmin(REPEATS_MOST * e->x, fmax(0, now.repeats - usual * e->n));

	e->x -= more;
	e->n -= more;
}

void sums_fill(struct sums *s, const struct sums_question *q)
{
	size_t rows = ledger_count(q->ledger);
	size_t kept = 0;

	s->count = 0;
	for (size_t row = 0; row < rows; row++) {
		const struct stream_key *key = ledger_key(q->ledger, row);

		if (!q->procedures[sums_procedure(key->procedure)])
			continue;
		sums_row(q, row, &s->entries[s->count]);
		repeats_strike(q, row, &s->entries[s->count]);
		if (key->dimension == DIMENSION_NAMED || (key->dimension == DIMENSION_ALL && q->detector))
			known_learn(q, row, &s->entries[s->count]);
		s->count += s->entries[s->count].n + s->entries[s->count].calm_n > 0;
	}
	qsort(s->entries, s->count, sizeof(s->entries[0]), entry_compare);
	for (size_t i = 1; i < s->count; i++) {
		if (entry_compare(&s->entries[kept], &s->entries[i]) == 0)
			entry_add(&s->entries[kept], &s->entries[i]);
		else
			s->entries[++kept] = s->entries[i];
	}
	s->count = s->count ? kept + 1 : 0;
	s->is_named = false;
	memset(&s->total, 0, sizeof(s->total));
	for (size_t i = 0; i < s->count; i++)
		s->is_named = s->is_named || s->entries[i].dimension == DIMENSION_NAMED;
	if (s->count && !s->is_named)
		s->entries[0].known_n = 0;
	if (s->count && s->entries[0].dimension == DIMENSION_ALL)
		s->total = s->entries[0];
	for (size_t i = 0; i < s->count; i++)
		s->entries[i].excess = fmax(0, s->entries[i].x - sums_usual(s, &s->entries[i]) * s->entries[i].n);
	s->total.excess = fmax(0, s->total.x - sums_usual(s, &s->total) * s->total.n);
}

/* Fills the cells of one dimension with what is not explained; `owner` says which entry a cell is of. */
static size_t cells_fill(struct sums *s, enum dimension dimension, unsigned int length, double spill)
{
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sums_entry *e = &s->entries[i];
		double x = e->x;

		if (e->dimension != dimension || e->length != length || e->is_explained)
			continue;
		if (spill > 0 && s->total.n > 0)
			x = fmax(fmin(x, sums_usual(s, e) * e->n), x - spill * e->n / s->total.n);
		s->cells[count++] = (struct mixture_cell){ .value = e->value,
							   .n = e->n,
							   .x = x,
							   .calm_n = e->calm_n,
							   .calm_x = e->calm_x,
							   .units = e->n,
							   .failing = (uint32_t)lround(x),
							   .is_unknown = e->value == 0 && dimension != DIMENSION_SEGMENT &&
									 dimension != DIMENSION_IMSI_BUCKET &&
									 dimension != DIMENSION_IMSI_ENDING };
	}
	return count;
}

static int cell_worse(const void *a, const void *b)
{
	const struct mixture_cell *x = a;
	const struct mixture_cell *y = b;

	if (x->is_bad != y->is_bad)
		return x->is_bad ? -1 : 1;
	if (x->x > y->x || x->x < y->x)
		return x->x > y->x ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static size_t values_most(enum dimension dimension)
{
	if (dimension == DIMENSION_SERVER || dimension == DIMENSION_CLIENT || dimension == DIMENSION_ROUTE)
		return INCIDENT_NODES_MAX;
	return dimension == DIMENSION_IMSI_PREFIX ? INCIDENT_PREFIXES_MAX : PLACE_SET_MAX;
}

/* Asks one dimension, or prefixes of one length. */
static void dimension_ask(struct sums *s, enum dimension dimension, unsigned int length, double spill, struct answer *ret)
{
	size_t count = cells_fill(s, dimension, length, spill);
	double usual = fmax(1e-3, sums_usual(s, &s->total));
	struct mixture m = mixture_fit(s->cells, count, usual);
	double all = 0;

	*ret = (struct answer){ .dimension = dimension, .length = length, .gain = -1 };
	if (count == 0 || m.gain < SPLIT_NATS + log((double)count) || m.bad_count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		all += s->cells[i].n;
	qsort(s->cells, count, sizeof(s->cells[0]), cell_worse);
	for (size_t i = 0; i < count && s->cells[i].is_bad; i++) {
		const struct mixture_cell *c = &s->cells[i];
		struct sums_entry e = { .calm_n = c->calm_n, .calm_x = c->calm_x };

		if (ret->count == values_most(dimension)) { /* more than can be named: all of them, then */
			ret->count = 0;
			return;
		}
		ret->list[ret->count++] = c->value;
		ret->n += c->n;
		ret->x += c->x;
		ret->excess += fmax(0, c->x - sums_usual(s, &e) * c->n);
	}
	qsort(ret->list, ret->count, sizeof(ret->list[0]), value_compare);
	/* When nobody else has to do with it, they are not what differs. */
	if (all - ret->n < OTHERS_LEAST * all && dimension != DIMENSION_IMSI_PREFIX)
		return;
	if (dimension == DIMENSION_IMSI_PREFIX && length <= NETWORK_CODES && s->total.n > 0 && ret->n > EVERYBODY * s->total.n)
		return;
	ret->gain = m.gain;
	ret->labels = m.labels;
	ret->proof = m.proof;
}

/* The length of the blocks by likelihood; among equals the shortest. */
static void prefixes_ask(struct sums *s, double spill, struct answer *ret)
{
	struct answer one;

	dimension_ask(s, DIMENSION_IMSI_PREFIX, TALLY_PREFIX_SHORTEST, spill, ret);
	for (unsigned int length = TALLY_PREFIX_SHORTEST + 1; length <= TALLY_PREFIX_LONGEST; length++) {
		dimension_ask(s, DIMENSION_IMSI_PREFIX, length, spill, &one);
		if (one.gain > ret->gain + LENGTHS_NATS)
			*ret = one;
	}
}

static bool list_has(const uint64_t *list, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == value)
			return true;
	}
	return false;
}

/* Whether every known block of that length below the parent is in the list. */
static bool parent_is_whole(const struct sums *s, const struct answer *a, unsigned int length, digits parent)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct sums_entry *e = &s->entries[i];

		if (e->dimension == DIMENSION_IMSI_PREFIX && e->length == length && e->n > 0 && digits_begin_with(e->value, parent) &&
		    !list_has(a->list, a->count, e->value))
			return false;
	}
	return true;
}

static void prefixes_merge(const struct sums *s, struct answer *a)
{
	for (unsigned int length = a->length; length > TALLY_PREFIX_SHORTEST; length--) {
		size_t kept = 0;
		struct answer whole = *a;

		for (size_t i = 0; i < a->count;) {
			digits parent = digits_prefix(a->list[i], length - 1);
			size_t next = i + 1;

			while (next < a->count && digits_begin_with(a->list[next], parent))
				next++;
			if (next - i >= 2 && digits_count(a->list[i]) == length && parent_is_whole(s, &whole, length, parent)) {
				a->list[kept++] = parent;
				i = next;
				continue;
			}
			while (i < next)
				a->list[kept++] = a->list[i++];
		}
		a->count = kept;
	}
}

static void part_take(struct place_part *part, const struct answer *a, bool binds)
{
	switch ((int)a->dimension) {
	case DIMENSION_SERVER:
		memcpy(part->servers, a->list, a->count * sizeof(a->list[0]));
		part->server_count = a->count;
		part->servers_bind = binds;
		return;
	case DIMENSION_CLIENT:
		memcpy(part->clients, a->list, a->count * sizeof(a->list[0]));
		part->client_count = a->count;
		part->clients_bind = binds;
		return;
	case DIMENSION_IMSI_PREFIX:
		memcpy(part->prefixes, a->list, a->count * sizeof(a->list[0]));
		part->prefix_count = a->count;
		part->prefixes_bind = binds;
		return;
	case DIMENSION_SEGMENT:
		for (size_t i = 0; i < a->count; i++)
			part->segments |= a->list[i] < 64 ? UINT64_C(1) << a->list[i] : 0;
		part->segments_bind = binds;
		return;
	default:
		if (!binds && part->set_count)
			return;
		part->set_dimension = (uint8_t)a->dimension;
		memcpy(part->set, a->list, a->count * sizeof(a->list[0]));
		part->set_count = a->count;
		part->set_binds = binds;
	}
}

/* Marks what the answer explains in its own dimension; prefixes around it lose just that. */
static void answer_explain(struct sums *s, const struct answer *a)
{
	for (size_t i = 0; i < s->count; i++) {
		struct sums_entry *e = &s->entries[i];

		if (e->dimension != a->dimension)
			continue;
		if (a->dimension != DIMENSION_IMSI_PREFIX) {
			e->is_explained = e->is_explained || list_has(a->list, a->count, e->value);
			continue;
		}
		for (size_t j = 0; j < a->count; j++) {
			if (digits_begin_with(e->value, a->list[j]))
				e->is_explained = true;
		}
		if (e->length < a->length && !e->is_explained) {
			double inside = 0;

			for (size_t k = 0; k < s->count; k++) {
				const struct sums_entry *in = &s->entries[k];

				inside += in->dimension == a->dimension && in->length == a->length && in->is_explained &&
							  digits_begin_with(in->value, e->value)
						  ? in->excess
						  : 0;
			}
			e->x = fmax(0, e->x - inside);
			e->excess = fmax(0, e->excess - inside);
		}
	}
}

/* How unlikely what is left of everything is. */
static double rest_nats(const struct sums *s, double left)
{
	double usual = sums_usual(s, &s->total);
	double x = usual * s->total.n + left;

	if (s->total.n <= 0 || left <= 0)
		return 0;
	return binomial_log(s->total.n, x, x / s->total.n) - binomial_log(s->total.n, x, usual);
}

/* The next part: the best answer binds, those that say the same of the same failures describe. False when there is none. */
static bool part_find(struct sums *s, double spill, double left, bool is_much, struct place_part *part, double *ret_explained)
{
	struct answer answers[ASKED];
	size_t best = 0;

	for (size_t i = 0; i < ASKED; i++) {
		if (asked_dimensions[i] == DIMENSION_IMSI_PREFIX)
			prefixes_ask(s, spill, &answers[i]);
		else
			dimension_ask(s, asked_dimensions[i], 0, spill, &answers[i]);
		/* What explains more than is left is another face of what is explained already. */
		if (answers[i].excess > 1.5 * left + 10)
			answers[i].gain = -1;
		if (answers[i].gain > answers[best].gain + (i > best ? fmax(2.0, 0.02 * answers[best].gain) : 0))
			best = i;
	}
	if (answers[best].gain < SPLIT_NATS || (!is_much && (answers[best].proof < PROOF_NATS || answers[best].excess < PROOF_LEAST)))
		return false;
	memset(part, 0, sizeof(*part));
	for (size_t i = 0; i < ASKED; i++) {
		struct answer *a = &answers[i];
		double enough = answers[best].gain - fmax(4, 0.1 * answers[best].gain);

		if (i != best && (a->gain < SPLIT_NATS || a->gain + a->labels < enough || a->excess < SAME_EXCESS * answers[best].excess ||
				  a->excess > answers[best].excess / SAME_EXCESS))
			continue;
		if (a->dimension == DIMENSION_IMSI_PREFIX)
			prefixes_merge(s, a);
		/* The way to a node that is named is the same node told twice. */
		if (i == best || a->dimension != DIMENSION_ROUTE || (part->server_count == 0 && part->client_count == 0))
			part_take(part, a, i == best);
		answer_explain(s, a);
	}
	part->share = answers[best].n > 0 ? answers[best].x / answers[best].n : 0;
	*ret_explained = answers[best].excess;
	return true;
}

/* Segments that fail clearly more than usual, and not much less than the hardest hit of them. */
static uint64_t segments_hit(const struct sums *s)
{
	uint64_t found = 0;
	double hardest = 0;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < s->count; i++) {
			const struct sums_entry *e = &s->entries[i];
			double usual, share;

			if (e->dimension != DIMENSION_SEGMENT || e->n <= 0 || e->value >= 64)
				continue;
			usual = sums_usual(s, e);
			share = e->x / e->n;
			if (share <= 2 * usual || binomial_log(e->n, e->x, share) - binomial_log(e->n, e->x, usual) < 5)
				continue;
			if (round == 0)
				hardest = fmax(hardest, share);
			else if (share >= 0.6 * hardest)
				found |= UINT64_C(1) << e->value;
		}
	}
	return found;
}

static bool part_has_entry(const struct place_part *p, const struct sums_entry *e)
{
	if (e->dimension == DIMENSION_SERVER)
		return p->servers_bind && list_has(p->servers, p->server_count, e->value);
	if (e->dimension == DIMENSION_CLIENT)
		return p->clients_bind && list_has(p->clients, p->client_count, e->value);
	if (e->dimension == DIMENSION_IMSI_PREFIX)
		return p->prefixes_bind && list_has(p->prefixes, p->prefix_count, e->value);
	if (e->dimension == DIMENSION_SEGMENT)
		return p->segments_bind && e->value < 64 && (p->segments >> e->value & 1);
	return p->set_binds && e->dimension == p->set_dimension && list_has(p->set, p->set_count, e->value);
}

size_t sums_rows(const struct sums_question *q, const struct place *place, size_t *rows, size_t room)
{
	size_t known = ledger_count(q->ledger);
	size_t count = 0;

	for (size_t row = 0; row < known && count < room; row++) {
		const struct stream_key *key = ledger_key(q->ledger, row);
		struct sums_entry e = { .dimension = key->dimension, .value = key->value };
		bool is_here = place_is_everywhere(place) && key->dimension == DIMENSION_ALL;

		if (!q->procedures[sums_procedure(key->procedure)])
			continue;
		for (size_t i = 0; i < place->part_count && !is_here; i++)
			is_here = part_has_entry(&place->parts[i], &e);
		if (is_here)
			rows[count++] = row;
	}
	return count;
}

void sums_measure(const struct sums *s, const struct place *place, struct sums_entry *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (place_is_everywhere(place)) {
		*ret = s->total;
		return;
	}
	for (size_t i = 0; i < s->count; i++) {
		for (size_t j = 0; j < place->part_count; j++) {
			if (!part_has_entry(&place->parts[j], &s->entries[i]))
				continue;
			entry_add(ret, &s->entries[i]);
			ret->excess += s->entries[i].excess;
			break;
		}
	}
}

/* What is left has no place of its own: everybody else, a bit. */
static void everybody_add(const struct sums *s, double left, struct place *ret)
{
	struct place_part *part = &ret->parts[ret->part_count];

	if (ret->part_count == 0 || s->total.n <= 0 || left < EVERYBODY_ELSE * s->total.excess)
		return;
	memset(part, 0, sizeof(*part));
	part->share = left / s->total.n;
	ret->part_count++;
}

void sums_place(struct sums *s, const struct sums_question *q, struct place *ret)
{
	double explained = 0;
	double part_explains;

	memset(ret, 0, sizeof(*ret));
	ret->segments = segments_hit(s);
	if (s->is_named) {
		sums_named(s, q, ret);
		return;
	}
	while (ret->part_count < PLACE_PARTS_MAX) {
		double left = s->total.n > 0 ? s->total.excess - explained : INFINITY;

		bool is_much = !ret->part_count || (rest_nats(s, left) >= REST_NATS && left >= REST_SHARE * s->total.excess);

		if (!is_much && left < fmax(PROOF_LEAST, PROOF_SHARE * s->total.excess))
			break;
		if (!part_find(s, explained, left, is_much, &ret->parts[ret->part_count], &part_explains)) {
			if (is_much)
				everybody_add(s, left, ret);
			break;
		}
		explained += part_explains;
		ret->part_count++;
	}
	if (ret->part_count == 0) {
		memset(&ret->parts[0], 0, sizeof(ret->parts[0]));
		ret->parts[0].share = s->total.n > 0 ? s->total.x / s->total.n : 1;
		ret->part_count = 1;
	}
	for (size_t i = 0; i < ret->part_count; i++) {
		if (ret->parts[i].segments_bind && ret->part_count == 1)
			ret->only_segments |= ret->parts[i].segments;
		ret->segments |= ret->parts[i].segments;
	}
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Localisation by likelihood, see localise.h and DETECTION 3.6.
 *
 * Every dimension is asked how much better "some of its values fail, the others do not" explains the failures than "all fail alike"
 * (mixture.h). The best one gives a part of the place; the dimensions that explain it as well describe it (the blocks of a brand and the
 * HLR that serves just them). Inside the part a second dimension may narrow it (pairs with server or client). What the part explains is
 * taken away and the rest is asked again, greedily. A fault of a random third leaves no dimension better than "alike": everywhere.
 *
 * A server is named by who answered, or else by who was asked. An agent that answers for a dead HLR (3002, UDTS) would therefore look
 * guilty: it is recognised by never having answered well, set aside as `stand_in`, and the server that vanished is looked for instead.
 */
#include "control/incident/localise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/hits.h"
#include "control/incident/prefixes.h"

#define SPLIT_NATS    6.0  /* a dimension must be this much better than "alike" */
#define NARROW_NATS   10.0 /* a second dimension inside the first */
#define REST_NATS     10.0 /* what is left must be this unlikely under the baseline */
#define REST_SHARE    0.05 /* and this share of all failures; */
#define PROOF_NATS    20.0 /* or some values among all that is left are by themselves this unlikely, */
#define PROOF_LEAST   8.0  /* by so many subscribers, */
#define PROOF_SHARE   0.005
#define CERTAIN_SHARE 0.8 /* from here on a part fails as a whole */
#define PROCEDURES    512
#define COMPARED      0.1 /* share of the requests of the same procedures that other nodes must make, to be compared with */

static double nats_equal(double best)
{
	return fmax(4.0, 0.05 * best);
}

/* Nodes of one dimension that fail. */
struct nodes {
	node list[INCIDENT_NODES_MAX];
	size_t count;
	double gain;
	double labels, proof; /* see mixture.h */
};

/* Unusable when many failures do not say with whom they happened. */
static bool nodes_are_known(const struct samples *s)
{
	double unknown = 0;
	double all = 0;

	for (size_t i = 0; i < s->cell_count; i++) {
		all += s->cells[i].x;
		unknown += s->cells[i].is_unknown ? s->cells[i].x : 0;
	}
	return unknown <= 0.2 * all;
}

static bool nodes_list(const struct nodes *n, node id)
{
	for (size_t i = 0; i < n->count; i++) {
		if (n->list[i] == id)
			return true;
	}
	return false;
}

/*
 * Whether other nodes have to do with the procedures that fail, too. When all MMEs fail and no VLR, it is what they ask for that fails, and
 * not the MMEs; when all HLRs fail and no VLR that is asked to cancel, it is not the HLRs that differ.
 */
static bool nodes_are_compared(const struct samples *s, const struct nodes *n, enum sample_dimension dimension)
{
	bool is_asked[PROCEDURES] = { false };
	double theirs = 0;
	double others = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];

		if (!sample->is_out && !sample->is_explained && !sample->is_before && sample->is_failing &&
		    nodes_list(n, sample_value(s, sample, dimension)))
			is_asked[sample->procedure % PROCEDURES] = true;
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];

		if (sample->is_out || sample->is_explained || sample->is_before || !is_asked[sample->procedure % PROCEDURES])
			continue;
		if (nodes_list(n, sample_value(s, sample, dimension)))
			theirs += (double)sample->weight;
		else
			others += (double)sample->weight;
	}
	return others >= COMPARED * (others + theirs);
}

static void nodes_find(struct samples *s, enum sample_dimension dimension, double baseline, struct nodes *ret)
{
	size_t count = samples_sum(s, dimension);
	struct mixture m;

	memset(ret, 0, sizeof(*ret));
	ret->gain = -1;
	if (!nodes_are_known(s))
		return;
	m = mixture_fit(s->cells, count, baseline);
	if (m.gain <= 0 || m.bad_count > INCIDENT_NODES_MAX)
		return;
	for (size_t i = 0; i < count; i++) {
		if (s->cells[i].is_bad && !s->cells[i].is_unknown)
			ret->list[ret->count++] = s->cells[i].value;
	}
	if (ret->count == 0 || !nodes_are_compared(s, ret, dimension)) {
		ret->count = 0;
		return;
	}
	ret->gain = m.gain;
	ret->labels = m.labels;
	ret->proof = m.proof;
}

/* How well "in one of the segments that are hit" explains. */
static double segments_gain(struct samples *s, double baseline, uint64_t segments, double *ret_proof)
{
	size_t count;
	struct mixture m;

	s->segments = segments;
	count = samples_sum(s, SAMPLE_SEGMENTS);
	m = mixture_fit(s->cells, count, baseline);
	if (m.bad_count != 1 || !s->cells[count - 1].is_bad || s->cells[count - 1].value != 2)
		return -1;
	*ret_proof = m.proof;
	return m.gain;
}

/* Values of one of the dimensions that say neither who nor which numbers. */
struct set {
	uint64_t list[PLACE_SET_MAX];
	size_t count;
	enum dimension dimension;
	double gain, proof;
};

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The best of endings, visited networks, radio accesses and directions. */
static void set_find(struct samples *s, double baseline, struct set *ret)
{
	static const struct {
		enum sample_dimension asked;
		enum dimension dimension;
	} kinds[] = {
		{ SAMPLE_PLMN, DIMENSION_PLMN },
		{ SAMPLE_RAT, DIMENSION_RAT },
		{ SAMPLE_DIRECTION, DIMENSION_DIRECTION },
		{ SAMPLE_ENDING, DIMENSION_IMSI_ENDING },
	};

	memset(ret, 0, sizeof(*ret));
	ret->gain = -1;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count = samples_sum(s, kinds[k].asked);
		struct mixture m;

		if (!nodes_are_known(s))
			continue;
		m = mixture_fit(s->cells, count, baseline);
		if (m.gain <= ret->gain || m.gain < SPLIT_NATS || m.bad_count == 0 || m.bad_count > PLACE_SET_MAX || m.bad_count == count)
			continue;
		ret->gain = m.gain;
		ret->proof = m.proof;
		ret->dimension = kinds[k].dimension;
		ret->count = 0;
		for (size_t i = 0; i < count; i++) {
			if (s->cells[i].is_bad && !s->cells[i].is_unknown)
				ret->list[ret->count++] = s->cells[i].value - (kinds[k].asked == SAMPLE_ENDING);
		}
		qsort(ret->list, ret->count, sizeof(ret->list[0]), value_compare);
	}
}

struct answers {
	struct nodes servers;
	struct nodes clients;
	struct set set;
	struct prefixes prefixes;
	double segments;
	double best;
	double enough; /* gain and labels that say as much as the best */
	double proof;  /* the best of them */
};

/* Asks every dimension about the samples that are not out. */
static void dimensions_ask(struct samples *s, double baseline, uint64_t segments, struct answers *ret)
{
	nodes_find(s, SAMPLE_SERVER, baseline, &ret->servers);
	nodes_find(s, SAMPLE_CLIENT, baseline, &ret->clients);
	prefixes_find(s, baseline, &ret->prefixes);
	ret->proof = 0;
	ret->segments = segments ? segments_gain(s, baseline, segments, &ret->proof) : -1;
	ret->proof = fmax(ret->proof, fmax(ret->servers.proof, fmax(ret->clients.proof, ret->prefixes.proof)));
	ret->best = fmax(fmax(ret->servers.gain, ret->clients.gain), fmax(ret->prefixes.gain, ret->segments));
	set_find(s, baseline, &ret->set);
	/* Who and which numbers are what an operator can act on; the others must say clearly more. */
	if (ret->set.gain > ret->best + nats_equal(ret->best)) {
		ret->best = ret->set.gain;
		ret->proof = ret->set.proof;
	} else
		ret->set.gain = -1;
	ret->enough = ret->best - nats_equal(ret->best);
}

/* Whether a dimension describes the failing ones as well as the best does; what its list costs to write down is not held against it. */
static bool is_as_good(const struct answers *a, double gain, double labels)
{
	return gain >= SPLIT_NATS && gain + labels >= a->enough;
}

static void part_take_servers(struct place_part *part, const struct nodes *n)
{
	memcpy(part->servers, n->list, sizeof(part->servers));
	part->server_count = n->count;
}

static void part_take_clients(struct place_part *part, const struct nodes *n)
{
	memcpy(part->clients, n->list, sizeof(part->clients));
	part->client_count = n->count;
}

static void part_take_set(struct place_part *part, const struct set *set)
{
	memcpy(part->set, set->list, sizeof(part->set));
	part->set_count = set->count;
	part->set_dimension = (uint8_t)set->dimension;
	part->set_binds = true;
}

static void part_take_prefixes(struct place_part *part, const struct prefixes *p)
{
	memcpy(part->prefixes, p->list, sizeof(part->prefixes));
	part->prefix_count = p->count;
}

/* Fills a part from the answers: what explains as well as the best describes it, the first of them (nodes before numbers) binds. */
static void part_fill(struct place_part *part, const struct answers *a, uint64_t segments, struct place *place)
{
	bool is_segment = is_as_good(a, a->segments, 0);

	if (a->set.gain > 0) {
		part_take_set(part, &a->set);
		return;
	}
	if (is_as_good(a, a->servers.gain, a->servers.labels))
		part_take_servers(part, &a->servers);
	if (is_as_good(a, a->clients.gain, a->clients.labels))
		part_take_clients(part, &a->clients);
	if (is_as_good(a, a->prefixes.gain, a->prefixes.labels))
		part_take_prefixes(part, &a->prefixes);
	if (is_segment)
		place->only_segments |= segments;
	part->servers_bind = part->server_count > 0;
	part->clients_bind = !part->servers_bind && part->client_count > 0;
	part->segments_bind = !part->servers_bind && !part->clients_bind && is_segment;
	part->segments = part->segments_bind ? segments : 0;
	part->prefixes_bind = !part->servers_bind && !part->clients_bind && !part->segments_bind && part->prefix_count > 0;
}

static bool part_has_sample(const struct place_part *part, const struct sample *s)
{
	struct place_request r = { .imsi = s->imsi, .server = s->server, .client = s->client, .route = s->route, .segments = s->segments };

	r.plmn = s->plmn;
	r.procedure = s->procedure;
	r.rat = s->rat;
	r.direction = s->direction;
	return place_part_has(part, &r);
}

/* Marks the samples of a part; returns the share of them that fails. */
static double part_mark(struct samples *s, const struct place_part *part, bool explains)
{
	double n = 0;
	double x = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct sample *sample = &s->list[i];
		bool is_inside;

		if (sample->is_explained)
			continue;
		is_inside = part_has_sample(part, sample);
		sample->is_out = !is_inside;
		if (is_inside && !sample->is_before) {
			n += (double)sample->weight;
			x += sample->is_failing ? (double)sample->weight : 0;
		}
		if (is_inside && explains)
			sample->is_explained = true;
	}
	return n > 0 ? x / n : 0;
}

static void samples_all_in(struct samples *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->list[i].is_out = false;
}

/* Inside the part another dimension may tell what fails from what works: then both bind. */
static void part_narrow(struct samples *s, double baseline, struct place_part *part)
{
	struct answers inside;

	part->share = part_mark(s, part, false);
	if (part->share >= CERTAIN_SHARE) {
		samples_all_in(s);
		return;
	}
	dimensions_ask(s, baseline, 0, &inside);
	samples_all_in(s);
	if (inside.best < NARROW_NATS)
		return;
	if (inside.set.gain > 0) {
		if (part->set_binds)
			return;
		part_take_set(part, &inside.set);
	} else if (inside.servers.gain == inside.best) {
		part_take_servers(part, &inside.servers);
		part->servers_bind = true;
	} else if (inside.clients.gain == inside.best) {
		part_take_clients(part, &inside.clients);
		part->clients_bind = true;
	} else {
		part_take_prefixes(part, &inside.prefixes);
		part->prefixes_bind = true;
	}
	part->share = part_mark(s, part, false);
	samples_all_in(s);
}

/* Failures that no part explains yet. */
static double rest_weigh(const struct samples *s, double baseline, double *ret_nats)
{
	double n = 0;
	double x = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];

		if (sample->is_explained || sample->is_before)
			continue;
		n += (double)sample->weight;
		x += sample->is_failing ? (double)sample->weight : 0;
	}
	*ret_nats = n > 0 && x > baseline * n ? binomial_log(n, x, x / n) - binomial_log(n, x, baseline) : 0;
	return x;
}

/* When everything fails and all of it with one server, that server is the place, even if nobody else could be compared. */
static void part_name_only_server(const struct samples *s, struct place_part *part)
{
	node only = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];

		if (sample->is_explained || sample->is_before || !sample->is_failing)
			continue;
		if (only && sample->server != only)
			return;
		only = sample->server;
	}
	if (only) {
		part->servers[0] = only;
		part->server_count = 1;
	}
}

static void parts_find(struct samples *s, double baseline, struct place *ret)
{
	double nats;
	double all = rest_weigh(s, baseline, &nats);

	while (ret->part_count < PLACE_PARTS_MAX) {
		struct place_part *part = &ret->parts[ret->part_count];
		double rest = rest_weigh(s, baseline, &nats);
		struct answers a;

		bool is_much = !ret->part_count || (nats >= REST_NATS && rest >= REST_SHARE * all);

		if (!is_much && rest < fmax(PROOF_LEAST, PROOF_SHARE * all))
			return;
		dimensions_ask(s, baseline, ret->segments, &a);
		if (!is_much && (a.best < SPLIT_NATS || a.proof < PROOF_NATS))
			return;
		memset(part, 0, sizeof(*part));
		ret->part_count++;
		if (a.best < SPLIT_NATS) {
			part->share = part_mark(s, part, false);
			samples_all_in(s);
			if (part->share >= CERTAIN_SHARE && ret->part_count == 1)
				part_name_only_server(s, part);
			return;
		}
		part_fill(part, &a, ret->segments, ret);
		part_narrow(s, baseline, part);
		if (part->prefixes_bind && a.prefixes.count)
			prefixes_explain_undecided(s, baseline, a.prefixes.dimension);
		part_mark(s, part, true);
		samples_all_in(s);
	}
}

void place_find(struct samples *s, double baseline, struct place *ret)
{
	memset(ret, 0, sizeof(*ret));
	samples_weigh(s);
	stand_in_find(s, ret);
	ret->segments = segments_find(s, baseline);
	parts_find(s, baseline, ret);
	/* When all fails, that some servers are not heard of any more says nothing about them. */
	if (!ret->stand_in && place_everywhere_share(ret) >= CERTAIN_SHARE)
		ret->vanished_count = 0;
	if (place_is_everywhere(ret))
		ret->segments |= segments_everywhere(s);
}

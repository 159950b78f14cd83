/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a finding is, since when, and how much it takes, see finding.h: by likelihood over the ledger where shares of requests fail
 * (sums.h), by the streams themselves where volume or time is the matter, by the nodes that conditions are about.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/finding.h"

#define REGISTRATION_NATS 3.0
#define WIDEN_NATS        8.0
#define WIDEN_FAILED      5.0
#define EVERYWHERE        0.5 /* of the strongest stream: everything is hit like it */
#define CALM_UNITS        60
#define USUAL_LEAST       1e-3
#define ONSET_UNITS       30
#define RECENT            (300 * NANOS_PER_S)
#define RECENT_UNITS      20
#define ALONE_UNITS       8 /* of an incident without another that began later, to locate it by these */
#define PARTNER_SHARE     0.9
#define PARTNER_LARGEST   0.3

struct sums_question finding_question(const struct finding *f, const struct finding_tools *t)
{
	return (struct sums_question){
		.ledger = t->ledger,
		.procedures = f->has_procedure,
		.refused = f->facts & FACT_BIT(FACT_REFUSED),
		.silent = f->facts & FACT_BIT(FACT_SILENT),
		.user = f->facts & FACT_BIT(FACT_USER),
		.onset = f->onset,
		.until = t->now,
		.calm_until = f->onset,
		.calm_from = f->calm_from,
		.calm = f->calm,
		.calm_count = f->calm_count,
		.detector = t->detector,
		.name_of = t->name_of,
		.names = t->names,
	};
}

static double nats_of(const struct sums_entry *e)
{
	double usual = fmax(USUAL_LEAST, (e->calm_x + 0.2) / (e->calm_n + 50));

	if (e->n <= 0 || e->x - usual * e->n < WIDEN_FAILED)
		return 0;
	return e->x > usual * e->n ? binomial_log(e->n, e->x, e->x / e->n) - binomial_log(e->n, e->x, usual) : 0;
}

/* Whether a stream of the ledger is the same value as the lead, of another procedure. */
static bool is_beside_lead(const struct finding *f, const struct stream_key *key)
{
	const struct stream_key *lead = &f->streams[f->lead].last.stream;

	return key->dimension == lead->dimension && key->value == lead->value;
}

/* Where another incident has begun since, the time before it tells what this one is alone. */
static nanos until_alone(const struct sums_question *q, const struct finding_tools *t)
{
	nanos unit = ledger_unit(t->ledger);

	return t->later && t->later - unit - q->onset >= ALONE_UNITS * unit ? t->later - unit : q->until;
}

/*
 * Procedures that fail beside the lead belong to the finding. When only the sum of registration is known to fail, it is those of them that
 * do; the sum itself is then left out, or requests would count twice.
 */
static void procedures_widen(struct finding *f, const struct finding_tools *t)
{
	const size_t registration = sums_procedure(PROCEDURE_REGISTRATION);
	struct sums_question q = finding_question(f, t);
	size_t rows = ledger_count(t->ledger);
	bool has_own = false;

	q.until = until_alone(&q, t);
	for (size_t row = 0; row < rows; row++) {
		const struct stream_key *key = ledger_key(t->ledger, row);
		struct sums_entry e;

		if (key->procedure == PROCEDURE_REGISTRATION || f->has_procedure[sums_procedure(key->procedure)] || !is_beside_lead(f, key))
			continue;
		sums_row(&q, row, &e);
		if (nats_of(&e) >= (f->has_procedure[registration] ? REGISTRATION_NATS : WIDEN_NATS))
			f->has_procedure[sums_procedure(key->procedure)] = true;
	}
	for (size_t p = 0; p < SUMS_PROCEDURES; p++) {
		const struct procedure_row *row = p == registration ? NULL : procedure_row((procedure)p);

		has_own = has_own || (f->has_procedure[p] && row && row->weight >= PROCEDURE_WEIGHT_REGISTRATION);
	}
	if (has_own)
		f->has_procedure[registration] = false;
}

bool finding_has_shares(const struct finding *f)
{
	const uint32_t shares = FACT_BIT(FACT_REFUSED) | FACT_BIT(FACT_SILENT) | FACT_BIT(FACT_USER);

	return f->stream_count && (f->facts & shares) && f->streams[f->lead].last.evidence < EVIDENCE_JUDGED;
}

static void value_add(struct place_part *p, enum dimension dimension, uint64_t value)
{
	switch (dimension) {
	case DIMENSION_ALL:
	case DIMENSION_COUNT:
		return;
	case DIMENSION_SERVER:
		if (p->server_count < INCIDENT_NODES_MAX)
			p->servers[p->server_count++] = value;
		p->servers_bind = true;
		return;
	case DIMENSION_CLIENT:
		if (p->client_count < INCIDENT_NODES_MAX)
			p->clients[p->client_count++] = value;
		p->clients_bind = true;
		return;
	case DIMENSION_SEGMENT:
		p->segments |= value < 64 ? UINT64_C(1) << value : 0;
		p->segments_bind = true;
		return;
	case DIMENSION_IMSI_PREFIX:
		if (p->prefix_count < INCIDENT_PREFIXES_MAX)
			p->prefixes[p->prefix_count++] = value;
		p->prefixes_bind = true;
		return;
	case DIMENSION_IMSI_BUCKET:
	case DIMENSION_IMSI_ENDING:
	case DIMENSION_ROUTE:
	case DIMENSION_PLMN:
	case DIMENSION_RAT:
	case DIMENSION_DIRECTION:
	case DIMENSION_NAMED:
		if (p->set_count < PLACE_SET_MAX)
			p->set[p->set_count++] = value;
		p->set_dimension = (uint8_t)dimension;
		p->set_binds = true;
	}
}

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Streams say where, of a part of the evidence: everywhere when the whole shows it like its strongest part, else the values like the lead.
 */
static void streams_place(const struct finding *f, struct place *ret)
{
	const struct finding_stream *lead = &f->streams[f->lead];
	struct place_part *part = &ret->parts[0];
	double most = 0, whole = 0;

	ret->part_count = 1;
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct finding_stream *s = &f->streams[i];

		if (s->last.evidence != lead->last.evidence || s->is_page != lead->is_page)
			continue;
		most = fmax(most, s->peak);
		if (s->last.stream.dimension == DIMENSION_ALL)
			whole = fmax(whole, s->peak);
	}
	part->share = most;
	if (whole >= EVERYWHERE * most)
		return;
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct stream_key *key = &f->streams[i].last.stream;

		if (f->streams[i].last.evidence == lead->last.evidence && f->streams[i].is_page == lead->is_page &&
		    key->dimension == lead->last.stream.dimension && f->streams[i].peak >= EVERYWHERE * lead->peak)
			value_add(part, (enum dimension)key->dimension, key->value);
	}
	qsort(part->prefixes, part->prefix_count, sizeof(part->prefixes[0]), value_compare);
	qsort(part->set, part->set_count, sizeof(part->set[0]), value_compare);
	ret->segments |= part->segments;
	ret->only_segments |= part->segments;
}

/* Whether what the network or the probe says of a node is the matter, and where is that node. */
static bool is_told_by_conditions(const struct finding *f)
{
	static const bool is_of_node[INCIDENT_KIND_COUNT] = { [INCIDENT_ROUTE_UNAVAILABLE] = true,
							      [INCIDENT_PEER_DOWN] = true,
							      [INCIDENT_NODE_RESTART] = true,
							      [INCIDENT_PROBE_BLIND] = true };

	return f->condition_count && is_of_node[finding_kind(f)];
}

/* The nodes that conditions are about, as servers of the place. */
static void conditions_place(const struct finding *f, struct place *ret)
{
	struct place_part *part = &ret->parts[0];

	*ret = (struct place){ .part_count = 1 };
	part->share = 1;
	for (size_t i = 0; i < f->condition_count; i++) {
		bool is_known = f->conditions[i].about == node_of_tap() ||
				(f->condition_count > 1 && finding_is_sayer(f, &f->conditions[i]));

		for (size_t j = 0; j < part->server_count; j++)
			is_known = is_known || part->servers[j] == f->conditions[i].about;
		if (!is_known)
			value_add(part, DIMENSION_SERVER, f->conditions[i].about);
	}
}

/* Requests a second in the streams of the place before the onset, while that is still held. */
static void rate_learn(struct finding *f, const struct finding_tools *t)
{
	nanos unit = ledger_unit(t->ledger);
	nanos from = f->onset - CALM_UNITS * unit;
	nanos until = f->onset - unit;
	double requests = 0;

	if (from < ledger_begin(t->ledger))
		from = ledger_begin(t->ledger);
	from = (from / unit + LEDGER_COARSE - 1) / LEDGER_COARSE * LEDGER_COARSE * unit; /* what both rings can tell apart */
	f->rate_before = -1;
	if (until - from < 5 * unit)
		return;
	until = until / unit * unit;
	for (size_t i = 0; i < f->row_count; i++)
		requests += ledger_sum(t->ledger, f->rows[i], from, until).requests;
	f->rate_before = requests / nanos_to_s(until - from);
}

/* Whether nearly all that fails is of subscribers of others, or of one network abroad that serves few. */
static bool is_partner(const struct sums *s, const struct place *place)
{
	double inbound = 0, outbound = 0, all = 0, most = 0, most_n = 0, networks = 0;

	if (place_is_everywhere(place) && place_everywhere_share(place) > PARTNER_LARGEST)
		return false;
	for (size_t i = 0; i < s->count; i++) {
		const struct sums_entry *e = &s->entries[i];

		if (e->dimension == DIMENSION_DIRECTION) {
			all += e->excess;
			inbound += e->value == DIRECTION_INBOUND ? e->excess : 0;
			outbound += e->value == DIRECTION_OUTBOUND ? e->excess : 0;
		}
		if (e->dimension == DIMENSION_PLMN) {
			networks += e->excess;
			most_n = e->excess > most ? e->n : most_n;
			most = fmax(most, e->excess);
		}
	}
	if (all > 0 && inbound >= PARTNER_SHARE * all)
		return true;
	return all > 0 && outbound >= PARTNER_SHARE * all && most >= PARTNER_SHARE * networks && most_n < PARTNER_LARGEST * s->total.n;
}

/*
 * The unit from which on the place fails as it does now, by likelihood. The detector's onset is finer and stays when it agrees.
 */
static void onset_refine(struct finding *f, const struct finding_tools *t)
{
	struct sums_question q = finding_question(f, t);
	nanos unit = ledger_unit(t->ledger);
	double fault = f->usual_share + f->fault_share * (1 - f->usual_share);
	double nats = 0, best = 0;
	nanos found = f->onset;

	if (f->row_count == 0 || t->now - f->onset > ONSET_UNITS * unit)
		return;
	for (nanos from = (t->now - 1) / unit * unit; from >= f->onset - ONSET_UNITS * unit; from -= unit) {
		double n = 0, x = 0;

		q.onset = from;
		q.until = from + unit;
		for (size_t i = 0; i < f->row_count; i++) {
			struct sums_entry e;

			sums_present(&q, f->rows[i], &e);
			n += e.n;
			x += e.x;
		}
		nats += binomial_log(n, x, fault) - binomial_log(n, x, f->usual_share);
		if (nats <= best || x <= 0)
			continue;
		best = nats;
		found = from;
	}
	if (best > 5 && (f->onset < found || f->onset >= found + unit))
		f->onset = found;
}

/* The shares that recovery is measured against: of those same last requests. */
static void share_learn(struct finding *f, const struct finding_tools *t, const struct place *place)
{
	struct sums_entry here;

	sums_measure(t->sums, place, &here);
	f->usual_share = here.n > 0 ? fmin(0.9, fmax(USUAL_LEAST, (here.x - here.excess) / here.n)) : USUAL_LEAST;
	f->fault_share = here.n > 0 ? here.excess / here.n / (1 - f->usual_share) : 0;
}

/* Streams of it that the detector suspects at this tick, those that page and are clearest first. */
static size_t suspects_find(struct finding *f, const struct finding_tools *t)
{
	const struct stream_key *lead = &f->streams[f->lead].last.stream;
	size_t count = 0;

	if (f->streams[f->lead].seen == t->now)
		f->suspects[count++] = *lead;
	for (size_t i = 0; i < f->stream_count; i++) {
		if (i != f->lead && f->streams[i].seen == t->now && f->streams[i].last.evidence < EVIDENCE_JUDGED)
			f->suspects[count++] = f->streams[i].last.stream;
	}
	return count;
}

/* Where it is: of a running incident by what fails lately, so that minutes of ordinary wandering do not add up. */
static void shares_place(struct finding *f, const struct finding_tools *t, struct place *ret)
{
	struct sums_question q = finding_question(f, t);
	nanos units = RECENT_UNITS * ledger_unit(t->ledger);
	nanos recent = t->now - (units > RECENT ? units : RECENT);

	q.suspects = f->suspects;
	q.suspect_count = suspects_find(f, t);
	memcpy(q.others, t->others, sizeof(q.others));
	q.other_count = t->other_count;
	if (f->phase >= FINDING_OPEN) {
		q.announced = &f->announced;
		q.onset = recent > f->onset ? recent : f->onset;
	}
	q.until = until_alone(&q, t);
	sums_fill(t->sums, &q);
	sums_place(t->sums, &q, ret);
	share_learn(f, t, ret);
	if (q.onset == f->onset && q.until == t->now)
		return;
	q.onset = f->onset;
	q.until = t->now;
	sums_fill(t->sums, &q);
}

static void sizes_learn(struct finding *f, const struct finding_tools *t, const struct place *place)
{
	struct sums_question q = finding_question(f, t);
	struct sums_entry here;

	sums_measure(t->sums, place, &here);
	f->row_count = sums_rows(&q, place, f->rows, FINDING_ROWS_MAX);
	f->is_partner = is_partner(t->sums, place);
	f->requests = here.n;
	f->failed = here.x;
	f->expected = fmax(0, here.x - here.excess);
	if (t->sums->total.n > 0)
		f->network_share = fmax(0, here.excess / t->sums->total.n);
	else
		f->network_share = 0;
	f->peak_rate = fmax(f->peak_rate, here.excess / fmax(1, nanos_to_s(t->now - f->onset)));
}

/* Of what stays away or storms, the share of everything. */
static void volume_learn(struct finding *f, const struct finding_tools *t)
{
	const struct finding_stream *lead = &f->streams[f->lead];
	size_t row = ledger_find(t->ledger, &lead->last.stream);

	f->row_count = row < LEDGER_STREAMS;
	f->rows[0] = row;

	f->requests = lead->last.requests;
	f->expected = lead->last.expected;
	f->failed = fmax(0, lead->last.failed);
	f->network_share = lead->last.stream.dimension == DIMENSION_ALL && lead->last.evidence == EVIDENCE_DROP ? lead->peak : 0;
}

void finding_locate(struct finding *f, const struct finding_tools *t)
{
	struct place found = { 0 };
	struct place failing;

	if (f->phase == FINDING_FORMING)
		f->calm_from = t->earlier;
	if (f->stream_count && f->phase == FINDING_FORMING)
		f->onset = f->streams[f->lead].last.onset < t->now ? f->streams[f->lead].last.onset : t->now;
	if (finding_has_shares(f)) {
		procedures_widen(f, t);
		shares_place(f, t, &found);
	} else if (f->stream_count)
		streams_place(f, &found);
	else
		conditions_place(f, &found);
	failing = found;
	if (is_told_by_conditions(f) && (!finding_has_shares(f) || place_is_everywhere(&found)))
		conditions_place(f, &found);
	f->same_place = f->is_located && place_is_same(&found, &f->place) ? f->same_place + 1 : 0;
	f->place = found;
	f->is_located = true;
	if (f->stream_count == 0)
		return;
	if (finding_has_shares(f)) {
		sizes_learn(f, t, &failing);
		if (f->phase == FINDING_FORMING)
			onset_refine(f, t);
	} else
		volume_learn(f, t);
	if (f->phase == FINDING_FORMING)
		rate_learn(f, t);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two-component binomial mixture over the values of a dimension, see mixture.h. DETECTION 3.6 scores single candidates; a fault often
 * takes a set of them (30 % of all blocks), and the mixture is the likelihood of the best set at once, without a search over sets.
 *
 * A value that always fails more (a roaming partner) is measured against its own past. A value is called bad only when its own
 * likelihood ratio is clear: more than CLEAR_NATS in favour, with more than one failing unit behind it. Called by localise.c.
 */
#include "control/incident/mixture.h"

#include <math.h>

#define CLEAR_NATS   3.0
#define COVERED      0.3 /* a split that explains less of the failures must be certain: among many small values some fail by chance */
#define CERTAIN_NATS 20.0
#define ROUNDS       15
#define CONTRAST     3.0 /* the bad fail at least this much more often than the good */
#define CALM_WEIGHT  20  /* units of the past that the common baseline is worth */
#define WHOLE        0.9 /* a value that is hit as a whole fails at least so much */
#define SPLIT_COST   2.0 /* nats for the parameters that "alike" does not have */

struct fit {
	double share; /* of the values that are bad */
	double bad, good;
	double log_likelihood;
};

static double clamp(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

double binomial_log(double n, double x, double q)
{
	q = clamp(q, 1e-6, 1 - 1e-6);
	return (x > 0 ? x * log(q) : 0) + (n > x ? (n - x) * log1p(-q) : 0);
}

/* What the value fails without the fault: its own past, leaning on the common share. */
static double cell_good(const struct mixture_cell *c, double good)
{
	double own = (c->calm_x + CALM_WEIGHT * good) / (c->calm_n + CALM_WEIGHT);

	return clamp(own > good ? own : good, 1e-4, 0.9);
}

static double log_add(double a, double b)
{
	double high = a > b ? a : b;

	return high + log1p(exp((a > b ? b : a) - high));
}

static double fit_step(struct mixture_cell *cells, size_t count, double baseline, struct fit *f)
{
	double weight = 0, bad_n = 0, bad_x = 0, good_n = 0, good_x = 0, total = 0;
	double bad_fails = log(f->bad), bad_works = log1p(-f->bad);
	double is_bad = log(f->share), is_good = log1p(-f->share);

	for (size_t i = 0; i < count; i++) {
		struct mixture_cell *c = &cells[i];
		double bad, good, p;

		if (c->is_unknown)
			continue;
		bad = is_bad + c->x * bad_fails + (c->n - c->x) * bad_works;
		good = is_good + binomial_log(c->n, c->x, cell_good(c, f->good));
		c->odds = bad - good;
		p = 1 / (1 + exp(-c->odds));
		total += log_add(bad, good);
		weight += p;
		bad_n += p * c->n;
		bad_x += p * c->x;
		good_n += (1 - p) * c->n;
		good_x += (1 - p) * c->x;
	}
	f->share = clamp((weight + 0.5) / ((double)count + 1), 1e-3, 1 - 1e-3);
	f->bad = clamp((bad_x + 0.5) / (bad_n + 0.6), CONTRAST * baseline, 0.995);
	f->good = clamp((good_x + baseline) / (good_n + 1), baseline, f->bad / CONTRAST);
	return total;
}

static struct fit fit_from(struct mixture_cell *cells, size_t count, double baseline, double bad)
{
	struct fit f = { .share = 0.2, .bad = bad, .good = baseline };

	for (int round = 0; round < ROUNDS; round++) {
		double before = f.log_likelihood;

		f.log_likelihood = fit_step(cells, count, baseline, &f);
		if (round > 2 && fabs(f.log_likelihood - before) < 0.03)
			break;
	}
	return f;
}

static double alike_log(const struct mixture_cell *cells, size_t count)
{
	double n = 0, x = 0, total = 0;

	for (size_t i = 0; i < count; i++) {
		n += cells[i].is_unknown ? 0 : cells[i].n;
		x += cells[i].is_unknown ? 0 : cells[i].x;
	}
	if (n <= 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		total += cells[i].is_unknown ? 0 : binomial_log(cells[i].n, cells[i].x, x / n);
	return total;
}

static double cell_proof(const struct mixture_cell *c, const struct fit *f)
{
	return binomial_log(c->n, c->x, f->bad) - binomial_log(c->n, c->x, cell_good(c, f->good));
}

static bool cell_is_bad(const struct mixture_cell *c, const struct fit *f)
{
	if (c->odds <= CLEAR_NATS || cell_proof(c, f) <= CLEAR_NATS)
		return false;
	return c->failing >= 2;
}

/* Nats it takes to say which of `all` values are the bad ones. */
static double labels_cost(double bad, double all)
{
	if (bad <= 0 || bad >= all)
		return 0;
	return -bad * log(bad / all) - (all - bad) * log(1 - bad / all);
}

double mixture_whole_nats(const struct mixture_cell *cells, size_t count, double baseline)
{
	double share = 0.2;
	double total = 0;

	baseline = clamp(baseline, 1e-3, 0.3);
	for (int round = 0; round < ROUNDS; round++) {
		double weight = 0;

		total = 0;
		for (size_t i = 0; i < count; i++) {
			const struct mixture_cell *c = &cells[i];
			double bad = log(share) + binomial_log(c->n, c->x, WHOLE);
			double good = log1p(-share) + binomial_log(c->n, c->x, cell_good(c, baseline));

			if (c->is_unknown)
				continue;
			weight += 1 / (1 + exp(good - bad));
			total += log_add(bad, good);
		}
		share = clamp((weight + 0.5) / ((double)count + 1), 1e-3, 1 - 1e-3);
	}
	return total - alike_log(cells, count);
}

struct mixture mixture_fit(struct mixture_cell *cells, size_t count, double baseline)
{
	double excess = 0, covered = 0;
	static const double starts[] = { 0.97, 0.5, 0.15 };
	struct mixture m = { .gain = -1 };
	struct fit best = { .log_likelihood = -INFINITY };

	baseline = clamp(baseline, 1e-3, 0.3);
	if (count < 2)
		return m;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct fit f = fit_from(cells, count, baseline, clamp(starts[i], CONTRAST * baseline, 0.995));

		if (f.log_likelihood > best.log_likelihood)
			best = f;
	}
	m.bad = best.bad;
	m.good = best.good;
	m.gain = fit_step(cells, count, baseline, &best) - alike_log(cells, count) - SPLIT_COST;
	for (size_t i = 0; i < count; i++) {
		if (cells[i].is_unknown)
			continue;
		cells[i].is_bad = cell_is_bad(&cells[i], &best);
		m.bad_count += cells[i].is_bad;
		excess += cells[i].x - cell_good(&cells[i], best.good) * cells[i].n;
		covered += cells[i].is_bad ? cells[i].x - cell_good(&cells[i], best.good) * cells[i].n : 0;
		m.proof += cells[i].is_bad ? cell_proof(&cells[i], &best) : 0;
	}
	m.covered = covered > 0 ? covered / fmax(covered, excess) : 0;
	if (m.bad_count == 0 || (m.covered < COVERED && m.gain < CERTAIN_NATS))
		m.gain = -1;
	m.labels = labels_cost((double)m.bad_count, (double)count);
	m.proof -= m.labels;
	return m;
}

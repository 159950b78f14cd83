/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Do the values of one dimension fail alike, or some and not the others?
 *
 * Each value (a prefix, a server) has n units of which x fail. Model "alike": one share for all. Model "split": a fraction of the values
 * fails with share q1, the rest with q0 at most a third of it (expectation maximisation). The gain of the second over the first, in nats,
 * compares dimensions with each other, because all are judged on the same units. Pure functions.
 */
#ifndef SIGCANARY_INCIDENT_MIXTURE_H
#define SIGCANARY_INCIDENT_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mixture_cell {
	uint64_t value;
	double n, x;           /* units, failing ones, in the window of the fault; fractions of subscribers */
	double calm_n, calm_x; /* the same before the fault */
	double units;          /* distinct subscribers, window and before */
	uint32_t failing;      /* distinct failing subscribers */
	double odds;           /* out: log-odds that it belongs to the failing ones */
	bool is_bad;           /* out */
	bool is_unknown;       /* in: no value; whether it is known depends on how the request ended, so it is left out */
};

struct mixture {
	double gain;   /* nats over "alike"; negative when the split says nothing */
	double labels; /* nats of the gain spent on saying which values are bad; none for a dimension that needs no list */
	double proof;  /* nats by which the bad ones fail more than they would anyway, less those of saying which they are */
	double bad;    /* q1 */
	double good;   /* q0 */
	size_t bad_count;
	double covered; /* share of the units that fail beyond the usual that lie in the bad ones */
};

/* Log-likelihood of x failures among n at share q. */
double binomial_log(double n, double x, double q);

/* Fits; `baseline` is the share that fails without any fault. Sets odds and is_bad of each cell. */
struct mixture mixture_fit(struct mixture_cell *cells, size_t count, double baseline);

/*
 * Nats by which "a few values fail wholly, the others as usual" explains the cells better than "alike". Clearly negative: among those that
 * share a value with the failing ones others are well, so that no whole values are hit. Near 0: too few requests to tell.
 */
double mixture_whole_nats(const struct mixture_cell *cells, size_t count, double baseline);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* See forecast.h. A single figure would be wrong by its own size half of the time (DETECTION 2.5). Called by recovery.c and gauge.c. */
#include "control/incident/forecast.h"

#include <math.h>

/* Least squares of y over x = 0, 1, ...; returns the slope and where the line ends. */
static double line_fit(const double *y, size_t count, double *ret_end)
{
	double n = (double)count;
	double sum_x = n * (n - 1) / 2;
	double sum_xx = (n - 1) * n * (2 * n - 1) / 6;
	double sum_y = 0;
	double sum_xy = 0;
	double slope;

	for (size_t i = 0; i < count; i++) {
		sum_y += y[i];
		sum_xy += (double)i * y[i];
	}
	slope = (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x * sum_x);
	*ret_end = (sum_y - slope * sum_x) / n + slope * (n - 1);
	return slope;
}

bool forecast_make(const double *left, size_t count, double step_s, double goal, double *ret_low_s, double *ret_high_s)
{
	double logs[FORECAST_MOST];
	double end, slope, line_s, decay_s;

	if (count < 6 || count > FORECAST_MOST || goal <= 0)
		return false;
	slope = line_fit(left, count, &end);
	if (slope >= 0 || end <= goal)
		return false;
	line_s = step_s * (goal - end) / slope;
	for (size_t i = 0; i < count; i++)
		logs[i] = log(fmax(left[i], 1e-4));
	slope = line_fit(logs, count, &end);
	if (slope >= 0)
		return false;
	decay_s = step_s * fmax(0, end - log(goal)) / -slope;
	if (fmax(line_s, decay_s) > 3 * fmin(line_s, decay_s))
		return false;
	*ret_low_s = fmin(line_s, decay_s);
	*ret_high_s = fmax(line_s, decay_s);
	return true;
}

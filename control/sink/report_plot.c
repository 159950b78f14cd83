/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Drawing, see report_plot.h. Lines differ by dash and width as well as by colour; colours are custom properties of the style sheet, so
 * that light, dark and print need no second drawing. A point sums as many bins as it takes for about PLOT_POINT_REQUESTS requests, since
 * the share of three requests is noise; where nothing was asked the line is broken.
 *
 * Mark labels are flags on poles. Laid out from the last to the first: a flag stands above every later pole that it would cover, so no
 * pole crosses a label. Flags beyond PLOT_ROWS_MAX rows are left out, their poles stay.
 */
#include "control/sink/report_plot.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "control/sink/report_html.h"

#define PLOT_WIDTH          860.0
#define PLOT_LEFT           50.0
#define PLOT_RIGHT          700.0 /* the key stands right of it */
#define PLOT_HEIGHT         118.0
#define PLOT_STRIP          34.0
#define PLOT_GAP            16.0
#define PLOT_ROW            15.0
#define PLOT_LETTER         6.1 /* width of a letter of a flag */
#define PLOT_ROWS_MAX       6
#define PLOT_POINTS_MAX     180
#define PLOT_POINTS_MIN     48
#define PLOT_POINT_REQUESTS 40

enum plot_line { LINE_REFUSED, LINE_USER, LINE_MISSING, LINE_COUNT };

static const struct {
	const char *class; /* of the style sheet */
	const char *words;
	const char *meaning;
} lines[LINE_COUNT] = {
	[LINE_REFUSED] = { "refused", "refused", "refused by the network: failure, congestion or abort, share of answers (solid)" },
	[LINE_USER] = { "user", "user reasons",
			"refused for reasons of the subscriber: unknown, barred, not allowed, share of answers (dotted)" },
	[LINE_MISSING] = { "missing", "no answer", "no answer within 2 s, share of requests (dashed)" },
};

struct point {
	nanos middle;
	double share[LINE_COUNT]; /* negative: not known */
	double rate;
	double from, to; /* x */
};

struct points {
	struct point point[PLOT_POINTS_MAX + 1];
	size_t count;
	double peak[LINE_COUNT];
	nanos peak_at[LINE_COUNT];
	double peak_rate;
	uint64_t requests;
};

struct plot {
	struct history_span span;
	double y;   /* top of the grid */
	double top; /* share there */
	unsigned int rows;
};

static double x_of(const struct history_span *span, nanos t)
{
	double part = span->to > span->from ? (double)(t - span->from) / (double)(span->to - span->from) : 0;

	return PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * (part < 0 ? 0 : part > 1 ? 1 : part);
}

static double y_of(const struct plot *f, double share)
{
	return f->y + PLOT_HEIGHT * (1 - (share > f->top ? 1 : share / f->top));
}

/* How many bins make a point. */
static size_t point_bins(const struct history_span *span, uint64_t requests)
{
	size_t bins = (size_t)((span->to - span->from + span->width - 1) / span->width);
	size_t per_point = (bins + PLOT_POINTS_MAX - 1) / PLOT_POINTS_MAX;

	if (per_point == 0)
		per_point = 1;
	while (bins / (per_point + 1) >= PLOT_POINTS_MIN && (double)requests * (double)per_point < (double)bins * PLOT_POINT_REQUESTS)
		per_point++;
	return per_point;
}

static void points_read(const struct history *h, const struct series *s, struct points *ret)
{
	struct history_span span = history_span(h);
	struct series_sum all = series_sum(h, s, span.from, span.to + span.width);
	nanos step = (nanos)point_bins(&span, all.requests) * span.width;

	memset(ret, 0, sizeof(*ret));
	ret->requests = all.requests;
	for (nanos t = span.from; t < span.to && ret->count < PLOT_POINTS_MAX + 1; t += step) {
		struct series_sum sum = series_sum(h, s, t, t + step);
		struct point *p = &ret->point[ret->count++];
		nanos stop = t + step < span.to ? t + step : span.to;

		p->middle = t + (stop - t) / 2;
		p->from = x_of(&span, t);
		p->to = x_of(&span, stop);
		p->rate = sum.seconds > 0 ? (double)sum.requests / sum.seconds : 0;
		p->share[LINE_REFUSED] = series_refused(&sum);
		p->share[LINE_USER] = series_answers(&sum, OUTCOME_USER);
		p->share[LINE_MISSING] = 2 * sum.judged >= sum.requests ? series_missing(&sum) : -1;
		if (p->rate > ret->peak_rate)
			ret->peak_rate = p->rate;
		for (int l = 0; l < LINE_COUNT; l++) {
			if (p->share[l] <= ret->peak[l])
				continue;
			ret->peak[l] = p->share[l];
			ret->peak_at[l] = p->middle;
		}
	}
}

double plot_peak(const struct history *h, const struct series *s)
{
	struct points points;
	double peak = 0;

	points_read(h, s, &points);
	for (int l = 0; l < LINE_COUNT; l++)
		peak = points.peak[l] > peak ? points.peak[l] : peak;
	return peak;
}

double plot_top(double peak)
{
	return peak <= 0.1 ? 0.1 : peak <= 0.25 ? 0.25 : peak <= 0.5 ? 0.5 : 1;
}

/* Seconds between labels of the time axis: the first of these that leaves at most eight. */
static nanos time_step(const struct history_span *span)
{
	static const int64_t steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400 };
	nanos length = span->to - span->from;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (length / (steps[i] * NANOS_PER_S) <= 8)
			return steps[i] * NANOS_PER_S;
	}
	return (length / (8 * 86400 * NANOS_PER_S) + 1) * 86400 * NANOS_PER_S;
}

static void grid_write(const struct plot *f, FILE *out)
{
	int parts = f->top > 0.9 ? 4 : 5;
	double bottom = f->y + PLOT_HEIGHT;

	for (int i = 0; i <= parts; i++) {
		double share = f->top * i / parts;

		fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>", i == 0 ? "axis" : "grid", PLOT_LEFT, y_of(f, share), PLOT_RIGHT);
		fprintf(out, "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">%.0f%s</text>\n", PLOT_LEFT - 6, y_of(f, share) + 4, 100 * share,
			i == parts ? "\u00a0%" : "");
	}
	fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", PLOT_LEFT, bottom + PLOT_GAP + PLOT_STRIP, PLOT_RIGHT);
}

static void time_axis_write(const struct plot *f, FILE *out)
{
	nanos step = time_step(&f->span);
	nanos rest = f->span.from % step;
	double bottom = f->y + PLOT_HEIGHT + PLOT_GAP + PLOT_STRIP;

	rest = rest < 0 ? rest + step : rest;
	for (nanos t = f->span.from - rest + (rest > 0 ? step : 0); t <= f->span.to; t += step) {
		double x = x_of(&f->span, t);
		bool is_midnight = t % (86400 * NANOS_PER_S) == 0;

		fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1fM%.1f %.1fV%.1f\"/>", x, f->y, f->y + PLOT_HEIGHT, x,
			bottom - PLOT_STRIP, bottom + 4);
		fprintf(out, "<text class=\"middle\" x=\"%.1f\" y=\"%.1f\">", x, bottom + 17);
		html_time(out, t, is_midnight ? HTML_TIME_DATE : step % (60 * NANOS_PER_S) == 0 ? HTML_TIME_MINUTE : HTML_TIME_SECOND);
		fputs("</text>\n", out);
	}
	fprintf(out, "<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\">UTC</text>\n", PLOT_RIGHT + 46, bottom + 17);
}

static void line_write(const struct plot *f, const struct points *p, enum plot_line line, FILE *out)
{
	bool is_down = false;

	fprintf(out, "<path class=\"line %s\" d=\"", lines[line].class);
	for (size_t i = 0; i < p->count; i++) {
		const struct point *at = &p->point[i];

		if (at->share[line] < 0) {
			is_down = false;
			continue;
		}
		fprintf(out, "%s%.1f %.1f", is_down ? "L" : "M", (at->from + at->to) / 2, y_of(f, at->share[line]));
		if (!is_down)
			fputs("h.1", out);
		is_down = true;
	}
	fputs(p->count == 0 ? "M0 0\"/>\n" : "\"/>\n", out);
}

/* The area below the solid line: what catches the eye first. */
static void area_write(const struct plot *f, const struct points *p, FILE *out)
{
	double bottom = f->y + PLOT_HEIGHT;
	bool is_down = false;
	double last = 0;

	fputs("<path class=\"area\" d=\"M0 0", out);
	for (size_t i = 0; i < p->count; i++) {
		const struct point *at = &p->point[i];
		double x = (at->from + at->to) / 2;

		if (at->share[LINE_REFUSED] < 0) {
			if (is_down)
				fprintf(out, "L%.1f %.1fZ", last, bottom);
			is_down = false;
			continue;
		}
		if (!is_down)
			fprintf(out, "M%.1f %.1f", x, bottom);
		fprintf(out, "L%.1f %.1f", x, y_of(f, at->share[LINE_REFUSED]));
		is_down = true;
		last = x;
	}
	if (is_down)
		fprintf(out, "L%.1f %.1fZ", last, bottom);
	fputs("\"/>\n", out);
}

static void strip_write(const struct plot *f, const struct points *p, FILE *out)
{
	double bottom = f->y + PLOT_HEIGHT + PLOT_GAP + PLOT_STRIP;
	double unit = p->peak_rate > 0 ? PLOT_STRIP / p->peak_rate : 0;

	fprintf(out, "<path class=\"rate\" d=\"M%.1f %.1f", PLOT_LEFT, bottom);
	for (size_t i = 0; i < p->count; i++)
		fprintf(out, "V%.1fH%.1f", bottom - p->point[i].rate * unit, p->point[i].to);
	fprintf(out, "V%.1fZ\"/>\n", bottom);
	fprintf(out, "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">0</text>", PLOT_LEFT - 6, bottom + 3);
	fprintf(out, "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">%.*f</text>\n", PLOT_LEFT - 6, bottom - PLOT_STRIP + 8,
		p->peak_rate < 10 ? 1 : 0, p->peak_rate);
	fprintf(out, "<text class=\"strong\" x=\"%.1f\" y=\"%.1f\">requests per second</text>", PLOT_RIGHT + 12, bottom - PLOT_STRIP + 12);
	fprintf(out, "<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\">", PLOT_RIGHT + 12, bottom - PLOT_STRIP + 27);
	html_number(out, p->requests);
	fputs(" in all</text>\n", out);
}

static void key_write(const struct plot *f, const struct points *p, FILE *out)
{
	double x = PLOT_RIGHT + 12;
	double y = f->y + 12;

	for (int l = 0; l < LINE_COUNT; l++, y += 38) {
		fprintf(out, "<path class=\"line %s\" d=\"M%.1f %.1fh26\"/>", lines[l].class, x, y - 4);
		fprintf(out, "<text class=\"strong\" x=\"%.1f\" y=\"%.1f\">%s</text>", x + 34, y, lines[l].words);
		fprintf(out, "<text class=\"quiet\" x=\"%.1f\" y=\"%.1f\">", x + 34, y + 15);
		if (p->peak[l] > 0) {
			fputs("up to ", out);
			html_share(out, p->peak[l]);
		} else {
			fputs("none", out);
		}
		fputs("</text>\n", out);
	}
}

/* Which row each flag stands in, 1 nearest to the grid, 0 none; returns the rows used. */
static unsigned int flags_place(const struct plot_marks *m, const struct history_span *span, unsigned int rows[PLOT_MARKS_MAX])
{
	unsigned int used = 0;

	for (size_t i = m->mark_count; i-- > 0;) {
		double from = x_of(span, m->marks[i].time);
		double to = from + 8 + PLOT_LETTER * (double)strlen(m->marks[i].text);

		rows[i] = 1;
		for (size_t j = i + 1; j < m->mark_count; j++) {
			if (x_of(span, m->marks[j].time) <= to && rows[j] >= rows[i])
				rows[i] = rows[j] + 1;
		}
		if (rows[i] > PLOT_ROWS_MAX)
			rows[i] = 0;
		used = rows[i] > used ? rows[i] : used;
	}
	return used;
}

static void periods_write(const struct plot *f, const struct plot_marks *m, FILE *out)
{
	for (size_t i = 0; i < m->period_count; i++) {
		double from = x_of(&f->span, m->periods[i].from);
		double to = x_of(&f->span, m->periods[i].to);

		fprintf(out, "<path class=\"period\" d=\"M%.1f %.1fH%.1fV%.1fH%.1fZ\"/>\n", from, f->y, to,
			f->y + PLOT_HEIGHT + PLOT_GAP + PLOT_STRIP, from);
	}
}

static void flags_write(const struct plot *f, const struct plot_marks *m, const unsigned int rows[PLOT_MARKS_MAX], FILE *out)
{
	for (size_t i = 0; i < m->mark_count; i++) {
		double x = x_of(&f->span, m->marks[i].time);
		double top = f->y - PLOT_ROW * rows[i] - (rows[i] > 0 ? 3 : 0);

		fprintf(out, "<path class=\"pole\" d=\"M%.1f %.1fV%.1f\"/>", x, top, f->y + PLOT_HEIGHT + PLOT_GAP + PLOT_STRIP);
		if (rows[i] > 0)
			fprintf(out, "<text class=\"flag\" x=\"%.1f\" y=\"%.1f\">%s</text>", x + 4, top + 10, m->marks[i].text);
		fputc('\n', out);
	}
}

static void title_write(const struct points *p, const char *name, unsigned int id, FILE *out)
{
	fprintf(out, "<title id=\"plot-%u-title\">", id);
	html_text(out, name);
	fprintf(out, "</title>\n<desc id=\"plot-%u-desc\">", id);
	html_count(out, p->requests, "request", "requests");
	fputs(". Highest shares:", out);
	for (int l = 0; l < LINE_COUNT; l++) {
		fprintf(out, "%s %s ", l == 0 ? "" : ",", lines[l].words);
		html_share(out, p->peak[l]);
		if (p->peak[l] <= 0)
			continue;
		fputs(" at ", out);
		html_time(out, p->peak_at[l], HTML_TIME_SECOND);
	}
	fputs(". Times are UTC.</desc>\n", out);
}

void plot_write(const struct plot_page *page, const struct series *s, const char *name, FILE *out)
{
	struct plot f = { .span = history_span(page->history), .top = page->top };
	unsigned int rows[PLOT_MARKS_MAX];
	unsigned int id = (*page->next_id)++;
	struct points points;

	points_read(page->history, s, &points);
	f.rows = flags_place(page->marks, &f.span, rows);
	f.y = 10 + PLOT_ROW * f.rows;
	fprintf(out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"plot-%u-title plot-%u-desc\">\n", PLOT_WIDTH,
		f.y + PLOT_HEIGHT + PLOT_GAP + PLOT_STRIP + 24, id, id);
	title_write(&points, name, id, out);
	periods_write(&f, page->marks, out);
	grid_write(&f, out);
	time_axis_write(&f, out);
	strip_write(&f, &points, out);
	area_write(&f, &points, out);
	flags_write(&f, page->marks, rows, out);
	line_write(&f, &points, LINE_USER, out);
	line_write(&f, &points, LINE_MISSING, out);
	line_write(&f, &points, LINE_REFUSED, out);
	key_write(&f, &points, out);
	fputs("</svg>\n", out);
}

void plot_legend(FILE *out)
{
	fputs("<ul class=\"legend\">\n", out);
	for (int l = 0; l < LINE_COUNT; l++)
		fprintf(out, "<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><path class=\"line %s\" d=\"M2 5h30\"/></svg> %s</li>\n",
			lines[l].class, lines[l].meaning);
	fputs("<li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><path class=\"rate\" d=\"M2 10V4h12V1h10v3h8v6z\"/></svg> "
	      "requests per second, retries included (strip below)</li>\n</ul>\n",
	      out);
}

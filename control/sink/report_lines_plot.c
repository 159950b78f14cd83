/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The course of one incident as inline SVG: subscribers hit and the share of failing requests over its announcements, with the times of
 * onset, detection and end. Steps, because nothing is known between two announcements. See report_lines.h.
 */
#include <math.h>
#include <string.h>

#include "control/sink/report_html.h"
#include "control/sink/report_lines.h"

#define WIDTH  960.0
#define HEIGHT 230.0
#define LEFT   70.0
#define RIGHT  60.0
#define TOP    34.0
#define BOTTOM 30.0
/* Flags of marks that lie closer than this go into the line below. */
#define FLAG_WIDTH 110.0

struct frame_of_plot {
	nanos from, to;
	double most; /* subscribers */
};

static double place_of(const struct frame_of_plot *f, nanos time)
{
	double share = f->to > f->from ? (double)(time - f->from) / (double)(f->to - f->from) : 0;

	return LEFT + (WIDTH - LEFT - RIGHT) * (share < 0 ? 0 : share > 1 ? 1 : share);
}

static double height_of(double share)
{
	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (share < 0 ? 0 : share > 1 ? 1 : share);
}

/* 1, 2 or 5 times a power of ten, at least `value`. */
static double round_up(double value)
{
	double unit = value > 1 ? pow(10, floor(log10(value))) : 1;

	if (value <= unit)
		return unit;
	return value <= 2 * unit ? 2 * unit : value <= 5 * unit ? 5 * unit : 10 * unit;
}

static double share_of(const struct frame_of_plot *f, const json_t *line, bool is_ratio)
{
	if (is_ratio)
		return told_number(line, "observed_ratio");
	return told_number(json_object_get(line, "affected_subscribers"), "estimate") / f->most;
}

static void steps_write(const struct frame_of_plot *f, const struct told *t, bool is_ratio, FILE *out)
{
	double before = 0;
	const json_t *line;
	size_t i;

	fprintf(out, "<path class=\"line %s\" d=\"M%.1f %.1f", is_ratio ? "refused" : "missing", place_of(f, t->onset), height_of(0));
	json_array_foreach(t->announcements, i, line)
	{
		double x = place_of(f, told_time(line, "time"));
		double share = share_of(f, line, is_ratio);

		fprintf(out, "L%.1f %.1fL%.1f %.1f", x, height_of(before), x, height_of(share));
		before = share;
	}
	fprintf(out, "L%.1f %.1f\"/>\n", place_of(f, f->to), height_of(before));
}

static void mark_write(const struct frame_of_plot *f, nanos time, const char *words, double *flag, int *level, FILE *out)
{
	double x = place_of(f, time);

	*level = *flag > 0 && x - *flag < FLAG_WIDTH ? 1 - *level : 0;
	*flag = x;
	fprintf(out, "<path class=\"pole\" d=\"M%.1f %.1fV%.1f\"/><text class=\"flag\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x,
		12.0 + 13 * *level, HEIGHT - BOTTOM, x + 3, 11.0 + 13 * *level, words);
}

/* When the last stretch of a state began; 0 when it never did. */
static nanos since(const struct told *t, const char *state)
{
	const json_t *line;
	nanos time = 0;
	size_t i;

	json_array_foreach(t->announcements, i, line)
	{
		if (strcmp(told_text(line, "state"), state) == 0 && time == 0)
			time = told_time(line, "time");
	}
	return time;
}

static void axes_write(const struct frame_of_plot *f, FILE *out)
{
	for (int i = 0; i <= 2; i++) {
		double y = height_of(i / 2.0);

		fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/><text class=\"end\" x=\"%.1f\" y=\"%.1f\">",
			i == 0 ? "axis" : "grid", LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4);
		html_number(out, (uint64_t)(f->most * i / 2));
		fprintf(out, "</text><text class=\"quiet\" x=\"%.1f\" y=\"%.1f\">%d\u00a0%%</text>\n", WIDTH - RIGHT + 8, y + 4, 50 * i);
	}
	for (int i = 0; i <= 4; i++) {
		nanos time = f->from + (f->to - f->from) / 4 * i;

		fprintf(out, "<text class=\"middle\" x=\"%.1f\" y=\"%.1f\">", place_of(f, time), HEIGHT - 10);
		html_time(out, time, HTML_TIME_SECOND);
		fputs("</text>\n", out);
	}
}

void report_lines_plot(const struct told *t, size_t number, FILE *out)
{
	struct frame_of_plot f = { .from = t->onset, .to = t->until, .most = round_up(t->affected) };
	nanos restoring = since(t, "restoring");
	double flag = 0;
	int level = 0;

	if (f.to <= f.from)
		return;
	fprintf(out,
		"<figure>\n<figcaption id=\"course-%zu\">Course: subscribers hit (left) and requests that fail (right)</figcaption>\n"
		"<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"course-%zu\">\n",
		number, WIDTH, HEIGHT, number);
	axes_write(&f, out);
	steps_write(&f, t, false, out);
	steps_write(&f, t, true, out);
	mark_write(&f, t->onset, "onset", &flag, &level, out);
	mark_write(&f, t->detected, "detected", &flag, &level, out);
	if (restoring > 0)
		mark_write(&f, restoring, "restoring", &flag, &level, out);
	if (t->is_cleared)
		mark_write(&f, t->until, "cleared", &flag, &level, out);
	fputs("</svg>\n</figure>\n<ul class=\"legend\"><li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><path class=\"line missing\" "
	      "d=\"M1 "
	      "5H33\"/></svg>subscribers hit so far, dashed</li><li><svg viewBox=\"0 0 34 10\" aria-hidden=\"true\"><path class=\"line "
	      "refused\" d=\"M1 5H33\"/></svg>share of failing requests, solid</li></ul>\n",
	      out);
}

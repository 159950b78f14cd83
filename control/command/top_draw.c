/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The screen of `sigcanary top`, see top.h. Everything is cut at the columns of the terminal; what the terminal's character set does not
 * have is drawn in ASCII. The selected row has a mark as well as the reverse video, and severities are words.
 */
#include <limits.h>
#include <math.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "control/command/top.h"

#define HEAD_LINES 5
#define TABLE_LEFT 1
#define NAME_WIDTH (COLS >= 100 ? 34 : 23)
#define ENDS_MAX   6 /* parties of a ladder; more share the last column */

size_t top_room(void)
{
	return LINES > HEAD_LINES + 2 ? (size_t)(LINES - HEAD_LINES - 1) : 1;
}

/* Text within `width` columns, padded with spaces; what is no character here is '?'. Returns how many octets were not shown. */
static size_t put(int y, int x, int width, const char *text)
{
	mbstate_t state = { 0 };

	if (y >= LINES || x >= COLS)
		return strlen(text);
	width = width > COLS - x ? COLS - x : width;
	move(y, x);
	while (width > 0 && *text != '\0') {
		wchar_t c[2] = { 0 };
		size_t length = mbrtowc(c, text, MB_LEN_MAX, &state);
		int columns = length < (size_t)-2 ? wcwidth(c[0]) : -1;

		if (columns > width)
			break;
		if (length >= (size_t)-2)
			memset(&state, 0, sizeof(state));
		if (columns < 0)
			addch('?');
		else
			addnwstr(c, 1);
		text += length >= (size_t)-2 ? 1 : length;
		width -= columns < 0 ? 1 : columns;
	}
	for (; width > 0; width--)
		addch(' ');
	return strlen(text);
}

static void put_right(int y, int x, int width, const char *text)
{
	int left = width - (int)strlen(text);

	put(y, x, left > 0 ? left : 0, "");
	put(y, x + (left > 0 ? left : 0), (int)strlen(text), text);
}

static chtype severity_look(const struct top *t, const char *severity)
{
	if (!t->has_color || severity == NULL)
		return A_NORMAL;
	if (strcmp(severity, "critical") == 0 || strcmp(severity, "major") == 0)
		return (chtype)COLOR_PAIR(1) | A_BOLD;
	if (strcmp(severity, "minor") == 0)
		return (chtype)COLOR_PAIR(2);
	return strcmp(severity, "warning") == 0 ? (chtype)COLOR_PAIR(3) : A_NORMAL;
}

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void head_draw(const struct top *t)
{
	const char *state = or_empty(member_text(t->status, "state"));
	const char *words = or_empty(member_text(t->status, "words"));
	const char *network = or_empty(member_text(t->status, "network"));
	char line[256];
	char time[32];
	size_t left;

	snprintf(line, sizeof(line), "sigcanary  %s  %s UTC  %.4g requests/s%s", network,
		 time_words(member_text(t->status, "time"), false, time), member_number(t->status, "requests_per_s", 0),
		 t->is_paused ? "  (paused)" : "");
	attrset(A_BOLD);
	put(0, 0, COLS, line);
	attrset((int)(severity_look(t, state) | A_BOLD));
	put(1, 0, 10, state);
	attrset(A_NORMAL);
	/* Two lines of the sentence, broken between words. */
	left = strlen(words) - put(1, 10, COLS - 10, words);
	while (words[left] != '\0' && left > 0 && words[left] != ' ')
		left--;
	if (words[left] != '\0')
		put(1, 10, COLS - 10, snprintf(line, sizeof(line), "%.*s", (int)left, words) > 0 ? line : "");
	put(2, 10, COLS - 10, words + left + (words[left] == ' '));
}

/* The course of a row in as many columns; its own greatest share is the highest mark, but 2 % at least. */
static void course_draw(const struct top *t, const char *name, int y, int x, int width)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const marks[] = { " ", "_", ".", "-", "=", "+", "*", "#", "@" };
	const struct top_track *track = top_track_find(t, name);
	double most = 0.02;

	width = width > TOP_HISTORY ? TOP_HISTORY : width;
	for (int i = 0; track != NULL && i < width; i++)
		most = fmax(most, track->shares[TOP_HISTORY - width + i]);
	for (int i = 0; track != NULL && i < width; i++) {
		double share = track->shares[TOP_HISTORY - width + i];
		int level = share < 0 ? 0 : 1 + (int)(share / most * 7);

		put(y, x + i, 1, t->has_utf8 ? blocks[level] : marks[level]);
	}
}

static void shares_draw(const struct top *t, const json_t *row, int y)
{
	char text[32];
	int name_width = NAME_WIDTH;
	int x = TABLE_LEFT + name_width + 1;

	put(y, TABLE_LEFT, name_width, top_row_name(t, row));
	put(y, x, 8, or_empty(member_text(row, "state")));
	snprintf(text, sizeof(text), "%.1f", member_number(row, "requests_per_s", 0));
	put_right(y, x + 9, 6, text);
	put_right(y, x + 16, 7, share_words(member_number(row, "reject", -1), text));
	put_right(y, x + 24, 7, share_words(member_number(row, "no_answer", -1), text));
	text[0] = '\0';
	if (json_object_get(row, "evidence") != NULL)
		snprintf(text, sizeof(text), "%.1f", member_number(row, "evidence", 0));
	put_right(y, x + 32, 6, text);
	course_draw(t, top_row_name(t, row), y, x + 40, COLS - x - 40);
}

static void incident_draw(const json_t *row, int y)
{
	char text[32];

	put(y, TABLE_LEFT, 16, or_empty(member_text(row, "id")));
	put(y, TABLE_LEFT + 17, 8, or_empty(member_text(row, "severity")));
	put(y, TABLE_LEFT + 26, 9, or_empty(member_text(row, "state")));
	put(y, TABLE_LEFT + 36, 8, time_words(member_text(row, "onset"), false, text));
	put(y, TABLE_LEFT + 46, COLS - TABLE_LEFT - 46, or_empty(member_text(row, "summary")));
}

static void failure_draw(const json_t *row, int y)
{
	const char *cause = member_text(row, "cause_name") != NULL ? member_text(row, "cause_name") : member_text(row, "cause");
	char text[32];

	put(y, TABLE_LEFT, 8, time_words(member_text(row, "time"), false, text));
	put(y, TABLE_LEFT + 9, 25, or_empty(member_text(row, "procedure")));
	put(y, TABLE_LEFT + 35, 10, or_empty(member_text(row, "outcome")));
	put(y, TABLE_LEFT + 46, 16, or_empty(cause));
	put(y, TABLE_LEFT + 63, COLS - TABLE_LEFT - 63, or_empty(member_text(row, "server")));
}

static void row_draw(const struct top *t, const json_t *row, int y)
{
	if (t->view <= TOP_PROCEDURES)
		shares_draw(t, row, y);
	else if (t->view == TOP_INCIDENTS)
		incident_draw(row, y);
	else
		failure_draw(row, y);
}

static void table_head_draw(const struct top *t)
{
	static const char *const names[] = { [TOP_SEGMENTS] = "SEGMENT", [TOP_NODES] = "NODE", [TOP_PROCEDURES] = "PROCEDURE" };
	int x = TABLE_LEFT + NAME_WIDTH + 1;
	char line[256];

	attrset(A_BOLD);
	if (t->view <= TOP_PROCEDURES) {
		put(HEAD_LINES - 1, 0, COLS, "");
		put(HEAD_LINES - 1, TABLE_LEFT, NAME_WIDTH, names[t->view]);
		put(HEAD_LINES - 1, x, COLS - x, "STATE     REQ/S REFUSED  NO ANS EVID.   FAILED");
	} else if (t->view == TOP_INCIDENTS) {
		put(HEAD_LINES - 1, 0, COLS, " INCIDENT         SEVERITY STATE     SINCE     WHAT");
	} else {
		snprintf(line, sizeof(line), "Recent failures of %s", t->under == TOP_INCIDENTS ? "all" : t->of);
		put(HEAD_LINES - 2, 0, COLS, line);
		put(HEAD_LINES - 1, 0, COLS, " TIME     PROCEDURE                 OUTCOME    CAUSE            SERVER");
	}
	attrset(A_NORMAL);
}

static void table_draw(struct top *t)
{
	size_t count = json_array_size(t->rows);
	size_t room = top_room();

	if (t->selected < t->first)
		t->first = t->selected;
	if (t->selected >= t->first + room)
		t->first = t->selected + 1 - room;
	table_head_draw(t);
	for (size_t i = 0; i < room && t->first + i < count; i++) {
		const json_t *row = json_array_get(t->rows, t->first + i);
		bool is_selected = t->first + i == t->selected;
		const char *severity = member_text(row, t->view == TOP_INCIDENTS ? "severity" : "state");

		attrset((int)(severity_look(t, severity) | (is_selected ? A_REVERSE : A_NORMAL)));
		put(HEAD_LINES + (int)i, 0, COLS, is_selected ? ">" : "");
		row_draw(t, row, HEAD_LINES + (int)i);
		attrset(A_NORMAL);
	}
	if (count == 0)
		put(HEAD_LINES, TABLE_LEFT, COLS, t->view == TOP_FAILURES ? "None that the probe remembers." : "Nothing yet.");
}

struct ends {
	const char *names[ENDS_MAX];
	size_t count;
	int width; /* columns from one to the next */
};

static size_t end_of(struct ends *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++) {
		if (strcmp(e->names[i], name) == 0)
			return i;
	}
	if (e->count == ENDS_MAX)
		return ENDS_MAX - 1;
	e->names[e->count++] = name;
	return e->count - 1;
}

static int end_column(const struct ends *e, size_t end)
{
	return 14 + (int)end * e->width + e->width / 2;
}

static void lines_draw(const struct top *t, const struct ends *e, int y)
{
	for (size_t i = 0; i < e->count; i++)
		put(y, end_column(e, i), 1, t->has_utf8 ? "│" : "|");
}

/* Two lines: the words, and an arrow below; an arrow that does not arrive ends with X. */
static void step_draw(const struct top *t, struct ends *e, const json_t *step, int y)
{
	const char *time = or_empty(member_text(step, "time"));
	const char *words = or_empty(member_text(step, "words"));
	int from = end_column(e, end_of(e, or_empty(member_text(step, "from"))));
	int to = end_column(e, end_of(e, or_empty(member_text(step, "to"))));
	int left = from < to ? from : to;
	int right = from < to ? to : from;
	bool is_lost = json_is_true(json_object_get(step, "lost"));
	const char *dot = strchr(time, '.');
	char text[64];
	char clock[32];
	int room = right - left - 3;
	int start = left + 2;

	snprintf(text, sizeof(text), "%s.%.3s", time_words(time, false, clock), dot != NULL ? dot + 1 : "000");
	lines_draw(t, e, y);
	lines_draw(t, e, y + 1);
	put(y + 1, 0, 13, text);
	if ((int)strlen(words) < room)
		start += (room - (int)strlen(words)) / 2;
	put(y, start, (int)strlen(words) < room ? (int)strlen(words) : room, words);
	for (int x = left + 1; x < right; x++)
		put(y + 1, x, 1, t->has_utf8 ? "─" : "-");
	put(y + 1, from < to ? right - 1 : left + 1, 1, is_lost ? "X" : from < to ? ">" : "<");
}

static void ladder_tail_draw(const struct top *t, int y)
{
	static const char *const keys[] = { "procedure", "outcome", "cause", "cause_name", "imsi", "msisdn", "rat" };
	char line[512] = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = member_text(t->ladder, keys[i]);
		size_t length = strlen(line);

		if (value != NULL)
			snprintf(line + length, sizeof(line) - length, "%s%s", length > 0 ? ", " : "", value);
	}
	if (json_object_get(t->ladder, "latency_ms") != NULL)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ", %.1f ms", member_number(t->ladder, "latency_ms", 0));
	put(y + 1, 0, COLS, line);
}

static void ladder_draw(const struct top *t)
{
	const json_t *steps = json_object_get(t->ladder, "ladder");
	struct ends e = { .count = 0 };
	const json_t *step;
	int y = HEAD_LINES - 1;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		end_of(&e, or_empty(member_text(step, "from")));
		end_of(&e, or_empty(member_text(step, "to")));
	}
	e.width = (COLS - 14) / (e.count > 0 ? (int)e.count : 1);
	for (i = 0; i < e.count; i++) {
		/* Of names that are too long the beginning tells most. */
		int width = (int)strlen(e.names[i]) < e.width - 1 ? (int)strlen(e.names[i]) : e.width - 1;

		put(y, end_column(&e, i) - width / 2, width, e.names[i]);
	}
	y++;
	json_array_foreach(steps, i, step)
	{
		if (y + 3 >= LINES)
			break;
		step_draw(t, &e, step, y);
		y += 2;
	}
	if (json_array_size(steps) == 0)
		put(y, 0, COLS, "The probe has no messages of it.");
	ladder_tail_draw(t, y);
}

static void help_draw(void)
{
	static const char *const lines[] = {
		"Tab          segments, nodes, procedures, incidents",
		"up, down     choose a row (also k, j, page up and down, home, end)",
		"Enter        its recent failures; once more: one of them as a ladder",
		"Esc, q       back; q in a table ends the program",
		"e r n t a    sort by evidence, refused, not answered, requests, name",
		"s            save the packets of the incident into a file of this folder",
		"p, space     pause",
		"",
		"STATE is that of the open alarms. REFUSED and NO ANS are shares of requests;",
		"EVID. says how far this is from usual; FAILED is their sum, second by second.",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(HEAD_LINES - 1 + (int)i, 2, COLS - 2, lines[i]);
}

static void foot_draw(const struct top *t)
{
	const char *keys = t->view == TOP_LADDER || t->view == TOP_HELP ? "Esc back  s save packets"
			   : t->view == TOP_FAILURES                    ? "Enter ladder  Esc back  s save packets  p pause"
			   : t->view == TOP_INCIDENTS ? "Enter failures  s save packets  Tab next table  p pause  ? help  q end"
						      : "Enter failures  s save packets  Tab next table  e/r/n/t/a sort  ? help  q end";

	attrset(A_REVERSE);
	put(LINES - 1, 0, COLS, t->message[0] != '\0' ? t->message : t->trouble[0] != '\0' ? t->trouble : keys);
	attrset(A_NORMAL);
}

void top_draw(struct top *t)
{
	erase();
	head_draw(t);
	if (t->view == TOP_LADDER)
		ladder_draw(t);
	else if (t->view == TOP_HELP)
		help_draw();
	else
		table_draw(t);
	foot_draw(t);
	refresh();
}

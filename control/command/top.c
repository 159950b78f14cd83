/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary top`: a running probe on the whole terminal, by ncurses: tables of segments, nodes, procedures and incidents, the worst first;
 * Enter shows the recent failures of a row, and one of these as a ladder. Made for 80 columns and 24 lines; colours repeat what words say.
 */
#include <langinfo.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/command/top.h"

#define REFRESH_S   1.0
#define KEY_WAIT_MS 100
#define ESCAPE      27

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void view_change(struct top *t, enum top_view view)
{
	t->view = view;
	t->selected = 0;
	t->first = 0;
	t->selected_name[0] = '\0';
	json_decref(t->rows);
	t->rows = NULL;
	top_refresh(t);
}

/* Back to where it was opened from. */
static void view_leave(struct top *t)
{
	if (t->view == TOP_LADDER) {
		t->view = TOP_FAILURES;
		top_refresh(t);
	} else if (t->view == TOP_FAILURES || t->view == TOP_HELP) {
		view_change(t, t->under);
	} else {
		t->is_over = true;
	}
}

static void selection_move(struct top *t, long by)
{
	long count = (long)json_array_size(t->rows);
	long wanted = (long)t->selected + by;

	if (count == 0)
		return;
	t->selected = (size_t)(wanted < 0 ? 0 : wanted >= count ? count - 1 : wanted);
	snprintf(t->selected_name, sizeof(t->selected_name), "%s", top_row_name(t, json_array_get(t->rows, t->selected)));
}

static void sort_change(struct top *t, enum top_sort sort)
{
	t->sort = sort;
	t->selected = 0;
	t->selected_name[0] = '\0';
	top_refresh(t);
}

/* Keys that move the selection; false when it is none. */
static bool key_move(struct top *t, int key)
{
	long page = (long)top_room();

	switch (key) {
	case KEY_UP:
	case 'k':
		selection_move(t, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		selection_move(t, 1);
		return true;
	case KEY_PPAGE:
		selection_move(t, -page);
		return true;
	case KEY_NPAGE:
		selection_move(t, page);
		return true;
	case KEY_HOME:
		selection_move(t, -(long)json_array_size(t->rows));
		return true;
	case KEY_END:
		selection_move(t, (long)json_array_size(t->rows));
		return true;
	default:
		return false;
	}
}

static bool key_sort(struct top *t, int key)
{
	static const char letters[] = {
		[TOP_BY_EVIDENCE] = 'e', [TOP_BY_REJECT] = 'r', [TOP_BY_NO_ANSWER] = 'n', [TOP_BY_REQUESTS] = 't', [TOP_BY_NAME] = 'a'
	};

	for (size_t i = 0; i < sizeof(letters); i++) {
		if (key == letters[i] && t->view <= TOP_PROCEDURES) {
			sort_change(t, (enum top_sort)i);
			return true;
		}
	}
	return false;
}

static void key_take(struct top *t, int key)
{
	t->message[0] = '\0';
	if (key_move(t, key) || key_sort(t, key))
		return;
	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
		top_enter(t);
		break;
	case '\t':
		view_change(t, t->view >= TOP_INCIDENTS ? TOP_SEGMENTS : (enum top_view)(t->view + 1));
		break;
	case KEY_BTAB:
		view_change(t, t->view == TOP_SEGMENTS || t->view > TOP_INCIDENTS ? TOP_INCIDENTS : (enum top_view)(t->view - 1));
		break;
	case ESCAPE:
	case KEY_BACKSPACE:
	case KEY_LEFT:
		if (t->view > TOP_INCIDENTS)
			view_leave(t);
		break;
	case 'q':
		view_leave(t);
		break;
	case 's':
		top_save(t);
		break;
	case 'p':
	case ' ':
		t->is_paused = !t->is_paused;
		break;
	case '?':
	case 'h':
		if (t->view <= TOP_INCIDENTS) {
			t->under = t->view;
			t->view = TOP_HELP;
		}
		break;
	default:
		break;
	}
}

static void screen_open(struct top *t)
{
	t->has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	initscr();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	timeout(KEY_WAIT_MS);
	curs_set(0);
	t->has_color = has_colors() && getenv("NO_COLOR") == NULL && start_color() == OK && use_default_colors() == OK;
	if (!t->has_color)
		return;
	init_pair(1, COLOR_RED, -1);
	init_pair(2, COLOR_YELLOW, -1);
	init_pair(3, COLOR_CYAN, -1);
}

static void screen_run(struct top *t)
{
	double asked = now_s();

	while (!t->is_over) {
		int key;

		if (!t->is_paused && now_s() - asked >= REFRESH_S) {
			asked = now_s();
			top_refresh(t);
		}
		top_draw(t);
		key = getch();
		if (key != ERR && key != KEY_RESIZE)
			key_take(t, key);
	}
}

int command_top(int argc, char **argv)
{
	struct top t = { .view = TOP_SEGMENTS };
	json_t *status = NULL;
	int code = asking_open(&t.asking, argc, argv, 0);

	if (code == EXIT_DONE && t.asking.argument_count > 0)
		code = asking_usage(&t.asking, "it takes no argument");
	if (code == EXIT_DONE && (isatty(STDOUT_FILENO) == 0 || isatty(STDIN_FILENO) == 0)) {
		fprintf(stderr,
			"sigcanary top: it needs a terminal; 'sigcanary status' and 'sigcanary segments' tell the same to a pipe\n");
		code = EXIT_USAGE;
	}
	if (code == EXIT_DONE)
		code = asking_json(&t.asking, "/api/v1/status", &status);
	json_decref(status);
	t.tracks = calloc(TOP_TRACKS_MAX, sizeof(*t.tracks));
	if (code == EXIT_DONE && t.tracks != NULL) {
		top_refresh(&t);
		screen_open(&t);
		screen_run(&t);
		endwin();
	}
	json_decref(t.status);
	json_decref(t.rows);
	json_decref(t.ladder);
	free(t.tracks);
	return asking_end(&t.asking, code);
}

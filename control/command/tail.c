/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary tail`: a line per finished transaction, of a running probe as they come, or of captures (-r) through the whole pipeline of
 * `replay`. The filter is that of --filter. Of a running probe it sees identities as they are shown, of captures also in clear.
 *
 * A probe is asked every half second for what ended since.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/command/asking.h"
#include "control/command/tail_line.h"
#include "control/sink/filter.h"

#define PAUSE_MS 500
#define KEY_MAX  64

struct tail {
	struct asking asking;
	struct tail_line line;
	struct filter *filter; /* live only; a replay filters by itself */
	uint64_t shown;
	uint64_t failed; /* of those: without success */
	bool is_over;
	char last[KEY_MAX]; /* live: key of what ended last */
	/* of a replay: a line that is not whole yet */
	char *piece;
	size_t piece_length;
	size_t piece_room;
};

static volatile sig_atomic_t end_asked;

static void on_signal(int number)
{
	(void)number;
	end_asked = 1;
}

/* `text` is the line that it was read from, which is shown as it is; NULL when there is none. */
static void transaction_show(struct tail *t, const json_t *transaction, const char *text, size_t length)
{
	const char *outcome = json_string_value(json_object_get(transaction, "outcome"));

	if (t->is_over)
		return;
	if (text != NULL && t->line.format == TAIL_JSON && t->line.field_count == 0)
		fwrite(text, 1, length, stdout);
	else
		tail_line_write(&t->line, transaction, stdout);
	t->shown++;
	if (outcome != NULL && strcmp(outcome, "success") != 0 && strcmp(outcome, "open") != 0)
		t->failed++;
	t->is_over = (t->asking.options.lines > 0 && t->shown == t->asking.options.lines) || ferror(stdout) != 0;
}

static bool line_take(struct tail *t, const char *text, size_t length)
{
	char *piece = t->piece;

	if (t->piece_length + length > t->piece_room) {
		t->piece_room = 2 * (t->piece_length + length);
		piece = realloc(t->piece, t->piece_room);
		if (piece == NULL)
			return false;
		t->piece = piece;
	}
	memcpy(t->piece + t->piece_length, text, length);
	t->piece_length += length;
	return true;
}

/* Octets of --transactions, cut anywhere. Takes all, or says that it cannot by 0. */
static ssize_t on_octets(void *self, const char *octets, size_t length)
{
	struct tail *t = self;
	size_t left = length;

	while (left > 0) {
		const char *end = memchr(octets, '\n', left);
		size_t taken = end != NULL ? (size_t)(end - octets) + 1 : left;
		json_t *transaction;

		if (!line_take(t, octets, taken))
			return 0;
		octets += taken;
		left -= taken;
		if (end == NULL)
			break;
		transaction = json_loadb(t->piece, t->piece_length, 0, NULL);
		if (transaction != NULL)
			transaction_show(t, transaction, t->piece, t->piece_length);
		json_decref(transaction);
		t->piece_length = 0;
		if (t->is_over)
			replay_stop();
	}
	return (ssize_t)length;
}

static int captures_tail(struct tail *t)
{
	struct options *o = &t->asking.options;
	const cookie_io_functions_t io = { .write = on_octets };

	o->transaction_sink = fopencookie(t, "w", io);
	if (o->transaction_sink == NULL) {
		fprintf(stderr, "sigcanary tail: no memory\n");
		return EXIT_FAILED;
	}
	/* Whoever watches sees a line when it is there; a pipe gets it in larger pieces, as standard output does. */
	setvbuf(o->transaction_sink, NULL, _IOLBF, 0);
	o->transactions = "-";
	o->inputs = o->reads;
	o->input_count = o->read_count;
	return replay_run(o);
}

/* Shows it when the filter wants it. */
static void transaction_filter(struct tail *t, const json_t *transaction)
{
	char *text = NULL;
	size_t length = 0;
	FILE *wanted;
	FILE *page;

	if (t->filter == NULL) {
		transaction_show(t, transaction, NULL, 0);
		return;
	}
	page = filter_page(t->filter, FILTER_SHOWN);
	wanted = open_memstream(&text, &length);
	if (page != NULL && wanted != NULL) {
		json_dumpf(transaction, page, JSON_COMPACT);
		filter_put(t->filter, wanted);
	}
	if (wanted != NULL && fclose(wanted) == 0 && length > 0)
		transaction_show(t, transaction, NULL, 0);
	free(text);
}

/* Of an answer: shows what is new, oldest first, and remembers the key of what ended last. */
static void answer_take(struct tail *t, const json_t *list, bool is_oldest_first, bool is_shown)
{
	size_t count = json_array_size(list);
	const char *key = member_text(json_array_get(list, is_oldest_first ? count - 1 : 0), "key");

	for (size_t i = 0; is_shown && i < count; i++)
		transaction_filter(t, json_array_get(list, is_oldest_first ? i : count - 1 - i));
	if (count > 0 && key != NULL)
		snprintf(t->last, sizeof(t->last), "%s", key);
}

/* What ended since the last question, all of it: a probe gives so many at once only. */
static int probe_ask(struct tail *t, bool is_first)
{
	bool has_more = true;
	int code = EXIT_DONE;

	while (code == EXIT_DONE && has_more && !t->is_over && end_asked == 0) {
		bool has_last = t->last[0] != '\0';
		char *path = path_join(has_last ? "/api/v1/transactions?limit=1000&after=" : "/api/v1/transactions?limit=1000", t->last,
				       "");
		json_t *found = NULL;

		code = asking_json(&t->asking, path, &found);
		answer_take(t, json_object_get(found, "transactions"), has_last, !is_first);
		has_more = has_last && json_is_true(json_object_get(found, "more"));
		json_decref(found);
		free(path);
		fflush(stdout);
	}
	return code;
}

static int probe_tail(struct tail *t)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct sigaction action = { .sa_handler = on_signal };
	char error[FILTER_ERROR_MAX];
	int code;

	if (t->asking.options.filter != NULL) {
		t->filter = filter_new(t->asking.options.filter, FILTER_LINES_TRANSACTIONS, error);
		if (t->filter == NULL) {
			fprintf(stderr, "sigcanary tail: %s\n", error);
			return EXIT_USAGE;
		}
	}
	code = asking_connect(&t->asking);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (code == EXIT_DONE)
		code = probe_ask(t, true);
	while (code == EXIT_DONE && end_asked == 0 && !t->is_over) {
		nanosleep(&pause, NULL);
		if (end_asked == 0)
			code = probe_ask(t, false);
	}
	return code;
}

static void end_tell(const struct tail *t)
{
	if (t->asking.options.is_quiet || isatty(STDERR_FILENO) == 0)
		return;
	fprintf(stderr, "sigcanary tail: %" PRIu64 " transactions shown, %" PRIu64 " of them without success\n", t->shown, t->failed);
}

int command_tail(int argc, char **argv)
{
	struct tail t = { .asking = { .command = "tail" } };
	struct options *o = &t.asking.options;
	int rest = 0;
	int code = options_read(
		argc, argv, TAKES_CONFIG | TAKES_PROBE | TAKES_TAIL | TAKES_FILTER | TAKES_JSON | TAKES_QUIET | TAKES_IDENTITIES, o, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (argc - rest > 1 || (argc - rest == 1 && o->filter != NULL)) {
		fprintf(stderr, "sigcanary tail: it takes one expression (put it between quotation marks); captures are named with -r\n");
		return EXIT_USAGE;
	}
	if (argc - rest == 1)
		o->filter = argv[rest];
	if (!tail_line_open(&t.line, o->is_json ? "json" : o->format, o->fields)) {
		tail_line_free(&t.line);
		return EXIT_USAGE;
	}
	t.line.has_color = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	tail_line_head(&t.line, stdout);
	code = o->read_count > 0 ? captures_tail(&t) : probe_tail(&t);
	end_tell(&t);
	filter_free(t.filter);
	tail_line_free(&t.line);
	free(t.piece);
	return asking_end(&t.asking, code);
}

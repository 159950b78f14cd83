/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An alarm as a few lines for a terminal, see text.h. Colours only say again what the words say. Called by the sinks of control.
 */
#include "control/incident/text.h"

#include <inttypes.h>
#include <string.h>

#include "control/incident/words.h"

#define RESET "\033[0m"
/* Lines break before this column; what is told has LABEL columns for its name. */
#define COLUMNS 110
#define LABEL   17

static const char *const severity_colors[] = {
	[SEVERITY_CLEARED] = "\033[32m", [SEVERITY_WARNING] = "\033[36m",    [SEVERITY_MINOR] = "\033[33m",
	[SEVERITY_MAJOR] = "\033[35m",   [SEVERITY_CRITICAL] = "\033[1;31m",
};

/* The bytes of the next word; a number and its % are one. */
static size_t word_length(const char *words)
{
	size_t length = strcspn(words, " ");

	return strncmp(words + length, " %", 2) == 0 ? length + 1 + strcspn(words + length + 1, " ") : length;
}

/* Writes words that go on in column `indent` of the next line; the first line has already come as far. */
static void words_wrap(const char *words, size_t indent, FILE *out)
{
	size_t column = indent;

	while (*words != '\0') {
		size_t length = word_length(words);

		if (column > indent && column + 1 + length > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)length, words);
		column += length;
		words += length;
		words += strspn(words, " ");
	}
	fputc('\n', out);
}

static void prefixes_write(const struct alarm *a, FILE *out)
{
	char list[INCIDENT_PREFIXES_MAX * (DIGITS_TEXT_MAX + 1) + 1];
	size_t used = 0;

	if (a->prefix_count == 0)
		return;
	for (size_t i = 0; i < a->prefix_count; i++) {
		char number[DIGITS_TEXT_MAX];

		digits_write(a->prefixes[i], number);
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s ", number);
	}
	fputs("  IMSI prefixes  ", out);
	words_wrap(list, LABEL, out);
}

static void place_write(const struct alarm_writer *w, const struct alarm *a, FILE *out)
{
	struct words_names names = { .plan = w->plan, .name_of = w->name_of, .names = w->names };

	prefixes_write(a, out);
	for (size_t i = 0; i < a->node_count; i++) {
		char text[WORDS_NODE_MAX];

		words_node(&names, a->nodes[i].node, text);
		fprintf(out, "  %-15s%s\n", a->nodes[i].is_server ? "server" : "client", text);
	}
}

static void causes_write(const struct alarm *a, FILE *out)
{
	for (size_t i = 0; i < a->cause_count; i++) {
		char cause[WORDS_NODE_MAX];

		words_cause(&a->causes[i], cause);
		fprintf(out, "%s%s %.0f %%", i == 0 ? "  causes         " : ", ", cause, 100 * a->causes[i].share);
	}
	if (a->cause_count)
		fputc('\n', out);
}

void alarm_write_text(const struct alarm_writer *w, const struct alarm *a, bool color, FILE *out)
{
	char time[16], onset[16];

	words_time(a->time, time);
	words_time(a->onset, onset);
	fprintf(out, "%s %s%s%s%s%s  %s\n", time, color ? severity_colors[a->severity] : "",
		a->state == INCIDENT_CLEARED ? "" : incident_severity_name(a->severity), a->state == INCIDENT_CLEARED ? "" : " ",
		incident_state_name(a->state), color ? RESET : "", a->id);
	fputs("  ", out);
	words_wrap(a->summary, 2, out);
	place_write(w, a, out);
	fprintf(out, "  since          %s UTC, noticed %.1f s later\n", onset, nanos_to_s(a->detected - a->onset));
	if (a->affected_high > 0)
		fprintf(out, "  subscribers    %" PRIu64 " (%" PRIu64 " to %" PRIu64 "), %" PRIu64 " seen successful again\n", a->affected,
			a->affected_low, a->affected_high, a->recovered);
	causes_write(a, out);
	if (a->packets_dropped)
		fprintf(out, "  probe          %" PRIu64 " packets lost before they could be read (%.1f %%)\n", a->packets_dropped,
			100 * a->loss_estimate);
	fputs("  next           ", out);
	words_wrap(a->repair, LABEL, out);
}

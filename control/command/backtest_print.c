/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See backtest_print.h. A contestant's row is worked out once and written twice, in words and as JSON. Delays are from the onset of the
 * truth to the page; without a truth only pages are counted.
 */
#include "control/command/backtest_print.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/value.h"

#define DELAYS_SHOWN 6
#define CONTESTANTS  (2 + RULE_COUNT)

struct contestant {
	const char *name;
	size_t pages, tickets;
	bool has_tickets;
	size_t found, missed, false_pages;
	double *delays_s; /* by fault; negative: missed */
};

static bool contestant_finds(const struct comparison *c, const struct tale *tale, int rule, const struct truth_fault *fault, nanos *ret)
{
	return tale != NULL ? tale_finds(tale, fault, c->tick, ret) : rules_find(c->rules, (enum rule)rule, fault, ret);
}

static void contestant_judge(const struct comparison *c, const struct tale *tale, int rule, struct contestant *ret)
{
	const struct truth *truth = c->truth;

	ret->delays_s = truth->count > 0 ? calloc(truth->count, sizeof(*ret->delays_s)) : NULL;
	for (size_t i = 0; i < truth->count && ret->delays_s != NULL; i++) {
		nanos paged;

		ret->delays_s[i] = -1;
		if (!truth->faults[i].must_page)
			continue;
		if (contestant_finds(c, tale, rule, &truth->faults[i], &paged)) {
			ret->found++;
			ret->delays_s[i] = nanos_to_s(paged - truth->faults[i].onset);
		} else {
			ret->missed++;
		}
	}
	ret->pages = tale != NULL ? tale_pages(tale) : rules_pages(c->rules, (enum rule)rule);
	ret->tickets = tale != NULL ? tale_tickets(tale) : 0;
	ret->has_tickets = tale != NULL;
	if (truth->is_known)
		ret->false_pages = tale != NULL ? tale_false_pages(tale, truth, c->tick)
						: rules_false_pages(c->rules, (enum rule)rule, truth);
}

static size_t contestants_make(const struct comparison *c, struct contestant contestants[CONTESTANTS])
{
	size_t count = 0;

	contestants[count] = (struct contestant){ .name = c->other != NULL ? "sigcanary as configured" : "sigcanary" };
	contestant_judge(c, c->tale, 0, &contestants[count++]);
	if (c->other != NULL) {
		contestants[count] = (struct contestant){ .name = "sigcanary with --set" };
		contestant_judge(c, c->other, 0, &contestants[count++]);
	}
	for (int rule = 0; rule < RULE_COUNT && c->rules != NULL; rule++) {
		contestants[count] = (struct contestant){ .name = rule_words((enum rule)rule) };
		contestant_judge(c, NULL, rule, &contestants[count++]);
	}
	return count;
}

static void contestants_free(struct contestant *contestants, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(contestants[i].delays_s);
}

void comparison_write_settings(const struct comparison *c, FILE *out)
{
	for (size_t i = 0; i < c->options->set_count; i++) {
		const char *set = c->options->sets[i];

		fprintf(out, "%s%.*s: ", i == 0 ? "Settings changed: " : "                  ", (int)strcspn(set, "="), set);
		plan_value_write(c->plan, set, out);
		fputs(" became ", out);
		plan_value_write(c->other_plan, set, out);
		fputc('\n', out);
	}
}

static void delays_write(const struct comparison *c, const struct contestant *contestant, FILE *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < c->truth->count && contestant->delays_s != NULL; i++) {
		if (!c->truth->faults[i].must_page)
			continue;
		if (shown++ == DELAYS_SHOWN) {
			fputs(" ...", out);
			break;
		}
		if (contestant->delays_s[i] < 0)
			fprintf(out, "%s-", shown > 1 ? ", " : "");
		else
			fprintf(out, "%s%.1f s", shown > 1 ? ", " : "", contestant->delays_s[i]);
	}
}

void comparison_write_table(const struct comparison *c, FILE *out)
{
	struct contestant contestants[CONTESTANTS];
	size_t count = contestants_make(c, contestants);
	double days = nanos_to_s(c->span) / 86400;

	fprintf(out, "%-36s %6s %8s", "RULE", "PAGES", "TICKETS");
	fprintf(out, c->truth->is_known ? " %6s %7s %14s  %s\n" : "\n", "FOUND", "MISSED", "FALSE PER DAY", "PAGE AFTER ONSET");
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%-36s %6zu ", contestants[i].name, contestants[i].pages);
		if (contestants[i].has_tickets)
			fprintf(out, "%8zu", contestants[i].tickets);
		else
			fprintf(out, "%8s", "");
		if (c->truth->is_known) {
			fprintf(out, " %6zu %7zu %14.3g  ", contestants[i].found, contestants[i].missed,
				days > 0 ? (double)contestants[i].false_pages / days : 0);
			delays_write(c, &contestants[i], out);
		}
		fputc('\n', out);
	}
	contestants_free(contestants, count);
}

static void contestant_write_json(const struct comparison *c, const struct contestant *contestant, FILE *out)
{
	const char *between = "";

	fprintf(out, "{\"rule\":\"%s\",\"pages\":%zu", contestant->name, contestant->pages);
	if (contestant->has_tickets)
		fprintf(out, ",\"tickets\":%zu", contestant->tickets);
	if (c->truth->is_known) {
		fprintf(out, ",\"found\":%zu,\"missed\":%zu,\"false_pages\":%zu,\"delays_s\":[", contestant->found, contestant->missed,
			contestant->false_pages);
		for (size_t i = 0; i < c->truth->count && contestant->delays_s != NULL; i++) {
			if (!c->truth->faults[i].must_page)
				continue;
			if (contestant->delays_s[i] < 0)
				fprintf(out, "%snull", between);
			else
				fprintf(out, "%s%.3f", between, contestant->delays_s[i]);
			between = ",";
		}
		fputc(']', out);
	}
	fputc('}', out);
}

static void setting_write_json(const struct comparison *c, const char *set, FILE *out)
{
	char before[256] = "", after[256] = "";
	FILE *text = fmemopen(before, sizeof(before), "w");

	if (text != NULL) {
		plan_value_write(c->plan, set, text);
		fclose(text);
	}
	text = fmemopen(after, sizeof(after), "w");
	if (text != NULL) {
		plan_value_write(c->other_plan, set, text);
		fclose(text);
	}
	fprintf(out, "{\"key\":\"%.*s\",\"configured\":", (int)strcspn(set, "="), set);
	text_write_quoted(before, out);
	fputs(",\"set\":", out);
	text_write_quoted(after, out);
	fputc('}', out);
}

void comparison_write_json(const struct comparison *c, FILE *out)
{
	struct contestant contestants[CONTESTANTS];
	size_t count = contestants_make(c, contestants);

	fprintf(out, "{\"days\":%.6f,\"comparison\":[", nanos_to_s(c->span) / 86400);
	for (size_t i = 0; i < count; i++) {
		fputs(i > 0 ? "," : "", out);
		contestant_write_json(c, &contestants[i], out);
	}
	fputs("],\"settings\":[", out);
	for (size_t i = 0; i < c->options->set_count; i++) {
		fputs(i > 0 ? "," : "", out);
		setting_write_json(c, c->options->sets[i], out);
	}
	fputs("]}\n", out);
	contestants_free(contestants, count);
}

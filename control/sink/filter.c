/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters of lines, see filter.h: pages of memory that lines are rendered to, and the steps of an expression taken over them. Called by the
 * writers of `decode` and of --transactions, in control's thread, once per line; slow beside the decoding, and there only with --filter.
 *
 * What an identity is compared with may be given in clear although the output hides it, so each line has two pages then.
 */
#include "control/sink/filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/sink/filter_steps.h"

struct page {
	FILE *out;
	char *text;
	size_t size;
	bool is_written;
};

struct filter {
	struct filter_steps steps;
	struct page pages[FILTER_COPIES];
};

struct filter *filter_new(const char *expression, enum filter_lines lines, char error[FILTER_ERROR_MAX])
{
	struct filter *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		snprintf(error, FILTER_ERROR_MAX, "no memory for the filter");
		return NULL;
	}
	if (!filter_read(expression, lines, &f->steps, error)) {
		filter_free(f);
		return NULL;
	}
	return f;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	filter_steps_free(&f->steps);
	for (size_t i = 0; i < FILTER_COPIES; i++) {
		if (f->pages[i].out != NULL)
			fclose(f->pages[i].out);
		free(f->pages[i].text);
	}
	free(f);
}

FILE *filter_page(struct filter *f, enum filter_copy copy)
{
	struct page *p = &f->pages[copy];

	if (p->out == NULL)
		p->out = open_memstream(&p->text, &p->size);
	else
		rewind(p->out);
	p->is_written = p->out != NULL;
	return p->out;
}

static bool is_met(void *who, const struct filter_value *value)
{
	const struct filter_test *t = who;

	switch (t->comparison) {
	case FILTER_EXISTS:
		return true;
	case FILTER_EQUAL:
	case FILTER_NOT_EQUAL:
		return strcasecmp(t->operand, value->text) == 0 ||
		       (t->is_number && value->is_number && !(t->number < value->number) && !(t->number > value->number));
	case FILTER_LESS:
		return value->has_number && value->number < t->number;
	case FILTER_LESS_OR_EQUAL:
		return value->has_number && value->number <= t->number;
	case FILTER_GREATER:
		return value->has_number && value->number > t->number;
	case FILTER_GREATER_OR_EQUAL:
		return value->has_number && value->number >= t->number;
	case FILTER_LIKE:
		return regexec(&t->regex, value->text, 0, NULL, 0) == 0;
	}
	return false;
}

static bool is_there(void *who, const struct filter_value *value)
{
	(void)who;
	(void)value;
	return true;
}

/* A test on both renderings of a line. */
static bool test_take(struct filter_test *t, json_t *const lines[FILTER_COPIES])
{
	bool is_negative = t->comparison == FILTER_NOT_EQUAL;
	bool has_field = false;
	bool has_met = false;

	for (size_t i = 0; i < FILTER_COPIES; i++) {
		has_met = has_met || filter_field_any(&t->field, lines[i], is_met, t);
		has_field = has_field || (is_negative && filter_field_any(&t->field, lines[i], is_there, NULL));
	}
	return is_negative ? has_field && !has_met : has_met;
}

/* The expression over one line. Steps come in the order of their results, so a stack of those is enough. */
static bool steps_take(struct filter *f, json_t *const lines[FILTER_COPIES])
{
	bool results[FILTER_STEPS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < f->steps.step_count; i++) {
		const struct filter_step *s = &f->steps.steps[i];

		switch (s->kind) {
		case FILTER_STEP_TEST:
			results[count++] = test_take(&f->steps.tests[s->test], lines);
			break;
		case FILTER_STEP_NOT:
			results[count - 1] = !results[count - 1];
			break;
		case FILTER_STEP_AND:
			count--;
			results[count - 1] = results[count - 1] && results[count];
			break;
		case FILTER_STEP_OR:
			count--;
			results[count - 1] = results[count - 1] || results[count];
			break;
		}
	}
	return results[0];
}

void filter_put(struct filter *f, FILE *out)
{
	json_t *lines[FILTER_COPIES] = { NULL };

	for (size_t i = 0; i < FILTER_COPIES; i++) {
		struct page *p = &f->pages[i];

		if (p->is_written && fflush(p->out) == 0)
			lines[i] = json_loadb(p->text, p->size, JSON_ALLOW_NUL, NULL);
		p->is_written = false;
	}
	/* A line that cannot be read back (no memory) is shown rather than hidden. */
	if (lines[FILTER_SHOWN] == NULL || steps_take(f, lines))
		fwrite(f->pages[FILTER_SHOWN].text, 1, f->pages[FILTER_SHOWN].size, out);
	for (size_t i = 0; i < FILTER_COPIES; i++)
		json_decref(lines[i]);
}

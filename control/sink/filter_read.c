/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parser of filter expressions: operator precedence by a stack of waiting operators, so that parentheses need no recursion. Binding,
 * the strongest first: ! && ||. Called once per --filter; refuses with one sentence, the expression and a caret under the place.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/filter_steps.h"

/* Of an expression that is too long to show, this much around the place. */
#define SHOWN_MAX    120
#define SHOWN_BEFORE 60

struct reader {
	const char *expression;
	size_t at;
	enum filter_lines lines;
	struct filter_steps *steps;
	char waiting[FILTER_DEPTH_MAX]; /* operators: ( ! & | */
	size_t waiting_at[FILTER_DEPTH_MAX];
	size_t waiting_count;
	char *error;
};

/* Leaves the sentence, and the expression with the place marked; false. */
static bool refuse(struct reader *r, size_t at, size_t length, const char *words)
{
	size_t whole = strlen(r->expression);
	size_t from = at > SHOWN_BEFORE && whole > SHOWN_MAX ? at - SHOWN_BEFORE : 0;
	size_t marked = at + length > from + SHOWN_MAX ? from + SHOWN_MAX - at : length;
	char shown[SHOWN_MAX + 1];
	size_t count = 0;

	/* A tab or a line's end would move the mark away from its place. */
	for (; count < SHOWN_MAX && r->expression[from + count] != '\0'; count++)
		shown[count] = isspace((unsigned char)r->expression[from + count]) ? ' ' : r->expression[from + count];
	shown[count] = '\0';
	snprintf(r->error, FILTER_ERROR_MAX, "%s\n  %s\n  %*s^%.*s", words, shown, (int)(at - from), "", marked > 1 ? (int)(marked - 1) : 0,
		 "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~");
	return false;
}

static void spaces_skip(struct reader *r)
{
	while (isspace((unsigned char)r->expression[r->at]))
		r->at++;
}

static bool step_add(struct reader *r, enum filter_step_kind kind, size_t test)
{
	if (r->steps->step_count == FILTER_STEPS_MAX)
		return refuse(r, r->at, 1, "the expression is too long; split it over several runs");
	r->steps->steps[r->steps->step_count++] = (struct filter_step){ .kind = kind, .test = test };
	return true;
}

static bool waiting_push(struct reader *r, char sign, size_t at)
{
	if (r->waiting_count == FILTER_DEPTH_MAX)
		return refuse(r, at, 1, "the expression is nested too deeply");
	r->waiting[r->waiting_count] = sign;
	r->waiting_at[r->waiting_count++] = at;
	return true;
}

/* Lets the operators that bind at least as strongly as `sign` take what they wait for; up to the last parenthesis. */
static bool waiting_settle(struct reader *r, char sign)
{
	while (r->waiting_count > 0 && r->waiting[r->waiting_count - 1] != '(') {
		char top = r->waiting[r->waiting_count - 1];

		if (sign == '&' && top == '|')
			return true;
		r->waiting_count--;
		if (!step_add(r, top == '!' ? FILTER_STEP_NOT : top == '&' ? FILTER_STEP_AND : FILTER_STEP_OR, 0))
			return false;
	}
	return true;
}

/* Reads a comparison; FILTER_EXISTS when there is none. */
static bool operator_read(struct reader *r, enum filter_comparison *ret)
{
	static const struct {
		const char *sign;
		enum filter_comparison comparison;
	} signs[] = { { "==", FILTER_EQUAL },         { "!=", FILTER_NOT_EQUAL },        { "=~", FILTER_LIKE },
		      { "<=", FILTER_LESS_OR_EQUAL }, { ">=", FILTER_GREATER_OR_EQUAL }, { "<", FILTER_LESS },
		      { ">", FILTER_GREATER } };

	spaces_skip(r);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strncmp(r->expression + r->at, signs[i].sign, strlen(signs[i].sign)) == 0) {
			r->at += strlen(signs[i].sign);
			*ret = signs[i].comparison;
			return true;
		}
	}
	if (r->expression[r->at] == '=')
		return refuse(r, r->at, 1, "a single '=' compares nothing; write '==' or '=~'");
	*ret = FILTER_EXISTS;
	return true;
}

/* A quoted text: a backslash keeps the quote behind it. */
static bool quoted_read(struct reader *r, char *ret)
{
	size_t began = r->at;
	char quote = r->expression[r->at++];
	size_t length = 0;

	while (r->expression[r->at] != quote) {
		if (r->expression[r->at] == '\0')
			return refuse(r, began, 1, "this quote is never closed");
		if (r->expression[r->at] == '\\' && r->expression[r->at + 1] == quote)
			r->at++;
		ret[length++] = r->expression[r->at++];
	}
	r->at++;
	ret[length] = '\0';
	return true;
}

/* What a field is compared with; takes its place in the test. */
static bool operand_read(struct reader *r, struct filter_test *test)
{
	size_t length;
	size_t began;
	char *end = NULL;

	spaces_skip(r);
	began = r->at;
	test->operand = calloc(1, strlen(r->expression + began) + 1);
	if (test->operand == NULL)
		return refuse(r, began, 1, "no memory for the expression");
	if (r->expression[began] == '"' || r->expression[began] == '\'') {
		if (!quoted_read(r, test->operand))
			return false;
	} else {
		length = strcspn(r->expression + began, " \t\r\n()&|!=<>\"'");
		if (length == 0)
			return refuse(r, began, 1, "a value is expected here; quote one that holds spaces or signs");
		memcpy(test->operand, r->expression + began, length);
		r->at += length;
	}
	test->number = strtod(test->operand, &end);
	test->is_number = end != test->operand && *end == '\0';
	if (test->comparison >= FILTER_LESS && test->comparison <= FILTER_GREATER_OR_EQUAL && !test->is_number)
		return refuse(r, began, r->at - began, "order is of numbers, and this is none");
	if (test->comparison != FILTER_LIKE)
		return true;
	test->has_regex = regcomp(&test->regex, test->operand, REG_EXTENDED | REG_NOSUB) == 0;
	return test->has_regex || refuse(r, began, r->at - began, "this is no POSIX extended regular expression");
}

static bool is_name_sign(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* A field, compared or alone. */
static bool test_read(struct reader *r)
{
	struct filter_test *test = &r->steps->tests[r->steps->test_count];
	char words[FILTER_ERROR_MAX];
	char name[2 * FILTER_NAME_MAX];
	size_t began = r->at;
	size_t bad_at = 0;
	size_t bad_length = 0;
	size_t length = 0;

	while (is_name_sign(r->expression[began + length]))
		length++;
	if (length == 0)
		return refuse(r, began, 1,
			      r->expression[began] == '\0' ? "the expression ends where a field is expected" : "a field is expected here");
	if (length >= sizeof(name))
		return refuse(r, began, length, "no field has so long a name");
	if (r->steps->test_count == FILTER_TESTS_MAX)
		return refuse(r, began, length, "the expression has too many comparisons; split it over several runs");
	memcpy(name, r->expression + began, length);
	name[length] = '\0';
	r->at += length;
	if (!filter_field_find(name, r->lines, &test->field, words, &bad_at, &bad_length))
		return refuse(r, began + bad_at, bad_length, words);
	r->steps->test_count++;
	if (!operator_read(r, &test->comparison))
		return false;
	if (test->comparison != FILTER_EXISTS && !operand_read(r, test))
		return false;
	return step_add(r, FILTER_STEP_TEST, r->steps->test_count - 1);
}

/* Where a field may stand; *ret_is_term when one did. */
static bool term_read(struct reader *r, bool *ret_is_term)
{
	char c = r->expression[r->at];

	*ret_is_term = c != '!' && c != '(';
	if (*ret_is_term)
		return test_read(r);
	r->at++;
	return waiting_push(r, c, r->at - 1);
}

/* Behind a term: what joins it to the next, or a parenthesis that ends here. */
static bool joint_read(struct reader *r, bool *ret_is_term)
{
	const char *at = r->expression + r->at;
	bool joins = (at[0] == '&' && at[1] == '&') || (at[0] == '|' && at[1] == '|');

	if (at[0] == ')') {
		if (!waiting_settle(r, ')'))
			return false;
		if (r->waiting_count == 0)
			return refuse(r, r->at, 1, "no parenthesis is open that this one could close");
		r->waiting_count--;
		r->at++;
		return true;
	}
	if (!joins)
		return refuse(r, r->at, 1, "'&&', '||' or the end is expected here");
	*ret_is_term = false;
	r->at += 2;
	return waiting_settle(r, at[0]) && waiting_push(r, at[0], r->at - 2);
}

bool filter_read(const char *expression, enum filter_lines lines, struct filter_steps *ret, char error[FILTER_ERROR_MAX])
{
	struct reader r = { .expression = expression, .lines = lines, .steps = ret, .error = error };
	bool has_term = false;

	for (spaces_skip(&r); !has_term || expression[r.at] != '\0'; spaces_skip(&r)) {
		if (!(has_term ? joint_read(&r, &has_term) : term_read(&r, &has_term)))
			return false;
	}
	if (!waiting_settle(&r, ')'))
		return false;
	return r.waiting_count == 0 || refuse(&r, r.waiting_at[r.waiting_count - 1], 1, "this parenthesis is never closed");
}

void filter_steps_free(struct filter_steps *s)
{
	for (size_t i = 0; i < s->test_count; i++) {
		free(s->tests[i].operand);
		if (s->tests[i].has_regex)
			regfree(&s->tests[i].regex);
	}
	memset(s, 0, sizeof(*s));
}

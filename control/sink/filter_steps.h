/* SPDX-License-Identifier: BSD-3-Clause */
/* An expression after it was read: tests, and the order in which they are joined. Private to the filter. */
#ifndef SIGCANARY_SINK_FILTER_STEPS_H
#define SIGCANARY_SINK_FILTER_STEPS_H

#include <regex.h>

#include "control/sink/filter_field.h"

#define FILTER_TESTS_MAX 64
#define FILTER_DEPTH_MAX 64 /* operators and parentheses that wait at once, and results */
#define FILTER_STEPS_MAX (4 * FILTER_TESTS_MAX)

enum filter_comparison {
	FILTER_EXISTS, /* a field alone */
	FILTER_EQUAL,
	FILTER_NOT_EQUAL, /* there, and no value is equal */
	FILTER_LESS,
	FILTER_LESS_OR_EQUAL,
	FILTER_GREATER,
	FILTER_GREATER_OR_EQUAL,
	FILTER_LIKE, /* a POSIX extended regular expression */
};

struct filter_test {
	struct filter_field field;
	enum filter_comparison comparison;
	char *operand; /* NULL with FILTER_EXISTS */
	double number;
	bool is_number; /* the operand is one */
	bool has_regex;
	regex_t regex;
};

/* In the order of their results: operands before what joins them, so that no step needs to know its depth. */
enum filter_step_kind { FILTER_STEP_TEST, FILTER_STEP_NOT, FILTER_STEP_AND, FILTER_STEP_OR };

struct filter_step {
	enum filter_step_kind kind;
	size_t test;
};

struct filter_steps {
	struct filter_test tests[FILTER_TESTS_MAX];
	size_t test_count;
	struct filter_step steps[FILTER_STEPS_MAX];
	size_t step_count;
};

/* Reads an expression; false with the words of filter_new(). What is in `ret` is to be freed in any case; it must be zero before. */
bool filter_read(const char *expression, enum filter_lines lines, struct filter_steps *ret, char error[FILTER_ERROR_MAX]);
void filter_steps_free(struct filter_steps *s);

#endif

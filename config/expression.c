/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks an expression by compiling it, because only Hyperscan knows what Hyperscan takes. Called by control while a configuration is
 * read; the compiled form is thrown away (segments are compiled together later, by dataplane/segment).
 *
 * Refused besides what Hyperscan refuses: expressions of more than EXPRESSION_LENGTH_MAX bytes, and those that match the empty text, which
 * would make everything a member. Hyperscan says positions only in words ("... at index 3."); they are taken from there.
 */
#include "config/expression.h"

#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned int expression_flags(enum plan_field field)
{
	bool is_name = field == PLAN_FIELD_HOST || field == PLAN_FIELD_REALM || field == PLAN_FIELD_APN;

	return HS_FLAG_SINGLEMATCH | (is_name ? HS_FLAG_CASELESS : 0);
}

static void error_copy(char error[EXPRESSION_ERROR_MAX], const char *words)
{
	size_t length = strlen(words);

	if (length > 0 && words[length - 1] == '.')
		length--;
	snprintf(error, EXPRESSION_ERROR_MAX, "%.*s", (int)length, words);
}

static bool error_take(const hs_compile_error_t *failure, char error[EXPRESSION_ERROR_MAX], size_t *ret_index)
{
	const char *index = strstr(failure->message, " index ");

	if (strstr(failure->message, "matches empty buffer"))
		error_copy(error, "the expression matches the empty text, so everything would be a member");
	else
		error_copy(error, failure->message);
	*ret_index = index ? strtoul(index + strlen(" index "), NULL, 10) : 0;
	return false;
}

bool expression_check(const char *expression, enum plan_field field, char error[EXPRESSION_ERROR_MAX], size_t *ret_index)
{
	hs_database_t *database = NULL;
	hs_compile_error_t *failure = NULL;
	bool is_good = false;

	*ret_index = 0;
	if (strlen(expression) > EXPRESSION_LENGTH_MAX) {
		error_copy(error, "the expression is longer than 1000 bytes");
		return false;
	}
	is_good = hs_compile(expression, expression_flags(field), HS_MODE_BLOCK, NULL, &database, &failure) == HS_SUCCESS;
	if (!is_good && failure)
		error_take(failure, error, ret_index);
	else if (!is_good)
		error_copy(error, "Hyperscan gives no reason");
	hs_free_compile_error(failure);
	hs_free_database(database);
	return is_good;
}

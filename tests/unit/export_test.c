/* SPDX-License-Identifier: BSD-3-Clause */
/* control/command/export_row: a cell stays a cell, whatever the wire has put into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "control/command/export_row.h"

static const char *const columns[] = { "a", "b", NULL };

static void row_is(enum export_form form, const char *json, const char *wanted)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct export_table table = { .form = form, .columns = columns, .out = out };
	json_t *row = json_loads(json, 0, NULL);

	assert_non_null(out);
	assert_non_null(row);
	export_row(&table, row);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
	json_decref(row);
}

static void a_quotation_mark_begins_nothing_in_tsv(void **state)
{
	(void)state;
	row_is(EXPORT_TSV, "{\"a\":\"\\\"x\",\"b\":2}", "'\"x\t2\n");
	row_is(EXPORT_TSV, "{\"a\":\"\\t \\\"x\",\"b\":\"y\\\"z\"}", "'  \"x\ty\"z\n");
	row_is(EXPORT_TSV, "{\"a\":[\"\\\"x\",\"\\\"y\"],\"b\":[]}", "'\"x \"y\t\n");
	row_is(EXPORT_CSV, "{\"a\":\"\\\"x\",\"b\":2}", "\"\"\"x\",2\n");
}

static void what_looks_like_a_formula_is_text(void **state)
{
	(void)state;
	row_is(EXPORT_CSV, "{\"a\":\"=1+1\",\"b\":\"+,\"}", "'=1+1,\"'+,\"\n");
	row_is(EXPORT_TSV, "{\"a\":\"\\r\\n@x\",\"b\":\"-\"}", "'  @x\t'-\n");
	row_is(EXPORT_CSV, "{\"a\":\"a=1\",\"b\":-5}", "a=1,-5\n");
}

static void a_list_is_one_cell(void **state)
{
	(void)state;
	row_is(EXPORT_CSV, "{\"a\":[\"x,y\",\"z\",3],\"b\":[1,2.5]}", "\"x,y z 3\",1 2.5\n");
	row_is(EXPORT_CSV, "{\"a\":[\"x\",\"=y\"],\"b\":null}", "x =y,\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quotation_mark_begins_nothing_in_tsv),
		cmocka_unit_test(what_looks_like_a_formula_is_text),
		cmocka_unit_test(a_list_is_one_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

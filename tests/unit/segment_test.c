/* SPDX-License-Identifier: BSD-3-Clause */
/* Membership in segments: digits, point codes, expressions, and that reversed expressions match exactly what the written ones match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <hs/hs.h>

#include "config/expression.h"
#include "dataplane/segment/match.h"
#include "dataplane/segment/segment.h"

static digits number_of(const char *text)
{
	digits number = 0;

	assert_true(digits_read_text(text, strlen(text), &number));
	return number;
}

static struct cursor window_of(const char *text)
{
	return cursor_of((const uint8_t *)text, strlen(text));
}

static uint64_t scan(const struct segments *s, enum plan_field field, const char *text)
{
	struct hs_scratch *scratch = NULL;
	struct cursor window = window_of(text);
	uint64_t found = 0;

	assert_true(segments_scratch(s, &scratch));
	found = segments_of_text(s, field, &window, scratch);
	hs_free_scratch(scratch);
	return found;
}

/* One segment per expression. */
static struct segments *segments_of_expressions(enum plan_field field, const char *const *expressions, size_t count)
{
	struct plan_pattern patterns[PLAN_SEGMENTS_MAX];
	struct plan_segment list[PLAN_SEGMENTS_MAX];
	struct plan plan = { .segments = list, .segment_count = count };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = NULL;

	for (size_t i = 0; i < count; i++) {
		patterns[i] = (struct plan_pattern){ .field = field, .expression = expressions[i] };
		list[i] = (struct plan_segment){ .name = "x", .label = "x", .patterns = &patterns[i], .pattern_count = 1 };
	}
	s = segments_new(&plan, error);
	assert_string_equal(error, "");
	assert_non_null(s);
	return s;
}

static void digits_and_point_codes_of_the_fields_do_not_mix(void **state)
{
	const struct plan_pattern first[] = { { .field = PLAN_FIELD_IMSI, .prefix = number_of("23410") },
					      { .field = PLAN_FIELD_POINT_CODE, .number = 2057 },
					      { .field = PLAN_FIELD_POINT_CODE, .number = 5 } };
	const struct plan_pattern second[] = { { .field = PLAN_FIELD_MSISDN, .prefix = number_of("23410") },
					       { .field = PLAN_FIELD_IMSI, .prefix = number_of("2341060") },
					       { .field = PLAN_FIELD_GLOBAL_TITLE, .prefix = number_of("447802") },
					       { .field = PLAN_FIELD_POINT_CODE, .number = 2057 } };
	const struct plan_segment list[] = { { .name = "a", .label = "a", .patterns = first, .pattern_count = 3 },
					     { .name = "b", .label = "b", .patterns = second, .pattern_count = 4 } };
	struct plan plan = { .segments = list, .segment_count = 2 };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = segments_new(&plan, error);

	(void)state;
	assert_non_null(s);
	assert_int_equal(segments_of_imsi(s, number_of("234101111111111")), 1);
	assert_int_equal(segments_of_imsi(s, number_of("234106011111111")), 3);
	assert_int_equal(segments_of_msisdn(s, number_of("234106011111111")), 2);
	assert_int_equal(segments_of_title(s, number_of("447802000001")), 2);
	assert_int_equal(segments_of_imsi(s, number_of("447802000001")), 0);
	assert_int_equal(segments_of_point_code(s, 2057), 3);
	assert_int_equal(segments_of_point_code(s, 5), 1);
	assert_int_equal(segments_of_point_code(s, 6), 0);
	segments_free(s);
}

static void a_plan_without_segments_has_no_members(void **state)
{
	struct plan plan = { .segments = NULL };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = segments_new(&plan, error);

	(void)state;
	assert_non_null(s);
	assert_int_equal(segments_of_imsi(s, number_of("23410")), 0);
	assert_int_equal(segments_of_point_code(s, 0), 0);
	assert_int_equal(scan(s, PLAN_FIELD_HOST, "hss1"), 0);
	segments_free(s);
	segments_free(NULL);
}

static void expressions_match_names_without_case(void **state)
{
	static const char *const hosts[] = { "^hss[0-9]+\\.", "\\.mnc010\\.mcc234\\.3gppnetwork\\.org$", "mme" };
	static const char *const titles[] = { "^4478.*1$" };
	struct segments *s = segments_of_expressions(PLAN_FIELD_HOST, hosts, 3);

	(void)state;
	assert_int_equal(scan(s, PLAN_FIELD_HOST, "hss1.epc.mnc010.mcc234.3gppnetwork.org"), 3);
	assert_int_equal(scan(s, PLAN_FIELD_HOST, "HSS1.EPC.MNC010.MCC234.3GPPNETWORK.ORG"), 3);
	assert_int_equal(scan(s, PLAN_FIELD_HOST, "mme1.epc.mnc015.mcc234.3gppnetwork.org"), 4);
	assert_int_equal(scan(s, PLAN_FIELD_HOST, "x.epc.mnc010.mcc234.3gppnetwork.org.evil"), 0);
	assert_int_equal(scan(s, PLAN_FIELD_REALM, "hss1.epc.mnc010.mcc234.3gppnetwork.org"), 0);
	assert_int_equal(scan(s, PLAN_FIELD_HOST, ""), 0);
	segments_free(s);
	s = segments_of_expressions(PLAN_FIELD_GLOBAL_TITLE, titles, 1);
	assert_int_equal(scan(s, PLAN_FIELD_GLOBAL_TITLE, "447802000001"), 1);
	assert_int_equal(scan(s, PLAN_FIELD_GLOBAL_TITLE, "447802000002"), 0);
	segments_free(s);
}

static void two_patterns_of_a_segment_are_one_membership(void **state)
{
	const struct plan_pattern patterns[] = { { .field = PLAN_FIELD_APN, .expression = "^mobile\\." },
						 { .field = PLAN_FIELD_APN, .expression = "o2" } };
	const struct plan_segment list[] = { { .name = "a", .label = "a" },
					     { .name = "b", .label = "b", .patterns = patterns, .pattern_count = 2 } };
	struct plan plan = { .segments = list, .segment_count = 2 };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = segments_new(&plan, error);

	(void)state;
	assert_non_null(s);
	assert_int_equal(scan(s, PLAN_FIELD_APN, "mobile.o2.co.uk"), 2);
	assert_int_equal(scan(s, PLAN_FIELD_APN, "payandgo.o2.co.uk"), 2);
	assert_int_equal(scan(s, PLAN_FIELD_APN, "internet"), 0);
	segments_free(s);
}

static void an_expression_that_does_not_compile_names_its_place(void **state)
{
	const struct plan_pattern patterns[] = {
		{ .field = PLAN_FIELD_HOST, .expression = "good", .line = 6, .column = 9 },
		{ .field = PLAN_FIELD_HOST, .expression = "bad(", .line = 7, .column = 9 },
	};
	const struct plan_segment list[] = { { .name = "partners", .label = "x", .patterns = patterns, .pattern_count = 2 } };
	struct plan plan = { .segments = list, .segment_count = 1 };
	char error[SEGMENT_ERROR_MAX] = "";

	(void)state;
	assert_null(segments_new(&plan, error));
	assert_string_equal(error, "segment 'partners', line 7, column 9: the expression 'bad(' does not compile: "
				   "Missing close parenthesis for group started at index 3.");
}

static void only_literals_at_the_end_are_reversed(void **state)
{
	static const char *const refused[] = {
		"",  "abc",  "^abc$", "a.c$",   "a+$",   "[ab]$", "(ab)$", "a|b$",      "ab\\d$", "a\\$",
		"$", "ab$$", ".*$",   "\\Aab$", "a{2}$", "ab\\",  "a b$",  "\xc3\xa9$", ".+ab$",  "(?i)ab$"
	};
	char reversed[REVERSED_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(expression_reverse(refused[i], reversed));
	assert_true(expression_reverse("\\.mnc010\\.org$", reversed));
	assert_string_equal(reversed, "^\\n?gro\\.010cnm\\.");
	assert_true(expression_reverse(".*-x_1$", reversed));
	assert_string_equal(reversed, "^\\n?1\\_x\\-");
}

/* What Hyperscan itself says about the expression as written. */
static uint64_t scan_plainly(const char *expression, const char *text, size_t length);

static int match_count(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(uint64_t *)context;
	return 0;
}

static uint64_t scan_plainly(const char *expression, const char *text, size_t length)
{
	static hs_database_t *database;
	static hs_scratch_t *scratch;
	static const char *compiled;
	hs_compile_error_t *failure = NULL;
	uint64_t count = 0;

	if (compiled != expression) {
		hs_free_database(database);
		database = NULL;
		compiled = expression;
		if (expression) {
			assert_int_equal(
				hs_compile(expression, expression_flags(PLAN_FIELD_HOST), HS_MODE_BLOCK, NULL, &database, &failure),
				HS_SUCCESS);
			assert_int_equal(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
		} else {
			hs_free_scratch(scratch);
			scratch = NULL;
		}
	}
	if (expression)
		hs_scan(database, text, (unsigned int)length, 0, scratch, match_count, &count);
	return count ? 1 : 0;
}

static void a_reversed_expression_matches_exactly_what_the_written_one_does(void **state)
{
	static const char *const expressions[] = { "aba$", ".*ab$", "\\.b$", "a$", ".*b\\.a$", "ABA$" };
	static const char letters[] = { 'a', 'b', 'A', '.', '\n' };

	(void)state;
	for (size_t e = 0; e < sizeof(expressions) / sizeof(expressions[0]); e++) {
		struct segments *s = segments_of_expressions(PLAN_FIELD_HOST, &expressions[e], 1);
		struct hs_scratch *scratch = NULL;
		char reversed[REVERSED_MAX];
		size_t members = 0;

		assert_true(expression_reverse(expressions[e], reversed));
		assert_true(segments_scratch(s, &scratch));
		/* All texts of one to five of the letters. */
		for (size_t length = 1; length <= 5; length++) {
			size_t all = 1;

			for (size_t i = 0; i < length; i++)
				all *= sizeof(letters);
			for (size_t number = 0; number < all; number++) {
				uint8_t text[5];
				struct cursor window = cursor_of(text, length);
				size_t rest = number;
				uint64_t found = 0;

				for (size_t i = 0; i < length; i++, rest /= sizeof(letters))
					text[i] = (uint8_t)letters[rest % sizeof(letters)];
				found = segments_of_text(s, PLAN_FIELD_HOST, &window, scratch);
				assert_int_equal(found, scan_plainly(expressions[e], (const char *)text, length));
				members += found;
			}
		}
		assert_true(members > 0);
		hs_free_scratch(scratch);
		segments_free(s);
	}
	scan_plainly(NULL, NULL, 0);
}

static void segment_sixty_three_has_a_bit_of_its_own(void **state)
{
	const char *expressions[PLAN_SEGMENTS_MAX];
	char text[PLAN_SEGMENTS_MAX][16];
	struct segments *s = NULL;

	(void)state;
	for (int i = 0; i < PLAN_SEGMENTS_MAX; i++) {
		snprintf(text[i], sizeof(text[i]), "^n%d\\.", i);
		expressions[i] = text[i];
	}
	s = segments_of_expressions(PLAN_FIELD_REALM, expressions, PLAN_SEGMENTS_MAX);
	assert_true(scan(s, PLAN_FIELD_REALM, "n63.example") == UINT64_C(1) << 63);
	assert_true(scan(s, PLAN_FIELD_REALM, "n0.example") == 1);
	segments_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_and_point_codes_of_the_fields_do_not_mix),
		cmocka_unit_test(a_plan_without_segments_has_no_members),
		cmocka_unit_test(expressions_match_names_without_case),
		cmocka_unit_test(two_patterns_of_a_segment_are_one_membership),
		cmocka_unit_test(an_expression_that_does_not_compile_names_its_place),
		cmocka_unit_test(only_literals_at_the_end_are_reversed),
		cmocka_unit_test(a_reversed_expression_matches_exactly_what_the_written_one_does),
		cmocka_unit_test(segment_sixty_three_has_a_bit_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of names: one identity per name, membership remembered and renewed, bounded, readable while it grows. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/segment/segment.h"

static const struct hash_key key = { { 1, 2 } };

static struct segments *segments_of_expression(enum plan_field field, const char *expression)
{
	const struct plan_pattern pattern = { .field = field, .expression = expression };
	const struct plan_segment list[] = { { .name = "a", .label = "a", .patterns = &pattern, .pattern_count = 1 } };
	struct plan plan = { .segments = list, .segment_count = 1 };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = segments_new(&plan, error);

	assert_string_equal(error, "");
	assert_non_null(s);
	return s;
}

static struct name look_up(struct names *n, enum plan_field field, const char *text)
{
	struct cursor window = cursor_of((const uint8_t *)text, strlen(text));

	return names_of_text(n, field, &window);
}

static void a_name_is_the_same_node_in_any_case(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "\\.o2\\.co\\.uk$");
	struct names *n = names_new(s, &key, 100);
	struct names *other = names_new(s, &key, 7);
	struct name first = look_up(n, PLAN_FIELD_HOST, "HSS1.o2.co.uk");

	(void)state;
	assert_int_equal(node_kind(first.node), NODE_HOST);
	assert_int_equal(first.segments, 1);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "hss1.O2.co.UK").node, first.node);
	assert_int_equal(look_up(other, PLAN_FIELD_HOST, "hss1.o2.co.uk").node, first.node);
	assert_int_not_equal(look_up(n, PLAN_FIELD_HOST, "hss2.o2.co.uk").node, first.node);
	assert_int_equal(names_count(n), 2);
	assert_string_equal(names_text(n, first.node), "hss1.o2.co.uk"); /* whichever worker saw which spelling first */
	assert_null(names_text(n, first.node ^ 1));
	assert_null(names_text(n, node_of_point_code(5)));
	assert_null(names_text(n, 0));
	names_free(n);
	names_free(other);
	names_free(NULL);
	segments_free(s);
}

static void letters_beyond_ascii_and_signs_are_not_folded(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "x");
	struct names *n = names_new(s, &key, 10);

	(void)state;
	assert_int_not_equal(look_up(n, PLAN_FIELD_HOST, "a[").node, look_up(n, PLAN_FIELD_HOST, "a{").node);
	assert_int_not_equal(look_up(n, PLAN_FIELD_HOST, "\xc3\x89").node, look_up(n, PLAN_FIELD_HOST, "\xc3\xa9").node);
	names_free(n);
	segments_free(s);
}

static void one_text_in_two_fields_has_two_memberships(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_REALM, "o2");
	struct names *n = names_new(s, &key, 10);

	(void)state;
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "o2.co.uk").segments, 0);
	assert_int_equal(look_up(n, PLAN_FIELD_REALM, "o2.co.uk").segments, 1);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "o2.co.uk").segments, 0);
	assert_int_equal(look_up(n, PLAN_FIELD_REALM, "o2.co.uk").segments, 1);
	assert_int_equal(names_count(n), 2);
	names_free(n);
	segments_free(s);
}

static void no_name_is_no_node(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "x");
	struct names *n = names_new(s, &key, 10);

	(void)state;
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "").node, 0);
	assert_int_equal(names_of_global_title(n, 0).node, 0);
	assert_int_equal(names_count(n), 0);
	assert_int_equal(names_refused(n), 0);
	assert_null(names_new(s, &key, 0));
	names_free(n);
	segments_free(s);
}

static void a_full_table_still_judges_and_counts_what_it_cannot_keep(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "^in");
	struct names *n = names_new(s, &key, 2);
	node kept = look_up(n, PLAN_FIELD_HOST, "in1").node;
	node lost = 0;

	(void)state;
	look_up(n, PLAN_FIELD_HOST, "out1");
	assert_int_equal(names_refused(n), 0);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "in2").segments, 1);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "out2").segments, 0);
	lost = look_up(n, PLAN_FIELD_HOST, "in2").node;
	assert_int_equal(names_count(n), 2);
	assert_int_equal(names_refused(n), 3);
	assert_null(names_text(n, lost));
	assert_string_equal(names_text(n, kept), "in1");
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "in1").segments, 1);
	assert_int_equal(names_refused(n), 3);
	names_free(n);
	segments_free(s);
}

static void long_names_use_the_text_up_before_the_entries(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "^a");
	struct names *n = names_new(s, &key, 8); /* 8 * 64 + 256 octets of text: three of these */
	char text[256];

	(void)state;
	memset(text, 'a', 255);
	text[255] = '\0';
	for (char c = '0'; c < '5'; c++) {
		text[254] = c;
		assert_int_equal(look_up(n, PLAN_FIELD_HOST, text).segments, 1);
	}
	assert_int_equal(names_count(n), 3);
	assert_int_equal(names_refused(n), 2);
	names_free(n);
	segments_free(s);
}

static void what_is_too_long_for_a_domain_name_belongs_nowhere(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "^a");
	struct names *n = names_new(s, &key, 8);
	char text[300];

	(void)state;
	memset(text, 'a', 256);
	text[256] = '\0';
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, text).segments, 0);
	assert_int_equal(node_kind(look_up(n, PLAN_FIELD_HOST, text).node), NODE_HOST);
	assert_int_equal(names_count(n), 0);
	assert_int_equal(names_refused(n), 2);
	names_free(n);
	segments_free(s);
}

static void after_a_renewal_each_name_is_judged_anew(void **state)
{
	struct segments *before = segments_of_expression(PLAN_FIELD_HOST, "^a");
	struct segments *after = segments_of_expression(PLAN_FIELD_HOST, "(b|x[0-9]{3,9}y)c$");
	struct names *n = names_new(before, &key, 8);
	node abc = look_up(n, PLAN_FIELD_HOST, "abc").node;

	(void)state;
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "a").segments, 1);
	names_renew(n, after);
	segments_free(before);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "a").segments, 0);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "bc").segments, 1);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "abc").segments, 1);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "abc").node, abc);
	assert_int_equal(names_count(n), 3);
	names_free(n);
	segments_free(after);
}

static void global_titles_go_by_digits_and_by_expression(void **state)
{
	digits slough = 0;
	digits other = 0;
	const struct plan_pattern expression = { .field = PLAN_FIELD_GLOBAL_TITLE, .expression = "1$" };
	struct plan_pattern prefix = { .field = PLAN_FIELD_GLOBAL_TITLE };
	const struct plan_segment list[] = { { .name = "a", .label = "a", .patterns = &expression, .pattern_count = 1 },
					     { .name = "b", .label = "b", .patterns = &prefix, .pattern_count = 1 } };
	struct plan plan = { .segments = list, .segment_count = 2 };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = NULL;
	struct names *n = NULL;

	(void)state;
	assert_true(digits_read_text("447802", 6, &prefix.prefix));
	assert_true(digits_read_text("447802000001", 12, &slough));
	assert_true(digits_read_text("33689000001", 11, &other));
	s = segments_new(&plan, error);
	assert_non_null(s);
	n = names_new(s, &key, 10);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(names_of_global_title(n, slough).segments, 3);
		assert_int_equal(names_of_global_title(n, slough).node, node_of_digits(slough));
		assert_int_equal(names_of_global_title(n, other).segments, 1);
	}
	assert_int_equal(names_count(n), 2);
	names_free(n);
	segments_free(s);
}

#define GROWING_NAMES 20000

static void *names_grow(void *argument)
{
	struct names *n = argument;

	for (int i = 0; i < GROWING_NAMES; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host%d.example", i);
		look_up(n, PLAN_FIELD_HOST, text);
	}
	return NULL;
}

static void texts_are_readable_while_the_table_grows(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_REALM, "x");
	struct names *n = names_new(s, &key, GROWING_NAMES);
	struct names *elsewhere = names_new(s, &key, GROWING_NAMES);
	node nodes[64];
	char texts[64][32];
	pthread_t worker;

	(void)state;
	for (int i = 0; i < 64; i++) {
		snprintf(texts[i], sizeof(texts[i]), "host%d.example", i * (GROWING_NAMES / 64));
		nodes[i] = look_up(elsewhere, PLAN_FIELD_HOST, texts[i]).node;
	}
	assert_int_equal(pthread_create(&worker, NULL, names_grow, n), 0);
	while (names_count(n) < GROWING_NAMES) {
		for (int i = 0; i < 64; i++) {
			const char *text = names_text(n, nodes[i]);

			if (text)
				assert_string_equal(text, texts[i]);
		}
	}
	pthread_join(worker, NULL);
	for (int i = 0; i < 64; i++)
		assert_string_equal(names_text(n, nodes[i]), texts[i]);
	names_free(n);
	names_free(elsewhere);
	segments_free(s);
}

/* The text in memory of exactly its size, so that a sanitizer sees a read beyond it. */
static struct name look_up_exactly(struct names *n, enum plan_field field, const char *text, size_t length)
{
	uint8_t *exact = malloc(length);
	struct cursor window = cursor_of(exact, length);
	struct name name;

	assert_non_null(exact);
	memcpy(exact, text, length);
	name = names_of_text(n, field, &window);
	free(exact);
	return name;
}

static void assert_same(struct name a, struct name b)
{
	assert_int_equal(a.node, b.node);
	assert_int_equal(a.segments, b.segments);
}

static void names_of_every_length_are_the_same_when_seen_again(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "z$");
	struct names *n = names_new(s, &key, 2000);
	struct name names[300];
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i % 5 == 4 ? 'z' : 'a' + (int)(i * 7 % 23));
	for (size_t length = 1; length < sizeof(text); length++)
		names[length] = look_up_exactly(n, PLAN_FIELD_HOST, text, length);
	for (int again = 0; again < 3; again++) {
		for (size_t length = 1; length < sizeof(text); length++) {
			assert_same(look_up_exactly(n, PLAN_FIELD_HOST, text, length), names[length]);
			assert_int_equal(names[length].segments, length < 256 && text[length - 1] == 'z');
		}
	}
	names_free(n);
	segments_free(s);
}

/* Every octet of a name counts, also of one that was just seen. */
static void a_name_that_differs_in_one_octet_is_another(void **state)
{
	static const size_t lengths[] = { 1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 66, 67, 90, 104, 105, 200, 255 };
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "x");
	struct names *n = names_new(s, &key, 4000);
	char text[256];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct name whole = look_up_exactly(n, PLAN_FIELD_HOST, text, lengths[i]);

		for (size_t at = 0; at < lengths[i]; at++) {
			text[at] = 'b';
			assert_int_not_equal(look_up_exactly(n, PLAN_FIELD_HOST, text, lengths[i]).node, whole.node);
			text[at] = 'A';
			assert_int_equal(look_up_exactly(n, PLAN_FIELD_HOST, text, lengths[i]).node, whole.node);
			text[at] = 'a';
			assert_int_equal(look_up_exactly(n, PLAN_FIELD_HOST, text, lengths[i]).node, whole.node);
		}
	}
	names_free(n);
	segments_free(s);
}

/* Far more than stand in front: what is driven out comes back as it was. */
static void names_and_titles_that_were_driven_out_are_read_again(void **state)
{
	struct segments *s = segments_of_expression(PLAN_FIELD_HOST, "^mme[0-9]*7\\.");
	struct names *n = names_new(s, &key, 20000);
	struct names *fresh = names_new(s, &key, 20000);
	char text[64];

	(void)state;
	for (int again = 0; again < 2; again++) {
		for (unsigned int i = 0; i < 20000; i++) {
			digits title = 0;
			size_t length = (size_t)snprintf(text, sizeof(text), "mme%05u.epc.mnc010.mcc234.3gppnetwork.org", i);

			assert_same(look_up_exactly(n, PLAN_FIELD_HOST, text, length),
				    look_up_exactly(fresh, PLAN_FIELD_HOST, text, length));
			assert_int_equal(look_up(n, PLAN_FIELD_HOST, text).segments, i % 10 == 7);
			snprintf(text, sizeof(text), "4478020%05u", i);
			assert_true(digits_read_text(text, strlen(text), &title));
			assert_int_equal(names_of_global_title(n, title).node, node_of_digits(title));
		}
	}
	assert_int_equal(names_count(n), 20000);
	assert_int_equal(names_refused(n), 0);
	names_free(n);
	names_free(fresh);
	segments_free(s);
}

static void a_reload_reaches_names_and_titles_that_stand_in_front(void **state)
{
	const struct plan_pattern patterns[] = { { .field = PLAN_FIELD_HOST, .expression = "^hss" },
						 { .field = PLAN_FIELD_GLOBAL_TITLE, .expression = "^44" } };
	const struct plan_segment list[] = { { .name = "a", .label = "a", .patterns = patterns, .pattern_count = 2 } };
	struct plan with = { .segments = list, .segment_count = 1 };
	struct plan without = { .segment_count = 0 };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *old = segments_new(&with, error);
	struct segments *new = segments_new(&without, error);
	struct names *n = names_new(old, &key, 100);
	digits title = 0;

	(void)state;
	assert_true(digits_read_text("447802000001", 12, &title));
	for (int again = 0; again < 2; again++) {
		assert_int_equal(look_up(n, PLAN_FIELD_HOST, "hss1.epc.mnc010.mcc234.3gppnetwork.org").segments, 1);
		assert_int_equal(names_of_global_title(n, title).segments, 1);
	}
	names_renew(n, new);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(look_up(n, PLAN_FIELD_HOST, "hss1.epc.mnc010.mcc234.3gppnetwork.org").segments, 0);
		assert_int_equal(names_of_global_title(n, title).segments, 0);
	}
	names_renew(n, old);
	assert_int_equal(look_up(n, PLAN_FIELD_HOST, "hss1.epc.mnc010.mcc234.3gppnetwork.org").segments, 1);
	assert_int_equal(names_of_global_title(n, title).segments, 1);
	names_free(n);
	segments_free(old);
	segments_free(new);
}

static void addresses_are_nodes_and_those_of_16_octets_have_a_text(void **state)
{
	const struct ip_address four = { { [10] = 0xff, [11] = 0xff, [12] = 10, [13] = 20, [15] = 255 } };
	const struct ip_address six = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	const struct ip_address other = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } };
	struct plan plan = { .segment_count = 0 };
	char error[SEGMENT_ERROR_MAX] = "";
	struct segments *s = segments_new(&plan, error);
	struct names *n = names_new(s, &key, 1);
	char text[NODE_TEXT_MAX];

	(void)state;
	assert_non_null(n);
	assert_int_equal(names_of_address(n, &four), node_of_ipv4(0x0a1400ff));
	assert_int_equal(node_write(names_of_address(n, &four), text), 11);
	assert_string_equal(text, "10.20.0.255");
	assert_null(names_text(n, names_of_address(n, &four)));
	for (int twice = 0; twice < 2; twice++)
		assert_string_equal(names_text(n, names_of_address(n, &six)), "2001:db8::1");
	assert_int_equal(names_count(n), 1);
	assert_int_equal(names_refused(n), 0);
	assert_int_not_equal(names_of_address(n, &other), names_of_address(n, &six));
	assert_null(names_text(n, names_of_address(n, &other)));
	assert_int_equal(node_write(names_of_address(n, &other), text), 20);
	assert_int_equal(names_refused(n), 3);
	names_free(n);
	segments_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_same_node_in_any_case),
		cmocka_unit_test(letters_beyond_ascii_and_signs_are_not_folded),
		cmocka_unit_test(one_text_in_two_fields_has_two_memberships),
		cmocka_unit_test(no_name_is_no_node),
		cmocka_unit_test(a_full_table_still_judges_and_counts_what_it_cannot_keep),
		cmocka_unit_test(long_names_use_the_text_up_before_the_entries),
		cmocka_unit_test(what_is_too_long_for_a_domain_name_belongs_nowhere),
		cmocka_unit_test(after_a_renewal_each_name_is_judged_anew),
		cmocka_unit_test(global_titles_go_by_digits_and_by_expression),
		cmocka_unit_test(texts_are_readable_while_the_table_grows),
		cmocka_unit_test(names_of_every_length_are_the_same_when_seen_again),
		cmocka_unit_test(a_name_that_differs_in_one_octet_is_another),
		cmocka_unit_test(names_and_titles_that_were_driven_out_are_read_again),
		cmocka_unit_test(a_reload_reaches_names_and_titles_that_stand_in_front),
		cmocka_unit_test(addresses_are_nodes_and_those_of_16_octets_have_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The frames without a network layer of dataplane/link/bare from bytes written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/link/bare.h"

#define END 0, 0, 0, 0

static struct bare read_good(enum link_type type, const uint8_t *bytes, size_t length, size_t left)
{
	struct cursor c = cursor_of(bytes, length);
	struct bare bare = { 0 };

	assert_true(link_type_is_bare((uint8_t)type));
	assert_int_equal(bare_read(&c, type, &bare), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), left);
	return bare;
}

static void what_begins_with_signalling_has_nothing_before_it(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };

	(void)state;
	assert_int_equal(read_good(LINK_TYPE_MTP2, bytes, sizeof(bytes), 3).kind, BARE_MTP2);
	assert_int_equal(read_good(LINK_TYPE_MTP3, bytes, sizeof(bytes), 3).kind, BARE_MTP3);
	assert_int_equal(read_good(LINK_TYPE_SCCP, bytes, sizeof(bytes), 3).kind, BARE_SCCP);
	assert_int_equal(read_good(LINK_TYPE_SCTP, bytes, sizeof(bytes), 3).kind, BARE_SCTP);
	assert_false(link_type_is_bare(LINK_TYPE_ETHERNET) || link_type_is_bare(LINK_TYPE_UNSUPPORTED));
}

static void the_pseudo_header_of_mtp2_says_whether_annex_a_is_used(void **state)
{
	/* LINKTYPE_MTP2_WITH_PHDR: received, annex A, link 7. */
	static const uint8_t annex_a[] = { 1, 1, 0, 7, 0xaa };
	static const uint8_t basic[] = { 0, 0, 0, 7, 0xaa };
	static const uint8_t unknown[] = { 0, 2, 0, 7, 0xaa };
	struct bare bare;

	(void)state;
	bare = read_good(LINK_TYPE_MTP2_PSEUDO, annex_a, sizeof(annex_a), 1);
	assert_true(bare.kind == BARE_MTP2 && bare.is_extended);
	assert_false(read_good(LINK_TYPE_MTP2_PSEUDO, basic, sizeof(basic), 1).is_extended);
	assert_false(read_good(LINK_TYPE_MTP2_PSEUDO, unknown, sizeof(unknown), 1).is_extended);
	for (size_t length = 0; length < 4; length++) {
		struct cursor c = cursor_of(basic, length);

		assert_int_equal(bare_read(&c, LINK_TYPE_MTP2_PSEUDO, &bare), VERDICT_LINK_TRUNCATED);
		assert_ptr_equal(c.at, basic);
	}
}

/* exported_pdu_tlvs.h: dissector name, IPv4 addresses, port type SCTP, ports, end. */
static const uint8_t m3ua[] = { 0, 12, 0, 4, 'm', '3', 'u', 'a', 0, 20, 0, 4, 10,   0,    0, 1,  0, 21, 0, 4, 10,   0,    0,   2, 0, 24,
				0, 4,  0, 0, 0,   1,   0,   25,  0, 4,  0, 0, 0x0b, 0x59, 0, 26, 0, 4,  0, 0, 0x0b, 0x5a, END, 1, 0 };

static void an_export_says_what_it_is_and_whence(void **state)
{
	static const uint8_t source[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1 };
	struct bare bare;

	(void)state;
	bare = read_good(LINK_TYPE_EXPORTED, m3ua, sizeof(m3ua), 2);
	assert_int_equal(bare.kind, BARE_USER);
	assert_int_equal(bare.payload_protocol, 3);
	assert_memory_equal(bare.source.bytes, source, sizeof(source));
	assert_int_equal(bare.destination.bytes[15], 2);
	assert_int_equal(bare.source_port, 2905);
	assert_int_equal(bare.destination_port, 2906);
	for (size_t length = 0; length < sizeof(m3ua) - 2; length++) {
		struct cursor c = cursor_of(m3ua, length);
		struct bare untouched = { .payload_protocol = 77 };

		assert_int_equal(bare_read(&c, LINK_TYPE_EXPORTED, &untouched), VERDICT_LINK_TRUNCATED);
		assert_int_equal(untouched.payload_protocol, 77);
		assert_ptr_equal(c.at, m3ua);
	}
}

static void names_are_filled_up_with_zeros_and_whole(void **state)
{
	static const uint8_t sua[] = { 0, 12, 0, 4, 's', 'u', 'a', 0, END, 9 };
	static const uint8_t longer[] = { 0, 12, 0, 8, 's', 'c', 'c', 'p', 'x', 0, 0, 0, END, 9 };
	static const uint8_t nothing[] = { END, 9 };
	struct cursor c = cursor_of(longer, sizeof(longer));
	struct bare bare;

	(void)state;
	assert_int_equal(read_good(LINK_TYPE_EXPORTED, sua, sizeof(sua), 1).payload_protocol, 4);
	assert_int_equal(bare_read(&c, LINK_TYPE_EXPORTED, &bare), VERDICT_OTHER_LINK);
	c = cursor_of(nothing, sizeof(nothing));
	assert_int_equal(bare_read(&c, LINK_TYPE_EXPORTED, &bare), VERDICT_OTHER_LINK);
}

static void a_number_in_the_table_of_payload_protocols_is_enough(void **state)
{
	static const uint8_t s1ap[] = { 0, 14, 0, 8, 's', 'c', 't', 'p', '.', 'p', 'p', 'i', 0, 32, 0, 4, 0, 0, 0, 18, END };
	static const uint8_t other[] = { 0, 14, 0, 4, 'g', 's', 'm', 'x', 0, 32, 0, 4, 0, 0, 0, 18, END };
	struct cursor c = cursor_of(other, sizeof(other));
	struct bare bare;

	(void)state;
	bare = read_good(LINK_TYPE_EXPORTED, s1ap, sizeof(s1ap), 0);
	assert_true(bare.kind == BARE_USER && bare.payload_protocol == 18);
	assert_int_equal(bare_read(&c, LINK_TYPE_EXPORTED, &bare), VERDICT_OTHER_LINK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_begins_with_signalling_has_nothing_before_it),
		cmocka_unit_test(the_pseudo_header_of_mtp2_says_whether_annex_a_is_used),
		cmocka_unit_test(an_export_says_what_it_is_and_whence),
		cmocka_unit_test(names_are_filled_up_with_zeros_and_whole),
		cmocka_unit_test(a_number_in_the_table_of_payload_protocols_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

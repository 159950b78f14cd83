/* SPDX-License-Identifier: BSD-3-Clause */
/* The TCP header of RFC 9293 3.1, from bytes written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/transport/tcp.h"

static const uint8_t plain[] = {
	0x0f, 0x1c, 0xc3, 0x50, /* source port 3868, destination port 50000 */
	0xff, 0xff, 0xff, 0xfe, /* sequence number */
	0x00, 0x00, 0x00, 0x07, /* acknowledgement number */
	0x60, 0x18, 0x20, 0x00, /* data offset 6, PSH ACK, window */
	0xde, 0xad, 0x00, 0x00, /* a checksum that is wrong, urgent pointer */
	0x01, 0x01, 0x01, 0x00, /* options: NOP NOP NOP EOL */
	'a',  'b',  'c',
};

static void header_options_and_payload_are_told_apart(void **state)
{
	struct cursor c = cursor_of(plain, sizeof(plain));
	struct tcp tcp;

	(void)state;
	assert_int_equal(tcp_read(&c, &tcp), VERDICT_DECODED);
	assert_int_equal(tcp.source_port, 3868);
	assert_int_equal(tcp.destination_port, 50000);
	assert_int_equal(tcp.sequence, 0xfffffffe);
	assert_int_equal(tcp.acknowledgement, 7);
	assert_int_equal(tcp.flags, 0x18);
	assert_int_equal(cursor_left(&tcp.payload), 3);
	assert_memory_equal(tcp.payload.at, "abc", 3);
	assert_ptr_equal(c.at, tcp.payload.at);
}

static void every_cut_header_is_refused_and_touches_nothing(void **state)
{
	(void)state;
	for (size_t length = 0; length < 24; length++) {
		struct cursor c = cursor_of(plain, length);
		struct tcp tcp = { .sequence = 42 };

		assert_int_equal(tcp_read(&c, &tcp), length < 20 ? VERDICT_TCP_TRUNCATED : VERDICT_TCP_OFFSET);
		assert_int_equal(tcp.sequence, 42);
		assert_ptr_equal(c.at, plain);
	}
}

static void a_data_offset_below_five_words_is_refused(void **state)
{
	uint8_t bytes[sizeof(plain)];
	struct tcp tcp;

	(void)state;
	memcpy(bytes, plain, sizeof(bytes));
	for (uint8_t words = 0; words < 5; words++) {
		struct cursor c = cursor_of(bytes, sizeof(bytes));

		bytes[12] = (uint8_t)(words << 4);
		assert_int_equal(tcp_read(&c, &tcp), VERDICT_TCP_OFFSET);
	}
}

static void a_header_without_payload_has_an_empty_one(void **state)
{
	struct cursor c = cursor_of(plain, 24);
	struct tcp tcp;

	(void)state;
	assert_int_equal(tcp_read(&c, &tcp), VERDICT_DECODED);
	assert_int_equal(cursor_left(&tcp.payload), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_options_and_payload_are_told_apart),
		cmocka_unit_test(every_cut_header_is_refused_and_touches_nothing),
		cmocka_unit_test(a_data_offset_below_five_words_is_refused),
		cmocka_unit_test(a_header_without_payload_has_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

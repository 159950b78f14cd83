/* SPDX-License-Identifier: BSD-3-Clause */
/* control/hep: packets of HEP3, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "control/hep/hep.h"

static uint8_t packet[HEP_PACKET_MAX];

static void a_message_over_ipv4_is_these_chunks(void **state)
{
	static const struct ip_address from = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 0, 11 } };
	static const struct ip_address to = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 1, 1 } };
	static const uint8_t payload[] = { 1, 0, 1, 1 };
	const struct hep_message m = { .source = &from,
				       .destination = &to,
				       .source_port = 2905,
				       .destination_port = 2906,
				       .protocol = 132,
				       .type = HEP_M3UA,
				       .time = 1342008060 * NANOS_PER_S + 123456789,
				       .capture_id = 2001,
				       .password = "pw",
				       .correlation = "0a",
				       .payload = payload,
				       .payload_length = sizeof(payload) };
	static const uint8_t wanted[] = {
		'H', 'E', 'P', '3', 0, 116, 0,    0,    0,    1,    0, 7,  2,                             /* family: IPv4 */
		0,   0,   0,   3,   0, 10,  10,   20,   0,    11,                                         /* source */
		0,   0,   0,   4,   0, 10,  10,   20,   1,    1,                                          /* destination */
		0,   0,   0,   2,   0, 7,   132,                                                          /* SCTP */
		0,   0,   0,   7,   0, 8,   0x0b, 0x59,                                                   /* ports */
		0,   0,   0,   8,   0, 8,   0x0b, 0x5a, 0,    0,    0, 9,  0, 10, 0x4f, 0xfd, 0x6a, 0xfc, /* 1342008060 s */
		0,   0,   0,   10,  0, 10,  0,    1,    0xe2, 0x40,                                       /* 123456 us */
		0,   0,   0,   11,  0, 7,   9,                                                            /* M3UA */
		0,   0,   0,   12,  0, 10,  0,    0,    7,    0xd1,                                       /* capture agent 2001 */
		0,   0,   0,   14,  0, 8,   'p',  'w',  0,    0,    0, 17, 0, 8,  '0',  'a',              /* the transaction */
		0,   0,   0,   15,  0, 10,  1,    0,    1,    1,
	};

	(void)state;
	assert_int_equal(hep_write(&m, packet), sizeof(wanted));
	assert_memory_equal(packet + 6, wanted + 6, sizeof(wanted) - 6);
	assert_int_equal(packet[4] << 8 | packet[5], sizeof(wanted));
}

static void what_does_not_fit_is_not_sent(void **state)
{
	static const struct ip_address any;
	static uint8_t payload[65500];
	const struct hep_message m = {
		.source = &any, .destination = &any, .correlation = "", .payload = payload, .payload_length = sizeof(payload)
	};

	(void)state;
	assert_int_equal(hep_write(&m, packet), 0);
}

static void payload_protocols_have_the_types_of_the_specification(void **state)
{
	(void)state;
	assert_int_equal(hep_type_of(2), 0x08);
	assert_int_equal(hep_type_of(3), 0x09);
	assert_int_equal(hep_type_of(5), 0x0d);
	assert_int_equal(hep_type_of(46), HEP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_over_ipv4_is_these_chunks),
		cmocka_unit_test(what_does_not_fit_is_not_sent),
		cmocka_unit_test(payload_protocols_have_the_types_of_the_specification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

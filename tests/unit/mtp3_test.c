/* SPDX-License-Identifier: BSD-3-Clause */
/* MTP3 labels of four countries' kinds (Q.704 2.2), its own messages (Q.704 15, Q.707 5), and what ISUP and BICC begin with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/isup.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/mtp3_management.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

static void the_label_of_the_itu_has_14_bits_twice_and_four(void **state)
{
	static const uint8_t bytes[] = { 0x83, 0x39, 0x48, 0x64, 0x50, 0x09 }; /* national, SCCP; DPC 2105, OPC 401, SLS 5 */
	struct cursor c = CURSOR(bytes);
	struct mtp3 m;

	(void)state;
	assert_int_equal(mtp3_read(&c, MTP3_ITU, &m), VERDICT_DECODED);
	assert_int_equal(m.service_indicator, MTP3_SI_SCCP);
	assert_int_equal(m.network_indicator, 2);
	assert_int_equal(m.dpc, 2105);
	assert_int_equal(m.opc, 401);
	assert_int_equal(m.sls, 5);
	assert_int_equal(m.variant, MTP3_ITU);
	assert_int_equal(cursor_left(&c), 1);
}

static void the_label_of_ansi_has_members_first_and_an_octet_of_selection(void **state)
{
	static const uint8_t bytes[] = { 0xb3, 0x01, 0x02, 0xf5, 0x03, 0x04, 0xf6, 0xe7, 0x09 }; /* DPC 245-2-1, OPC 246-4-3 */
	struct cursor c = CURSOR(bytes);
	struct mtp3 m;

	(void)state;
	assert_int_equal(mtp3_read(&c, MTP3_ANSI, &m), VERDICT_DECODED);
	assert_int_equal(m.dpc, 0xf50201);
	assert_int_equal(m.opc, 0xf60403);
	assert_int_equal(m.sls, 0xe7);
	assert_int_equal(m.message_priority, 3);
	assert_int_equal(cursor_left(&c), 1);
	c = CURSOR(bytes);
	assert_int_equal(mtp3_read(&c, MTP3_CHINA, &m), VERDICT_DECODED);
	assert_int_equal(m.dpc, 0xf50201);
	assert_int_equal(m.sls, 7);
	assert_int_equal(m.message_priority, 0);
}

static void the_label_of_japan_has_16_bits(void **state)
{
	static const uint8_t bytes[] = { 0x85, 0x34, 0x12, 0x78, 0x56, 0x0b };
	struct cursor c = CURSOR(bytes);
	struct mtp3 m;

	(void)state;
	assert_int_equal(mtp3_read(&c, MTP3_JAPAN, &m), VERDICT_DECODED);
	assert_int_equal(m.service_indicator, MTP3_SI_ISUP);
	assert_int_equal(m.dpc, 0x1234);
	assert_int_equal(m.opc, 0x5678);
	assert_int_equal(m.sls, 11);
	assert_int_equal(cursor_left(&c), 0);
}

static void a_cut_label_is_refused_at_every_length(void **state)
{
	static const uint8_t bytes[8] = { 0x83 };
	static const size_t lengths[MTP3_VARIANTS] = { [MTP3_ITU] = 5, [MTP3_ANSI] = 8, [MTP3_CHINA] = 8, [MTP3_JAPAN] = 6 };

	(void)state;
	for (int variant = 0; variant < MTP3_VARIANTS; variant++) {
		for (size_t length = 0; length <= sizeof(bytes); length++) {
			struct cursor c = cursor_of(bytes, length);
			struct mtp3 m = { .opc = 77 };
			bool is_whole = length >= lengths[variant];

			assert_int_equal(mtp3_read(&c, (enum mtp3_variant)variant, &m),
					 is_whole ? VERDICT_DECODED : VERDICT_MTP3_TRUNCATED);
			assert_int_equal(m.opc, is_whole ? 0 : 77);
			assert_int_equal(cursor_left(&c), is_whole ? length - lengths[variant] : length);
		}
	}
}

static void transfer_prohibited_names_its_destination(void **state)
{
	static const uint8_t bytes[] = { 0x14, 0x39, 0x48 };            /* H1 1, H0 4 (15.7); 2105 */
	static const uint8_t bytes_ansi[] = { 0x14, 0x01, 0x02, 0xf5 }; /* the same in ANSI */
	static const struct mtp3 itu = { .variant = MTP3_ITU };
	static const struct mtp3 ansi = { .variant = MTP3_ANSI };
	struct cursor c = CURSOR(bytes);
	struct mtp3_management m;

	(void)state;
	assert_int_equal(mtp3_management_read(&c, &itu, &m), VERDICT_DECODED);
	assert_false(m.is_test);
	assert_int_equal(m.group, 4);
	assert_int_equal(m.message, 1);
	assert_true(m.has_point_code);
	assert_int_equal(m.point_code, 2105);
	c = CURSOR(bytes_ansi);
	assert_int_equal(mtp3_management_read(&c, &ansi, &m), VERDICT_DECODED);
	assert_int_equal(m.point_code, 0xf50201);
	c = cursor_of(bytes_ansi, 3);
	assert_int_equal(mtp3_management_read(&c, &ansi, &m), VERDICT_MTP3_MANAGEMENT);
	c = cursor_of(bytes, 2);
	assert_int_equal(mtp3_management_read(&c, &itu, &m), VERDICT_MTP3_MANAGEMENT);
	c = cursor_of(bytes, 0);
	assert_int_equal(mtp3_management_read(&c, &itu, &m), VERDICT_MTP3_MANAGEMENT);
}

static void transfer_controlled_has_a_status_and_upu_a_user(void **state)
{
	static const uint8_t controlled[] = { 0x23, 0x39, 0xc8 }; /* 15.7.3: 2105, status 3 */
	static const uint8_t controlled_ansi[] = { 0x23, 1, 2, 0xf5, 0x02 };
	static const uint8_t unavailable[] = { 0x1a, 0x39, 0x08, 0x23 }; /* 15.17: SCCP is inaccessible */
	static const struct mtp3 itu = { .variant = MTP3_ITU };
	static const struct mtp3 ansi = { .variant = MTP3_ANSI };
	struct cursor c = CURSOR(controlled);
	struct mtp3_management m;

	(void)state;
	assert_int_equal(mtp3_management_read(&c, &itu, &m), VERDICT_DECODED);
	assert_int_equal(m.point_code, 2105);
	assert_true(m.has_status && !m.has_user);
	assert_int_equal(m.status, 3);
	c = CURSOR(controlled_ansi);
	assert_int_equal(mtp3_management_read(&c, &ansi, &m), VERDICT_DECODED);
	assert_int_equal(m.status, 2);
	c = CURSOR(unavailable);
	assert_int_equal(mtp3_management_read(&c, &itu, &m), VERDICT_DECODED);
	assert_true(m.has_user && !m.has_status);
	assert_int_equal(m.user, MTP3_SI_SCCP);
	assert_int_equal(m.cause, 2);
}

static void changeover_and_link_tests_name_no_destination(void **state)
{
	static const uint8_t bytes[] = { 0x11, 0x25 };
	static const struct mtp3 management = { .service_indicator = MTP3_SI_MANAGEMENT };
	static const struct mtp3 test = { .service_indicator = MTP3_SI_TEST };
	struct cursor c = CURSOR(bytes);
	struct mtp3_management m;

	(void)state;
	assert_int_equal(mtp3_management_read(&c, &management, &m), VERDICT_DECODED);
	assert_false(m.is_test || m.has_point_code);
	c = CURSOR(bytes);
	assert_int_equal(mtp3_management_read(&c, &test, &m), VERDICT_DECODED);
	assert_true(m.is_test);
	assert_int_equal(m.group, 1);
	assert_int_equal(m.message, 1);
}

static void isup_begins_with_a_circuit_and_a_type(void **state)
{
	static const uint8_t bytes[] = { 0x34, 0xf2, 0x0c, 0x02 }; /* Q.763 1: circuit 0x234 and four spare bits, REL */
	struct cursor c = CURSOR(bytes);
	struct isup i;

	(void)state;
	assert_int_equal(isup_read(&c, MTP3_ITU, &i), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(i.circuit, 0x234);
	assert_int_equal(i.type, 12);
	c = CURSOR(bytes);
	assert_int_equal(isup_read(&c, MTP3_ANSI, &i), VERDICT_DECODED);
	assert_int_equal(i.circuit, 0x3234);
	for (size_t length = 0; length < 3; length++) {
		c = cursor_of(bytes, length);
		i.type = 77;
		assert_int_equal(isup_read(&c, MTP3_ITU, &i), VERDICT_ISUP_TRUNCATED);
		assert_int_equal(i.type, 77);
		assert_int_equal(cursor_left(&c), length);
	}
}

static void bicc_begins_with_a_call_and_a_type(void **state)
{
	static const uint8_t bytes[] = { 0x04, 0x03, 0x02, 0x01, 0x06 };
	struct cursor c = CURSOR(bytes);
	struct isup i;

	(void)state;
	assert_int_equal(bicc_read(&c, &i), VERDICT_DECODED);
	assert_int_equal(i.circuit, 0x01020304);
	assert_int_equal(i.type, 6);
	for (size_t length = 0; length < sizeof(bytes); length++) {
		c = cursor_of(bytes, length);
		assert_int_equal(bicc_read(&c, &i), VERDICT_BICC_TRUNCATED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_label_of_the_itu_has_14_bits_twice_and_four),
		cmocka_unit_test(the_label_of_ansi_has_members_first_and_an_octet_of_selection),
		cmocka_unit_test(the_label_of_japan_has_16_bits),
		cmocka_unit_test(a_cut_label_is_refused_at_every_length),
		cmocka_unit_test(transfer_prohibited_names_its_destination),
		cmocka_unit_test(transfer_controlled_has_a_status_and_upu_a_user),
		cmocka_unit_test(changeover_and_link_tests_name_no_destination),
		cmocka_unit_test(isup_begins_with_a_circuit_and_a_type),
		cmocka_unit_test(bicc_begins_with_a_call_and_a_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

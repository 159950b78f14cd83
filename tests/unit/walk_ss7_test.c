/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/walk_sccp, walk_tcap: to which user the data of SCCP go, and what CAP and broken TCAP mean for requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/walk_bench.h"

struct bench {
	struct plan plan;
	struct segments *segments;
	struct walk walk;
	struct packet packet;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	walk_bench_open(&b->plan, &b->segments, &b->walk);
	b->walk.message.packet = &b->packet;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	walk_bench_close(b->segments, &b->walk);
	free(b);
	return 0;
}

static enum verdict sccp_walk(struct bench *b, const uint8_t *bytes, size_t length)
{
	struct message *m = &b->walk.message;

	m->bytes = cursor_of(bytes, length);
	m->layers = 0;
	m->component_count = 0;
	m->mtp3 = (struct mtp3){ .opc = 303, .dpc = 202, .service_indicator = MTP3_SI_SCCP };
	return walk_sccp(&b->walk, 1, m->bytes);
}

#define WALK(b, bytes) sccp_walk(b, bytes, sizeof(bytes))

static void the_data_of_a_connection_go_by_their_content(void **state)
{
	static const uint8_t dtap[] = { 0x06, 0, 0, 1, 0, 1, 6, 0x01, 0x00, 0x03, 0x05, 0x24, 0x00 };        /* 48.006 9.3 */
	static const uint8_t ranap[] = { 0x06, 0, 0, 1, 0, 1, 7, 0x00, 0x14, 0x40, 0x03, 0x00, 0x00, 0x00 }; /* 25.413 9.3 */
	static const uint8_t tcap[] = { 0x06, 0, 0, 1, 0, 1, 5, 0x64, 0x03, 0x49, 0x01, 0x01 };              /* Q.773 4.2.1 */
	static const uint8_t neither[] = { 0x06, 0, 0, 1, 0, 1, 6, 0x01, 0x00, 0x04, 0x05, 0x24, 0x00 };     /* a length beyond the end */
	static const uint8_t requested[] = { 0x01, 0, 0, 9, 2, 2, 4, 2, 0x42, 142, 0x0f, 0x02, 0x00, 0x13, 0 }; /* CR to RANAP */
	struct bench *b = *state;

	WALK(b, dtap);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_BSSAP | LAYER_NAS);
	WALK(b, ranap);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_RANAP);
	assert_int_equal(WALK(b, tcap), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_TCAP);
	assert_int_equal(WALK(b, neither), VERDICT_SUBSYSTEM_OTHER);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP);
	WALK(b, requested);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_RANAP);
}

static void data_in_two_messages_are_read_with_the_second(void **state)
{
	static const uint8_t first[] = { 0x06, 0, 0, 1, 1, 1, 4, 0x01, 0x00, 0x03, 0x05 };
	static const uint8_t last[] = { 0x06, 0, 0, 1, 0, 1, 2, 0x24, 0x00 };
	struct bench *b = *state;

	assert_int_equal(WALK(b, first), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP);
	WALK(b, last);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_BSSAP | LAYER_NAS);
}

/* UDT between subsystems 146; initialDP in a Begin, and a Continue back that accepts the dialogue and continues the call. */
#define UNITDATA(ssn, length) 0x09, 0x00, 0x03, 0x05, 0x07, 0x02, 0x42, ssn, 0x02, 0x42, ssn, length

static void an_initial_dp_is_answered_by_the_first_message_back(void **state)
{
	static const uint8_t begin[] = {
		UNITDATA(146, 0x11), 0x62, 0x0f, 0x48, 0x01, 0x07, 0x6c, 0x0a, 0xa1, 0x08, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x30, 0x00
	};
	static const uint8_t back[] = { UNITDATA(146, 0x3e), 0x65, 0x3c, 0x48, 0x01, 0x08, 0x49, 0x01, 0x07,
					/* 0.4.0.0.1.0.50.1, accepted */
					0x6b, 0x2a, 0x28, 0x28, 0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01, 0xa0, 0x1d, 0x61,
					0x1b, 0x80, 0x02, 0x07, 0x80, 0xa1, 0x09, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00, 0x32, 0x01,
					0xa2, 0x03, 0x02, 0x01, 0x00, 0xa3, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x00,
					/* continue */
					0x6c, 0x08, 0xa1, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x1f };
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;

	assert_int_equal(WALK(b, begin), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_TCAP | LAYER_CAP);
	assert_int_equal(b->walk.indication_count, 1);
	assert_int_equal(i[0].kind, INDICATION_REQUEST);
	assert_int_equal(i[0].procedure, procedure_of_name("cap.initialDP"));
	assert_int_equal(WALK(b, back), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_TCAP | LAYER_CAP);
	assert_int_equal(b->walk.indication_count, 3);
	assert_int_equal(i[1].procedure, procedure_of_name("cap.continue"));
	assert_int_equal(i[2].kind, INDICATION_END);
}

static void an_in_dialogue_of_another_kind_is_told_and_not_followed(void **state)
{
	static const uint8_t inap[] = {
		UNITDATA(106, 0x11), 0x62, 0x0f, 0x48, 0x01, 0x07, 0x6c, 0x0a, 0xa1, 0x08, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x30, 0x00
	};
	static const uint8_t ansi[] = { UNITDATA(6, 0x15),
					0xe2,
					0x13,
					0xc7,
					0x04,
					0x0a,
					0x0b,
					0x0c,
					0x0d,
					0xe8,
					0x0b,
					0xe9,
					0x09,
					0xcf,
					0x01,
					0x01,
					0xd1,
					0x02,
					0x09,
					0x0d,
					0xf2,
					0x00 };
	struct bench *b = *state;

	assert_int_equal(WALK(b, inap), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_TCAP | LAYER_INAP);
	assert_int_equal(b->walk.message.component_count, 1);
	assert_int_equal(WALK(b, ansi), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_TCAP | LAYER_ANSI_MAP);
	assert_int_equal(b->walk.message.component_count, 1);
	assert_int_equal(b->walk.indication_count, 0);
}

static void a_broken_component_is_told_and_opens_no_request(void **state)
{
	/* the second invoke has no operation */
	static const uint8_t bytes[] = { UNITDATA(6, 0x14),
					 0x62,
					 0x12,
					 0x48,
					 0x01,
					 0x07,
					 0x6c,
					 0x0d,
					 0xa1,
					 0x06,
					 0x02,
					 0x01,
					 0x01,
					 0x02,
					 0x01,
					 0x25,
					 0xa1,
					 0x03,
					 0x02,
					 0x01,
					 0x02 };
	struct bench *b = *state;

	assert_int_equal(WALK(b, bytes), VERDICT_TCAP_COMPONENT);
	assert_int_equal(b->walk.message.component_count, 2);
	assert_true(b->walk.message.components[1].is_broken);
	/* A reset is counted as a request, and is news of its own. */
	assert_int_equal(b->walk.indication_count, 2);
	assert_int_equal(b->walk.indications[0].kind, INDICATION_REQUEST);
	assert_int_equal(b->walk.indications[1].kind, INDICATION_NOTICE);
	assert_int_equal(b->walk.indications[1].cause, NOTICE_NODE_RESET);
}

static void management_that_comes_back_is_read_as_well(void **state)
{
	static const uint8_t bytes[] = { 0x0a, 0x01, 0x03, 0x05, 0x07, 0x02, 0x42, 0x01, 0x02,
					 0x42, 0x01, 0x05, 0x02, 0x06, 0xd5, 0x07, 0x00 }; /* UDTS with an SSP */
	struct bench *b = *state;

	assert_int_equal(WALK(b, bytes), VERDICT_DECODED);
	assert_int_equal(b->walk.message.layers, LAYER_SCCP | LAYER_SCMG);
	assert_int_equal(b->walk.message.scmg.affected_point_code, 2005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_data_of_a_connection_go_by_their_content, set_up, tear_down),
		cmocka_unit_test_setup_teardown(data_in_two_messages_are_read_with_the_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_initial_dp_is_answered_by_the_first_message_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_in_dialogue_of_another_kind_is_told_and_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_component_is_told_and_opens_no_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(management_that_comes_back_is_read_as_well, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* TCAP: Q.773 4.2.1 (transaction portion), 4.2.3 (dialogue portion), 4.2.2 (components); the dialogue PDUs of TS 29.002 17.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/tcap.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* The parts that the dialogue portions below are made of. */
#define OID_DIALOGUE              0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01
#define OID_UNIDIALOGUE           0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x02, 0x01
#define OID_MAP_DIALOGUE          0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x01, 0x01, 0x01
#define CONTEXT_UPDATE_LOCATION_3 0xa1, 0x09, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00, 0x01, 0x03
#define DTID                      0x49, 0x04, 0x0a, 0x0b, 0x0c, 0x0d

static struct tcap message_of(struct cursor c)
{
	struct tcap t;

	assert_int_equal(tcap_read(&c, &t), VERDICT_DECODED);
	return t;
}

#define MESSAGE(bytes) message_of(CURSOR(bytes))

static const uint8_t begin[] = {
	0x62, 0x3f,                                                                                                      /* Begin */
	0x48, 0x04, 0x0a, 0x0b, 0x0c,         0x0d,                                                                      /* OTID */
	0x6b, 0x1e, 0x28, 0x1c, OID_DIALOGUE, 0xa0, 0x11, 0x60, 0x0f, 0x80, 0x02, 0x07, 0x80, CONTEXT_UPDATE_LOCATION_3, /* AARQ */
	0x6c, 0x17, 0xa1, 0x15, 0x02,         0x01, 0x01, 0x02, 0x01, 0x02, /* Invoke 1, updateLocation */
	0x30, 0x0d, 0x04, 0x08, 0x32,         0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf1, 0x81, 0x01,
	0x91,
};

static void a_begin_gives_its_id_context_and_component(void **state)
{
	struct tcap t = MESSAGE(begin);
	struct tcap_component component;

	(void)state;
	assert_int_equal(t.type, TCAP_BEGIN);
	assert_int_equal(t.otid.value, 0x0a0b0c0d);
	assert_int_equal(t.otid.length, 4);
	assert_int_equal(t.dtid.length, 0);
	assert_int_equal(t.context, 1);
	assert_int_equal(t.context_version, 3);
	assert_int_equal(t.context_oid_length, 7);
	assert_false(t.has_dialogue_result);
	assert_false(t.is_u_abort);
	assert_int_equal(tcap_component_read(&t.components, &component), VERDICT_DECODED);
	assert_int_equal(component.type, TCAP_INVOKE);
	assert_int_equal(component.invoke_id, 1);
	assert_true(component.has_operation);
	assert_int_equal(component.operation, 2);
	assert_int_equal(cursor_left(&component.parameter), 15);
	assert_int_equal(component.parameter.at[0], 0x30);
	assert_int_equal(cursor_left(&t.components), 0);
}

static void ids_have_one_to_four_octets_and_the_length_counts(void **state)
{
	static const uint8_t bytes[] = { 0x65, 0x06, 0x48, 0x01, 0x05, 0x49, 0x01, 0x06 };        /* Continue */
	static const uint8_t longer[] = { 0x64, 0x07, 0x49, 0x05, 0x01, 0x02, 0x03, 0x04, 0x05 }; /* five octets */
	static const uint8_t empty[] = { 0x64, 0x02, 0x49, 0x00 };
	struct tcap t = MESSAGE(bytes);
	struct cursor c = CURSOR(longer);

	(void)state;
	assert_int_equal(t.type, TCAP_CONTINUE);
	assert_int_equal(t.otid.value, 5);
	assert_int_equal(t.otid.length, 1);
	assert_int_equal(t.dtid.value, 6);
	assert_int_equal(cursor_left(&t.components), 0);
	assert_int_equal(tcap_read(&c, &t), VERDICT_TCAP_TRANSACTION);
	c = CURSOR(empty);
	assert_int_equal(tcap_read(&c, &t), VERDICT_TCAP_TRANSACTION);
}

static void a_message_without_its_mandatory_id_is_refused_with_its_type(void **state)
{
	static const uint8_t bytes[][4] = {
		{ 0x62, 0x02, 0x05, 0x00 }, { 0x64, 0x02, 0x05, 0x00 }, { 0x65, 0x02, 0x05, 0x00 }, { 0x67, 0x02, 0x05, 0x00 }
	};
	static const uint8_t types[] = { TCAP_BEGIN, TCAP_END, TCAP_CONTINUE, TCAP_ABORT };
	/* 0x88 and 0xac, context class instead of application class, as one stack sends them */
	static const uint8_t badtags[] = { 0x62, 0x05, 0x88, 0x01, 0x01, 0xac, 0x00 };
	struct cursor c = CURSOR(badtags);
	struct tcap t;

	(void)state;
	assert_int_equal(tcap_read(&c, &t), VERDICT_TCAP_TRANSACTION);
	assert_int_equal(t.type, TCAP_BEGIN);
	assert_int_equal(t.otid.length, 0);
	for (size_t i = 0; i < sizeof(types); i++) {
		c = CURSOR(bytes[i]);
		assert_int_equal(tcap_read(&c, &t), VERDICT_TCAP_TRANSACTION);
		assert_int_equal(t.type, types[i]);
	}
}

static void tags_that_are_no_message_type_are_refused(void **state)
{
	static const uint8_t tags[] = { 0x60, 0x63, 0x66, 0x68, 0xe2, 0x30, 0x00, 0x42 }; /* 0xe2: ANSI T1.114 */

	(void)state;
	for (size_t i = 0; i < sizeof(tags); i++) {
		const uint8_t bytes[] = { tags[i], 0x00 };
		struct cursor c = CURSOR(bytes);
		struct tcap t;

		assert_int_equal(tcap_read(&c, &t), VERDICT_TCAP_TAG);
	}
}

static void lengths_that_do_not_fit_are_refused_and_what_was_read_is_told(void **state)
{
	struct tcap t;

	(void)state;
	for (size_t length = 0; length < sizeof(begin); length++) {
		struct cursor c = cursor_of(begin, length);

		assert_int_equal(tcap_read(&c, &t), length == 0 ? VERDICT_TCAP_TAG : VERDICT_BER_LENGTH);
		assert_int_equal(cursor_left(&c), length);
		assert_int_equal(t.type, length == 0 ? TCAP_OTHER : TCAP_BEGIN);
		assert_true(t.components.at == NULL || t.components.end <= begin + length);
	}
	assert_true(t.otid.length > 0);
	assert_true(cursor_left(&t.components) > 0);
}

static void an_operation_may_be_read_out_of_a_component_that_is_cut(void **state)
{
	/* Begin; invoke of operation 2 whose parameter says 9 octets and has 3 */
	static const uint8_t bytes[] = { 0x62, 0x1b, 0x48, 0x04, 0x0a, 0x0b, 0x0c, 0x0d, 0x6c, 0x13, 0xa1, 0x11,
					 0x02, 0x01, 0x01, 0x02, 0x01, 0x02, 0x30, 0x09, 0x04, 0x07, 0x12 };
	struct cursor c = CURSOR(bytes);
	struct tcap_component component;
	struct tcap t;

	(void)state;
	assert_int_equal(tcap_read(&c, &t), VERDICT_BER_LENGTH);
	assert_int_equal(t.otid.length, 4);
	assert_int_equal(tcap_component_read(&t.components, &component), VERDICT_TCAP_COMPONENT);
	assert_true(component.is_broken);
	assert_int_equal(component.type, TCAP_INVOKE);
	assert_int_equal(component.invoke_id, 1);
	assert_int_equal(component.operation, 2);
	assert_int_equal(cursor_left(&t.components), 0);
}

static void bytes_behind_the_message_are_forgiven(void **state)
{
	static const uint8_t bytes[] = { 0x64, 0x06, DTID, 0x00, 0xff, 0xff };

	(void)state;
	assert_int_equal(MESSAGE(bytes).dtid.value, 0x0a0b0c0d);
}

static void indefinite_lengths_read_like_definite_ones(void **state)
{
	static const uint8_t bytes[] = {
		0x62,
		0x80,
		0x48,
		0x01,
		0x01, /* Begin */
		0x6b,
		0x80,
		0x28,
		0x80,
		OID_DIALOGUE,
		0xa0,
		0x80,
		0x60,
		0x80, /* AARQ */
		CONTEXT_UPDATE_LOCATION_3,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x6c,
		0x80,
		0xa1,
		0x80,
		0x02,
		0x01,
		0x01,
		0x02,
		0x01,
		0x43,
		0x30,
		0x80,
		0x00,
		0x00, /* Invoke 1, purgeMS */
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
	};
	struct tcap t = MESSAGE(bytes);
	struct tcap_component component;

	(void)state;
	assert_int_equal(t.context, 1);
	assert_int_equal(tcap_component_read(&t.components, &component), VERDICT_DECODED);
	assert_int_equal(component.operation, 67);
	assert_int_equal(cursor_left(&component.parameter), 4);
	assert_int_equal(cursor_left(&t.components), 0);
}

static void a_provider_abort_gives_its_cause(void **state)
{
	static const uint8_t bytes[] = { 0x67, 0x09, DTID, 0x4a, 0x01, 0x04 }; /* resourceLimitation */
	struct tcap t = MESSAGE(bytes);

	(void)state;
	assert_int_equal(t.type, TCAP_ABORT);
	assert_true(t.has_p_abort);
	assert_int_equal(t.p_abort, 4);
	assert_false(t.is_u_abort);
}

static void an_abort_without_any_reason_is_the_users(void **state)
{
	static const uint8_t bytes[] = { 0x67, 0x06, DTID };
	struct tcap t = MESSAGE(bytes);

	(void)state;
	assert_false(t.has_p_abort);
	assert_true(t.is_u_abort);
	assert_int_equal(t.u_abort, TCAP_U_ABORT_UNSPECIFIED);
}

/* A message of one type to the DTID above, whose dialogue portion is an EXTERNAL of the structured dialogue around `apdu`. */
static struct tcap dialogue_of(uint8_t tag, const uint8_t *apdu, uint8_t length)
{
	const uint8_t head[] = { tag,  (uint8_t)(length + 21), DTID,         0x6b, (uint8_t)(length + 13),
				 0x28, (uint8_t)(length + 11), OID_DIALOGUE, 0xa0, length };
	uint8_t bytes[128];

	assert_true(sizeof(head) + length < sizeof(bytes));
	memcpy(bytes, head, sizeof(head));
	memcpy(bytes + sizeof(head), apdu, length);
	return message_of(cursor_of(bytes, sizeof(head) + length));
}

#define DIALOGUE(tag, apdu) dialogue_of(tag, apdu, sizeof(apdu))

static void each_choice_of_a_map_user_abort_is_told(void **state)
{
	static const struct {
		uint8_t tag;
		uint8_t reason;
	} cases[] = {
		{ 0x80, TCAP_U_ABORT_USER_SPECIFIC },        { 0x81, TCAP_U_ABORT_RESOURCE_LIMITATION },
		{ 0x82, TCAP_U_ABORT_RESOURCE_UNAVAILABLE }, { 0x83, TCAP_U_ABORT_PROCEDURE_CANCELLED },
		{ 0x84, TCAP_U_ABORT_UNSPECIFIED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t apdu[] = {
			0x64, 0x19, 0x80,         0x01, 0x00, /* ABRT, source user */
			0xbe, 0x14, 0x28,         0x12, OID_MAP_DIALOGUE,
			0xa0, 0x07, /* user information */
			0xa4, 0x05, cases[i].tag, 0x01, 0x00,
			0x05, 0x00, /* MAP-UserAbortInfo, and an extension */
		};
		struct tcap t = DIALOGUE(0x67, apdu);

		assert_int_equal(t.type, TCAP_ABORT);
		assert_true(t.is_u_abort);
		assert_int_equal(t.u_abort, cases[i].reason);
	}
}

static void an_abort_by_the_dialogue_provider_is_told_from_the_users(void **state)
{
	static const uint8_t source[] = { 0x64, 0x03, 0x80, 0x01, 0x01 };
	static const uint8_t map_provider[] = {
		0x64, 0x17, 0x80, 0x01, 0x00, 0xbe, 0x12, 0x28, 0x10, OID_MAP_DIALOGUE,
		0xa0, 0x05, 0xa5, 0x03, 0x0a, 0x01, 0x01, /* MAP-ProviderAbortInfo, invalidPDU */
	};

	(void)state;
	assert_int_equal(DIALOGUE(0x67, source).u_abort, TCAP_U_ABORT_PROVIDER);
	assert_int_equal(DIALOGUE(0x67, map_provider).u_abort, TCAP_U_ABORT_PROVIDER);
}

static void a_context_that_is_not_supported_is_version_negotiation(void **state)
{
	uint8_t apdu[] = {
		0x61, 0x31, /* AARE */
		0xa1, 0x09, 0x06, 0x07, 0x04,
		0x00, 0x00, 0x01, 0x00, 0x01,
		0x02,                         /* networkLocUp version 2 */
		0xa2, 0x03, 0x02, 0x01, 0x01, /* reject-permanent */
		0xa3, 0x06, 0xa1, 0x04, 0x02,
		0x02, 0x00, 0x02, /* user: context not supported */
		0xbe, 0x17, 0x28, 0x15, OID_MAP_DIALOGUE,
		0xa0, 0x0a, /* user information */
		0xa3, 0x08, 0x0a, 0x01, 0x00,
		0x06, 0x03, 0x04, 0x00, 0x00, /* MAP-RefuseInfo beside it */
	};
	struct tcap t = DIALOGUE(0x67, apdu);

	(void)state;
	assert_true(t.has_dialogue_result);
	assert_int_equal(t.dialogue_result, 1);
	assert_int_equal(t.dialogue_diagnostic, 2);
	assert_int_equal(t.context_version, 2);
	assert_true(t.is_u_abort);
	assert_int_equal(t.u_abort, TCAP_U_ABORT_CONTEXT_NOT_SUPPORTED);
	apdu[20] = 0xa2; /* the provider's 2 is "no common dialogue portion" */
	assert_int_equal(DIALOGUE(0x67, apdu).u_abort, TCAP_U_ABORT_REFUSED);
}

static void a_refusal_in_an_end_counts_and_an_acceptance_does_not(void **state)
{
	uint8_t apdu[] = {
		0x61, 0x17, CONTEXT_UPDATE_LOCATION_3, /* AARE */
		0xa2, 0x03, 0x02,
		0x01, 0x01, /* reject-permanent */
		0xa3, 0x05, 0xa1,
		0x03, 0x02, 0x01,
		0x01, /* user: no reason given */
	};
	struct tcap t = DIALOGUE(0x64, apdu);

	(void)state;
	assert_int_equal(t.type, TCAP_END);
	assert_true(t.is_u_abort);
	assert_int_equal(t.u_abort, TCAP_U_ABORT_REFUSED);
	apdu[17] = 0x00; /* accepted */
	t = DIALOGUE(0x64, apdu);
	assert_true(t.has_dialogue_result);
	assert_int_equal(t.dialogue_result, 0);
	assert_false(t.is_u_abort);
}

static void a_unidirectional_message_has_a_context_and_no_id(void **state)
{
	static const uint8_t bytes[] = {
		0x61, 0x1c, 0x6b, 0x1a, 0x28, 0x18, OID_UNIDIALOGUE, 0xa0, 0x0d, 0x60, 0x0b, CONTEXT_UPDATE_LOCATION_3
	}; /* AUDT */
	struct tcap t = MESSAGE(bytes);

	(void)state;
	assert_int_equal(t.type, TCAP_UNIDIRECTIONAL);
	assert_int_equal(t.context, 1);
	assert_int_equal(t.otid.length, 0);
}

static void contexts_of_other_families_keep_their_raw_name(void **state)
{
	static const uint8_t bytes[] = {
		0x62, 0x20, 0x48, 0x01, 0x01, 0x6b, 0x1b, 0x28, 0x19, OID_DIALOGUE, 0xa0, 0x0e, 0x60,
		0x0c, 0xa1, 0x0a, 0x06, 0x08, 0x04, 0x00, 0x00, 0x01, 0x15,         0x03, 0x04, 0x00
	}; /* 0.4.0.0.1.21.3.4.0 */
	static const uint8_t foreign[] = { 0x62, 0x0b, 0x48, 0x01, 0x01, 0x6b, 0x06, 0x28, 0x04, 0x06, 0x02, 0x2a, 0x03 };
	struct tcap t = MESSAGE(bytes);

	(void)state;
	assert_int_equal(t.context, 0);
	assert_int_equal(t.context_oid_length, 8);
	assert_int_equal(t.context_oid[4], 0x15);
	t = MESSAGE(foreign); /* an EXTERNAL of another abstract syntax */
	assert_int_equal(t.context_oid_length, 0);
}

static void a_broken_dialogue_portion_is_refused(void **state)
{
	static const uint8_t bytes[] = { 0x62, 0x08, 0x48, 0x01, 0x01, 0x6b, 0x03, 0x28, 0x09, 0x06 };
	struct cursor c = CURSOR(bytes);
	struct tcap t;

	(void)state;
	assert_int_equal(tcap_read(&c, &t), VERDICT_TCAP_DIALOGUE);
}

static void each_component_type_gives_what_it_carries(void **state)
{
	static const uint8_t bytes[] = {
		0xa1, 0x09, 0x02, 0x01, 0xff, 0x80, 0x01, 0x02, 0x02, 0x01, 0x3c,       /* Invoke -1, linked to 2, operation 60 */
		0xa1, 0x07, 0x02, 0x01, 0x05, 0x06, 0x02, 0x2a, 0x03,                   /* Invoke 5, global operation */
		0xa2, 0x03, 0x02, 0x01, 0x01,                                           /* Result 1 without anything */
		0xa2, 0x0a, 0x02, 0x01, 0x02, 0x30, 0x05, 0x02, 0x01, 0x02, 0x30, 0x00, /* Result 2 of operation 2 */
		0xa7, 0x08, 0x02, 0x01, 0x03, 0x30, 0x03, 0x02, 0x01, 0x38,             /* Result 3 of operation 56, not the last */
		0xa3, 0x08, 0x02, 0x01, 0x04, 0x02, 0x01, 0x22, 0x30, 0x00,             /* Error 34 */
		0xa4, 0x06, 0x02, 0x01, 0x05, 0x81, 0x01, 0x03,                         /* Reject: invoke, resourceLimitation */
		0xa4, 0x05, 0x05, 0x00, 0x80, 0x01, 0x02,                               /* Reject of what could not be read */
	};
	struct cursor c = CURSOR(bytes);
	struct tcap_component component;

	(void)state;
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.invoke_id, -1);
	assert_int_equal(component.operation, 60);
	assert_int_equal(cursor_left(&component.parameter), 0);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_true(component.has_global_operation);
	assert_int_equal(component.operation, -1);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.type, TCAP_RETURN_RESULT_LAST);
	assert_int_equal(component.invoke_id, 1);
	assert_false(component.has_operation);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_true(component.has_operation);
	assert_int_equal(component.operation, 2);
	assert_int_equal(cursor_left(&component.parameter), 2);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.type, TCAP_RETURN_RESULT_NOT_LAST);
	assert_int_equal(component.operation, 56);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.type, TCAP_RETURN_ERROR);
	assert_int_equal(component.error, 34);
	assert_int_equal(component.operation, -1);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.type, TCAP_REJECT);
	assert_int_equal(component.invoke_id, 5);
	assert_int_equal(component.problem_kind, 1);
	assert_int_equal(component.problem, 3);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.invoke_id, -1);
	assert_int_equal(component.problem_kind, 0);
	assert_int_equal(component.problem, 2);
	assert_int_equal(cursor_left(&c), 0);
}

static void a_component_that_is_not_readable_does_not_stop_the_next(void **state)
{
	static const uint8_t bytes[] = {
		0xa5, 0x03, 0x02, 0x01, 0x01,                         /* no component type */
		0xa1, 0x03, 0x02, 0x01, 0x01,                         /* an Invoke without an operation */
		0xa1, 0x07, 0x02, 0x02, 0x01, 0x00, 0x02, 0x01, 0x02, /* an invoke id of 256 */
		0xa2, 0x06, 0x02, 0x01, 0x01, 0x31, 0x01, 0x00,       /* a result that is no SEQUENCE */
		0xa4, 0x06, 0x02, 0x01, 0x01, 0x84, 0x01, 0x00,       /* a problem of no kind */
		0xa2, 0x03, 0x02, 0x01, 0x07,                         /* a good one */
		0xa1, 0x44, 0x02,                                     /* beyond the end */
	};
	static const uint8_t types[] = { TCAP_COMPONENT_OTHER, TCAP_INVOKE, TCAP_INVOKE, TCAP_RETURN_RESULT_LAST, TCAP_REJECT };
	struct cursor c = CURSOR(bytes);
	struct tcap_component component;

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(tcap_component_read(&c, &component), VERDICT_TCAP_COMPONENT);
		assert_true(component.is_broken);
		assert_int_equal(component.type, types[i]);
	}
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_DECODED);
	assert_int_equal(component.invoke_id, 7);
	assert_int_equal(tcap_component_read(&c, &component), VERDICT_TCAP_COMPONENT);
	assert_int_equal(cursor_left(&c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_begin_gives_its_id_context_and_component),
		cmocka_unit_test(ids_have_one_to_four_octets_and_the_length_counts),
		cmocka_unit_test(a_message_without_its_mandatory_id_is_refused_with_its_type),
		cmocka_unit_test(tags_that_are_no_message_type_are_refused),
		cmocka_unit_test(lengths_that_do_not_fit_are_refused_and_what_was_read_is_told),
		cmocka_unit_test(an_operation_may_be_read_out_of_a_component_that_is_cut),
		cmocka_unit_test(bytes_behind_the_message_are_forgiven),
		cmocka_unit_test(indefinite_lengths_read_like_definite_ones),
		cmocka_unit_test(a_provider_abort_gives_its_cause),
		cmocka_unit_test(an_abort_without_any_reason_is_the_users),
		cmocka_unit_test(each_choice_of_a_map_user_abort_is_told),
		cmocka_unit_test(an_abort_by_the_dialogue_provider_is_told_from_the_users),
		cmocka_unit_test(a_context_that_is_not_supported_is_version_negotiation),
		cmocka_unit_test(a_refusal_in_an_end_counts_and_an_acceptance_does_not),
		cmocka_unit_test(a_unidirectional_message_has_a_context_and_no_id),
		cmocka_unit_test(contexts_of_other_families_keep_their_raw_name),
		cmocka_unit_test(a_broken_dialogue_portion_is_refused),
		cmocka_unit_test(each_component_type_gives_what_it_carries),
		cmocka_unit_test(a_component_that_is_not_readable_does_not_stop_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

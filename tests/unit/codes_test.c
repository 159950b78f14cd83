/* SPDX-License-Identifier: BSD-3-Clause */
/* The code tables: names, classes and procedures that others rely on, and what holds for numbers that no table knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/codes/codes.h"
#include "dataplane/codes/tables.h"
#include "dataplane/ss7/tcap.h"

static void rows_of_every_table_are_in_strictly_ascending_order(void **state)
{
	(void)state;
	for (unsigned int t = 0; t < CODE_TABLE_COUNT; t++) {
		assert_true(code_tables[t].count > 0);
		for (size_t i = 1; i < code_tables[t].count; i++)
			assert_true(code_tables[t].rows[i - 1].key < code_tables[t].rows[i].key);
	}
}

static void every_row_is_found_by_its_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < code_tables[CODE_TABLE_CAUSES].count; i++) {
		const struct code_row *row = &code_tables[CODE_TABLE_CAUSES].rows[i];

		assert_ptr_equal(cause_name((enum cause_layer)(row->key >> 32), (uint32_t)row->key), row->name);
	}
	for (size_t i = 0; i < code_tables[CODE_TABLE_DIAMETER_COMMANDS].count; i++)
		assert_true(diameter_command_is_known((uint32_t)code_tables[CODE_TABLE_DIAMETER_COMMANDS].rows[i].key));
}

/* What the perfect hash (tables.h) says for a number, for every number that is near one in the table. */
static void numbers_beside_the_rows_are_not_taken_for_them(void **state)
{
	const struct code_table *t = &code_tables[CODE_TABLE_DIAMETER_APPLICATIONS];

	(void)state;
	for (size_t i = 0; i < t->count; i++) {
		for (uint32_t bit = 0; bit < 32; bit++) {
			uint32_t number = (uint32_t)t->rows[i].key ^ UINT32_C(1) << bit;
			bool is_row = false;

			for (size_t j = 0; j < t->count; j++)
				is_row = is_row || t->rows[j].key == number;
			assert_int_equal(diameter_application_is_known(number), is_row);
		}
		assert_true(diameter_application_is_known((uint32_t)t->rows[i].key));
	}
}

static void every_slot_of_every_table_holds_a_row(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CODE_TABLE_COUNT; i++) {
		const struct code_table *t = &code_tables[i];

		for (size_t row = 0; row < t->count; row++) {
			uint64_t mixed = t->rows[row].key * t->multiplier;
			uint64_t slot = ((mixed >> 32) + t->displacements[mixed >> t->bucket_shift]) & t->slot_mask;

			assert_int_equal(t->slots[slot], row);
		}
		for (size_t slot = 0; slot <= t->slot_mask; slot++)
			assert_true(t->slots[slot] < t->count);
	}
}

static void diameter_commands_are_named_without_prefix_and_suffix(void **state)
{
	(void)state;
	assert_string_equal(diameter_command_name(257), "Capabilities-Exchange");
	assert_string_equal(diameter_command_name(272), "Credit-Control");
	assert_string_equal(diameter_command_name(280), "Device-Watchdog");
	assert_string_equal(diameter_command_name(282), "Disconnect-Peer");
	assert_string_equal(diameter_command_name(300), "User-Authorization");
	assert_string_equal(diameter_command_name(316), "Update-Location");
	assert_string_equal(diameter_command_name(318), "Authentication-Information");
	assert_string_equal(diameter_command_name(324), "ME-Identity-Check");
	assert_string_equal(diameter_command_name(8388647), "Send-Routing-Info-for-SM");
	assert_null(diameter_command_name(1));
	for (size_t i = 0; i < code_tables[CODE_TABLE_DIAMETER_COMMANDS].count; i++) {
		const char *name = code_tables[CODE_TABLE_DIAMETER_COMMANDS].rows[i].name;

		assert_null(strpbrk(name, " ()/"));
		assert_null(strstr(name, "Request"));
		assert_null(strstr(name, "3GPP"));
	}
}

static void base_and_3gpp_results_of_the_same_number_differ(void **state)
{
	(void)state;
	assert_string_equal(cause_name(CAUSE_DIAMETER, 5001), "DIAMETER_AVP_UNSUPPORTED");
	assert_int_equal(cause_class(CAUSE_DIAMETER, 5001), OUTCOME_NETWORK);
	assert_string_equal(cause_name(CAUSE_DIAMETER_EXP, 5001), "DIAMETER_ERROR_USER_UNKNOWN");
	assert_int_equal(cause_class(CAUSE_DIAMETER_EXP, 5001), OUTCOME_USER);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 5012), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 3004), OUTCOME_CONGESTION);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 3006), OUTCOME_SUCCESS);
	assert_int_equal(cause_class(CAUSE_DIAMETER_EXP, 4181), OUTCOME_NETWORK);
}

static void results_of_other_vendors_are_not_those_of_3gpp(void **state)
{
	(void)state;
	assert_null(cause_name(CAUSE_DIAMETER_VENDOR, 5001));
	assert_int_equal(cause_class(CAUSE_DIAMETER_VENDOR, 5001), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_DIAMETER_VENDOR, 2001), OUTCOME_SUCCESS);
	assert_int_equal(cause_class(CAUSE_DIAMETER_VENDOR, 4001), OUTCOME_CONGESTION);
	assert_string_equal(cause_layer_name(CAUSE_DIAMETER_VENDOR), "diameter-vendor");
}

static void commands_that_share_a_code_are_told_apart_by_their_application(void **state)
{
	static const struct {
		uint32_t application;
		uint32_t command;
		const char *name;
	} pairs[] = {
		{ 16777216, 301, "cx.sar" },
		{ 16777265, 301, "swx.sar" },
		{ 16777216, 303, "cx.mar" },
		{ 16777221, 303, "zh.mar" },
		{ 16777265, 303, "swx.mar" },
		{ 16777251, 322, "s6a.rsr" },
		{ 16777308, 322, "s7a.rsr" },
		{ 16777252, 324, "s13.ecr" },
		{ 16777238, 272, "gx.ccr" },
		{ 4, 272, "gy.ccr" },
		{ 16777267, 272, "s9.ccr" },
		{ 16777236, 265, "rx.aar" },
		{ 1, 265, "nasreq.aar" },
		{ 16777264, 265, "swm.aar" },
		{ 16777264, 268, "swm.der" },
		{ 5, 268, "eap.der" },
		{ 16777250, 268, "sta.der" },
		{ 16777272, 275, "s6b.str" },
		{ 3, 271, "rf.acr" },
		{ 16777255, 8388620, "slg.plr" },
		{ 16777291, 8388622, "slh.rir" },
		{ 16777345, 8388718, "s6t.cir" },
		{ 16777346, 8388718, "t6a.cir" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		procedure p = procedure_of_diameter(pairs[i].application, pairs[i].command);

		assert_int_not_equal(p, PROCEDURE_NONE);
		assert_string_equal(procedure_row(p)->name, pairs[i].name);
		assert_non_null(diameter_command_name(pairs[i].command));
		assert_true(diameter_application_is_known(pairs[i].application));
	}
	assert_int_equal(procedure_of_diameter(16777251, 301), PROCEDURE_NONE);
}

static void unknown_diameter_results_are_judged_by_their_thousand(void **state)
{
	(void)state;
	assert_null(cause_name(CAUSE_DIAMETER, 2999));
	assert_int_equal(cause_class(CAUSE_DIAMETER, 1999), OUTCOME_SUCCESS);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 2999), OUTCOME_SUCCESS);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 3999), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_DIAMETER_EXP, 4999), OUTCOME_CONGESTION);
	assert_int_equal(cause_class(CAUSE_DIAMETER_EXP, 5999), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 0), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 6000), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_DIAMETER, 0xffffffff), OUTCOME_NETWORK);
}

static void map_errors_count_as_their_column_says_and_congestion_stays(void **state)
{
	(void)state;
	assert_string_equal(cause_name(CAUSE_MAP_ERROR, 34), "systemFailure");
	assert_int_equal(cause_class(CAUSE_MAP_ERROR, 34), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_MAP_ERROR, 1), OUTCOME_USER);     /* conditional */
	assert_int_equal(cause_class(CAUSE_MAP_ERROR, 52), OUTCOME_USER);    /* policy */
	assert_int_equal(cause_class(CAUSE_MAP_ERROR, 21), OUTCOME_NETWORK); /* protocol */
	assert_int_equal(cause_class(CAUSE_MAP_ERROR, 51), OUTCOME_CONGESTION);
	assert_string_equal(cause_name(CAUSE_MAP_ERROR, 39), "noRoamingNumberAvailable");
	assert_int_equal(cause_class(CAUSE_MAP_ERROR, 250), OUTCOME_USER); /* unknown */
}

static void aborts_abort_unless_resources_were_short(void **state)
{
	(void)state;
	assert_string_equal(cause_name(CAUSE_TCAP_P_ABORT, 4), "resourceLimitation");
	assert_int_equal(cause_class(CAUSE_TCAP_P_ABORT, 4), OUTCOME_CONGESTION);
	assert_int_equal(cause_class(CAUSE_TCAP_P_ABORT, 1), OUTCOME_ABORT);
	assert_int_equal(cause_class(CAUSE_TCAP_P_ABORT, 99), OUTCOME_ABORT);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_UNSPECIFIED), OUTCOME_ABORT);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_CONTEXT_NOT_SUPPORTED), OUTCOME_USER);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_REFUSED), OUTCOME_ABORT);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_USER_SPECIFIC), OUTCOME_ABORT);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_RESOURCE_LIMITATION), OUTCOME_CONGESTION);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_RESOURCE_UNAVAILABLE), OUTCOME_CONGESTION);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_PROCEDURE_CANCELLED), OUTCOME_USER);
	assert_int_equal(cause_class(CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_PROVIDER), OUTCOME_ABORT);
}

static void problems_and_returns_have_names_and_classes(void **state)
{
	(void)state;
	assert_string_equal(cause_name(CAUSE_MAP_PROBLEM, 1 << 8 | 3), "resourceLimitation");
	assert_int_equal(cause_class(CAUSE_MAP_PROBLEM, 1 << 8 | 3), OUTCOME_CONGESTION);
	assert_string_equal(cause_name(CAUSE_MAP_PROBLEM, 3 << 8 | 2), "unrecognizedError");
	assert_int_equal(cause_class(CAUSE_MAP_PROBLEM, 2 << 8 | 77), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_SCCP_RETURN, 1), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_SCCP_RETURN, 2), OUTCOME_CONGESTION);
	assert_int_equal(cause_class(CAUSE_SCCP_RETURN, 100), OUTCOME_NETWORK);
	assert_int_equal(cause_class(CAUSE_TIMEOUT, 0), OUTCOME_TIMEOUT);
	assert_int_equal(cause_class(CAUSE_NONE, 0), OUTCOME_SUCCESS);
}

static void layers_are_found_by_the_name_they_print(void **state)
{
	(void)state;
	for (int l = CAUSE_NONE + 1; l < CAUSE_LAYER_COUNT; l++)
		assert_int_equal(cause_layer_of_name(cause_layer_name((enum cause_layer)l)), l);
	assert_string_equal(cause_layer_name(CAUSE_DIAMETER_EXP), "diameter-exp");
	assert_int_equal(cause_layer_of_name("map"), CAUSE_LAYER_COUNT);
	assert_int_equal(cause_layer_of_name(""), CAUSE_LAYER_COUNT);
	for (int c = 0; c < OUTCOME_CLASS_COUNT; c++)
		assert_true(outcome_class_name((enum outcome_class)c)[0] != '\0');
	assert_string_equal(outcome_class_name(OUTCOME_UNMATCHED), "unmatched-answer");
}

static void every_map_operation_value_is_a_procedure(void **state)
{
	(void)state;
	assert_string_equal(procedure_row(2)->name, "map.updateLocation");
	assert_int_equal(procedure_row(2)->services, SERVICE_CALLS | SERVICE_TEXTS);
	assert_int_equal(procedure_row(2)->rat, RAT_2G3G_CS);
	assert_int_equal(procedure_row(2)->weight, 3);
	assert_int_equal(procedure_row(2)->timeout, 15 * NANOS_PER_S);
	assert_int_equal(procedure_row(23)->services, SERVICE_DATA);
	assert_int_equal(procedure_row(44)->timeout, 60 * NANOS_PER_S);
	assert_int_equal(procedure_row(47)->timeout, 10 * NANOS_PER_S);
	assert_int_equal(procedure_row(29)->timeout, 600 * NANOS_PER_S);
	assert_true(procedure_row(2)->is_answered);
	assert_false(procedure_row(37)->is_answered);
	assert_string_equal(procedure_row(200)->name, "map.op-200");
	assert_int_equal(procedure_row(200)->weight, 0);
	for (procedure p = 0; p < PROCEDURE_DIAMETER_FIRST; p++)
		assert_memory_equal(procedure_row(p)->name, "map.", 4);
}

static void diameter_procedures_follow_the_map_operations(void **state)
{
	procedure ulr = procedure_of_diameter(16777251, 316);

	(void)state;
	assert_in_range(ulr, PROCEDURE_DIAMETER_FIRST, procedure_count() - 1U);
	assert_string_equal(procedure_row(ulr)->name, "s6a.ulr");
	assert_int_equal(procedure_row(ulr)->services, SERVICE_CALLS | SERVICE_TEXTS | SERVICE_DATA);
	assert_int_equal(procedure_row(ulr)->timeout, 10 * NANOS_PER_S);
	assert_string_equal(procedure_row(procedure_of_diameter(16777251, 321))->name, "s6a.pur");
	assert_string_equal(procedure_row(procedure_of_diameter(16777217, 307))->name, "sh.pur");
	assert_string_equal(procedure_row(procedure_of_diameter(16777216, 303))->name, "cx.mar");
	assert_string_equal(procedure_row(procedure_of_diameter(16777265, 303))->name, "swx.mar");
	assert_string_equal(procedure_row(procedure_of_diameter(0, 280))->name, "base.dwr");
	assert_int_equal(procedure_row(procedure_of_diameter(16777238, 272))->weight, 0);
	assert_int_equal(procedure_of_diameter(16777251, 272), PROCEDURE_NONE);
	assert_null(procedure_row(procedure_count()));
	assert_null(procedure_row(PROCEDURE_NONE));
}

static void procedures_are_found_by_name(void **state)
{
	(void)state;
	for (procedure p = 0; p < procedure_count(); p++)
		assert_int_equal(procedure_of_name(procedure_row(p)->name), p);
	assert_int_equal(procedure_of_name("s6a.xyz"), PROCEDURE_NONE);
}

static void radio_access_follows_the_rat_type(void **state)
{
	(void)state;
	assert_int_equal(rat_of_diameter(1000), RAT_3G);
	assert_int_equal(rat_of_diameter(1001), RAT_2G);
	assert_int_equal(rat_of_diameter(1004), RAT_4G);
	assert_int_equal(rat_of_diameter(1008), RAT_4G);
	assert_int_equal(rat_of_diameter(0), RAT_NONE); /* WLAN */
	assert_string_equal(rat_name(RAT_2G3G_PS), "2g3g-ps");
	assert_string_equal(rat_name(RAT_NONE), "");
}

static void application_contexts_carry_their_version(void **state)
{
	char text[64] = "untouched";

	(void)state;
	assert_true(map_context_name(1, 3, text, sizeof(text)));
	assert_string_equal(text, "networkLocUpContext-v3");
	assert_true(map_context_name(21, 1, text, sizeof(text)));
	assert_string_equal(text, "shortMsgRelayContext-v1");
	assert_true(map_context_name(21, 3, text, sizeof(text)));
	assert_string_equal(text, "shortMsgMO-RelayContext-v3");
	assert_true(map_context_name(33, 3, text, sizeof(text)));
	assert_string_equal(text, "gprsLocationInfoRetrievalContext-v3");
	assert_false(map_context_name(30, 3, text, sizeof(text)));
	assert_false(map_context_name(1, 0, text, sizeof(text)));
	assert_false(map_context_name(1 << 24, 3, text, sizeof(text)));
	assert_false(map_context_name(1, 3, text, sizeof("networkLocUpContext-v3") - 1));
	assert_string_equal(text, "gprsLocationInfoRetrievalContext-v3");
	assert_true(map_context_name(1, 3, text, sizeof("networkLocUpContext-v3")));
}

static void messages_of_the_other_layers_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(m3ua_message_name(2, 1), "DUNA");
	assert_string_equal(m3ua_message_name(3, 1), "ASPUP");
	assert_string_equal(m3ua_message_name(3, 4), "ASPUP ACK");
	assert_null(m3ua_message_name(2, 9));
	assert_string_equal(sccp_message_name(9), "UDT");
	assert_string_equal(sccp_message_name(18), "XUDTS");
	assert_null(sccp_message_name(0));
	assert_string_equal(scmg_message_name(2), "SSP");
	assert_null(scmg_message_name(7));
	assert_string_equal(sctp_chunk_name(1), "INIT");
	assert_string_equal(sctp_chunk_name(192), "FORWARD-TSN");
	assert_null(sctp_chunk_name(200));
	assert_string_equal(map_operation_name(56), "sendAuthenticationInfo");
	assert_null(map_operation_name(127));
	assert_string_equal(map_diagnostic_name(1, 0), "imsiUnknown");
	assert_string_equal(map_diagnostic_name(8, 0), "plmnRoamingNotAllowed");
	assert_null(map_diagnostic_name(34, 0));
	assert_true(diameter_application_is_known(16777251));
	assert_true(diameter_application_is_known(0xffffffff));
	assert_false(diameter_application_is_known(4242));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_every_table_are_in_strictly_ascending_order),
		cmocka_unit_test(numbers_beside_the_rows_are_not_taken_for_them),
		cmocka_unit_test(every_slot_of_every_table_holds_a_row),
		cmocka_unit_test(every_row_is_found_by_its_number),
		cmocka_unit_test(diameter_commands_are_named_without_prefix_and_suffix),
		cmocka_unit_test(base_and_3gpp_results_of_the_same_number_differ),
		cmocka_unit_test(results_of_other_vendors_are_not_those_of_3gpp),
		cmocka_unit_test(commands_that_share_a_code_are_told_apart_by_their_application),
		cmocka_unit_test(unknown_diameter_results_are_judged_by_their_thousand),
		cmocka_unit_test(map_errors_count_as_their_column_says_and_congestion_stays),
		cmocka_unit_test(aborts_abort_unless_resources_were_short),
		cmocka_unit_test(problems_and_returns_have_names_and_classes),
		cmocka_unit_test(layers_are_found_by_the_name_they_print),
		cmocka_unit_test(every_map_operation_value_is_a_procedure),
		cmocka_unit_test(diameter_procedures_follow_the_map_operations),
		cmocka_unit_test(procedures_are_found_by_name),
		cmocka_unit_test(radio_access_follows_the_rat_type),
		cmocka_unit_test(application_contexts_carry_their_version),
		cmocka_unit_test(messages_of_the_other_layers_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

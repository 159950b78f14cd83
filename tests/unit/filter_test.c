/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters of lines: what an expression means, which lines pass, and how a mistake in it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/sink/filter.h"

#define MAP_LINE                                                                                                                           \
	"{\"frame\":328,\"time\":\"1342008001.129247887\",\"src\":\"10.20.0.12\",\"dst\":\"fe80::1\",\"sport\":2905,\"dport\":2906,"       \
	"\"transport\":\"sctp\",\"ppid\":3,\"stack\":\"m3ua/sccp/tcap/map\",\"mtp3\":{\"opc\":1008,\"dpc\":2003,\"si\":3},"                \
	"\"sccp\":{\"type\":\"UDT\",\"called\":{\"ssn\":6,\"gt\":\"447802000003\"},\"calling\":{\"ssn\":7,\"gt\":\"447802000108\"}},"      \
	"\"tcap\":{\"type\":\"begin\",\"otid\":\"00000064\",\"ac_name\":\"networkLocUpContext-v2\"},"                                      \
	"\"components\":[{\"type\":\"returnError\",\"id\":1,\"error\":34,\"error_name\":\"systemFailure\"},"                               \
	"{\"type\":\"invoke\",\"id\":2,\"op\":2,\"op_name\":\"updateLocation\",\"imsi\":\"imsi~23410a61ee486d2\"}]}\n"
#define MAP_CLEAR                                                                                                                          \
	"{\"frame\":328,\"stack\":\"m3ua/sccp/tcap/map\","                                                                                 \
	"\"components\":[{\"type\":\"returnError\",\"id\":1,\"error\":34},"                                                                \
	"{\"type\":\"invoke\",\"id\":2,\"op\":2,\"op_name\":\"updateLocation\",\"imsi\":\"234100000000001\"}]}\n"
#define DIAMETER_LINE                                                                                                                      \
	"{\"frame\":9,\"time\":\"1342008000.5\",\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.2\",\"sport\":3868,\"dport\":42268,"                 \
	"\"transport\":\"tcp\",\"stack\":\"diameter\",\"diameter\":{\"code\":316,\"name\":\"Update-Location\",\"app\":16777251,"           \
	"\"request\":false,\"error\":false,\"origin_host\":\"hss1.example\",\"experimental\":5001,\"experimental_vendor\":10415,"          \
	"\"rat_type\":1004}}\n"
#define SUCCESS_LINE   "{\"stack\":\"diameter\",\"diameter\":{\"code\":316,\"request\":false,\"result\":2001}}\n"
#define MALFORMED_LINE "{\"frame\":11,\"stack\":\"m3ua/sccp/tcap\",\"malformed\":{\"layer\":\"tcap\",\"offset\":40,\"why\":\"a tag\"}}\n"
#define TRANSACTION                                                                                                                        \
	"{\"time\":\"1342008060.1\",\"procedure\":\"map.updateLocation\",\"outcome\":\"network\",\"cause\":\"map-error:34\","              \
	"\"cause_name\":\"systemFailure\",\"latency_ms\":12.345,\"client\":\"447802000107\",\"server\":\"447802000001\","                  \
	"\"segments\":[\"tesco-mobile\",\"all\"],\"rat\":\"2g3g-cs\",\"frames\":[12,57]}\n"
#define TRANSACTION_4G                                                                                                                     \
	"{\"time\":\"1342008060.1\",\"procedure\":\"s6a.ulr\",\"outcome\":\"success\",\"cause\":\"diameter:2001\",\"latency_ms\":3.0,"     \
	"\"frames\":[12,57]}\n"

/* Whether a line, and the same in clear where there is one, passes; what is written must then be the line itself. */
static bool passes(const char *expression, enum filter_lines lines, const char *shown, const char *clear)
{
	char error[FILTER_ERROR_MAX] = "";
	struct filter *f = filter_new(expression, lines, error);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool did_pass;

	if (f == NULL)
		fail_msg("%s: %s", expression, error);
	assert_non_null(out);
	/* A longer line before must leave nothing behind. */
	fputs("{\"stack\":\"nothing\",\"and\":\"a long text that is longer than all the lines that are filtered in this test: it stands "
	      "here "
	      "to be overwritten, and if anything of it were left then the line behind it could not be read back, as it would end with "
	      "signs that belong to no object, and then it would be shown whatever the expression says; that is what is tested here, as "
	      "both pages are used for every line that is written by the one who uses the filter, and they are not emptied otherwise\"}\n",
	      filter_page(f, FILTER_SHOWN));
	filter_put(f, out);
	fflush(out);
	rewind(out);
	fputs(shown, filter_page(f, FILTER_SHOWN));
	if (clear != NULL)
		fputs(clear, filter_page(f, FILTER_CLEAR));
	filter_put(f, out);
	fclose(out);
	did_pass = size > 0;
	if (did_pass)
		assert_string_equal(text, shown);
	free(text);
	filter_free(f);
	return did_pass;
}

#define PASSES(expression, line)   assert_true(passes(expression, FILTER_LINES_MESSAGES, line, NULL))
#define STAYS(expression, line)    assert_false(passes(expression, FILTER_LINES_MESSAGES, line, NULL))
#define PASSES_T(expression, line) assert_true(passes(expression, FILTER_LINES_TRANSACTIONS, line, NULL))
#define STAYS_T(expression, line)  assert_false(passes(expression, FILTER_LINES_TRANSACTIONS, line, NULL))

static void a_field_alone_asks_whether_it_is_there(void **state)
{
	(void)state;
	PASSES("imsi", MAP_LINE);
	STAYS("malformed", MAP_LINE);
	PASSES("malformed", MALFORMED_LINE);
	PASSES("!nas", MAP_LINE);
	PASSES("sccp.called", MAP_LINE);
}

static void any_layer_and_any_component_counts(void **state)
{
	(void)state;
	PASSES("proto==map", MAP_LINE);
	PASSES("proto==SCCP", MAP_LINE);
	STAYS("proto==diameter", MAP_LINE);
	STAYS("proto==m3", MAP_LINE);
	PASSES("op==2", MAP_LINE);
	PASSES("op==updatelocation", MAP_LINE);
	PASSES("error==34 && error==systemFailure", MAP_LINE);
	PASSES("components.op_name==updateLocation", MAP_LINE);
	STAYS("components.op==34", MAP_LINE);
	PASSES("ssn==6 && ssn==7", MAP_LINE);
	PASSES("port==2906 && port==2905", MAP_LINE);
	PASSES("node==447802000108", MAP_LINE);
	PASSES("app==networkLocUpContext-v2", MAP_LINE);
	PASSES("opc==1008 && dpc==2003", MAP_LINE);
	PASSES("malformed==tcap", MALFORMED_LINE);
}

static void not_equal_wants_the_field_and_no_equal_value(void **state)
{
	(void)state;
	PASSES("op!=3", MAP_LINE);
	STAYS("op!=2", MAP_LINE);
	STAYS("ssn!=7", MAP_LINE);
	STAYS("malformed!=tcap", MAP_LINE);
	PASSES("!(malformed==tcap)", MAP_LINE);
}

static void order_is_of_numbers(void **state)
{
	(void)state;
	PASSES("frame>=328 && frame<=328", MAP_LINE);
	STAYS("frame<328 || frame>328", MAP_LINE);
	PASSES("time>1342008001.1", MAP_LINE);
	PASSES("frame==328.0", MAP_LINE);
	STAYS("src<5", MAP_LINE);
}

static void text_of_digits_is_compared_as_text(void **state)
{
	(void)state;
	STAYS("tcap.otid==64", MAP_LINE);
	PASSES("tcap.otid==00000064", MAP_LINE);
	STAYS("sccp.called.gt==0447802000003", MAP_LINE);
	PASSES("dst==fe80::1 && src=='10.20.0.12'", MAP_LINE);
}

static void expressions_are_posix_extended(void **state)
{
	(void)state;
	PASSES("node=~'^44780200000[0-9]$'", MAP_LINE);
	PASSES("op=~Location$", MAP_LINE);
	STAYS("op=~^Location", MAP_LINE);
	PASSES("node=~\"^(hss|mme)[0-9]+\"", DIAMETER_LINE);
}

static void diameter_has_its_commands_results_and_radio_access(void **state)
{
	(void)state;
	PASSES("op==Update-Location && op==316", DIAMETER_LINE);
	PASSES("error==5001 && error==DIAMETER_ERROR_USER_UNKNOWN", DIAMETER_LINE);
	PASSES("rat==4g && rat==1004", DIAMETER_LINE);
	PASSES("diameter.request==false", DIAMETER_LINE);
	STAYS("error", SUCCESS_LINE);
	PASSES("diameter.result==2001", SUCCESS_LINE);
	PASSES("app==16777251", DIAMETER_LINE);
}

static void and_binds_stronger_than_or_and_not_strongest(void **state)
{
	(void)state;
	PASSES("op==2 || op==3 && op==4", MAP_LINE);
	STAYS("(op==2 || op==3) && op==4", MAP_LINE);
	PASSES("!op==3 && !op==4 && op==2", MAP_LINE);
	STAYS("!(op==2 || op==3)", MAP_LINE);
	PASSES("!!(op==2)", MAP_LINE);
	PASSES("!op==2 || !(op==3) && op==2", MAP_LINE);
	PASSES("((((op==2))))", MAP_LINE);
}

static void an_identity_is_found_in_clear_although_it_is_hidden(void **state)
{
	(void)state;
	assert_true(passes("imsi==234100000000001", FILTER_LINES_MESSAGES, MAP_LINE, MAP_CLEAR));
	assert_true(passes("imsi=~^23410", FILTER_LINES_MESSAGES, MAP_LINE, MAP_CLEAR));
	assert_true(passes("imsi==imsi~23410a61ee486d2", FILTER_LINES_MESSAGES, MAP_LINE, MAP_CLEAR));
	assert_false(passes("imsi!=234100000000001", FILTER_LINES_MESSAGES, MAP_LINE, MAP_CLEAR));
	assert_false(passes("imsi==234100000000002", FILTER_LINES_MESSAGES, MAP_LINE, MAP_CLEAR));
}

static void transactions_have_fields_of_their_own(void **state)
{
	(void)state;
	PASSES_T("proto==map && op==updateLocation && outcome!=success", TRANSACTION);
	PASSES_T("op==2 && op==map.updateLocation && procedure==map.updateLocation", TRANSACTION);
	PASSES_T("error==34 && cause==map-error:34 && cause==systemFailure", TRANSACTION);
	PASSES_T("latency>12 && latency<=12.345 && frame==57", TRANSACTION);
	PASSES_T("segment==tesco-mobile && node==447802000001 && rat==2g3g-cs", TRANSACTION);
	PASSES_T("proto==diameter && proto==s6a && op==ulr", TRANSACTION_4G);
	PASSES_T("cause==2001", TRANSACTION_4G);
	STAYS_T("error", TRANSACTION_4G);
	STAYS_T("op==2", TRANSACTION_4G);
}

static void refused(const char *expression, const char *expected)
{
	char error[FILTER_ERROR_MAX] = "";

	assert_null(filter_new(expression, FILTER_LINES_MESSAGES, error));
	assert_string_equal(error, expected);
}

static void a_mistake_is_one_sentence_with_a_mark_under_its_place(void **state)
{
	(void)state;
	refused("op==2 && imsy==1", "there is no field 'imsy'; did you mean 'imsi'?\n  op==2 && imsy==1\n           ^~~~");
	refused("sccp.caled.gt", "there is no field 'caled'; did you mean 'called'?\n  sccp.caled.gt\n       ^~~~~");
	refused("outcome==success", "'outcome' is known of transactions, not of messages\n  outcome==success\n  ^~~~~~~");
	refused("xyzxyzxyzxyzxyz", "there is no field 'xyzxyzxyzxyzxyz'\n  xyzxyzxyzxyzxyz\n  ^~~~~~~~~~~~~~~");
	refused("op=2", "a single '=' compares nothing; write '==' or '=~'\n  op=2\n    ^");
	refused("op==", "a value is expected here; quote one that holds spaces or signs\n  op==\n      ^");
	refused("op=='2", "this quote is never closed\n  op=='2\n      ^");
	refused("(op==2", "this parenthesis is never closed\n  (op==2\n  ^");
	refused("op==2)", "no parenthesis is open that this one could close\n  op==2)\n       ^");
	refused("op==2 op", "'&&', '||' or the end is expected here\n  op==2 op\n        ^");
	refused("op==2 &&", "the expression ends where a field is expected\n  op==2 &&\n          ^");
	refused("&& op", "a field is expected here\n  && op\n  ^");
	refused("()", "a field is expected here\n  ()\n   ^");
	refused("frame<many", "order is of numbers, and this is none\n  frame<many\n        ^~~~");
	refused("op=~'('", "this is no POSIX extended regular expression\n  op=~'('\n      ^~~");
	refused("sccp..gt", "a name is missing beside this dot\n  sccp..gt\n       ^");
	refused("\t", "the expression ends where a field is expected\n   \n   ^");
}

static void long_and_deep_expressions_are_refused_or_taken_but_never_overrun(void **state)
{
	char text[8192];
	char error[FILTER_ERROR_MAX];

	(void)state;
	for (size_t length = 1; length < sizeof(text); length = length * 2 + 1) {
		static const char *const pieces[] = { "(", "!", "a", "op==2&&", "op||", "'", "\\", ".", "op==x" };

		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			struct filter *f;

			text[0] = '\0';
			while (strlen(text) + strlen(pieces[i]) < length)
				strcat(text, pieces[i]);
			f = filter_new(text, FILTER_LINES_MESSAGES, error);
			filter_free(f);
		}
	}
	/* Cut at every length. */
	for (size_t length = 0; length < strlen("op==2 && !(imsi=~'^23' || sccp.called.gt!=\"44\")"); length++) {
		snprintf(text, sizeof(text), "%.*s", (int)length, "op==2 && !(imsi=~'^23' || sccp.called.gt!=\"44\")");
		filter_free(filter_new(text, FILTER_LINES_MESSAGES, error));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_alone_asks_whether_it_is_there),
		cmocka_unit_test(any_layer_and_any_component_counts),
		cmocka_unit_test(not_equal_wants_the_field_and_no_equal_value),
		cmocka_unit_test(order_is_of_numbers),
		cmocka_unit_test(text_of_digits_is_compared_as_text),
		cmocka_unit_test(expressions_are_posix_extended),
		cmocka_unit_test(diameter_has_its_commands_results_and_radio_access),
		cmocka_unit_test(and_binds_stronger_than_or_and_not_strongest),
		cmocka_unit_test(an_identity_is_found_in_clear_although_it_is_hidden),
		cmocka_unit_test(transactions_have_fields_of_their_own),
		cmocka_unit_test(a_mistake_is_one_sentence_with_a_mark_under_its_place),
		cmocka_unit_test(long_and_deep_expressions_are_refused_or_taken_but_never_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

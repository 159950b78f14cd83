/* SPDX-License-Identifier: BSD-3-Clause */
/* control/sink/message: what a line of decode tells of subscribers where identities are hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include "control/sink/message.h"

#define NUMBER UINT64_C(0x447700900123000c) /* 447700900123: digits, and how many */

static struct cursor text_cursor(const char *text)
{
	return cursor_of((const uint8_t *)text, strlen(text));
}

/* A message's line; the text is to be freed. */
struct line {
	char *text;
	size_t size;
};

static void line_write(const struct message *m, bool is_clear, struct line *ret)
{
	struct pseudonym pseudonym = { .is_clear = is_clear };
	struct message_writer writer = { .out = open_memstream(&ret->text, &ret->size), .pseudonym = &pseudonym };

	assert_non_null(writer.out);
	message_write(&writer, m);
	fclose(writer.out);
}

static void expect_in_clear_only(const struct message *m, const char *wanted)
{
	struct line hidden = { NULL, 0 };
	struct line clear = { NULL, 0 };

	line_write(m, false, &hidden);
	line_write(m, true, &clear);
	assert_non_null(strstr(clear.text, wanted));
	assert_null(strstr(hidden.text, wanted));
	free(hidden.text);
	free(clear.text);
}

static void expect_always(const struct message *m, const char *wanted)
{
	struct line hidden = { NULL, 0 };

	line_write(m, false, &hidden);
	assert_non_null(strstr(hidden.text, wanted));
	free(hidden.text);
}

static struct message *diameter_answer(const char *session)
{
	static const struct packet packet = { .number = 1 };
	struct message *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->packet = &packet;
	m->layers = LAYER_DIAMETER;
	m->diameter.length = 20;
	m->body.session = text_cursor(session);
	return m;
}

/* An answer has no User-Name (TS 29.272 7.2.4), so that nothing says which digits are the IMSI. */
static void a_session_made_of_an_imsi_is_hidden_in_the_answer_too(void **state)
{
	struct message *m = diameter_answer("mme;1342008000;234100000000001;7");

	(void)state;
	expect_in_clear_only(m, "234100000000001");
	expect_always(m, "mme;1342008000;***************;7");
	m->body.msisdn = NUMBER;
	m->body.session = text_cursor("mme;x447700900123x");
	expect_in_clear_only(m, "447700900123");
	free(m);
}

static void counters_and_times_in_a_session_stay(void **state)
{
	struct message *m = diameter_answer("pcrf;13289618733691727978;1263278878147;4294967295");

	(void)state;
	expect_always(m, "pcrf;13289618733691727978;1263278878147;4294967295");
	free(m);
}

static void a_long_session_hides_what_a_short_one_hides(void **state)
{
	char session[400];
	struct message *m;

	(void)state;
	memset(session, 'x', sizeof(session));
	memcpy(session + sizeof(session) - 16, "234100000000001", 16);
	m = diameter_answer(session);
	m->body.imsi = UINT64_C(0x234100000000001f);
	expect_in_clear_only(m, "234100000000001");
	free(m);
}

static void an_error_message_names_nobody(void **state)
{
	struct message *m = diameter_answer("mme;1;2");

	(void)state;
	m->detail.texts[DETAIL_BASE_281] = text_cursor("no subscriber 447700900123 (error 5001)");
	m->detail.seen = UINT64_C(1) << DETAIL_BASE_281;
	expect_in_clear_only(m, "447700900123");
	expect_always(m, "(error 5001)");
	free(m);
}

/* sendRoutingInfo goes to the number that is called, also where its parameter is not readable; updateLocation goes to a node. */
static void a_title_that_may_be_a_subscriber_is_hidden(void **state)
{
	struct message *m = diameter_answer("");

	(void)state;
	m->layers = LAYER_M3UA | LAYER_SCCP | LAYER_TCAP | LAYER_MAP;
	m->sccp.type = SCCP_UDT;
	m->sccp.is_connectionless = true;
	m->sccp.called = (struct sccp_address){ .global_title = NUMBER, .numbering_plan = SCCP_NUMBERING_E164 };
	m->component_count = 1;
	m->components[0] = (struct tcap_component){ .type = TCAP_INVOKE, .operation = 22, .has_operation = true };
	map_clear(&m->map[0]);
	expect_in_clear_only(m, "\"gt\":\"447700900123\"");
	m->components[0].operation = 2;
	expect_always(m, "\"gt\":\"447700900123\"");
	m->sccp.calling = m->sccp.called;
	m->sccp.called.global_title = 0;
	m->sccp.is_return = true;
	expect_always(m, "\"gt\":\"447700900123\"");
	m->components[0].operation = 45;
	expect_in_clear_only(m, "\"gt\":\"447700900123\"");
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_made_of_an_imsi_is_hidden_in_the_answer_too),
		cmocka_unit_test(counters_and_times_in_a_session_stay),
		cmocka_unit_test(a_long_session_hides_what_a_short_one_hides),
		cmocka_unit_test(an_error_message_names_nobody),
		cmocka_unit_test(a_title_that_may_be_a_subscriber_is_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

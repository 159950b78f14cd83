/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/plmn: networks and countries by their numbers; control/tick/homes: which of them are the operator's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "control/tick/homes.h"
#include "dataplane/plmn.h"

static digits number(const char *text)
{
	digits d = 0;

	for (; *text != '\0'; text++)
		digits_append(&d, (unsigned int)(*text - '0'));
	return d;
}

static uint32_t realm(const char *text)
{
	struct cursor window = cursor_of((const uint8_t *)text, strlen(text));

	return plmn_of_realm(&window);
}

static void the_network_of_an_imsi_has_the_digits_of_its_country(void **state)
{
	(void)state;
	assert_int_equal(plmn_of_imsi(number("234101234567890")), 23410);
	assert_int_equal(plmn_of_imsi(number("310410123456789")), 310410);
	assert_int_equal(plmn_of_imsi(number("23410")), 0);
	assert_int_equal(plmn_of_imsi(0), 0);
	assert_int_equal(plmn_packed(number("234101234567890")), plmn_packed(number("234109876543210")));
}

static void realms_and_texts_name_networks_or_none(void **state)
{
	(void)state;
	assert_int_equal(realm("epc.mnc010.mcc234.3gppnetwork.org"), 23410);
	assert_int_equal(realm("ims.MNC410.MCC310.3gppnetwork.org"), 310410);
	assert_int_equal(realm("mnc010.mcc310.3gppnetwork.org"), 310010);
	assert_int_equal(realm("epc.mnc01x.mcc234.3gppnetwork.org"), 0);
	assert_int_equal(realm("example.org"), 0);
	assert_int_equal(realm(""), 0);
	assert_int_equal(plmn_of_text("26201"), 26201);
	assert_int_equal(plmn_of_text("310410"), 310410);
	assert_int_equal(plmn_of_text("2620"), 0);
	assert_int_equal(plmn_of_text("26 01"), 0);
}

static void the_country_of_a_title_has_one_to_three_digits(void **state)
{
	(void)state;
	assert_int_equal(country_of_number(number("447802000001")), 44);
	assert_int_equal(country_of_number(number("12025550100")), 1);
	assert_int_equal(country_of_number(number("35312345678")), 353);
	assert_int_equal(country_of_number(number("4917012345")), 49);
	assert_int_equal(country_of_number(number("0170")), 0);
	assert_int_equal(country_of_number(number("44")), 0);
}

static struct tally_cell networks_of(uint32_t subscribed, uint32_t visited, uint32_t requests)
{
	return (struct tally_cell){
		.key = { .value = (uint64_t)subscribed << 32 | visited, .procedure = 1, .dimension = DIMENSION_DIRECTION },
		.requests = requests
	};
}

static void own_networks_are_learned_from_who_asks_most(void **state)
{
	struct homes h = { .prefix_count = 0 };
	const struct plan plan = { .segment_count = 0 };
	struct tally_cell few[] = { networks_of(23410, 0, 50) };
	struct tally_cell cells[] = { networks_of(23410, 0, 900),     networks_of(23410, 26201, 40), networks_of(26201, 23410, 30),
				      networks_of(23420, 23420, 300), networks_of(23430, 0, 5),      networks_of(26201, 20801, 1) };
	const enum direction directions[] = { DIRECTION_HOME, DIRECTION_OUTBOUND, DIRECTION_INBOUND,
					      DIRECTION_HOME, DIRECTION_INBOUND,  DIRECTION_UNKNOWN };

	(void)state;
	homes_plan(&h, &plan);
	homes_tell(&h, few, 1);
	assert_int_equal(few[0].key.value, DIRECTION_UNKNOWN);
	homes_tell(&h, cells, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(cells[i].key.value, directions[i]);
	/* What was put in their place is not taken for networks. */
	homes_tell(&h, cells, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(cells[i].key.value, directions[i]);
}

static void own_networks_are_those_of_the_configured_segments(void **state)
{
	struct plan_pattern pattern = { .field = PLAN_FIELD_IMSI, .prefix = number("23420") };
	struct plan_segment segment = { .kind = PLAN_SEGMENT_NETWORK, .patterns = &pattern, .pattern_count = 1 };
	const struct plan plan = { .segments = &segment, .segment_count = 1 };
	struct homes h = { .prefix_count = 0 };

	(void)state;
	homes_plan(&h, &plan);
	assert_int_equal(homes_direction(&h, 23420, 0), DIRECTION_HOME);
	assert_int_equal(homes_direction(&h, 23420, 49), DIRECTION_OUTBOUND);
	assert_int_equal(homes_direction(&h, 23410, 23420), DIRECTION_INBOUND);
	assert_int_equal(homes_direction(&h, 23410, 44), DIRECTION_INBOUND);
	assert_int_equal(homes_direction(&h, 0, 23420), DIRECTION_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_network_of_an_imsi_has_the_digits_of_its_country),
		cmocka_unit_test(realms_and_texts_name_networks_or_none),
		cmocka_unit_test(the_country_of_a_title_has_one_to_three_digits),
		cmocka_unit_test(own_networks_are_learned_from_who_asks_most),
		cmocka_unit_test(own_networks_are_those_of_the_configured_segments),
	};

	return cmocka_run_group_tests_name("plmn", tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/plmn: networks and countries by their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_network_of_an_imsi_has_the_digits_of_its_country),
		cmocka_unit_test(realms_and_texts_name_networks_or_none),
		cmocka_unit_test(the_country_of_a_title_has_one_to_three_digits),
	};

	return cmocka_run_group_tests_name("plmn", tests, NULL, NULL);
}

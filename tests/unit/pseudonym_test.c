/* SPDX-License-Identifier: BSD-3-Clause */
/* Pseudonyms: what stays readable, what does not, and the life of the key file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/pseudonym.h"

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static void the_network_code_has_six_digits_in_north_america_and_five_in_europe(void **state)
{
	(void)state;
	assert_int_equal(plmn_length(number("234101234567890")), 5); /* E.212: United Kingdom */
	assert_int_equal(plmn_length(number("310410123456789")), 6); /* United States */
	assert_int_equal(plmn_length(number("302720123456789")), 6); /* Canada */
	assert_int_equal(plmn_length(number("405025123456789")), 5); /* India uses both */
	assert_int_equal(plmn_length(number("23")), 2);
}

static void an_imsi_keeps_its_network_and_its_length_and_loses_the_rest(void **state)
{
	struct pseudonym p = { .key = { 1 } };
	char text[PSEUDONYM_TEXT_MAX];
	char other[PSEUDONYM_TEXT_MAX];

	(void)state;
	pseudonym_write(&p, PSEUDONYM_IMSI, number("234101234567890"), text);
	assert_int_equal(strlen(text), strlen("imsi~23410") + 10);
	assert_memory_equal(text, "imsi~23410", 10);
	assert_null(strstr(text, "1234567890"));
	assert_int_equal(strspn(text + 10, "0123456789abcdef"), 10);
	pseudonym_write(&p, PSEUDONYM_IMSI, number("234101234567891"), other);
	assert_string_not_equal(text, other);
	pseudonym_write(&p, PSEUDONYM_IMSI, number("310410123456789"), other);
	assert_memory_equal(other, "imsi~310410", 11);
	assert_int_equal(strlen(other), 11 + 9);
}

static void the_pseudonym_is_hmac_sha256_under_the_key(void **state)
{
	struct pseudonym p = { .key = { 0 } };
	char text[PSEUDONYM_TEXT_MAX];

	(void)state;
	/* printf i234101234567890 | openssl mac -digest SHA256 -macopt hexkey:00..00 HMAC */
	pseudonym_write(&p, PSEUDONYM_IMSI, number("234101234567890"), text);
	assert_string_equal(text, "imsi~234102ec187e508");
}

static void another_key_gives_another_pseudonym(void **state)
{
	struct pseudonym one = { .key = { 1 } }, two = { .key = { 2 } };
	char a[PSEUDONYM_TEXT_MAX], b[PSEUDONYM_TEXT_MAX];

	(void)state;
	pseudonym_write(&one, PSEUDONYM_MSISDN, number("447802123456"), a);
	pseudonym_write(&two, PSEUDONYM_MSISDN, number("447802123456"), b);
	assert_memory_equal(a, "msisdn~44", 9);
	assert_int_equal(strlen(a), 9 + 10);
	assert_string_not_equal(a, b);
}

static void a_clear_pseudonym_is_the_number(void **state)
{
	struct pseudonym p = { .is_clear = true };
	char text[PSEUDONYM_TEXT_MAX];

	(void)state;
	pseudonym_write(&p, PSEUDONYM_IMSI, number("234101234567890"), text);
	assert_string_equal(text, "234101234567890");
	pseudonym_write(&p, PSEUDONYM_IMSI, 0, text);
	assert_string_equal(text, "");
}

static void the_key_is_made_once_readable_by_its_owner_only_and_found_again(void **state)
{
	char folder[] = "/tmp/pseudonym-XXXXXX";
	char path[64];
	struct pseudonym first, second;
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/deep/key", folder);
	assert_int_equal(pseudonym_open(path, &first), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_size, PSEUDONYM_KEY_LENGTH);
	assert_int_equal(pseudonym_open(path, &second), 0);
	assert_memory_equal(first.key, second.key, PSEUDONYM_KEY_LENGTH);
	unlink(path);
	/* A key that root makes in the folder of a service can be read by the service. */
	snprintf(path, sizeof(path), "%s/deep", folder);
	if (geteuid() == 0 && chown(path, 65534, 65534) == 0) {
		snprintf(path, sizeof(path), "%s/deep/key", folder);
		assert_int_equal(pseudonym_open(path, &first), 0);
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_uid, 65534);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/deep", folder);
	rmdir(path);
	rmdir(folder);
}

static void a_key_file_of_another_length_is_refused_and_left_alone(void **state)
{
	char path[] = "/tmp/pseudonym-XXXXXX";
	int file = mkstemp(path);
	struct pseudonym p;
	struct stat status;

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(write(file, "short", 5), 5);
	close(file);
	assert_int_equal(pseudonym_open(path, &p), -EINVAL);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 5);
	unlink(path);
}

static void without_a_place_for_the_key_the_run_has_one_of_its_own(void **state)
{
	static const unsigned char nothing[PSEUDONYM_KEY_LENGTH];
	struct pseudonym p;

	(void)state;
	assert_true(pseudonym_open("/dev/null/no/key", &p) < 0);
	assert_memory_not_equal(p.key, nothing, PSEUDONYM_KEY_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_network_code_has_six_digits_in_north_america_and_five_in_europe),
		cmocka_unit_test(an_imsi_keeps_its_network_and_its_length_and_loses_the_rest),
		cmocka_unit_test(the_pseudonym_is_hmac_sha256_under_the_key),
		cmocka_unit_test(another_key_gives_another_pseudonym),
		cmocka_unit_test(a_clear_pseudonym_is_the_number),
		cmocka_unit_test(the_key_is_made_once_readable_by_its_owner_only_and_found_again),
		cmocka_unit_test(a_key_file_of_another_length_is_refused_and_left_alone),
		cmocka_unit_test(without_a_place_for_the_key_the_run_has_one_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

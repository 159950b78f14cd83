/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding a Diameter header at any offset: the vector searches and the portable one are the same function, and Hyperscan agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <hs/hs.h>

#include "dataplane/codes/tables.h"
#include "dataplane/diameter/diameter.h"
#include "dataplane/diameter/find.h"

/* ULA: version 1, length 32, answer, command 316, application 16777251. */
static const uint8_t header[DIAMETER_HEADER_LENGTH] = { 1, 0, 0, 32, 0x40, 0, 1, 0x3c, 1, 0, 0, 0x23, 9, 9, 9, 9, 9, 9, 9, 9 };

#define EXPRESSION_MAX 16384

static uint32_t chance(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* Every hit in the window, by both ways and by diameter_find(); returns how many there are. */
static size_t hits_compare(const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length);
	size_t hits = 0;

	for (;;) {
		size_t portable = diameter_find_portable(&c);

		if (diameter_find_has_vector())
			assert_int_equal(diameter_find_vector(&c), portable);
		assert_int_equal(diameter_find_lanes(&c), portable);
		assert_int_equal(diameter_find(&c), portable);
		if (portable == cursor_left(&c))
			return hits;
		hits++;
		cursor_skip(&c, portable + 1);
	}
}

static void a_header_is_found_at_every_offset_of_every_window(void **state)
{
	(void)state;
	for (size_t length = DIAMETER_HEADER_LENGTH; length < 120; length++) {
		for (size_t at = 0; at + DIAMETER_HEADER_LENGTH <= length; at++) {
			/* Memory of exactly this size, so that a sanitizer sees a read beyond it. */
			uint8_t *bytes = malloc(length);
			struct cursor c = cursor_of(bytes, length);

			assert_non_null(bytes);
			memset(bytes, 1, length);
			memcpy(bytes + at, header, sizeof(header));
			assert_int_equal(diameter_find(&c), at);
			assert_int_equal(hits_compare(bytes, length), 1);
			free(bytes);
		}
	}
}

static void a_header_that_is_cut_is_not_found(void **state)
{
	(void)state;
	for (size_t length = 0; length < DIAMETER_HEADER_LENGTH; length++) {
		struct cursor c = cursor_of(header, length);

		assert_int_equal(diameter_find(&c), length);
	}
}

static void both_ways_agree_on_random_bytes(void **state)
{
	static uint8_t bytes[4096];
	uint64_t seed = 46;
	size_t hits = 0;

	(void)state;
	for (int round = 0; round < 200; round++) {
		/* Few values, so that many offsets look like a header for a while. */
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = round % 2 == 0 ? (uint8_t)chance(&seed) : (uint8_t)(chance(&seed) % 2 * 4 + chance(&seed) % 2);
		for (int i = 0; i < 20; i++) {
			size_t at = chance(&seed) % (sizeof(bytes) - sizeof(header));

			memcpy(bytes + at, header, sizeof(header));
			bytes[at + 4 + chance(&seed) % 2] ^= (uint8_t)(chance(&seed) % 4 == 0);
		}
		hits += hits_compare(bytes, 100 + chance(&seed) % (sizeof(bytes) - 100));
	}
	assert_true(hits > 500);
}

/* Appends text to an expression, which has room. */
static __attribute__((format(printf, 2, 3))) void expression_add(char *expression, const char *format, ...)
{
	size_t length = strlen(expression);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(expression + length, EXPRESSION_MAX - length, format, arguments);
	va_end(arguments);
}

/* Alternatives of the last `octets` octets of all codes of a table. */
static void codes_add(char *expression, enum code_table_name table, unsigned int octets)
{
	for (size_t i = 0; i < code_tables[table].count; i++) {
		expression_add(expression, i == 0 ? "(?:" : "|");
		for (unsigned int octet = octets; octet > 0; octet--)
			expression_add(expression, "\\x%02x", (unsigned int)(code_tables[table].rows[i].key >> 8 * (octet - 1) & 0xff));
	}
	expression_add(expression, ")");
}

/* RFC 6733 3 as an expression, written from the standard and not from the code. */
static hs_database_t *header_compile(void)
{
	static char expression[EXPRESSION_MAX];
	hs_database_t *database = NULL;
	hs_compile_error_t *failure = NULL;
	char fours[300] = "";

	for (unsigned int octet = 0; octet < 256; octet += 4)
		snprintf(fours + strlen(fours), sizeof(fours) - strlen(fours), "\\x%02x", octet);
	/* Version, length: 20 and more in steps of 4. */
	expression_add(expression, "\\x01(?:\\x00\\x00[%s]|\\x00[^\\x00][%s]|[^\\x00].[%s])", fours + 5 * 4, fours, fours);
	/* Flags: R P E T and four reserved bits; not R with E. */
	expression_add(expression, "[\\x00\\x10\\x20\\x30\\x40\\x50\\x60\\x70\\x80\\x90\\xc0\\xd0]");
	codes_add(expression, CODE_TABLE_DIAMETER_COMMANDS, 3);
	codes_add(expression, CODE_TABLE_DIAMETER_APPLICATIONS, 4);
	expression_add(expression, ".{8}");
	if (hs_compile(expression, HS_FLAG_DOTALL, HS_MODE_BLOCK, NULL, &database, &failure) != HS_SUCCESS)
		fail_msg("%s", failure->message);
	return database;
}

struct opinion {
	uint8_t *is_header; /* by offset */
	size_t count;
};

static int opinion_take(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context)
{
	struct opinion *opinion = context;
	size_t offset = (size_t)to - DIAMETER_HEADER_LENGTH;

	(void)id;
	(void)from;
	(void)flags;
	opinion->count += opinion->is_header[offset] == 0;
	opinion->is_header[offset] = 1;
	return 0;
}

/* Bytes in which much looks like a header for a while. */
static void headers_scatter(uint8_t *bytes, size_t size, uint64_t *seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = chance(seed) % 3 == 0 ? (uint8_t)chance(seed) : (uint8_t)(chance(seed) % 3);
	for (int i = 0; i < 60; i++) {
		size_t at = chance(seed) % (size - sizeof(header));

		memcpy(bytes + at, header, sizeof(header));
		bytes[at + 3] = (uint8_t)(chance(seed) % 40);
		bytes[at + 4] = (uint8_t)(chance(seed) % 8 == 0 ? chance(seed) : chance(seed) & 0xf0);
		bytes[at + 3] &= (uint8_t)(chance(seed) % 8 == 0 ? 0xff : 0xfc);
		bytes[at + chance(seed) % 12] ^= (uint8_t)((chance(seed) % 4 == 0) << chance(seed) % 8);
	}
}

static void hyperscan_finds_the_same_headers(void **state)
{
	static uint8_t bytes[4096];
	static uint8_t is_header[sizeof(bytes)];
	hs_database_t *database = header_compile();
	hs_scratch_t *scratch = NULL;
	uint64_t seed = 3868;
	size_t total = 0;

	(void)state;
	assert_int_equal(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
	for (int round = 0; round < 200; round++) {
		struct opinion opinion = { .is_header = is_header };
		struct cursor c = cursor_of(bytes, sizeof(bytes));

		headers_scatter(bytes, sizeof(bytes), &seed);
		memset(is_header, 0, sizeof(is_header));
		assert_int_equal(hs_scan(database, (const char *)bytes, sizeof(bytes), 0, scratch, opinion_take, &opinion), HS_SUCCESS);
		assert_int_equal(hits_compare(bytes, sizeof(bytes)), opinion.count);
		for (size_t offset = 0; cursor_left(&c) > 0; offset++, cursor_skip(&c, 1))
			assert_int_equal(diameter_is_plausible(&c), is_header[offset]);
		total += opinion.count;
	}
	assert_true(total > 1000);
	hs_free_scratch(scratch);
	hs_free_database(database);
}

static void both_ways_agree_on_real_captures(void **state)
{
	static const char *const names[] = {
		"s6a-gx-gy-s1ap-32ue-load-04.pcapng",
		"s6a-gx-s1ap-attach-srsenb.pcapng",
		"real-stacks/s6a_tcp_v4_restarts_dwr.pcap",
		"real-stacks/map_m3ua_v4_udt_mix.pcap",
	};
	static uint8_t bytes[1 << 20];
	const char *shared = getenv("SIGCANARY_SHARED");
	size_t hits = 0;

	(void)state;
	if (shared == NULL)
		skip();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[512];
		FILE *file = NULL;

		snprintf(path, sizeof(path), "%s/captures/%s", shared, names[i]);
		file = fopen(path, "rb");
		if (file == NULL)
			continue;
		hits += hits_compare(bytes, fread(bytes, 1, sizeof(bytes), file));
		fclose(file);
	}
	assert_true(hits > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_found_at_every_offset_of_every_window),
		cmocka_unit_test(a_header_that_is_cut_is_not_found),
		cmocka_unit_test(both_ways_agree_on_random_bytes),
		cmocka_unit_test(hyperscan_finds_the_same_headers),
		cmocka_unit_test(both_ways_agree_on_real_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

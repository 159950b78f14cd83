/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding a Diameter header at any offset: the vector search and the portable one are the same function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/diameter/diameter.h"
#include "dataplane/diameter/find.h"

/* ULA: version 1, length 32, answer, command 316, application 16777251. */
static const uint8_t header[DIAMETER_HEADER_LENGTH] = { 1, 0, 0, 32, 0x40, 0, 1, 0x3c, 1, 0, 0, 0x23, 9, 9, 9, 9, 9, 9, 9, 9 };

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
		cmocka_unit_test(both_ways_agree_on_real_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

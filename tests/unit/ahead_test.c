/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/source/ahead.c: frames read on another thread are the same frames, to the end, and nobody waits for a reader that waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "dataplane/source/source.h"

#define PACKETS 20000

static char folder[] = "/tmp/sigcanary-ahead-XXXXXX";
static char path[64];
static char error[SOURCE_ERROR_MAX];

/* Packets of 1 to 700 bytes that all say their number. */
static int capture_make(void **state)
{
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *dumper;
	uint8_t bytes[700];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/a.pcap", folder);
	dumper = pcap_dump_open(dead, path);
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct pcap_pkthdr header = { .ts = { .tv_sec = 1000 + i / 1000, .tv_usec = i % 1000 }, .caplen = 1 + i % 700 };

		header.len = header.caplen;
		memset(bytes, (int)(i % 251), sizeof(bytes));
		pcap_dump((u_char *)dumper, &header, bytes);
	}
	pcap_dump_close(dumper);
	pcap_close(dead);
	return 0;
}

static int capture_remove(void **state)
{
	(void)state;
	return remove(path) != 0 || rmdir(folder) != 0;
}

static struct source *plain_open(void)
{
	const char *paths[] = { path };

	return source_open_files(paths, 1, error);
}

/* Reads all, in bursts of at most `max`, and looks at every frame. */
static enum source_state read_all(struct source *s, size_t max, uint64_t *ret_frames)
{
	struct frame frames[SOURCE_AHEAD_BURST];
	enum source_state state = SOURCE_MORE;
	uint64_t count = 0;

	while (state == SOURCE_MORE) {
		size_t got = 0;

		state = source_burst(s, frames, max, &got);
		for (size_t i = 0; i < got; i++, count++) {
			assert_int_equal(frames[i].sequence, count + 1);
			assert_int_equal(frames[i].captured, 1 + count % 700);
			assert_int_equal(frames[i].bytes[0], count % 251);
			assert_int_equal(frames[i].bytes[frames[i].captured - 1], count % 251);
		}
	}
	*ret_frames = count;
	return state;
}

static void frames_read_ahead_are_the_frames_of_the_file(void **state)
{
	static const size_t sizes[] = { 1, 100, SOURCE_AHEAD_BURST };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct source *s = source_open_ahead(plain_open(), error);
		struct source_statistics statistics;
		struct frame frame;
		uint64_t count = 0;
		size_t got = 1;

		assert_non_null(s);
		assert_int_equal(read_all(s, sizes[i], &count), SOURCE_END);
		assert_int_equal(count, PACKETS);
		source_statistics(s, &statistics);
		assert_int_equal(statistics.frames, PACKETS);
		assert_int_equal(source_burst(s, &frame, 1, &got), SOURCE_END);
		assert_int_equal(got, 0);
		source_close(s);
	}
}

static void a_source_may_be_closed_before_it_was_read(void **state)
{
	struct frame frames[10];
	struct source *s = source_open_ahead(plain_open(), error);
	size_t got = 0;

	(void)state;
	assert_non_null(s);
	assert_int_equal(source_burst(s, frames, 10, &got), SOURCE_MORE);
	source_close(s);
}

static void damage_is_told_after_what_was_whole(void **state)
{
	char cut[80];
	char command[256];
	const char *paths[] = { cut };
	uint64_t count = 0;
	struct source *s;

	(void)state;
	snprintf(cut, sizeof(cut), "%s/cut.pcap", folder);
	snprintf(command, sizeof(command), "head -c 1000000 %s > %s", path, cut);
	assert_int_equal(system(command), 0);
	s = source_open_ahead(source_open_files(paths, 1, error), error);
	assert_int_equal(read_all(s, SOURCE_AHEAD_BURST, &count), SOURCE_DAMAGED);
	assert_true(count > 2000 && count < 4000);
	assert_non_null(strstr(source_error(s), "cut.pcap"));
	source_close(s);
	remove(cut);
}

static void what_could_not_be_opened_stays_so(void **state)
{
	const char *paths[] = { "/nowhere/at.all" };

	(void)state;
	assert_null(source_open_ahead(source_open_files(paths, 1, error), error));
	assert_non_null(strstr(error, "/nowhere/at.all"));
}

static void a_reader_that_waits_for_standard_input_does_not_keep_anybody(void **state)
{
	static const char *const paths[] = { "-" };
	static const uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1 };
	struct timespec began;
	struct timespec ended;
	struct frame frames[10];
	struct source *s;
	size_t got = 0;
	int kept = dup(STDIN_FILENO);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], header, sizeof(header)), sizeof(header));
	dup2(ends[0], STDIN_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &began);
	s = source_open_ahead(source_open_files(paths, 1, error), error);
	assert_non_null(s);
	assert_int_equal(source_burst(s, frames, 10, &got), SOURCE_MORE);
	assert_int_equal(got, 0);
	source_close(s);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_true(ended.tv_sec - began.tv_sec < 60);
	dup2(kept, STDIN_FILENO);
	close(kept);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_read_ahead_are_the_frames_of_the_file),
		cmocka_unit_test(a_source_may_be_closed_before_it_was_read),
		cmocka_unit_test(damage_is_told_after_what_was_whole),
		cmocka_unit_test(what_could_not_be_opened_stays_so),
		cmocka_unit_test(a_reader_that_waits_for_standard_input_does_not_keep_anybody),
	};

	return cmocka_run_group_tests(tests, capture_make, capture_remove);
}

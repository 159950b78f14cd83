/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of baselines: whole at every moment, refused when it is not, never written over when it must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "control/store/baselines.h"

#define STREAMS 1500

static char folder[] = "/tmp/sigcanary-baselines-XXXXXX";
static char path[128], fresh[160], aside[160];

static const char *nobody(void *names, node n)
{
	(void)names;
	(void)n;
	return NULL;
}

static int folder_make(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/baselines", folder);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	snprintf(aside, sizeof(aside), "%s.damaged", path);
	return 0;
}

static int folder_empty(void **state)
{
	(void)state;
	unlink(path);
	unlink(fresh);
	unlink(aside);
	return 0;
}

static int folder_remove(void **state)
{
	folder_empty(state);
	return rmdir(folder);
}

/* Ticks of many servers, from a second of 2026 on. */
static void ticks_run(struct engine *e, int first, int count)
{
	static struct tally_cell cells[STREAMS];
	static const nanos start = INT64_C(1764374400) * NANOS_PER_S;

	for (int t = first; t < first + count; t++) {
		struct tally tally = {
			.start = start + t * TALLY_TICK_DEFAULT, .length = TALLY_TICK_DEFAULT, .cells = cells, .count = STREAMS
		};

		for (uint32_t i = 0; i < STREAMS; i++) {
			cells[i] = (struct tally_cell){ .requests = 2,
							.key = { .procedure = 2,
								 .dimension = i == 0 ? DIMENSION_ALL : DIMENSION_SERVER,
								 .value = i == 0 ? 0 : node_of_point_code(i) } };
			cells[i].outcomes[OUTCOME_SUCCESS] = 2;
		}
		engine_tally(e, &tally);
	}
}

static struct engine *engine_of(const struct plan *plan)
{
	struct engine *e = engine_new(plan, nobody, NULL);

	assert_non_null(e);
	return e;
}

static size_t size_of(const char *name)
{
	struct stat facts;

	return stat(name, &facts) == 0 ? (size_t)facts.st_size : 0;
}

static void no_file_is_a_first_start(void **state)
{
	struct plan *plan = plan_default();
	struct engine *e = engine_of(plan);
	char error[BASELINES_ERROR_MAX] = "";

	(void)state;
	assert_true(baselines_read(path, e, error));
	assert_string_equal(error, "");
	assert_true(baselines_save(path, e)); /* nothing was seen: nothing is kept */
	assert_int_equal(size_of(path), 0);
	engine_free(e);
	plan_free(plan);
}

static void what_is_kept_is_found_again(void **state)
{
	struct plan *plan = plan_default();
	struct engine *e = engine_of(plan);
	struct baselines *b = baselines_new(path, e);
	char error[BASELINES_ERROR_MAX];
	struct stat facts;

	(void)state;
	engine_listen(e, &(struct audience){ .self = b, .tick = baselines_tick });
	ticks_run(e, 0, 50);
	assert_int_equal(size_of(path), 0); /* not a minute yet */
	ticks_run(e, 50, 300);
	assert_true(baselines_close(b));
	assert_true(size_of(path) > 100 * STREAMS);
	assert_int_equal(stat(path, &facts), 0);
	assert_int_equal(facts.st_mode & 0777, 0600);
	assert_int_equal(size_of(fresh), 0);
	engine_free(e);
	e = engine_of(plan);
	assert_true(baselines_read(path, e, error));
	engine_free(e);
	plan_free(plan);
}

/* However busy the machine is; what a file has in it when it has a name is whole. */
static void wait_for_file(void)
{
	for (int i = 0; i < 24000 && size_of(path) == 0; i++)
		usleep(5000);
	assert_true(size_of(path) > 0);
}

/* Written while it runs, not only at the end: a probe that is killed loses a minute. */
static void a_minute_of_traffic_is_written_meanwhile(void **state)
{
	struct plan *plan = plan_default();
	struct engine *e = engine_of(plan);
	struct baselines *b = baselines_new(path, e);

	(void)state;
	engine_listen(e, &(struct audience){ .self = b, .tick = baselines_tick });
	ticks_run(e, 0, 310);
	wait_for_file();
	baselines_close(b);
	engine_free(e);
	plan_free(plan);
}

static void write_bytes(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static void a_damaged_file_is_set_aside(void **state)
{
	struct plan *plan = plan_default();
	struct engine *e = engine_of(plan);
	char error[BASELINES_ERROR_MAX] = "";

	(void)state;
	write_bytes(path, "SIGBASE\nrubbish", 15);
	assert_true(baselines_read(path, e, error));
	assert_string_equal(error, "");
	assert_int_equal(size_of(path), 0);
	assert_int_equal(size_of(aside), 15);
	engine_free(e);
	plan_free(plan);
}

static uint32_t crc32_bit_by_bit(const uint8_t *bytes, size_t length)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

static void the_file_of_a_newer_program_stays(void **state)
{
	struct plan *plan = plan_default();
	struct engine *e = engine_of(plan);
	char error[BASELINES_ERROR_MAX] = "";
	uint8_t bytes[29] = "SIGBASE\n";
	uint32_t crc;

	(void)state;
	bytes[11] = 99;
	crc = crc32_bit_by_bit(bytes, 25);
	for (int i = 0; i < 4; i++)
		bytes[25 + i] = (uint8_t)(crc >> (24 - 8 * i));
	write_bytes(path, bytes, sizeof(bytes));
	assert_false(baselines_read(path, e, error));
	assert_non_null(strstr(error, "newer sigcanary"));
	assert_int_equal(size_of(path), sizeof(bytes));
	engine_free(e);
	plan_free(plan);
}

static void what_cannot_be_read_is_not_written_over(void **state)
{
	struct plan *plan = plan_default();
	struct engine *e = engine_of(plan);
	char error[BASELINES_ERROR_MAX] = "";

	(void)state;
	assert_false(baselines_read(folder, e, error)); /* a folder is no file */
	assert_non_null(strstr(error, "cannot read the baselines"));
	assert_int_equal(baselines_replace("/nonexistent/place", (const uint8_t *)"x", 1), -ENOENT);
	engine_free(e);
	plan_free(plan);
}

/* Writes without end until it is killed. */
static void write_for_ever(const struct plan *plan)
{
	struct engine *e = engine_of(plan);
	uint8_t *bytes = NULL;
	size_t length;

	ticks_run(e, 0, 5);
	length = detector_remember(engine_detector(e), &bytes);
	while (baselines_replace(path, bytes, length) == 0)
		;
	_exit(1);
}

/* Chance decides whether one is killed in the middle of writing: until one was. */
#define ROUNDS_LEAST 12
#define ROUNDS_MOST  400

static void killed_at_any_moment_the_file_is_whole(void **state)
{
	struct plan *plan = plan_default();
	uint32_t random = 7;
	size_t unfinished = 0;
	size_t rounds = 0;

	for (; rounds < ROUNDS_LEAST || (unfinished == 0 && rounds < ROUNDS_MOST); rounds++) {
		char error[BASELINES_ERROR_MAX] = "";
		struct engine *e;
		pid_t child;
		int status;

		folder_empty(state); /* so that its first writing is seen */
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			write_for_ever(plan);
		wait_for_file();
		random = random * 1664525 + 1013904223;
		usleep(1000 + (random >> 8) % 60000);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		unfinished += size_of(fresh) > 0;
		e = engine_of(plan);
		assert_true(baselines_read(path, e, error));
		assert_string_equal(error, "");
		assert_true(size_of(path) > 100 * STREAMS); /* not set aside */
		engine_free(e);
	}
	print_message("%zu of %zu were killed in the middle of writing\n", unfinished, rounds);
	assert_true(unfinished > 0);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(no_file_is_a_first_start, folder_empty),
		cmocka_unit_test_teardown(what_is_kept_is_found_again, folder_empty),
		cmocka_unit_test_teardown(a_minute_of_traffic_is_written_meanwhile, folder_empty),
		cmocka_unit_test_teardown(a_damaged_file_is_set_aside, folder_empty),
		cmocka_unit_test_teardown(the_file_of_a_newer_program_stays, folder_empty),
		cmocka_unit_test_teardown(what_cannot_be_read_is_not_written_over, folder_empty),
		cmocka_unit_test_teardown(killed_at_any_moment_the_file_is_whole, folder_empty),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

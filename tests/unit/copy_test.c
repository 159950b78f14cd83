/* SPDX-License-Identifier: BSD-3-Clause */
/* control/evidence/copy: what who may not see subscribers gets, in pieces of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/evidence/copy.h"
#include "control/evidence/pcapng_write.h"

#define MOST 4096
#define LAST 88 /* octets of the last block: header, fixed part, 50 padded, end of options, trailer */

/* 29.002 17.7.8: tag, length, TBCD of 234105801750900, behind as many octets as headers have. */
static const uint8_t imsi[] = { 0x04, 0x08, 0x32, 0x14, 0x50, 0x08, 0x71, 0x05, 0x09, 0xf0 };
static const uint8_t zeros[] = { 0x04, 0x08, 0x32, 0x14, 0x50, 0x00, 0x00, 0x00, 0x00, 0xf0 };

static const char *const comments[] = { "txn 0x4c3f51b337198a86 map.updateLocation -> success, 234105801750900, giffgaff, 412 ms",
					"txn 0x4c3f51b337198a86 map.updateLocation -> success, imsi~2341012345678, giffgaff, 412 ms" };

/* A capture of two packets of two taps, as a file without a name. */
static int capture_make(void)
{
	uint8_t bytes[64] = { 0 };
	struct frame frame = { .bytes = bytes, .captured = 50, .wire_length = 50, .link_type = LINK_TYPE_ETHERNET, .tap = 3 };
	struct pcapng_writer w;
	char path[] = "/tmp/copy-XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	unlink(path);
	memcpy(bytes + 40, imsi, sizeof(imsi));
	assert_true(pcapng_begin(&w, file, "an incident"));
	pcapng_packet(&w, &frame, comments, 2);
	frame.tap = 4;
	pcapng_packet(&w, &frame, NULL, 0);
	assert_true(pcapng_end(&w));
	return file;
}

static size_t read_all(int file, uint8_t ret[MOST])
{
	ssize_t length = pread(file, ret, MOST, 0);

	assert_true(length > 0 && length < MOST);
	return (size_t)length;
}

/* The whole copy in pieces of `size`; -1 when it ends as something wrong. */
static ssize_t copy_all(int file, uint8_t ret[MOST], size_t size)
{
	struct copier *copier = copier_new();
	struct copy *copy = copier != NULL ? copy_open(copier, dup(file)) : NULL;
	size_t done = 0;
	ssize_t got;

	assert_non_null(copy);
	while ((got = copy_read(copy, ret + done, size < MOST - done ? size : MOST - done)) > 0)
		done += (size_t)got;
	copy_close(copy);
	copier_free(copier);
	return got == 0 ? (ssize_t)done : -1;
}

static void digits_go_and_everything_else_stays(void **state)
{
	uint8_t before[MOST], after[MOST];
	int file = capture_make();
	size_t length = read_all(file, before);
	size_t at;

	(void)state;
	assert_int_equal(copy_all(file, after, MOST), length);
	assert_null(memmem(after, length, imsi, sizeof(imsi)));
	assert_null(memmem(after, length, "5801750900", 10));
	assert_non_null(memmem(after, length, "success, 234100000000000, giffgaff", 34));
	assert_non_null(memmem(after, length, comments[1], strlen(comments[1])));
	for (int i = 0; i < 2; i++) {
		const uint8_t *there = memmem(before, length, imsi, sizeof(imsi));

		assert_non_null(there);
		at = (size_t)(there - before);
		assert_memory_equal(after + at, zeros, sizeof(zeros));
		memcpy(before + at, zeros, sizeof(zeros));
	}
	at = (size_t)((uint8_t *)memmem(before, length, "234105801750900", 15) - before);
	memset(before + at + 5, '0', 10);
	assert_memory_equal(before, after, length);
	close(file);
}

static void pieces_of_any_size_are_the_same_copy(void **state)
{
	uint8_t whole[MOST], pieces[MOST];
	int file = capture_make();
	ssize_t length = copy_all(file, whole, MOST);

	(void)state;
	assert_true(length > 0);
	for (size_t size = 1; size < 300; size++) {
		assert_int_equal(copy_all(file, pieces, size), length);
		assert_memory_equal(whole, pieces, (size_t)length);
	}
	close(file);
}

static void a_block_that_is_not_whole_yet_is_left_out(void **state)
{
	uint8_t whole[MOST], cut[MOST];
	int file = capture_make();
	ssize_t length = copy_all(file, whole, MOST);

	(void)state;
	for (off_t left = length - 1; left > length - 60; left--) {
		assert_int_equal(ftruncate(file, left), 0);
		assert_int_equal(copy_all(file, cut, 100), length - LAST);
		assert_memory_equal(whole, cut, (size_t)length - LAST);
	}
	close(file);
}

/* Bytes that were not looked into are not given away: whatever is damaged, nothing behind it comes. */
static void what_is_no_capture_of_ours_ends_the_copy(void **state)
{
	uint8_t before[MOST], after[MOST];
	int file = capture_make();
	size_t length = read_all(file, before);
	const size_t last = length - LAST; /* the second packet's block */
	const struct {
		size_t at;
		uint32_t value;
	} damages[] = { { last, 11 },       { last, 0x0a0d0d0a },      { last + 4, 8 },    { last + 4, 84 }, { last + 8, 2 },
			{ last + 20, 200 }, { last + 20, 0xffffffff }, { length - 4, 92 }, { last + 80, 5 } };

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		uint32_t kept;

		memcpy(&kept, before + damages[i].at, 4);
		assert_int_equal(pwrite(file, &damages[i].value, 4, (off_t)damages[i].at), 4);
		memset(after, 0, sizeof(after));
		assert_int_equal(copy_all(file, after, MOST), -1);
		assert_null(memmem(after, MOST, imsi, sizeof(imsi)));
		assert_int_equal(pwrite(file, &kept, 4, (off_t)damages[i].at), 4);
	}
	close(file);
}

static void a_block_that_shrinks_between_two_pieces_ends_the_copy(void **state)
{
	uint8_t bytes[MOST];
	int file = capture_make();
	size_t length = read_all(file, bytes);
	struct copier *copier = copier_new();
	struct copy *copy = copy_open(copier, dup(file));
	const uint32_t shorter[] = { 5, 12, 12 };

	(void)state;
	assert_non_null(copy);
	assert_int_equal(copy_read(copy, bytes, length - LAST + 60), length - LAST + 60);
	assert_int_equal(pwrite(file, shorter, sizeof(shorter), (off_t)(length - LAST)), sizeof(shorter));
	assert_int_equal(copy_read(copy, bytes, MOST), -1);
	copy_close(copy);
	copier_free(copier);
	close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_go_and_everything_else_stays),
		cmocka_unit_test(pieces_of_any_size_are_the_same_copy),
		cmocka_unit_test(a_block_that_is_not_whole_yet_is_left_out),
		cmocka_unit_test(what_is_no_capture_of_ours_ends_the_copy),
		cmocka_unit_test(a_block_that_shrinks_between_two_pieces_ends_the_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

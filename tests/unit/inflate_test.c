/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/source/inflate.c: plain, gzip and Zstandard bytes told by content, and what happens when they break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "dataplane/source/inflate.h"
#include "dataplane/source/source.h"

#define PLAIN_BYTES 700000

static uint8_t plain[PLAIN_BYTES];
static uint8_t packed[2 * PLAIN_BYTES];
static uint8_t back[PLAIN_BYTES + 1];
static char path[] = "/tmp/sigcanary-inflate-XXXXXX";

static int folder_begin(void **state)
{
	uint32_t x = 1;
	int descriptor = mkstemp(path);

	(void)state;
	/* Half noise, half repetition: several blocks of each format. */
	for (size_t i = 0; i < PLAIN_BYTES; i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = (uint8_t)(i / 4096 % 2 == 0 ? x >> 24 : i % 7);
	}
	return descriptor < 0 || close(descriptor) != 0;
}

static int folder_end(void **state)
{
	(void)state;
	return unlink(path);
}

static void file_write(const void *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static size_t gzip_pack(const uint8_t *bytes, size_t length, uint8_t *to, size_t room)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)bytes, .avail_in = (uInt)length, .next_out = to, .avail_out = (uInt)room };

	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static size_t zstd_pack(const uint8_t *bytes, size_t length, uint8_t *to, size_t room)
{
	size_t packed_length = ZSTD_compress(to, room, bytes, length, 1);

	assert_false(ZSTD_isError(packed_length));
	return packed_length;
}

static struct inflate *file_open(void)
{
	char error[SOURCE_ERROR_MAX] = "";
	struct inflate *i = inflate_open(path, error);

	assert_string_equal(error, "");
	assert_non_null(i);
	return i;
}

/* Reads all of it in steps of `step`; returns how many bytes came before the end or the break. */
static size_t read_all(struct inflate *i, size_t step, ssize_t *ret_last)
{
	size_t length = 0;
	ssize_t got = 0;

	while (length < sizeof(back)) {
		got = inflate_read(i, back + length, step < sizeof(back) - length ? step : sizeof(back) - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	*ret_last = got;
	return length;
}

static void expect_whole(size_t step, bool is_compressed)
{
	struct inflate *i = file_open();
	ssize_t last;

	assert_int_equal(inflate_is_compressed(i), is_compressed);
	assert_int_equal(read_all(i, step, &last), PLAIN_BYTES);
	assert_int_equal(last, 0);
	assert_null(inflate_error(i));
	assert_memory_equal(back, plain, PLAIN_BYTES);
	assert_int_equal(inflate_position(i), inflate_size(i));
	inflate_close(i);
}

static void expect_broken(const char *words)
{
	struct inflate *i = file_open();
	ssize_t last;
	size_t length = read_all(i, 4096, &last);

	assert_int_equal(last, -1);
	assert_true(length > 0);
	assert_memory_equal(back, plain, length < PLAIN_BYTES ? length : PLAIN_BYTES);
	assert_non_null(strstr(inflate_error(i), words));
	assert_non_null(strstr(inflate_error(i), path));
	assert_int_equal(inflate_read(i, back, 1), -1);
	inflate_close(i);
}

static void plain_bytes_pass_unchanged_whatever_the_step(void **state)
{
	(void)state;
	file_write(plain, PLAIN_BYTES);
	expect_whole(1000, false);
	expect_whole(PLAIN_BYTES, false);
}

static void gzip_is_told_by_its_first_bytes(void **state)
{
	(void)state;
	file_write(packed, gzip_pack(plain, PLAIN_BYTES, packed, sizeof(packed)));
	expect_whole(1000, true);
	expect_whole(PLAIN_BYTES, true);
}

static void zstandard_is_told_by_its_first_bytes(void **state)
{
	(void)state;
	file_write(packed, zstd_pack(plain, PLAIN_BYTES, packed, sizeof(packed)));
	expect_whole(1000, true);
	expect_whole(PLAIN_BYTES, true);
}

static void gzip_members_one_after_the_other_are_one_file(void **state)
{
	size_t length = gzip_pack(plain, 300001, packed, sizeof(packed));

	(void)state;
	length += gzip_pack(plain + 300001, PLAIN_BYTES - 300001, packed + length, sizeof(packed) - length);
	/* Padding with zeros, as tapes have it. */
	memset(packed + length, 0, 512);
	file_write(packed, length + 512);
	expect_whole(4096, true);
}

static void zstandard_frames_one_after_the_other_are_one_file(void **state)
{
	/* RFC 8878 3.1.2: a skippable frame with 3 bytes, as parallel packers write it first. */
	static const uint8_t skippable[] = { 0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 'a', 'b', 'c' };
	size_t length = sizeof(skippable);

	(void)state;
	memcpy(packed, skippable, sizeof(skippable));
	length += zstd_pack(plain, 300001, packed + length, sizeof(packed) - length);
	length += zstd_pack(plain + 300001, PLAIN_BYTES - 300001, packed + length, sizeof(packed) - length);
	file_write(packed, length);
	expect_whole(4096, true);
}

static void a_cut_gzip_file_gives_what_was_there_and_then_breaks(void **state)
{
	size_t length = gzip_pack(plain, PLAIN_BYTES, packed, sizeof(packed));

	(void)state;
	file_write(packed, length / 2);
	expect_broken("ends in the middle");
	/* Only the checksum and length of RFC 1952 2.3.1 are missing. */
	file_write(packed, length - 8);
	expect_broken("ends in the middle");
}

static void a_cut_zstandard_file_gives_what_was_there_and_then_breaks(void **state)
{
	size_t length = zstd_pack(plain, PLAIN_BYTES, packed, sizeof(packed));

	(void)state;
	file_write(packed, length - 5);
	expect_broken("ends in the middle");
}

static void a_wrong_gzip_checksum_breaks_at_the_end(void **state)
{
	size_t length = gzip_pack(plain, PLAIN_BYTES, packed, sizeof(packed));

	(void)state;
	packed[length - 8] ^= 1;
	file_write(packed, length);
	expect_broken("incorrect data check");
}

static void something_else_behind_the_compressed_data_breaks_after_it(void **state)
{
	size_t length = gzip_pack(plain, PLAIN_BYTES, packed, sizeof(packed));

	(void)state;
	memcpy(packed + length, "more", 4);
	file_write(packed, length + 4);
	expect_broken("something else follows");
	length = zstd_pack(plain, PLAIN_BYTES, packed, sizeof(packed));
	memcpy(packed + length, "more", 4);
	file_write(packed, length + 4);
	expect_broken("is broken at byte");
}

static void looking_ahead_takes_nothing(void **state)
{
	uint8_t head[INFLATE_PEEK_MAX];
	struct inflate *i;
	ssize_t last;

	(void)state;
	file_write(packed, gzip_pack(plain, PLAIN_BYTES, packed, sizeof(packed)));
	i = file_open();
	assert_int_equal(inflate_peek(i, head, 4), 4);
	assert_int_equal(inflate_peek(i, head, sizeof(head)), sizeof(head));
	assert_memory_equal(head, plain, sizeof(head));
	assert_int_equal(read_all(i, 5, &last), PLAIN_BYTES);
	assert_memory_equal(back, plain, PLAIN_BYTES);
	inflate_close(i);
}

static void a_stream_reads_the_same_bytes_and_knows_where_it_is(void **state)
{
	struct inflate *i;
	FILE *stream;

	(void)state;
	file_write(packed, zstd_pack(plain, PLAIN_BYTES, packed, sizeof(packed)));
	i = file_open();
	stream = inflate_stream(i);
	assert_non_null(stream);
	assert_int_equal(fread(back, 1, 1234, stream), 1234);
	assert_int_equal(ftello(stream), 1234);
	assert_int_equal(fread(back + 1234, 1, PLAIN_BYTES, stream), PLAIN_BYTES - 1234);
	assert_memory_equal(back, plain, PLAIN_BYTES);
	fclose(stream);
	inflate_close(i);
}

static void an_empty_file_is_empty_and_not_broken(void **state)
{
	struct inflate *i;
	uint8_t head[4];

	(void)state;
	file_write("", 0);
	i = file_open();
	assert_int_equal(inflate_peek(i, head, sizeof(head)), 0);
	assert_int_equal(inflate_read(i, back, sizeof(back)), 0);
	assert_null(inflate_error(i));
	inflate_close(i);
}

static void a_missing_file_and_a_directory_are_refused(void **state)
{
	char error[SOURCE_ERROR_MAX];

	(void)state;
	assert_null(inflate_open("/nowhere/capture.pcap", error));
	assert_string_equal(error, "/nowhere/capture.pcap: cannot be opened: No such file or directory");
	assert_null(inflate_open("/tmp", error));
	assert_string_equal(error, "/tmp: is a directory; name the capture files in it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_bytes_pass_unchanged_whatever_the_step),
		cmocka_unit_test(gzip_is_told_by_its_first_bytes),
		cmocka_unit_test(zstandard_is_told_by_its_first_bytes),
		cmocka_unit_test(gzip_members_one_after_the_other_are_one_file),
		cmocka_unit_test(zstandard_frames_one_after_the_other_are_one_file),
		cmocka_unit_test(a_cut_gzip_file_gives_what_was_there_and_then_breaks),
		cmocka_unit_test(a_cut_zstandard_file_gives_what_was_there_and_then_breaks),
		cmocka_unit_test(a_wrong_gzip_checksum_breaks_at_the_end),
		cmocka_unit_test(something_else_behind_the_compressed_data_breaks_after_it),
		cmocka_unit_test(looking_ahead_takes_nothing),
		cmocka_unit_test(a_stream_reads_the_same_bytes_and_knows_where_it_is),
		cmocka_unit_test(an_empty_file_is_empty_and_not_broken),
		cmocka_unit_test(a_missing_file_and_a_directory_are_refused),
	};

	return cmocka_run_group_tests(tests, folder_begin, folder_end);
}

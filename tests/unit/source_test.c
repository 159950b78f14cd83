/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/source: capture files of every kind, their merge by time, and what damage does to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "dataplane/source/source.h"

#define FILE_BYTES 200000
#define S(seconds) ((nanos)(seconds)*NANOS_PER_S)

/* A file in the making, in either byte order. */
struct sheet {
	bool is_big_endian;
	size_t length;
	uint8_t bytes[FILE_BYTES];
};

static char folder[] = "/tmp/sigcanary-source-XXXXXX";
static char error[SOURCE_ERROR_MAX];
static struct sheet sheet;

static int folder_begin(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int folder_end(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const char *path_of(const char *name)
{
	static char paths[4][64];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void put(struct sheet *s, uint64_t value, unsigned int width)
{
	for (unsigned int i = 0; i < width; i++)
		s->bytes[s->length++] = (uint8_t)(value >> 8 * (s->is_big_endian ? width - 1 - i : i));
}

static void put_u32(struct sheet *s, uint32_t value)
{
	put(s, value, 4);
}

static void put_fill(struct sheet *s, uint8_t value, size_t length)
{
	memset(s->bytes + s->length, value, length);
	s->length += length;
}

static void sheet_begin(bool is_big_endian)
{
	sheet.is_big_endian = is_big_endian;
	sheet.length = 0;
}

static const char *sheet_write(const char *name)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(sheet.bytes, 1, sheet.length, file), sheet.length);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* draft-ietf-opsawg-pcap 4: magic, version 2.4, two reserved words, snap length, link type. */
static void pcap_begin(bool is_big_endian, uint32_t magic, uint32_t link_type)
{
	sheet_begin(is_big_endian);
	put_u32(&sheet, magic);
	put(&sheet, 2, 2);
	put(&sheet, 4, 2);
	put_u32(&sheet, 0);
	put_u32(&sheet, 0);
	put_u32(&sheet, 65535);
	put_u32(&sheet, link_type);
}

/* 5: seconds, fraction, captured and original length, bytes; `mark` fills them. */
static void pcap_packet(uint32_t seconds, uint32_t fraction, uint32_t length, uint8_t mark)
{
	put_u32(&sheet, seconds);
	put_u32(&sheet, fraction);
	put_u32(&sheet, length);
	put_u32(&sheet, length);
	put_fill(&sheet, mark, length);
}

/* A block of pcapng around what `body` puts into the sheet. */
static size_t block_begin(uint32_t type)
{
	put_u32(&sheet, type);
	put_u32(&sheet, 0);
	return sheet.length - 8;
}

static void block_end(size_t at)
{
	size_t end;

	put_fill(&sheet, 0, (4 - sheet.length % 4) % 4);
	end = sheet.length + 4;
	put_u32(&sheet, (uint32_t)(end - at));
	sheet.length = at + 4;
	put_u32(&sheet, (uint32_t)(end - at));
	sheet.length = end;
}

/* draft-ietf-opsawg-pcapng 4.1 */
static void section_put(void)
{
	size_t at = block_begin(0x0A0D0D0A);

	put_u32(&sheet, 0x1A2B3C4D);
	put(&sheet, 1, 2);
	put(&sheet, 0, 2);
	put(&sheet, UINT64_MAX, 8);
	block_end(at);
}

/* 4.2, with if_tsresol (9), if_tsoffset (14) and a name (2) that is of no interest. */
static void interface_put(uint16_t link_type, uint32_t snap_length, uint8_t resolution, int64_t offset)
{
	size_t at = block_begin(1);

	put(&sheet, link_type, 2);
	put(&sheet, 0, 2);
	put_u32(&sheet, snap_length);
	put(&sheet, 2, 2);
	put(&sheet, 5, 2);
	put_fill(&sheet, 'x', 5);
	put_fill(&sheet, 0, 3);
	put(&sheet, 9, 2);
	put(&sheet, 1, 2);
	put(&sheet, resolution, 1);
	put_fill(&sheet, 0, 3);
	put(&sheet, 14, 2);
	put(&sheet, 8, 2);
	put(&sheet, (uint64_t)offset, 8);
	put(&sheet, 0, 2);
	put(&sheet, 0, 2);
	block_end(at);
}

/* 4.3, with a comment behind the packet. */
static void enhanced_put(uint32_t interface, uint64_t units, uint32_t length, uint8_t mark)
{
	size_t at = block_begin(6);

	put_u32(&sheet, interface);
	put_u32(&sheet, (uint32_t)(units >> 32));
	put_u32(&sheet, (uint32_t)units);
	put_u32(&sheet, length);
	put_u32(&sheet, length + 100);
	put_fill(&sheet, mark, length);
	put_fill(&sheet, 0, (4 - length % 4) % 4);
	put(&sheet, 1, 2);
	put(&sheet, 3, 2);
	put_fill(&sheet, 'c', 4);
	put(&sheet, 0, 4);
	block_end(at);
}

static struct source *files_open(const char *first, const char *second)
{
	const char *paths[] = { first, second };
	struct source *s = source_open_files(paths, second != NULL ? 2 : 1, error);

	if (s == NULL)
		print_message("%s\n", error);
	assert_non_null(s);
	return s;
}

/* One frame at a time, so that its bytes are still there. */
static struct frame frame_next(struct source *s)
{
	struct frame f = { 0 };
	size_t count = 0;

	assert_int_equal(source_burst(s, &f, 1, &count), SOURCE_MORE);
	assert_int_equal(count, 1);
	return f;
}

static void expect_frame(struct source *s, nanos time, uint32_t length, uint8_t mark)
{
	struct frame f = frame_next(s);

	assert_int_equal(f.time, time);
	assert_int_equal(f.captured, length);
	for (uint32_t i = 0; i < length; i++)
		assert_int_equal(f.bytes[i], mark);
}

static void expect_end(struct source *s)
{
	struct frame f;
	size_t count = 1;

	assert_int_equal(source_burst(s, &f, 1, &count), SOURCE_END);
	assert_int_equal(count, 0);
	source_close(s);
}

static void expect_damage(struct source *s, const char *words)
{
	struct frame f;
	size_t count = 1;

	for (int again = 0; again < 2; again++)
		assert_int_equal(source_burst(s, &f, 1, &count), SOURCE_DAMAGED);
	assert_int_equal(count, 0);
	if (strstr(source_error(s), words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, source_error(s));
	source_close(s);
}

static void expect_refusal(const char *path, const char *words)
{
	error[0] = '\0';
	assert_null(source_open_files(&path, 1, error));
	if (strstr(error, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, error);
}

static void pcap_of_both_resolutions_and_byte_orders_is_read(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct source *s;

		pcap_begin(big, 0xA1B2C3D4, 1);
		pcap_packet(1342008060, 123456, 60, 0xAA);
		s = files_open(sheet_write("micro.pcap"), NULL);
		expect_frame(s, S(1342008060) + 123456000, 60, 0xAA);
		expect_end(s);
		pcap_begin(big, 0xA1B23C4D, 1);
		pcap_packet(1342008060, 123456789, 61, 0xBB);
		/* Seconds are unsigned: 2106, not 1969. */
		pcap_packet(4294967295, 999999999, 1, 0xCC);
		s = files_open(sheet_write("nano.pcap"), NULL);
		expect_frame(s, S(1342008060) + 123456789, 61, 0xBB);
		expect_frame(s, S(4294967295) + 999999999, 1, 0xCC);
		expect_end(s);
	}
}

static void pcapng_of_both_byte_orders_with_mixed_interfaces_is_read(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct source *s;
		struct frame f;

		sheet_begin(big);
		section_put();
		interface_put(1, 0, 9, 0);
		interface_put(113, 0, 3, -3600);
		interface_put(276, 0, 0x80 | 20, 0);
		interface_put(147, 0, 12, 0);
		enhanced_put(0, UINT64_C(1342008060123456789), 3, 1);
		enhanced_put(1, UINT64_C(1342008060123), 4, 2);
		enhanced_put(2, (UINT64_C(1342008060) << 20) | 1 << 19, 5, 3);
		enhanced_put(3, UINT64_C(5000000000123), 6, 4);
		s = files_open(sheet_write("mixed.pcapng"), NULL);
		f = frame_next(s);
		assert_int_equal(f.time, INT64_C(1342008060123456789));
		assert_int_equal(f.link_type, LINK_TYPE_ETHERNET);
		assert_int_equal(f.wire_length, 103);
		assert_true(f.is_cut);
		f = frame_next(s);
		assert_int_equal(f.time, S(1342008060 - 3600) + 123 * NANOS_PER_MS);
		assert_int_equal(f.link_type, LINK_TYPE_LINUX_SLL);
		f = frame_next(s);
		assert_int_equal(f.time, S(1342008060) + 500 * NANOS_PER_MS);
		assert_int_equal(f.link_type, LINK_TYPE_LINUX_SLL2);
		f = frame_next(s);
		assert_int_equal(f.time, S(5));
		assert_int_equal(f.link_type, LINK_TYPE_UNSUPPORTED);
		assert_int_equal(f.number, 4);
		expect_end(s);
	}
}

static void a_second_section_has_its_own_byte_order_and_interfaces(void **state)
{
	struct source *s;

	(void)state;
	sheet_begin(false);
	section_put();
	interface_put(101, 0, 6, 0);
	enhanced_put(0, 1000000, 8, 1);
	sheet.is_big_endian = true;
	section_put();
	interface_put(101, 0, 9, 0);
	enhanced_put(0, UINT64_C(2000000000), 9, 2);
	s = files_open(sheet_write("sections.pcapng"), NULL);
	expect_frame(s, S(1), 8, 1);
	expect_frame(s, S(2), 9, 2);
	expect_end(s);
}

static void unknown_blocks_are_stepped_over_even_large_ones(void **state)
{
	struct source *s;
	size_t at;

	(void)state;
	sheet_begin(false);
	section_put();
	at = block_begin(0x40000BAD);
	put_fill(&sheet, 0xFF, 150000);
	block_end(at);
	interface_put(1, 0, 9, 0);
	enhanced_put(0, 7, 8, 1);
	s = files_open(sheet_write("unknown.pcapng"), NULL);
	expect_frame(s, 7, 8, 1);
	expect_end(s);
}

static void simple_and_obsolete_packet_blocks_are_read(void **state)
{
	struct source *s;
	struct frame f;
	size_t at;

	(void)state;
	sheet_begin(true);
	section_put();
	interface_put(228, 16, 9, 0);
	/* Appendix A: interface, drops, time, captured, original. */
	at = block_begin(2);
	put(&sheet, 0, 2);
	put(&sheet, 99, 2);
	put_u32(&sheet, 1);
	put_u32(&sheet, 5);
	put_u32(&sheet, 4);
	put_u32(&sheet, 4);
	put_fill(&sheet, 7, 4);
	block_end(at);
	/* 4.4: original length alone; the snap length of 16 says what is there, the time is that of the packet before. */
	at = block_begin(3);
	put_u32(&sheet, 1000);
	put_fill(&sheet, 8, 16);
	block_end(at);
	s = files_open(sheet_write("simple.pcapng"), NULL);
	expect_frame(s, (nanos)((UINT64_C(1) << 32) + 5), 4, 7);
	f = frame_next(s);
	assert_int_equal(f.captured, 16);
	assert_int_equal(f.wire_length, 1000);
	assert_int_equal(f.time, (nanos)((UINT64_C(1) << 32) + 5));
	assert_int_equal(f.link_type, LINK_TYPE_RAW_IP);
	expect_end(s);
}

static void compressed_captures_are_told_by_content_not_by_name(void **state)
{
	static uint8_t packed[FILE_BYTES];
	struct source *s;
	gzFile gz;
	size_t length;

	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	pcap_packet(1, 0, 200, 1);
	pcap_packet(2, 0, 300, 2);
	gz = gzopen(path_of("packed.pcap"), "wb");
	assert_int_equal(gzwrite(gz, sheet.bytes, (unsigned int)sheet.length), (int)sheet.length);
	gzclose(gz);
	length = ZSTD_compress(packed, sizeof(packed), sheet.bytes, sheet.length, 1);
	memcpy(sheet.bytes, packed, length);
	sheet.length = length;
	sheet_write("packed.txt");
	s = files_open(path_of("packed.pcap"), path_of("packed.txt"));
	expect_frame(s, S(1), 200, 1);
	expect_frame(s, S(1), 200, 1);
	expect_frame(s, S(2), 300, 2);
	expect_frame(s, S(2), 300, 2);
	expect_end(s);
}

/* Puts the sheet on standard input while `s` is opened and read by `read`. */
static void with_standard_input(void (*read_it)(struct source *))
{
	int ends[2];
	int kept = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], sheet.bytes, sheet.length), sheet.length);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	read_it(files_open("-", NULL));
	dup2(kept, STDIN_FILENO);
	close(kept);
}

static void two_frames_expect(struct source *s)
{
	struct source_statistics statistics;

	expect_frame(s, S(1), 200, 1);
	expect_frame(s, S(2), 300, 2);
	source_statistics(s, &statistics);
	assert_int_equal(statistics.frames, 2);
	assert_int_equal(statistics.bytes, 500);
	assert_int_equal(statistics.size, 0);
	expect_end(s);
}

static void standard_input_may_be_a_pipe_plain_or_compressed(void **state)
{
	static uint8_t packed[FILE_BYTES];
	size_t length;

	(void)state;
	pcap_begin(true, 0xA1B2C3D4, 1);
	pcap_packet(1, 0, 200, 1);
	pcap_packet(2, 0, 300, 2);
	with_standard_input(two_frames_expect);
	length = ZSTD_compress(packed, sizeof(packed), sheet.bytes, sheet.length, 1);
	memcpy(sheet.bytes, packed, length);
	sheet.length = length;
	with_standard_input(two_frames_expect);
}

static void files_are_merged_by_time_and_each_keeps_its_own_order(void **state)
{
	/* Time goes back inside a.pcap: 12 follows 20 and stays behind it. */
	static const struct {
		uint8_t mark;
		uint16_t tap;
		uint32_t number;
		uint32_t seconds;
		uint32_t clock;
	} merged[] = { { 1, 0, 1, 10, 10 }, { 11, 1, 1, 10, 10 }, { 12, 1, 2, 15, 15 }, { 2, 0, 2, 20, 20 },
		       { 3, 0, 3, 12, 20 }, { 4, 0, 4, 21, 21 },  { 13, 1, 3, 30, 30 } };
	struct source *s;

	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	pcap_packet(10, 0, 1, 1);
	pcap_packet(20, 0, 1, 2);
	pcap_packet(12, 0, 1, 3);
	pcap_packet(21, 0, 1, 4);
	sheet_write("a.pcap");
	pcap_begin(true, 0xA1B23C4D, 113);
	pcap_packet(10, 0, 1, 11);
	pcap_packet(15, 0, 1, 12);
	pcap_packet(30, 0, 1, 13);
	sheet_write("b.pcap");
	s = files_open(path_of("a.pcap"), path_of("b.pcap"));
	for (size_t i = 0; i < sizeof(merged) / sizeof(merged[0]); i++) {
		struct frame f = frame_next(s);

		assert_int_equal(f.bytes[0], merged[i].mark);
		assert_int_equal(f.tap, merged[i].tap);
		assert_int_equal(f.number, merged[i].number);
		assert_int_equal(f.time, S(merged[i].seconds));
		assert_int_equal(f.clock, S(merged[i].clock));
		assert_int_equal(f.sequence, i + 1);
		assert_int_equal(f.link_type, f.tap == 0 ? LINK_TYPE_ETHERNET : LINK_TYPE_LINUX_SLL);
	}
	expect_end(s);
}

static void the_clock_jumps_with_a_new_capture_and_not_with_a_late_packet(void **state)
{
	struct source *s;

	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	pcap_packet(100000, 0, 1, 1);
	pcap_packet(100000 - 3600, 0, 1, 1);
	pcap_packet(100000 - 3601, 0, 1, 1);
	pcap_packet(900000, 0, 1, 1);
	s = files_open(sheet_write("clock.pcap"), NULL);
	assert_int_equal(frame_next(s).clock, S(100000));
	assert_int_equal(frame_next(s).clock, S(100000));
	assert_int_equal(frame_next(s).clock, S(100000 - 3601));
	assert_int_equal(frame_next(s).clock, S(900000));
	expect_end(s);
}

static void the_frames_of_a_burst_stay_until_the_next_one_however_large(void **state)
{
	struct frame frames[SOURCE_BURST];
	struct source *s;
	size_t total = 0;
	size_t count;

	(void)state;
	/* 3 x 60,000 bytes from each of 8 files: more than one arena. */
	pcap_begin(false, 0xA1B2C3D4, 1);
	for (uint8_t i = 0; i < 3; i++)
		pcap_packet(i, 0, 60000, (uint8_t)(i + 1));
	sheet_write("large.pcap");
	s = source_open_files((const char *[]){ path_of("large.pcap"), path_of("large.pcap"), path_of("large.pcap"), path_of("large.pcap"),
						path_of("large.pcap"), path_of("large.pcap"), path_of("large.pcap"),
						path_of("large.pcap") },
			      8, error);
	assert_non_null(s);
	while (source_burst(s, frames, SOURCE_BURST, &count) == SOURCE_MORE) {
		assert_true(count > 0 && count < 24);
		for (size_t i = 0; i < count; i++) {
			uint8_t mark = (uint8_t)(nanos_to_s(frames[i].time) + 1);

			assert_int_equal(frames[i].captured, 60000);
			assert_int_equal(frames[i].bytes[0], mark);
			assert_int_equal(frames[i].bytes[59999], mark);
		}
		total += count;
	}
	assert_int_equal(total, 24);
	source_close(s);
}

static void a_capture_without_packets_just_ends(void **state)
{
	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	expect_end(files_open(sheet_write("none.pcap"), NULL));
	sheet_begin(true);
	section_put();
	expect_end(files_open(sheet_write("none.pcapng"), NULL));
}

static void a_cut_file_gives_what_was_whole_and_the_others_go_on(void **state)
{
	struct source *s;

	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	pcap_packet(1, 0, 50, 1);
	pcap_packet(2, 0, 50, 2);
	sheet.length -= 10;
	sheet_write("cut.pcap");
	sheet_begin(false);
	section_put();
	interface_put(1, 0, 6, 0);
	enhanced_put(0, 3000000, 8, 3);
	enhanced_put(0, 4000000, 8, 4);
	sheet.length -= 3;
	sheet_write("cut.pcapng");
	s = files_open(path_of("cut.pcap"), path_of("cut.pcapng"));
	expect_frame(s, S(1), 50, 1);
	expect_frame(s, S(3), 8, 3);
	expect_damage(s, "cut.pcap: damaged before byte 146, after packet 1");
	s = files_open(path_of("cut.pcap"), path_of("cut.pcapng"));
	expect_frame(s, S(1), 50, 1);
	expect_frame(s, S(3), 8, 3);
	/* Section header 28 bytes, interface description 56, the whole packet 52. */
	expect_damage(s, "cut.pcapng: damaged in the block at byte 136, after packet 1: the file ends inside");
}

static void an_insane_length_in_a_pcap_is_damage(void **state)
{
	struct source *s;

	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	pcap_packet(1, 0, 50, 1);
	put_u32(&sheet, 2);
	put_u32(&sheet, 0);
	put_u32(&sheet, 0x7FFFFFFF);
	put_u32(&sheet, 0x7FFFFFFF);
	put_fill(&sheet, 2, 100);
	s = files_open(sheet_write("insane.pcap"), NULL);
	expect_frame(s, S(1), 50, 1);
	expect_damage(s, "after packet 1: invalid packet capture length 2147483647");
}

static void every_broken_block_of_a_pcapng_is_damage_with_its_place(void **state)
{
	/* Offset from the start of the last packet block, the word put there, the words expected. */
	static const struct {
		size_t offset;
		uint32_t word;
		const char *words;
	} broken[] = {
		{ 4, 8, "impossible length 8" },
		{ 4, 47, "impossible length 47" },
		{ 4, 0xFFFFFFFC, "impossible length 4294967292" },
		{ 4, 80, "ends inside" },
		{ 48, 44, "is 52 at its head and 44 at its end" },
		{ 8, 1, "interface 1, but only 1 are described" },
		{ 20, 5000, "a packet of 5000 bytes in a block that has room for 20" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct source *s;
		size_t end;

		sheet_begin(i % 2 == 1);
		section_put();
		interface_put(1, 0, 6, 0);
		enhanced_put(0, 1000000, 8, 1);
		end = sheet.length;
		enhanced_put(0, 2000000, 8, 2);
		sheet.length = end + broken[i].offset;
		put_u32(&sheet, broken[i].word);
		sheet.length = end + 52;
		s = files_open(sheet_write("broken.pcapng"), NULL);
		expect_frame(s, S(1), 8, 1);
		expect_damage(s, broken[i].words);
	}
}

static void garbage_behind_the_last_block_is_damage(void **state)
{
	struct source *s;

	(void)state;
	sheet_begin(false);
	section_put();
	interface_put(1, 0, 6, 0);
	enhanced_put(0, 1000000, 8, 1);
	put_fill(&sheet, 0, 64);
	s = files_open(sheet_write("garbage.pcapng"), NULL);
	expect_frame(s, S(1), 8, 1);
	expect_damage(s, "impossible length 0");
}

static void times_beyond_all_measure_are_held_at_the_end_of_time(void **state)
{
	struct source *s;

	(void)state;
	sheet_begin(false);
	section_put();
	interface_put(1, 0, 0, INT64_MAX);
	interface_put(1, 0, 0x80, INT64_MIN);
	enhanced_put(0, UINT64_MAX, 8, 1);
	enhanced_put(1, 5, 8, 2);
	s = files_open(sheet_write("times.pcapng"), NULL);
	expect_frame(s, INT64_C(1) << 62, 8, 1);
	expect_frame(s, -(INT64_C(1) << 62) + S(5), 8, 2);
	expect_end(s);
}

static void a_compressed_capture_that_is_cut_gives_its_first_packets(void **state)
{
	static uint8_t packed[FILE_BYTES];
	struct frame frames[SOURCE_BURST];
	uint32_t noise = 1;
	struct source *s;
	size_t total = 0;
	size_t length;
	size_t count;

	(void)state;
	pcap_begin(false, 0xA1B2C3D4, 1);
	for (unsigned int i = 0; i < 300; i++) {
		pcap_packet(i, 0, 500, 0);
		for (size_t j = sheet.length - 500; j < sheet.length; j++)
			sheet.bytes[j] = (uint8_t)((noise = noise * 1664525 + 1013904223) >> 24);
	}
	length = ZSTD_compress(packed, sizeof(packed), sheet.bytes, sheet.length, 1);
	memcpy(sheet.bytes, packed, length);
	sheet.length = length - 100;
	s = files_open(sheet_write("cut.zst"), NULL);
	while (source_burst(s, frames, SOURCE_BURST, &count) == SOURCE_MORE)
		total += count;
	assert_true(total >= 200 && total < 300);
	expect_damage(s, "cut.zst: the compressed file ends in the middle");
}

static void what_is_no_capture_is_refused_with_a_sentence(void **state)
{
	(void)state;
	sheet_begin(false);
	expect_refusal(sheet_write("empty"), "/empty: is empty");
	put_fill(&sheet, 'a', 3);
	expect_refusal(sheet_write("short"), "/short: is no capture, it has only 3 bytes");
	put_fill(&sheet, '\n', 30);
	expect_refusal(sheet_write("text"), "/text: is no capture but text");
	put_fill(&sheet, 0xEE, 3);
	sheet.bytes[0] = 0x7F;
	expect_refusal(sheet_write("program"), "/program: is no capture, it begins with 7F 61 61 0A");
	expect_refusal(folder, "is a directory");
	expect_refusal(path_of("missing"), "/missing: cannot be opened: No such file");
	pcap_begin(false, 0xA1B2C3D4, 1);
	sheet.length = 20;
	expect_refusal(sheet_write("header.pcap"), "/header.pcap: the header of the capture is damaged");
	sheet_begin(false);
	section_put();
	sheet.bytes[12] = 2;
	expect_refusal(sheet_write("version.pcapng"), "version 2.0 of pcapng");
	sheet.bytes[8] = 0;
	expect_refusal(sheet_write("order.pcapng"), "without its byte-order magic");
}

static void standard_input_can_be_named_once(void **state)
{
	(void)state;
	assert_null(source_open_files((const char *[]){ "-", "-" }, 2, error));
	assert_string_equal(error, "standard input is named 2 times, it can be read once");
	assert_null(source_open_files(NULL, 0, error));
	assert_string_equal(error, "no capture file is named");
}

static void link_types_that_are_not_decoded_are_delivered_all_the_same(void **state)
{
	static const struct {
		uint32_t number;
		enum link_type type;
	} types[] = { { 0, LINK_TYPE_NULL },     { 1, LINK_TYPE_ETHERNET },     { 9, LINK_TYPE_PPP },
		      { 12, LINK_TYPE_RAW_IP },  { 101, LINK_TYPE_RAW_IP },     { 108, LINK_TYPE_NULL },
		      { 228, LINK_TYPE_RAW_IP }, { 229, LINK_TYPE_RAW_IP },     { 276, LINK_TYPE_LINUX_SLL2 },
		      { 51, LINK_TYPE_PPPOE },   { 104, LINK_TYPE_CISCO_HDLC }, { 139, LINK_TYPE_MTP2_PSEUDO },
		      { 140, LINK_TYPE_MTP2 },   { 141, LINK_TYPE_MTP3 },       { 142, LINK_TYPE_SCCP },
		      { 248, LINK_TYPE_SCTP },   { 252, LINK_TYPE_EXPORTED },   { 105, LINK_TYPE_UNSUPPORTED } };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct source *s;

		pcap_begin(false, 0xA1B2C3D4, types[i].number);
		pcap_packet(1, 0, 10, 1);
		s = files_open(sheet_write("link.pcap"), NULL);
		assert_int_equal(frame_next(s).link_type, types[i].type);
		expect_end(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_of_both_resolutions_and_byte_orders_is_read),
		cmocka_unit_test(pcapng_of_both_byte_orders_with_mixed_interfaces_is_read),
		cmocka_unit_test(a_second_section_has_its_own_byte_order_and_interfaces),
		cmocka_unit_test(unknown_blocks_are_stepped_over_even_large_ones),
		cmocka_unit_test(simple_and_obsolete_packet_blocks_are_read),
		cmocka_unit_test(compressed_captures_are_told_by_content_not_by_name),
		cmocka_unit_test(standard_input_may_be_a_pipe_plain_or_compressed),
		cmocka_unit_test(files_are_merged_by_time_and_each_keeps_its_own_order),
		cmocka_unit_test(the_clock_jumps_with_a_new_capture_and_not_with_a_late_packet),
		cmocka_unit_test(the_frames_of_a_burst_stay_until_the_next_one_however_large),
		cmocka_unit_test(a_capture_without_packets_just_ends),
		cmocka_unit_test(a_cut_file_gives_what_was_whole_and_the_others_go_on),
		cmocka_unit_test(an_insane_length_in_a_pcap_is_damage),
		cmocka_unit_test(every_broken_block_of_a_pcapng_is_damage_with_its_place),
		cmocka_unit_test(garbage_behind_the_last_block_is_damage),
		cmocka_unit_test(times_beyond_all_measure_are_held_at_the_end_of_time),
		cmocka_unit_test(a_compressed_capture_that_is_cut_gives_its_first_packets),
		cmocka_unit_test(what_is_no_capture_is_refused_with_a_sentence),
		cmocka_unit_test(standard_input_can_be_named_once),
		cmocka_unit_test(link_types_that_are_not_decoded_are_delivered_all_the_same),
	};

	return cmocka_run_group_tests(tests, folder_begin, folder_end);
}

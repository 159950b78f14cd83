/* SPDX-License-Identifier: BSD-3-Clause */
/* SCTP headers and chunks of dataplane/transport/sctp, and the two ways to CRC32c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/transport/crc32c.h"
#include "dataplane/transport/sctp.h"

/* Reads the one chunk of `bytes`. */
static struct sctp_chunk chunk_of(const uint8_t *bytes, size_t length, bool is_cut)
{
	struct cursor c = cursor_of(bytes, length);
	struct sctp_chunk chunk = { 0 };

	assert_int_equal(sctp_chunk_read(&c, is_cut, &chunk), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	return chunk;
}

static void the_common_header_is_twelve_bytes(void **state)
{
	static const uint8_t packet[] = { 0x0b, 0x59, 0x0b, 0x5a, 0x01, 0x02, 0x03, 0x04, 0xa1, 0xa2, 0xa3, 0xa4 };
	struct sctp sctp = { 0 };

	(void)state;
	for (size_t length = 0; length < sizeof(packet); length++) {
		struct cursor c = cursor_of(packet, length);

		assert_int_equal(sctp_read(&c, &sctp), VERDICT_SCTP_TRUNCATED);
		assert_ptr_equal(c.at, packet);
	}
	struct cursor c = cursor_of(packet, sizeof(packet));

	assert_int_equal(sctp_read(&c, &sctp), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(sctp.source_port, 2905);
	assert_int_equal(sctp.destination_port, 2906);
	assert_int_equal(sctp.verification_tag, 0x01020304);
	assert_int_equal(sctp.checksum, 0xa1a2a3a4);
}

static void bundled_chunks_are_walked_with_their_padding(void **state)
{
	/* COOKIE ACK; HEARTBEAT with 5 bytes of value and 3 of padding; SHUTDOWN ACK; ERROR with 1 byte, its padding left out. */
	static const uint8_t packet[] = { 11, 0, 0, 4, 4, 0, 0, 9, 1, 2, 3, 4, 5, 0, 0, 0, 8, 0, 0, 4, 9, 0, 0, 5, 7 };
	static const struct {
		uint8_t type;
		size_t length;
	} expected[] = { { SCTP_COOKIE_ACK, 0 }, { SCTP_HEARTBEAT, 5 }, { SCTP_SHUTDOWN_ACK, 0 }, { SCTP_ERROR, 1 } };
	struct cursor c = cursor_of(packet, sizeof(packet));
	struct sctp_chunk chunk;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_DECODED);
		assert_int_equal(chunk.type, expected[i].type);
		assert_int_equal(cursor_left(&chunk.value), expected[i].length);
		assert_false(chunk.is_cut);
	}
	assert_int_equal(cursor_left(&c), 0);
}

static void chunks_that_do_not_fit_are_refused(void **state)
{
	static const uint8_t small[] = { 0, 3, 0, 3 };
	static const uint8_t large[] = { 0, 3, 0, 9, 1, 2, 3, 4 };
	struct cursor c = cursor_of(small, sizeof(small));
	struct sctp_chunk chunk = { .type = 77 };

	(void)state;
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_SCTP_CHUNK_LENGTH);
	assert_int_equal(sctp_chunk_read(&c, true, &chunk), VERDICT_SCTP_CHUNK_LENGTH);
	c = cursor_of(large, 3);
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_SCTP_CHUNK_LENGTH);
	assert_int_equal(sctp_chunk_read(&c, true, &chunk), VERDICT_FRAME_CUT);
	c = cursor_of(large, sizeof(large));
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_SCTP_CHUNK_LENGTH);
	assert_ptr_equal(c.at, large);
	assert_int_equal(chunk.type, 77);
	chunk = chunk_of(large, sizeof(large), true);
	assert_true(chunk.is_cut);
	assert_int_equal(cursor_left(&chunk.value), 4);
}

static void a_data_chunk(void **state)
{
	/* RFC 9260 3.3.1: U, B, E; TSN, stream 5, SSN 6, PPID 3 (M3UA), three bytes and their padding. */
	uint8_t bytes[] = { 0, 7, 0, 19, 0x80, 0, 0, 1, 0, 5, 0, 6, 0, 0, 0, 3, 0xaa, 0xbb, 0xcc, 0 };
	struct sctp_chunk chunk = chunk_of(bytes, sizeof(bytes), false);
	struct sctp_data data = { 0 };

	(void)state;
	assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_DECODED);
	assert_int_equal(data.tsn, 0x80000001);
	assert_int_equal(data.stream, 5);
	assert_int_equal(data.message, 6);
	assert_int_equal(data.ppid, 3);
	assert_int_equal(cursor_left(&data.user), 3);
	assert_int_equal(data.user.at[2], 0xcc);
	assert_true(data.is_unordered && data.begins && data.ends);
	assert_false(data.is_i_data);

	bytes[1] = 1;
	chunk = chunk_of(bytes, sizeof(bytes), false);
	assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_DECODED);
	assert_true(data.ends && !data.begins && !data.is_unordered);
}

static void data_without_user_data_is_refused(void **state)
{
	/* RFC 9260 6.2: length 16 is a protocol violation. */
	static const uint8_t bytes[] = { 0, 3, 0, 16, 0, 0, 0, 1, 0, 5, 0, 6, 0, 0, 0, 3 };
	static const uint8_t i_data[] = { 64, 3, 0, 20, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0, 0, 3, 0, 0, 0, 3 };
	struct sctp_data data = { .stream = 77 };

	(void)state;
	for (uint8_t length = 4; length <= sizeof(bytes); length++) {
		uint8_t shorter[sizeof(bytes)];
		struct sctp_chunk chunk = { .value = cursor_of(shorter + 4, (size_t)length - 4) };

		memcpy(shorter, bytes, sizeof(bytes));
		assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_SCTP_CHUNK_VALUE);
		chunk.is_cut = true;
		assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_FRAME_CUT);
	}
	struct sctp_chunk chunk = chunk_of(i_data, sizeof(i_data), false);

	assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_SCTP_CHUNK_VALUE);
	assert_int_equal(data.stream, 77);
}

static void i_data_names_its_fragments(void **state)
{
	/* RFC 8260 2.1: first fragment with PPID 46, then the second with FSN 1. */
	static const uint8_t first[] = { 64, 2, 0, 21, 0, 0, 0, 9, 0, 5, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 46, 0xaa };
	static const uint8_t second[] = { 64, 1, 0, 21, 0, 0, 0, 10, 0, 5, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 1, 0xbb };
	struct sctp_chunk chunk = chunk_of(first, sizeof(first), false);
	struct sctp_data data = { 0 };

	(void)state;
	assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_DECODED);
	assert_true(data.is_i_data);
	assert_int_equal(data.message, 0x12345678);
	assert_int_equal(data.ppid, 46);
	assert_int_equal(data.fragment_sequence, 0);
	chunk = chunk_of(second, sizeof(second), false);
	assert_int_equal(sctp_data_read(&chunk, &data), VERDICT_DECODED);
	assert_int_equal(data.ppid, 0);
	assert_int_equal(data.fragment_sequence, 1);
	assert_int_equal(data.user.at[0], 0xbb);
}

static void init_and_forward_tsn(void **state)
{
	/* RFC 9260 3.3.3: initiate tag, window, outbound and inbound streams, initial TSN. */
	uint8_t bytes[] = { 2, 0, 0, 20, 0, 0, 0xab, 0xcd, 0, 1, 0, 0, 0, 10, 0, 11, 0x7f, 0xff, 0xff, 0xff };
	/* RFC 3758 3.2: new cumulative TSN, a skipped stream. */
	static const uint8_t forward[] = { 192, 0, 0, 12, 0, 0, 1, 0, 0, 1, 0, 2 };
	struct sctp_chunk chunk = chunk_of(bytes, sizeof(bytes), false);
	struct sctp_init init = { 0 };
	uint32_t tsn = 0;

	(void)state;
	assert_int_equal(sctp_init_read(&chunk, &init), VERDICT_DECODED);
	assert_int_equal(init.initiate_tag, 0xabcd);
	assert_int_equal(init.outbound_streams, 10);
	assert_int_equal(init.inbound_streams, 11);
	assert_int_equal(init.initial_tsn, 0x7fffffff);
	cursor_trim(&chunk.value, 15);
	assert_int_equal(sctp_init_read(&chunk, &init), VERDICT_SCTP_CHUNK_VALUE);
	bytes[6] = 0;
	bytes[7] = 0; /* RFC 9260 3.3.3: the tag must not be zero */
	chunk = chunk_of(bytes, sizeof(bytes), false);
	assert_int_equal(sctp_init_read(&chunk, &init), VERDICT_SCTP_CHUNK_VALUE);

	chunk = chunk_of(forward, sizeof(forward), false);
	assert_int_equal(sctp_forward_tsn_read(&chunk, &tsn), VERDICT_DECODED);
	assert_int_equal(tsn, 256);
	cursor_trim(&chunk.value, 3);
	assert_int_equal(sctp_forward_tsn_read(&chunk, &tsn), VERDICT_SCTP_CHUNK_VALUE);
}

/* RFC 3720 B.4, and the check value of CRC-32C. */
static void crc32c_of_the_examples_of_iscsi(void **state)
{
	static const uint8_t read_command[48] = { 0x01, 0xc0, 0, 0, 0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0x14, 0, 0, 0,    0,
						  0,    0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0,    0, 0, 0x02, 0 };
	uint8_t ones[32];
	uint8_t up[32];
	uint8_t down[32];
	const struct {
		const uint8_t *bytes;
		size_t length;
		uint32_t sum;
	} rows[] = {
		{ (const uint8_t *)"123456789", 9, 0xe3069283 },
		{ (const uint8_t[32]){ 0 }, 32, 0x8a9136aa },
		{ ones, 32, 0x62a8ab43 },
		{ up, 32, 0x46dd794e },
		{ down, 32, 0x113fdb5c },
		{ read_command, 48, 0xd9963a56 },
	};

	(void)state;
	for (uint8_t i = 0; i < 32; i++) {
		ones[i] = 0xff;
		up[i] = i;
		down[i] = (uint8_t)(31 - i);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(crc32c_end(crc32c_add(CRC32C_START, rows[i].bytes, rows[i].length)), rows[i].sum);
		for (enum crc32c_way way = CRC32C_TABLE; way < CRC32C_WAYS; way++) {
			uint32_t sum = CRC32C_START;

			if (crc32c_add_by(way, &sum, rows[i].bytes, rows[i].length))
				assert_int_equal(crc32c_end(sum), rows[i].sum);
		}
	}
}

static void all_ways_to_crc32c_agree_at_every_length_and_alignment(void **state)
{
	static uint8_t bytes[2100 + 16];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i * 151 + (i >> 8) + 7);
	for (size_t from = 0; from < 9; from++) {
		uint32_t expected = CRC32C_START;

		for (size_t length = 0; length <= 2100; length++) {
			for (enum crc32c_way way = CRC32C_SSE42; way < CRC32C_WAYS; way++) {
				uint32_t sum = CRC32C_START;

				if (crc32c_add_by(way, &sum, bytes + from, length) && sum != expected)
					fail_msg("way %d, length %zu, alignment %zu", (int)way, length, from);
			}
			expected = crc32c_add_portable(expected, bytes + from + length, 1);
		}
	}
}

static void a_crc32c_in_pieces_is_that_of_the_whole(void **state)
{
	static uint8_t bytes[700];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t first = 0; first <= sizeof(bytes); first++) {
		uint32_t sum = crc32c_add(CRC32C_START, bytes, first);

		sum = crc32c_add(sum, bytes + first, sizeof(bytes) - first);
		assert_int_equal(sum, crc32c_add_portable(CRC32C_START, bytes, sizeof(bytes)));
	}
	assert_true(strlen(crc32c_variant()) > 0);
}

static void the_checksum_covers_the_whole_packet(void **state)
{
	/* A COOKIE ACK from port 2905 to 2905; the sum is that of the packet with a zero field, least significant byte first. */
	uint8_t packet[] = { 0x0b, 0x59, 0x0b, 0x59, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0, 11, 0, 0, 4 };
	struct cursor c = cursor_of(packet, sizeof(packet));
	uint32_t sum = crc32c_end(crc32c_add_portable(CRC32C_START, packet, sizeof(packet)));

	(void)state;
	assert_false(sctp_checksum_is_right(&c));
	for (size_t i = 0; i < 4; i++)
		packet[8 + i] = (uint8_t)(sum >> 8 * i);
	assert_true(sctp_checksum_is_right(&c));
	for (size_t i = 0; i < sizeof(packet); i++) {
		packet[i] ^= 0x10;
		assert_false(sctp_checksum_is_right(&c));
		packet[i] ^= 0x10;
	}
	cursor_trim(&c, 11);
	assert_false(sctp_checksum_is_right(&c));
}

static void events_say_what_begins_and_why_it_ends(void **state)
{
	/* RFC 9260 3.3.2: initiate tag, window, streams out and in, initial TSN. */
	static const uint8_t init[] = { 1, 0, 0, 20, 0x11, 0x22, 0x33, 0x44, 0, 1, 0, 0, 0, 10, 0, 11, 0xaa, 0xbb, 0xcc, 0xdd };
	/* 3.3.7, 3.3.10: T bit; user-initiated abort with five octets of reason and three of padding, protocol violation. */
	static const uint8_t abort[] = { 6, 1, 0, 20, 0, 12, 0, 9, 'b', 'y', 'e', '!', '!', 0, 0, 0, 0, 13, 0, 4 };
	/* A cause that claims more than there is, and one shorter than its header. */
	static const uint8_t error[] = { 9, 0, 0, 12, 0, 3, 0, 99, 0, 0, 0, 1 };
	static const uint8_t stub[] = { 9, 0, 0, 12, 0, 3, 0, 4, 0, 4, 0, 3 };
	struct cursor c = cursor_of(init, sizeof(init));
	struct sctp_event event;
	struct sctp_chunk chunk;

	(void)state;
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_DECODED);
	assert_int_equal(sctp_event_read(&chunk, &event), VERDICT_DECODED);
	assert_true(event.has_init && event.type == SCTP_INIT && event.cause_count == 0);
	assert_int_equal(event.init.initiate_tag, 0x11223344);
	assert_int_equal(event.init.outbound_streams, 10);
	assert_int_equal(event.init.inbound_streams, 11);
	assert_int_equal(event.init.initial_tsn, 0xaabbccdd);
	for (size_t length = 0; length < 16; length++) {
		chunk.value = cursor_of(init + 4, length);
		assert_int_equal(sctp_event_read(&chunk, &event), VERDICT_SCTP_CHUNK_VALUE);
		assert_false(event.has_init);
	}
	c = cursor_of(abort, sizeof(abort));
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_DECODED);
	assert_int_equal(sctp_event_read(&chunk, &event), VERDICT_DECODED);
	assert_int_equal(event.cause_count, 2);
	assert_true(event.causes[0] == 12 && event.causes[1] == 13 && event.reflects_tag);
	c = cursor_of(error, sizeof(error));
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_DECODED);
	assert_int_equal(sctp_event_read(&chunk, &event), VERDICT_DECODED);
	assert_true(event.cause_count == 1 && event.causes[0] == 3 && !event.reflects_tag);
	c = cursor_of(stub, sizeof(stub));
	assert_int_equal(sctp_chunk_read(&c, false, &chunk), VERDICT_DECODED);
	assert_int_equal(sctp_event_read(&chunk, &event), VERDICT_DECODED);
	assert_int_equal(event.cause_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_common_header_is_twelve_bytes),
		cmocka_unit_test(bundled_chunks_are_walked_with_their_padding),
		cmocka_unit_test(chunks_that_do_not_fit_are_refused),
		cmocka_unit_test(a_data_chunk),
		cmocka_unit_test(data_without_user_data_is_refused),
		cmocka_unit_test(i_data_names_its_fragments),
		cmocka_unit_test(init_and_forward_tsn),
		cmocka_unit_test(events_say_what_begins_and_why_it_ends),
		cmocka_unit_test(crc32c_of_the_examples_of_iscsi),
		cmocka_unit_test(all_ways_to_crc32c_agree_at_every_length_and_alignment),
		cmocka_unit_test(a_crc32c_in_pieces_is_that_of_the_whole),
		cmocka_unit_test(the_checksum_covers_the_whole_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

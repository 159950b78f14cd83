/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and IPv6 headers of dataplane/ip from bytes written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ip/ip.h"
#include "dataplane/link/link.h"

#define IPV6_ADDRESSES                                                                                                                     \
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2

static enum verdict read(const uint8_t *bytes, size_t length, bool is_cut, struct ip *ret)
{
	struct cursor c = cursor_of(bytes, length);
	enum verdict verdict = ip_read(&c, is_cut, ret);

	if (verdict == VERDICT_DECODED)
		assert_ptr_equal(c.at, ret->payload.at);
	else
		assert_ptr_equal(c.at, bytes);
	return verdict;
}

static void an_ipv4_header_with_options_and_ethernet_padding(void **state)
{
	/* RFC 791 3.1: IHL 6, total length 28, id 0x1234, DF, TTL 64, SCTP; router alert; four bytes of payload; padding. */
	static const uint8_t packet[] = { 0x46, 0x00, 0x00, 0x1c, 0x12, 0x34, 0x40, 0x00, 0x40, 0x84, 0x00, 0x00, 10, 20, 0, 11, 10,
					  20,   1,    1,    0x94, 0x04, 0x00, 0x00, 0xde, 0xad, 0xbe, 0xef, 0,    0,  0,  0, 0,  0 };
	static const uint8_t source[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 0, 11 };
	struct ip ip = { 0 };

	(void)state;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	assert_int_equal(ip.version, 4);
	assert_int_equal(ip.protocol, IP_PROTOCOL_SCTP);
	assert_memory_equal(ip.source.bytes, source, 16);
	assert_int_equal(ip.destination.bytes[15], 1);
	assert_int_equal(cursor_left(&ip.payload), 4);
	assert_int_equal(ip.payload.at[0], 0xde);
	assert_false(ip.is_fragment);
	assert_false(ip.is_cut);
}

static void lengths_of_ipv4_that_do_not_fit_are_refused(void **state)
{
	uint8_t packet[24] = { 0x45, 0x00, 0x00, 0x18, 0, 0, 0, 0, 0x40, 0x06, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4 };
	struct ip ip = { .version = 9 };

	(void)state;
	for (size_t length = 0; length < 20; length++)
		assert_int_equal(read(packet, length, true, &ip), VERDICT_IP_TRUNCATED);
	assert_int_equal(read(packet, 23, false, &ip), VERDICT_IP_LENGTH);
	packet[3] = 19; /* shorter than its header */
	assert_int_equal(read(packet, sizeof(packet), true, &ip), VERDICT_IP_LENGTH);
	packet[3] = 24;
	packet[0] = 0x44; /* IHL below 5 */
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_IP_TRUNCATED);
	packet[0] = 0x47; /* options beyond the end */
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_IP_TRUNCATED);
	packet[0] = 0x75;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_IP_VERSION);
	assert_int_equal(ip.version, 9);
}

static void a_cut_frame_says_so(void **state)
{
	static const uint8_t packet[24] = { 0x45, 0, 0x01, 0x00, 0, 0, 0, 0, 0x40, 0x06, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4 };
	static const uint8_t padded[24] = { 0x45, 0, 0x00, 0x16, 0, 0, 0, 0, 0x40, 0x06, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4 };
	struct ip ip = { 0 };

	(void)state;
	assert_int_equal(read(packet, sizeof(packet), true, &ip), VERDICT_DECODED);
	assert_true(ip.is_cut);
	assert_int_equal(cursor_left(&ip.payload), 4);
	/* Only padding was cut off. */
	assert_int_equal(read(padded, sizeof(padded), true, &ip), VERDICT_DECODED);
	assert_false(ip.is_cut);
	assert_int_equal(cursor_left(&ip.payload), 2);
}

static void a_total_length_of_zero_takes_what_is_there(void **state)
{
	static const uint8_t packet[24] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 0x40, 0x06, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4 };
	struct ip ip = { 0 };

	(void)state;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	assert_int_equal(cursor_left(&ip.payload), 4);
	assert_false(ip.is_cut);
}

static void an_ipv4_fragment_is_named(void **state)
{
	/* Offset 185 units of 8, more fragments. */
	static const uint8_t packet[24] = {
		0x45, 0, 0, 24, 0xab, 0xcd, 0x20, 0xb9, 0x40, 0x84, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4
	};
	struct ip ip = { 0 };

	(void)state;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	assert_true(ip.is_fragment);
	assert_true(ip.more_fragments);
	assert_int_equal(ip.fragment_offset, 1480);
	assert_int_equal(ip.fragment_id, 0xabcd);
}

static void ipv6_extension_headers_are_passed(void **state)
{
	/* RFC 8200 4: hop-by-hop of 8 bytes (router alert), routing of 24, destination options of 16, then SCTP. */
	static const uint8_t hop_by_hop[8] = { 43, 0, 5, 2, 0, 0, 1, 0 };
	static const uint8_t routing[24] = { 60, 2, 4, 0 };
	static const uint8_t destination[16] = { 132, 1, 1, 12 };
	uint8_t packet[40 + 8 + 24 + 16 + 4] = { 0x60, 0, 0, 0, 0, 52, 0, 64, IPV6_ADDRESSES };
	struct ip ip = { 0 };

	(void)state;
	memcpy(packet + 40, hop_by_hop, 8);
	memcpy(packet + 48, routing, 24);
	memcpy(packet + 72, destination, 16);
	packet[88] = 7;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	assert_int_equal(ip.version, 6);
	assert_int_equal(ip.protocol, IP_PROTOCOL_SCTP);
	assert_int_equal(ip.destination.bytes[15], 2);
	assert_int_equal(cursor_left(&ip.payload), 4);
	assert_int_equal(ip.payload.at[0], 7);
	for (size_t length = 0; length < 40; length++)
		assert_int_equal(read(packet, length, true, &ip), VERDICT_IP_TRUNCATED);
	for (size_t length = 40; length < sizeof(packet); length++)
		assert_int_equal(read(packet, length, false, &ip), VERDICT_IP_LENGTH);
	/* Cut inside the extension headers. */
	for (size_t length = 40; length < sizeof(packet) - 4; length++)
		assert_int_equal(read(packet, length, true, &ip), VERDICT_IPV6_EXTENSION);
}

static void extension_headers_that_do_not_end_are_refused(void **state)
{
	uint8_t packet[40 + 9 * 8 + 4] = { 0x60, 0, 0, 0, 0, 9 * 8 + 4, 60, 64, IPV6_ADDRESSES };
	struct ip ip = { 0 };

	(void)state;
	for (size_t i = 0; i < 9; i++)
		packet[40 + 8 * i] = 60;
	packet[40 + 8 * 7] = 132; /* eight of them are allowed */
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	packet[40 + 8 * 7] = 60;
	packet[40 + 8 * 8] = 132;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_IPV6_EXTENSION);
	packet[41] = 255; /* longer than the packet */
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_IPV6_EXTENSION);
}

static void a_jumbogram_is_refused(void **state)
{
	/* RFC 2675 2: payload length 0, jumbo payload option. */
	static const uint8_t packet[] = { 0x60, 0, 0, 0, 0, 0, 0, 64, IPV6_ADDRESSES, 132, 0, 0xc2, 4, 0, 1, 0, 0, 1, 2, 3, 4 };
	struct ip ip = { 0 };

	(void)state;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_IP_LENGTH);
}

static void an_atomic_ipv6_fragment_is_a_whole_packet(void **state)
{
	/* RFC 6946 2: fragment header with offset 0 and M 0, then a destination options header, then TCP. */
	uint8_t packet[] = { 0x60, 0, 0, 0, 0, 20, 44, 64, IPV6_ADDRESSES, 60, 0, 0, 0, 0, 0, 0, 5, 6, 0, 1, 4, 0, 0, 0, 0, 1, 2, 3, 4 };
	struct ip ip = { 0 };

	(void)state;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	assert_false(ip.is_fragment);
	assert_int_equal(ip.protocol, IP_PROTOCOL_TCP);
	assert_int_equal(cursor_left(&ip.payload), 4);

	/* RFC 8200 4.5: offset 2 units, M 1: what follows belongs to the datagram and is not looked at. */
	packet[43] = 0x11;
	assert_int_equal(read(packet, sizeof(packet), false, &ip), VERDICT_DECODED);
	assert_true(ip.is_fragment);
	assert_true(ip.more_fragments);
	assert_int_equal(ip.fragment_offset, 16);
	assert_int_equal(ip.fragment_id, 5);
	assert_int_equal(ip.protocol, 60);
	assert_int_equal(cursor_left(&ip.payload), 12);
}

static void a_whole_datagram_may_begin_with_extension_headers(void **state)
{
	static const uint8_t bytes[] = { 132, 0, 1, 4, 0, 0, 0, 0, 1, 2, 3, 4 };
	static const uint8_t nested[] = { 132, 0, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4 };
	struct ip ip = { .version = 6, .protocol = 60, .is_fragment = true, .fragment_offset = 8 };
	struct cursor payload = cursor_of(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(ip_whole(&payload, &ip), VERDICT_DECODED);
	assert_int_equal(ip.protocol, IP_PROTOCOL_SCTP);
	assert_int_equal(cursor_left(&ip.payload), 4);
	assert_false(ip.is_fragment);

	ip = (struct ip){ .version = 6, .protocol = 44, .is_fragment = true };
	payload = cursor_of(nested, sizeof(nested));
	assert_int_equal(ip_whole(&payload, &ip), VERDICT_IPV6_EXTENSION);
	assert_int_equal(ip.protocol, 44);

	/* The same number means something else, or nothing, in IPv4. */
	ip = (struct ip){ .version = 4, .protocol = 60, .is_fragment = true };
	assert_int_equal(ip_whole(&payload, &ip), VERDICT_DECODED);
	assert_int_equal(ip.protocol, 60);
}

/* One frame by the readers in line and by the general ones. Returns whether the former took it. */
static bool compare(struct cursor frame)
{
	struct ip_address source = { { 0 } };
	struct ip_address destination = { { 0 } };
	const struct ip_ends ends = { .source = &source, .destination = &destination };
	struct cursor usual = frame;
	struct cursor general = frame;
	struct link link;
	struct ip ip;
	uint8_t protocol = 0;

	if (!link_usual_read(&usual)) {
		assert_ptr_equal(usual.at, frame.at);
		return false;
	}
	assert_int_equal(link_read(&general, LINK_TYPE_ETHERNET, &link), VERDICT_DECODED);
	assert_ptr_equal(usual.at, general.at);
	if (!ip_usual_read(&usual, &ends, &protocol)) {
		assert_ptr_equal(usual.at, general.at);
		return false;
	}
	assert_int_equal(ip_read(&general, false, &ip), VERDICT_DECODED);
	assert_ptr_equal(usual.at, ip.payload.at);
	assert_ptr_equal(usual.end, ip.payload.end);
	assert_int_equal(protocol, ip.protocol);
	assert_true(ip_address_is_same(&source, &ip.source) && ip_address_is_same(&destination, &ip.destination));
	assert_false(ip.is_fragment || ip.is_cut);
	return true;
}

static void the_usual_packet_is_read_alike_in_line_and_by_the_general_reader(void **state)
{
	static const uint8_t packets[2][54] = {
		{ 0x45, 0, 0, 50, 1, 2, 0x40, 0, 64, 132, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 },
		{ 0x60, 0, 0, 0, 0, 12, 6, 64, IPV6_ADDRESSES },
	};
	unsigned int taken = 0;
	uint64_t random = 1;

	(void)state;
	for (unsigned int i = 0; i < 300000; i++) {
		uint8_t bytes[18 + 54] = { 0 };
		bool is_tagged = (random & 1) != 0;
		unsigned int version = random >> 1 & 1;
		size_t header = is_tagged ? 18 : 14;
		size_t length = header + sizeof(packets[0]);

		bytes[12] = is_tagged ? 0x81 : 0;
		bytes[header - 2] = version == 0 ? 0x08 : 0x86;
		bytes[header - 1] = version == 0 ? 0x00 : 0xdd;
		memcpy(bytes + header, packets[version], sizeof(packets[0]));
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		for (uint64_t change = random >> 60 & 3; change > 0; change--) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			bytes[(random >> 32) % (header + 20)] ^= (uint8_t)(1U << (random >> 20 & 7));
		}
		if ((random >> 50 & 7) == 0)
			length = (random >> 40) % (length + 1);
		taken += compare(cursor_of(bytes, length));
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		random ^= random >> 33;
	}
	assert_in_range(taken, 50000, 290000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_packet_is_read_alike_in_line_and_by_the_general_reader),
		cmocka_unit_test(an_ipv4_header_with_options_and_ethernet_padding),
		cmocka_unit_test(lengths_of_ipv4_that_do_not_fit_are_refused),
		cmocka_unit_test(a_cut_frame_says_so),
		cmocka_unit_test(a_total_length_of_zero_takes_what_is_there),
		cmocka_unit_test(an_ipv4_fragment_is_named),
		cmocka_unit_test(ipv6_extension_headers_are_passed),
		cmocka_unit_test(extension_headers_that_do_not_end_are_refused),
		cmocka_unit_test(a_jumbogram_is_refused),
		cmocka_unit_test(an_atomic_ipv6_fragment_is_a_whole_packet),
		cmocka_unit_test(a_whole_datagram_may_begin_with_extension_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

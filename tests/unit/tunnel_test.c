/* SPDX-License-Identifier: BSD-3-Clause */
/* The headers of dataplane/ip/tunnel from bytes written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/ip/tunnel.h"

#define UDP 17
#define GRE 47

#define READ(protocol, bytes, ret) tunnel_read((protocol), cursor_of((bytes), sizeof(bytes)), (ret))

/* Reads a header that must leave two bytes of payload, and refuses every shortened form of it. */
static struct tunnel read_good(uint8_t protocol, const uint8_t *bytes, size_t length)
{
	struct tunnel tunnel = { .ether_type = 7 };

	for (size_t shorter = 0; shorter < length - 2; shorter++) {
		assert_int_not_equal(tunnel_read(protocol, cursor_of(bytes, shorter), &tunnel), VERDICT_DECODED);
		assert_int_equal(tunnel.ether_type, 7);
	}
	assert_int_equal(tunnel_read(protocol, cursor_of(bytes, length), &tunnel), VERDICT_DECODED);
	assert_int_equal(cursor_left(&tunnel.payload), 2);
	assert_ptr_equal(tunnel.payload.end, bytes + length);
	return tunnel;
}

static void gre_with_and_without_its_options(void **state)
{
	static const uint8_t plain[] = { 0x00, 0x00, 0x08, 0x00, 0x45, 0 };                                      /* RFC 2784 2.1 */
	static const uint8_t full[] = { 0xb0, 0x00, 0x86, 0xdd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0 };   /* C, K, S: RFC 2890 2 */
	static const uint8_t ppp[] = { 0x30, 0x81, 0x88, 0x0b, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0x21, 0x45 }; /* RFC 2637 4.1 */
	static const uint8_t routed[] = { 0x40, 0x00, 0x08, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0x45, 0 };
	struct tunnel tunnel;

	(void)state;
	assert_int_equal(read_good(GRE, plain, sizeof(plain)).ether_type, 0x0800);
	assert_int_equal(read_good(GRE, full, sizeof(full)).ether_type, 0x86dd);
	assert_int_equal(read_good(GRE, ppp, sizeof(ppp)).ether_type, 0x880b);
	assert_int_equal(READ(GRE, routed, &tunnel), VERDICT_OTHER_TRANSPORT);
}

static void erspan_of_three_types(void **state)
{
	static const uint8_t one[] = { 0x00, 0x00, 0x88, 0xbe, 0x02, 0 };
	static const uint8_t two[] = { 0x10, 0x00, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0x05, 0, 9, 0, 0, 0, 3, 0x02, 0 };
	static const uint8_t three[] = { 0x10, 0x00, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0x05, 0, 9, 0, 0, 0, 3, 0, 0, 0, 0, 0x02, 0 };
	/* The O bit: a platform's header of eight octets. */
	static const uint8_t platform[] = { 0x10, 0x00, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0x05, 0, 9, 0, 0,    0,
					    3,    0,    0,    0,    1, 0, 0, 0, 0,    0,    0, 0, 0, 0x02, 0 };
	/* Frame type 2: IP without Ethernet. */
	static const uint8_t ip[] = { 0x10, 0x00, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0x05, 0, 9, 0, 0, 0, 3, 0, 0, 0x08, 0, 0x60, 0 };

	(void)state;
	assert_int_equal(read_good(GRE, one, sizeof(one)).ether_type, 0x6558);
	assert_int_equal(read_good(GRE, two, sizeof(two)).ether_type, 0x6558);
	assert_int_equal(read_good(GRE, three, sizeof(three)).ether_type, 0x6558);
	assert_int_equal(read_good(GRE, platform, sizeof(platform)).ether_type, 0x6558);
	assert_int_equal(read_good(GRE, ip, sizeof(ip)).ether_type, 0x86dd);
}

static void tunnels_over_udp_are_known_by_either_port(void **state)
{
	static const uint8_t vxlan[] = { 0xc3, 0x50, 0x12, 0xb5, 0, 18, 0, 0, 0x08, 0, 0, 0, 0, 0, 99, 0, 2, 0 }; /* RFC 7348 5 */
	static const uint8_t back[] = { 0x12, 0xb5, 0xc3, 0x50, 0, 18, 0, 0, 0x08, 0, 0, 0, 0, 0, 99, 0, 2, 0 };
	static const uint8_t no_flag[] = { 0xc3, 0x50, 0x12, 0xb5, 0, 18, 0, 0, 0x00, 0, 0, 0, 0, 0, 99, 0, 2, 0 };
	static const uint8_t gpe[] = { 0xc3, 0x50, 0x12, 0xb6, 0, 18, 0, 0, 0x0c, 0, 0, 2, 0, 0, 99, 0, 0x60, 0 };
	/* RFC 8926 3.4: one word of options. */
	static const uint8_t geneve[] = { 0xc3, 0x50, 0x17, 0xc1, 0, 22, 0, 0, 0x01, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 3, 2, 0, 2, 0 };
	static const uint8_t sniffer[] = { 0xc3, 0x50, 0x90, 0x90, 0, 18, 0, 0, 1, 0, 0, 1, 0, 10, 1, 5, 1, 2, 0 };
	static const uint8_t dns[] = { 0xc3, 0x50, 0, 53, 0, 18, 0, 0, 0x08, 0, 0, 0, 0, 0, 99, 0, 2, 0 };
	struct tunnel tunnel;

	(void)state;
	assert_int_equal(read_good(UDP, vxlan, sizeof(vxlan)).ether_type, 0x6558);
	assert_int_equal(read_good(UDP, back, sizeof(back)).ether_type, 0x6558);
	assert_int_equal(read_good(UDP, gpe, sizeof(gpe)).ether_type, 0x86dd);
	assert_int_equal(read_good(UDP, geneve, sizeof(geneve)).ether_type, 0x6558);
	/* The datagram is one octet shorter than the packet. */
	assert_int_equal(READ(UDP, sniffer, &tunnel), VERDICT_DECODED);
	assert_int_equal(cursor_left(&tunnel.payload), 1);
	assert_int_equal(READ(UDP, no_flag, &tunnel), VERDICT_OTHER_TRANSPORT);
	assert_int_equal(READ(UDP, dns, &tunnel), VERDICT_OTHER_TRANSPORT);
	assert_true(tunnel_begins_in_udp(cursor_of(vxlan, sizeof(vxlan))));
	assert_false(tunnel_begins_in_udp(cursor_of(dns, sizeof(dns))));
	assert_false(tunnel_begins_in_udp(cursor_of(vxlan, 3)));
}

static void sctp_in_udp_and_behind_ah_is_a_transport(void **state)
{
	static const uint8_t udp[] = { 0x26, 0xab, 0x26, 0xab, 0, 10, 0, 0, 0x0b, 0x59 };                      /* RFC 6951 */
	static const uint8_t ah[] = { 132, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0xaa, 0xaa, 0xaa, 0xaa, 0x0b, 0 }; /* RFC 4302 2 */
	struct tunnel tunnel;

	(void)state;
	tunnel = read_good(UDP, udp, sizeof(udp));
	assert_int_equal(tunnel.ether_type, TUNNEL_NO_ETHER);
	assert_int_equal(tunnel.protocol, 132);
	tunnel = read_good(51, ah, sizeof(ah));
	assert_int_equal(tunnel.ether_type, TUNNEL_NO_ETHER);
	assert_int_equal(tunnel.protocol, 132);
}

static void packets_and_frames_right_behind_ip(void **state)
{
	static const uint8_t two[] = { 0x45, 0 };
	static const uint8_t etherip[] = { 0x30, 0x00, 0x02, 0 }; /* RFC 3378 3 */
	struct tunnel tunnel;

	(void)state;
	assert_int_equal(read_good(4, two, sizeof(two)).ether_type, 0x0800);
	assert_int_equal(read_good(41, two, sizeof(two)).ether_type, 0x86dd);
	assert_int_equal(read_good(137, two, sizeof(two)).ether_type, 0x8847);
	assert_int_equal(read_good(143, two, sizeof(two)).ether_type, 0x6558);
	assert_int_equal(read_good(97, etherip, sizeof(etherip)).ether_type, 0x6558);
	assert_int_equal(READ(97, two, &tunnel), VERDICT_OTHER_TRANSPORT);
	assert_int_equal(READ(1, two, &tunnel), VERDICT_OTHER_TRANSPORT);
	assert_true(tunnel_is_protocol(GRE) && tunnel_is_protocol(UDP) && !tunnel_is_protocol(1));
}

static void user_plane_is_recognised_and_not_entered(void **state)
{
	static const uint8_t gtp[] = { 0x08, 0x68, 0x08, 0x68, 0, 18, 0, 0, 0x30, 0xff, 0, 2, 0, 0, 0, 1, 0x45, 0 }; /* TS 29.281 5.1 */
	struct tunnel tunnel;

	(void)state;
	assert_int_equal(READ(UDP, gtp, &tunnel), VERDICT_USER_PLANE);
	assert_false(tunnel_begins_in_udp(cursor_of(gtp, sizeof(gtp))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gre_with_and_without_its_options),          cmocka_unit_test(erspan_of_three_types),
		cmocka_unit_test(tunnels_over_udp_are_known_by_either_port), cmocka_unit_test(sctp_in_udp_and_behind_ah_is_a_transport),
		cmocka_unit_test(packets_and_frames_right_behind_ip),        cmocka_unit_test(user_plane_is_recognised_and_not_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The link layers of dataplane/link from bytes written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/link/link.h"

#define ADDRESSES 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb
#define IPV4      0x45, 0x00
#define IPV6      0x60, 0x00

#define READ(type, bytes, link, c) ((c) = cursor_of((bytes), sizeof(bytes)), link_read(&(c), (type), (link)))

/* Reads a frame that must end at an IP header `left` bytes before its end. */
static struct link read_good(enum link_type type, const uint8_t *bytes, size_t length, size_t left)
{
	struct cursor c = cursor_of(bytes, length);
	struct link link = { 0 };

	assert_int_equal(link_read(&c, type, &link), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), left);
	assert_int_equal(c.at[0] >> 4, link.ip_version);
	return link;
}

/* Every shortened form must be refused as truncated, and leave everything as it was; the IP header itself is not the link's. */
static void refuse_shortened(enum link_type type, const uint8_t *bytes, size_t header)
{
	for (size_t length = 0; length < header; length++) {
		struct cursor c = cursor_of(bytes, length);
		struct link link = { .ip_version = 77 };

		assert_int_equal(link_read(&c, type, &link), VERDICT_LINK_TRUNCATED);
		assert_ptr_equal(c.at, bytes);
		assert_int_equal(link.ip_version, 77);
	}
}

static void ethernet_carries_either_ip(void **state)
{
	static const uint8_t four[] = { ADDRESSES, 0x08, 0x00, IPV4 };
	static const uint8_t six[] = { ADDRESSES, 0x86, 0xdd, IPV6 };
	struct link link;

	(void)state;
	link = read_good(LINK_TYPE_ETHERNET, four, sizeof(four), 2);
	assert_int_equal(link.ip_version, 4);
	assert_int_equal(link.vlan_count, 0);
	assert_int_equal(read_good(LINK_TYPE_ETHERNET, six, sizeof(six), 2).ip_version, 6);
	refuse_shortened(LINK_TYPE_ETHERNET, four, 14);
}

static void a_length_field_is_followed_by_llc_and_perhaps_snap(void **state)
{
	/* IEEE 802.3 3.2.6: 0x0026 is a length; LLC of spanning tree behind it. */
	static const uint8_t spanning_tree[] = { ADDRESSES, 0x00, 0x26, 0x42, 0x42, 0x03, 0x00 };
	/* RFC 1042 SNAP with IPv4, another vendor's SNAP, and IEEE 802.2 with the SAP of IP. */
	static const uint8_t snap[] = { ADDRESSES, 0x00, 0x1c, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, IPV4 };
	static const uint8_t vendor[] = { ADDRESSES, 0x00, 0x1c, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00, IPV4 };
	static const uint8_t sap[] = { ADDRESSES, 0x00, 0x1c, 0x06, 0x06, 0x03, IPV4 };
	static const uint8_t arp[] = { ADDRESSES, 0x08, 0x06, 0x00, 0x01 };
	struct link link;
	struct cursor c;

	(void)state;
	assert_int_equal(READ(LINK_TYPE_ETHERNET, spanning_tree, &link, c), VERDICT_NOT_IP);
	read_good(LINK_TYPE_ETHERNET, snap, sizeof(snap), 2);
	read_good(LINK_TYPE_ETHERNET, sap, sizeof(sap), 2);
	refuse_shortened(LINK_TYPE_ETHERNET, snap, sizeof(snap) - 2);
	assert_int_equal(READ(LINK_TYPE_ETHERNET, vendor, &link, c), VERDICT_NOT_IP);
	assert_int_equal(READ(LINK_TYPE_ETHERNET, arp, &link, c), VERDICT_NOT_IP);
	assert_ptr_equal(c.at, arp);
}

static void tags_of_three_kinds_are_passed_and_kept(void **state)
{
	/* 802.1ad service tag 100 (priority 5), QinQ 0x9100 tag 4095, 802.1Q tag 7 (drop eligible). */
	static const uint8_t frame[] = {
		ADDRESSES, 0x88, 0xa8, 0xa0, 0x64, 0x91, 0x00, 0x0f, 0xff, 0x81, 0x00, 0x10, 0x07, 0x08, 0x00, IPV4
	};
	struct link link = { 0 };

	(void)state;
	link = read_good(LINK_TYPE_ETHERNET, frame, sizeof(frame), 2);
	assert_int_equal(link.vlan_count, 3);
	assert_int_equal(link.vlans[0], 100);
	assert_int_equal(link.vlans[1], 4095);
	assert_int_equal(link.vlans[2], 7);
	refuse_shortened(LINK_TYPE_ETHERNET, frame, sizeof(frame) - 2);
}

static void a_fifth_tag_is_too_deep(void **state)
{
	static const uint8_t frame[] = { ADDRESSES, 0x81, 0x00, 0x00, 0x01, 0x81, 0x00, 0x00, 0x02, 0x81, 0x00, 0x00,
					 0x03,      0x81, 0x00, 0x00, 0x04, 0x81, 0x00, 0x00, 0x05, 0x08, 0x00, IPV4 };
	struct link link;
	struct cursor c;

	(void)state;
	assert_int_equal(READ(LINK_TYPE_ETHERNET, frame, &link, c), VERDICT_LINK_DEPTH);
	assert_ptr_equal(c.at, frame);
}

static void a_label_stack_ends_at_its_bottom(void **state)
{
	/* RFC 3032 2.1: label 16, TC 0, S 0, TTL 64; label 17, S 1, TTL 63. */
	static const uint8_t four[] = { ADDRESSES, 0x88, 0x47, 0x00, 0x01, 0x00, 0x40, 0x00, 0x01, 0x11, 0x3f, IPV4 };
	/* Multicast EtherType, behind a VLAN tag, IPv6 explicit null (label 2). */
	static const uint8_t six[] = { ADDRESSES, 0x81, 0x00, 0x00, 0x09, 0x88, 0x48, 0x00, 0x00, 0x21, 0x40, IPV6 };
	/* Generic associated channel (RFC 5586): first nibble 1. */
	static const uint8_t channel[] = { ADDRESSES, 0x88, 0x47, 0x00, 0x00, 0xd1, 0x01, 0x10, 0x00, 0x00, 0x21 };
	struct link link;
	struct cursor c;

	(void)state;
	link = read_good(LINK_TYPE_ETHERNET, four, sizeof(four), 2);
	assert_int_equal(link.label_count, 2);
	link = read_good(LINK_TYPE_ETHERNET, six, sizeof(six), 2);
	assert_int_equal(link.label_count, 1);
	assert_int_equal(link.vlan_count, 1);
	assert_int_equal(READ(LINK_TYPE_ETHERNET, channel, &link, c), VERDICT_NOT_IP);
	refuse_shortened(LINK_TYPE_ETHERNET, four, sizeof(four) - 2);
}

static void a_ninth_label_is_too_deep(void **state)
{
	uint8_t frame[14 + 4 * 9 + 2] = { ADDRESSES, 0x88, 0x47 };
	struct link link;
	struct cursor c;

	(void)state;
	frame[14 + 4 * 8 + 2] = 0x01; /* S of the ninth */
	frame[14 + 4 * 9] = 0x45;
	assert_int_equal(READ(LINK_TYPE_ETHERNET, frame, &link, c), VERDICT_LINK_DEPTH);
	frame[14 + 4 * 7 + 2] = 0x01; /* the eighth is the bottom: IP must follow, a zero control word does not make it */
	assert_int_not_equal(READ(LINK_TYPE_ETHERNET, frame, &link, c), VERDICT_LINK_DEPTH);
}

static void an_ethernet_pseudowire_is_entered_behind_its_control_word(void **state)
{
	/* RFC 4448 4.6: control word with sequence number 5, then a tagged Ethernet frame. */
	static const uint8_t frame[] = { ADDRESSES, 0x88,      0x47, 0x00, 0x01, 0x01, 0x40, 0x00, 0x00, 0x00,
					 0x05,      ADDRESSES, 0x81, 0x00, 0x00, 0x2a, 0x86, 0xdd, IPV6 };
	static const uint8_t flags[] = {
		ADDRESSES, 0x88, 0x47, 0x00, 0x01, 0x01, 0x40, 0x08, 0x00, 0x00, 0x05, ADDRESSES, 0x08, 0x00, IPV4
	};
	struct link link;
	struct cursor c;

	(void)state;
	link = read_good(LINK_TYPE_ETHERNET, frame, sizeof(frame), 2);
	assert_int_equal(link.ip_version, 6);
	assert_int_equal(link.vlans[0], 42);
	assert_int_equal(READ(LINK_TYPE_ETHERNET, flags, &link, c), VERDICT_NOT_IP);
}

static void a_pseudowire_without_control_word_is_entered_where_ip_shows(void **state)
{
	/* RFC 4448 4.6: the control word is optional; the first octet of the address may look like anything but IP. */
	static const uint8_t odd[] = { ADDRESSES, 0x88, 0x47, 0x00, 0x01, 0x01, 0x40, 0x72, 1,    2,    3,
				       4,         5,    6,    7,    8,    9,    10,   11,   0x08, 0x00, IPV4 };
	static const uint8_t zero[] = {
		ADDRESSES, 0x88, 0x47, 0x00, 0x01, 0x01, 0x40, ADDRESSES, 0x81, 0x00, 0x00, 0x2a, 0x86, 0xdd, IPV6
	};
	static const uint8_t noise[] = { ADDRESSES, 0x88, 0x47, 0x00, 0x01, 0x01, 0x40, 0x72, 1,    2,    3,
					 4,         5,    6,    7,    8,    9,    10,   11,   0x08, 0x00, IPV6 };
	struct link link;
	struct cursor c;

	(void)state;
	read_good(LINK_TYPE_ETHERNET, odd, sizeof(odd), 2);
	assert_int_equal(read_good(LINK_TYPE_ETHERNET, zero, sizeof(zero), 2).vlans[0], 42);
	assert_int_equal(READ(LINK_TYPE_ETHERNET, noise, &link, c), VERDICT_NOT_IP);
}

static void short_headers_before_the_next_ethertype_are_passed(void **state)
{
	/* VN-Tag with a VLAN behind it. */
	static const uint8_t vn_tag[] = { ADDRESSES, 0x89, 0x26, 0x80, 0x01, 0x00, 0x02, 0x81, 0x00, 0x00, 0x07, 0x08, 0x00, IPV4 };
	/* IEEE 802.1Q 9.7: I-Tag, then the customer's frame. */
	static const uint8_t bridge[] = { ADDRESSES, 0x88, 0xe7, 0x00, 0x00, 0x00, 0x63, ADDRESSES, 0x86, 0xdd, IPV6 };
	/* RFC 8300 2.2: two words, next protocol 3, an Ethernet frame. */
	static const uint8_t service[] = { ADDRESSES, 0x89, 0x4f, 0x0f, 0xc2, 0x01, 0x03, 0, 0, 1, 0xff, ADDRESSES, 0x08, 0x00, IPV4 };

	(void)state;
	assert_int_equal(read_good(LINK_TYPE_ETHERNET, vn_tag, sizeof(vn_tag), 2).vlans[0], 7);
	read_good(LINK_TYPE_ETHERNET, bridge, sizeof(bridge), 2);
	read_good(LINK_TYPE_ETHERNET, service, sizeof(service), 2);
	refuse_shortened(LINK_TYPE_ETHERNET, vn_tag, sizeof(vn_tag) - 2);
	refuse_shortened(LINK_TYPE_ETHERNET, bridge, sizeof(bridge) - 2);
	refuse_shortened(LINK_TYPE_ETHERNET, service, sizeof(service) - 2);
}

static void headers_within_headers_end_somewhere(void **state)
{
	uint8_t frame[14 * 40 + 2];
	struct link link;
	struct cursor c;

	(void)state;
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = i % 14 == 12 ? 0x65 : i % 14 == 13 ? 0x58 : 0x02;
	assert_int_equal(READ(LINK_TYPE_ETHERNET, frame, &link, c), VERDICT_LINK_DEPTH);
}

static void sessions_of_pppoe_carry_ppp(void **state)
{
	/* RFC 2516 4: version 1, type 1, session 4, length 4; PPP's protocol. */
	static const uint8_t frame[] = { ADDRESSES, 0x88, 0x64, 0x11, 0x00, 0x00, 0x04, 0x00, 0x04, 0x00, 0x21, IPV4 };
	static const uint8_t alone[] = { 0x11, 0x00, 0x00, 0x04, 0x00, 0x04, 0x00, 0x57, IPV6 };
	static const uint8_t discovery[] = { 0x11, 0x09, 0x00, 0x00, 0x00, 0x04, 0x01, 0x01, 0x00, 0x00 };
	struct link link;
	struct cursor c;

	(void)state;
	read_good(LINK_TYPE_ETHERNET, frame, sizeof(frame), 2);
	read_good(LINK_TYPE_PPPOE, alone, sizeof(alone), 2);
	assert_int_equal(READ(LINK_TYPE_PPPOE, discovery, &link, c), VERDICT_NOT_IP);
	refuse_shortened(LINK_TYPE_PPPOE, alone, sizeof(alone) - 2);
}

static void cisco_hdlc_has_an_ethertype(void **state)
{
	static const uint8_t frame[] = { 0x0f, 0x00, 0x08, 0x00, IPV4 };
	struct link link;
	struct cursor c;

	(void)state;
	read_good(LINK_TYPE_CISCO_HDLC, frame, sizeof(frame), 2);
	read_good(LINK_TYPE_PPP, frame, sizeof(frame), 2); /* LINKTYPE_PPP_HDLC is used for both */
	refuse_shortened(LINK_TYPE_CISCO_HDLC, frame, 4);
	assert_int_equal(READ(LINK_TYPE_MTP3, frame, &link, c), VERDICT_OTHER_LINK);
}

static void labels_inside_pseudowires_count_towards_one_limit(void **state)
{
	/* Nine times: one label, zero control word, Ethernet with MPLS inside. */
	static const uint8_t level[] = { ADDRESSES, 0x88, 0x47, 0x00, 0x01, 0x01, 0x40, 0x00, 0x00, 0x00, 0x00 };
	uint8_t frame[9 * sizeof(level)];
	struct link link;
	struct cursor c;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		memcpy(frame + i * sizeof(level), level, sizeof(level));
	assert_int_equal(READ(LINK_TYPE_ETHERNET, frame, &link, c), VERDICT_LINK_DEPTH);
}

static void the_version_must_be_the_announced_one(void **state)
{
	static const uint8_t frame[] = { ADDRESSES, 0x08, 0x00, IPV6 };
	static const uint8_t raw[] = { 0x50, 0x00 };
	struct link link;
	struct cursor c;

	(void)state;
	assert_int_equal(READ(LINK_TYPE_ETHERNET, frame, &link, c), VERDICT_IP_VERSION);
	assert_int_equal(READ(LINK_TYPE_RAW_IP, raw, &link, c), VERDICT_IP_VERSION);
}

static void cooked_captures_of_both_versions(void **state)
{
	/* LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol. */
	static const uint8_t one[] = { 0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00, IPV4 };
	/* LINKTYPE_LINUX_SLL2: protocol, reserved, interface, ARPHRD, packet type, address length, address. */
	static const uint8_t two[] = { 0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 1, 2, 3, 4, 5, 6, 0, 0, IPV6 };
	/* A tag kept behind the cooked header. */
	static const uint8_t tagged[] = { 0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x81, 0x00, 0x00, 0x05, 0x08, 0x00, IPV4 };
	struct link link;

	(void)state;
	read_good(LINK_TYPE_LINUX_SLL, one, sizeof(one), 2);
	read_good(LINK_TYPE_LINUX_SLL2, two, sizeof(two), 2);
	link = read_good(LINK_TYPE_LINUX_SLL, tagged, sizeof(tagged), 2);
	assert_int_equal(link.vlans[0], 5);
	refuse_shortened(LINK_TYPE_LINUX_SLL, one, 16);
	refuse_shortened(LINK_TYPE_LINUX_SLL2, two, 20);
}

static void loopback_families_in_both_byte_orders(void **state)
{
	static const uint8_t families[] = { 10, 23, 24, 28, 30 };
	uint8_t little[] = { 2, 0, 0, 0, IPV4 };
	uint8_t big[] = { 0, 0, 0, 2, IPV4 };
	static const uint8_t appletalk[] = { 16, 0, 0, 0, 0, 0 };
	struct link link;
	struct cursor c;

	(void)state;
	read_good(LINK_TYPE_NULL, little, sizeof(little), 2);
	read_good(LINK_TYPE_NULL, big, sizeof(big), 2);
	refuse_shortened(LINK_TYPE_NULL, big, 4);
	little[4] = 0x60;
	big[4] = 0x60;
	for (size_t i = 0; i < sizeof(families); i++) {
		little[0] = families[i];
		big[3] = families[i];
		assert_int_equal(read_good(LINK_TYPE_NULL, little, sizeof(little), 2).ip_version, 6);
		assert_int_equal(read_good(LINK_TYPE_NULL, big, sizeof(big), 2).ip_version, 6);
	}
	assert_int_equal(READ(LINK_TYPE_NULL, appletalk, &link, c), VERDICT_NOT_IP);
}

static void ppp_with_and_without_compression(void **state)
{
	static const uint8_t full[] = { 0xff, 0x03, 0x00, 0x21, IPV4 }; /* RFC 1662 3.1 */
	static const uint8_t bare[] = { 0x00, 0x57, IPV6 };             /* address and control left out */
	static const uint8_t short_protocol[] = { 0x21, IPV4 };         /* RFC 1661 6.5 */
	static const uint8_t label[] = { 0x02, 0x81, 0x00, 0x01, 0x01, 0x40, IPV4 };
	static const uint8_t lcp[] = { 0xff, 0x03, 0xc0, 0x21, 0x01, 0x01 };
	struct link link;
	struct cursor c;

	(void)state;
	read_good(LINK_TYPE_PPP, full, sizeof(full), 2);
	read_good(LINK_TYPE_PPP, bare, sizeof(bare), 2);
	read_good(LINK_TYPE_PPP, short_protocol, sizeof(short_protocol), 2);
	assert_int_equal(read_good(LINK_TYPE_PPP, label, sizeof(label), 2).label_count, 1);
	assert_int_equal(READ(LINK_TYPE_PPP, lcp, &link, c), VERDICT_NOT_IP);
	refuse_shortened(LINK_TYPE_PPP, bare, 2);
}

static void raw_ip_and_unknown_links(void **state)
{
	static const uint8_t four[] = { IPV4 };
	static const uint8_t six[] = { IPV6 };
	struct link link;
	struct cursor c;

	(void)state;
	assert_int_equal(read_good(LINK_TYPE_RAW_IP, four, sizeof(four), 2).ip_version, 4);
	assert_int_equal(read_good(LINK_TYPE_RAW_IP, six, sizeof(six), 2).ip_version, 6);
	refuse_shortened(LINK_TYPE_RAW_IP, four, 1);
	assert_int_equal(READ(LINK_TYPE_UNSUPPORTED, four, &link, c), VERDICT_OTHER_LINK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_carries_either_ip),
		cmocka_unit_test(a_length_field_is_followed_by_llc_and_perhaps_snap),
		cmocka_unit_test(tags_of_three_kinds_are_passed_and_kept),
		cmocka_unit_test(a_fifth_tag_is_too_deep),
		cmocka_unit_test(a_label_stack_ends_at_its_bottom),
		cmocka_unit_test(a_ninth_label_is_too_deep),
		cmocka_unit_test(an_ethernet_pseudowire_is_entered_behind_its_control_word),
		cmocka_unit_test(a_pseudowire_without_control_word_is_entered_where_ip_shows),
		cmocka_unit_test(short_headers_before_the_next_ethertype_are_passed),
		cmocka_unit_test(headers_within_headers_end_somewhere),
		cmocka_unit_test(sessions_of_pppoe_carry_ppp),
		cmocka_unit_test(cisco_hdlc_has_an_ethertype),
		cmocka_unit_test(labels_inside_pseudowires_count_towards_one_limit),
		cmocka_unit_test(the_version_must_be_the_announced_one),
		cmocka_unit_test(cooked_captures_of_both_versions),
		cmocka_unit_test(loopback_families_in_both_byte_orders),
		cmocka_unit_test(ppp_with_and_without_compression),
		cmocka_unit_test(raw_ip_and_unknown_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

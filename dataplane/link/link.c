/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a captured frame to its IP header, see link.h. Pure functions, called by the walk of every worker.
 *
 * Every link header comes down to an EtherType: Ethernet II (IEEE 802.3 3.2.6), Linux cooked captures v1 and v2 (LINKTYPE_LINUX_SLL, SLL2),
 * raw IP, null and loopback (an address family in the byte order of whoever captured), PPP (RFC 1661 2, RFC 1662 3.1), Cisco HDLC. From
 * there one loop passes tags (IEEE 802.1Q 9.5, 802.1ad, the older QinQ 0x9100) and other short headers before the next EtherType, LLC with
 * SNAP (IEEE 802.2, RFC 1042) where the field is a length, PPPoE sessions (RFC 2516 4), frames within frames, and label stacks (RFC 3032
 * 2.1, RFC 5332), behind which the first nibble tells what follows (RFC 4928 3): 4 or 6 is IP, 0 is the control word of an Ethernet
 * pseudowire (RFC 4448 4.6) with a frame of its own. A pseudowire without control word begins with a MAC address, which proves nothing: it
 * is entered where IP, or a tag before it, stands at the place of its EtherType.
 *
 * Refused: more tags, labels or headers than link.h allows, an IP version other than the header before announces. Not IP for us: encrypted
 * frames (802.1AE), frame relay, Novell's raw 802.3.
 */
#include "dataplane/link/link.h"

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/bits.h"

/* IEEE registration authority, EtherType. Below 0x600 the field is a length (IEEE 802.3 3.2.6). */
#define ETHER_IPV4           LINK_ETHER_IPV4
#define ETHER_TAG            LINK_ETHER_TAG
#define ETHER_IPV6           LINK_ETHER_IPV6
#define ETHER_MPLS           LINK_ETHER_MPLS
#define ETHER_MPLS_MULTICAST 0x8848
#define ETHER_SERVICE_TAG    0x88a8
#define ETHER_QINQ           0x9100
#define ETHER_PPPOE          0x8864
/* Below it the field is a length (IEEE 802.3 3.2.6), and so LLC follows. */
#define ETHER_LENGTH_END 0x0600
/* Reserved by IEEE, never assigned: "something else". */
#define ETHER_NONE 0xffff

#define ETHERNET_ADDRESSES 12
#define SLL_BEFORE_TYPE    14
#define SLL2_BEHIND_TYPE   18

/* A number of another registry and the EtherType of the same meaning. */
struct protocol_row {
	uint16_t number;
	uint16_t ether_type;
};

/* Address families in null and loopback headers: the systems disagree about IPv6. */
static const struct protocol_row families[] = {
	{ 2, ETHER_IPV4 },  /* everywhere */
	{ 10, ETHER_IPV6 }, /* Linux */
	{ 23, ETHER_IPV6 }, /* Windows */
	{ 24, ETHER_IPV6 }, /* NetBSD, OpenBSD */
	{ 28, ETHER_IPV6 }, /* FreeBSD */
	{ 30, ETHER_IPV6 }, /* Darwin */
};

/* IANA, PPP DLL protocol numbers. */
static const struct protocol_row ppp_protocols[] = {
	{ 0x0021, ETHER_IPV4 },
	{ 0x0057, ETHER_IPV6 },
	{ 0x0281, ETHER_MPLS },
	{ 0x0283, ETHER_MPLS_MULTICAST },
};

/* Headers that end in the next EtherType, by the EtherType that announces them, and how many bytes stand before that. */
static const struct protocol_row short_headers[] = {
	{ 0x8926, 4 },              /* VN-Tag */
	{ 0x893f, 6 },              /* E-Tag (IEEE 802.1BR) */
	{ 0x892f, 4 },              /* HSR (IEC 62439-3) */
	{ 0xf1c1, 4 },              /* R-Tag (IEEE 802.1CB 7.8) */
	{ 0x8909, 6 },              /* Cisco metadata */
	{ 0x88e7, 4 + 12 },         /* I-Tag and the customer's addresses (IEEE 802.1Q 9.7) */
	{ LINK_ETHER_BRIDGED, 12 }, /* the addresses of a frame of its own */
};

/* RFC 8300 2.2, and the same numbers in VXLAN-GPE: the next protocol of a Network Service Header. */
static const struct protocol_row service_protocols[] = {
	{ 1, ETHER_IPV4 }, { 2, ETHER_IPV6 }, { 3, LINK_ETHER_BRIDGED }, { 4, LINK_ETHER_SERVICE }, { 5, ETHER_MPLS },
};

static uint16_t row_find(const struct protocol_row *rows, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].number == number)
			return rows[i].ether_type;
	}
	return ETHER_NONE;
}

/* What the first nibble says where no header does. */
static uint16_t nibble_ether_type(uint8_t first)
{
	switch (first >> 4) {
	case 4:
		return ETHER_IPV4;
	case 6:
		return ETHER_IPV6;
	default:
		return ETHER_NONE;
	}
}

static enum verdict ethernet_read(struct cursor *c, uint16_t *ret_type)
{
	if (!cursor_skip(c, ETHERNET_ADDRESSES) || !cursor_be16(c, ret_type))
		return VERDICT_LINK_TRUNCATED;
	return VERDICT_DECODED;
}

static enum verdict sll_read(struct cursor *c, uint16_t *ret_type)
{
	if (!cursor_skip(c, SLL_BEFORE_TYPE) || !cursor_be16(c, ret_type))
		return VERDICT_LINK_TRUNCATED;
	return VERDICT_DECODED;
}

static enum verdict sll2_read(struct cursor *c, uint16_t *ret_type)
{
	if (!cursor_be16(c, ret_type) || !cursor_skip(c, SLL2_BEHIND_TYPE))
		return VERDICT_LINK_TRUNCATED;
	return VERDICT_DECODED;
}

static enum verdict raw_read(const struct cursor *c, uint16_t *ret_type)
{
	uint8_t first = 0;

	if (!cursor_peek_u8(c, 0, &first))
		return VERDICT_LINK_TRUNCATED;
	*ret_type = nibble_ether_type(first);
	return *ret_type == ETHER_NONE ? VERDICT_IP_VERSION : VERDICT_DECODED;
}

/* Families are small numbers, so the byte order shows: what is above 65,535 was written the other way round. */
static enum verdict null_read(struct cursor *c, uint16_t *ret_type)
{
	struct cursor swapped = *c;
	uint32_t family = 0;

	if (!cursor_be32(c, &family))
		return VERDICT_LINK_TRUNCATED;
	if (family > UINT16_MAX)
		cursor_le32(&swapped, &family);
	*ret_type = row_find(families, sizeof(families) / sizeof(families[0]), family);
	return VERDICT_DECODED;
}

/* Address, control (always zero), EtherType. */
static enum verdict cisco_hdlc_read(struct cursor *c, uint16_t *ret_type)
{
	if (!cursor_skip(c, 2) || !cursor_be16(c, ret_type))
		return VERDICT_LINK_TRUNCATED;
	return VERDICT_DECODED;
}

/* Cisco HDLC under the same link type begins with 0x0f or 0x8f; no PPP does. */
static bool is_cisco_hdlc(uint8_t first, uint8_t second)
{
	return (first == 0x0f || first == 0x8f) && second == 0;
}

/* Address and control may be left out (RFC 1661 6.6), the protocol may be one octet when that is odd (RFC 1661 2, 6.5). */
static enum verdict ppp_read(struct cursor *c, uint16_t *ret_type)
{
	uint8_t first = 0;
	uint8_t second = 0;
	uint32_t protocol = 0;

	if (cursor_peek_u8(c, 0, &first) && cursor_peek_u8(c, 1, &second)) {
		if (is_cisco_hdlc(first, second))
			return cisco_hdlc_read(c, ret_type);
		if (first == 0xff && second == 0x03)
			cursor_skip(c, 2);
	}
	if (!cursor_u8(c, &first))
		return VERDICT_LINK_TRUNCATED;
	protocol = first;
	if ((first & 1) == 0) {
		if (!cursor_u8(c, &second))
			return VERDICT_LINK_TRUNCATED;
		protocol = protocol << 8 | second;
	}
	*ret_type = row_find(ppp_protocols, sizeof(ppp_protocols) / sizeof(ppp_protocols[0]), protocol);
	return VERDICT_DECODED;
}

static enum verdict tag_read(struct cursor *c, struct link *link, uint16_t *ret_type)
{
	uint16_t control = 0;

	if (link->vlan_count == LINK_VLANS_MAX)
		return VERDICT_LINK_DEPTH;
	if (!cursor_be16(c, &control) || !cursor_be16(c, ret_type))
		return VERDICT_LINK_TRUNCATED;
	link->vlans[link->vlan_count++] = (uint16_t)bits(control, 0, 12);
	return VERDICT_DECODED;
}

/* Whether an Ethernet frame begins here: behind two addresses stands an EtherType that we know, and what it announces. */
static bool is_ethernet(const struct cursor *c)
{
	struct cursor at = *c;
	uint16_t type = 0;
	uint8_t first = 0;

	if (!cursor_skip(&at, ETHERNET_ADDRESSES) || !cursor_be16(&at, &type))
		return false;
	if (type == ETHER_TAG || type == ETHER_SERVICE_TAG || type == ETHER_MPLS)
		return true;
	return (type == ETHER_IPV4 || type == ETHER_IPV6) && cursor_peek_u8(&at, 0, &first) && nibble_ether_type(first) == type;
}

/*
 * RFC 4448 4.6: four zero bits, twelve reserved zero bits, a sequence number that may count; then an Ethernet header. Without a control
 * word the zeros were those of an address.
 */
static enum verdict pseudowire_read(struct cursor *c, uint16_t *ret_type)
{
	struct cursor inner = *c;
	uint32_t control = 0;

	if (!cursor_be32(&inner, &control))
		return VERDICT_LINK_TRUNCATED;
	if (is_ethernet(c) && (bits(control, 16, 16) != 0 || !is_ethernet(&inner)))
		return ethernet_read(c, ret_type);
	if (bits(control, 16, 16) != 0)
		return VERDICT_NOT_IP;
	*c = inner;
	return ethernet_read(c, ret_type);
}

/* What stands behind the bottom of a label stack. 1 is an associated channel (RFC 5586 2.1). */
static enum verdict payload_read(struct cursor *c, uint16_t *ret_type)
{
	uint8_t first = 0;

	if (!cursor_peek_u8(c, 0, &first))
		return VERDICT_LINK_TRUNCATED;
	if (first >> 4 == 0)
		return pseudowire_read(c, ret_type);
	*ret_type = nibble_ether_type(first);
	if (*ret_type == ETHER_NONE && is_ethernet(c))
		return ethernet_read(c, ret_type);
	return VERDICT_DECODED;
}

/* A label stack to its bottom (S bit, RFC 3032 2.1). */
static enum verdict labels_read(struct cursor *c, struct link *link, uint16_t *ret_type)
{
	uint32_t entry = 0;

	do {
		if (link->label_count == LINK_LABELS_MAX)
			return VERDICT_LINK_DEPTH;
		if (!cursor_be32(c, &entry))
			return VERDICT_LINK_TRUNCATED;
		link->label_count++;
	} while (bits(entry, 8, 1) == 0);
	return payload_read(c, ret_type);
}

/* IEEE 802.2: SAP 0x06 is IP; 0xaa is SNAP (RFC 1042), whose OUI 0, or 00-00-F8 across bridges (802.1H), stands before an EtherType. */
static enum verdict llc_read(struct cursor *c, uint16_t *ret_type)
{
	struct cursor at = *c;
	uint32_t header = 0;
	uint32_t oui = 0;

	if (!cursor_be24(&at, &header))
		return VERDICT_LINK_TRUNCATED;
	*ret_type = header == 0x060603 ? ETHER_IPV4 : ETHER_NONE;
	if (header == 0xaaaa03) {
		if (!cursor_be24(&at, &oui) || !cursor_be16(&at, ret_type))
			return VERDICT_LINK_TRUNCATED;
		if (oui != 0 && oui != 0x0000f8)
			return VERDICT_NOT_IP;
	}
	*c = at;
	return VERDICT_DECODED;
}

/* RFC 2516 4: version and type 1, code 0 for the session; the session, the length; then PPP from its protocol on. */
static enum verdict pppoe_read(struct cursor *c, uint16_t *ret_type)
{
	uint16_t begin = 0;

	if (!cursor_be16(c, &begin) || !cursor_skip(c, 4))
		return VERDICT_LINK_TRUNCATED;
	if (begin != 0x1100)
		return VERDICT_NOT_IP;
	return ppp_read(c, ret_type);
}

/* RFC 8300 2.2: length in words, metadata type, next protocol; the service path, and what metadata there is. */
static enum verdict service_read(struct cursor *c, uint16_t *ret_type)
{
	struct cursor header;
	uint32_t base = 0;
	struct cursor at = *c;

	if (!cursor_be32(&at, &base) || !cursor_take(c, 4 * (size_t)bits(base, 16, 6), &header) || cursor_left(&header) < 8)
		return VERDICT_LINK_TRUNCATED;
	*ret_type = row_find(service_protocols, sizeof(service_protocols) / sizeof(service_protocols[0]), bits(base, 0, 8));
	return VERDICT_DECODED;
}

static enum verdict short_header_read(struct cursor *c, uint16_t *type)
{
	uint16_t length = row_find(short_headers, sizeof(short_headers) / sizeof(short_headers[0]), *type);

	if (length == ETHER_NONE)
		return VERDICT_NOT_IP;
	if (!cursor_skip(c, length) || !cursor_be16(c, type))
		return VERDICT_LINK_TRUNCATED;
	return VERDICT_DECODED;
}

static enum verdict network_begin(const struct cursor *c, uint8_t version, struct link *link)
{
	uint8_t first = 0;

	if (cursor_peek_u8(c, 0, &first) && first >> 4 != version)
		return VERDICT_IP_VERSION;
	link->ip_version = version;
	return VERDICT_DECODED;
}

/* One header of those that are no IP; `type` becomes what the next one is. */
static enum verdict header_pass(struct cursor *c, struct link *link, uint16_t *type)
{
	if (*type < ETHER_LENGTH_END)
		return llc_read(c, type);
	switch (*type) {
	case ETHER_TAG:
	case ETHER_SERVICE_TAG:
	case ETHER_QINQ:
		return tag_read(c, link, type);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return labels_read(c, link, type);
	case ETHER_PPPOE:
		return pppoe_read(c, type);
	case LINK_ETHER_PPP:
		return ppp_read(c, type);
	case LINK_ETHER_SERVICE:
		return service_read(c, type);
	default:
		return short_header_read(c, type);
	}
}

/* From an EtherType to the IP header. */
static enum verdict ether_type_walk(struct cursor *c, uint16_t type, struct link *link)
{
	for (unsigned int steps = 0; steps < LINK_STEPS_MAX; steps++) {
		enum verdict verdict;

		if (type == ETHER_IPV4 || type == ETHER_IPV6)
			return network_begin(c, type == ETHER_IPV4 ? 4 : 6, link);
		verdict = header_pass(c, link, &type);
		if (verdict != VERDICT_DECODED)
			return verdict;
	}
	return VERDICT_LINK_DEPTH;
}

static enum verdict header_read(struct cursor *c, enum link_type type, uint16_t *ret_type)
{
	switch (type) {
	case LINK_TYPE_ETHERNET:
		return ethernet_read(c, ret_type);
	case LINK_TYPE_LINUX_SLL:
		return sll_read(c, ret_type);
	case LINK_TYPE_LINUX_SLL2:
		return sll2_read(c, ret_type);
	case LINK_TYPE_RAW_IP:
		return raw_read(c, ret_type);
	case LINK_TYPE_NULL:
		return null_read(c, ret_type);
	case LINK_TYPE_PPP:
		return ppp_read(c, ret_type);
	case LINK_TYPE_CISCO_HDLC:
		return cisco_hdlc_read(c, ret_type);
	case LINK_TYPE_PPPOE:
		*ret_type = ETHER_PPPOE;
		return VERDICT_DECODED;
	case LINK_TYPE_MTP2:
	case LINK_TYPE_MTP2_PSEUDO:
	case LINK_TYPE_MTP3:
	case LINK_TYPE_SCCP:
	case LINK_TYPE_SCTP:
	case LINK_TYPE_EXPORTED:
	case LINK_TYPE_UNSUPPORTED:
		break;
	}
	return VERDICT_OTHER_LINK;
}

enum verdict link_ether_read(struct cursor *c, uint16_t ether_type, struct link *ret)
{
	struct cursor at = *c;
	struct link link = { 0 };
	enum verdict verdict = ether_type_walk(&at, ether_type, &link);

	if (verdict != VERDICT_DECODED)
		return verdict;
	*c = at;
	*ret = link;
	return VERDICT_DECODED;
}

enum verdict link_read(struct cursor *c, enum link_type type, struct link *ret)
{
	struct cursor at = *c;
	uint16_t ether_type = ETHER_NONE;
	enum verdict verdict = header_read(&at, type, &ether_type);

	if (verdict == VERDICT_DECODED)
		verdict = link_ether_read(&at, ether_type, ret);
	if (verdict != VERDICT_DECODED)
		return verdict;
	*c = at;
	return VERDICT_DECODED;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a captured frame to its IP header, see link.h. Pure functions, called by the walk of every worker.
 *
 * Every link header comes down to an EtherType: Ethernet II (IEEE 802.3 3.2.6), Linux cooked captures v1 and v2 (LINKTYPE_LINUX_SLL, SLL2),
 * raw IP, null and loopback (an address family in the byte order of whoever captured), PPP (RFC 1661 2, RFC 1662 3.1). From there one loop
 * passes tags (IEEE 802.1Q 9.5, 802.1ad, the older QinQ 0x9100) and label stacks (RFC 3032 2.1, RFC 5332), behind which the first nibble
 * tells what follows (RFC 4928 3): 4 or 6 is IP, 0 is the control word of an Ethernet pseudowire (RFC 4448 4.6) with a frame of its own.
 *
 * Refused: 802.3 length frames with LLC or SNAP (nobody carries SIGTRAN there), pseudowires without a control word (their first nibble is
 * a MAC address and proves nothing), more tags or labels than link.h allows, an IP version other than the link header announces.
 */
#include "dataplane/link/link.h"

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/bits.h"

/* IEEE registration authority, EtherType. Below 0x600 the field is a length (IEEE 802.3 3.2.6). */
#define ETHER_IPV4           LINK_ETHER_IPV4
#define ETHER_TAG            LINK_ETHER_TAG
#define ETHER_IPV6           LINK_ETHER_IPV6
#define ETHER_MPLS           0x8847
#define ETHER_MPLS_MULTICAST 0x8848
#define ETHER_SERVICE_TAG    0x88a8
#define ETHER_QINQ           0x9100
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

/* Address and control may be left out (RFC 1661 6.6), the protocol may be one octet when that is odd (RFC 1661 2, 6.5). */
static enum verdict ppp_read(struct cursor *c, uint16_t *ret_type)
{
	uint8_t first = 0;
	uint8_t second = 0;
	uint32_t protocol = 0;

	if (cursor_peek_u8(c, 0, &first) && cursor_peek_u8(c, 1, &second) && first == 0xff && second == 0x03)
		cursor_skip(c, 2);
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

/* RFC 4448 4.6: four zero bits, twelve reserved zero bits, a sequence number that may count; then an Ethernet header. */
static enum verdict pseudowire_read(struct cursor *c, uint16_t *ret_type)
{
	uint32_t control = 0;

	if (!cursor_be32(c, &control))
		return VERDICT_LINK_TRUNCATED;
	if (bits(control, 16, 16) != 0)
		return VERDICT_NOT_IP;
	return ethernet_read(c, ret_type);
}

/* A label stack to its bottom (S bit, RFC 3032 2.1). */
static enum verdict labels_read(struct cursor *c, struct link *link, uint16_t *ret_type)
{
	uint32_t entry = 0;
	uint8_t first = 0;

	do {
		if (link->label_count == LINK_LABELS_MAX)
			return VERDICT_LINK_DEPTH;
		if (!cursor_be32(c, &entry))
			return VERDICT_LINK_TRUNCATED;
		link->label_count++;
	} while (bits(entry, 8, 1) == 0);
	if (!cursor_peek_u8(c, 0, &first))
		return VERDICT_LINK_TRUNCATED;
	if (first >> 4 == 0)
		return pseudowire_read(c, ret_type);
	*ret_type = nibble_ether_type(first);
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

/* From an EtherType to the IP header; every turn of the loop consumes a tag or a label stack. */
static enum verdict ether_type_walk(struct cursor *c, uint16_t type, struct link *link)
{
	enum verdict verdict = VERDICT_DECODED;

	while (verdict == VERDICT_DECODED) {
		switch (type) {
		case ETHER_IPV4:
			return network_begin(c, 4, link);
		case ETHER_IPV6:
			return network_begin(c, 6, link);
		case ETHER_TAG:
		case ETHER_SERVICE_TAG:
		case ETHER_QINQ:
			verdict = tag_read(c, link, &type);
			break;
		case ETHER_MPLS:
		case ETHER_MPLS_MULTICAST:
			verdict = labels_read(c, link, &type);
			break;
		default:
			return VERDICT_NOT_IP;
		}
	}
	return verdict;
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
	case LINK_TYPE_UNSUPPORTED:
		break;
	}
	return VERDICT_OTHER_LINK;
}

enum verdict link_read(struct cursor *c, enum link_type type, struct link *ret)
{
	struct cursor at = *c;
	struct link link = { 0 };
	uint16_t ether_type = ETHER_NONE;
	enum verdict verdict = header_read(&at, type, &ether_type);

	if (verdict == VERDICT_DECODED)
		verdict = ether_type_walk(&at, ether_type, &link);
	if (verdict != VERDICT_DECODED)
		return verdict;
	*c = at;
	*ret = link;
	return VERDICT_DECODED;
}

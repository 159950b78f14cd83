/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tunnels over IP, see tunnel.h. Pure functions, called by the walk of every worker for packets that are neither SCTP nor TCP.
 *
 * By IP protocol: IPv4 and IPv6 (RFC 2003, RFC 4213 3.5), GRE (RFC 2784, RFC 2890; version 1 of RFC 2637), AH (RFC 4302 2), EtherIP (RFC
 * 3378), MPLS (RFC 4023), Ethernet (RFC 8986 10.1). By UDP port, whichever of the two: VXLAN (RFC 7348 5), VXLAN-GPE, GENEVE (RFC
 * 8926 3.4), GRE (RFC 8086), MPLS (RFC 7510), SCTP (RFC 6951), the sniffers' TZSP. Within GRE: ERSPAN, whose type I has no header of its
 * own, type II eight octets, type III twelve and perhaps eight more.
 *
 * Refused: headers that do not fit; routing in GRE (RFC 1701), control messages. Not looked at: network identifiers, keys, checksums,
 * options, so that packets of several networks with the same addresses meet in the same associations.
 */
#include "dataplane/ip/tunnel.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

/* IANA protocol numbers. */
#define PROTOCOL_IPV4     4
#define PROTOCOL_UDP      17
#define PROTOCOL_IPV6     41
#define PROTOCOL_GRE      47
#define PROTOCOL_AH       51
#define PROTOCOL_ETHERIP  97
#define PROTOCOL_SCTP     132
#define PROTOCOL_MPLS     137
#define PROTOCOL_ETHERNET 143

/* IEEE registration authority, EtherType. */
#define ETHER_IPV4       0x0800
#define ETHER_IPV6       0x86dd
#define ETHER_MPLS       0x8847
#define ETHER_BRIDGED    0x6558
#define ETHER_SERVICE    0x894f
#define ETHER_ERSPAN     0x88be
#define ETHER_ERSPAN_III 0x22eb

/* GRE, first word: RFC 2784 2.1, RFC 2890 2, RFC 2637 4.1. */
#define GRE_CHECKSUM        UINT32_C(0x80000000)
#define GRE_ROUTING         UINT32_C(0x40000000)
#define GRE_KEY             UINT32_C(0x20000000)
#define GRE_SEQUENCE        UINT32_C(0x10000000)
#define GRE_ACKNOWLEDGEMENT UINT32_C(0x00800000)

#define UDP_HEADER 8

/* What kind of header stands there. */
enum tunnel_kind { KIND_NONE, KIND_AH, KIND_ETHERIP, KIND_GENEVE, KIND_GRE, KIND_GTP, KIND_SCTP, KIND_TZSP, KIND_VXLAN, KIND_VXLAN_GPE };

struct tunnel_row {
	uint16_t number;
	uint16_t ether_type; /* of what follows at once, where `kind` is KIND_NONE */
	enum tunnel_kind kind;
};

/* IANA, assigned internet protocol numbers. */
static const struct tunnel_row protocols[] = {
	{ PROTOCOL_GRE, 0, KIND_GRE },
	{ PROTOCOL_IPV4, ETHER_IPV4, KIND_NONE },
	{ PROTOCOL_IPV6, ETHER_IPV6, KIND_NONE },
	{ PROTOCOL_AH, 0, KIND_AH },
	{ PROTOCOL_MPLS, ETHER_MPLS, KIND_NONE },
	{ PROTOCOL_ETHERIP, 0, KIND_ETHERIP },
	{ PROTOCOL_ETHERNET, ETHER_BRIDGED, KIND_NONE },
};

/* IANA, service name and port numbers. */
static const struct tunnel_row ports[] = {
	{ 4789, 0, KIND_VXLAN },         /* RFC 7348 */
	{ 6081, 0, KIND_GENEVE },        /* RFC 8926 */
	{ 2152, 0, KIND_GTP },           /* TS 29.281 4.4.2 */
	{ 4790, 0, KIND_VXLAN_GPE },     /* draft-ietf-nvo3-vxlan-gpe */
	{ 4754, 0, KIND_GRE },           /* RFC 8086 */
	{ 6635, ETHER_MPLS, KIND_NONE }, /* RFC 7510 */
	{ 9899, 0, KIND_SCTP },          /* RFC 6951 */
	{ 37008, 0, KIND_TZSP },         /* TaZmen sniffer protocol */
};

static enum verdict bridged_found(struct tunnel *ret)
{
	ret->ether_type = ETHER_BRIDGED;
	return VERDICT_DECODED;
}

/* RFC 3378 3: version 3, twelve reserved bits. */
static enum verdict etherip_read(struct cursor *c, struct tunnel *ret)
{
	uint16_t version = 0;

	if (!cursor_be16(c, &version))
		return VERDICT_TUNNEL_HEADER;
	if (version >> 12 != 3)
		return VERDICT_OTHER_TRANSPORT;
	return bridged_found(ret);
}

/* RFC 4302 2.2: the length counts words, less two. */
static enum verdict ah_read(struct cursor *c, struct tunnel *ret)
{
	uint8_t next = 0;
	uint8_t length = 0;

	if (!cursor_u8(c, &next) || !cursor_u8(c, &length) || !cursor_skip(c, 4 * (size_t)length + 6))
		return VERDICT_TUNNEL_HEADER;
	ret->protocol = next;
	return VERDICT_DECODED;
}

/* Version 2 is what is called type III: its last bit says that a platform's header follows; frame type 2 is IP without Ethernet. */
static enum verdict erspan_read(struct cursor *c, struct tunnel *ret)
{
	uint32_t first = 0;
	uint32_t last = 0;
	uint8_t begin = 0;

	if (!cursor_be32(c, &first) || !cursor_skip(c, 4))
		return VERDICT_TUNNEL_HEADER;
	ret->ether_type = ETHER_BRIDGED;
	if (bits(first, 28, 4) != 2)
		return bits(first, 28, 4) == 1 ? VERDICT_DECODED : VERDICT_OTHER_TRANSPORT;
	if (!cursor_be32(c, &last) || (bits(last, 0, 1) != 0 && !cursor_skip(c, 8)))
		return VERDICT_TUNNEL_HEADER;
	if (bits(last, 10, 5) == 2 && cursor_peek_u8(c, 0, &begin))
		ret->ether_type = begin >> 4 == 6 ? ETHER_IPV6 : ETHER_IPV4;
	return VERDICT_DECODED;
}

/* Optional words in the order of their bits; the checksum's brings an offset. */
static enum verdict gre_read(struct cursor *c, struct tunnel *ret)
{
	uint32_t head = 0;
	size_t options = 0;

	if (!cursor_be32(c, &head))
		return VERDICT_TUNNEL_HEADER;
	if (bits(head, 16, 3) > 1 || (head & GRE_ROUTING) != 0)
		return VERDICT_OTHER_TRANSPORT;
	options += (head & GRE_CHECKSUM) != 0 ? 4 : 0;
	options += (head & GRE_KEY) != 0 ? 4 : 0;
	options += (head & GRE_SEQUENCE) != 0 ? 4 : 0;
	options += bits(head, 16, 3) == 1 && (head & GRE_ACKNOWLEDGEMENT) != 0 ? 4 : 0;
	if (!cursor_skip(c, options))
		return VERDICT_TUNNEL_HEADER;
	ret->ether_type = (uint16_t)bits(head, 0, 16);
	if (ret->ether_type == ETHER_ERSPAN && (head & GRE_SEQUENCE) == 0)
		return bridged_found(ret);
	if (ret->ether_type == ETHER_ERSPAN || ret->ether_type == ETHER_ERSPAN_III)
		return erspan_read(c, ret);
	/* Never "none": that is how a transport protocol is told. */
	return ret->ether_type == TUNNEL_NO_ETHER ? VERDICT_OTHER_TRANSPORT : VERDICT_DECODED;
}

/* RFC 7348 5: the I bit has to be set. */
static enum verdict vxlan_read(struct cursor *c, struct tunnel *ret)
{
	uint32_t flags = 0;

	if (!cursor_be32(c, &flags) || !cursor_skip(c, 4))
		return VERDICT_TUNNEL_HEADER;
	if (bits(flags, 27, 1) == 0)
		return VERDICT_OTHER_TRANSPORT;
	return bridged_found(ret);
}

/* The same with the P bit, and then the last octet of the first word says what follows (the numbers of RFC 8300 2.2). */
static enum verdict vxlan_gpe_read(struct cursor *c, struct tunnel *ret)
{
	static const uint16_t inner[] = { 0, ETHER_IPV4, ETHER_IPV6, ETHER_BRIDGED, ETHER_SERVICE, ETHER_MPLS };
	uint32_t flags = 0;

	if (!cursor_be32(c, &flags) || !cursor_skip(c, 4))
		return VERDICT_TUNNEL_HEADER;
	if (bits(flags, 26, 1) == 0)
		return bits(flags, 27, 1) == 0 ? VERDICT_OTHER_TRANSPORT : bridged_found(ret);
	if (bits(flags, 0, 8) == 0 || bits(flags, 0, 8) >= sizeof(inner) / sizeof(inner[0]))
		return VERDICT_OTHER_TRANSPORT;
	ret->ether_type = inner[bits(flags, 0, 8)];
	return VERDICT_DECODED;
}

/* RFC 8926 3.4: version 0, the length of the options in words, the O bit for control packets, the EtherType. */
static enum verdict geneve_read(struct cursor *c, struct tunnel *ret)
{
	uint32_t head = 0;

	if (!cursor_be32(c, &head) || !cursor_skip(c, 4) || !cursor_skip(c, 4 * (size_t)bits(head, 24, 6)))
		return VERDICT_TUNNEL_HEADER;
	if (bits(head, 30, 2) != 0 || bits(head, 0, 16) == TUNNEL_NO_ETHER)
		return VERDICT_OTHER_TRANSPORT;
	ret->ether_type = (uint16_t)bits(head, 0, 16);
	return VERDICT_DECODED;
}

/* Version 1, a type (2 and above are no packets), the protocol (1: Ethernet), then tags until tag 1; tag 0 has no length. */
static enum verdict tzsp_read(struct cursor *c, struct tunnel *ret)
{
	uint32_t head = 0;
	uint8_t tag = 0;
	uint8_t length = 0;

	if (!cursor_be32(c, &head))
		return VERDICT_TUNNEL_HEADER;
	if (bits(head, 24, 8) != 1 || bits(head, 16, 8) > 1 || bits(head, 0, 16) != 1)
		return VERDICT_OTHER_TRANSPORT;
	do {
		if (!cursor_u8(c, &tag) || (tag > 1 && (!cursor_u8(c, &length) || !cursor_skip(c, length))))
			return VERDICT_TUNNEL_HEADER;
	} while (tag != 1);
	return bridged_found(ret);
}

static const struct tunnel_row *row_find(const struct tunnel_row *rows, size_t count, uint16_t number)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}

static const struct tunnel_row *protocol_find(uint8_t protocol)
{
	return row_find(protocols, sizeof(protocols) / sizeof(protocols[0]), protocol);
}

static const struct tunnel_row *port_find(uint16_t port)
{
	return row_find(ports, sizeof(ports) / sizeof(ports[0]), port);
}

/* The row of either port of a UDP datagram (RFC 768): the one that is asked for, then the one that asks. */
static const struct tunnel_row *datagram_find(struct cursor datagram)
{
	const struct tunnel_row *row;
	uint16_t source = 0;
	uint16_t destination = 0;

	if (!cursor_be16(&datagram, &source) || !cursor_be16(&datagram, &destination))
		return NULL;
	row = port_find(destination);
	return row != NULL ? row : port_find(source);
}

/* Steps over a UDP header; what lies behind its length is no part of it. */
static bool udp_skip(struct cursor *c)
{
	uint16_t length = 0;

	if (!cursor_skip(c, 4) || !cursor_be16(c, &length) || !cursor_skip(c, 2))
		return false;
	if (length >= UDP_HEADER)
		cursor_trim(c, length - UDP_HEADER);
	return true;
}

static enum verdict kind_read(enum tunnel_kind kind, struct cursor *c, struct tunnel *ret)
{
	switch (kind) {
	case KIND_NONE:
		return VERDICT_DECODED;
	case KIND_AH:
		return ah_read(c, ret);
	case KIND_ETHERIP:
		return etherip_read(c, ret);
	case KIND_GENEVE:
		return geneve_read(c, ret);
	case KIND_GRE:
		return gre_read(c, ret);
	case KIND_GTP:
		return VERDICT_USER_PLANE;
	case KIND_SCTP:
		ret->protocol = PROTOCOL_SCTP;
		return VERDICT_DECODED;
	case KIND_TZSP:
		return tzsp_read(c, ret);
	case KIND_VXLAN:
		return vxlan_read(c, ret);
	case KIND_VXLAN_GPE:
		return vxlan_gpe_read(c, ret);
	}
	return VERDICT_OTHER_TRANSPORT;
}

bool tunnel_is_protocol(uint8_t protocol)
{
	return protocol == PROTOCOL_UDP || protocol_find(protocol) != NULL;
}

bool tunnel_begins_in_udp(struct cursor datagram)
{
	const struct tunnel_row *row = datagram_find(datagram);

	return row != NULL && row->kind != KIND_GTP;
}

enum verdict tunnel_read(uint8_t protocol, struct cursor payload, struct tunnel *ret)
{
	const struct tunnel_row *row = protocol == PROTOCOL_UDP ? datagram_find(payload) : protocol_find(protocol);
	struct tunnel tunnel = { .ether_type = TUNNEL_NO_ETHER };
	enum verdict verdict;

	if (row == NULL)
		return VERDICT_OTHER_TRANSPORT;
	if (protocol == PROTOCOL_UDP && !udp_skip(&payload))
		return VERDICT_TUNNEL_HEADER;
	if (row->kind == KIND_NONE)
		tunnel.ether_type = row->ether_type;
	verdict = kind_read(row->kind, &payload, &tunnel);
	if (verdict != VERDICT_DECODED)
		return verdict;
	tunnel.payload = payload;
	*ret = tunnel;
	return VERDICT_DECODED;
}

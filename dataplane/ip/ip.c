/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IP headers up to the transport header, see ip.h. Pure functions, called by the walk of every worker.
 *
 * IPv4 (RFC 791 3.1) with options; a total length of zero is a segment that the card was going to split (TSO), so it takes what is there.
 * IPv6 (RFC 8200 3, 4) with hop-by-hop, routing, destination and fragment headers, at most IPV6_EXTENSIONS_MAX of them. An atomic
 * fragment (RFC 6946: offset 0, nothing follows) is a whole packet. What lies behind the declared length, Ethernet's padding mostly, is cut
 * off.
 *
 * Refused: other versions, lengths that do not fit, jumbograms (RFC 2675), chains of extension headers that do not end. Not looked at:
 * header checksums (a tap behind an offloading sender sees wrong ones), options, AH and ESP (they come out as protocols that are not
 * decoded).
 */
#include "dataplane/ip/ip.h"

#include "dataplane/base/bits.h"

#define IPV4_HEADER         IP_V4_HEADER
#define IPV6_HEADER         IP_V6_HEADER
#define IPV6_EXTENSIONS_MAX 8

/* IANA protocol numbers, "IPv6 extension header". */
#define EXTENSION_HOP_BY_HOP  0
#define EXTENSION_ROUTING     43
#define EXTENSION_FRAGMENT    44
#define EXTENSION_DESTINATION 60

static bool is_extension(uint8_t protocol)
{
	return protocol == EXTENSION_HOP_BY_HOP || protocol == EXTENSION_ROUTING || protocol == EXTENSION_FRAGMENT ||
	       protocol == EXTENSION_DESTINATION;
}

/* RFC 4291 2.5.5.2: ::ffff:a.b.c.d. The caller has checked that four bytes are there. */
static void address_read_ipv4(struct cursor *c, struct ip_address *ret)
{
	static const struct ip_address mapped = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0 } };

	*ret = mapped;
	cursor_copy(c, ret->bytes + 12, 4);
}

/* Makes `declared` bytes of `c` the payload. */
static enum verdict payload_take(const struct cursor *c, size_t declared, bool is_cut, struct ip *ip)
{
	ip->payload = *c;
	if (cursor_left(c) >= declared) {
		cursor_trim(&ip->payload, declared);
		return VERDICT_DECODED;
	}
	if (!is_cut)
		return VERDICT_IP_LENGTH;
	ip->is_cut = true;
	return VERDICT_DECODED;
}

/* RFC 791 3.1. */
static enum verdict ipv4_read(struct cursor *c, bool is_cut, struct ip *ip)
{
	struct cursor header;
	uint8_t first = 0;
	uint16_t total = 0;
	uint16_t id = 0;
	uint16_t fragment = 0;
	size_t header_length = 0;

	if (!cursor_take(c, IPV4_HEADER, &header))
		return VERDICT_IP_TRUNCATED;
	cursor_u8(&header, &first);
	cursor_skip(&header, 1);
	cursor_be16(&header, &total);
	cursor_be16(&header, &id);
	cursor_be16(&header, &fragment);
	cursor_skip(&header, 1);
	cursor_u8(&header, &ip->protocol);
	cursor_skip(&header, 2);
	address_read_ipv4(&header, &ip->source);
	address_read_ipv4(&header, &ip->destination);

	header_length = 4 * (size_t)bits(first, 0, 4);
	if (header_length < IPV4_HEADER || !cursor_skip(c, header_length - IPV4_HEADER))
		return VERDICT_IP_TRUNCATED;
	ip->version = 4;
	ip->fragment_id = id;
	ip->fragment_offset = 8 * bits(fragment, 0, 13);
	ip->more_fragments = bits(fragment, 13, 1) != 0;
	ip->is_fragment = ip->more_fragments || ip->fragment_offset != 0;
	if (total == 0) {
		ip->payload = *c;
		ip->is_cut = is_cut;
		return VERDICT_DECODED;
	}
	if (total < header_length)
		return VERDICT_IP_LENGTH;
	return payload_take(c, total - header_length, is_cut, ip);
}

/* RFC 8200 4.5. A real fragment says so in `ip`; an atomic one leaves it a whole packet (RFC 6946 4). */
static bool fragment_header_read(struct ip *ip)
{
	struct cursor header;
	uint8_t next = 0;
	uint16_t fragment = 0;

	if (!cursor_take(&ip->payload, 8, &header))
		return false;
	cursor_u8(&header, &next);
	cursor_skip(&header, 1);
	cursor_be16(&header, &fragment);
	cursor_be32(&header, &ip->fragment_id);
	ip->protocol = next;
	ip->fragment_offset = 8 * bits(fragment, 3, 13);
	ip->more_fragments = bits(fragment, 0, 1) != 0;
	ip->is_fragment = ip->more_fragments || ip->fragment_offset != 0;
	return true;
}

/* RFC 8200 4.3, 4.4, 4.6: next header, length in units of 8 bytes without the first 8. */
static bool extension_skip(struct ip *ip)
{
	struct cursor rest = ip->payload;
	uint8_t next = 0;
	uint8_t length = 0;

	if (!cursor_u8(&rest, &next) || !cursor_u8(&rest, &length) || !cursor_skip(&rest, 8 * (size_t)length + 6))
		return false;
	ip->payload = rest;
	ip->protocol = next;
	return true;
}

/* Steps to the transport header, or behind the fragment header: what follows there belongs to the datagram, not to the fragment. */
static enum verdict extensions_skip(struct ip *ip)
{
	for (unsigned int count = 0; is_extension(ip->protocol); count++) {
		if (count == IPV6_EXTENSIONS_MAX)
			return VERDICT_IPV6_EXTENSION;
		if (ip->protocol != EXTENSION_FRAGMENT) {
			if (!extension_skip(ip))
				return VERDICT_IPV6_EXTENSION;
			continue;
		}
		if (!fragment_header_read(ip))
			return VERDICT_IPV6_EXTENSION;
		if (ip->is_fragment)
			break;
	}
	return VERDICT_DECODED;
}

/* RFC 8200 3. */
static enum verdict ipv6_read(struct cursor *c, bool is_cut, struct ip *ip)
{
	struct cursor header;
	uint16_t length = 0;
	enum verdict verdict = VERDICT_DECODED;

	if (!cursor_take(c, IPV6_HEADER, &header))
		return VERDICT_IP_TRUNCATED;
	cursor_skip(&header, 4);
	cursor_be16(&header, &length);
	cursor_u8(&header, &ip->protocol);
	cursor_skip(&header, 1);
	cursor_copy(&header, ip->source.bytes, sizeof(ip->source.bytes));
	cursor_copy(&header, ip->destination.bytes, sizeof(ip->destination.bytes));
	ip->version = 6;
	if (length == 0 && ip->protocol == EXTENSION_HOP_BY_HOP)
		return VERDICT_IP_LENGTH;
	if (length == 0) {
		ip->payload = *c;
		ip->is_cut = is_cut;
	} else {
		verdict = payload_take(c, length, is_cut, ip);
	}
	return verdict == VERDICT_DECODED ? extensions_skip(ip) : verdict;
}

enum verdict ip_whole(const struct cursor *payload, struct ip *ip)
{
	struct ip whole = *ip;
	enum verdict verdict = VERDICT_DECODED;

	whole.payload = *payload;
	whole.is_fragment = false;
	whole.more_fragments = false;
	whole.fragment_offset = 0;
	if (whole.version == 6)
		verdict = extensions_skip(&whole);
	if (verdict != VERDICT_DECODED)
		return verdict;
	if (whole.is_fragment)
		return VERDICT_IPV6_EXTENSION;
	*ip = whole;
	return VERDICT_DECODED;
}

enum verdict ip_read(struct cursor *c, bool is_cut, struct ip *ret)
{
	struct cursor at = *c;
	struct ip ip = { 0 };
	uint8_t first = 0;
	enum verdict verdict = VERDICT_IP_VERSION;

	if (!cursor_peek_u8(&at, 0, &first))
		return VERDICT_IP_TRUNCATED;
	if (first >> 4 == 4)
		verdict = ipv4_read(&at, is_cut, &ip);
	else if (first >> 4 == 6)
		verdict = ipv6_read(&at, is_cut, &ip);
	if (verdict != VERDICT_DECODED)
		return verdict;
	*c = ip.payload;
	*ret = ip;
	return VERDICT_DECODED;
}

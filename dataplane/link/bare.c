/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames without a network layer, see bare.h. Pure functions, called by the walk of every worker.
 *
 * LINKTYPE_MTP2, MTP3, SCCP and SCTP have nothing before the signalling. LINKTYPE_MTP2_WITH_PHDR has four octets: sent or received, whether
 * annex A of Q.703 is used, and the number of the link. LINKTYPE_WIRESHARK_UPPER_PDU has tags: two octets of tag, two of length, the value,
 * until tag 0. The name of the dissector, or a number in the table of SCTP's payload protocols, says what follows; addresses and ports are
 * those of the packet that it was cut out of.
 *
 * Refused: tags that do not fit, dissectors that are not in the table. Not read: SS7 point codes, frame numbers, what is meant for people.
 */
#include "dataplane/link/bare.h"

#include <stddef.h>
#include <string.h>

#define MTP2_PSEUDO_HEADER   4
#define MTP2_ANNEX_A_IS_USED 1

/* exported_pdu_tlvs.h of Wireshark. */
enum export_tag {
	TAG_END = 0,
	TAG_DISSECTOR = 12,
	TAG_TABLE = 14,
	TAG_IPV4_SOURCE = 20,
	TAG_IPV4_DESTINATION = 21,
	TAG_IPV6_SOURCE = 22,
	TAG_IPV6_DESTINATION = 23,
	TAG_SOURCE_PORT = 25,
	TAG_DESTINATION_PORT = 26,
	TAG_TABLE_NUMBER = 32,
};

/* Dissectors by name. Payload protocol identifiers are those of IANA's registry. */
static const struct dissector_row {
	const char *name;
	uint8_t kind;
	uint8_t payload_protocol;
	uint16_t port; /* where no identifier tells: the port that does */
} dissectors[] = {
	{ "mtp2", BARE_MTP2, 0, 0 },
	{ "mtp3", BARE_MTP3, 0, 0 },
	{ "sccp", BARE_SCCP, 0, 0 },
	{ "sctp", BARE_SCTP, 0, 0 },
	{ "iua", BARE_USER, 1, 0 },
	{ "m2ua", BARE_USER, 2, 0 },
	{ "m3ua", BARE_USER, 3, 0 },
	{ "sua", BARE_USER, 4, 0 },
	{ "m2pa", BARE_USER, 5, 0 },
	{ "s1ap", BARE_USER, 18, 0 },
	{ "diameter", BARE_USER, 46, 0 },
	{ "ngap", BARE_USER, 60, 0 },
	{ "sgsap", BARE_USER, 0, 29118 },
	{ "ip", BARE_IP, 0, 0 },
	{ "ipv6", BARE_IP, 0, 0 },
	{ "eth", BARE_ETHERNET, 0, 0 },
	{ "eth_withoutfcs", BARE_ETHERNET, 0, 0 },
	{ "eth_maybefcs", BARE_ETHERNET, 0, 0 },
};

struct export
{
	struct bare bare;
	struct cursor table;
	bool is_known;
};

/* A text of the tags is filled up with zeros. */
static bool text_is(const struct cursor *text, const char *wanted)
{
	size_t length = strlen(wanted);
	uint8_t behind = 0;

	if (cursor_left(text) < length || !cursor_fixed_is(text, 0, (const uint8_t *)wanted, length))
		return false;
	return !cursor_peek_u8(text, length, &behind) || behind == 0;
}

static void dissector_take(struct export *e, const struct cursor *name)
{
	for (size_t i = 0; i < sizeof(dissectors) / sizeof(dissectors[0]); i++) {
		const struct dissector_row *row = &dissectors[i];

		if (!text_is(name, row->name))
			continue;
		e->bare.kind = row->kind;
		e->bare.payload_protocol = row->payload_protocol;
		if (row->port != 0 && e->bare.destination_port == 0)
			e->bare.destination_port = row->port;
		e->is_known = true;
	}
}

/* A number in the table that the tags have named before. */
static void table_number_take(struct export *e, uint32_t number)
{
	if (!text_is(&e->table, "sctp.ppi"))
		return;
	e->bare.kind = BARE_USER;
	e->bare.payload_protocol = number;
	e->is_known = true;
}

/* RFC 4291 2.5.5.2: ::ffff:a.b.c.d. */
static void address_take(struct cursor *value, struct ip_address *ret)
{
	struct ip_address address = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0 } };

	if (cursor_copy(value, address.bytes + 12, 4))
		*ret = address;
}

static void tag_take(struct export *e, uint16_t tag, struct cursor value)
{
	uint32_t number = 0;

	switch (tag) {
	case TAG_DISSECTOR:
		dissector_take(e, &value);
		break;
	case TAG_TABLE:
		e->table = value;
		break;
	case TAG_TABLE_NUMBER:
		if (cursor_be32(&value, &number))
			table_number_take(e, number);
		break;
	case TAG_IPV4_SOURCE:
		address_take(&value, &e->bare.source);
		break;
	case TAG_IPV4_DESTINATION:
		address_take(&value, &e->bare.destination);
		break;
	case TAG_IPV6_SOURCE:
		cursor_copy(&value, e->bare.source.bytes, sizeof(e->bare.source.bytes));
		break;
	case TAG_IPV6_DESTINATION:
		cursor_copy(&value, e->bare.destination.bytes, sizeof(e->bare.destination.bytes));
		break;
	case TAG_SOURCE_PORT:
		if (cursor_be32(&value, &number))
			e->bare.source_port = (uint16_t)number;
		break;
	case TAG_DESTINATION_PORT:
		if (cursor_be32(&value, &number))
			e->bare.destination_port = (uint16_t)number;
		break;
	default:
		break;
	}
}

static enum verdict export_read(struct cursor *c, struct bare *ret)
{
	struct export e = { .is_known = false };
	struct cursor value;
	uint16_t tag = TAG_END;
	uint16_t length = 0;

	do {
		if (!cursor_be16(c, &tag) || !cursor_be16(c, &length) || !cursor_take(c, length, &value))
			return VERDICT_LINK_TRUNCATED;
		tag_take(&e, tag, value);
	} while (tag != TAG_END);
	if (!e.is_known)
		return VERDICT_OTHER_LINK;
	*ret = e.bare;
	return VERDICT_DECODED;
}

static enum verdict mtp2_pseudo_read(struct cursor *c, struct bare *ret)
{
	uint8_t annex_a = 0;

	if (!cursor_peek_u8(c, 1, &annex_a) || !cursor_skip(c, MTP2_PSEUDO_HEADER))
		return VERDICT_LINK_TRUNCATED;
	ret->kind = BARE_MTP2;
	ret->is_extended = annex_a == MTP2_ANNEX_A_IS_USED;
	return VERDICT_DECODED;
}

static enum verdict type_read(struct cursor *c, enum link_type type, struct bare *ret)
{
	switch ((unsigned int)type) {
	case LINK_TYPE_MTP2:
		ret->kind = BARE_MTP2;
		return VERDICT_DECODED;
	case LINK_TYPE_MTP2_PSEUDO:
		return mtp2_pseudo_read(c, ret);
	case LINK_TYPE_MTP3:
		ret->kind = BARE_MTP3;
		return VERDICT_DECODED;
	case LINK_TYPE_SCCP:
		ret->kind = BARE_SCCP;
		return VERDICT_DECODED;
	case LINK_TYPE_SCTP:
		ret->kind = BARE_SCTP;
		return VERDICT_DECODED;
	case LINK_TYPE_EXPORTED:
		return export_read(c, ret);
	default:
		return VERDICT_OTHER_LINK;
	}
}

enum verdict bare_read(struct cursor *c, enum link_type type, struct bare *ret)
{
	struct cursor at = *c;
	struct bare bare = { .kind = BARE_IP };
	enum verdict verdict = type_read(&at, type, &bare);

	if (verdict != VERDICT_DECODED)
		return verdict;
	*c = at;
	*ret = bare;
	return VERDICT_DECODED;
}

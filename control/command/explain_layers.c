/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `explain` tells of link, IP, SCTP and TCP: the same decoders as the walk's read the frame once more, and say what they see. What
 * becomes of each chunk is told by the walk itself: a second one, that has taken the same frames before, gets the chunks one by one.
 *
 * Called by explain_frame() for one frame in the life of the program; allocates at will. Refuses nothing: it shows where others refused.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "control/command/explain.h"
#include "dataplane/codes/codes.h"
#include "dataplane/link/link.h"
#include "dataplane/transport/tcp.h"

/* Bytes of headers (IEEE 802.3 3.1.1, RFC 791 3.1, RFC 9293 3.1). */
#define LINK_HEADER 14
#define IP_HEADER   20
#define TCP_HEADER  20
#define PACKET_MAX  65536

static void number_set(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

static void text_set(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static void address_set(json_t *object, const char *key, const struct ip_address *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char text[INET6_ADDRSTRLEN];
	bool is_v4 = memcmp(a->bytes, mapped, sizeof(mapped)) == 0;

	if (inet_ntop(is_v4 ? AF_INET : AF_INET6, a->bytes + (is_v4 ? sizeof(mapped) : 0), text, sizeof(text)) != NULL)
		text_set(object, key, text);
}

static void mac_set(json_t *object, const char *key, struct cursor at)
{
	uint8_t b[6];
	char text[24];

	if (!cursor_copy(&at, b, sizeof(b)))
		return;
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	text_set(object, key, text);
}

static void ethernet_tell(json_t *link, const struct cursor *frame)
{
	struct cursor at = *frame;
	uint16_t type = 0;
	char text[8];

	mac_set(link, "destination", at);
	if (cursor_skip(&at, 6))
		mac_set(link, "source", at);
	if (!cursor_skip(&at, 6) || !cursor_be16(&at, &type))
		return;
	snprintf(text, sizeof(text), "0x%04x", type);
	text_set(link, "ether_type", text);
}

static void link_tell(const struct explain *e, const struct cursor *frame, const struct link *link)
{
	json_t *object = json_object();

	if (e->frame->link_type == LINK_TYPE_ETHERNET)
		ethernet_tell(object, frame);
	if (link != NULL && link->vlan_count > 0) {
		json_t *vlans = json_array();

		for (size_t i = 0; i < link->vlan_count; i++)
			json_array_append_new(vlans, json_integer(link->vlans[i]));
		json_object_set_new(object, "vlans", vlans);
	}
	if (link != NULL && link->label_count > 0)
		number_set(object, "mpls_labels", link->label_count);
	if (json_object_size(object) > 0)
		json_object_set(e->root, "link", object);
	json_decref(object);
}

static void ip_tell(const struct explain *e, const struct ip *ip)
{
	json_t *object = json_object();

	number_set(object, "version", ip->version);
	address_set(object, "source", &ip->source);
	address_set(object, "destination", &ip->destination);
	number_set(object, "protocol", ip->protocol);
	if (ip->protocol == IP_PROTOCOL_SCTP || ip->protocol == IP_PROTOCOL_TCP)
		text_set(object, "protocol_name", ip->protocol == IP_PROTOCOL_SCTP ? "SCTP" : "TCP");
	number_set(object, "payload", cursor_left(&ip->payload));
	if (ip->is_fragment) {
		json_t *fragment = json_object();

		number_set(fragment, "id", ip->fragment_id);
		number_set(fragment, "offset", ip->fragment_offset);
		json_object_set_new(fragment, "more", json_boolean(ip->more_fragments));
		json_object_set_new(object, "fragment", fragment);
	}
	if (ip->is_cut)
		json_object_set_new(object, "cut", json_true());
	json_object_set_new(e->root, "ip", object);
}

void explain_link_ip(struct explain *e, enum verdict verdict)
{
	const struct cursor whole = cursor_of(e->frame->bytes, e->frame->captured);
	struct cursor c = whole;
	struct link link;
	struct ip ip;
	struct explain_place place;
	bool has_link = link_read(&c, (enum link_type)e->frame->link_type, &link) == VERDICT_DECODED;

	link_tell(e, &whole, has_link ? &link : NULL);
	place = explain_place_of(e, has_link ? c.at : e->frame->bytes, &whole, "frame");
	place.header = has_link ? IP_HEADER : LINK_HEADER;
	if (has_link && ip_read(&c, e->frame->is_cut != 0, &ip) == VERDICT_DECODED)
		ip_tell(e, &ip);
	/* What was cut is not there to be shown. */
	if (verdict == VERDICT_FRAME_CUT)
		place.at = e->frame->captured;
	if (verdict != VERDICT_DECODED)
		explain_place_keep(e, verdict, &place);
}

/* B, E, U of a DATA chunk (RFC 9260 3.3.1), else a number. */
static void flags_set(json_t *object, const struct sctp_chunk *chunk)
{
	char text[8];
	bool is_data = chunk->type == SCTP_DATA || chunk->type == SCTP_I_DATA;

	if (is_data)
		snprintf(text, sizeof(text), "%s%s%s", bits(chunk->flags, 2, 1) != 0 ? "U" : "", bits(chunk->flags, 1, 1) != 0 ? "B" : "",
			 bits(chunk->flags, 0, 1) != 0 ? "E" : "");
	else
		snprintf(text, sizeof(text), "0x%02x", chunk->flags);
	text_set(object, "flags", text[0] != '\0' ? text : "-");
}

static void data_set(json_t *object, const struct sctp_chunk *chunk)
{
	struct sctp_data data;

	if (sctp_data_read(chunk, &data) != VERDICT_DECODED)
		return;
	number_set(object, "tsn", data.tsn);
	number_set(object, "stream", data.stream);
	number_set(object, data.is_i_data ? "mid" : "ssn", data.message);
	if (data.is_i_data && !data.begins)
		number_set(object, "fsn", data.fragment_sequence);
	else
		number_set(object, "ppid", data.ppid);
	number_set(object, "user", cursor_left(&data.user));
}

/* The fixed part of the chunks that say something of the association (RFC 9260 3.3.2, 3.3.4, RFC 3758 3.2). */
static void control_set(json_t *object, const struct sctp_chunk *chunk)
{
	struct cursor c = chunk->value;
	struct sctp_init init;
	uint32_t number = 0;
	uint16_t count = 0;

	if ((chunk->type == SCTP_INIT || chunk->type == SCTP_INIT_ACK) && sctp_init_read(chunk, &init) == VERDICT_DECODED) {
		number_set(object, "initiate_tag", init.initiate_tag);
		number_set(object, "initial_tsn", init.initial_tsn);
		number_set(object, "outbound_streams", init.outbound_streams);
		number_set(object, "inbound_streams", init.inbound_streams);
	}
	if (chunk->type == SCTP_FORWARD_TSN && sctp_forward_tsn_read(chunk, &number) == VERDICT_DECODED)
		number_set(object, "tsn", number);
	if (chunk->type != SCTP_SACK || !cursor_be32(&c, &number))
		return;
	number_set(object, "cumulative_tsn", number);
	if (cursor_be32(&c, &number) && cursor_be16(&c, &count)) {
		number_set(object, "window", number);
		number_set(object, "gaps", count);
	}
}

/* What became of a chunk that was walked. */
static const char *fate_words(const struct sctp_chunk *chunk, enum verdict v, size_t messages)
{
	if (v != VERDICT_DECODED)
		return verdict_row(v)->name;
	if (chunk->type == SCTP_DATA || chunk->type == SCTP_I_DATA)
		return "delivered";
	return messages > 0 ? "an event of the association" : "passed over";
}

/* One chunk as if it had come alone. */
static enum verdict piece_walk(struct explain *e, const struct packet *packet, const struct cursor *raw)
{
	static uint8_t bytes[PACKET_MAX];
	struct packet alone = *packet;
	struct cursor header = packet->bytes;
	struct account before = e->pieces->account;
	size_t length = cursor_left(raw);

	if (!cursor_copy(&header, bytes, SCTP_HEADER) || length > sizeof(bytes) - SCTP_HEADER)
		return VERDICT_SCTP_TRUNCATED;
	memcpy(bytes + SCTP_HEADER, raw->at, length);
	alone.bytes = cursor_of(bytes, SCTP_HEADER + length);
	e->piece_messages = 0;
	walk_packet(e->pieces, &alone, e->frame->wire_length);
	e->pieces->indication_count = 0;
	return explain_verdict_since(&before, &e->pieces->account);
}

static void chunk_tell(struct explain *e, const struct packet *packet, const struct sctp_chunk *chunk, const struct cursor *raw,
		       json_t *all)
{
	const char *name = sctp_chunk_name(chunk->type);
	json_t *object = json_object();
	struct explain_place place = explain_place_of(e, raw->at, &packet->bytes, "reassembled datagram");
	enum verdict v = piece_walk(e, packet, raw);

	place.header = SCTP_CHUNK_HEADER;
	number_set(object, "at", place.at);
	if (name != NULL)
		text_set(object, "name", name);
	else
		number_set(object, "type", chunk->type);
	flags_set(object, chunk);
	number_set(object, "length", SCTP_CHUNK_HEADER + cursor_left(&chunk->value));
	if (chunk->type == SCTP_DATA || chunk->type == SCTP_I_DATA)
		data_set(object, chunk);
	else
		control_set(object, chunk);
	text_set(object, "fate", fate_words(chunk, v, e->piece_messages));
	if (v != VERDICT_DECODED)
		text_set(object, "why", verdict_row(v)->words);
	if (e->piece_messages > 0)
		number_set(object, "messages", e->piece_messages);
	json_array_append_new(all, object);
	if (v != VERDICT_DECODED)
		explain_place_keep(e, v, &place);
}

static void chunks_tell(struct explain *e, const struct packet *packet, struct cursor c, json_t *all)
{
	while (cursor_left(&c) > 0) {
		struct cursor raw = c;
		struct sctp_chunk chunk;
		enum verdict v = sctp_chunk_read(&c, packet->is_cut, &chunk);

		if (v != VERDICT_DECODED) {
			struct explain_place place = explain_place_of(e, raw.at, &packet->bytes, "reassembled datagram");
			json_t *object = json_object();

			place.header = SCTP_CHUNK_HEADER;
			number_set(object, "at", place.at);
			text_set(object, "fate", verdict_row(v)->name);
			text_set(object, "why", verdict_row(v)->words);
			json_array_append_new(all, object);
			explain_place_keep(e, v, &place);
			return;
		}
		cursor_trim(&raw, cursor_left(&raw) - cursor_left(&c));
		chunk_tell(e, packet, &chunk, &raw, all);
	}
}

void explain_sctp(struct explain *e, const struct packet *packet, const struct packet *piece)
{
	struct explain_place place = explain_place_of(e, packet->bytes.at, &packet->bytes, "reassembled datagram");
	struct cursor c = packet->bytes;
	json_t *object = json_object();
	json_t *chunks = json_array();
	struct sctp sctp;
	char text[32];

	place.header = SCTP_HEADER;
	json_object_set_new(e->root, "sctp", object);
	if (sctp_read(&c, &sctp) != VERDICT_DECODED) {
		explain_place_keep(e, packet->is_cut ? VERDICT_FRAME_CUT : VERDICT_SCTP_TRUNCATED, &place);
		json_decref(chunks);
		return;
	}
	number_set(object, "source_port", sctp.source_port);
	number_set(object, "destination_port", sctp.destination_port);
	snprintf(text, sizeof(text), "0x%08" PRIx32, sctp.verification_tag);
	text_set(object, "tag", text);
	if (!packet->is_cut)
		text_set(object, "checksum", sctp_checksum_is_right(&packet->bytes) ? "right" : "wrong");
	json_object_set_new(object, "chunks", chunks);
	if (e->walk->plan->verifies_sctp_checksum && !packet->is_cut && !sctp_checksum_is_right(&packet->bytes)) {
		explain_place_keep(e, VERDICT_SCTP_CHECKSUM, &place);
		return;
	}
	c = piece->bytes;
	cursor_skip(&c, SCTP_HEADER);
	chunks_tell(e, piece, c, chunks);
}

static void tcp_flags_set(json_t *object, uint8_t flags)
{
	static const struct {
		uint8_t flag;
		const char *name;
	} names[] = { { TCP_SYN, "SYN" }, { TCP_FIN, "FIN" }, { TCP_RST, "RST" }, { 0x08, "PSH" }, { TCP_ACK, "ACK" }, { 0x20, "URG" } };
	char text[32] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((flags & names[i].flag) == 0)
			continue;
		if (text[0] != '\0')
			strcat(text, " ");
		strcat(text, names[i].name);
	}
	text_set(object, "flags", text);
}

void explain_tcp(struct explain *e, const struct packet *packet, enum verdict verdict, size_t message_count)
{
	struct explain_place place = explain_place_of(e, packet->bytes.at, &packet->bytes, "reassembled datagram");
	struct cursor c = packet->bytes;
	json_t *object = json_object();
	struct tcp tcp;

	place.header = TCP_HEADER;
	json_object_set_new(e->root, "tcp", object);
	if (verdict != VERDICT_DECODED)
		explain_place_keep(e, verdict, &place);
	if (tcp_read(&c, &tcp) != VERDICT_DECODED)
		return;
	number_set(object, "source_port", tcp.source_port);
	number_set(object, "destination_port", tcp.destination_port);
	number_set(object, "sequence", tcp.sequence);
	if ((tcp.flags & TCP_ACK) != 0)
		number_set(object, "acknowledgement", tcp.acknowledgement);
	tcp_flags_set(object, tcp.flags);
	number_set(object, "payload", cursor_left(&tcp.payload));
	if (message_count > 0)
		text_set(object, "fate", "delivered");
	else
		text_set(object, "fate",
			 verdict == VERDICT_DECODED ? "kept until the rest of a message or what is missing before it comes"
						    : verdict_row(verdict)->words);
	if (message_count > 0)
		number_set(object, "messages", message_count);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a captured frame to its transport packet, for every frame that walk.c does not read in line: link headers of all kinds, IP with
 * options and extensions, fragments, tunnels within each other, frames without a network layer. Called by the walk of every worker.
 *
 * A tunnel's payload is a frame again, so this goes round until a transport is found, WALK_TUNNELS_MAX times at most. What an IP header
 * declares and the frame has not is cut: by the snap length, or by a tap that shortens what it puts into a tunnel, or by a tool that wrote
 * a shortened frame with a length to match.
 *
 * Fragments are put together at every level. Those of UDP are kept only where a tunnel over UDP has been seen: else a tap with much user
 * plane would spend its room on them.
 */
#include "dataplane/worker/walk_frame.h"

#include "dataplane/ip/tunnel.h"
#include "dataplane/link/bare.h"
#include "dataplane/link/link.h"

#define WALK_TUNNELS_MAX 8

static bool is_followed(uint8_t protocol)
{
	return protocol == IP_PROTOCOL_SCTP || protocol == IP_PROTOCOL_TCP;
}

/* IPv6 may hide the transport behind headers that were fragmented with it (RFC 8200 4.5). */
static bool is_worth_keeping(struct walk *w, const struct ip *ip)
{
	if (ip->protocol == IP_PROTOCOL_UDP) {
		if (ip->fragment_offset != 0)
			return w->has_udp_tunnels;
		if (!tunnel_begins_in_udp(ip->payload))
			return false;
		w->has_udp_tunnels = true;
		return true;
	}
	return is_followed(ip->protocol) || tunnel_is_protocol(ip->protocol) || (ip->version == 6 && ip->protocol != IP_PROTOCOL_ICMPV6);
}

/* The first fragment of something that is not wanted says what it is. */
static enum verdict other_fragment(const struct ip *ip)
{
	struct tunnel tunnel;

	if (ip->fragment_offset == 0 && tunnel_read(ip->protocol, ip->payload, &tunnel) == VERDICT_USER_PLANE)
		return VERDICT_USER_PLANE;
	return VERDICT_OTHER_TRANSPORT;
}

/* Where a frame has come to: an IP packet, and whether its bytes are those of the frame. */
struct network {
	struct ip ip;
	bool is_reassembled;
};

/* Puts a fragment to the others. */
static enum verdict fragment_walk(struct walk *w, const struct frame *frame, struct network *n)
{
	struct cursor whole;
	enum verdict v;

	if (!is_worth_keeping(w, &n->ip))
		return other_fragment(&n->ip);
	if (n->ip.is_cut)
		return VERDICT_FRAME_CUT;
	v = defragmenter_take(w->defragmenter, &n->ip, frame->clock, &whole);
	if (v != VERDICT_DECODED)
		return v;
	n->is_reassembled = true;
	return ip_whole(&whole, &n->ip);
}

/* A header that ends where the capture cut the frame is not the sender's fault. */
static enum verdict blame(const struct frame *frame, enum verdict v)
{
	bool is_short = v == VERDICT_LINK_TRUNCATED || v == VERDICT_IP_TRUNCATED || v == VERDICT_IPV6_EXTENSION ||
			v == VERDICT_TUNNEL_HEADER;

	return frame->is_cut && is_short ? VERDICT_FRAME_CUT : v;
}

/* One IP header; what it leads to is then a whole packet. */
static enum verdict ip_walk(struct walk *w, const struct frame *frame, struct cursor c, struct network *n)
{
	enum verdict v = ip_read(&c, true, &n->ip);

	return v == VERDICT_DECODED && n->ip.is_fragment ? fragment_walk(w, frame, n) : v;
}

/* From one IP packet to the one inside, or to the transport behind a header that is none. */
static enum verdict tunnel_walk(struct walk *w, const struct frame *frame, struct network *n)
{
	struct tunnel tunnel;
	struct link link;
	enum verdict v = tunnel_read(n->ip.protocol, n->ip.payload, &tunnel);

	if (v != VERDICT_DECODED)
		return v;
	if (n->ip.protocol == IP_PROTOCOL_UDP)
		w->has_udp_tunnels = true;
	if (tunnel.ether_type == TUNNEL_NO_ETHER) {
		n->ip.payload = tunnel.payload;
		n->ip.protocol = tunnel.protocol;
		return VERDICT_DECODED;
	}
	v = link_ether_read(&tunnel.payload, tunnel.ether_type, &link);
	return v == VERDICT_DECODED ? ip_walk(w, frame, tunnel.payload, n) : v;
}

/* The IP header is at the cursor. */
static enum verdict network_walk(struct walk *w, const struct frame *frame, struct cursor c, struct packet *ret)
{
	struct network n = { .is_reassembled = false };
	enum verdict v = ip_walk(w, frame, c, &n);

	for (unsigned int tunnels = 0; v == VERDICT_DECODED && !is_followed(n.ip.protocol); tunnels++)
		v = tunnels < WALK_TUNNELS_MAX ? tunnel_walk(w, frame, &n) : VERDICT_LINK_DEPTH;
	if (v != VERDICT_DECODED)
		return v;
	packet_fill(frame, n.ip.payload, n.ip.protocol, ret);
	ret->source = n.ip.source;
	ret->destination = n.ip.destination;
	ret->is_cut = n.ip.is_cut;
	ret->is_reassembled = n.is_reassembled;
	return VERDICT_DECODED;
}

/* A frame without a network layer; its number for the walk stands in the place of an IP protocol. */
static enum verdict bare_walk(struct walk *w, const struct frame *frame, struct cursor c, struct packet *ret)
{
	static const uint8_t protocols[] = { [BARE_MTP2] = PACKET_MTP2,
					     [BARE_MTP3] = PACKET_MTP3,
					     [BARE_SCCP] = PACKET_SCCP,
					     [BARE_SCTP] = IP_PROTOCOL_SCTP,
					     [BARE_USER] = PACKET_USER };
	struct bare bare;
	enum verdict v = bare_read(&c, (enum link_type)frame->link_type, &bare);

	if (v != VERDICT_DECODED)
		return v;
	if (bare.kind == BARE_IP || bare.kind == BARE_ETHERNET) {
		struct link link;

		v = link_read(&c, bare.kind == BARE_IP ? LINK_TYPE_RAW_IP : LINK_TYPE_ETHERNET, &link);
		return v == VERDICT_DECODED ? network_walk(w, frame, c, ret) : v;
	}
	packet_fill(frame, c, protocols[bare.kind], ret);
	ret->source = bare.source;
	ret->destination = bare.destination;
	ret->source_port = bare.source_port;
	ret->destination_port = bare.destination_port;
	ret->payload_protocol = bare.payload_protocol <= UINT8_MAX ? (uint8_t)bare.payload_protocol : 0;
	ret->is_extended = bare.is_extended;
	ret->is_cut = frame->is_cut != 0;
	ret->is_reassembled = false;
	return VERDICT_DECODED;
}

enum verdict any_frame_walk(struct walk *w, const struct frame *frame, struct packet *ret)
{
	struct cursor c = cursor_of(frame->bytes, frame->captured);
	struct link link;
	enum verdict v;

	if (link_type_is_bare(frame->link_type))
		return blame(frame, bare_walk(w, frame, c, ret));
	v = link_read(&c, (enum link_type)frame->link_type, &link);
	if (v == VERDICT_DECODED)
		v = network_walk(w, frame, c, ret);
	return blame(frame, v);
}

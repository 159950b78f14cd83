/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for Diameter: out of TCP streams and SCTP user messages, and what it means for transactions.
 *
 * A transaction is known by its session, end-to-end identifier and command wherever it is seen (RFC 6733 3, 8.8: agents change the
 * hop-by-hop identifier only); commands without a session (CER, DWR, DPR) by their connection and hop-by-hop identifier. A result is
 * keyed by its family: Result-Code and Experimental-Result are different numbers (RFC 6733 7.1, 7.6), and those of other vendors than 3GPP
 * are in no table.
 *
 * TCP connections are looked at when a port of theirs is configured, or once a segment began with a plausible Diameter header. Where one
 * begins with TLS, or goes over to it after the capabilities exchange, the rest is counted as encrypted and not looked at.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

#include "dataplane/plmn.h"

/* What is known of a stream: seeking one looks for the next plausible header. */
enum stream_mark { STREAM_NEW, STREAM_SEEKING, STREAM_DIAMETER, STREAM_ENCRYPTED };

/* RFC 8446 5.1: alert, handshake and others, 3 in the major version, at most 2^14 + 2048 octets (RFC 5246 6.2.3). */
#define TLS_TYPE_FIRST 0x14
#define TLS_TYPE_LAST  0x17
#define TLS_MAJOR      0x03
#define TLS_MINOR_MAX  0x04
#define TLS_LENGTH_MAX ((1 << 14) + 2048)
#define TLS_HEADER     5
/* RFC 6347 4.1: versions counted down from 0xff; epoch and sequence number stand before the length. */
#define DTLS_MAJOR     0xfe
#define DTLS_MINOR_MIN 0xfc
#define DTLS_HEADER    13
#define DTLS_LENGTH    11
/* RFC 6733 2.1: the port of Diameter over TLS. */
#define DIAMETER_PORT_TLS 5658
/* RFC 6733 3.1 */
#define COMMAND_CAPABILITIES_EXCHANGE 257
#define COMMAND_DEVICE_WATCHDOG       280
#define COMMAND_DISCONNECT_PEER       282
#define RESULT_SUCCESS                2001
/* TS 29.272 7.1.8, 7.2.15 */
#define APPLICATION_S6A 16777251
#define COMMAND_RESET   322

static uint64_t end_hash(const struct walk *w, const struct ip_address *address, uint16_t port)
{
	return hash_mix(hash_text(&w->plan->hash_key, address->bytes, sizeof(address->bytes)) + port);
}

/* The same for both directions of a connection. */
static uint64_t connection_hash(const struct walk *w)
{
	const struct message *m = &w->message;

	return end_hash(w, &m->packet->source, m->source_port) ^ end_hash(w, &m->packet->destination, m->destination_port);
}

/*
 * The connection of a request and its answer. An SCTP association has several addresses, and the answer may come between others than the
 * request (RFC 9260 6.4); its ports and the hop-by-hop identifier stay.
 */
static uint64_t connection_of(const struct walk *w)
{
	const struct message *m = &w->message;

	if (!m->is_sctp)
		return connection_hash(w);
	return hash_mix(m->source_port) + hash_mix(m->destination_port) + m->diameter.hop_by_hop;
}

/* The transaction's name on all workers. Folded products in line: 91 instructions where SipHash took 540. */
static void key_fill(const struct walk *w, struct indication *i)
{
	const struct message *m = &w->message;
	const struct diameter *d = &m->diameter;
	const struct cursor *session = &m->body.session;
	uint64_t whose;

	if (cursor_left(session) > 0)
		whose = hash_text(&w->plan->hash_key, session->at, cursor_left(session));
	else
		whose = connection_of(w) + d->hop_by_hop;
	if (w->plan->hops == PLAN_HOPS_EACH)
		whose = hash_pair(&w->plan->hash_key, whose, connection_of(w));
	i->key[0] = hash_pair(&w->plan->hash_key, whose, (uint64_t)d->end_to_end << 24 | d->command);
	i->key[1] = whose | UINT64_C(1) << 32;
}

static struct name name_of(const struct walk *w, enum plan_field field, const struct cursor *text)
{
	if (cursor_left(text) == 0)
		return (struct name){ 0 };
	return names_of_text(w->names, field, text);
}

/* What the register asks of the network that serves the phone: CLR, IDR, DSR and RSR (29.272 7.2.2), RTR and PPR (29.229 6.1), PNR. */
static bool is_asked_by_register(uint32_t command)
{
	return command == 317 || command == 319 || command == 320 || command == 322 || command == 304 || command == 305 || command == 309;
}

/* The network that serves the phone: the AVP says it, or the realm of who asks or is asked. Peers among themselves serve none. */
static uint32_t visited_of(const struct message *m)
{
	const struct diameter_body *b = &m->body;

	if (b->visited_plmn[0] != '\0')
		return plmn_of_text(b->visited_plmn);
	if (m->diameter.application == 0)
		return 0;
	return plmn_of_realm(is_asked_by_register(m->diameter.command) ? &b->destination_realm : &b->origin_realm);
}

static void request_indicate(struct walk *w, procedure p)
{
	const struct diameter_body *b = &w->message.body;
	uint64_t began = stages_begin(w->stages);
	struct name client = name_of(w, PLAN_FIELD_HOST, &b->origin_host);
	struct name server = name_of(w, PLAN_FIELD_HOST, &b->destination_host);
	struct name realm = name_of(w, PLAN_FIELD_REALM, &b->destination_realm);
	uint64_t segments = client.segments | server.segments | realm.segments | name_of(w, PLAN_FIELD_REALM, &b->origin_realm).segments |
			    name_of(w, PLAN_FIELD_APN, &b->apn).segments | segments_of_imsi(w->segments, b->imsi) |
			    segments_of_msisdn(w->segments, b->msisdn);
	struct indication *i;

	if (w->stages != NULL)
		stages_end(began, &w->stages->segment, &w->stages->segments);
	i = walk_indicate(w, INDICATION_REQUEST);
	key_fill(w, i);
	i->procedure = p;
	i->imsi = b->imsi;
	i->msisdn = b->msisdn;
	i->client = client.node;
	i->server = server.node != 0 ? server.node : realm.node;
	i->rat = b->has_rat_type ? (uint8_t)rat_of_diameter(b->rat_type) : RAT_NONE;
	i->route = names_of_address(w->names, &w->message.packet->destination);
	i->plmn = visited_of(&w->message);
	i->is_repeat = (w->message.diameter.flags & DIAMETER_FLAG_RETRANSMIT) != 0;
	i->segments = segments;
}

/* Whose number the answer's result is. A vendor who is not named is taken for 3GPP, whose interfaces these are. */
static enum cause_layer cause_layer_of(const struct diameter_body *b)
{
	if (b->has_result)
		return CAUSE_DIAMETER;
	return b->experimental_vendor == DIAMETER_VENDOR_3GPP || b->experimental_vendor == 0 ? CAUSE_DIAMETER_EXP : CAUSE_DIAMETER_VENDOR;
}

static void answer_indicate(struct walk *w, procedure p)
{
	const struct diameter_body *b = &w->message.body;
	struct indication *i = walk_indicate(w, INDICATION_RESULT);

	key_fill(w, i);
	i->procedure = p;
	i->imsi = b->imsi;
	i->server = name_of(w, PLAN_FIELD_HOST, &b->origin_host).node;
	if (b->has_result || b->has_experimental) {
		i->cause_layer = (uint8_t)cause_layer_of(b);
		i->cause = b->has_result ? b->result : b->experimental;
		i->outcome = (uint8_t)walk_class(w, (enum cause_layer)i->cause_layer, i->cause);
	} else {
		i->outcome = (w->message.diameter.flags & DIAMETER_FLAG_ERROR) != 0 ? OUTCOME_NETWORK : OUTCOME_SUCCESS;
	}
	if (b->has_error_diagnostic && b->error_diagnostic < 255)
		i->diagnostic = (uint8_t)b->error_diagnostic;
}

/* What a peer says of itself, and a register that has lost data (29.272 5.2.4.1). */
static void peer_indicate(struct walk *w)
{
	const struct diameter *d = &w->message.diameter;
	const struct diameter_body *b = &w->message.body;
	bool is_request = (d->flags & DIAMETER_FLAG_REQUEST) != 0;
	node address = names_of_address(w->names, &w->message.packet->source);
	node host = name_of(w, PLAN_FIELD_HOST, &b->origin_host).node;

	if (host == 0)
		return;
	if (d->application != 0) {
		node told = name_of(w, PLAN_FIELD_HOST, &b->destination_host).node;

		walk_notice(w, NOTICE_NODE_RESET, told != 0 ? told : name_of(w, PLAN_FIELD_REALM, &b->destination_realm).node, host, 0);
		return;
	}
	/* Whoever owns the host knows whether the number has grown (transaction.c). */
	if (b->has_origin_state_id && b->origin_state_id != 0)
		walk_notice(w, NOTICE_PEER_RESTARTED, address, host, b->origin_state_id);
	if (d->command == COMMAND_DISCONNECT_PEER && is_request)
		walk_notice(w, NOTICE_PEER_CLOSING, address, host, b->has_disconnect_cause ? b->disconnect_cause + 1 : 1);
	if (d->command == COMMAND_CAPABILITIES_EXCHANGE && !is_request && b->has_result && b->result == RESULT_SUCCESS)
		walk_notice(w, NOTICE_PEER_CONNECTED, address, host, 0);
}

/* What the base protocol's message says of the peer that made it. */
static enum peer_event peer_see(struct walk *w)
{
	const struct diameter *d = &w->message.diameter;
	const struct diameter_body *b = &w->message.body;
	bool is_request = (d->flags & DIAMETER_FLAG_REQUEST) != 0;
	struct peer_sight sight = { .state = PEER_UNKNOWN, .state_id = b->has_origin_state_id ? b->origin_state_id : 0 };

	if (cursor_left(&b->origin_host) > 0)
		sight.host = hash_text(&w->plan->hash_key, b->origin_host.at, cursor_left(&b->origin_host));
	if (d->command == COMMAND_CAPABILITIES_EXCHANGE && !is_request && b->has_result && b->result == RESULT_SUCCESS)
		sight.state = PEER_IS_CONNECTED;
	if (d->command == COMMAND_DISCONNECT_PEER && is_request)
		sight.state = PEER_IS_CLOSING;
	return peers_see(&w->peers, &sight);
}

static inline bool is_of_peers(const struct diameter *d)
{
	return d->application == 0 && (d->command == COMMAND_CAPABILITIES_EXCHANGE || d->command == COMMAND_DEVICE_WATCHDOG ||
				       d->command == COMMAND_DISCONNECT_PEER);
}

static inline bool is_reset(const struct diameter *d)
{
	return d->command == COMMAND_RESET && d->application == APPLICATION_S6A && (d->flags & DIAMETER_FLAG_REQUEST) != 0;
}

void walk_diameter(struct walk *w, struct cursor bytes)
{
	struct message *m = &w->message;
	struct cursor c = bytes;
	procedure p;

	m->bytes = bytes;
	m->component_count = 0;
	m->nas_count = 0;
	m->has_mtp3 = false;
	m->layers = LAYER_DIAMETER;
	m->refused_at = 0;
	m->verdict = diameter_read(&c, &m->diameter);
	if (m->verdict != VERDICT_DECODED) {
		memset(&m->body, 0, sizeof(m->body));
		memset(&m->diameter, 0, sizeof(m->diameter));
		m->detail.seen = 0;
		m->peer_event = PEER_NOTHING;
		walk_message_done(w);
		return;
	}
	w->account.messages[ACCOUNT_DIAMETER]++;
	m->verdict = diameter_body_read(&m->diameter, &m->body);
	m->peer_event = PEER_NOTHING;
	if (w->observer != NULL) {
		diameter_detail_read(&m->diameter, &m->detail);
		if (is_of_peers(&m->diameter))
			m->peer_event = peer_see(w);
	}
	walk_message_done(w);
	if (is_of_peers(&m->diameter) || is_reset(&m->diameter))
		peer_indicate(w);
	p = procedure_of_diameter(m->diameter.application, m->diameter.command);
	if (p == PROCEDURE_NONE)
		return;
	if ((m->diameter.flags & DIAMETER_FLAG_REQUEST) != 0)
		request_indicate(w, p);
	else
		answer_indicate(w, p);
}

void walk_diameter_cut(struct walk *w, struct cursor bytes)
{
	struct message *m = &w->message;

	m->bytes = bytes;
	m->layers = LAYER_DIAMETER;
	m->verdict = VERDICT_DIAMETER_LENGTH;
	m->refused_at = 0;
	m->peer_event = PEER_NOTHING;
	m->detail.seen = 0;
	memset(&m->diameter, 0, sizeof(m->diameter));
	memset(&m->body, 0, sizeof(m->body));
	if (w->observer != NULL && diameter_read_cut(&bytes, &m->diameter) == VERDICT_DECODED) {
		diameter_body_read(&m->diameter, &m->body);
		diameter_detail_read(&m->diameter, &m->detail);
	}
	walk_message_done(w);
}

static bool is_configured_port(const struct plan *plan, const struct tcp *tcp)
{
	for (size_t i = 0; i < plan->diameter_port_count; i++) {
		if (plan->diameter_ports[i] == tcp->source_port || plan->diameter_ports[i] == tcp->destination_port)
			return true;
	}
	return false;
}

bool walk_packet_is_expected(const struct plan *plan, const struct packet *packet)
{
	struct cursor c = packet->bytes;
	struct tcp tcp;

	return packet->protocol != IP_PROTOCOL_TCP || (tcp_read(&c, &tcp) == VERDICT_DECODED && is_configured_port(plan, &tcp));
}

/* A record of TLS on the port that Diameter over TLS has. */
static bool is_tls_of_diameter(const struct tcp *tcp)
{
	return (tcp->source_port == DIAMETER_PORT_TLS || tcp->destination_port == DIAMETER_PORT_TLS) && walk_is_tls(&tcp->payload);
}

/* Whether this connection carries Diameter by its content, remembered by its hash. */
static bool is_found_connection(struct walk *w, const struct tcp *tcp)
{
	uint64_t hash = connection_hash(w);
	uint64_t *known = &w->connections[hash % WALK_CONNECTIONS];

	if (*known == hash)
		return true;
	if (!w->plan->finds_diameter_anywhere || (!diameter_is_plausible(&tcp->payload) && !is_tls_of_diameter(tcp)))
		return false;
	*known = hash;
	return true;
}

bool walk_is_tls(const struct cursor *c)
{
	bool is_datagram;
	size_t at;
	uint8_t type;

	if (cursor_left(c) < TLS_HEADER)
		return false;
	type = cursor_fixed_u8(c, 0);
	is_datagram = cursor_fixed_u8(c, 1) == DTLS_MAJOR;
	if (type < TLS_TYPE_FIRST || type > TLS_TYPE_LAST)
		return false;
	if (is_datagram && (cursor_left(c) < DTLS_HEADER || cursor_fixed_u8(c, 2) < DTLS_MINOR_MIN))
		return false;
	if (!is_datagram && (cursor_fixed_u8(c, 1) != TLS_MAJOR || cursor_fixed_u8(c, 2) > TLS_MINOR_MAX))
		return false;
	at = is_datagram ? DTLS_LENGTH : TLS_HEADER - 2;
	return cursor_fixed_be16(c, at) > 0 && cursor_fixed_be16(c, at) <= TLS_LENGTH_MAX;
}

/* Steps `bytes` to the next plausible header from `from` on; false when there is none: what may be the begin of one is left. */
static bool resynchronise(struct cursor *bytes, size_t from)
{
	struct cursor rest = *bytes;
	size_t left;
	size_t found;

	if (!cursor_skip(&rest, from))
		return false;
	left = cursor_left(&rest);
	found = diameter_find(&rest);
	if (found == left) {
		cursor_skip(&rest, left < DIAMETER_HEADER_LENGTH ? 0 : left - (DIAMETER_HEADER_LENGTH - 1));
		*bytes = rest;
		return false;
	}
	cursor_skip(&rest, found);
	*bytes = rest;
	return true;
}

/* Reads the whole messages at the start of `bytes` and steps over them; what is left waits for more. */
static enum verdict messages_walk(struct walk *w, uint8_t *mark, struct cursor *bytes)
{
	enum verdict worst = VERDICT_DECODED;

	while (cursor_left(bytes) > 0 && w->indication_count < WALK_INDICATIONS) {
		struct cursor one;
		int64_t length;
		uint64_t began;

		if (*mark == STREAM_SEEKING && !diameter_is_plausible(bytes) && !diameter_is_coherent(bytes) && !resynchronise(bytes, 0))
			return worst;
		length = diameter_frame(bytes, w->plan->limits.message_bytes);
		if (length == 0)
			return worst;
		if (length < 0 && *mark == STREAM_DIAMETER && walk_is_tls(bytes)) {
			*mark = STREAM_ENCRYPTED;
			return verdict_worse(worst, VERDICT_ENCRYPTED);
		}
		if (length < 0) {
			w->account.refused_messages++;
			worst = verdict_worse(worst, VERDICT_DIAMETER_HEADER);
			*mark = STREAM_SEEKING;
			if (!resynchronise(bytes, 1))
				return worst;
			continue;
		}
		if (!cursor_take(bytes, (size_t)length, &one))
			return worst;
		*mark = STREAM_DIAMETER;
		began = stages_begin(w->stages);
		walk_diameter(w, one);
		if (w->stages != NULL)
			stages_end(began, &w->stages->decode, &w->stages->decodes);
		worst = verdict_worse(worst, w->message.verdict);
	}
	return worst;
}

/* Reads what a stream has. */
static enum verdict stream_walk(struct walk *w, struct stream *stream)
{
	uint8_t *mark = stream_mark(stream);
	enum verdict worst = VERDICT_DECODED;
	struct cursor bytes;
	bool is_fresh = false;

	while (stream_bytes(w->streams, stream, &bytes, &is_fresh)) {
		size_t had = cursor_left(&bytes);

		if (*mark == STREAM_NEW && walk_is_tls(&bytes))
			*mark = STREAM_ENCRYPTED;
		else if (is_fresh)
			*mark = STREAM_SEEKING;
		if (*mark != STREAM_ENCRYPTED)
			worst = verdict_worse(worst, messages_walk(w, mark, &bytes));
		if (*mark == STREAM_ENCRYPTED) {
			stream_use(w->streams, stream, had);
			stream_ignore(w->streams, stream);
			return verdict_worse(worst, VERDICT_ENCRYPTED);
		}
		if (!stream_use(w->streams, stream, had - cursor_left(&bytes)))
			return verdict_worse(worst, VERDICT_REASSEMBLY_FULL);
		if (had == cursor_left(&bytes))
			return worst;
	}
	return worst;
}

/* Reads the other direction of the connection, whose gap an acknowledgement has just given up. */
static void awakened_walk(struct walk *w, struct stream *stream)
{
	struct message *m = &w->message;
	const struct packet *kept = m->packet;
	struct packet packet = *kept;
	uint16_t port = m->source_port;

	packet.source = kept->destination;
	packet.destination = kept->source;
	m->packet = &packet;
	m->source_port = m->destination_port;
	m->destination_port = port;
	stream_walk(w, stream);
	m->packet = kept;
	m->destination_port = m->source_port;
	m->source_port = port;
}

enum verdict walk_tcp(struct walk *w, const struct packet *packet)
{
	struct stream_path path = { .source = packet->source, .destination = packet->destination };
	struct message *m = &w->message;
	struct cursor c = packet->bytes;
	struct stream *stream = NULL;
	struct tcp tcp;
	enum verdict read;
	enum verdict v = tcp_read(&c, &tcp);

	if (v != VERDICT_DECODED)
		return packet->is_cut ? VERDICT_FRAME_CUT : v;
	m->is_sctp = false;
	m->is_bare = false;
	m->ppid = 0;
	m->source_port = tcp.source_port;
	m->destination_port = tcp.destination_port;
	if (!is_configured_port(w->plan, &tcp) && !is_found_connection(w, &tcp))
		return VERDICT_OTHER_PORT;
	path.source_port = tcp.source_port;
	path.destination_port = tcp.destination_port;
	if (walk_is_sampled(packet))
		walk_traffic_tcp(w, &path, &tcp);
	if ((tcp.flags & TCP_SYN) != 0 && (tcp.flags & TCP_ACK) != 0)
		walk_notice_association(w, NOTICE_ASSOCIATION_OPENED);
	v = stream_push(w->streams, &path, &tcp, packet->clock, &stream);
	if (stream != NULL && cursor_left(&tcp.payload) > 0 && stream_is_due(stream, packet->clock))
		walk_traffic_data(w);
	if (stream != NULL && (tcp.flags & (TCP_FIN | TCP_RST)) != 0)
		walk_notice_association(w, (tcp.flags & TCP_RST) != 0 ? NOTICE_ASSOCIATION_ABORTED : NOTICE_ASSOCIATION_CLOSED);
	if (stream == NULL)
		return v;
	if (v == VERDICT_OTHER_PORT && *stream_mark(stream) == STREAM_ENCRYPTED)
		v = VERDICT_ENCRYPTED;
	read = stream_walk(w, stream);
	stream = streams_awakened(w->streams);
	if (stream != NULL)
		awakened_walk(w, stream);
	if (v != VERDICT_DECODED)
		return v;
	return packet->is_cut && read == VERDICT_DECODED ? VERDICT_FRAME_CUT : read;
}

bool walk_finish(struct walk *w, const struct frame *last)
{
	struct packet packet = { .sequence = last->sequence,
				 .time = last->time,
				 .clock = last->clock,
				 .number = last->number,
				 .tap = last->tap,
				 .protocol = IP_PROTOCOL_TCP };
	struct stream *waiting[2]; /* what WALK_INDICATIONS_PER_PACKET has room for */
	bool is_done = false;

	w->order = 0;
	w->message.packet = &packet;
	w->message.is_sctp = false;
	w->message.is_bare = false;
	w->message.ppid = 0;
	while (!is_done && w->indication_count <= WALK_INDICATIONS - WALK_INDICATIONS_PER_PACKET) {
		size_t count = streams_flush(w->streams, waiting, sizeof(waiting) / sizeof(waiting[0]));

		is_done = count == 0;
		for (size_t i = 0; i < count; i++) {
			const struct stream_path *path = stream_path_of(waiting[i]);

			packet.source = path->source;
			packet.destination = path->destination;
			w->message.source_port = path->source_port;
			w->message.destination_port = path->destination_port;
			stream_walk(w, waiting[i]);
		}
	}
	w->message.packet = NULL;
	return is_done;
}
